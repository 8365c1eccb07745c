"""Tells everything once more that a service has forgotten whose database was put back: the handbook asks for it."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from scheduler.domain.inbound import Keyword

if TYPE_CHECKING:
    from tests.simulation.people import People

_HOLDS = (
    "SELECT hold.id, debtor.creditor, debtor.ref, plan.ref AS plan_ref FROM hold "
    "JOIN debtor ON debtor.id = hold.debtor_id LEFT JOIN plan ON plan.id = hold.plan_id "
    "WHERE hold.released_at IS NULL ORDER BY hold.id"
)
_PAUSES = "SELECT id FROM pause WHERE resumed_at IS NULL ORDER BY id"


@dataclass(frozen=True, slots=True)
class Retelling:
    """Tells files again, and by the diary what was said and set."""

    people: "People"

    def all(self) -> None:
        """Tell everything once more that the service may have forgotten: files again, notes from the diary."""
        world, diary = self.people.world, self.people.world.diary
        since_s = diary.lost_since_s
        if since_s is None:
            return
        diary.lost_since_s = None
        world.note("people tell everything again")
        plans = world.scene.plans
        self.people.take_rows(
            [(plan, part) for plan in plans for part in (diary.ledger[plan.key].latest or {}).values()]
        )
        for paid in diary.payments:
            self.people.take(paid)
        told = [
            (of, bool(course.latest))
            for of, course in diary.closed.items()
            if course.times and course.times[-1] >= since_s
        ]
        # Opening reaches every address that a debtor ever had, which may be another's now: so closing comes last.
        for (channel, address), closed in sorted(told, key=lambda each: each[1]):
            self._consent_again(channel, address, closed)
        self._hold_again()
        self._stop_again()

    def _hold_again(self) -> None:
        """Place the disputes that the service has forgotten, and settle those that it has forgotten to be settled."""
        kept: dict[object, list[int]] = defaultdict(list)
        for row in self.people.world.database.peek(_HOLDS):
            plan = (row.creditor, row.plan_ref) if row.plan_ref else None
            kept[(row.creditor, row.ref), plan].append(row.id)
        for hold in self.people.world.diary.standing_holds():
            numbers = kept[hold.debtor, hold.plan]
            if numbers:
                hold.number = numbers.pop()
            else:
                self.people.place(hold)
        for number in chain.from_iterable(kept.values()):
            self.people.desk.release(number, "desk", self.people.world.now())

    def _stop_again(self) -> None:
        """Set the switches that the service has forgotten, and resume those that it has forgotten to be resumed."""
        standing = self.people.world.diary.standing_switches()
        for switch in standing:
            self.people.pull(switch)
        wanted = {switch.number for switch in standing}
        for row in self.people.world.database.peek(_PAUSES):
            if row.id not in wanted:
                self.people.switches.resume(row.id, "desk", self.people.world.now())

    def _consent_again(self, channel: str, address: str, closed: bool) -> None:
        """Tell it of whoever has the address now; a number that nobody has any more closes by words."""
        world = self.people.world
        self.people.refs += closed
        for party in world.scene.parties:
            now_at = world.diary.phones[party.key].latest if channel == "sms" else party.email
            if now_at == address:
                self.people.desk.consent(party.creditor, party.ref, channel, closed, "desk", world.now())
                return
        if closed:
            world.post.hear(address, Keyword.STOP, f"IN-{self.people.refs}")
