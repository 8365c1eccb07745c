"""An export by itself: whatever was done to its lines is found, or the file is refused with the line's number."""

import json
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scheduler.domain.entry import Json
from scheduler.domain.errors import UsageError
from scheduler.ledger.export import export
from scheduler.ledger.verification import Verification, verify_export
from scheduler.store.engine import open_database
from scheduler.store.log import SqlLog
from scheduler.store.migrations import upgrade
from tests.ledger.lived_in import ADA, BOB, EVA, live

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """An export's lines, their ends included."""
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('lived') / 'duly.db'}")
    upgrade(database)
    live(database)
    written: list[bytes] = []
    export(SqlLog(database), written.append)
    database.close()
    return written


def verified(lines: list[bytes]) -> Verification:
    return verify_export(BytesIO(b"".join(lines)), "log.jsonl")


def findings(lines: list[bytes]) -> list[tuple[str, int, int | None]]:
    return [(each.chain, each.number, each.seq) for each in verified(lines).findings]


def place(lines: list[bytes], chain: str, number: int) -> int:
    """Where an entry lies."""
    found = [json.loads(each) for each in lines]
    return next(i for i, each in enumerate(found) if (each["chain"], each["chain_seq"]) == (chain, number))


def edited(line: bytes, edit: Callable[[dict[str, Json]], object]) -> bytes:
    fields = json.loads(line)
    edit(fields)
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def test_an_untouched_export_is_sound(lines: list[bytes]) -> None:
    assert verified(lines) == Verification(24, 3, 14, 0, ())


def test_an_empty_file_holds_nothing_that_is_wrong() -> None:
    assert verified([]) == Verification(0, 0, 0, 0, ())


def test_white_space_and_the_order_of_fields_do_not_matter(lines: list[bytes]) -> None:
    loose = [json.dumps(json.loads(each), sort_keys=True, indent=None).encode() + b"\r\n" for each in lines]
    assert verified(loose).is_sound


def test_a_line_taken_out_of_the_middle_is_found(lines: list[bytes]) -> None:
    out = place(lines, ADA, 3)
    assert findings(lines[:out] + lines[out + 1 :]) == [(ADA, 3, None)]


def test_a_line_put_in_twice_is_found(lines: list[bytes]) -> None:
    at = place(lines, ADA, 3)
    (finding,) = verified(lines[: at + 1] + lines[at:]).findings
    assert str(finding) == f"{ADA}: entry 3 (seq {at + 1}): it comes again or too late, after entry 3"


def test_two_lines_of_different_chains_that_changed_places_are_found(lines: list[bytes]) -> None:
    first, second = place(lines, ADA, 1), place(lines, BOB, 1)
    assert second == first + 1
    swapped = [*lines[:first], lines[second], lines[first], *lines[second + 1 :]]
    assert findings(swapped) == [(ADA, 1, first + 1)]


def test_two_lines_of_one_chain_that_changed_places_are_found(lines: list[bytes]) -> None:
    first, second = place(lines, ADA, 3), place(lines, ADA, 4)
    swapped = list(lines)
    swapped[first], swapped[second] = lines[second], lines[first]
    assert findings(swapped)[0][:2] == (ADA, 3)


def test_what_is_missing_at_the_end_of_a_chain_does_not_show_in_a_file(lines: list[bytes]) -> None:
    assert findings(lines[:-1]) == []


def test_a_chain_that_was_taken_out_whole_does_not_show_in_a_file(lines: list[bytes]) -> None:
    assert findings([each for each in lines if json.loads(each)["chain"] != EVA]) == []


@pytest.mark.parametrize("name", ["to", "body_sha256"])
def test_what_a_line_repeats_of_its_payload_must_be_what_the_payload_says(
    lines: list[bytes], name: str
) -> None:
    at = next(i for i, each in enumerate(lines) if json.loads(each)["event"] == "armed")
    for value in ("another", None):
        forged = edited(lines[at], lambda fields, value=value: fields.update({name: value}))  # type: ignore[misc]
        assert len(findings([*lines[:at], forged, *lines[at + 1 :]])) == 1


def test_an_address_beside_an_erased_payload_is_found(lines: list[bytes]) -> None:
    at = next(i for i, each in enumerate(lines) if json.loads(each)["event"] == "armed")
    erased = edited(lines[at], lambda fields: fields.update(personal=None, salt=None, body_sha256=None))
    assert len(findings([*lines[:at], erased, *lines[at + 1 :]])) == 1


def test_a_payload_without_its_salt_is_found(lines: list[bytes]) -> None:
    at = next(i for i, each in enumerate(lines) if json.loads(each)["event"] == "armed")
    for salt in (None, "", "no hex", json.loads(lines[at])["salt"].upper() + "  "):
        forged = edited(lines[at], lambda fields, salt=salt: fields.update(salt=salt))  # type: ignore[misc]
        assert len(findings([*lines[:at], forged, *lines[at + 1 :]])) == 1, salt


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (b"\n", "not a JSON object"),
        (b"[]\n", "not a JSON object"),
        (b"{}\n", "it has no 'seq'"),
        (b"\xff\xfe\n", "not a JSON object"),
        (b"PK\x03\x04\n", "not a JSON object"),
        (b"[" * 100_000 + b"\n", "not a JSON object"),
        (b'{"seq":1,"seq":1}\n', "not a JSON object"),
        (b'{"seq":1.0}\n', "not a JSON object"),
        (b'{"seq":NaN}\n', "not a JSON object"),
        (b'{"seq":' + b"1" * 5_000 + b"}\n", "not a JSON object"),
    ],
    ids=["blank", "list", "empty", "utf-16", "zip", "deep", "twice", "fraction", "nan", "huge"],
)
def test_a_foreign_line_is_refused_with_its_number(lines: list[bytes], broken: bytes, why: str) -> None:
    with pytest.raises(UsageError, match=r"^log\.jsonl, line 3: .*" + why):
        verified([*lines[:2], broken, *lines[2:]])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seq", "1"),
        ("seq", True),
        ("seq", 1.0),
        ("chain", None),
        ("chain_seq", None),
        ("hash", 1),
        ("prev_hash", None),
        ("commitment", 1),
        ("salt", []),
        ("personal", "words"),
    ],
)
def test_a_field_of_another_kind_is_refused_with_the_lines_number(
    lines: list[bytes], name: str, value: Json
) -> None:
    with pytest.raises(UsageError, match=r"^log\.jsonl, line 1: "):
        verified([edited(lines[0], lambda fields: fields.update({name: value})), *lines[1:]])


def test_a_file_that_was_cut_in_the_middle_of_a_line_is_refused(lines: list[bytes]) -> None:
    with pytest.raises(UsageError, match=r"line 24: "):
        verified([*lines[:-1], lines[-1][:-20]])


def test_half_a_surrogate_pair_is_found_not_stumbled_over(lines: list[bytes]) -> None:
    forged = edited(lines[0], lambda fields: fields.update(step="HALF")).replace(b"HALF", b"\\ud800")
    assert findings([forged, *lines[1:]]) == [(ADA, 1, 1)]


@settings(max_examples=1_500, deadline=None)
@given(st.integers(0, 23), st.integers(0, 10_000), st.integers(0, 255))
@example(0, 6, ord("0"))
@example(0, 7, ord("9"))
@example(23, 7, ord("9"))
def test_one_changed_byte_is_found_unless_it_changes_no_more_than_seq(
    lines: list[bytes], line: int, offset: int, byte: int
) -> None:
    """`seq` alone is not hashed: as long as it rises it may change. The line's end may become other white space."""
    old = lines[line]
    new = bytearray(old)
    new[offset % len(old)] = byte
    try:
        sound = verified([*lines[:line], bytes(new), *lines[line + 1 :]]).is_sound
    except UsageError:
        return
    if sound:
        before, after = json.loads(old), json.loads(bytes(new))
        assert {name for name in before | after if before.get(name) != after.get(name)} <= {"seq"}
        assert before.keys() == after.keys()


def test_an_export_is_verified_with_the_standard_library_alone(lines: list[bytes], tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_bytes(b"".join(lines))
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from scheduler.ledger.verification import verify_export\n"
        "print(verify_export(open(sys.argv[2], 'rb'), 'log.jsonl').entries)\n"
        "print(sorted({each.split('.')[0] for each in sys.modules} - sys.stdlib_module_names - {'__main__'}))"
    )
    command = [
        sys.executable,
        "-I",
        "-S",
        "-W",
        "ignore",
        "-c",
        program,
        str(ROOT),
        str(tmp_path / "log.jsonl"),
    ]
    outcome = subprocess.run(command, check=False, capture_output=True, text=True)
    assert outcome.stdout == "24\n['scheduler']\n", outcome.stderr
