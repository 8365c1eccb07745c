"""What every file of the configuration has in common: strict mappings, and the fields that recur.

Each field is told apart from its neighbours by its own type, whose error sentence names a remedy. `examples` of a
field appear in the sentence that says that it is missing.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from functools import lru_cache
from typing import Annotated, Any, TypeVar, get_args
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationInfo
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

from scheduler.catalogue.mistakes import quoted, remedy
from scheduler.domain.touchpoint import Kind

CHANNELS = ("sms", "email")
"""The kinds of address that Duly writes to."""

Loc = tuple[int | str, ...]
"""The way from a file's root to one of its values, as pydantic gives it."""

Objection = tuple[Loc, str]
"""Something wrong at a place, that no single field can know."""

Value = TypeVar("Value")


class Entry(BaseModel):
    """A mapping with known keys only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def objections(self) -> Iterator[Objection]:
        """Return what is wrong between the entry's fields, each of them sound in itself."""
        yield from ()


JsonSchema = dict[str, Any]
"""What an editor may know of a value: a part of a JSON Schema."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Turns text into a value before its type is looked at, and says in a schema what the text looks like."""

    parse: Callable[[str], object]
    such_as: str
    schema: JsonSchema

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._validate, handler(source))

    def __get_pydantic_json_schema__(self, _schema: object, _handler: object) -> JsonSchema:
        return dict(self.schema)

    def _validate(self, raw: object) -> object:
        if not isinstance(raw, str):
            raise ValueError(f"there must be one piece of text here, such as {self.such_as}")
        return self.parse(raw.strip())


def reads(parse: Callable[[str], object], such_as: str, schema: JsonSchema | None = None) -> Reading:
    """Return what turns text into a value; `parse` raises ValueError with a sentence."""
    return Reading(parse, such_as, schema or {"type": "string"})


def one_of(names: tuple[str, ...], noun: str) -> Reading:
    """Return what reads a choice of names."""

    def parse(text: str) -> str:
        if text not in names:
            raise ValueError(f"{quoted(text)} is no {noun} that Duly knows; {remedy(text, names)}")
        return text

    return reads(parse, names[0], {"type": "string", "enum": [str(each) for each in names]})


def _id(text: str) -> str:
    if len(text) > 60 or not re.fullmatch(ID_PATTERN, text):
        raise ValueError(
            f"{quoted(text)} is no name; write up to 60 small letters, digits and hyphens, such as overdue-gentle"
        )
    return text


def _line(text: str) -> str:
    if not text or len(text) > 300 or not text.isprintable():
        raise ValueError("write between 1 and 300 characters on one line")
    return text


_CLOCK = re.compile(r"(\d{2}):(\d{2})", re.ASCII)


def clock_time(text: str) -> time:
    """Read a local time of day, such as 09:30."""
    match = _CLOCK.fullmatch(text)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError(f'{quoted(text)} is no time of day; write hours and minutes from "00:00" to "23:59"')
    return time(int(match[1]), int(match[2]))


_LENGTH = re.compile(r"(\d{1,5}) (minute|hour|day|week)s?", re.ASCII)
_LONGEST = timedelta(days=3650)


def length(text: str) -> timedelta:
    """Read a length of time, such as 48 hours. Raises ValueError with a sentence."""
    match = _LENGTH.fullmatch(text)
    if match is None:
        raise ValueError(f"{quoted(text)} is no length of time; write it as 48 hours or 7 days")
    found = timedelta(**{f"{match[2]}s": int(match[1])})
    if not timedelta(0) < found <= _LONGEST:
        raise ValueError(
            f"{quoted(text)} is out of range; write more than nothing and no more than 3650 days"
        )
    return found


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(text: str) -> str:
    if text not in _zones():
        raise ValueError(f"{quoted(text)} is no time zone of the IANA database; {remedy(text, _zones())}")
    return text


def _several(items: tuple[Value, ...]) -> tuple[Value, ...]:
    if not items:
        raise ValueError("the list is empty; name at least one")
    if len(set(items)) < len(items):
        raise ValueError("the list names something twice; name each once")
    return items


@dataclass(frozen=True, slots=True)
class Known:
    """The names that files may use of each other, sound or not, so that no mistake is reported twice.

    None stands for names that could not be found out, and are not checked.
    """

    cadences: Collection[str] | None = None
    policies: Collection[str] | None = None
    templates: Collection[str] | None = None
    served: Collection[str] | None = None
    calendars: Collection[str] | None = None


def known(noun: str, names_of: Callable[[Known], Collection[str] | None]) -> AfterValidator:
    """Return a validator for a name that must lead to another file."""

    def validate(name: str, info: ValidationInfo) -> str:
        names = names_of(info.context) if isinstance(info.context, Known) else None
        if names is not None and name not in names:
            raise ValueError(f"there is no {noun} {quoted(name)}; {remedy(name, names)}")
        return name

    return AfterValidator(validate)


def _served(channel: str, info: ValidationInfo) -> str:
    served = info.context.served if isinstance(info.context, Known) else None
    if served is not None and channel not in served:
        raise ValueError(f"no provider serves {channel}; add it under `channels` in duly.yaml")
    return channel


def pattern(expression: str) -> JsonSchema:
    """Return the schema of text that matches a regular expression as a whole."""
    return {"type": "string", "pattern": f"^(?:{expression})$"}


class _EachOnce:
    """Says in a schema that a list names something, and nothing twice."""

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: Callable[[CoreSchema], JsonSchema]
    ) -> JsonSchema:
        return handler(core) | {"minItems": 1, "uniqueItems": True}


ID_PATTERN = "[a-z0-9]+(-[a-z0-9]+)*"
LENGTH_SCHEMA = pattern("[0-9]{1,5} (minute|hour|day|week)s?")

Id = Annotated[str, reads(_id, "overdue-gentle", pattern(ID_PATTERN) | {"maxLength": 60})]
Line = Annotated[str, reads(_line, "Harbour Lending", pattern(r"[^\n]{1,300}"))]
ClockTime = Annotated[time, reads(clock_time, '"09:30"', pattern("[0-2][0-9]:[0-5][0-9]"))]
Length = Annotated[timedelta, reads(length, "48 hours", LENGTH_SCHEMA)]
Zone = Annotated[str, reads(_zone, "Europe/London")]
Channel = Annotated[str, one_of(CHANNELS, "channel")]
ServedChannel = Annotated[Channel, AfterValidator(_served)]
MessageKind = Annotated[Kind, one_of(tuple(Kind), "kind of message")]
Several = Annotated[tuple[Value, ...], AfterValidator(_several), _EachOnce()]
CalendarName = Annotated[Id, known("calendar", lambda names: names.calendars)]


def model_at(model: type[BaseModel], loc: Loc) -> type[BaseModel]:
    """Return the innermost model on the way along `loc`."""
    for part in loc:
        field = _fields(model).get(str(part))
        model = (field and _inner(field.annotation)) or model
    return model


def field_at(model: type[BaseModel], loc: Loc) -> FieldInfo | None:
    """Return the last named field on the way along `loc`."""
    names = [index for index, part in enumerate(loc) if isinstance(part, str)]
    return _fields(model_at(model, loc[: names[-1]])).get(str(loc[names[-1]])) if names else None


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _inner(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _inner(each))), None)
