"""Texts from outside as a database and the log can keep them, and only such keys of ours as could be ones."""

import re
from dataclasses import replace
from hashlib import sha256

from scheduler.domain.inbound import Inbound
from scheduler.ports import Report

_LONGEST = 200
_KEY = re.compile("[0-9a-f]{32}")
_ATTEMPTS = range(1, 2**31)


def printable(report: Report) -> Report:
    """Return a report whose texts every database takes, and which claims to be about an attempt only if it could be."""
    event_id = (
        report.event_id if len(report.event_id) <= _LONGEST else sha256(_bytes(report.event_id)).hexdigest()
    )
    if isinstance(report, Inbound):
        sender, text = _text(report.sender), _text(report.text)
        return replace(report, event_id=_text(event_id), sender=sender, text=text)
    names_attempt = (
        report.touchpoint is not None
        and _KEY.fullmatch(report.touchpoint) is not None
        and report.attempt is not None  # a range is searched for what is no number, for minutes
        and report.attempt in _ATTEMPTS
    )
    return replace(
        report,
        event_id=_text(event_id),
        provider_id=_text(report.provider_id)[:_LONGEST],
        code=None if report.code is None else _text(report.code)[:_LONGEST],
        touchpoint=report.touchpoint if names_attempt else None,
        attempt=report.attempt if names_attempt else None,
    )


def _text(text: str) -> str:
    """Return a text without what a database or the log's JSON would not take: NUL, and halves of characters."""
    return _bytes(text.replace("\x00", "\N{REPLACEMENT CHARACTER}")).decode()


def _bytes(text: str) -> bytes:
    return text.encode(errors="replace")
