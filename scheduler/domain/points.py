"""Which contact point may be used: it works, it is the debtor's, and its owner agreed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from scheduler.domain.decision import Decision, Reason, Refuse, Verdict
from scheduler.domain.facts import Facts
from scheduler.domain.plain_words import purpose_words
from scheduler.domain.plan import ContactPoint, Purpose, Source
from scheduler.domain.rule import Rule, against
from scheduler.domain.touchpoint import Kind


class PointForm(Protocol):
    """A form that looks at the contact point."""

    def objection(self, facts: Facts, point: ContactPoint, now: datetime) -> str | None:
        """Return why the contact point must not be used, or None when it may."""
        ...

    def met(self, point: ContactPoint) -> str:
        """Say by what a contact point that may be used satisfies the form."""
        ...


@dataclass(frozen=True, slots=True)
class ConsentNeeded:
    """Consent of one of these bases, where any are named, and a recorded grant for each of these purposes."""

    bases: frozenset[str] = frozenset()
    purposes: frozenset[Purpose] = frozenset()

    def objection(self, _facts: Facts, point: ContactPoint, now: datetime) -> str | None:
        """Return what is missing."""
        if self.bases and point.consent_basis not in self.bases:
            return f"{point.channel}: the basis {' or '.join(sorted(self.bases))} is needed"
        for purpose in sorted(self.purposes):
            if point.granted_until(purpose, now) is None:
                return f"{point.channel}: no {purpose_words(purpose)}"
        return None

    def met(self, point: ContactPoint) -> str:
        """Say which consent there is."""
        grants = ", ".join(
            sorted(each.purpose.value for each in point.grants if each.purpose in self.purposes)
        )
        return (
            f"{point.channel}: {f'recorded consent: {grants}' if grants else f'basis {point.consent_basis}'}"
        )


class Proof(StrEnum):
    """What shows that an address is still the debtor's."""

    USED = "used"
    CHECKED = "checked"


@dataclass(frozen=True, slots=True)
class Provenance:
    """The address comes from one of these sources, is fresh, and is neither at work nor shared with others."""

    sources: frozenset[Source] = frozenset()
    fresh: timedelta | None = None
    proof: frozenset[Proof] = frozenset(Proof)
    work: bool = True
    shared: bool = True

    def objection(self, _facts: Facts, point: ContactPoint, now: datetime) -> str | None:
        """Return what is wrong with where the address comes from."""
        origin = point.origin
        if self.sources and origin.source not in self.sources:
            wanted, known = " or ".join(sorted(self.sources)), _KNOWN[origin.source]
            return f"{point.channel}: the address must come from the {wanted}, and {known}"
        if self.fresh is not None and not self._is_fresh(point, now, self.fresh):
            proof = " or ".join(sorted(self.proof))
            return f"{point.channel}: the address was not {proof} in the last {self.fresh.days} days"
        if origin.work and not self.work:
            return f"{point.channel}: the address is one at work"
        if origin.shared and not self.shared:
            return f"{point.channel}: others read this address too"
        return None

    def met(self, point: ContactPoint) -> str:
        """Say where the address comes from, and when it was last shown to be the debtor's."""
        origin = point.origin
        said = [
            f"given by the {origin.source.value}" if origin.source else "not known to be at work or shared"
        ]
        if self.fresh is not None:
            said += [f"used on {origin.used_at.date()}"] if origin.used_at else []
            said += [f"checked on {origin.checked_at.date()}"] if origin.checked_at else []
        return f"{point.channel}: {', '.join(said)}"

    def _is_fresh(self, point: ContactPoint, now: datetime, fresh: timedelta) -> bool:
        shown = {Proof.USED: point.origin.used_at, Proof.CHECKED: point.origin.checked_at}
        return any(at is not None and at > now - fresh for proof, at in shown.items() if proof in self.proof)


@dataclass(frozen=True, slots=True)
class NotServed:
    """Phone numbers that begin so are not written to, wherever their owner lives."""

    prefixes: tuple[str, ...]
    detail: str

    def objection(self, _facts: Facts, point: ContactPoint, _now: datetime) -> str | None:
        """Return why the number is not served, or None when it is."""
        return f"{point.channel}: {self.detail}" if point.address.startswith(self.prefixes) else None

    def met(self, point: ContactPoint) -> str:
        """Say that the number is served."""
        return f"{point.channel}: a number that is served"


_KNOWN = {
    None: "where it comes from is unknown",
    Source.DEBTOR: "it comes from the debtor",
    Source.CREDITOR: "it comes from the creditor",
    Source.COLLECTOR: "it comes from the collector",
    Source.FOUND: "it was found elsewhere",
}


class OptOutReach(StrEnum):
    """How far one opt-out reaches beyond its own address."""

    CHANNEL = "channel"
    SENDER = "sender"


@dataclass(frozen=True, slots=True)
class OptOutScope:
    """An opt-out of one address closes all of the debtor's on the same channel, or all on the rule's channels."""

    reach: OptOutReach
    channels: frozenset[str]

    def objection(self, facts: Facts, point: ContactPoint, _now: datetime) -> str | None:
        """Return which opt-out closes this contact point too."""
        if facts.touchpoint.kind is Kind.OPT_OUT_CONFIRMATION:
            return None
        reached = {point.channel} if self.reach is OptOutReach.CHANNEL else self.channels
        closed = {each.channel for each in facts.debtor.contact_points if each.opted_out}
        closed |= facts.debtor.opted_out_channels
        if closed & reached:
            return f"{point.channel}: closed by an opt-out on {', '.join(sorted(closed & reached))}"
        return None

    def met(self, point: ContactPoint) -> str:
        """Say that nothing reaches it."""
        return f"{point.channel}: no opt-out reaches it"


def objection(
    point: ContactPoint, facts: Facts, rules: Iterable[tuple[Rule, PointForm]], now: datetime
) -> Decision | None:
    """Return what speaks against this contact point, or None when it may be used.

    It stands until facts change; where a rule that objects ends by itself, it is asked again then.
    """
    if (why := _standing_objection(point, facts)) is not None:
        return Refuse((Reason("contact_point", Verdict.REFUSE, why),))
    for rule, form in rules:
        if rule.effective.covers(now) and (why := form.objection(facts, point, now)) is not None:
            return against(rule, why, now)
    return None


def _standing_objection(point: ContactPoint, facts: Facts) -> str | None:
    if point.opted_out and facts.touchpoint.kind is not Kind.OPT_OUT_CONFIRMATION:
        return f"{point.channel}: opted out"
    if point.invalid:
        return f"{point.channel}: the address does not work"
    if point.consent_basis is None:
        return f"{point.channel}: no consent"
    if point.id in facts.tried:
        return f"{point.channel}: tried before, and refused or not delivered"
    return None
