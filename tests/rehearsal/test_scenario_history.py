"""When a scenario's debt was first spoken of, as the contacts that it gives tell."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.domain.facts import History
from scheduler.rehearsal.scenario_facts import build_facts
from scheduler.rehearsal.scenario_given import GivenModel
from scheduler.rehearsal.scenario_models import ScenarioModel

CALLED, HEARD = "2027-03-01T10:00:00Z", "2027-03-02T10:00:00Z"
FIRST = "2027-02-01T10:00:00Z"


def contact(at: str, reached: str, **more: str) -> dict[str, str]:
    """Return a call about the debt, as a scenario writes it."""
    return {"at": at, "channel": "call", "reached": reached, **more}


def history(contacts: list[dict[str, str]], **more: object) -> History:
    """Return the history of a scenario with these contacts."""
    source = {
        "scenario": "somebody is called",
        "contacts": contacts,
        "when": {"kind": "reminder_due", "at": "2027-03-09T10:00:00Z"},
        "then": "send",
        **more,
    }
    scenario = ScenarioModel.model_validate(source)
    given = GivenModel.model_validate({"creditor": {}, "debtor": {"country": "GB"}, "plan": {}, "sms": {}})
    return build_facts(given, scenario, timedelta(days=32)).history


def instants(*found: dict[int, datetime]) -> list[str | None]:
    """Return the instants of the debt as a scenario writes them."""
    return [each[1].astimezone(UTC).isoformat().replace("+00:00", "Z") if each else None for each in found]


@pytest.mark.parametrize(
    ("contacts", "first", "spoken"),
    [
        ([], None, None),
        ([contact(CALLED, "attempt")], CALLED, None),
        ([contact(CALLED, "sent")], CALLED, None),
        ([contact(CALLED, "delivered")], CALLED, CALLED),
        ([contact(CALLED, "attempt"), contact(HEARD, "conversation")], CALLED, HEARD),
        ([contact(CALLED, "delivered", plan="other")], None, None),
    ],
)
def test_a_debt_was_spoken_of_once_somebody_was_reached(
    contacts: list[dict[str, str]], first: str | None, spoken: str | None
) -> None:
    found = history(contacts)
    assert instants(dict(found.first_contact_at), dict(found.spoken_at)) == [first, spoken]


@pytest.mark.parametrize(
    ("contacts", "spoken"),
    [([], FIRST), ([contact(CALLED, "delivered")], FIRST), ([contact(CALLED, "attempt")], None)],
)
def test_a_first_contact_that_is_stated_spoke_of_the_debt_unless_nobody_was_reached(
    contacts: list[dict[str, str]], spoken: str | None
) -> None:
    found = history(contacts, first_contact=FIRST)
    assert instants(dict(found.first_contact_at), dict(found.spoken_at)) == [FIRST, spoken]


@pytest.mark.parametrize(
    ("channel", "reached", "notices"),
    [("letter", "attempt", 0), ("letter", "sent", 1), ("call", "sent", 0), ("call", "delivered", 1)],
)
def test_a_notice_is_one_once_it_went_out(channel: str, reached: str, notices: int) -> None:
    given = contact(CALLED, reached) | {"channel": channel, "kind": "legal_notice"}
    assert len(history([given]).notices) == notices
