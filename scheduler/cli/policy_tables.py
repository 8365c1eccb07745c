"""Policies as a compliance officer reads them: which there are, and what their rules say."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from scheduler.catalogue.catalogue import Catalogue, PolicyFile
from scheduler.cli.sheets import is_wide, print_notes, print_table, width
from scheduler.domain.plain_words import channels
from scheduler.domain.policy import Policy
from scheduler.domain.rule import Confidence
from scheduler.rehearsal.rule_sheet import Row
from scheduler.rehearsal.whom import common, places

_WIDE_LIST = 150
"""From how many columns on the list of policies has a column for everything."""


@dataclass(frozen=True, slots=True)
class Overview:
    """One policy's file at a glance. `rules` counts its rules by how well their source is known."""

    policy: str
    title: str
    where: str
    rules: Mapping[str, int]
    status: str
    scenarios: int
    used_by: tuple[str, ...]
    stands_in_for: tuple[str, ...]


def overviews(catalogue: Catalogue, scenarios: Mapping[str, int]) -> tuple[Overview, ...]:
    """Return every policy by id; `scenarios` counts them."""
    return tuple(_overview(catalogue, each, scenarios.get(each, 0)) for each in sorted(catalogue.policies))


def _overview(catalogue: Catalogue, name: str, scenarios: int) -> Overview:
    policy, file, layers = catalogue.policies[name], catalogue.files.get(name), catalogue.layers.items()
    by_confidence = [each.confidence for each in policy.rules] if file else []
    return Overview(
        policy=policy.id,
        title=file.title if file else "This file cannot be read; run `duly check`",
        where=_where(policy),
        rules={each.value: by_confidence.count(each) for each in Confidence if each in by_confidence},
        status=status(file),
        scenarios=scenarios,
        used_by=tuple(creditor for creditor, each in layers if name in each.listed),
        stands_in_for=tuple(creditor for creditor, each in layers if name == each.fallback),
    )


def _where(policy: Policy) -> str:
    """Return the residences that all rules have in common, else those of any of them."""
    several = [each.applies for each in policy.rules]
    shared = common(several).residence
    if shared or any(not each.residence for each in several):
        return places(shared) or "anywhere"
    return places(place for each in several for place in each.residence)


def status(file: PolicyFile | None) -> str:
    """Return who approved a policy and when, or that nobody did."""
    if file is None:
        return "unreadable"
    return "draft" if file.is_draft else f"approved by {file.approved_by} on {file.approved_on}"


def print_overviews(found: Sequence[Overview]) -> None:
    """Print one row a policy."""
    if width() >= _WIDE_LIST:
        heads = ("policy", "title", "where", "rules", "status", "scenarios", "used by")
        print_table(heads, (_cells(each) for each in found))
    else:
        print_notes((each.policy, (each.title, _line(each))) for each in found)


def _cells(each: Overview) -> tuple[str, ...]:
    rules = _rules(each.rules)
    return each.policy, each.title, each.where, rules, each.status, str(each.scenarios), _used(each)


def _line(each: Overview) -> str:
    parts = (each.where, f"rules: {_rules(each.rules)}", each.status, _scenarios(each.scenarios))
    return "; ".join((*parts, f"used by {_used(each)}"))


def _rules(by_confidence: Mapping[str, int]) -> str:
    parts = ", ".join(f"{count} {name}" for name, count in by_confidence.items())
    return f"{sum(by_confidence.values())} ({parts})" if parts else "none"


def _scenarios(count: int) -> str:
    return f"{count} scenario{'' if count == 1 else 's'}"


def _used(each: Overview) -> str:
    return ", ".join((*each.used_by, *(f"{name} as fallback" for name in each.stands_in_for))) or "nobody"


def overview_json(each: Overview) -> dict[str, object]:
    """Return a policy at a glance as JSON."""
    return asdict(each)


def print_rules(rows: Sequence[Row]) -> None:
    """Print one row a rule, with its source."""
    if is_wide():
        cells = ((each.rule, _said(each), _about(each), _source(each)) for each in rows)
        print_table(("rule", "what it says", "about", "source"), cells)
    else:
        print_notes((each.rule, (_said(each), f"about {_about(each)}", _source(each))) for each in rows)


def _about(row: Row) -> str:
    """Return the kinds, and the channels unless they are all."""
    return row.kinds if row.channels == _ALL_CHANNELS else f"{row.kinds} by {row.channels}"


_ALL_CHANNELS = channels(("sms", "email"))


def _said(row: Row) -> str:
    only = "; ".join(each for each in (row.whom, row.when) if each)
    return f"{row.says} [only {only}]" if only else row.says


def _source(row: Row) -> str:
    return f"{row.confidence}: {row.citation}" + (f" ({row.note})" if row.note else "")


def rule_json(row: Row) -> dict[str, object]:
    """Return a rule as JSON."""
    fields = asdict(row)
    return {
        name: str(value) if name in ("first", "last") and value else value for name, value in fields.items()
    }
