"""Reads config/policies/*.yaml as plain limits, by itself: nothing here knows how the engine decides."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from itertools import chain
from pathlib import Path

from scheduler.domain.errors import UsageError
from scheduler.ledger.almanac import Almanac
from scheduler.ledger.lengths import length
from scheduler.ledger.limits import Counted, Limit, OneChannel
from scheduler.ledger.statutes import Book, Form, InForce, OptOutReach, Statute, Stop, Whom
from scheduler.ledger.waits import Deadline, NoticeFirst
from scheduler.ledger.wall import REPLIES, ClosedDays, Hours, Never
from scheduler.ledger.weeks import all_but, week
from scheduler.ledger.yaml_file import Tree, leaves, read_tree

_CONFIRMING = frozenset({"receipt", "plan_completed"})
_GROUPS = {
    "asking": frozenset(
        "reminder_pre_due reminder_due overdue_notice promise_followup mediation_offer".split()
    ),
    "confirming": _CONFIRMING,
    "replies": REPLIES,
    "answering": _CONFIRMING | REPLIES | {"plan_update"},
    "formal": frozenset(
        "first_contact_notice validation_notice legal_notice final_cease_notice consent_request".split()
    ),
}
_KINDS = _GROUPS | {"all": frozenset(chain.from_iterable(_GROUPS.values()))}
_CHANNELS = ("sms", "email")
_NOT_AUDITED = frozenset("consent address phrase forbid keep stated_times merge".split())
"""Forms that speak neither of hours nor of how often."""

_NOTHING = timedelta(0)


def read_book(config_dir: Path) -> Book:
    """Return the statutes of all policies of a configuration. Raises UsageError for what cannot be read."""
    folder, almanac = config_dir / "policies", Almanac(config_dir / "calendars")
    senders = _senders(config_dir / "creditors")
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder; name the configuration with --config")
    policies = {path.stem: _policy(path, almanac, senders) for path in sorted(folder.glob("*.yaml"))}
    return Book(policies, _carriers(config_dir / "duly.yaml"))


def _carriers(path: Path) -> frozenset[str]:
    channels = read_tree(path).get("channels") if path.is_file() else None
    names = channels.values() if isinstance(channels, dict) else ()
    return frozenset(name for each in names for name in leaves(each))


def _senders(folder: Path) -> Mapping[str, str]:
    groups = {path.stem: read_tree(path).get("group") for path in sorted(folder.glob("*.yaml"))}
    return {creditor: group for creditor, group in groups.items() if isinstance(group, str) and group}


def _policy(path: Path, almanac: Almanac, senders: Mapping[str, str]) -> tuple[Statute, ...]:
    tree = read_tree(path)
    statutes: list[Statute] = []
    rules = tree.get("rules")
    for place, rule in enumerate(rules if isinstance(rules, list) else (), start=1):
        try:
            statutes += _Reader(path.stem, tree, rule, almanac, senders).statutes()
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise UsageError(
                f"{path}, rule {place}: the auditor cannot read it; `duly check` says what is wrong"
            ) from error
    return tuple(statutes)


class _Reader:
    """Reads one rule of a policy."""

    def __init__(
        self, policy: str, whole: Tree, rule: Tree, almanac: Almanac, senders: Mapping[str, str]
    ) -> None:
        self._policy, self._whole, self._rule = policy, whole, rule
        self._almanac, self._senders = almanac, senders
        self._kinds = _kinds(rule["kinds"])
        self._channels = frozenset(leaves(rule.get("channels", _CHANNELS)))

    def statutes(self) -> Iterable[Statute]:
        """Return the rule as a statute, or nothing where it has a form that is not audited."""
        known = [each for each in _FORMS if each in self._rule]
        if not known and not _NOT_AUDITED.isdisjoint(self._rule):
            return []
        (name,) = known
        return [
            Statute(
                id=f"{self._policy}/{self._rule['rule']}",
                policy=self._policy,
                kinds=self._kinds,
                channels=self._channels,
                whom=tuple(_whom(each.get("applies") or {}) for each in (self._whole, self._rule)),
                in_force=tuple(_in_force(each.get("effective") or {}) for each in (self._whole, self._rule)),
                form=_FORMS[name](self),
            )
        ]

    def hours(self) -> Form:
        """Read hours, or hours of quiet."""
        rule = self._rule
        return Hours(
            week(rule["hours"]) if "hours" in rule else all_but(rule["quiet"]),
            self._almanac,
            calendar=rule.get("calendar"),
            margin=length(rule["margin"]) if "margin" in rule else _NOTHING,
            consented=week(rule["with_consent"]) if "with_consent" in rule else None,
            answers="answers" in rule,
        )

    def closed_on(self) -> Form:
        """Read days of rest."""
        pairs = [each.partition("..") for each in leaves(self._rule["closed_on"])]
        days = [(date.fromisoformat(first), date.fromisoformat(last or first)) for first, _, last in pairs]
        return ClosedDays(tuple(days))

    def at_most(self) -> Form:
        """Read a limit."""
        said = self._rule["at_most"]
        rolling = length(said["in"]) if "in" in said else None
        period = None if rolling else said["per"]
        scope = said.get("for", "person")
        return Limit(scope, self._counted(), int(said["count"]), rolling, period, self._senders)

    def gap(self) -> Form:
        """Read a gap, which is a limit of one."""
        gap = self._rule["gap"]
        said = {"of": gap} if isinstance(gap, str) else gap
        scope = said.get("for", "person")
        return Limit(scope, self._counted(), 1, length(said["of"]), None, self._senders, is_gap=True)

    def one_channel(self) -> Form:
        """Read which channels exclude each other."""
        return OneChannel(self._counted(), self._rule["one_channel"]["per"])

    def notice_first(self) -> Form:
        """Read the wait for a notice."""
        said = self._rule["notice_first"]
        wait = length(said["wait"]) if "wait" in said else _NOTHING
        within = length(said["within"]) if "within" in said else None
        return NoticeFirst(_kinds(said["kinds"]), frozenset(leaves(said["by"])), wait, within)

    def deadline(self) -> Form:
        """Read a deadline."""
        return Deadline(length(self._rule["deadline"]))

    def hold(self) -> Form:
        """Read which holds stop more than every hold does."""
        return Stop(frozenset(leaves(self._rule["hold"]["of"])))

    def opt_out(self) -> Form:
        """Read how far an opt-out reaches."""
        is_sender = self._rule["opt_out"]["reaches"] == "sender"
        return OptOutReach(self._channels if is_sender else frozenset())

    def never(self) -> Form:
        """Read what is never sent."""
        return Never(self._rule["never"])

    def _counted(self) -> Counted:
        said = self._rule.get("counts") or {}
        return Counted(
            kinds=_kinds(said["kinds"]) if "kinds" in said else self._kinds,
            channels=frozenset(leaves(said["channels"])) if "channels" in said else self._channels,
            unit=said.get("unit", "attempt"),
            requested=said.get("requested", "yes") != "no",
        )


_FORMS: Mapping[str, Callable[[_Reader], Form]] = {
    "hours": _Reader.hours,
    "quiet": _Reader.hours,
    "closed_on": _Reader.closed_on,
    "at_most": _Reader.at_most,
    "gap": _Reader.gap,
    "one_channel": _Reader.one_channel,
    "notice_first": _Reader.notice_first,
    "deadline": _Reader.deadline,
    "hold": _Reader.hold,
    "opt_out": _Reader.opt_out,
    "never": _Reader.never,
}


def _kinds(names: str | list[str]) -> frozenset[str]:
    return frozenset(kind for name in leaves(names) for kind in _KINDS.get(name, {name}))


def _whom(said: Tree) -> Whom:
    return Whom(**{key: tuple(leaves(value)) for key, value in said.items()})


def _in_force(said: Tree) -> InForce:
    first, last = said.get("from"), said.get("to")
    return InForce(date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None)
