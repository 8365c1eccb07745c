"""Says in plain words what the log and the tables say in their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scheduler.domain.entry import Json
from scheduler.store.outbox_log import LogLine

_KINDS = {
    "reminder_pre_due": "Upcoming payment",
    "reminder_due": "Due today",
    "overdue_notice": "Overdue",
    "receipt": "Payment received",
    "plan_completed": "Plan completed",
}
_CHANNELS = {"email": "Email", "sms": "SMS"}
_STATES = {
    "armed": "On its way",
    "accepted": "Sent",
    "not_sent": "To be retried",
    "unknown": "Outcome unknown",
    "presumed": "Presumed sent",
    "released": "Never arrived",
}
_TITLES = {
    "planned": "Planned",
    "deferred": "Deferred",
    "skipped": "Skipped",
    "refused": "Refused",
    "armed": "Armed",
    "accepted": "Accepted",
    "rejected": "Rejected",
    "unknown": "Outcome unknown",
    "presumed": "Presumed sent",
    "released": "Never arrived",
}
_MEANINGS = {
    "planned": "The step has come due; the contact policy is asked before anything is sent.",
    "deferred": "Not yet, because:",
    "skipped": "Not needed any more, because:",
    "refused": "Must not be sent unless the facts change, because:",
    "armed": "Every rule allows it. The exact words are on record before they are handed over.",
    "unknown": "Nobody can tell whether it arrived. It counts as sent and is never repeated.",
    "presumed": "No proof came in time. It counts as sent for good, unless somebody settles it.",
    "released": "It is proved that it never arrived, or somebody says so. It counts for no limit.",
    "delivered": "The provider reports that it arrived.",
    "undelivered": "The provider reports that it did not arrive.",
    "complained": "The provider reports that the debtor complained about it.",
}
_VERDICTS = {"allow": "Allowed", "defer": "Not yet", "skip": "Moot", "refuse": "Refused"}


@dataclass(frozen=True, slots=True)
class LocalTime:
    """An instant as people in one zone say it."""

    words: str
    zone: str
    iso: str


@dataclass(frozen=True, slots=True)
class Why:
    """One reason."""

    verdict: str
    verdict_word: str
    detail: str
    until: LocalTime | None
    rule: str


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the log as a person would tell it."""

    event: str
    title: str
    meaning: str
    at: LocalTime
    reasons: Sequence[Why]


def kind_words(kind: str) -> str:
    """Say what a message is about."""
    return _KINDS.get(kind) or _spoken(kind)


def channel_words(channel: str) -> str:
    """Name a channel."""
    return _CHANNELS.get(channel) or _spoken(channel)


def state_words(state: str) -> str:
    """Say what became of a message."""
    return _STATES.get(state) or _spoken(state)


def _spoken(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").capitalize()


def local_time(instant: datetime, zones: Sequence[str]) -> LocalTime:
    """Say an instant in the first of the zones, or in UTC where none is known."""
    zone = zones[0] if zones else "UTC"
    try:
        local = instant.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        zone, local = "UTC", instant.astimezone(UTC)
    words = f"{local:%a} {local.day} {local:%b %Y, %H:%M}"
    return LocalTime(words, zone.replace("_", " "), local.isoformat(timespec="seconds"))


def span_words(span: timedelta) -> str:
    """Say how long something takes, roughly: in minutes, hours or days."""
    minutes = max(1, round(span / timedelta(minutes=1)))
    if minutes < 120:
        return f"{minutes} minute{'s' if minutes > 1 else ''}"
    return f"{round(minutes / 60)} hours" if minutes < 48 * 60 else f"{round(minutes / 1440)} days"


def tell(line: LogLine, zones: Sequence[str]) -> Told:
    """Tell one line of the log, in the debtor's local time."""
    reasons = [_why(each, zones) for each in _reasons(line.public) if _is_told(line.event, each)]
    title = _TITLES.get(line.event) or _spoken(line.event)
    until = line.public.get("until")
    if line.event == "deferred" and any(each.rule == "pause" and each.until is None for each in reasons):
        title = "Deferred until somebody resumes it"
    elif line.event == "deferred" and isinstance(until, str):
        title = f"Deferred until {local_time(datetime.fromisoformat(until), zones).words}"
    return Told(line.event, title, _meaning(line), local_time(line.at, zones), reasons)


def _meaning(line: LogLine) -> str:
    provider = line.public.get("provider")
    if line.event == "accepted":
        return "Written to the outbox." if provider == "outbox" else f"Taken by {provider}."
    if line.event == "rejected":
        return f"Refused for good by {provider}, because:"
    return _MEANINGS.get(line.event, "")


def _reasons(public: Mapping[str, Json]) -> Sequence[Mapping[str, Json]]:
    reasons = public.get("reasons")
    if not isinstance(reasons, Sequence) or isinstance(reasons, str):
        return ()
    return [each for each in reasons if isinstance(each, Mapping)]


def _is_told(event: str, reason: Mapping[str, Json]) -> bool:
    """Whether a reason matters here: what allowed a message that waits is a matter for `duly explain`."""
    return event == "armed" or reason.get("verdict") != "allow"


def _why(reason: Mapping[str, Json], zones: Sequence[str]) -> Why:
    verdict, detail, until = str(reason["verdict"]), str(reason["detail"]), reason.get("until")
    return Why(
        verdict=verdict,
        verdict_word=_VERDICTS.get(verdict) or _spoken(verdict),
        detail=detail[:1].upper() + detail[1:],
        until=local_time(datetime.fromisoformat(until), zones) if isinstance(until, str) else None,
        rule=str(reason["rule"]),
    )
