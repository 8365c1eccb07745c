"""What must hold when a case has been played, checked against the provider's own list of what it took."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import pairwise

from scheduler.domain.doubt import LEASE
from scheduler.ledger.store_check import verify_store
from scheduler.store.log import SqlLog
from tests.crash.case import Company
from tests.crash.stage import Stage

GAP = timedelta(hours=48) - LEASE - timedelta(minutes=1)
"""How far apart two messages must be, by the policy of the stage: it counts from when they were armed."""

_ENDS = {
    "accepted": {"accepted"},
    "presumed": {"presumed"},
    "skipped": {"skipped", "released"},
    "refused": {"refused"},
}
"""In which states a touchpoint may end, and which entry says so."""

_OPEN = "SELECT COUNT(*) FROM message WHERE state IN ('armed', 'unknown')"
_TOUCHPOINTS = """
    SELECT touchpoint.key, touchpoint.state, plan.ref FROM touchpoint JOIN plan ON plan.id = touchpoint.plan_id
"""
_MESSAGES = """
    SELECT touchpoint.key, message.attempt, message.state FROM message
    JOIN touchpoint ON touchpoint.id = message.touchpoint_id
"""


def violations(stage: Stage) -> list[str]:
    """Return what does not hold, a sentence each."""
    if stage.fault is not None:
        return [f"INV-35: {stage.fault}"]
    return [f"{invariant}: {each}" for invariant, check in CHECKS.items() for each in check(stage)]


def _nothing_twice(stage: Stage) -> Iterator[str]:
    """A touchpoint reaches the provider at most once, and no plan is spoken of twice for one step."""
    taken = stage.provider.taken
    for key, number in Counter(each.touchpoint for each in taken).items():
        if number > 1:
            yield f"the provider took touchpoint {key} {number} times"
    for ref, number in Counter(ref for each in taken for ref in each.text.split()).items():
        if number > 1:
            yield f"{number} messages speak of {ref}"


def _intents_first(stage: Stage) -> Iterator[str]:
    """An intent is committed and in the journal before its call begins."""
    for each in stage.provider.taken:
        if not each.was_noted:
            yield f"{each.provider_id} was called before its intent was on disk"


def _one_entry_each(stage: Stage) -> Iterator[str]:
    """What the provider took has one entry that says so, and nothing else has."""
    taken = {(each.touchpoint, each.attempt): each.provider_id for each in stage.provider.taken}
    told: Counter[tuple[object, object]] = Counter()
    for line in stage.log():
        attempt = (line.get("touchpoint"), line.get("attempt"))
        if line["event"] == "accepted":
            told[attempt] += 1
            if line["provider_id"] != taken.get(attempt):  # type: ignore[arg-type]  # what is no key is not there
                yield f"{line['provider_id']} is logged for attempt {attempt}, which the provider never had"
    presumed = {(key, attempt) for key, attempt, state in stage.rows(_MESSAGES) if state == "presumed"}
    for attempt, provider_id in taken.items():
        if told[attempt] + (attempt in presumed) != 1:
            yield f"{provider_id} has {told[attempt]} accepted entries" + " and is presumed" * (
                attempt in presumed
            )


def _all_settled(stage: Stage) -> Iterator[str]:
    """Nothing is left open, and every touchpoint ended in one state that the log gives a reason for."""
    ((number,),) = stage.rows(_OPEN)
    if number:
        yield f"{number} messages are still armed or unknown"
    last = {
        line["touchpoint"]: line for line in stage.log() if line.get("touchpoint") and _ends(line["event"])
    }
    reached = {each.touchpoint for each in stage.provider.taken}
    found = stage.rows(_TOUCHPOINTS)
    if len(found) != (3 if stage.case.company is Company.FOLLOWED else 2):
        yield f"there are {len(found)} touchpoints"
    for key, state, ref in found:
        line = last.get(key)
        if line is None or line["event"] not in _ENDS.get(state, ()):
            yield f"{ref} is {state} and the log's last word is {line and line['event']}"
        elif state in ("skipped", "refused") and not line["reasons"]:
            yield f"{ref} is {state} without a reason"
        elif state == "refused" or (state == "skipped" and _was_lost(line, key in reached)):
            yield f"{ref} is {state} though nothing spoke against it: {json.dumps(line['reasons'])}"


def _ends(event: str) -> bool:
    return any(event in each for each in _ENDS.values())


def _was_lost(line: dict[str, object], reached: bool) -> bool:
    """Whether a skip is more than a merge, an absence that is true, or the end of a step."""
    rules = {each["rule"] for each in line["reasons"]}  # type: ignore[attr-defined]  # as the log writes them
    return reached or (line["event"] == "skipped" and not rules & {"merged", "step_end", "expired"})


def _callbacks_believed(stage: Stage) -> Iterator[str]:
    """What the provider reported, and was told that we have, is accepted."""
    states = {(key, attempt): state for key, attempt, state in stage.rows(_MESSAGES)}
    for each in stage.provider.taken:
        state = states.get((each.touchpoint, each.attempt))
        if each.provider_id in stage.provider.confirmed and state != "accepted":
            yield f"{each.provider_id} was reported and is {state}"


def _caps(stage: Stage) -> Iterator[str]:
    """As the provider took them, two messages to one person are as far apart as the policy wants."""
    at = sorted(each.at for each in stage.provider.taken)
    for earlier, later in pairwise(at):
        if later - earlier < GAP:
            yield f"two messages are only {later - earlier} apart"


def _log(stage: Stage) -> Iterator[str]:
    """Every chain verifies."""
    for finding in verify_store(SqlLog(stage.database)).findings:
        yield f"the log does not verify: {finding}"


CHECKS: Mapping[str, Callable[[Stage], Iterator[str]]] = {
    "INV-02": _caps,
    "INV-03": _nothing_twice,
    "INV-06": _intents_first,
    "INV-07": _one_entry_each,
    "INV-17": _callbacks_believed,
    "INV-24": _log,
    "INV-33": _all_settled,
}
"""By the names that the protocol has for them; INV-35 is that nothing fails and everything ends."""
