"""What a person sees of a fault that is not theirs."""

import pytest
from sqlalchemy.exc import OperationalError

from scheduler import cli


def test_a_database_that_fails_half_way_is_one_sentence_without_its_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_arguments: object) -> int:
        raise OperationalError("INSERT", {}, ConnectionError("Failing row contains (Ada Example)"))

    monkeypatch.setattr(cli, "_run", fail)
    assert cli.run(["stats"]) == 2
    told = capsys.readouterr().err
    assert told == "The database turned the work away (ConnectionError); nothing is half done, try again\n"


def test_a_defect_of_our_own_still_shows_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_arguments: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "_run", fail)
    with pytest.raises(ZeroDivisionError):
        cli.run(["stats"])
