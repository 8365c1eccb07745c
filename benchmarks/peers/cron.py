"""A loop that cron starts: whatever is due and not marked as sent, one after the other, a commit each."""

from benchmarks.peers.job import Job, told


def main() -> None:
    """Send all that is due."""
    job = Job(*told())
    due = job.connection.execute("SELECT id FROM reminder WHERE sent_at IS NULL ORDER BY id").fetchall()
    for (number,) in due:
        job.remind(number)


if __name__ == "__main__":
    main()
