"""What stands in the way of contact, or opens it: holds, opt-outs, consents, and hours that debtors stated."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from scheduler.ledger.told import Contact, Message
from scheduler.ledger.weeks import WEEKDAYS, Opening, clock, days, openings

_WHOLE_DAY = "00:00-24:00"


@dataclass(frozen=True, slots=True)
class Term:
    """From one instant until another; None is open."""

    since: datetime
    until: datetime | None

    def covers(self, at: datetime) -> bool:
        """Whether an instant lies in it."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Hold:
    """A reason not to contact a debtor, about one plan where it names one."""

    number: int
    kind: str
    plan_refs: frozenset[str]
    term: Term

    def covers(self, contact: Contact) -> bool:
        """Whether it stood, over one of the plans that the contact speaks of, when that was made."""
        is_about = not self.plan_refs or not self.plan_refs.isdisjoint(contact.plan_refs)
        return is_about and self.term.covers(contact.at)


@dataclass(frozen=True, slots=True)
class Grant:
    """A consent to use the debtor's address on a channel for a purpose; an address of None is whichever it was."""

    channel: str
    purpose: str
    address: str | None
    term: Term

    def covers(self, contact: Contact) -> bool:
        """Whether it was good for this contact."""
        same = self.channel == contact.channel and self.address in (None, contact.to)
        return same and self.term.covers(contact.at)


@dataclass(frozen=True, slots=True)
class StatedHours:
    """Hours at which a debtor asked not to be written to on some channels, or the only ones that are welcome."""

    number: int
    welcome: bool
    hours: tuple[tuple[tuple[str, ...], tuple[Opening, ...]], ...]
    channels: frozenset[str]
    term: Term

    @classmethod
    def read(cls, number: int, words: str, channels: frozenset[str], term: Term) -> "StatedHours":
        """Read words such as `not mon-fri 09:00-17:00, sun`. Raises ValueError for others."""
        what, _, listed = words.partition(" ")
        if what not in ("not", "only"):
            raise ValueError("they begin with neither not nor only")
        hours = tuple(_some_hours(each) for each in listed.lower().split(", "))
        return cls(number, what == "only", hours, channels, term)

    def objection(self, message: Message) -> str | None:
        """Return in which zone a message came at the wrong time, or None."""
        contact = message.contact
        if contact.channel not in self.channels or not self.term.covers(contact.at):
            return None
        for zone, wall in message.walls.items():
            if self._has(wall) != self.welcome:
                return f"{wall:%A %H:%M} in {zone} was not welcome, as the debtor had said"
        return None

    def _has(self, wall: datetime) -> bool:
        name, time = WEEKDAYS[wall.weekday()], clock(wall)
        return any(name in on and any(start <= time < end for start, end in at) for on, at in self.hours)


def _some_hours(text: str) -> tuple[tuple[str, ...], tuple[Opening, ...]]:
    first, *rest = text.split()
    names, hours = ("mon-sun", [first, *rest]) if first[0].isdigit() else (first, rest)
    return days(names), openings(hours or _WHOLE_DAY)


class Wishes:
    """Keeps what stands, by the debtor's chain; opt-outs by the address, which others may have too."""

    def __init__(self) -> None:
        """Start with nothing asked for."""
        self._holds: dict[str, dict[int, Hold]] = {}
        self._stated: dict[str, dict[int, StatedHours]] = {}
        self._grants: dict[str, list[Grant]] = {}
        self._closed: set[tuple[str, str]] = set()

    def hold(self, chain: str, hold: Hold) -> None:
        """Keep a hold."""
        self._holds.setdefault(chain, {})[hold.number] = hold

    def release(self, chain: str, number: int) -> None:
        """Let go of a hold."""
        self._holds.get(chain, {}).pop(number, None)

    def holds(self, contact: Contact) -> list[Hold]:
        """Return the holds that stood when a contact was made."""
        return [each for each in self._holds.get(contact.chain, {}).values() if each.covers(contact)]

    def state(self, chain: str, stated: StatedHours) -> None:
        """Keep hours that a debtor stated."""
        self._stated.setdefault(chain, {})[stated.number] = stated

    def withdraw(self, chain: str, number: int) -> None:
        """Let go of hours that a debtor stated."""
        self._stated.get(chain, {}).pop(number, None)

    def stated(self, chain: str) -> Iterator[StatedHours]:
        """Yield the hours that a debtor stated."""
        return iter(self._stated.get(chain, {}).values())

    def grant(self, chain: str, grant: Grant) -> None:
        """Keep a consent."""
        self._grants.setdefault(chain, []).append(grant)

    def revoke(self, chain: str, channel: str, purpose: str) -> None:
        """Let go of every consent to a purpose on a channel."""
        grants = self._grants.get(chain, [])
        grants[:] = [each for each in grants if (each.channel, each.purpose) != (channel, purpose)]

    def granted(self, contact: Contact) -> frozenset[str]:
        """Return the purposes that a debtor had consented to for the address of a contact."""
        grants = self._grants.get(contact.chain, ())
        return frozenset(each.purpose for each in grants if each.covers(contact))

    def opt(self, channel: str, address: str, out: bool) -> None:
        """Close an address, or open it again, for everybody who has it."""
        (self._closed.add if out else self._closed.discard)((channel, address))

    def is_closed(self, contact: Contact) -> bool:
        """Whether somebody had closed the address of a contact."""
        return (contact.channel, contact.to) in self._closed
