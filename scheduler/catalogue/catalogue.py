"""Everything that the configuration says, as values of the domain."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

from scheduler.catalogue.holidays import HolidayCalendar
from scheduler.catalogue.meaning import digest
from scheduler.catalogue.words import Wording
from scheduler.domain.cadence import Cadence
from scheduler.domain.hours import Calendar
from scheduler.domain.plan import Creditor
from scheduler.domain.policy import Policy, merge


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The configuration at one moment; `version` is the same while nothing that it means has changed.

    `channels` names the providers of each channel in order; `drafts` are the policies that nobody has approved;
    a payment that is older than `receipt_newest` is not confirmed any more.
    """

    creditors: Mapping[str, Creditor]
    cadences: Mapping[str, Cadence]
    policies: Mapping[str, Policy]
    drafts: frozenset[str]
    channels: Mapping[str, tuple[str, ...]]
    receipt_newest: timedelta
    wording: Wording
    calendar: Calendar
    version: str
    merged: Mapping[str, Policy]

    @classmethod
    def of(
        cls,
        creditors: Iterable[Creditor],
        cadences: Iterable[Cadence],
        policies: Iterable[Policy],
        drafts: frozenset[str],
        channels: Mapping[str, tuple[str, ...]],
        receipt_newest: timedelta,
        wording: Wording,
        words: Path,
    ) -> Self:
        """Put the parts together; every name in them leads somewhere. `words` is where the templates lie."""
        by_creditor = {each.id: each for each in creditors}
        by_cadence = {each.id: each for each in cadences}
        by_policy = {each.id: each for each in policies}
        parts = (by_creditor, by_cadence, by_policy, drafts, channels, receipt_newest, _words_digest(words))
        return cls(
            creditors=by_creditor,
            cadences=by_cadence,
            policies=by_policy,
            drafts=drafts,
            channels=channels,
            receipt_newest=receipt_newest,
            wording=wording,
            calendar=HolidayCalendar(),
            version=digest(*parts),
            merged={
                each.id: merge(by_policy[name] for name in each.policies) for each in by_creditor.values()
            },
        )

    def policy_for(self, creditor_id: str) -> Policy:
        """Return all of a creditor's policies as one. Raises LookupError for a creditor that is not known."""
        return self.merged[creditor_id]


def _words_digest(templates: Path) -> str:
    """Return the digest of the templates' names and bytes; in words, every byte means something."""
    total = hashlib.sha256()
    for path in sorted(each for each in templates.rglob("*") if each.suffix in (".txt", ".html")):
        content = path.read_bytes()
        total.update(f"{path.relative_to(templates).as_posix()}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()
