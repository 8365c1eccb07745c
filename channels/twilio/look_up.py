"""Finds in Twilio's list the message whose outcome nobody noted.

Twilio knows no key of ours, so a message is recognised by whom it went to, when, from whom, and its exact words. It is
never asked for by the day it was sent on: one that still queues has none. The SDK's own list is not used, because it
has no bound and hides a 429 (twilio-python 9.13).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

from channels.twilio.account import Account
from channels.twilio.settings import SID
from scheduler.domain.delivery import Finding, Listed, Unknown
from scheduler.domain.doubt import LEASE
from scheduler.domain.message import Inquiry, Words

_PAGE = 50
_MOST_PAGES = 20

_CLOCKS_DIFFER = timedelta(seconds=60)
"""How far Twilio's clock and ours may be apart; its instants have whole seconds."""

_TRIAL = "Sent from your Twilio trial account - "
"""What a trial account puts before the words."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One message of the list."""

    sid: str
    created: datetime
    sent: datetime | None
    outbound: bool
    to: str
    senders: frozenset[str]
    body: str

    def is_before(self, instant: datetime) -> bool:
        """Whether it was made, and where it was handed on also handed on, before an instant."""
        return max(self.created, self.sent or self.created) < instant

    def says(self, body_sha256: str) -> bool:
        """Whether its words are those of a digest."""
        try:
            return body_sha256 in (Words(self.body).sha256, Words(self.body.removeprefix(_TRIAL)).sha256)
        except UnicodeEncodeError:
            return False


async def look_up(account: Account, inquiry: Inquiry) -> Finding:
    """Return what Twilio lists that is this message, oldest first; empty when its whole list has nothing like it.

    Unknown when the list could not be read to where the message would stand, because half a list proves nothing; and
    when it holds only what may be this message in other words or under another sender (Twilio replaces characters,
    shortens links or withholds words where an account is set up so), because then it is neither found nor absent.
    """
    since, until = inquiry.armed_at - _CLOCKS_DIFFER, inquiry.armed_at + LEASE + _CLOCKS_DIFFER
    listed = await _listed(account, inquiry.to, since)
    if isinstance(listed, Unknown):
        return listed
    outbound = [each for each in listed if each.outbound and each.created >= since]
    ours = {inquiry.sender, account.settings.sender, account.settings.messaging_service} - {"", None}
    from_us = [each for each in outbound if ours & each.senders]
    alike = [each for each in outbound if each.to == inquiry.to and each.says(inquiry.body_sha256)]
    oldest_first = reversed([each for each in alike if each in from_us])
    found = sorted(oldest_first, key=lambda each: each.created)
    in_time = tuple(each.sid for each in found if each.created <= until)
    if not in_time and any(each.created <= until for each in (*alike, *from_us)):
        return Unknown("other_words")
    return Listed(in_time, tuple(each.sid for each in found if each.created > until))


async def _listed(account: Account, to: str, since: datetime) -> list[_Entry] | Unknown:
    """Return what was sent to a number, newest first, to a page that is wholly older than an instant."""
    resource = f"{account.path}/Messages.json"
    listed: list[_Entry] = []
    path = f"{resource}?{urlencode({'To': to, 'PageSize': _PAGE})}"
    for _ in range(_MOST_PAGES):
        page = await account.ask(path)
        if isinstance(page, Unknown):
            return page
        entries, following = _entries(page.get("messages")), page.get("next_page_uri")
        if entries is None:
            return Unknown("answer_unreadable")
        listed += entries
        if following is None or (entries and all(each.is_before(since) for each in entries)):
            return listed
        # Our login goes with the next question, so it is asked of the same list and of nobody else.
        if not (isinstance(following, str) and following.startswith(f"{resource}?")):
            return Unknown("answer_unreadable")
        path = following
    return Unknown("list_too_long")


def _entries(found: object) -> list[_Entry] | None:
    """Return a page's messages; None when there is one that cannot be understood."""
    if not isinstance(found, list):
        return None
    entries = [_entry(each) for each in found if isinstance(each, dict)]
    read = [each for each in entries if each is not None]
    return read if len(read) == len(found) else None


def _entry(found: Mapping[str, object]) -> _Entry | None:
    sid, created = _text(found.get("sid")), _instant(found.get("date_created"))
    if created is None or not SID.fullmatch(sid):
        return None
    return _Entry(
        sid=sid,
        created=created,
        sent=_instant(found.get("date_sent")),
        outbound=found.get("direction") == "outbound-api",
        to=_text(found.get("to")),
        senders=frozenset({_text(found.get("from")), _text(found.get("messaging_service_sid"))}),
        body=_text(found.get("body")),
    )


def _instant(found: object) -> datetime | None:
    """Read an instant as RFC 2822 writes it; Twilio's are in UTC."""
    try:
        instant = parsedate_to_datetime(_text(found))
    except (ValueError, TypeError, OverflowError):
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _text(found: object) -> str:
    return found if isinstance(found, str) else ""
