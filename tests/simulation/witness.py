"""Watches every call as it begins and holds it against the script of the world and the clocks on the walls."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from scheduler.domain.message import Message
from tests.simulation.oracle import before, is_open_throughout
from tests.simulation.provider import Call, Taken
from tests.simulation.scene import Party
from tests.simulation.words import Said, read_back

if TYPE_CHECKING:
    from tests.simulation.process import Life
    from tests.simulation.world import World

LOOK_S = 0.5
"""How long a last look stands: a call may begin that long after something became durable, not later."""

FENCE_S = 5.0
SLACK_S = 0.01
CLOCKS_S = 2.0
"""How wrong a process's clock may be without anybody's minding."""

_EXISTS = (
    "SELECT COUNT(*) FROM message JOIN touchpoint ON touchpoint.id = message.touchpoint_id "
    "WHERE touchpoint.key = :key AND message.attempt = :attempt"
)


@dataclass(slots=True)
class Witness:
    """Says what is wrong with a call at the moment at which it begins."""

    world: "World"

    def call_begins(self, call: Call, message: Message, life: "Life") -> None:
        """Check everything that can be known now."""
        said = read_back(call.text)
        party = self.world.register.owner(call.touchpoint)
        if party is None:
            self.world.violated("INV-12", f"{call.key} belongs to nobody who was ever imported")
            return
        for invariant, wrong in self._wrong(call, message, life, party, said):
            self.world.violated(invariant, f"{call.key} to {party.key}: {wrong}")

    def _wrong(
        self, call: Call, message: Message, life: "Life", party: Party, said: Said
    ) -> Iterator[tuple[str, str]]:
        yield from self._protocol(call, life)
        yield from self._repeats(call, party)
        yield from self._switches(call, party, life)
        yield from self._window(call, message, party, said)
        yield from self._recipient(call, party)
        if said.asks:
            yield from self._holds(call, party, said)
            yield from self._ledger(call, party, said)

    def _protocol(self, call: Call, life: "Life") -> Iterator[tuple[str, str]]:
        began_s = life.armed_s.get(call.key)
        kept = self.world.database.peek(_EXISTS, key=call.touchpoint, attempt=call.attempt)[0][0]
        if not kept and not self.world.restored_since(began_s):
            yield "INV-06", "no intent is on disk"
        if began_s is None:
            yield "INV-06", "this process has no such intent"
        elif call.begun_s - began_s > FENCE_S + CLOCKS_S + SLACK_S:
            yield "INV-09", f"the intent is {call.begun_s - began_s:.1f} s old"

    def _repeats(self, call: Call, party: Party) -> Iterator[tuple[str, str]]:
        if self.world.scene.creditors[party.creditor].resends_after_proof:
            return
        for far in self.world.far:
            for earlier in far.calls:
                followed = any(each.call is earlier and each.failed for each in far.taken)
                same = earlier.touchpoint == call.touchpoint and earlier is not call
                if same and earlier.is_ambiguous and not followed:
                    yield (
                        "INV-08",
                        f"{earlier.key} is in doubt ({earlier.fate}), and the creditor never resends",
                    )

    def _switches(self, call: Call, party: Party, life: "Life") -> Iterator[tuple[str, str]]:
        since, now = call.begun_s - LOOK_S - SLACK_S, call.begun_s
        diary = self.world.diary
        if life.limited_s.get(call.provider, 0.0) > now + SLACK_S:
            yield "INV-15", f"the provider wishes to be left alone until {life.limited_s[call.provider]:.0f}"
        if any(each.stood(since, now) and each.stops(party.key, call.channel) for each in diary.switches):
            yield "INV-13", "a stop switch stands"
        if any(each.stood(since, now) for each in diary.quarantines):
            yield "INV-14", "a quarantine stands"

    def _window(self, call: Call, message: Message, party: Party, said: Said) -> Iterator[tuple[str, str]]:
        ends_s = self.world.register.ends_s(call.touchpoint)
        if ends_s is not None and call.begun_s > ends_s + FENCE_S + CLOCKS_S:
            yield "INV-10", f"the step ended {call.begun_s - ends_s:.0f} s ago"
        scene = self.world.scene
        opening = scene.asking if said.asks else scene.confirming
        now = self.world.instant(call.begun_s)
        start, end = now + timedelta(seconds=CLOCKS_S), message.not_after
        if now > end + timedelta(seconds=CLOCKS_S):
            yield "INV-01", f"begun at {now:%H:%M:%S}, the window closed at {end:%H:%M:%S}"
        elif start < end and not is_open_throughout(opening, party.zones, start, end):
            yield "INV-01", f"may be delivered from {now:%a %H:%M:%S} to {end:%a %H:%M:%S}, {party.zones}"

    def _recipient(self, call: Call, party: Party) -> Iterator[tuple[str, str]]:
        diary = self.world.diary
        since, now = call.begun_s - LOOK_S - SLACK_S, call.begun_s
        known = diary.phones[party.key].during(since, now) if call.channel == "sms" else [party.email]
        if call.to not in known:
            yield "INV-12", "not the debtor's address"
        if all(diary.closed[call.channel, call.to].during(since, now)):
            yield "INV-04", "the address had said STOP"

    def message_is_taken(self, taken: Taken) -> None:
        """Check what the provider has taken: never two of one intent, never more than the caps."""
        call = taken.call
        others = [each for far in self.world.far for each in far.taken if each is not taken]
        same = [each for each in others if each.call.touchpoint == call.touchpoint]
        for each in same:
            if each.failed and each.call.to != call.to:
                continue  # it did not arrive: another contact point may follow
            self.world.violated(
                "INV-03", f"{call.key} was taken as {taken.name}, and {each.call.key} as {each.name}"
            )
        if read_back(call.text).asks:
            for wrong in self._over_cap(taken):
                self.world.violated("INV-02", wrong)

    def _over_cap(self, taken: Taken) -> Iterator[str]:
        """Count what each person was asked before; a message that began later may have been taken sooner."""
        asked = [each for far in self.world.far for each in far.taken if read_back(each.call.text).asks]
        for latest in asked:
            if latest.call.begun_s >= taken.call.begun_s:
                yield from self._too_many(latest, asked)

    def _too_many(self, latest: Taken, asked: list[Taken]) -> Iterator[str]:
        party = self.world.register.owner(latest.call.touchpoint)
        if party is None:
            return
        scene, now = self.world.scene, latest.call.begun_s
        kin = self.world.register.kin(party, now)
        times = [each.call.begun_s for each in asked if self._went_to(each.call.touchpoint, kin)]
        for most, length in ((scene.most, scene.rolling), (1, scene.gap)):
            count = before(times, now, length.total_seconds() - FENCE_S - 2 * CLOCKS_S)
            if count > most:
                yield f"{latest.call.key} to {party.key} is the {count}. in {length}, {most} are allowed"

    def _went_to(self, touchpoint: str, kin: frozenset[tuple[str, str]]) -> bool:
        owner = self.world.register.owner(touchpoint)
        return owner is not None and owner.key in kin

    def _holds(self, call: Call, party: Party, said: Said) -> Iterator[tuple[str, str]]:
        plans = {(party.creditor, ref) for ref, _, _ in said.claims}
        since = call.begun_s - LOOK_S - SLACK_S
        for hold in self.world.diary.holds:
            mine = hold.debtor == party.key and (hold.plan is None or hold.plan in plans)
            if mine and hold.stood(since, call.begun_s):
                yield "INV-04", f"dispute {hold.number} stands"

    def _ledger(self, call: Call, party: Party, said: Said) -> Iterator[tuple[str, str]]:
        since, now = call.begun_s - LOOK_S - SLACK_S, call.begun_s
        for ref, number, amount in said.claims:
            stood = self.world.diary.ledger[party.creditor, ref].during(since, now)
            opens = {parts[number].open_minor for parts in stood if parts and number in parts}
            if opens == {0}:
                yield "INV-05", f"instalment {number} of {ref} is paid"
            elif amount not in opens:
                yield "INV-05", f"it says {amount} of {number} of {ref} are open, it was {sorted(opens)}"
