"""config/policies/*.yaml: when, how often and with which words a person may be contacted.

A rule has one form. Each form is a key of `RuleModel` and makes one of the domain's; a further form is one more key
there, one more name in `FORMS`, and a model of its own where it is more than one value.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from scheduler.catalogue.meaning import digest
from scheduler.catalogue.mistakes import quoted
from scheduler.catalogue.models import Entry, Id, Line, Objection, one_of
from scheduler.catalogue.models_applies import AppliesModel, EffectiveModel, effective_of
from scheduler.catalogue.models_fields import Day, Maybe
from scheduler.catalogue.models_rule import RuleModel
from scheduler.catalogue.narrowing import dates_apart, narrowed, too_wide
from scheduler.domain.policy import Policy
from scheduler.domain.rule import Rule


class ApprovalModel(Entry):
    """Who takes responsibility for a policy, and since when."""

    by: Line = Field(examples=["R. Advocate, counsel"], description="Who approved it.")
    on: Day = Field(examples=["2027-01-31"], description="The day on which it was approved.")


class PolicyModel(Entry):
    """A set of rules that no cadence can weaken."""

    id: Id = Field(examples=["strict-fallback"], description="The policy's name, which is the file's too.")
    title: Line = Field(
        examples=["United States, Regulation F"], description="One line for lists of policies."
    )
    status: Annotated[Literal["draft", "approved"], one_of(("draft", "approved"), "status")] = Field(
        examples=["draft", "approved"],
        description="draft until somebody with the right to do so approved it.",
    )
    approved: Maybe[ApprovalModel] = Field(
        None, description="Who approved it; with status approved, and only then."
    )
    applies: Maybe[AppliesModel] = Field(None, description="Whom all of its rules hold for.")
    effective: Maybe[EffectiveModel] = Field(None, description="When all of its rules are in force.")
    rules: tuple[RuleModel, ...] = Field(examples=["[{rule: reminder-hours, …}]"], description="The rules.")

    def objections(self) -> Iterator[Objection]:
        """Each rule is sound and has a name of its own, and an approval names its author."""
        if not self.rules:
            yield ("rules",), "the policy has no rule; add one"
        if (self.status == "approved") != (self.approved is not None):
            yield (
                ("status",),
                "an approved policy, and no other, says who approved it: add or remove `approved`",
            )
        for name, head in (("applies", self.applies), ("effective", self.effective)):
            if head is not None:
                yield from (((name, *loc), sentence) for loc, sentence in head.objections())
        names = Counter[str]()
        for index, rule in enumerate(self.rules):
            place = ("rules", index)
            yield from (((*place, *loc), sentence) for loc, sentence in self._objections_to(rule))
            if names[rule.rule]:
                yield (*place, "rule"), f"{quoted(rule.rule)} is the name of two rules; rename one of them"
            names[rule.rule] += 1

    def _objections_to(self, rule: RuleModel) -> Iterator[Objection]:
        yield from rule.objections()
        yield from ((("applies", *loc), sentence) for loc, sentence in too_wide(self.applies, rule.applies))
        yield from ((("effective",), sentence) for sentence in dates_apart(self.effective, rule.effective))

    def value(self, *, fallback: bool = False) -> Policy:
        """Return the domain's value, with its rules in one fixed order.

        With `fallback` its rules give way where a rule of the debtor's residence gives hours.
        """
        rules = sorted((self._rule(each, fallback) for each in self.rules), key=lambda each: each.id)
        return Policy(self.id, digest(self.id, rules), tuple(rules))

    def _rule(self, rule: RuleModel, fallback: bool) -> Rule:
        return Rule(
            id=f"{self.id}/{rule.rule}",
            citation=rule.citation,
            kinds=rule.subject.kinds,
            channels=rule.subject.channels,
            form=rule.form(),
            confidence=rule.confidence,
            applies=narrowed(self.applies, rule.applies),
            effective=effective_of(self.effective, rule.effective),
            fallback=fallback,
        )
