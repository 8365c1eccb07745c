"""The rules that hold for a creditor or one of its debtors, with the layers that they come from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from scheduler.catalogue.catalogue import Catalogue
from scheduler.catalogue.mistakes import listed, remedy
from scheduler.cli.policy_tables import rule_json, status
from scheduler.domain.entry import instant_text
from scheduler.domain.errors import UsageError
from scheduler.domain.facts import Facts
from scheduler.domain.plain_week import week
from scheduler.domain.touchpoint import Kind
from scheduler.rehearsal.rule_sheet import Row, Sheet, Wanted, sheet
from scheduler.rehearsal.whom import dates_in_words, in_words

if TYPE_CHECKING:
    from scheduler.bootstrap import App

_CHANNELS = ("sms", "email")


@dataclass(frozen=True, slots=True)
class Layer:
    """One policy that holds: its title, who approved it, whom it is for and when, and whether it stands in."""

    policy: str
    title: str
    status: str
    whom: str
    when: str
    is_fallback: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown: `facts` are the debtor's, or None where all of the creditor's rules are meant."""

    creditor: str
    facts: Facts | None
    layers: tuple[Layer, ...]
    rows: tuple[Row, ...]


def of_creditor(catalogue: Catalogue, creditor: str | None, wanted: Wanted) -> Shown:
    """Return all rules of a creditor. Raises UsageError where it is not said which."""
    name = creditor or _only(catalogue)
    if name not in catalogue.creditors:
        raise UsageError(f"There is no creditor {name}; {remedy(name, catalogue.creditors)}")
    return _shown(catalogue, name, None, wanted)


def _only(catalogue: Catalogue) -> str:
    if len(catalogue.creditors) > 1:
        names = listed(catalogue.creditors)
        raise UsageError(f"There are several creditors; choose {names} with --creditor")
    return next(iter(catalogue.creditors))


def of_debtor(app: "App", creditor: str | None, debtor: str, wanted: Wanted) -> Shown:
    """Return the rules that hold for a debtor. Raises UsageError for one that is not known."""
    facts = debtor_facts(app, creditor, debtor, wanted.kind or Kind.REMINDER_DUE, _CHANNELS)
    return _shown(app.catalogue, facts.creditor.id, facts, wanted)


def debtor_facts(
    app: "App",
    creditor: str | None,
    debtor: str,
    kind: Kind,
    channels: tuple[str, ...],
    as_of: datetime | None = None,
) -> Facts:
    """Return what is known about a debtor now, or was at an earlier instant.

    Raises UsageError for one that is not known or has no plan.
    """
    from scheduler.store.inspecting import facts_of_debtor

    name, at = app.desk.creditor_named(creditor), as_of or app.clock.now()
    lookback = app.catalogue.policy_for(name).lookback
    facts = facts_of_debtor(app.database, name, debtor, app.catalogue.creditors, at, lookback, kind, channels)
    if facts is None:
        raise UsageError(f"{name} has no debtor {debtor} with a plan; `duly log` shows the references")
    return facts


def _shown(catalogue: Catalogue, creditor: str, facts: Facts | None, wanted: Wanted) -> Shown:
    notes = {rule: note for file in catalogue.files.values() for rule, note in file.notes.items()}
    found = sheet(catalogue.policy_for(creditor), facts, wanted, notes)
    names = dict.fromkeys(each.layer for each in found.rows)
    return Shown(creditor, facts, tuple(_layer(catalogue, each, found) for each in names), found.rows)


def _layer(catalogue: Catalogue, name: str, found: Sheet) -> Layer:
    file, common = catalogue.files.get(name), found.common[name]
    title, approval = file.title if file else "This file cannot be read", status(file)
    if name not in catalogue.policies:
        title, approval = "What this provider does not carry", "built in"
    return Layer(
        policy=name,
        title=title,
        status=approval,
        whom=in_words(common.applies),
        when=dates_in_words(common.effective),
        is_fallback=any(each.is_fallback for each in found.rows if each.layer == name),
    )


def shown_json(shown: Shown) -> dict[str, object]:
    """Return everything that is shown as JSON."""
    return {
        "creditor": shown.creditor,
        "debtor": None if shown.facts is None else _person_json(shown.facts),
        "layers": [asdict(each) for each in shown.layers],
        "rules": [rule_json(each) for each in shown.rows],
    }


def _person_json(facts: Facts) -> Mapping[str, object]:
    debtor = facts.debtor
    return {
        "ref": debtor.ref,
        "country": debtor.country,
        "region": debtor.region,
        "zones": debtor.zones,
        "plans": [
            {"ref": each.ref, "product": each.product, "debt_status": each.debt_status}
            for each in facts.plans
        ],
        "holds": [
            {
                "id": each.id,
                "kind": each.kind.value,
                "since": instant_text(each.since),
                "until": _text(each.until),
            }
            for each in facts.holds
        ],
        "stated": [
            {
                "id": each.id,
                "hours": week(each.week),
                "channels": sorted(each.channels),
                "until": _text(each.until),
            }
            for each in facts.stated
        ],
    }


def _text(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)
