"""Lengths of time, lists and kinds of message in plain words."""

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta

from scheduler.domain.touchpoint import ANSWERING, ASKING, CONFIRMING, FORMAL, REPLIES, Kind

_UNITS = (
    ("year", timedelta(days=366)),
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
)

GROUPS = {
    "answering": ANSWERING,
    "asking": ASKING,
    "confirming": CONFIRMING,
    "formal": FORMAL,
    "replies": REPLIES,
}
"""Groups of kinds by the name under which a policy names them; a larger one before those that it holds."""

_FEW = 2


def span(length: timedelta) -> str:
    """Return a length in the largest unit that divides it: 60 days, 28 hours, 5 minutes."""
    name, unit = next((each for each in _UNITS if not length % each[1]), ("second", timedelta(seconds=1)))
    count = length // unit
    return f"{count} {name}" + ("" if count == 1 else "s")


def joined(names: Collection[str], word: str) -> str:
    """Return a list as words: "a", "a or b", "a, b or c" for the word or."""
    *others, last = names
    return f"{', '.join(others)} {word} {last}" if others else last


def kinds(these: Collection[Kind]) -> str:
    """Return kinds of message by the names of their groups, as far as whole groups are among them."""
    left = set(these)
    if left == set(Kind):
        return "all"
    if len(missing := set(Kind) - left) <= _FEW:
        return f"all but {joined(sorted(missing), 'and')}"
    return ", ".join(_grouped(left))


def _grouped(left: set[Kind]) -> Iterator[str]:
    for name, group in GROUPS.items():
        if group <= left:
            yield name
            left -= group
        elif len(group) > _FEW * 2 and 0 < len(lacking := group - left) <= _FEW and len(group & left) > _FEW:
            yield f"{name} but {joined(sorted(lacking), 'and')}"
            left -= group
    yield from sorted(left)


def channels(these: Iterable[str]) -> str:
    """Return channels in one fixed order, those that Duly sends on first."""
    return ", ".join(_in_order(these))


def _in_order(these: Iterable[str]) -> list[str]:
    return sorted(these, key=lambda each: (_ORDER.get(each, len(_ORDER)), each))


_ORDER = {"sms": 0, "email": 1, "call": 2, "letter": 3}


def contacts(these: Collection[str]) -> str:
    """Return channels as what counts on them: SMS, calls and letters."""
    return joined([_CONTACTS.get(each, each) for each in _in_order(these)], "and")


_CONTACTS = {
    "sms": "SMS",
    "email": "emails",
    "call": "calls",
    "letter": "letters",
    "visit": "visits",
    "message": "messages left",
    "workplace": "contacts at work",
    "fax": "faxes",
}
