"""Who owes what to whom, under which hours, caps and ladders: drawn from the seed, in plain values for the checkers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from scheduler.domain.cadence import Cadence, Notice, Step
from scheduler.domain.counters import Cap, Counted, Scope
from scheduler.domain.hours import Week
from scheduler.domain.news import PlanRow
from scheduler.domain.plan import Creditor
from scheduler.domain.policy import Policy
from scheduler.domain.rule import Form, Rule
from scheduler.domain.touchpoint import ASKING, CONFIRMING, Kind
from scheduler.domain.windows import Hours
from tests.builders import a_creditor
from tests.simulation.weather import Chance

DAY_S = 86_400
BOTH = frozenset({"sms", "email"})

_WHERE = (
    ("GB", None, "Europe/London", "+4477009001{:02}", ("Europe/London",)),
    ("US", "US-NY", "America/New_York", "+1202555010{}", ("America/New_York",)),
    ("GB", None, "Europe/Paris", "+4477009001{:02}", ("Europe/London", "Europe/Paris")),
)
"""Country, region, stated zone, phones, and the zones in all of which it must be open."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Hours on the wall in minutes of the day, on these weekdays."""

    start: int
    end: int
    weekdays: frozenset[int]


@dataclass(frozen=True, slots=True)
class Party:
    """A debtor's record: who is asked where, in which zones."""

    creditor: str
    ref: str
    phone: str | None
    email: str | None
    country: str
    region: str | None
    stated_zone: str
    zones: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        """Creditor and reference, which name a debtor."""
        return self.creditor, self.ref


@dataclass(frozen=True, slots=True)
class Part:
    """One instalment of a plan as somebody agreed to it."""

    number: str
    due_date: date
    amount_minor: int
    paid_minor: int = 0

    @property
    def open_minor(self) -> int:
        """What is still to be paid."""
        return max(0, self.amount_minor - self.paid_minor)


@dataclass(frozen=True, slots=True)
class Agreed:
    """A plan of one debtor as it is first imported."""

    party: Party
    ref: str
    cadence: str
    parts: tuple[Part, ...]

    @property
    def key(self) -> tuple[str, str]:
        """Creditor and reference, which name a plan."""
        return self.party.creditor, self.ref


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that stands at the beginning. `offsets` are each cadence's steps in days around the due date."""

    start: datetime
    days: int
    workers: int
    asking: Opening
    confirming: Opening
    most: int
    rolling: timedelta
    gap: timedelta
    parties: tuple[Party, ...]
    plans: tuple[Agreed, ...]
    offsets: Mapping[str, tuple[int, ...]]
    creditors: Mapping[str, Creditor]
    listed_after_s: float
    proves_after: timedelta
    batch_size: int
    lanes: int

    @property
    def policy(self) -> Policy:
        """The hours and caps as the product's rules."""
        forms: tuple[tuple[str, frozenset[Kind], Form], ...] = (
            ("asking-hours", ASKING, Hours(_week(self.asking))),
            ("confirming-hours", CONFIRMING, Hours(_week(self.confirming))),
            ("most", ASKING, Cap(Scope.PERSON, Counted(ASKING, BOTH), self.most, self.rolling)),
            ("gap", ASKING, Cap(Scope.PERSON, Counted(ASKING, BOTH), 1, self.gap)),
        )
        rules = (Rule(f"sim/{name}", "house rule", kinds, BOTH, form) for name, kinds, form in forms)
        return Policy("sim", "v1", tuple(rules))

    @property
    def cadences(self) -> Mapping[str, Cadence]:
        """The ladders as the product's cadences."""
        return {id_: _cadence(id_, offsets) for id_, offsets in self.offsets.items()}


def _week(opening: Opening) -> Week:
    end = None if opening.end == 1440 else _wall(opening.end)
    return Week({day: ((_wall(opening.start), end),) for day in opening.weekdays}, holidays=None)


def _wall(minute: int) -> time:
    return time(minute // 60, minute % 60)


def _cadence(id_: str, offsets: tuple[int, ...]) -> Cadence:
    channels = ("sms", "email") if id_ != "mail" else ("email", "sms")
    steps = tuple(Step(f"d{each}", each, time.min, _kind(each), f"d{each}", channels) for each in offsets)
    return Cadence(id_, "v1", steps, Notice("receipt", channels), Notice("completed", channels))


def _kind(offset: int) -> Kind:
    if offset < 0:
        return Kind.REMINDER_PRE_DUE
    return Kind.OVERDUE_NOTICE if offset else Kind.REMINDER_DUE


def drawn_scene(chance: Chance, workers: int | None = None) -> Scene:
    """Draw a small world: few debtors, some sharing a phone, dense ladders, sometimes tiny windows."""
    start = datetime(2027, 3, 1, tzinfo=UTC) + timedelta(days=chance.whole(0, 40))
    days = chance.whole(14, 28)
    tiny = chance.happens(0.2)
    opening = chance.whole(8 * 60, 17 * 60) if tiny else chance.whole(8, 10) * 60
    asking = Opening(
        opening,
        opening + (chance.whole(65, 100) if tiny else chance.whole(4, 10) * 60),
        frozenset(range(7 if tiny else chance.whole(5, 7))),
    )
    creditors = {
        id_: a_creditor(id=id_, name=id_.title(), cadence="text", email_from=f"plans@{id_}.example.com")
        for id_ in ("northwind", "harbour")[: chance.whole(1, 2)]
    }
    creditors = {id_: _resending(each, chance.happens(0.5)) for id_, each in creditors.items()}
    parties = _parties(chance, sorted(creditors))
    offsets = {"text": _offsets(chance), "mail": _offsets(chance)}
    listed_after_s = chance.one_of((0.5, 60.0, 3000.0))
    return Scene(
        start=start,
        days=days,
        workers=workers or chance.whole(2, 4),
        asking=asking,
        confirming=Opening(0, 1440, frozenset(range(7)))
        if chance.happens(0.5)
        else Opening(480, 1200, frozenset(range(7))),
        most=chance.whole(1, 4),
        rolling=timedelta(days=7),
        gap=timedelta(hours=chance.one_of((12, 24, 48))),
        parties=parties,
        plans=tuple(_plans(chance, parties, start, days)),
        offsets=offsets,
        creditors=creditors,
        listed_after_s=listed_after_s,
        proves_after=timedelta(seconds=listed_after_s + 5),
        batch_size=chance.one_of((2, 100, 100)),
        lanes=chance.one_of((1, 1, 2)),
    )


def _resending(creditor: Creditor, resends: bool) -> Creditor:
    return replace(creditor, resends_after_proof=resends)


def _offsets(chance: Chance) -> tuple[int, ...]:
    dense = tuple(range(-3, 9))
    sparse = (-3, 0, 3, 7, 10)
    return dense if chance.happens(0.7) else sparse


def _parties(chance: Chance, creditors: list[str]) -> tuple[Party, ...]:
    parties: list[Party] = []
    for number in range(chance.whole(3, 6)):
        country, region, stated, phones, zones = chance.one_of(_WHERE)
        phone: str | None = phones.format(number)
        email: str | None = f"d{number}@example.com"
        if parties and chance.happens(0.35):
            other = chance.one_of(parties)
            country, region, stated, zones = other.country, other.region, other.stated_zone, other.zones
            phone, email = other.phone, email if chance.happens(0.5) else other.email
        if chance.happens(0.15):
            email = None
        if phone is None and email is None:
            email = f"d{number}@example.com"
        parties.append(
            Party(chance.one_of(creditors), f"D-{number}", phone, email, country, region, stated, zones)
        )
    return tuple(parties)


def _plans(chance: Chance, parties: tuple[Party, ...], start: datetime, days: int) -> list[Agreed]:
    plans: list[Agreed] = []
    for index, party in enumerate(parties):
        first = start.date() + timedelta(days=chance.whole(2, 8))
        for number in range(chance.whole(1, 2)):
            parts = tuple(
                Part(
                    str(each + 1),
                    first + timedelta(days=each * chance.whole(5, 9)),
                    chance.whole(50, 200) * 100,
                )
                for each in range(chance.whole(1, 1 + days // 9))
            )
            plans.append(Agreed(party, f"P-{index}{number}", chance.one_of(("text", "mail")), parts))
    return plans


def row_of(plan: Agreed, part: Part, phone: str | None) -> PlanRow:
    """Return an instalment as a row of a plan file."""
    party = plan.party
    return PlanRow(
        line=2,
        given=frozenset({"phone", "email", "country", "region", "time_zone", "locale"}),
        creditor=party.creditor,
        plan_ref=plan.ref,
        debtor_ref=party.ref,
        debtor_name="Ada Example",
        phone=phone,
        email=party.email,
        locale="en",
        country=party.country,
        region=party.region,
        postal_code=None,
        time_zone=party.stated_zone,
        currency="GBP",
        instalment_no=part.number,
        due_date=part.due_date,
        amount_minor=part.amount_minor,
        principal_minor=None,
        interest_minor=None,
        fees_minor=None,
        cadence=plan.cadence,
        consent_sms=None,
        consent_email=None,
    )
