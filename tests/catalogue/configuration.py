"""A small, sound configuration with words, for a test to spoil."""

from pathlib import Path

from channels.registry import ROOMS

DULY = """\
channels:
  sms: outbox
  email: [outbox]
templates: words
"""

CREDITOR = """\
id: harbour
name: Harbour Lending
role: original_creditor
address: 12 Harbour Street, Bristol
email: help@harbour.example.com
zone: Europe/London
cadence: standard
policies: [careful]
writes_as: Harbour Lending
senders:
  email: Harbour Lending <plans@harbour.example.com>
"""

CADENCE = """\
id: standard
steps:
  - step: upcoming
    when: 3 days before due
    says: upcoming
    kind: reminder_pre_due
    channels: [email, sms]
  - step: late
    when: 3 days after due
    at: "10:00"
    says: late
    kind: overdue_notice
    channels: [sms, email]
receipt: {says: received, channels: [email]}
plan_completed: {says: received, channels: [email]}
"""

POLICY = """\
id: careful
title: A careful policy
status: draft
rules:
  - rule: asking-hours
    kinds: [reminder_pre_due, overdue_notice]
    hours: {mon-fri: ["09:00-18:00"]}
    citation: house rule
    confidence: U
  - rule: answering-hours
    kinds: [receipt, plan_completed]
    hours: {mon-sun: ["08:00-20:00"], holidays: like any day}
    citation: house rule
    confidence: U
"""

FILES = {
    "duly.yaml": DULY,
    "creditors/harbour.yaml": CREDITOR,
    "cadences/standard.yaml": CADENCE,
    "policies/careful.yaml": POLICY,
    "words/upcoming/sms.en.txt": "An instalment is near.\n",
    "words/upcoming/email.en.txt": "Subject: Soon\n\nAn instalment is near.\n",
    "words/late/sms.en.txt": "An instalment is late.\n",
    "words/late/email.en.txt": "Subject: Late\n\nAn instalment is late.\n",
    "words/received/email.en.txt": "Subject: Thank you\n\nIt arrived.\n",
}

PROVIDERS = {name: ROOMS[name] for name in ("outbox", "smtp", "twilio")}
"""Which providers there are, as far as these tests go."""


def write_configuration(folder: Path, **changes: str) -> Path:
    """Write the configuration into a folder, and return it.

    `changes` replace whole files: `duly`, `creditor`, `cadence`, `policy`.
    """
    names = {"duly": "duly.yaml", "creditor": "creditors/harbour.yaml"}
    names |= {"cadence": "cadences/standard.yaml", "policy": "policies/careful.yaml"}
    files = FILES | {names[key]: text for key, text in changes.items()}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def add_file(config: Path, name: str, text: str) -> Path:
    """Write one more file into a configuration, and return the configuration."""
    path = config / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return config
