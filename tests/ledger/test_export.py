"""The log as it leaves the house: what each line says, and that it arrives whole or not at all."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from scheduler.domain.entry import Entry, Json
from scheduler.domain.errors import UsageError
from scheduler.ledger.export import export, export_to, stored_entries
from scheduler.ledger.line import FIELDS, without_personal
from scheduler.ledger.verification import verify_export
from scheduler.store.engine import Database
from scheduler.store.log import SqlLog
from tests.ledger.lived_in import ADA, BOB, tamper

DESIGNED = set(
    "seq at event debtor_ref plan_refs touchpoint kind step cadence cadence_version template channel to provider "
    "provider_id outcome reasons body_sha256 prev_hash hash".split()
)


def lines_of(database: Database) -> list[dict[str, Json]]:
    written: list[bytes] = []
    export(SqlLog(database), written.append)
    return [json.loads(each) for each in written]


def the(lines: Sequence[dict[str, Json]], chain: str, event: str) -> dict[str, Json]:
    return next(each for each in lines if (each["chain"], each["event"]) == (chain, event))


def test_every_line_has_every_field_of_the_design_and_the_oldest_is_first(lived_in: Database) -> None:
    lines = lines_of(lived_in)
    assert len(lines) == 24
    assert all(set(FIELDS) <= set(each) for each in lines)
    assert set(FIELDS) >= DESIGNED
    assert [each["seq"] for each in lines] == sorted(int(str(each["seq"])) for each in lines)


def test_an_armed_message_is_told_with_its_address_and_words(lived_in: Database) -> None:
    line = the(lines_of(lived_in), BOB, "armed")
    told = {name: line[name] for name in ("at", "kind", "step", "channel", "to", "provider", "plan_refs")}
    assert told == {
        "at": "2027-03-09T10:00:00.000000Z",
        "kind": "reminder_pre_due",
        "step": "upcoming",
        "channel": "email",
        "to": "bob@example.com",
        "provider": "fake",
        "plan_refs": ["P-2"],
    }
    personal = line["personal"]
    assert isinstance(personal, dict)
    assert personal["text"] == "upcoming P-2 [1] open 10000"
    assert personal["body_sha256"] == line["body_sha256"] is not None


def test_a_deferral_is_told_with_each_rules_verdict_the_objections_first(lived_in: Database) -> None:
    line = the(lines_of(lived_in), ADA, "deferred")
    assert (line["policy"], line["policy_version"]) == ("courtesy", "v1")
    reasons = line["reasons"]
    assert isinstance(reasons, list)
    first, *others = reasons
    assert first == {
        "rule": "courtesy/asking-hours",
        "verdict": "defer",
        "detail": "contact hours are closed in Europe/London",
        "until": "2027-03-09T09:00:00.000000Z",
    }
    assert {each["verdict"] for each in others} == {"allow"}


def test_the_facts_of_a_deferral_lie_apart_with_what_is_personal(lived_in: Database) -> None:
    line = the(lines_of(lived_in), ADA, "deferred")
    personal = line["personal"]
    assert isinstance(personal, dict)
    assert personal.keys() == {"facts"}
    assert isinstance(facts := personal["facts"], dict)
    assert facts["zones"] == ["Europe/London"]
    assert (line["to"], line["body_sha256"]) == (None, None)
    assert without_personal(line)["commitment"] is not None


def test_what_was_erased_leaves_its_commitment(lived_in: Database) -> None:
    before = the(lines_of(lived_in), BOB, "armed")
    tamper(lived_in, "DELETE FROM payload")
    after = the(lines_of(lived_in), BOB, "armed")
    assert after == without_personal(before)
    assert after["commitment"] is not None


def test_a_payload_cannot_speak_for_a_public_field_nor_the_other_way_round(unlocked: Database) -> None:
    edited = """UPDATE entry SET public = replace(public, :old, :new) WHERE event = 'deferred'"""
    tamper(unlocked, edited, old='{"cadence"', new='{"to":"x","hash":"x","seq":0,"event":"sent","cadence"')
    line = the(lines_of(unlocked), ADA, "deferred")
    assert line["to"] is None
    assert line["event"] == "deferred"
    assert line["hash"] != "x"


def test_an_export_verifies_by_itself(lived_in: Database, tmp_path: Path) -> None:
    out = tmp_path / "log.jsonl"
    assert export_to(SqlLog(lived_in), out) == 24
    with out.open("rb") as lines:
        result = verify_export(lines, "log.jsonl")
    assert (result.entries, result.chains, result.payloads, result.findings) == (24, 3, 14, ())


def test_an_export_replaces_the_one_before_and_is_for_its_owner_only(
    lived_in: Database, tmp_path: Path
) -> None:
    out = tmp_path / "log.jsonl"
    out.write_text("old", encoding="utf-8")
    export_to(SqlLog(lived_in), out)
    assert out.read_bytes().count(b"\n") == 24
    assert out.stat().st_mode & 0o077 == 0
    assert list(tmp_path.glob("*.jsonl*")) == [out]


def test_an_export_that_breaks_off_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    class Broken(Shelf):
        """Fails at the second page."""

        def entries(self, after_seq: int, limit: int) -> Sequence[Entry]:
            if after_seq:
                raise RuntimeError
            return super().entries(after_seq, limit)

    out = tmp_path / "log.jsonl"
    out.write_text("old", encoding="utf-8")
    with pytest.raises(RuntimeError):
        export_to(Broken(1_000), out)
    assert out.read_text(encoding="utf-8") == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["log.jsonl"]


@pytest.mark.parametrize("place", ["missing/log.jsonl", "."])
def test_a_place_that_cannot_be_written_is_told_with_a_remedy(tmp_path: Path, place: str) -> None:
    with pytest.raises(UsageError, match="--out"):
        export_to(Shelf(0), tmp_path / place)


class Shelf:
    """A log of so many alike entries that notes how it is read."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.asked: list[tuple[int, int]] = []

    def entries(self, after_seq: int, limit: int) -> Sequence[Entry]:
        self.asked.append((after_seq, limit))
        last = min(after_seq + limit, self.length)
        return [Entry(seq, {}, "", None, None) for seq in range(after_seq + 1, last + 1)]

    def heads(self) -> dict[str, tuple[int, str]]:
        return {}


@pytest.mark.parametrize(
    ("length", "asked"),
    [(0, [0]), (2, [0]), (3, [0, 3]), (7, [0, 3, 6])],
)
def test_the_log_is_read_in_pages_until_one_is_not_full(length: int, asked: list[int]) -> None:
    shelf = Shelf(length)
    assert [each.seq for each in stored_entries(shelf, page=3)] == list(range(1, length + 1))
    assert shelf.asked == [(after, 3) for after in asked]


def test_a_page_is_read_only_when_the_one_before_is_done() -> None:
    shelf = Shelf(9)
    entries = stored_entries(shelf, page=3)
    for _ in range(3):
        next(entries)
    assert len(shelf.asked) == 1
