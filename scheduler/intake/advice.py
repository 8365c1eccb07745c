"""What the policies in force ask of whoever notes a wish or a hold: advice in words, and nothing by itself."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from scheduler.domain.duties import StatedTimes
from scheduler.domain.facts import HoldKind
from scheduler.domain.holds import HoldRule
from scheduler.domain.hours import DAY, Week
from scheduler.domain.rule import Rule
from scheduler.intake.weeks import length, outside


def oral_limit(rules: Iterable[Rule], now: datetime) -> tuple[timedelta, str] | None:
    """Return for how long what is only said binds, by the rule that lets it bind longest, and that rule's words.

    None where no rule in force says so: then it binds until it is withdrawn.
    """
    found = [(form.oral_binds, rule, form) for rule, form in _stated_times(rules, now) if form.oral_binds]
    if not found:
        return None
    longest, rule, form = max(found, key=lambda each: each[0])
    words = f"{rule.id}: what is only said binds for {span(longest)}"
    if form.written_within is not None:
        words += f", and for good once it is written within {span(form.written_within)}: note it then with --written"
    return longest, words


def beyond_duty(rules: Iterable[Rule], week: Week, channels: Sequence[str], now: datetime) -> Iterator[str]:
    """Yield, for each rule in force that asks for less than the debtor does, the words for it."""
    closed = length(outside(week))
    for rule, form in _stated_times(rules, now):
        asked = []
        if form.weekly is not None and closed > form.weekly:
            asked.append(f"{span(form.weekly)} a week (these are {span(closed)})")
        if form.channels is not None and len(channels) > form.channels:
            asked.append(f"{counted(form.channels, 'channel')} (these are {len(channels)})")
        if asked:
            yield f"{rule.id} asks for no more than {' and '.join(asked)}; all of it is honoured"


def lasting(rules: Iterable[Rule], kind: HoldKind, now: datetime) -> Iterator[str]:
    """Yield, for each rule in force that knows how long such a hold lasts, the words for it."""
    for rule in rules:
        form = rule.form
        if isinstance(form, HoldRule) and kind in form.of and rule.effective.covers(now):
            if form.lasts is None:
                continue
            words = f"{rule.id}: such a hold lasts {span(form.lasts)}"
            if form.extensions:
                words += f" and may be prolonged {times(form.extensions)}"
            if form.lifted_by is not None:
                words += f", lifted by {form.lifted_by}"
            yield f"{words}; it stands until it is lifted unless you give --until"


def times(count: int) -> str:
    """Return a number of times in words."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def span(stretch: timedelta) -> str:
    """Return a length in words: whole days where there is more than one, else hours and minutes."""
    days, minutes = stretch // DAY, stretch // timedelta(minutes=1)
    if stretch == days * DAY and days > 1:
        return f"{days} days"
    hours, rest = divmod(minutes, 60)
    parts = [(hours, "hour"), (rest, "minute")]
    named = [counted(count, name) for count, name in parts if count]
    return " ".join(named) or "no time"


def counted(count: int, name: str) -> str:
    """Return a number of things in words."""
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def _stated_times(rules: Iterable[Rule], now: datetime) -> Iterator[tuple[Rule, StatedTimes]]:
    for rule in rules:
        if isinstance(rule.form, StatedTimes) and rule.effective.covers(now):
            yield rule, rule.form
