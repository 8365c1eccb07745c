"""Policies of a few lines, read as a file of the configuration is."""

from collections.abc import Collection
from pathlib import Path

from scheduler.catalogue.document import open_document
from scheduler.catalogue.mistakes import Mistake
from scheduler.catalogue.models import Known
from scheduler.catalogue.models_policy import PolicyModel
from scheduler.domain.policy import Policy
from scheduler.domain.rule import Form, Rule

CALENDARS = ("ca-qc-collection",)
"""The calendars that there are, as far as these tests go."""


def policy_text(form: str, *, head: str = "", kinds: str = "asking", confidence: str = "V1") -> str:
    """Return a policy of one rule, named tried; `head` and `form` are lines without indentation."""
    lines = [f"kinds: {kinds}", *form.splitlines(), "citation: house rule", f"confidence: {confidence}"]
    body = "".join(f"    {each}\n" for each in lines)
    top = "".join(f"{each}\n" for each in head.splitlines())
    return f"id: careful\ntitle: A careful policy\nstatus: draft\n{top}rules:\n  - rule: tried\n{body}"


def model_of(folder: Path, text: str, calendars: Collection[str] = CALENDARS) -> PolicyModel:
    """Return the model of a policy that is sound."""
    document, mistakes = _opened(folder, text, calendars)
    assert not mistakes, [str(each) for each in mistakes]
    assert document is not None
    return document


def policy_of(folder: Path, text: str, *, fallback: bool = False) -> Policy:
    """Return the value of a policy that is sound."""
    return model_of(folder, text).value(fallback=fallback)


def rule_of(folder: Path, form: str, *, head: str = "", kinds: str = "asking") -> Rule:
    """Return the one rule of a policy that is sound."""
    return policy_of(folder, policy_text(form, head=head, kinds=kinds)).rules[0]


def form_of(folder: Path, form: str, *, kinds: str = "asking") -> Form:
    """Return what the one rule of a policy says."""
    return rule_of(folder, form, kinds=kinds).form


def sentences_of(folder: Path, text: str, calendars: Collection[str] = CALENDARS) -> list[str]:
    """Return what is wrong with a policy, without its places."""
    return [each.sentence for each in _opened(folder, text, calendars)[1]]


def _opened(folder: Path, text: str, calendars: Collection[str]) -> tuple[PolicyModel | None, list[Mistake]]:
    path = folder / "careful.yaml"
    path.write_text(text, encoding="utf-8")
    mistakes: list[Mistake] = []
    document = open_document(path, PolicyModel, Known(calendars=calendars), mistakes)
    return None if document is None else document.value, mistakes
