"""What a provider does not carry by its own rules, whatever the law says."""

from dataclasses import dataclass

from scheduler.domain.plan import Creditor, Role
from scheduler.domain.rule import Applies, Confidence, Residence, Rule
from scheduler.domain.touchpoint import Kind
from scheduler.domain.windows import Closed


@dataclass(frozen=True, slots=True)
class Restriction:
    """Messages on these channels, from senders in these roles, to people in these countries (ISO 3166-1).

    The provider lifts it for a creditor who has its approval; `id` is the approval's name, unique over all providers.
    """

    id: str
    channels: frozenset[str]
    roles: frozenset[Role]
    countries: frozenset[str]
    detail: str
    citation: str
    confidence: Confidence

    def binds(self, creditor: Creditor) -> bool:
        """Whether it holds for this sender: one of the roles, without the approval."""
        return creditor.role in self.roles and self.id not in creditor.approvals

    def rule(self, provider: str) -> Rule:
        """Return it as a rule of policy; whoever opts out still hears that it was heard."""
        return Rule(
            id=f"{provider}/{self.id}",
            citation=self.citation,
            kinds=frozenset(Kind) - {Kind.OPT_OUT_CONFIRMATION},
            channels=self.channels,
            form=Closed(self.detail),
            confidence=self.confidence,
            applies=Applies(tuple(Residence(each) for each in sorted(self.countries)), self.roles),
        )
