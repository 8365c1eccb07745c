"""A small world for tests of the flow: rules without files, words without templates, a clock that is set by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select

from scheduler.breakers import Breakers
from scheduler.custodian import Custodian
from scheduler.domain.cadence import Cadence, Notice, Step
from scheduler.domain.counters import Cap, Counted, Scope
from scheduler.domain.decision import Required
from scheduler.domain.delivery import Accepted, Delivery, Finding, Unknown
from scheduler.domain.facts import Facts
from scheduler.domain.hours import Week
from scheduler.domain.message import Inquiry, Message, Words
from scheduler.domain.news import PaymentRow, PlanRow
from scheduler.domain.pacing import UNPACED, Pacing
from scheduler.domain.plan import Creditor
from scheduler.domain.policy import Policy
from scheduler.domain.rule import Form, Rule
from scheduler.domain.touchpoint import ASKING, CONFIRMING, Kind
from scheduler.domain.windows import Hours
from scheduler.intake.payments import PaymentIntake
from scheduler.intake.plans import PlanIntake
from scheduler.journal import NO_JOURNAL
from scheduler.last_look import LastLook
from scheduler.pipeline import Pipeline, Rules
from scheduler.planner import plan_due
from scheduler.ports import Armed, Composer, DispatchJournal, Settlement
from scheduler.reconciler import Reconciler
from scheduler.store.custody import SqlCustody
from scheduler.store.store import SqlStore
from scheduler.store.tables import entry, touchpoint
from tests.builders import a_creditor

CREDITOR = a_creditor()
BOTH = frozenset({"sms", "email"})
NINE = time(9)

CADENCE = Cadence(
    id="standard",
    version="v1",
    steps=(
        Step("upcoming", -3, time.min, Kind.REMINDER_PRE_DUE, "upcoming", ("email", "sms")),
        Step("due-today", 0, time.min, Kind.REMINDER_DUE, "due-today", ("sms", "email")),
        Step("gentle", 3, time.min, Kind.OVERDUE_NOTICE, "gentle", ("email", "sms")),
        Step("help", 10, time.min, Kind.OVERDUE_NOTICE, "help", ("sms", "email")),
    ),
    receipt=Notice("payment-received", ("email", "sms")),
    plan_completed=Notice("plan-completed", ("email", "sms")),
)
_WEEKDAYS = Week({day: ((NINE, time(18)),) for day in range(5)}, holidays=None)
_EVERY_DAY = Week({day: ((time(8), time(20)),) for day in range(7)}, holidays=None)


def _limit(maximum: int, rolling: timedelta) -> Cap:
    return Cap(Scope.PERSON, Counted(ASKING, BOTH), maximum, rolling)


def _house_rule(id: str, kinds: frozenset[Kind], form: Form) -> Rule:
    return Rule(f"courtesy/{id}", "house rule", kinds, BOTH, form)


POLICY = Policy(
    id="courtesy",
    version="v1",
    rules=(
        _house_rule("asking-hours", ASKING, Hours(_WEEKDAYS)),
        _house_rule("confirming-hours", CONFIRMING, Hours(_EVERY_DAY)),
        _house_rule("two-a-week", ASKING, _limit(2, timedelta(days=7))),
        _house_rule("gap", ASKING, _limit(1, timedelta(hours=48))),
    ),
)


class NoHolidays:
    """A calendar without holidays."""

    def holiday(self, country: str, region: str | None, day: date) -> str | None:
        """Every day is ordinary."""
        return None

    def named(self, calendar: str, day: date) -> str | None:
        """Every day is ordinary in every calendar."""
        return None


class PlainWords:
    """Says which template it was asked for, what is claimed, what remains, and every phrase that is required."""

    def compose(self, facts: Facts, channel: str, now: datetime, phrases: Sequence[Required] = ()) -> Words:
        """Return words that a test can read."""
        numbers = ",".join(claim.instalment.number for claim in facts.claims)
        text = f"{facts.touchpoint.template} {facts.plan.ref} [{numbers}] open {facts.plan.balance_minor}"
        text += "".join(f" {words}" for each in phrases for words in each.texts.values())
        return Words(text, subject="A note about your plan" if channel == "email" else None)


@dataclass(slots=True)
class HandClock:
    """A clock that stands still until somebody moves it."""

    instant: datetime = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the instant that was set."""
        return self.instant

    def monotonic_s(self) -> float:
        """Return the same clock as seconds."""
        return self.instant.timestamp()

    async def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self.move(seconds=seconds)

    def move(self, **by: float) -> None:
        """Move on by a timedelta's arguments."""
        self.instant += timedelta(**by)


@dataclass(slots=True)
class FakeChannel:
    """Accepts everything unless told otherwise, and keeps a notebook."""

    provider: str = "fake"
    sent: list[Message] = field(default_factory=list)
    answers: list[Delivery] = field(default_factory=list)
    found: Finding = field(default_factory=lambda: Unknown("no_evidence"))
    asked: list[str] = field(default_factory=list)
    absence_proves_after: timedelta | None = None

    async def send(self, message: Message) -> Delivery:
        """Note the message; give the next prepared answer, else accept."""
        self.sent.append(message)
        return self.answers.pop(0) if self.answers else Accepted(f"fake-{len(self.sent)}")

    async def look_up(self, inquiry: Inquiry) -> Finding:
        """Note the question and say what was prepared."""
        self.asked.append(inquiry.message_key)
        return self.found

    async def check(self) -> tuple[str, ...]:
        """Complain of nothing."""
        return ()

    async def close(self) -> None:
        """Nothing to let go of."""


@dataclass(slots=True)
class World:
    """The flow on one store with fakes at its edges."""

    store: SqlStore
    clock: HandClock = field(default_factory=HandClock)
    channel: FakeChannel = field(default_factory=FakeChannel)
    creditors: Mapping[str, Creditor] = field(default_factory=lambda: {CREDITOR.id: CREDITOR})
    cadences: Mapping[str, Cadence] = field(default_factory=lambda: {CADENCE.id: CADENCE})
    policy: Policy = POLICY
    breakers: Breakers = field(default_factory=Breakers)
    pacing: Pacing = UNPACED
    composer: Composer = field(default_factory=PlainWords)
    journal: DispatchJournal = NO_JOURNAL

    @property
    def pipeline(self) -> Pipeline:
        """The real pipeline over this world's parts."""
        rules = Rules(
            creditors=self.creditors,
            policy_for=lambda _: self.policy,
            lookback=self.policy.lookback,
            calendar=NoHolidays(),
            composer=self.composer,
            providers={"sms": ["fake"], "email": ["fake"]},
            pacing=self.pacing,
        )
        return Pipeline(self.store, self.clock, rules, self.channels, self.breakers, journal=self.journal)

    @property
    def channels(self) -> Mapping[tuple[str, str], FakeChannel]:
        """The one fake, serving both channels."""
        return {("fake", "sms"): self.channel, ("fake", "email"): self.channel}

    @property
    def reconciler(self) -> Reconciler:
        """The real reconciler over this world's parts."""
        return Reconciler(self.store, self.clock, self.channels, self.creditors)

    @property
    def custodian(self) -> Custodian:
        """A real custodian over this world's parts, who has not looked yet."""
        return Custodian(SqlCustody(self.store), self.journal, self.clock)

    def take_plans(self, *rows: PlanRow) -> Sequence[str]:
        """Import plan rows and return what became of each."""
        intake = PlanIntake(self.store, self.creditors, self.cadences)
        return [each.outcome.value for each in intake.take_plans(rows, self.clock.now())]

    def take_payments(self, *rows: PaymentRow) -> Sequence[str]:
        """Import payment rows and return what became of each."""
        intake = PaymentIntake(self.store, self.creditors, self.cadences, newest=timedelta(days=3))
        return [each.outcome.value for each in intake.take_payments(rows, self.clock.now())]


_ROW = PlanRow(
    line=2,
    given=frozenset({"phone", "email", "country", "time_zone", "locale"}),
    creditor="",
    plan_ref="P-1",
    debtor_ref="D-1",
    debtor_name="Ada Example",
    phone="+442079460018",
    email="ada@example.com",
    locale="en",
    country="GB",
    region=None,
    postal_code=None,
    time_zone="Europe/London",
    currency="GBP",
    instalment_no="1",
    due_date=date(2027, 3, 12),
    amount_minor=10_000,
    principal_minor=None,
    interest_minor=None,
    fees_minor=None,
    cadence=None,
    consent_sms=None,
    consent_email=None,
)


def a_plan_row(**changes: object) -> PlanRow:
    """Return a row of a plan file, varied."""
    return replace(_ROW, **changes)  # type: ignore[arg-type]  # a test names real columns


def a_payment_row(**changes: object) -> PaymentRow:
    """Return a row of a payment file, varied."""
    row = PaymentRow(
        2, None, "PAY-1", "P-1", 10_000, "GBP", datetime(2027, 3, 9, 9, tzinfo=UTC), "card", None
    )
    return replace(row, **changes)  # type: ignore[arg-type]  # a test names real columns


async def turn(world: World) -> None:
    """Plan and dispatch until nothing more is due."""
    while plan_due(world.store, world.cadences, world.clock.now()):
        pass
    while await world.pipeline.run_batch():
        pass


async def hand_over(world: World, armed: Sequence[Armed]) -> list[Settlement]:
    """Take the last look and make the calls of what was armed before, without noting what came of them."""
    if not armed:
        return []
    began_s = armed[0].armed_at.timestamp()
    pipeline = world.pipeline
    look = LastLook(world.store, world.clock, pipeline.run, armed, began_s)
    return [await pipeline.send(each, look) for each in armed]


def events(world: World) -> list[str]:
    """Return the log's events in order."""
    with world.store.database.read() as connection:
        return list(connection.execute(select(entry.c.event).order_by(entry.c.seq)).scalars())


def states(world: World) -> dict[str, str]:
    """Return each touchpoint's state by its step; later ones win."""
    with world.store.database.read() as connection:
        rows = connection.execute(select(touchpoint).order_by(touchpoint.c.id))
        return {row.step: row.state for row in rows}
