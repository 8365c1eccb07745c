"""Stop switches: whom they stop must be known, every change is logged, and nothing is set or resumed twice."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from scheduler.domain.entry import SYSTEM_CHAIN, Draft, Event, Json, chain_of, instant_text
from scheduler.domain.errors import UsageError
from scheduler.ports import KnownPause, NewPause, Stopped, SwitchStore, SwitchTransaction

_NOTHING_PERSONAL: Mapping[str, Json] = {}


def nobody() -> Collection[str]:
    """Return the creditors that a configuration names where there is none."""
    return ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants stopped, by the references that the person knows."""

    creditor: str | None = None
    channel: str | None = None
    debtor_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Resumed:
    """What was resumed, how many touchpoints are looked at now, and which switches still stand.

    `before` is the switch that was asked for where somebody had resumed it, or it had ended, before.
    """

    pauses: Sequence[KnownPause] = ()
    woken: int = 0
    standing: Sequence[KnownPause] = ()
    before: KnownPause | None = None


@dataclass(frozen=True, slots=True)
class Switches:
    """Sets and resumes stop switches, one transaction each. Raises UsageError for whoever is not known.

    `configured` are the creditors that the configuration names: they are only asked for where the database has
    nothing of a creditor, so that a stop never waits for a configuration to be mended.
    """

    store: SwitchStore
    configured: Callable[[], Collection[str]] = field(default=nobody)

    def standing(self, now: datetime) -> Sequence[KnownPause]:
        """Return the switches that stand, the oldest first."""
        return self.store.standing_pauses(now)

    def pause(
        self, asked: Asked, author: str, reason: str, now: datetime, until: datetime | None
    ) -> tuple[KnownPause, bool]:
        """Stop what is asked; return the switch, and whether it was set now or stood already.

        One that ends sooner than what is asked is no such switch.
        """
        self._refuse_unknown(asked.creditor)
        with self.store.switching(now) as transaction:
            new = NewPause(_stopped(transaction, asked), author, reason, now, until)
            alike = (each for each in transaction.standing() if each.stopped == new.stopped)
            if (found := next((each for each in alike if _lasts(each, until)), None)) is not None:
                return found, False
            pause = KnownPause(transaction.pause(new), new.stopped, author, reason, now, until)
            transaction.append([_paused_entry(pause)])
        return pause, True

    def resume(self, wanted: int | Asked, author: str, now: datetime) -> Resumed:
        """Resume a switch by its number, or all that name just what is asked."""
        with self.store.switching(now) as transaction:
            if isinstance(wanted, int):
                found = [_numbered(transaction, wanted)]
                if not found[0].stands(now):
                    return Resumed(before=found[0], standing=transaction.standing())
            else:
                found = _alike(transaction, _stopped(transaction, wanted))
            woken = sum(transaction.resume(each, author) for each in found)
            transaction.append([_resumed_entry(each, author, now) for each in found])
            return Resumed(found, woken, transaction.standing())

    def _refuse_unknown(self, creditor: str | None) -> None:
        """Raise UsageError for a creditor of whom nothing is known: a slip of the pen would stop nobody."""
        if creditor is None or creditor in (here := self.store.creditors()):
            return
        if creditor not in (known := sorted({*here, *self.configured()})):
            raise UsageError(f"--creditor {creditor!r} is unknown; there is {', '.join(known) or 'none yet'}")


def _stopped(transaction: SwitchTransaction, asked: Asked) -> Stopped:
    """Find whom a person means. Raises UsageError for a debtor whom nobody knows, or whom two creditors have."""
    if asked.debtor_ref is None:
        return Stopped(asked.creditor, asked.channel)
    found = transaction.named(asked.debtor_ref, asked.creditor)
    if not found:
        of = f" of creditor {asked.creditor}" if asked.creditor else ""
        raise UsageError(f"There is no debtor {asked.debtor_ref!r}{of}; check the reference")
    if len(found) > 1:
        several = ", ".join(creditor for creditor, _ in found)
        raise UsageError(f"Several creditors have a debtor {asked.debtor_ref!r}; name one: {several}")
    return Stopped(channel=asked.channel, debtor=found[0])


def _lasts(pause: KnownPause, until: datetime | None) -> bool:
    return pause.until is None or (until is not None and pause.until >= until)


def _numbered(transaction: SwitchTransaction, number: int) -> KnownPause:
    found = transaction.numbered(number)
    if found is None:
        raise UsageError(f"There is no pause {number}; {_hint(transaction.standing())}")
    return found


def _alike(transaction: SwitchTransaction, stopped: Stopped) -> list[KnownPause]:
    standing = transaction.standing()
    found = [each for each in standing if each.stopped == stopped]
    if not found:
        raise UsageError(f"No pause of {stopped.words} stands; {_hint(standing)}")
    return found


def _hint(standing: Iterable[KnownPause]) -> str:
    """Say what could be resumed instead."""
    named = ", ".join(f"{each.number} ({each.stopped.words})" for each in standing)
    return f"what stands is {named}" if named else "none stands at all"


def _paused_entry(pause: KnownPause) -> Draft:
    """Return the entry of a switch that was set: on a debtor's chain the reason may speak of the person."""
    until: dict[str, Json] = {"until": instant_text(pause.until) if pause.until else None}
    why: dict[str, Json] = {"reason": pause.reason}
    if pause.stopped.debtor is None:
        return _entry(pause, Event.PAUSED, pause.author, pause.since, until | why)
    return _entry(pause, Event.PAUSED, pause.author, pause.since, until, why)


def _resumed_entry(pause: KnownPause, author: str, now: datetime) -> Draft:
    return _entry(pause, Event.RESUMED, author, now, {})


def _entry(
    pause: KnownPause,
    event: Event,
    author: str,
    at: datetime,
    more: Mapping[str, Json],
    personal: Mapping[str, Json] = _NOTHING_PERSONAL,
) -> Draft:
    stopped = pause.stopped
    public: dict[str, Json] = {"pause": pause.number, "channel": stopped.channel, "author": author, **more}
    if stopped.debtor is None:
        return Draft(SYSTEM_CHAIN, event, at, public | {"creditor": stopped.creditor}, personal)
    public |= {"debtor_ref": stopped.debtor[1], "plan_refs": []}
    return Draft(chain_of(*stopped.debtor), event, at, public, personal)
