"""Debtors and desk: they pay, say STOP, dispute, have plans amended and pull switches, at any moment."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from scheduler.domain.errors import UsageError
from scheduler.domain.facts import HoldKind
from scheduler.domain.inbound import Keyword
from scheduler.domain.news import PaymentRow
from scheduler.domain.outcome import Ruling
from scheduler.intake.desk import Desk
from scheduler.intake.payments import PaymentIntake
from scheduler.intake.plans import PlanIntake
from scheduler.intake.switches import Asked, Switches
from scheduler.ports import NewHold
from tests.simulation.diary import Hold, Paid, Switch
from tests.simulation.scene import Agreed, Part, Party, row_of

if TYPE_CHECKING:
    from tests.simulation.world import World


_DOUBTS = (
    "SELECT message.id, touchpoint.key, message.channel, message.attempt, message.armed_at FROM message "
    "JOIN touchpoint ON touchpoint.id = message.touchpoint_id "
    "WHERE message.state IN ('unknown', 'presumed') ORDER BY message.id"
)
LONG_AGO_S = 3600.0
"""After this no call is under way any more."""

CANARY = "+447700900199"
"""The phone of a debtor who comes when nothing fails any more."""


@dataclass
class People:
    """Everybody outside the service. What they do is durable at once, and noted in the diary."""

    world: "World"
    refs: int = 0

    def __post_init__(self) -> None:
        """Know the ways in."""
        scene, store = self.world.scene, self.world.store
        self.plans = PlanIntake(store, scene.creditors, scene.cadences)
        self.payments = PaymentIntake(store, scene.creditors, scene.cadences, newest=timedelta(days=3))
        self.desk = Desk(store, scene.creditors)
        self.switches = Switches(store, lambda: scene.creditors)

    # ----------------------------------------------------------------------------------------------- when

    async def live(self) -> None:
        """Do something now and then, for as long as there are faults."""
        world = self.world
        while world.weather.news_a_day > 0:
            each_s = 86_400 / (world.weather.news_a_day * len(world.scene.parties))
            await asyncio.sleep(world.chance.between(0, 2 * each_s))
            if world.weather.news_a_day > 0:
                self.do_something()

    def perhaps_between(self, touchpoints: Sequence[str]) -> bool:
        """Do something right now, between an intent and its call, to somebody who is about to be called."""
        world = self.world
        if not world.chance.happens(world.weather.news_between):
            return False
        party = world.register.owner(world.chance.one_of(touchpoints))
        self.do_something([each for each in world.scene.plans if each.party == party])
        world.rare.hit("news_between_intent_and_call")
        return True

    def do_something(self, of: Sequence[Agreed] = ()) -> None:
        """Choose what, and to whom: to one of these, or to anybody."""
        chance = self.world.chance
        plan = chance.one_of(of or self.world.scene.plans)
        deeds: list[Callable[[Agreed], None]] = [
            *(self.pay,) * 4,
            *(self.say_stop,) * 2,
            *(self.open_again,) * 3,
            *(self.dispute, self.settle_dispute),
            *(self.amend,) * 2,
            self.move,
            *(self.pull_switch,) * 3,
            *(self.resume,) * 5,
            *(self.rule,) * 2,
        ]
        deed = chance.one_of(deeds)
        self.world.note(f"people {deed.__name__} {plan.ref}")
        deed(plan)

    # ----------------------------------------------------------------------------------------------- what

    def import_everything(self) -> None:
        """Import every plan as it was first agreed."""
        world, now = self.world, self.world.loop.time()
        for party in world.scene.parties:
            world.diary.phones[party.key].note(now, party.phone)
        agreed = [(plan, part) for plan in world.scene.plans for part in plan.parts]
        self.take_rows(agreed)
        for plan, part in agreed:
            world.register.know(plan, part)
            world.diary.change_part(now, plan.key, part)

    def _write(self, plan: Agreed, part: Part) -> None:
        world = self.world
        self.take_rows([(plan, part)])
        world.register.know(plan, part)
        world.diary.change_part(world.loop.time(), plan.key, part)

    def come_anew(self) -> Party:
        """Import a debtor of whom nobody has heard, and whom nothing speaks against."""
        world = self.world
        creditor = world.scene.parties[0].creditor
        party = Party(creditor, "D-new", CANARY, None, "GB", None, "Europe/London", ("Europe/London",))
        due = (world.now() + timedelta(days=4)).date()
        plan = Agreed(party, "P-new", "text", (Part("1", due, 100_00),))
        world.diary.phones[party.key].note(world.loop.time(), party.phone)
        self._write(plan, plan.parts[0])
        return party

    def take_rows(self, agreed: Sequence[tuple[Agreed, Part]]) -> None:
        """Import instalments as one file."""
        phones = self.world.diary.phones
        rows = [row_of(plan, part, phones[plan.party.key].latest) for plan, part in agreed]
        for result in self.plans.take_plans(rows, self.world.now()):
            assert not result.reason, result

    def pay(self, plan: Agreed) -> None:
        """Pay an open instalment, in part or whole."""
        world, diary = self.world, self.world.diary
        parts = [each for each in (diary.ledger[plan.key].latest or {}).values() if each.open_minor]
        if not parts:
            return
        part = world.chance.one_of(parts)
        if world.chance.happens(0.5):
            self._pay(plan, part, part.open_minor)
        else:
            third = max(1, part.open_minor // 3)
            for _ in range(min(world.chance.whole(1, 3), part.open_minor)):  # some press the button twice
                self._pay(plan, part, third)

    def _pay(self, plan: Agreed, part: Part, amount: int) -> None:
        world, diary = self.world, self.world.diary
        self.refs += 1
        paid = Paid(world.loop.time(), plan.key, f"PAY-{self.refs}", part.number, amount, world.now())
        self.take(paid)
        world.register.know_payment(plan, paid.ref)
        diary.pay(paid)

    def take(self, paid: Paid) -> None:
        row = PaymentRow(
            line=2,
            creditor=paid.plan[0],
            payment_ref=paid.ref,
            plan_ref=paid.plan[1],
            amount_minor=paid.amount_minor,
            currency="GBP",
            received_at=paid.received_at,
            method="card",
            instalment_no=paid.number,
        )
        (result,) = self.payments.take_payments([row], self.world.now())
        assert not result.reason, result

    def say_stop(self, plan: Agreed) -> None:
        """Say STOP, to the desk or by a text."""
        if self.world.chance.happens(0.5):
            self._text(plan.party, Keyword.STOP)
        else:
            self._consent(plan.party, closed=True)

    def open_again(self, plan: Agreed) -> None:
        """Take a STOP back."""
        if self.world.chance.happens(0.5):
            self._text(plan.party, Keyword.START)
        else:
            self._consent(plan.party, closed=False)

    def _text(self, party: Party, word: Keyword) -> None:
        """Send one word from one's phone; it may come in twice."""
        world = self.world
        phone = world.diary.phones[party.key].latest
        if phone is None:
            return
        self.refs += 1
        for _ in range(world.chance.whole(1, 2)):
            world.post.hear(phone, word, f"IN-{self.refs}")
        course, now = world.diary.closed["sms", phone], world.loop.time()
        if word is Keyword.STOP and not course.latest:
            course.note(now, "words")
        elif word is Keyword.START and course.latest == "words":
            course.note(now, "")
        world.rare.hit("stop_by_words" if word is Keyword.STOP else "start_by_words")

    def _consent(self, party: Party, closed: bool) -> None:
        world = self.world
        channel = world.chance.one_of(("sms", "email"))
        address = world.diary.phones[party.key].latest if channel == "sms" else party.email
        if address is None:
            return
        self.desk.consent(party.creditor, party.ref, channel, closed, "desk", world.now())
        reached = [address] if closed else self._ever(party.key, channel, address)
        for each in reached:
            world.diary.closed[channel, each].note(world.loop.time(), "desk" if closed else "")

    def _ever(self, key: tuple[str, str], channel: str, address: str) -> list[str]:
        if channel == "email":
            return [address]
        return [each for each in self.world.diary.phones[key].values if each is not None]

    def dispute(self, plan: Agreed) -> None:
        """Dispute a plan, or everything."""
        world = self.world
        of = plan if world.chance.happens(0.5) else None
        hold = Hold(world.loop.time(), debtor=plan.party.key, plan=of.key if of else None)
        self.place(hold)
        world.diary.holds.append(hold)

    def place(self, hold: Hold) -> None:
        new = NewHold(HoldKind.DISPUTE, "desk", "says it is wrong", self.world.now(), None)
        hold.number = self.desk.hold(*hold.debtor, hold.plan[1] if hold.plan else None, new)

    def settle_dispute(self, _plan: Agreed) -> None:
        """Settle the oldest dispute."""
        standing = self.world.diary.standing_holds()
        if standing:
            with suppress(UsageError):  # a database that was put back may not know of it
                self.desk.release(standing[0].number, "desk", self.world.now())
            standing[0].until_s = self.world.loop.time()

    def amend(self, plan: Agreed) -> None:
        """Agree on another amount or another day."""
        world = self.world
        parts = list((world.diary.ledger[plan.key].latest or {}).values())
        part = world.chance.one_of(parts)
        if world.chance.happens(0.5):
            after = replace(part, amount_minor=part.amount_minor + world.chance.whole(1, 50) * 100)
        else:
            after = replace(part, due_date=part.due_date + timedelta(days=world.chance.whole(1, 4)))
        self._write(plan, after)

    def move(self, plan: Agreed) -> None:
        """Give a debtor another phone, which is told with the next row of one of its plans."""
        world = self.world
        course = world.diary.phones[plan.party.key]
        if course.latest is None or len(course.values) > 1:
            return
        course.note(world.loop.time(), f"+4477009002{world.chance.whole(10, 99)}")
        part = next(iter((world.diary.ledger[plan.key].latest or {}).values()))
        self._write(plan, part)

    def pull_switch(self, plan: Agreed) -> None:
        """Stop everything, a creditor, a channel or a debtor."""
        world, party = self.world, plan.party
        channel = world.chance.one_of((None, None, "sms", "email"))
        what = world.chance.one_of(("all", "creditor", "debtor"))
        switch = Switch(
            world.loop.time(),
            creditor=party.creditor if what == "creditor" else None,
            channel=channel,
            debtor=party.key if what == "debtor" else None,
        )
        self.pull(switch)
        world.diary.switches.append(switch)

    def pull(self, switch: Switch) -> None:
        creditor = switch.debtor[0] if switch.debtor else switch.creditor
        asked = Asked(creditor, switch.channel, switch.debtor[1] if switch.debtor else None)
        pause, _ = self.switches.pause(asked, "desk", "a person said so", self.world.now(), None)
        switch.number = pause.number

    def resume(self, _plan: Agreed | None = None) -> None:
        """Let go of the oldest switch."""
        standing = self.world.diary.standing_switches()
        if standing:
            number, now = standing[0].number, self.world.loop.time()
            with suppress(UsageError):
                self.switches.resume(number, "desk", self.world.now())
            for each in standing:
                if each.number == number:
                    each.until_s = now

    def rule(self, _plan: Agreed) -> None:
        """Find out from the provider by hand what became of a message in doubt, and settle it truthfully."""
        world = self.world
        taken = {each.call.key for far in world.far for each in far.taken}
        for row in world.database.peek(_DOUBTS):
            if world.seconds_of(row.armed_at) < world.loop.time() - LONG_AGO_S:
                key = f"{row.key}-{row.channel}-{row.attempt}"
                world.store.rule(row.id, Ruling(key in taken, "desk", "asked them"), world.now(), None)
                world.ruled.add(key)
                return
