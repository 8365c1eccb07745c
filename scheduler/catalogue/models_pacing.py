"""The part of config/duly.yaml about speed: how fast messages go out, and when everything stops by itself."""

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from scheduler.catalogue.mistakes import quoted, remedy
from scheduler.catalogue.models import Entry, Id, Objection, length, reads
from scheduler.catalogue.models_fields import Maybe, YesNo, number_schema, whole_number
from scheduler.domain.pacing import Pacing
from scheduler.domain.watch import Limits

_FASTEST = 10_000
_MOST = 10_000_000
_LONGEST_START = timedelta(hours=4)


def _rate(text: str) -> int:
    return whole_number(text, 1, _FASTEST, "number of messages a second")


def messages(text: str) -> int:
    """Read a number of messages. Raises ValueError with a sentence."""
    return whole_number(text, 1, _MOST, "number of messages")


def _percent(text: str) -> int:
    return whole_number(text, 1, 100, "percentage")


def _reports(text: str) -> int:
    return whole_number(text, 10, 10_000, "number of reports")


def _start(text: str) -> timedelta:
    if text == "0":
        return timedelta(0)
    try:
        found = length(text)
    except ValueError as error:
        raise ValueError(f"{quoted(text)} is no length of time; write 15 minutes, or 0 for none") from error
    if found > _LONGEST_START:
        raise ValueError(f"{quoted(text)} is out of range; write no more than 4 hours, or 0 for none")
    return found


Messages = Annotated[int, reads(messages, "1000", number_schema(1, _MOST))]


class PacingModel(Entry):
    """How fast messages go out."""

    per_second: dict[Id, Annotated[int, reads(_rate, "10", number_schema(1, _FASTEST))]] = Field(
        default={}, examples=["{twilio: 10}"]
    )
    smooth_start: Annotated[timedelta, reads(_start, "15 minutes")] = timedelta(minutes=15)

    def unused(self, providers: Collection[str]) -> Iterator[Objection]:
        """A speed of somebody who carries nothing is a slip of the pen, and holds nobody back."""
        for name in self.per_second:
            if name not in providers:
                sentence = f"{quoted(name)} carries no channel above; {remedy(name, providers)}"
                yield ("per_second", name), sentence

    def value(self, ramps: Mapping[str, tuple[int, ...]]) -> Pacing:
        """Return the domain's value, with the ramps of the cadences that have one."""
        return Pacing(dict(self.per_second), self.smooth_start, ramps)


class VolumeModel(Entry):
    """How many messages are more than anybody can have meant."""

    per_hour: Maybe[Messages] = Field(default=None, examples=["2000"])
    per_day: Maybe[Messages] = Field(default=None, examples=["10000"])

    def objections(self) -> Iterator[Objection]:
        """An hour cannot hold more than a day."""
        if self.per_hour is not None and self.per_day is not None and self.per_hour > self.per_day:
            yield ("per_hour",), "an hour may hold more than a day here; lower this or raise per_day"


class BouncesModel(Entry):
    """How many undelivered messages are more than a channel in order has."""

    percent: Annotated[int, reads(_percent, "10", number_schema(1, 100))] = 10
    of_last: Annotated[int, reads(_reports, "200", number_schema(10, 10_000))] = 200


class BreakersModel(Entry):
    """When everything, or a channel, stops until a person resumes."""

    volume: VolumeModel = VolumeModel()
    duplicates: YesNo = True
    bounces: BouncesModel = BouncesModel()

    def value(self) -> Limits:
        """Return the domain's value."""
        return Limits(
            per_hour=self.volume.per_hour,
            per_day=self.volume.per_day,
            duplicates=self.duplicates,
            undelivered_percent=self.bounces.percent,
            of_reports=self.bounces.of_last,
        )
