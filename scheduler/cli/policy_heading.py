"""Prints rules under a heading that says who is meant, where they live, and which layers hold."""

import sys
from collections.abc import Iterator

from scheduler.cli.local_time import local
from scheduler.cli.policy_show import Layer, Shown
from scheduler.cli.policy_tables import print_rules
from scheduler.cli.sheets import indented
from scheduler.domain.facts import Facts, Hold, Stated
from scheduler.domain.plain_week import week
from scheduler.domain.plain_words import channels


def print_shown(shown: Shown) -> None:
    """Print the heading, then the rules."""
    for line in heading(shown):
        sys.stdout.write(indented(line, ""))
    sys.stdout.write("\n")
    if shown.rows:
        print_rules(shown.rows)
    else:
        sys.stdout.write("No rule is about this: what no rule gives hours for is never sent\n")


def heading(shown: Shown) -> Iterator[str]:
    """Yield who is meant, where, and under which layers; drafts are marked."""
    if shown.facts is None:
        yield f"Every rule that can hold for debtors of {shown.creditor}"
    else:
        yield from _person(shown.facts)
    yield from map(_layer, shown.layers)


def _layer(layer: Layer) -> str:
    approval = "DRAFT" if layer.status == "draft" else layer.status
    stands_in = "where no local law gives hours" if layer.is_fallback else ""
    about = "; ".join(each for each in (layer.whom, layer.when, stands_in) if each)
    return f"Layer {layer.policy} [{approval}]: {layer.title}{f'; {about}' if about else ''}"


def _person(facts: Facts) -> Iterator[str]:
    debtor, role = facts.debtor, facts.creditor.role.value.replace("_", " ")
    yield f"{debtor.ref} of {facts.creditor.id} ({role})"
    yield f"Lives in {_place(facts)}; clock {', '.join(debtor.zones) or 'unknown, so nothing is sent'}"
    for plan in facts.plans:
        yield f"Plan {plan.ref}: product {plan.product or 'unknown'}, status {plan.debt_status or 'unknown'}"
    for hold in facts.holds:
        yield _hold(hold, facts)
    for stated in facts.stated:
        yield _stated(stated, facts)


def _place(facts: Facts) -> str:
    debtor = facts.debtor
    if debtor.country is None:
        return "an unknown country, so the rules of every country hold"
    region = (debtor.region or "").removeprefix(f"{debtor.country}-")
    place = f"{debtor.country}-{region}" if region else f"{debtor.country}, region unknown"
    return f"{place} {debtor.postal_code}" if debtor.postal_code else place


def _hold(hold: Hold, facts: Facts) -> str:
    until = f"until {local(hold.until, _zone(facts))}" if hold.until else "until it is lifted"
    about = next((f" on plan {each.ref}" for each in facts.plans if each.id == hold.plan_id), "")
    return f"Hold {hold.id}: {hold.kind.value}{about}, {until}"


def _stated(stated: Stated, facts: Facts) -> str:
    until = f", until {local(stated.until, _zone(facts))}" if stated.until else ""
    words = week(stated.week).removesuffix(", holidays like any day")
    return f"Stated hours {stated.id}: only {words} by {channels(stated.channels)}{until}"


def _zone(facts: Facts) -> str:
    return next(iter(facts.debtor.zones), "UTC")
