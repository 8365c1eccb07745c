"""`duly policy why-closed`: a day as a bar, and what closes it."""

import pytest

from scheduler.cli import run
from tests.cli.policy.answers import Capture, as_json, refused, said


@pytest.mark.usefixtures("_portfolio")
def test_a_day_is_drawn_with_a_line_for_each_rule_that_closes_something(capsys: Capture) -> None:
    assert run(["hours", "D-1", "--not", "tue 12:10-13:00", "--as", "ann"]) == 0

    assert said(capsys, 0, "why-closed", "--debtor", "D-1", "--on", "2027-03-09") == [
        "D-1 of harbour, reminder_due by sms, Tue 2027-03-09",
        "",
        "Europe/London 00  01  02  03  04  05  06  07  08  09  10  11",
        "              ................................################",
        "Europe/London 12  13  14  15  16  17  18  19  20  21  22  23",
        "              +...############################................",
        "# open   + partly open   . closed; one sign is a quarter of an hour",
        "",
        "Open: 08:00-12:10, 13:00-20:00",
        "Closed by rules/hours 00:00-08:00, 20:00-24:00: contact hours are closed in",
        "Europe/London",
        "Closed by debtor/stated-hours-1 12:10-13:00: contact hours are closed in",
        "Europe/London",
        "Next opening after that: Wed 2027-03-10 08:00 Europe/London (08:00Z)",
        "What is known of the debtor today is taken to stay as it is.",
    ]


@pytest.mark.usefixtures("_portfolio")
def test_a_holiday_is_named(capsys: Capture) -> None:
    lines = said(capsys, 0, "why-closed", "--debtor", "D-1", "--on", "2027-03-29")

    assert lines[1] == "Holiday: Easter Monday (public holiday in GB)"
    assert "Open: not at all" in lines
    assert lines[-2] == "Next opening: Tue 2027-03-30 08:00 Europe/London (07:00Z)"


@pytest.mark.usefixtures("_portfolio")
def test_a_channel_without_an_address_is_closed_for_good(capsys: Capture) -> None:
    lines = said(capsys, 0, "why-closed", "--debtor", "D-1", "--on", "2027-03-09", "--channel", "email")

    assert lines[-4:-1] == [
        "Open: not at all",
        "Closed by contact_point all day: email: no address is known",
        "Next opening: none as things stand",
    ]


@pytest.mark.usefixtures("_portfolio")
def test_a_day_as_json_has_its_instants_in_utc(capsys: Capture) -> None:
    found = as_json(
        capsys, 0, "why-closed", "--debtor", "D-1", "--on", "2027-07-06", "--kind", "overdue_notice"
    )

    assert (found["kind"], found["channel"], found["on"]) == ("overdue_notice", "sms", "2027-07-06")
    assert (found["start"], found["end"]) == ("2027-07-05T23:00:00.000000Z", "2027-07-06T23:00:00.000000Z")
    assert found["open"] == []
    assert {each["rule"] for each in found["closed_by"]} == {"rules/notice", "rules/hours"}
    assert found["next_opening"] is None


@pytest.mark.usefixtures("_portfolio")
def test_a_day_of_the_past_is_told_by_what_was_known_at_its_noon(capsys: Capture) -> None:
    lines = said(capsys, 0, "why-closed", "--debtor", "D-1", "--on", "2026-03-10")
    found = as_json(capsys, 0, "why-closed", "--debtor", "D-1", "--on", "2026-03-10")

    told = " ".join(lines[-2:])
    noon = "Tue 2026-03-10 12:00 Europe/London (12:00Z)"
    assert told == f"What was known of the debtor on {noon} is taken for the whole day."
    assert found["facts_as_of"] == "2026-03-10T12:00:00.000000Z"
    day_ahead = as_json(capsys, 0, "why-closed", "--debtor", "D-1", "--on", "2030-03-12")
    assert day_ahead["facts_as_of"] is None


def test_a_day_that_is_none_is_an_error(capsys: Capture) -> None:
    sentence = "--on is '9.3.2027'; write a day as 2027-01-31"
    assert refused(capsys, "why-closed", "--debtor", "D-1", "--on", "9.3.2027") == sentence
