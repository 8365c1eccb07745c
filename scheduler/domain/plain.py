"""What a rule says, as one line that a compliance officer can check against the law."""

from collections.abc import Callable, Collection, Iterator
from typing import Any

from scheduler.domain.counters import Cap, Counted, OneChannel
from scheduler.domain.duties import Keep, KeptAfter, OneMessage, StatedTimes
from scheduler.domain.holds import HoldRule
from scheduler.domain.notices import Deadline, NoticeFirst
from scheduler.domain.phrases import ForbiddenWords, Part, Phrase, Turn
from scheduler.domain.plain_week import hours
from scheduler.domain.plain_words import (
    by_channels,
    channels,
    contacts,
    joined,
    kind_words,
    kinds_counted,
    purpose_words,
    span,
    with_article,
)
from scheduler.domain.points import ConsentNeeded, NotServed, OptOutReach, OptOutScope, Provenance
from scheduler.domain.rule import Form, Rule
from scheduler.domain.windows import Closed, ClosedDays, Hours

_MOST_QUOTED = 8
"""Of words that must not be said; the file has them all."""


def says(form: Form, rule: Rule | None = None) -> str:
    """Return what a form says, on one line.

    With the `rule` that it belongs to, a counter does not repeat what that rule is about anyway.
    """
    if isinstance(form, Cap | OneChannel):
        return _counter(form, rule)
    speak = _SPEAKERS.get(type(form))
    if speak is None:
        raise TypeError(f"{type(form).__name__} has no words of its own")
    return speak(form)


def _counter(form: Cap | OneChannel, rule: Rule | None) -> str:
    limit = form.limit if isinstance(form, Cap) else f"through one channel only in a {form.period.value}"
    return ", ".join((limit, *_counting(form.counted, rule)))


def _counting(counted: Counted, rule: Rule | None) -> Iterator[str]:
    other_kinds = rule is None or counted.kinds != rule.kinds
    if other_kinds or (rule is not None and counted.channels != rule.channels):
        yield f"counting {_what(counted) if other_kinds else contacts(counted.channels)}"
    if not counted.requested:
        yield "not what the debtor asked for"


def _what(counted: Counted) -> str:
    what = kinds_counted(counted.kinds)
    pause = "" if what == "every contact" else ","
    return f"{what}{pause} by {by_channels(counted.channels)}"


def _closed_days(form: ClosedDays) -> str:
    days = (f"{first}" if first == last else f"{first} to {last}" for first, last in sorted(form.stretches))
    return f"nothing on {', '.join(days)}"


def _closed(form: Closed) -> str:
    return f"never: {form.detail}"


def _notice_first(form: NoticeFirst) -> str:
    names = [with_article(kind_words(each)) for each in sorted(form.kinds)]
    notice = f"{joined(names, 'or')} by {joined(sorted(form.by), 'or')}"
    if form.within is not None:
        return f"nothing later than {span(form.within)} after the first contact until {notice} is out"
    return f"nothing until {span(form.wait)} after {notice}" if form.wait else f"nothing before {notice}"


def _deadline(form: Deadline) -> str:
    return f"within {span(form.within)}, or not at all"


def _consent(form: ConsentNeeded) -> str:
    bases = [each.replace("_", " ") for each in sorted(form.bases)]
    needs = [f"on the basis of {joined(bases, 'or')}"] if bases else []
    if form.purposes:
        needs.append(f"with {joined([purpose_words(each) for each in sorted(form.purposes)], 'and')}")
    return f"only {' and '.join(needs)}"


def _not_served(form: NotServed) -> str:
    return f"no number that begins with {joined(form.prefixes, 'or')}: {form.detail}"


def _provenance(form: Provenance) -> str:
    return f"only an address {', '.join(_origin(form))}"


def _origin(form: Provenance) -> Iterator[str]:
    if form.sources:
        yield f"from the {joined(sorted(form.sources), 'or')}"
    if form.fresh is not None:
        yield f"{joined(sorted(form.proof, reverse=True), 'or')} in the last {span(form.fresh)}"
    if not form.work:
        yield "not at work"
    if not form.shared:
        yield "not shared with others"


def _opt_out(form: OptOutScope) -> str:
    if form.reach is OptOutReach.CHANNEL:
        return "an opt-out of one address closes all of the debtor's on that channel"
    return f"an opt-out of one address closes all of the debtor's by {channels(form.channels)}"


def _phrase(form: Phrase) -> str:
    if set(form.texts.values()) == {"{creditor}"}:
        return f"{_TURNS[form.turn]} must name the sender"
    language = "en" if "en" in form.texts else min(form.texts)
    others = sorted(set(form.texts) - {language})
    also = f" (also in {', '.join(others)})" if others else ""
    return f"{_TURNS[form.turn]} must say “{form.texts[language]}”{also}"


_TURNS = {Turn.FIRST: "the first message", Turn.LATER: "later messages", Turn.ANY: "every message"}


def _forbidden(form: ForbiddenWords) -> str:
    where = "the subject" if form.part is Part.SUBJECT else "a message"
    words = [f"“{each}”" for each in form.words]
    said = [_some(words)] if words else []
    if form.numbers:
        said.append(f"a number that begins with {joined(form.numbers, 'or')}")
    return f"{where} must not say {' nor '.join(said)}"


def _some(names: Collection[str]) -> str:
    listed = list(names)
    more = len(listed) - _MOST_QUOTED
    return joined([*listed[:_MOST_QUOTED], f"{more} more"] if more > 1 else listed, "or")


def _hold(form: HoldRule) -> str:
    return "; ".join(
        (f"nothing during a hold of kind {joined(sorted(form.of), 'or')}", *_length_of_hold(form))
    )


def _length_of_hold(form: HoldRule) -> Iterator[str]:
    if form.lasts is not None:
        yield f"it lasts {span(form.lasts)}"
    if form.extensions:
        yield "it may be extended " + ("once" if form.extensions == 1 else f"{form.extensions} times")
    if form.lifted_by is not None:
        yield f"to lift it: {form.lifted_by}"


def _keep(form: Keep) -> str:
    after = "the last activity" if form.after is KeptAfter.LAST_ACTIVITY else "each contact"
    return f"records are kept {span(form.length)} after {after}"


def _stated(form: StatedTimes) -> str:
    return "; ".join((f"times that a debtor states bind{_oral(form)}", *_least(form)))


def _oral(form: StatedTimes) -> str:
    if form.oral_binds is None:
        return ""
    written = f" unless written within {span(form.written_within)}" if form.written_within else ""
    return f", those only said for {span(form.oral_binds)}{written}"


def _least(form: StatedTimes) -> Iterator[str]:
    least = [f"{span(form.weekly)} a week"] if form.weekly is not None else []
    if form.channels is not None:
        least.append(f"{form.channels} channel{'s' if form.channels > 1 else ''}")
    if least:
        yield f"at least {joined(least, 'and')} may be closed"


def _one_message(_form: OneMessage) -> str:
    return "several debts share one message"


_SPEAKERS: dict[type, Callable[[Any], str]] = {
    Hours: hours,
    ClosedDays: _closed_days,
    Closed: _closed,
    NoticeFirst: _notice_first,
    Deadline: _deadline,
    ConsentNeeded: _consent,
    Provenance: _provenance,
    NotServed: _not_served,
    OptOutScope: _opt_out,
    Phrase: _phrase,
    ForbiddenWords: _forbidden,
    HoldRule: _hold,
    Keep: _keep,
    StatedTimes: _stated,
    OneMessage: _one_message,
}
