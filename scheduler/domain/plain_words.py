"""Lengths of time, lists, kinds of message and consents in plain words."""

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta

from scheduler.domain.plan import Purpose
from scheduler.domain.touchpoint import ANSWERING, ASKING, CONFIRMING, FORMAL, REPLIES, Kind

_UNITS = (
    ("year", timedelta(days=366)),
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
)

GROUPS = {
    "answering": ANSWERING,
    "asking": ASKING,
    "confirming": CONFIRMING,
    "formal": FORMAL,
    "replies": REPLIES,
}
"""Groups of kinds by the name under which a policy names them; a larger one before those that it holds."""

_FEW = 2
_HOURS_UP_TO = timedelta(hours=72)
"""Up to here law speaks of hours, and a day could be taken for a calendar day."""

_NAMES: dict[Kind, tuple[str, str]] = {
    Kind.REMINDER_PRE_DUE: ("reminder before the due date", "reminders before the due date"),
    Kind.REMINDER_DUE: ("reminder on the due date", "reminders on the due date"),
    Kind.OVERDUE_NOTICE: ("overdue notice", "overdue notices"),
    Kind.PROMISE_FOLLOWUP: ("reminder of a promise", "reminders of promises"),
    Kind.RECEIPT: ("receipt", "receipts"),
    Kind.PLAN_UPDATE: ("plan update", "plan updates"),
    Kind.PLAN_COMPLETED: ("notice of a completed plan", "notices of completed plans"),
    Kind.FIRST_CONTACT_NOTICE: ("first-contact notice", "first-contact notices"),
    Kind.VALIDATION_NOTICE: ("validation notice", "validation notices"),
    Kind.LEGAL_NOTICE: ("legal notice", "legal notices"),
    Kind.FINAL_CEASE_NOTICE: ("final notice that contact ends", "final notices that contact ends"),
    Kind.MEDIATION_OFFER: ("mediation offer", "mediation offers"),
    Kind.CONSENT_REQUEST: ("request for consent", "requests for consent"),
    Kind.OPT_OUT_CONFIRMATION: ("opt-out confirmation", "opt-out confirmations"),
    Kind.HELP_REPLY: ("reply to a request for help", "replies to requests for help"),
    Kind.DISPUTE_ACK: ("acknowledgement of a dispute", "acknowledgements of disputes"),
    Kind.REPLY: ("reply", "replies"),
}
"""Each kind for people: one message of it, and several."""


def kind_words(kind: str) -> str:
    """Name a kind of message for people, such as overdue notice; what is no kind goes by its own words."""
    return _NAMES[Kind(kind)][0] if kind in set(Kind) else kind.replace("_", " ")


def with_article(name: str) -> str:
    """Return a name with its article: a receipt, an overdue notice."""
    return f"{'an' if name[:1] in 'aeiou' else 'a'} {name}"


def purpose_words(purpose: Purpose) -> str:
    """Name a recorded consent by what it is good for, such as recorded consent to electronic messages."""
    return f"recorded consent {_PURPOSES[purpose]}"


_PURPOSES = {
    Purpose.ELECTRONIC: "to electronic messages",
    Purpose.WRITTEN: "in writing",
    Purpose.OUTSIDE_HOURS: "to other hours",
    Purpose.DEBT_DETAILS: "to details of the debt in messages",
}


def span(length: timedelta) -> str:
    """Return a length in the largest unit that divides it: 60 days, 28 hours, 5 minutes; up to 72 hours no days."""
    units = _UNITS[2:] if length <= _HOURS_UP_TO else _UNITS
    name, unit = next((each for each in units if not length % each[1]), ("second", timedelta(seconds=1)))
    count = length // unit
    return f"{count} {name}" + ("" if count == 1 else "s")


def joined(names: Collection[str], word: str) -> str:
    """Return a list as words: "a", "a or b", "a, b or c" for the word or."""
    *others, last = names
    return f"{', '.join(others)} {word} {last}" if others else last


def kinds(these: Collection[Kind]) -> str:
    """Return kinds of message by the names of their groups, as far as whole groups are among them."""
    left = set(these)
    if left == set(Kind):
        return "all"
    if len(missing := set(Kind) - left) <= _FEW:
        return f"all but {joined(sorted(missing), 'and')}"
    return ", ".join(_grouped(left))


def _grouped(left: set[Kind]) -> Iterator[str]:
    for name, group in GROUPS.items():
        if group <= left:
            yield name
            left -= group
        elif len(group) > _FEW * 2 and 0 < len(lacking := group - left) <= _FEW and len(group & left) > _FEW:
            yield f"{name} (except {joined(sorted(lacking), 'and')})"
            left -= group
    yield from sorted(left)


def kinds_counted(these: Collection[Kind]) -> str:
    """Return kinds of message as what is counted: messages that ask and formal notices."""
    left = set(these)
    if left == set(Kind):
        return "every contact"
    if len(missing := set(Kind) - left) <= _FEW:
        return f"every contact except {joined(_many(missing), 'and')}"
    groups = [name for name, group in GROUPS.items() if group <= left]
    held = {kind for name in groups for kind in GROUPS[name]}
    largest = [name for name in groups if not any(GROUPS[name] < GROUPS[other] for other in groups)]
    return joined([*(_COUNTED[name] for name in largest), *_many(left - held)], "and")


_COUNTED = {
    "answering": "answers to the debtor",
    "asking": "messages that ask",
    "confirming": "confirmations of payments",
    "formal": "formal notices",
    "replies": "replies",
}


def _many(these: Iterable[Kind]) -> list[str]:
    return [_NAMES[each][1] for each in sorted(these)]


def channels(these: Iterable[str]) -> str:
    """Return channels in one fixed order, those that Duly sends on first."""
    return ", ".join(_in_order(these))


def _in_order(these: Iterable[str]) -> list[str]:
    return sorted(these, key=lambda each: (_ORDER.get(each, len(_ORDER)), each))


_ORDER = {"sms": 0, "email": 1, "call": 2, "letter": 3}


def by_channels(these: Collection[str]) -> str:
    """Return channels as what contact is made by: SMS, call and letter."""
    return joined([_BY.get(each, each) for each in _in_order(these)], "and")


_BY = {"sms": "SMS", "message": "message by other means", "workplace": "contact at work"}


def contacts(these: Collection[str]) -> str:
    """Return channels as what counts on them: SMS, calls and letters."""
    return joined([_CONTACTS.get(each, each) for each in _in_order(these)], "and")


_CONTACTS = {
    "sms": "SMS",
    "email": "emails",
    "call": "calls",
    "letter": "letters",
    "visit": "visits",
    "message": "messages by other means",
    "workplace": "contacts at work",
    "fax": "faxes",
}
