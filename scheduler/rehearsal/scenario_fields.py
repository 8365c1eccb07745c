"""Fields that only scenarios have: instants, what may be unknown, and names of rules."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BeforeValidator

from scheduler.catalogue.mistakes import quoted, remedy
from scheduler.catalogue.models import Channel, reads
from scheduler.catalogue.models_kinds import as_list
from scheduler.domain.facts import Unit
from scheduler.domain.plan import Source

Value = TypeVar("Value")

NONE = "none"
"""The word for what is unknown or was never."""

_UNITS = {each.name.lower(): each for each in Unit}


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ValueError(
            f"{quoted(text)} is no instant; write it with an offset, such as 2027-03-02T10:30:00-05:00"
        )
    return instant.astimezone(UTC)


def _or_none(parse: Callable[[str], Value]) -> Callable[[str], Value | None]:
    return lambda text: None if text == NONE else parse(text)


def _code(expression: str, noun: str, such_as: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.fullmatch(expression, text):
            raise ValueError(
                f"{quoted(text)} is no {noun}; write it as {such_as}, or {NONE} where it is unknown"
            )
        return text

    return parse


def _rule_id(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9_-]+(/[a-z0-9-]+)?", text):
        raise ValueError(f"{quoted(text)} is no rule; write policy and rule, such as us-regf/hours, or hold")
    return text


def _unit(text: str) -> Unit:
    if text not in _UNITS:
        raise ValueError(f"{quoted(text)} is no stage of contact; {remedy(text, _UNITS)}")
    return _UNITS[text]


def _source(text: str) -> Source:
    if text not in tuple(Source):
        raise ValueError(f"{quoted(text)} is no source; {remedy(text, (*Source, NONE))}")
    return Source(text)


def _not_empty(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("the list is empty; name at least one")
    return names


def _maybe_code(expression: str, noun: str, such_as: str) -> object:
    return reads(_or_none(_code(expression, noun, such_as)), such_as)


Instant = Annotated[datetime, reads(_instant, "2027-03-02T10:30:00-05:00")]
MaybeInstant = Annotated[datetime | None, reads(_or_none(_instant), "2027-03-02T10:30:00-05:00")]
Country = Annotated[str | None, _maybe_code("[A-Z]{2}", "country code", "GB")]
Region = Annotated[str | None, _maybe_code("([A-Z]{2}-)?[A-Z0-9]{1,3}", "region code", "NY")]
PostalCode = Annotated[str | None, _maybe_code("[A-Z0-9][A-Z0-9 -]{0,11}", "postal code", '"10001"')]
Word = Annotated[str | None, _maybe_code("[a-z0-9]+(-[a-z0-9]+)*", "word for a kind of debt", "microfinance")]
Basis = Annotated[str | None, _maybe_code("[a-z][a-z0-9_-]{0,39}", "basis of consent", "contract")]
MaybeSource = Annotated[Source | None, reads(_or_none(_source), "debtor")]
Reached = Annotated[Unit, reads(_unit, "conversation")]
RuleIds = Annotated[
    tuple[Annotated[str, reads(_rule_id, "us-regf/hours")], ...],
    BeforeValidator(as_list),
    AfterValidator(_not_empty),
]
SomeChannels = Annotated[tuple[Channel, ...], BeforeValidator(as_list), AfterValidator(_not_empty)]
