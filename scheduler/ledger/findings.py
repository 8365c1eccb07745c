"""What an audit found."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Violation:
    """One message that a rule forbade: where it stands in the log, when it was where the person may be, and why."""

    seq: int
    at: datetime
    local: Mapping[str, datetime]
    creditor: str
    debtor_ref: str
    rule: str
    what: str


@dataclass(slots=True)
class Audit:
    """What was audited and found.

    Of `messages`, the `erased` ones could not be audited because their personal payload is gone, the `unrecorded`
    ones because their entries do not say by which policy and facts they were decided. `versions` are those of each
    policy that decided, `first_at` and `last_at` the instants of the first and last message.
    """

    messages: int = 0
    by_hand: int = 0
    erased: int = 0
    unrecorded: int = 0
    violations: list[Violation] = field(default_factory=list)
    versions: dict[str, set[str]] = field(default_factory=dict)
    first_at: datetime | None = None
    last_at: datetime | None = None

    @property
    def contacts(self) -> int:
        """How many contacts there were, by Duly and by hand."""
        return self.messages + self.by_hand

    @property
    def audited(self) -> int:
        """How many messages were audited."""
        return self.messages - self.erased - self.unrecorded

    @property
    def by_rule(self) -> Mapping[str, int]:
        """How many violations there are of each rule, the most broken first."""
        return dict(Counter(each.rule for each in self.violations).most_common())

    def note_message(self, at: datetime) -> None:
        """Count a message that went out at an instant."""
        self.messages += 1
        self.first_at = at if self.first_at is None else min(self.first_at, at)
        self.last_at = at if self.last_at is None else max(self.last_at, at)

    def note_versions(self, policy: str, version: str) -> None:
        """Note which versions of which policies decided: both are joined by a plus where there are several."""
        for name, each in zip(policy.split("+"), version.split("+"), strict=False):
            self.versions.setdefault(name, set()).add(each)
