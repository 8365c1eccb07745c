"""Lines that cannot be audited are refused with their number."""

import json
from pathlib import Path

import pytest

from scheduler.domain.errors import UsageError
from tests.ledger.audited import UPCOMING, Ink, audited

AT = "2027-04-06T10:00:00.000000Z"


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        ({"policy": "northern+gone"}, "the policy 'gone' is not among those of the configuration"),
        ({"at": "yesterday"}, "its 'at' is no instant"),
        ({"at": "2027-04-06T10:00:00"}, "its 'at' is no instant with an offset"),
        ({"at": "9999-12-31T23:59:59Z"}, "its 'at' is no instant"),
        ({"kind": None}, "its 'kind' is not text"),
        ({"channel": 7}, "its 'channel' is not text"),
        ({"plan_refs": "P-1"}, "its 'plan_refs' is not a list"),
        ({"touchpoint": None}, "its 'touchpoint' is not text"),
        ({"facts": {"zones": ["Mars/Olympus"]}}, "there is no time zone 'Mars/Olympus'"),
        ({"facts": {"zones": "UTC"}}, "its 'zones' is not a list"),
        ({"facts": {"country": 44}}, "its 'country' is not text"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else None,
)
def test_a_line_that_cannot_be_audited_is_refused_with_its_number(
    ink: Ink, law: Path, spoil: dict[str, dict[str, object]], why: str
) -> None:
    ink.message()
    ink.message()
    armed = json.loads(ink.lines[2])
    armed["personal"]["facts"] |= spoil.get("facts", {})
    ink.lines[2] = json.dumps(armed | spoil).encode()
    with pytest.raises(UsageError, match=r"^log\.jsonl, line 3: " + why):
        audited(ink, law)


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ("hold_placed", {"hold": "one", "hold_kind": "dispute"}),
        ("hold_placed", {"hold": 1, "hold_kind": "dispute", "until": "soon"}),
        ("consent_changed", {"opted_out": True}),
        ("consent_changed", {"stated_hours": 1, "channels": ["sms"], "personal": {"hours": "whenever"}}),
        ("contact_logged", {"kind": "overdue_notice", "channel": "call", "reached": "conversation"}),
        ("contact_logged", {"kind": "overdue_notice", "channel": "call", "made_at": AT, "reached": "nobody"}),
        ("payment_received", {"personal": {"receipt_by": ["sms"]}}),
    ],
)
def test_any_other_line_that_cannot_be_read_is_refused_too(
    ink: Ink, law: Path, event: str, fields: dict[str, str]
) -> None:
    ink.entry(event, UPCOMING, **fields)
    with pytest.raises(UsageError, match=r"^log\.jsonl, line 1: its '"):
        audited(ink, law)
