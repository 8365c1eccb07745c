"""Everything that the configuration says, as values of the domain."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from scheduler.catalogue.layers import Layers
from scheduler.catalogue.mistakes import Mistake, Place
from scheduler.catalogue.words import Wording
from scheduler.domain.cadence import Cadence
from scheduler.domain.hours import Calendar
from scheduler.domain.pacing import Pacing
from scheduler.domain.plan import Creditor
from scheduler.domain.policy import Policy
from scheduler.domain.watch import Limits

_EASTMOST = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """What a policy's file says to people: its title, who approved it and when, a note by rule, and who uses it.

    `approved_by` and `approved_on` are None for a draft, and `approved_in` is where in which file the day stands.
    `used_by` and `fallback_of` are ids of creditors.
    """

    id: str
    title: str
    approved_by: str | None
    approved_on: date | None
    approved_in: tuple[str, Place] | None
    notes: Mapping[str, str]
    used_by: tuple[str, ...]
    fallback_of: tuple[str, ...]

    @property
    def is_draft(self) -> bool:
        """Whether nobody has approved it."""
        return self.approved_by is None

    @property
    def in_use(self) -> bool:
        """Whether it is a layer of any creditor."""
        return bool(self.used_by or self.fallback_of)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The configuration at one moment; `version` is the same while nothing that it means has changed.

    `policies` are the single ones, with stand-ins for those that are `broken`; `fallback` is the one that stands in
    for missing local law; `layers` are what holds for each creditor. `files` are those of the sound policies.
    `channels` names the providers of each channel in order; a payment that is older than `receipt_newest` is not
    confirmed any more. `pacing` says how fast messages go out, `limits` when they stop by themselves.
    """

    creditors: Mapping[str, Creditor]
    cadences: Mapping[str, Cadence]
    policies: Mapping[str, Policy]
    fallback: Policy | None
    files: Mapping[str, PolicyFile]
    broken: Mapping[str, tuple[Mistake, ...]]
    layers: Mapping[str, Layers]
    channels: Mapping[str, tuple[str, ...]]
    receipt_newest: timedelta
    pacing: Pacing
    limits: Limits
    wording: Wording
    calendar: Calendar
    version: str

    def policy_for(self, creditor_id: str) -> Policy:
        """Return all of a creditor's layers as one. Raises LookupError for a creditor that is not known."""
        return self.layers[creditor_id].policy

    @property
    def drafts(self) -> frozenset[str]:
        """The policies that nobody has approved."""
        return frozenset(name for name, each in self.files.items() if each.is_draft)

    @property
    def drafts_in_use(self) -> frozenset[str]:
        """Those of them that are a layer of a creditor."""
        return frozenset(each for each in self.drafts if self.files[each].in_use)

    def approved_ahead(self, now: datetime) -> Iterator[Mistake]:
        """Yield a mistake for each approval on a day that has not begun anywhere on earth; `now` is in UTC."""
        for each in self.files.values():
            if each.approved_on is None or each.approved_in is None:
                continue
            if each.approved_on > (now + _EASTMOST).date():
                file, place = each.approved_in
                sentence = f"{each.approved_on} lies ahead, and {each.id} is taken for approved already"
                yield Mistake(file, place, f"{sentence}; correct the day, or say `status: draft` until then")

    def complaints(self) -> Iterator[str]:
        """Yield a line for each mistake of a policy that could not be read."""
        for name, mistakes in sorted(self.broken.items()):
            for each in mistakes:
                yield f"{each} (until then, nothing goes out to anybody whom {name} governs)"


def words_digest(templates: Path) -> str:
    """Return the digest of the templates' names and bytes; in words, every byte means something."""
    total = hashlib.sha256()
    for path in sorted(each for each in templates.rglob("*") if each.suffix in (".txt", ".html")):
        content = path.read_bytes()
        total.update(f"{path.relative_to(templates).as_posix()}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()
