"""A configuration to audit by, and lines of a log written by hand: what an audit must find, and what it must not."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scheduler.domain.entry import Json, instant_text
from scheduler.ledger.auditor import audit
from scheduler.ledger.findings import Audit
from scheduler.ledger.line import FIELDS, encode
from scheduler.ledger.policy_file import read_book
from tests.catalogue.configuration import write_configuration

LAW = """\
id: northern
title: The law of an imaginary north
status: draft
applies: {residence: [GB, US]}
rules:
  - rule: hours
    kinds: [asking, first_contact_notice]
    hours: {mon-fri: ["09:00-18:00"], sat: ["10:00-14:00"], holidays: closed}
    margin: 5 minutes
    citation: Act 1
    confidence: V1
  - rule: days-of-rest
    kinds: asking
    hours: {mon-sun: ["00:00-24:00"], holidays: closed}
    calendar: house-days
    citation: Act 2
    confidence: V1
  - {rule: mourning, kinds: asking, closed_on: [2027-05-03..2027-05-04], citation: Act 3, confidence: V1}
  - rule: answering-hours
    kinds: answering
    hours: {mon-sun: ["08:00-20:00"], holidays: like any day}
    with_consent: {mon-sun: ["06:00-22:00"], holidays: like any day}
    answers: at any time
    citation: Act 4
    confidence: V1
  - rule: two-in-seven-days
    kinds: [reminder_pre_due, reminder_due, overdue_notice]
    at_most: {count: 2, in: 7 days}
    citation: Act 5
    confidence: V1
  - {rule: day-between, kinds: [reminder_pre_due, reminder_due], gap: 24 hours, citation: Act 6, confidence: V1}
  - {rule: one-a-day, kinds: mediation_offer, at_most: {count: 1, per: day}, citation: Act 7, confidence: V1}
  - rule: two-a-week
    kinds: mediation_offer
    at_most: {count: 2, per: week, for: plan}
    citation: Act 8
    confidence: V1
  - rule: three-a-month
    kinds: mediation_offer
    at_most: {count: 3, per: month, for: debtor}
    citation: Act 9
    confidence: V1
  - rule: after-a-conversation
    kinds: promise_followup
    gap: {of: 7 days, for: plan}
    counts: {kinds: asking, channels: [call], unit: conversation, requested: no}
    citation: Act 10
    confidence: V1
  - {rule: one-channel, kinds: asking, one_channel: {per: week}, citation: Act 11, confidence: V1}
  - rule: notice-first
    kinds: asking
    applies: {product: [card]}
    notice_first: {kinds: [first_contact_notice], by: [letter, email], wait: 6 days}
    citation: Act 12
    confidence: V1
  - {rule: promptly, kinds: opt_out_confirmation, deadline: 5 minutes, citation: Act 13, confidence: V1}
  - {rule: moratorium, kinds: confirming, hold: {of: [moratorium]}, citation: Act 14, confidence: V1}
  - {rule: all-or-none, kinds: asking, opt_out: {reaches: sender}, citation: Act 15, confidence: V1}
"""

STAND_IN = """\
id: strict-fallback
title: Where nothing else is known
status: draft
rules:
  - {rule: hours, kinds: all, hours: {mon-fri: ["10:00-16:00"]}, citation: Courtesy, confidence: U}
"""

HOUSE_DAYS = """\
id: house-days
title: Days of an imaginary house
citation: Act 2
confidence: V1
covers: {from: 2027, to: 2028}
days:
  - {name: Founders' Day, on: "04-21"}
"""

CREDITOR = """\
id: northwind
name: Northwind Credit
role: original_creditor
address: 1 Harbour Street, London
email: help@northwind.example.com
zone: Europe/London
cadence: standard
policies: [northern]
default_consent_basis: contract
writes_as: Northwind Credit
senders:
  email: Northwind Credit <plans@northwind.example.com>
"""

HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)

UPCOMING = datetime(2027, 4, 6, 10, 0, tzinfo=UTC)
"""A Tuesday, eleven in London, on which nothing speaks against a message."""


def write_law(folder: Path, **policies: str) -> Path:
    """Write a configuration with the law of the north, a calendar, and further policies by their names."""
    write_configuration(folder, policy=LAW)
    (folder / "policies/careful.yaml").rename(folder / "policies/northern.yaml")
    (folder / "creditors/harbour.yaml").unlink()
    (folder / "calendars").mkdir()
    files = {"policies/strict-fallback": STAND_IN, "calendars/house-days": HOUSE_DAYS}
    files["creditors/northwind"] = CREDITOR
    files |= {f"policies/{name.replace('_', '-')}": text for name, text in policies.items()}
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


FACTS: Mapping[str, Json] = {
    "country": "GB",
    "region": None,
    "postal_code": None,
    "zones": ["Europe/London"],
    "role": "original_creditor",
    "products": ["loan"],
    "debt_statuses": [None],
    "points": [{"channel": "sms", "opted_out": False}, {"channel": "email", "opted_out": False}],
}


class Ink:
    """Writes lines as an export has them, after those that are there; their hashes prove nothing."""

    def __init__(self, lines: list[bytes] | None = None) -> None:
        """Go on after these lines."""
        self.lines = list(lines or [])
        self._seq: int = json.loads(self.lines[-1])["seq"] if self.lines else 0

    def entry(self, event: str, at: datetime, debtor: str = "X-1", **fields: Json) -> int:
        """Write an entry on a debtor's chain and return its seq."""
        self._seq += 1
        own: dict[str, Json] = {"seq": self._seq, "at": instant_text(at), "event": event}
        own |= {"chain": f"northwind/{debtor}", "chain_seq": 1, "debtor_ref": debtor}
        own |= {"hash": "0" * 64, "prev_hash": "0" * 64, "plan_refs": [f"P-{debtor}"]}
        if fields.get("personal") is not None:
            own |= {"commitment": "0" * 64, "salt": "0" * 32}
        self.lines.append(encode(dict.fromkeys(FIELDS) | own | fields))
        return self._seq

    def message(
        self,
        at: datetime = UPCOMING,
        debtor: str = "X-1",
        kind: str = "overdue_notice",
        channel: str = "sms",
        to: str | None = None,
        outcome: str | None = "accepted",
        facts: Mapping[str, Json] | None = None,
        **fields: Json,
    ) -> int:
        """Write a message, armed and settled, to a debtor who has an address alone, and return its seq."""
        key = str(fields.setdefault("touchpoint", f"{debtor} {self._seq}"))
        address = f"{debtor} by {channel}" if to is None else to
        said: dict[str, Json] = {
            "policy": "northern+strict-fallback",
            "policy_version": "1+2",
            "provider": "fake",
        }
        said |= {
            "kind": kind,
            "channel": channel,
            "personal": {"to": address, "facts": {**FACTS, **(facts or {})}},
        }
        seq = self.entry("armed", at, debtor, **{**said, **fields})
        if outcome is not None:
            self.entry(outcome, at, debtor, touchpoint=key, channel=channel)
        return seq

    def call(self, at: datetime, debtor: str = "X-1", **fields: Json) -> int:
        """Write a conversation on the phone, noted as soon as it was over."""
        said: dict[str, Json] = {"kind": "overdue_notice", "channel": "call", "reached": "conversation"}
        said |= {"made_at": instant_text(at), "requested": False, "author": "ann"}
        said["personal"] = {"to": f"{debtor} by sms", "note": None}
        return self.entry("contact_logged", at + timedelta(minutes=5), debtor, **{**said, **fields})


def audited(ink: Ink, config: Path) -> Audit:
    """Audit lines by a configuration."""
    return audit(ink.lines, "log.jsonl", read_book(config))


def broken(ink: Ink, config: Path) -> list[tuple[int, str]]:
    """Return which messages broke which rules."""
    return [(each.seq, each.rule) for each in audited(ink, config).violations]
