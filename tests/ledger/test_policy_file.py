"""Policies as the auditor reads them by itself: all that ship, and what it cannot read is named."""

from pathlib import Path

import pytest

from scheduler.catalogue import load
from scheduler.domain.duties import Keep, OneMessage, StatedTimes
from scheduler.domain.errors import UsageError
from scheduler.domain.phrases import ForbiddenWords, Phrase
from scheduler.domain.points import ConsentNeeded, Provenance
from scheduler.ledger.policy_file import read_book
from tests.ledger.audited import Ink, audited, write_law

ROOT = Path(__file__).parents[2]
NOT_AUDITED = (ConsentNeeded, Provenance, Phrase, ForbiddenWords, Keep, StatedTimes, OneMessage)


@pytest.mark.parametrize(
    "rule",
    [
        "{rule: r, kinds: all, at_least: {count: 1}}",
        "{rule: r, kinds: all, gap: a while}",
        "{rule: r, kinds: all, hours: {mon-fri: [at noon]}}",
        '{rule: r, kinds: all, hours: {someday-fri: ["09:00-18:00"]}}',
        "{rule: r, kinds: all, applies: {mood: [good]}, never: No}",
        "just words",
    ],
)
def test_a_policy_that_the_auditor_cannot_read_is_named_with_its_rule(
    ink: Ink, tmp_path: Path, rule: str
) -> None:
    law = write_law(tmp_path, odd=f"id: odd\nrules:\n  - {rule}\n")
    with pytest.raises(UsageError, match=r"odd\.yaml, rule 1: the auditor cannot read it"):
        audited(ink, law)


def test_a_policy_that_is_no_yaml_is_named(ink: Ink, tmp_path: Path) -> None:
    law = write_law(tmp_path, odd="rules: [")
    with pytest.raises(UsageError, match=r"odd\.yaml is no YAML"):
        audited(ink, law)


def test_every_rule_that_ships_is_audited_unless_it_speaks_neither_of_hours_nor_of_limits() -> None:
    engine, book = load(ROOT / "config"), read_book(ROOT / "config")
    for name, policy in engine.policies.items():
        audited_by_both = {each.id for each in policy.rules if not isinstance(each.form, NOT_AUDITED)}
        assert {each.id for each in book.by_policy[name]} == audited_by_both
    assert book.by_policy.keys() == engine.policies.keys() >= {"strict-fallback", "us-regf"}
