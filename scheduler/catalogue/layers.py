"""The layers of rules that hold for one creditor, and the policy that they make together.

They are its own policies; one that stands in where none of them gives hours; what its providers do not carry; and
for each draft among them a rule that keeps it from reaching people.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from scheduler.catalogue.broken import Broken, governed
from scheduler.catalogue.carriers import Carriers
from scheduler.catalogue.meaning import digest
from scheduler.catalogue.models_applies import effective_of
from scheduler.catalogue.models_policy import PolicyModel
from scheduler.domain.plan import Creditor
from scheduler.domain.policy import Policy, merge
from scheduler.domain.rule import Rule
from scheduler.domain.touchpoint import Kind
from scheduler.domain.windows import Closed

FALLBACK = "strict-fallback"
"""The policy that stands in for missing local law."""

DRAFT = "draft"
"""The name of the rule that keeps a draft from reaching people."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """All policies by id: those that can be used, and those that could not be read."""

    sound: Mapping[str, PolicyModel]
    broken: Mapping[str, Broken]

    @property
    def names(self) -> frozenset[str]:
        """All of them."""
        return frozenset((*self.sound, *self.broken))

    def policy(self, name: str, *, fallback: bool = False) -> Policy:
        """Return one by itself; as a fallback its rules give way to local hours. Raises KeyError for an unknown one."""
        return (self.sound.get(name) or self.broken[name]).value(fallback=fallback)

    @property
    def fallback(self) -> Policy | None:
        """The policy that stands in for missing local law, if there is one."""
        return self.policy(FALLBACK, fallback=True) if FALLBACK in self.names else None

    def layers(self, listed: Iterable[str]) -> tuple[Policy, ...]:
        """Return the policies that a creditor lists, and the one that stands in unless it is among them."""
        own = {name: self.policy(name) for name in listed}
        if FALLBACK not in own and self.fallback is not None:
            own[FALLBACK] = self.fallback
        return tuple(own.values())

    @property
    def drafts(self) -> frozenset[str]:
        """The policies that nobody has approved."""
        return frozenset(name for name, each in self.sound.items() if each.status == "draft")


@dataclass(frozen=True, slots=True)
class Layers:
    """The policies of one creditor in the order of its file, the one that stands in, and all of them as one.

    `providers` are those whose own rules bind the creditor too.
    """

    listed: tuple[str, ...]
    fallback: str | None
    providers: tuple[str, ...]
    policy: Policy

    @property
    def names(self) -> tuple[str, ...]:
        """All policies, the one that stands in last."""
        return self.listed if self.fallback is None else (*self.listed, self.fallback)

    @property
    def held_back(self) -> Mapping[str, frozenset[str]]:
        """The drafts that let nothing reach people, and the channels on which they do not."""
        rules = {each.id: each for each in self.policy.rules}
        found = {name: rules.get(f"{name}/{DRAFT}") for name in self.names}
        return {name: rule.channels for name, rule in found.items() if rule is not None}


def layers_of(creditor: Creditor, shelf: Shelf, carriers: Carriers) -> Layers:
    """Put a creditor's layers together."""
    own = [_held_back(each, shelf, carriers) for each in shelf.layers(creditor.policies)]
    theirs = list(_restrictions(creditor, carriers))
    return Layers(
        listed=creditor.policies,
        fallback=FALLBACK if len(own) > len(creditor.policies) else None,
        providers=tuple(each.id for each in theirs),
        policy=merge((*own, *theirs)),
    )


def _held_back(policy: Policy, shelf: Shelf, carriers: Carriers) -> Policy:
    """Return a draft with a rule that keeps it from reaching people, and any other policy as it is."""
    channels = carriers.closed_to_drafts
    if policy.id not in shelf.drafts or not channels:
        return policy
    model = shelf.sound[policy.id]
    rule = Rule(
        id=f"{policy.id}/{DRAFT}",
        citation="duly.yaml, drafts: outbox only",
        kinds=frozenset(Kind),
        channels=channels,
        form=Closed(f"{policy.id} is a draft; somebody must approve it, or duly.yaml says `drafts: sent`"),
        applies=governed(model.applies),
        effective=effective_of(model.effective),
        fallback=all(each.fallback for each in policy.rules),
    )
    return Policy(policy.id, digest(policy.version, rule), (*policy.rules, rule))


def _restrictions(creditor: Creditor, carriers: Carriers) -> Iterator[Policy]:
    """Yield one policy for each provider that does not carry all of the creditor's messages."""
    by_provider: dict[str, list[Rule]] = {}
    for provider, restriction in carriers.restricting(creditor):
        by_provider.setdefault(provider, []).extend(restriction.rules(provider))
    for provider, rules in by_provider.items():
        yield Policy(provider, digest(provider, rules), tuple(rules))
