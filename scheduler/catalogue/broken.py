"""A policy that could not be read: why, and what stands in for it, so that nothing goes out to those it governs."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from scheduler.catalogue.meaning import digest
from scheduler.catalogue.mistakes import Mistake
from scheduler.catalogue.models import CHANNELS
from scheduler.catalogue.models_applies import AppliesModel
from scheduler.catalogue.yaml import Unreadable, read
from scheduler.domain.policy import Policy
from scheduler.domain.rule import ANYBODY, Applies, Rule
from scheduler.domain.touchpoint import Kind
from scheduler.domain.windows import Closed

UNREADABLE = "unreadable"
"""The name of the one rule that stands in."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A policy by its file's name, its mistakes, and whom it is for: everybody, where that cannot be read either."""

    id: str
    mistakes: tuple[Mistake, ...]
    applies: Applies = ANYBODY

    def value(self, *, fallback: bool = False) -> Policy:
        """Return the policy that refuses everything to whom it applies."""
        rule = Rule(
            id=f"{self.id}/{UNREADABLE}",
            citation="the file of the policy itself",
            kinds=frozenset(Kind),
            channels=frozenset(CHANNELS),
            form=Closed("the policy could not be read; run `duly check`"),
            applies=self.applies,
            fallback=fallback,
        )
        return Policy(self.id, digest(self.id, rule), (rule,))


def governed(applies: AppliesModel | None) -> Applies:
    """Return whom a policy is for: everybody, unless it says otherwise."""
    return ANYBODY if applies is None else applies.value()


def governed_by(path: Path) -> Applies:
    """Return whom a policy's file is for, if it is YAML whose section `applies` is sound, else everybody."""
    try:
        root, doubled = read(path, str(path))
    except Unreadable:
        return ANYBODY
    data = root.data()
    section = data.get("applies") if isinstance(data, dict) and not doubled else None
    if section is None:
        return ANYBODY
    try:
        applies = AppliesModel.model_validate(section)
    except ValidationError:
        return ANYBODY
    return ANYBODY if any(applies.objections()) else applies.value()
