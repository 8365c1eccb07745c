"""The kinds of message that a rule names, one by one or by group, and the channels that it counts."""

from collections.abc import Collection, Iterable
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from scheduler.catalogue.mistakes import quoted
from scheduler.catalogue.models import CHANNELS, JsonSchema, one_of
from scheduler.domain.touchpoint import ANSWERING, ASKING, CONFIRMING, FORMAL, REPLIES, Kind

GROUPS = {
    "asking": ASKING,
    "confirming": CONFIRMING,
    "replies": REPLIES,
    "answering": ANSWERING,
    "formal": FORMAL,
    "all": frozenset(Kind),
}
"""Words for several kinds at once."""

COUNTED_CHANNELS = (*CHANNELS, "call", "letter", "visit", "message", "workplace", "fax")
"""The ways in which a person is contacted, by Duly or by hand."""

ADDRESSED = frozenset((*CHANNELS, "call"))
"""Those of them that go to an address which Duly keeps: a call goes to the number for SMS."""


def kinds_of(names: Iterable[str]) -> frozenset[Kind]:
    """Return the kinds that names of kinds and groups stand for."""
    return frozenset(kind for name in names for kind in _kinds(name))


def _kinds(name: str) -> frozenset[Kind]:
    return GROUPS[name] if name in GROUPS else frozenset({Kind(name)})


def as_list(raw: object) -> object:
    """Take one piece of text for a list of one."""
    return [raw] if isinstance(raw, str) else raw


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("the list is empty; name at least one")
    for index, name in enumerate(names):
        others = names[:index] + names[index + 1 :]
        if wider := [each for each in others if _kinds(name) <= _kinds(each)]:
            raise ValueError(f"{quoted(wider[0])} includes {quoted(name)} already; name each kind once")
    return names


def one_or_several(names: Collection[str]) -> JsonSchema:
    """Return the schema of one name or a list of names."""
    one = {"type": "string", "enum": [str(each) for each in names]}
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1, "uniqueItems": True}]}


_NAMES = (*GROUPS, *Kind)

Kinds = Annotated[
    tuple[Annotated[str, one_of(_NAMES, "kind of message")], ...],
    BeforeValidator(as_list),
    AfterValidator(_each_once),
    WithJsonSchema(one_or_several(_NAMES)),
]
NoticeKinds = Annotated[
    tuple[Annotated[str, one_of(("formal", *sorted(FORMAL)), "formal notice")], ...],
    BeforeValidator(as_list),
    AfterValidator(_each_once),
    WithJsonSchema(one_or_several(("formal", *sorted(FORMAL)))),
]
CountedChannel = Annotated[str, one_of(COUNTED_CHANNELS, "way of contact")]
