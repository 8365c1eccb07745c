"""What a scenario expects, and whether a decision is that."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.decision import Decision, Defer, Refuse, Required, Send
from scheduler.rehearsal.scenario_models import ANY_CHANNEL, ThenModel


@dataclass(frozen=True, slots=True)
class Sent:
    """A message by this channel, or by any; `saying` are all phrases or rules of phrases, None where it is open."""

    channel: str | None
    saying: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not before `until`; these rules are among those that put it off."""

    until: datetime
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Not at all as things stand; these rules are among those that refuse it."""

    because: tuple[str, ...]


ANOTHER = "the decision is another one"
"""What goes without saying once both decisions are shown."""

Expected = Sent | Deferred | Refused


def expected(then: ThenModel) -> Expected:
    """Return what a file's `then` says."""
    if then.send is not None:
        return Sent(None if then.send == ANY_CHANNEL else then.send, then.saying)
    if then.defer is not None:
        return Deferred(then.defer, then.because or ())
    return Refused(then.refuse or ())


def rules_of(value: Expected) -> tuple[str, ...]:
    """Return the rules that are said to speak against the message."""
    return () if isinstance(value, Sent) else value.because


def is_met(value: Expected, decision: Decision) -> bool:
    """Whether the decision is what was expected."""
    return not any(True for _ in differences(value, decision))


def differences(value: Expected, decision: Decision) -> Iterator[str]:
    """Yield each way in which the decision is another one, in words."""
    if isinstance(value, Sent) and isinstance(decision, Send):
        yield from _otherwise_sent(value, decision)
    elif isinstance(value, Deferred) and isinstance(decision, Defer):
        if decision.until != value.until:
            yield "it is put off until another instant"
        yield from _missing(value.because, decision)
    elif isinstance(value, Refused) and isinstance(decision, Refuse):
        yield from _missing(value.because, decision)
    else:
        yield ANOTHER


def _otherwise_sent(value: Sent, decision: Send) -> Iterator[str]:
    channel = decision.contact_point.channel
    if value.channel not in (None, channel):
        yield f"it goes out by {channel}"
    if value.saying is None:
        return
    for name in value.saying:
        if not any(_is(each, name) for each in decision.phrases):
            yield f"it need not say “{name}”"
    for each in decision.phrases:
        if not any(_is(each, name) for name in value.saying):
            yield f"it must also say what {each.rule} asks for"


def _is(phrase: Required, name: str) -> bool:
    return name == phrase.rule or name in phrase.texts.values()


def _missing(because: tuple[str, ...], decision: Defer | Refuse) -> Iterator[str]:
    against = {each.rule for each in decision.reasons}
    for rule in because:
        if rule not in against:
            yield f"{rule} has nothing against it"
