"""Where a creditor's policies ask for another basis of consent than the one that its debtors have by default."""

from collections.abc import Iterator
from dataclasses import dataclass

from scheduler.catalogue.catalogue import Catalogue
from scheduler.domain.plain_words import joined
from scheduler.domain.plan import Creditor
from scheduler.domain.points import ConsentNeeded
from scheduler.domain.rule import Rule


@dataclass(frozen=True, slots=True)
class ConsentAdvice:
    """A rule that lets nothing out on a channel to those whose consent rests on the creditor's default."""

    creditor: str
    default: str
    rule: str
    channel: str
    bases: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What the rule keeps back, and what to do."""
        policy, bases = self.rule.partition("/")[0], joined(self.bases, "or")
        return (
            f"Creditor {self.creditor} writes on {self.default} by default, and {self.rule} lets {self.channel} out "
            f"on {bases} only: whoever {policy} governs gets none unless the import says {bases} in "
            f"consent_{self.channel}; ask them, and fill that column."
        )

    @property
    def fields(self) -> dict[str, object]:
        """The same, for a program to read."""
        return {
            "creditor": self.creditor,
            "policy": self.rule.partition("/")[0],
            "rule": self.rule,
            "channel": self.channel,
            "default_consent_basis": self.default,
            "bases": self.bases,
            "sentence": self.sentence,
        }


def consent_advice(catalogue: Catalogue) -> Iterator[ConsentAdvice]:
    """Yield what is to be said, creditor by creditor. One without a default has the import say it anyway."""
    for creditor in catalogue.creditors.values():
        if (default := creditor.default_consent_basis) is None:
            continue
        for rule in catalogue.policy_for(creditor.id).rules:
            if bases := _other_bases(rule, creditor):
                for channel in sorted(rule.channels & catalogue.channels.keys()):
                    yield ConsentAdvice(creditor.id, default, rule.id, channel, bases)


def _other_bases(rule: Rule, creditor: Creditor) -> tuple[str, ...]:
    """Return the bases that a rule for this sender asks for, where the default is none of them."""
    form, roles = rule.form, rule.applies.roles
    if not isinstance(form, ConsentNeeded) or (roles and creditor.role not in roles):
        return ()
    return () if creditor.default_consent_basis in form.bases else tuple(sorted(form.bases))
