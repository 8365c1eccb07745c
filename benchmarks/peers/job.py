"""The job: of what is due, render a text, send it by Twilio's SDK, and write down that it was sent."""

import argparse
import sqlite3
import threading
import time
from pathlib import Path

from jinja2 import Template
from twilio.rest import Client

from benchmarks.sdk import client_at

ACCOUNT = f"AC{'a' * 32}"
FROM = "+15005550006"

_WORDS = Template(
    "Harbour Lending: Dear {{ name }}, your instalment of {{ amount }} is due on {{ due }}. "
    "You can pay at https://pay.example.com/harbour. Call us if you cannot. Reply STOP to end these texts."
)
_TABLES = """
CREATE TABLE reminder (
    id INTEGER PRIMARY KEY, phone TEXT, name TEXT, amount TEXT, due TEXT, due_at REAL, sent_at REAL
);
CREATE TABLE log (id INTEGER PRIMARY KEY, reminder_id INTEGER, sid TEXT, at REAL);
"""


def prepare(folder: Path, reminders: int) -> None:
    """Make a database in which so many reminders are due."""
    with sqlite3.connect(folder / "reminders.db") as connection:
        connection.executescript(_TABLES)
        rows = (
            (n, f"+4479{n:09d}", f"Debtor {n}", "£123.45", "12 March 2027") for n in range(1, reminders + 1)
        )
        connection.executemany("INSERT INTO reminder VALUES (?, ?, ?, ?, ?, 0, NULL)", rows)
    connection.close()


def logged(folder: Path) -> list[int]:
    """Return the reminders that the log knows to be sent."""
    connection = sqlite3.connect(folder / "reminders.db", timeout=30)
    found = [number for (number,) in connection.execute("SELECT reminder_id FROM log")]
    connection.close()
    return found


class Job:
    """What one thread needs to do the job."""

    _own = threading.local()

    def __init__(self, folder: Path, url: str) -> None:
        self.connection = sqlite3.connect(folder / "reminders.db", timeout=60)
        self._client: Client = client_at(url, ACCOUNT, "token")

    @classmethod
    def here(cls, folder: Path, url: str) -> "Job":
        """Return this thread's own, which is made when it is first asked for."""
        if not hasattr(cls._own, "job"):
            cls._own.job = cls(folder, url)
        found: Job = cls._own.job
        return found

    def remind(self, number: int) -> None:
        """Send one reminder and write it down."""
        phone, name, amount, due = self.connection.execute(
            "SELECT phone, name, amount, due FROM reminder WHERE id = ?", (number,)
        ).fetchone()
        text = _WORDS.render(name=name, amount=amount, due=due)
        sid = self._client.messages.create(to=phone, from_=FROM, body=text).sid
        with self.connection:
            self.connection.execute("UPDATE reminder SET sent_at = ? WHERE id = ?", (time.time(), number))
            self.connection.execute(
                "INSERT INTO log (reminder_id, sid, at) VALUES (?, ?, ?)", (number, sid, time.time())
            )


def told() -> tuple[Path, str]:
    """Return the folder and the provider's address that this process was started with."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("url")
    options = parser.parse_args()
    return options.folder, options.url
