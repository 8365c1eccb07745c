"""What is known of the usual database, and how a test reads answers about it or lays hands on it."""

import pytest

from scheduler.store.engine import open_database
from tests.ledger.lived_in import tamper, unlock

Capture = pytest.CaptureFixture[str]
PERSONAL = ("ada@example.com", "bob@example.com", "+442079460018", "+442079460019", "she says", "open 10000")


def lay_hands_on(statement: str) -> None:
    database = open_database("sqlite:///var/duly.db")
    unlock(database)
    tamper(database, statement)
    database.close()


def lines(capsys: Capture) -> list[str]:
    return [each.rstrip() for each in capsys.readouterr().out.splitlines()]
