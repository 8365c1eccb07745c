"""A rule's own persons and days within those of its policy: both must hold, so the rule can only narrow."""

from collections.abc import Iterator
from typing import TypeVar

from scheduler.catalogue.mistakes import listed, quoted
from scheduler.catalogue.models import Objection
from scheduler.catalogue.models_applies import AppliesModel, EffectiveModel, days_of
from scheduler.domain.rule import ANYBODY, Applies, Residence

Name = TypeVar("Name", bound=str)

_CHOICES = (("role", "roles"), ("product", "products"), ("debt_status", "debt_statuses"))
"""Keys that name what is included, in the file and in the domain."""


def too_wide(policy: AppliesModel | None, rule: AppliesModel | None) -> Iterator[Objection]:
    """Find what a rule names that its policy leaves out, so that the two could never hold at once."""
    if policy is None or rule is None:
        return
    outer, inner = policy.value(), rule.value()
    for index, each in enumerate(inner.residence):
        if outer.residence and not any(_within(each, around) for around in outer.residence):
            names = listed(policy.residence or ())
            yield (
                ("residence", index),
                f"the policy holds in {names} only; name a part of that here, or remove the policy's residence",
            )
    for key, field in _CHOICES:
        ours, theirs = getattr(inner, field), getattr(outer, field)
        if ours and theirs and not ours & theirs:
            yield (
                (key,),
                f"the policy's own `{key}` leaves all of these out; name one of {listed(sorted(theirs))}",
            )
    chosen = _both(outer.products, inner.products)
    if chosen and chosen <= inner.other_products | outer.other_products:
        yield (
            (),
            f"policy and rule together leave {quoted(min(chosen))} out, so it holds for no product; widen one",
        )


def narrowed(policy: AppliesModel | None, rule: AppliesModel | None) -> Applies:
    """Return whom a rule holds for within its policy; what `too_wide` finds must have been put right."""
    outer, inner = policy.value() if policy else ANYBODY, rule.value() if rule else ANYBODY
    return Applies(
        residence=_residence(outer.residence, inner.residence),
        roles=_both(outer.roles, inner.roles),
        products=_both(outer.products, inner.products),
        other_products=outer.other_products | inner.other_products,
        debt_statuses=_both(outer.debt_statuses, inner.debt_statuses),
    )


def _both(outer: frozenset[Name], inner: frozenset[Name]) -> frozenset[Name]:
    """Return what both name, where an empty set names everything."""
    return outer & inner if outer and inner else outer or inner


def _residence(outer: tuple[Residence, ...], inner: tuple[Residence, ...]) -> tuple[Residence, ...]:
    if not outer or not inner:
        return outer or inner
    pairs = [(each, around) for each in inner for around in outer if _within(each, around)]
    return tuple(
        dict.fromkeys(
            Residence(each.country, each.region, each.postal_codes or around.postal_codes)
            for each, around in pairs
        )
    )


def _within(part: Residence, whole: Residence) -> bool:
    if part.country != whole.country or whole.region not in (None, part.region):
        return False
    return not whole.postal_codes or all(each.startswith(whole.postal_codes) for each in part.postal_codes)


def dates_apart(policy: EffectiveModel | None, rule: EffectiveModel | None) -> Iterator[str]:
    """Find a rule that would never be in force, because its days lie outside its policy's."""
    if policy is None or rule is None:
        return
    first, last = days_of(policy, rule)
    is_sound = not any(True for each in (policy, rule) for _ in each.objections())
    if is_sound and first and last and last < first:
        yield "these days lie outside the policy's own; write days within them"
