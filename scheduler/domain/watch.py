"""What stops messages by itself until a person resumes: too many of them, one twice, too many that do not arrive."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

AUTHOR = "duly"
"""Who sets the switch when a breaker trips."""

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

VOLUME, DUPLICATES, BOUNCES = "volume", "duplicates", "bounces"
"""The breakers; a switch's reason begins with the name of the one that set it."""

Tripped = tuple[str, str | None]
"""A breaker, and the channel that it stops; None for everything."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When the breakers trip. `per_hour` and `per_day` are messages, None for any number.

    `undelivered_percent` of the latest `of_reports` final reports of a channel within a day may be undelivered.
    """

    per_hour: int | None = None
    per_day: int | None = None
    duplicates: bool = True
    undelivered_percent: int = 10
    of_reports: int = 200


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found at one instant, since the last time that each breaker tripped and was resumed.

    `twice` are keys of touchpoints that were accepted more than once. `undelivered` are, by channel, the undelivered
    of its latest reports, and how many reports were looked at. `standing` has tripped and was not resumed.
    """

    in_hour: int = 0
    in_day: int = 0
    twice: tuple[str, ...] = ()
    undelivered: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    standing: Collection[Tripped] = frozenset()


@dataclass(frozen=True, slots=True)
class Trip:
    """A breaker that must stop a channel, or everything, and why."""

    breaker: str
    channel: str | None
    why: str

    @property
    def reason(self) -> str:
        """The words of the switch that it sets."""
        return f"{self.breaker}: {self.why}"


def tripped(evidence: Evidence, limits: Limits) -> Iterator[Trip]:
    """Yield each breaker that trips on the evidence and does not stand open already."""
    for trip in (*_volume(evidence, limits), *_duplicates(evidence, limits), *_bounces(evidence, limits)):
        if (trip.breaker, trip.channel) not in evidence.standing:
            yield trip


def _volume(evidence: Evidence, limits: Limits) -> Iterator[Trip]:
    for sent, limit, span in (
        (evidence.in_hour, limits.per_hour, "an hour"),
        (evidence.in_day, limits.per_day, "a day"),
    ):
        if limit is not None and sent > limit:
            yield Trip(VOLUME, None, f"{sent} messages in {span}, and no more than {limit} are expected")
            return


def _duplicates(evidence: Evidence, limits: Limits) -> Iterator[Trip]:
    if limits.duplicates and evidence.twice:
        first, others = evidence.twice[0], len(evidence.twice) - 1
        more = f" and {others} more" if others else ""
        yield Trip(DUPLICATES, None, f"accepted more than once: touchpoint {first[:8]}{more}")


def _bounces(evidence: Evidence, limits: Limits) -> Iterator[Trip]:
    for channel, (undelivered, reports) in sorted(evidence.undelivered.items()):
        if reports >= limits.of_reports and undelivered * 100 > reports * limits.undelivered_percent:
            most = f"more than {limits.undelivered_percent} %"
            yield Trip(
                BOUNCES, channel, f"{undelivered} of the last {reports} reports say undelivered, {most}"
            )
