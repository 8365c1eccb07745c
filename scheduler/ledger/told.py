"""What an entry of the log tells of a message or of a contact by hand: who, when, how, and by which facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scheduler.domain.entry import Json
from scheduler.ledger.line import Line, LineError

REACHED = ("attempt", "sent", "delivered", "conversation")
"""How far a contact got; each includes those before it."""

_YEARS = range(1970, 9000)
"""Outside them, sums of time could leave what a date can be."""

Fields = Mapping[str, Json]


@dataclass(eq=False, slots=True)
class Contact:
    """A message or a contact by hand. It `counts` until it turns out that it never went out.

    `final` is when that is known for good; `reached` is a place in `REACHED`.
    """

    seq: int
    at: datetime
    chain: str
    debtor_ref: str
    plan_refs: frozenset[str]
    kind: str
    channel: str
    to: str | None
    reached: int
    requested: bool = False
    counts: bool = True
    final: bool = False

    @property
    def creditor(self) -> str:
        """The creditor on whose behalf it was."""
        return self.chain.partition("/")[0]

    @property
    def plans(self) -> tuple[tuple[str, str], ...]:
        """The plans that it speaks of, each named by its creditor and its reference."""
        return tuple((self.creditor, each) for each in sorted(self.plan_refs))


@dataclass(frozen=True, slots=True)
class Person:
    """The facts by which a message was decided, as far as an audit needs them; None is unknown.

    `debts` are product and status of each debt; `opted_out` are the channels on which an address of the debtor's
    is closed.
    """

    zones: tuple[str, ...]
    country: str | None = None
    region: str | None = None
    postal_code: str | None = None
    role: str | None = None
    debts: tuple[tuple[str | None, str | None], ...] = ((None, None),)
    opted_out: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Message:
    """A contact with what it is judged by; `walls` is when it was by the clock on the wall in each of the zones.

    `granted` are the purposes that the debtor had consented to for the address; `asked_at` is when that came which
    it answers, where the log tells it; `answers` is whether it is an answer on the medium that the debtor used or
    agreed to.
    """

    contact: Contact
    policies: tuple[str, ...]
    person: Person
    walls: Mapping[str, datetime]
    granted: frozenset[str] = frozenset()
    asked_at: datetime | None = None
    answers: bool = False

    @property
    def at(self) -> datetime:
        """When it was, in UTC."""
        return self.contact.at


def contact_of(line: Line) -> Contact:
    """Return the contact that a line tells of. Raises LineError where it tells none."""
    fields, by_hand = line.fields, line.fields["event"] == "contact_logged"
    return Contact(
        seq=line.seq,
        at=instant(fields, "made_at" if by_hand else "at"),
        chain=line.chain,
        debtor_ref=text(fields, "debtor_ref"),
        plan_refs=frozenset(texts(fields, "plan_refs")),
        kind=text(fields, "kind"),
        channel=text(fields, "channel"),
        to=text_or_none(line.personal or {}, "to"),
        reached=_reached(text(fields, "reached")) if by_hand else _reached("delivered"),
        requested=fields.get("requested") is True,
        final=by_hand,
    )


def _reached(word: str) -> int:
    if word in REACHED:
        return REACHED.index(word)
    raise LineError(f"its 'reached' is none of {', '.join(REACHED)}")


def person_of(facts: Fields) -> Person:
    """Return what a personal payload's `facts` say. Raises LineError where they cannot be read."""
    country, region = text_or_none(facts, "country"), text_or_none(facts, "region")
    points = [each for each in _list(facts, "points") if isinstance(each, Mapping)]
    products, statuses = _list(facts, "products"), _list(facts, "debt_statuses")
    debts = tuple((_word(one), _word(other)) for one, other in zip(products, statuses, strict=False))
    return Person(
        zones=tuple(_zone(each) for each in texts(facts, "zones")),
        country=country,
        region=None if region is None else region.removeprefix(f"{country}-"),
        postal_code=text_or_none(facts, "postal_code"),
        role=text_or_none(facts, "role"),
        debts=debts or ((None, None),),
        opted_out=frozenset(str(each.get("channel")) for each in points if each.get("opted_out") is True),
    )


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise LineError(f"there is no time zone {name!r}") from error
    return name


def text(fields: Fields, name: str) -> str:
    """Return a field's text. Raises LineError where there is none."""
    value = fields.get(name)
    if isinstance(value, str):
        return value
    raise LineError(f"its {name!r} is not text")


def texts(fields: Fields, name: str) -> list[str]:
    """Return a field's list of texts, empty where there is none. Raises LineError for anything else."""
    values = _list(fields, name)
    if all(isinstance(each, str) for each in values):
        return [str(each) for each in values]
    raise LineError(f"its {name!r} is not a list of texts")


def number(fields: Fields, name: str) -> int:
    """Return a field's whole number. Raises LineError where there is none."""
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise LineError(f"its {name!r} is no number")


def instant(fields: Fields, name: str) -> datetime:
    """Return a field's instant, in UTC. Raises LineError where there is none."""
    try:
        found = datetime.fromisoformat(str(fields.get(name)))
        if found.tzinfo is not None and found.year in _YEARS:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise LineError(f"its {name!r} is no instant with an offset")


def instant_or_none(fields: Fields, name: str) -> datetime | None:
    """Return a field's instant, or None where it has none."""
    return None if fields.get(name) is None else instant(fields, name)


def text_or_none(fields: Fields, name: str) -> str | None:
    """Return a field's text, or None where it has none. Raises LineError for anything else."""
    return None if fields.get(name) is None else text(fields, name)


def _list(fields: Fields, name: str) -> list[Json]:
    value = fields.get(name)
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise LineError(f"its {name!r} is not a list")


def _word(value: Json) -> str | None:
    return value if isinstance(value, str) else None
