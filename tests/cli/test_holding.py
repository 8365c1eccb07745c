"""`duly hold` and `duly release`, from the command line to the log."""

from pathlib import Path

import pytest

from scheduler.catalogue import Catalogue
from scheduler.domain.facts import HoldKind
from scheduler.domain.holds import HoldRule
from tests.cli.commands import Duly, answer, entries, refusal
from tests.cli.ruled import DAYS, IN_JAPAN, rules_also_say
from tests.intake.reading.files import PLAN, as_csv, written

HOLD = ("hold", "D-1", "--kind", "moratorium", "--reason", "breathing space", "--as", "ann")
SIXTY_DAYS = HoldRule(frozenset({HoldKind.MORATORIUM}), lasts=60 * DAYS)


@pytest.fixture(autouse=True)
def plans(tmp_path: Path, duly: Duly) -> None:
    """One debtor with one plan."""
    duly("import", "plans", written(tmp_path, as_csv(PLAN)))


def test_a_hold_is_placed_and_lifted(duly: Duly, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(duly, capsys, *HOLD, "--plan", "P-1") == ["Hold 1 placed on D-1: moratorium"]
    assert answer(duly, capsys, "release", "1", "--as", "bob") == ["Hold 1 lifted: moratorium"]
    ((placed,), (lifted,)) = (entries(duly, capsys, each) for each in ("hold_placed", "hold_released"))
    assert (placed["plan_refs"], placed["author"], lifted["author"]) == (["P-1"], "ann", "bob")
    assert placed["personal"] == {"reason": "breathing space"}


def test_a_hold_says_why(duly: Duly, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(duly, capsys, *HOLD, "--reason", " ").startswith("--reason is empty")
    assert entries(duly, capsys, "hold_placed") == []


def test_how_long_such_a_hold_lasts_is_said_where_nobody_gave_an_end(
    duly: Duly, catalogue: Catalogue, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rules_also_say(monkeypatch, catalogue, SIXTY_DAYS)
    assert answer(duly, capsys, *HOLD) == [
        "Hold 1 placed on D-1: moratorium",
        "local/duty: such a hold lasts 60 days; it stands until it is lifted unless you give --until",
    ]
    assert len(answer(duly, capsys, *HOLD, "--until", "2999-01-01T01:00:00+01:00")) == 1
    endless, ends = entries(duly, capsys, "hold_placed")
    assert (endless.get("until"), ends["until"]) == (None, "2999-01-01T00:00:00.000000Z")


def test_the_rules_of_another_place_say_nothing_of_it(
    duly: Duly, catalogue: Catalogue, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rules_also_say(monkeypatch, catalogue, SIXTY_DAYS, IN_JAPAN)
    assert answer(duly, capsys, *HOLD) == ["Hold 1 placed on D-1: moratorium"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--until", "2020-01-01T00:00:00Z"),
            "--until lies in the past; give a later instant, or leave it out",
        ),
        (("--until", "tomorrow"), "--until is 'tomorrow'; write an instant with an offset"),
        (("--plan", "P-9"), "Debtor D-1 has no plan P-9"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    arguments: tuple[str, ...], said: str, duly: Duly, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refusal(duly, capsys, *HOLD, *arguments).startswith(said)
    assert refusal(duly, capsys, "release", "7", "--as", "bob").startswith("No hold 7 stands")


def test_a_number_that_nothing_can_have_is_refused_in_one_sentence(
    duly: Duly, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refusal(duly, capsys, "release", str(2**63), "--as", "ann")
    assert said.startswith("Invalid value for 'number'")
