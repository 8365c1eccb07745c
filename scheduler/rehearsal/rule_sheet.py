"""The rules that hold for a creditor, or for one of its debtors, as rows that can be checked against the law."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from scheduler.domain.facts import Facts
from scheduler.domain.governing import Governing
from scheduler.domain.plain import says
from scheduler.domain.plain_words import channels, kinds
from scheduler.domain.policy import Policy
from scheduler.domain.rule import Applies, Effective, Rule
from scheduler.domain.touchpoint import Kind
from scheduler.rehearsal.in_force import holding
from scheduler.rehearsal.whom import (
    added,
    common,
    common_dates,
    dates_in_words,
    first_day,
    in_words,
    last_day,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rules are asked about: those in force `at` this instant, or with `or_later` at any from then on.

    A kind or channel of None asks about all.
    """

    at: datetime
    or_later: bool = False
    kind: Kind | None = None
    channel: str | None = None

    def includes(self, extent: "Extent") -> bool:
        """Whether it asks about some of what a rule extends to."""
        kind = self.kind is None or self.kind in extent.kinds
        return (
            kind
            and (self.channel is None or self.channel in extent.channels)
            and self._in_time(extent.effective)
        )

    def _in_time(self, effective: Effective) -> bool:
        if self.or_later:
            return effective.end is None or self.at < effective.end
        return effective.covers(self.at)


@dataclass(frozen=True, slots=True)
class Extent:
    """Kinds of message, the channels on which a rule holds for all of them, and when it does."""

    kinds: frozenset[Kind]
    channels: frozenset[str]
    effective: Effective


@dataclass(frozen=True, slots=True)
class Row:
    """One rule in words. `layer` is its policy; `kinds` and `channels` are those for which it holds.

    `whom` and `when` are empty where it is for the same people and in force at the same time as all of its layer.
    `first` and `last` are the days between which it is in force.
    """

    rule: str
    layer: str
    says: str
    kinds: str
    channels: str
    whom: str
    when: str
    first: date | None
    last: date | None
    confidence: str
    citation: str
    note: str
    is_fallback: bool


@dataclass(frozen=True, slots=True)
class Common:
    """What all rules of a layer have in common: whom they are for, and when they are in force."""

    applies: Applies
    effective: Effective


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of each layer in order, and what the rules of each layer have in common."""

    rows: tuple[Row, ...]
    common: Mapping[str, Common]


def sheet(policy: Policy, facts: Facts | None, wanted: Wanted, notes: Mapping[str, str]) -> Sheet:
    """Return the rules of a policy; with facts, only those that hold for that debtor, as far as they hold.

    `notes` are what the files say of rules, by the rules' ids.
    """
    shared = _shared(policy.rules)
    governing = None if facts is None else policy.governing(facts)
    rows = tuple(
        _row(rule, extent, shared[layer_of(rule)], notes.get(rule.id, ""))
        for rule in policy.rules
        for extent in _extents(rule, governing)
        if wanted.includes(extent)
    )
    return Sheet(rows, shared)


def _row(rule: Rule, extent: Extent, shared: Common, note: str) -> Row:
    when = extent.effective
    return Row(
        rule=rule.id,
        layer=layer_of(rule),
        says=says(rule.form, rule),
        kinds=kinds(extent.kinds),
        channels=channels(extent.channels),
        whom=in_words(added(rule.applies, shared.applies)),
        when="" if when == shared.effective else dates_in_words(when),
        first=first_day(when),
        last=last_day(when),
        confidence=rule.confidence.value,
        citation=rule.citation,
        note=note,
        is_fallback=rule.fallback,
    )


def layer_of(rule: Rule) -> str:
    """Return the policy that a rule comes from."""
    return rule.id.partition("/")[0]


def _extents(rule: Rule, governing: Governing | None) -> list[Extent]:
    """Return how far a rule holds: kinds of which it holds on the same channels at the same time go together."""
    found: dict[tuple[Effective, frozenset[str]], set[Kind]] = {}
    for kind in sorted(rule.kinds):
        by_time: dict[Effective, set[str]] = {}
        for channel in sorted(rule.channels):
            for part in [rule] if governing is None else holding(rule, governing, kind, channel):
                by_time.setdefault(part.effective, set()).add(channel)
        for effective, on_channels in by_time.items():
            found.setdefault((effective, frozenset(on_channels)), set()).add(kind)
    return [Extent(frozenset(these), channels, when) for (when, channels), these in found.items()]


def _shared(rules: Iterable[Rule]) -> dict[str, Common]:
    found: dict[str, list[Rule]] = {}
    for each in rules:
        found.setdefault(layer_of(each), []).append(each)
    return {name: _common(several) for name, several in found.items()}


def _common(rules: Sequence[Rule]) -> Common:
    return Common(common([each.applies for each in rules]), common_dates([each.effective for each in rules]))
