"""Where a debtor's addresses come from, as a row says it: of the address that the row has, or that is known."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain.news import PlanRow
from scheduler.domain.plan import UNKNOWN_ORIGIN, Origin, Source
from scheduler.ports import Person

_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a row says of one channel's address; `column` is the word with which its columns begin."""

    channel: str
    column: str
    source: Source | None
    checked_at: datetime | None
    used_at: datetime | None

    def speaks(self, given: frozenset[str]) -> bool:
        """Whether the file has a column about it."""
        return not given.isdisjoint(f"{self.column}_{each}" for each in ("source", "checked_at", "used_at"))

    def after(self, known: Origin, given: frozenset[str]) -> Origin:
        """Return what is known with what is said; columns that the file does not have stay as they are."""
        return Origin(
            source=self.source if f"{self.column}_source" in given else known.source,
            used_at=self.used_at if f"{self.column}_used_at" in given else known.used_at,
            checked_at=self.checked_at if f"{self.column}_checked_at" in given else known.checked_at,
            work=known.work,
            shared=known.shared,
        )


def _said(row: PlanRow) -> Iterator[_Said]:
    yield _Said("sms", "phone", row.phone_source, row.phone_checked_at, row.phone_used_at)
    yield _Said("email", "email", row.email_source, row.email_checked_at, row.email_used_at)


def said_of_origins(row: PlanRow) -> tuple[object, ...]:
    """Return everything in a row that is about where addresses come from."""
    return (
        row.phone_source,
        row.phone_checked_at,
        row.phone_used_at,
        row.email_source,
        row.email_checked_at,
        row.email_used_at,
    )


def column_ahead_of(now: datetime, row: PlanRow) -> str | None:
    """Return the column of an instant that lies ahead: that an address will be used does not show it to be good.

    A day is let pass, for a clock that is ahead.
    """
    instants = (
        ("phone_checked_at", row.phone_checked_at),
        ("phone_used_at", row.phone_used_at),
        ("email_checked_at", row.email_checked_at),
        ("email_used_at", row.email_used_at),
    )
    return next((column for column, at in instants if at is not None and at > now + _AHEAD), None)


def origins(
    before: Person, addresses: Mapping[str, tuple[str, str | None]], row: PlanRow
) -> dict[str, Origin]:
    """Return where the addresses come from, by channel; of a new one nothing is known but what the row says."""
    found = {each: origin for each, origin in before.origins.items() if _is_same(each, before, addresses)}
    for each in _said(row):
        if each.channel in addresses:
            known = found.get(each.channel, UNKNOWN_ORIGIN)
            is_said = each.speaks(row.given) and not _is_same(each.channel, before, addresses)
            if (after := each.after(known, row.given)) != known or is_said:
                found[each.channel] = after
    return found


def _is_same(channel: str, before: Person, addresses: Mapping[str, tuple[str, str | None]]) -> bool:
    known, stated = before.addresses.get(channel), addresses.get(channel)
    return known is not None and stated is not None and known[0] == stated[0]
