"""Whom rules hold for, in words: what all rules of a policy have in common, and what one of them adds."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from scheduler.domain.hours import DAY
from scheduler.domain.plain_words import joined
from scheduler.domain.plan import Role
from scheduler.domain.rule import ALWAYS, ANYBODY, Applies, Effective, Residence

_FEW = 4

Value = TypeVar("Value", bound=Collection[object])


def common(several: Collection[Applies]) -> Applies:
    """Return the widest of several of each condition, where it includes all others; else it asks nothing."""
    return Applies(
        residence=_widest([each.residence for each in several], _lie_within),
        roles=_widest([each.roles for each in several], frozenset.issubset),
        products=_widest([each.products for each in several], frozenset.issubset),
        other_products=_widest([each.other_products for each in several], frozenset.issuperset),
        debt_statuses=_widest([each.debt_statuses for each in several], frozenset.issubset),
    )


def added(applies: Applies, shared: Applies) -> Applies:
    """Return what a rule asks beyond what its policy asks anyway."""
    names = ("residence", "roles", "products", "other_products", "debt_statuses")
    own = {each: getattr(applies, each) for each in names if getattr(applies, each) != getattr(shared, each)}
    return replace(ANYBODY, **own)


def _widest(values: Sequence[Value], is_within: Callable[[Value, Value], bool]) -> Value:
    """Return the first value within which all lie, or an empty one."""
    empty = type(values[0])()
    if any(not each for each in values):
        return empty
    return next((wide for wide in values if all(is_within(each, wide) for each in values)), empty)


def _lie_within(inner: Iterable[Residence], outer: Collection[Residence]) -> bool:
    return all(any(_lies_within(each, wide) for wide in outer) for each in inner)


def _lies_within(inner: Residence, outer: Residence) -> bool:
    if inner.country != outer.country or outer.region not in (None, inner.region):
        return False
    if not outer.postal_codes:
        return True
    return bool(inner.postal_codes) and all(
        each.startswith(outer.postal_codes) for each in inner.postal_codes
    )


def in_words(applies: Applies) -> str:
    """Return whom and what rules hold for; empty for everybody."""
    return "; ".join(_in_words(applies))


def _in_words(applies: Applies) -> Iterator[str]:
    if applies.residence:
        yield f"in {places(applies.residence)}"
    if applies.roles:
        yield f"by {joined([_ROLES[each] for each in sorted(applies.roles)], 'or')}"
    if applies.products:
        yield f"product {joined(sorted(applies.products), 'or')}"
    if applies.other_products:
        yield f"any product but {joined(sorted(applies.other_products), 'and')}"
    if applies.debt_statuses:
        yield f"debt {joined(sorted(applies.debt_statuses), 'or')}"


_ROLES = {Role.ORIGINAL_CREDITOR: "an original creditor", Role.THIRD_PARTY: "a third party"}


def places(residences: Iterable[Residence]) -> str:
    """Return where somebody lives: US, US-NY, US-NY 100… 101…; of many postal codes, how many."""
    return ", ".join(dict.fromkeys(_place(each) for each in residences))


def _place(residence: Residence) -> str:
    region = f"-{residence.region}" if residence.region else ""
    codes = residence.postal_codes
    listed = "".join(f" {each}…" for each in codes) if len(codes) <= _FEW else f" ({len(codes)} postal codes)"
    return f"{residence.country}{region}{listed}"


def common_dates(several: Sequence[Effective]) -> Effective:
    """Return the widest of several stretches of time, where it includes all others; else always."""
    return next((wide for wide in several if all(_is_during(each, wide) for each in several)), ALWAYS)


def _is_during(inner: Effective, outer: Effective) -> bool:
    begins = outer.start is None or (inner.start is not None and outer.start <= inner.start)
    return begins and (outer.end is None or (inner.end is not None and inner.end <= outer.end))


def dates_in_words(effective: Effective) -> str:
    """Return since when and until when something is in force; empty where it always is."""
    first, last = first_day(effective), last_day(effective)
    return " ".join((*([f"from {first}"] if first else []), *([f"to {last}"] if last else [])))


def first_day(effective: Effective) -> date | None:
    """Return the first day on which it is in force: by the clock furthest east, or in UTC where it begins midway."""
    if effective.start is None:
        return None
    day = (effective.start + DAY).date()
    return day if Effective.of_dates(day, None).start == effective.start else effective.start.date()


def last_day(effective: Effective) -> date | None:
    """Return the last day on which it is in force: by the clock furthest west, or in UTC where it ends midway."""
    if effective.end is None:
        return None
    day = (effective.end - DAY).date()
    return day if Effective.of_dates(None, day).end == effective.end else effective.end.date()
