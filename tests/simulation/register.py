"""Whose every intended contact is, when its step ends, and who is one person, by what was agreed alone."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.simulation.ground import Ground
from tests.simulation.keys import instalment_key, last_day, payment_key
from tests.simulation.scene import Agreed, Part, Party

KIN_FOR_S = 10.0
"""How long two records must have shared an address to be one person for sure: an intent is at most so old."""


class Register:
    """Grows with everything that is agreed."""

    def __init__(self, ground: Ground) -> None:
        """Know nothing yet."""
        self._ground = ground
        self._owners: dict[str, Party] = {}
        self._ends: dict[str, float] = {}

    def know(self, plan: Agreed, part: Part) -> None:
        """Know whose every step of an instalment is."""
        offsets = self._ground.scene.offsets[plan.cadence]
        for offset, following in zip(offsets, (*offsets[1:], None), strict=True):
            key = instalment_key(plan.key, part, offset)
            self._owners[key] = plan.party
            if (end := last_day(offset, following)) is not None:
                day = part.due_date + timedelta(days=end)
                midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(plan.party.stated_zone))
                self._ends[key] = self._ground.seconds(midnight)

    def know_payment(self, plan: Agreed, ref: str) -> None:
        """Know whose a receipt is."""
        self._owners[payment_key(plan.key, ref)] = plan.party

    def owner(self, touchpoint: str) -> Party | None:
        """Return whose an intended contact is."""
        return self._owners.get(touchpoint)

    def ends_s(self, touchpoint: str) -> float | None:
        """Return when a step ends; None for what has no end."""
        return self._ends.get(touchpoint)

    def kin(self, party: Party, at_s: float) -> frozenset[tuple[str, str]]:
        """Return who shared an address with a party for some while up to an instant."""
        mine = self._addresses(party, at_s)
        return frozenset(
            each.key for each in self._ground.scene.parties if mine & self._addresses(each, at_s)
        )

    def _addresses(self, party: Party, at_s: float) -> frozenset[str | None]:
        phones = self._ground.diary.phones[party.key].during(at_s - KIN_FOR_S, at_s)
        return (
            frozenset({*phones[:1], party.email} - {None})
            if len(phones) < 2
            else frozenset({party.email} - {None})
        )
