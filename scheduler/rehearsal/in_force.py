"""Which rules hold for one person, kind of message and channel, once what gives way to local law has given way."""

from scheduler.domain.duties import Keep, OneMessage, StatedTimes
from scheduler.domain.governing import Governing
from scheduler.domain.holds import HoldRule
from scheduler.domain.rule import Rule
from scheduler.domain.touchpoint import Kind

_NEVER_GIVE_WAY = (HoldRule, Keep, OneMessage, StatedTimes)


def holding(rule: Rule, governing: Governing, kind: Kind, channel: str) -> tuple[Rule, ...]:
    """Return what is left of one of a person's rules: nothing, itself, or itself within shorter stretches of time."""
    if not rule.names(kind, channel):
        return ()
    if not rule.fallback or isinstance(rule.form, _NEVER_GIVE_WAY):
        return tuple(each for each in governing.rules if each.id == rule.id)
    found = governing.on(kind, channel)
    parts = (found.timed, found.points, found.phrases, found.forbidden)
    return tuple(each for part in parts for each, _ in part if each.id == rule.id)
