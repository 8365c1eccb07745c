"""What a provider does not carry by its own rules, whatever the law says."""

from dataclasses import dataclass

from scheduler.domain.plan import Creditor, Role
from scheduler.domain.points import NotServed
from scheduler.domain.rule import Applies, Confidence, Form, Residence, Rule
from scheduler.domain.touchpoint import Kind
from scheduler.domain.windows import Closed


@dataclass(frozen=True, slots=True)
class Restriction:
    """Messages on these channels, from senders in these roles, to these countries (ISO 3166-1) or phone numbers.

    It holds for whoever lives in one of the countries, and for every number that begins with one of the `prefixes`.

    The provider lifts it for a creditor who has its approval; `id` is the approval's name, unique over all providers.
    """

    id: str
    channels: frozenset[str]
    roles: frozenset[Role]
    countries: frozenset[str]
    detail: str
    citation: str
    confidence: Confidence
    prefixes: tuple[str, ...] = ()

    def binds(self, creditor: Creditor) -> bool:
        """Whether it holds for this sender: one of the roles, without the approval."""
        return creditor.role in self.roles and self.id not in creditor.approvals

    def rules(self, provider: str) -> tuple[Rule, ...]:
        """Return it as rules of policy; whoever opts out still hears that it was heard."""
        lives_there = Applies(tuple(Residence(each) for each in sorted(self.countries)), self.roles)
        rules = (self._rule(f"{provider}/{self.id}", Closed(self.detail), lives_there),)
        if not self.prefixes:
            return rules
        served = NotServed(self.prefixes, self.detail)
        return (*rules, self._rule(f"{provider}/{self.id}-number", served, Applies(roles=self.roles)))

    def _rule(self, id_: str, form: Form, applies: Applies) -> Rule:
        return Rule(
            id=id_,
            citation=self.citation,
            kinds=frozenset(Kind) - {Kind.OPT_OUT_CONFIRMATION},
            channels=self.channels,
            form=form,
            confidence=self.confidence,
            applies=applies,
        )
