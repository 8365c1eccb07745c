"""The rare states that a run must have reached to mean anything, and how often."""

from collections.abc import Mapping

OFTEN_ENOUGH = 20

REACHED = (
    # the call and its answer
    "answer_in_doubt",
    "certainly_not_sent",
    "late_answer_after_lease",
    "answer_came_second",
    "rejected",
    "breaker_deferred",
    # between intent and call
    "news_between_intent_and_call",
    "last_look_saw_news",
    "last_look_saw_a_switch",
    "fence_stopped",
    "journal_failed",
    # callbacks
    "callback_before_settle",
    "callback_twice",
    "report_out_of_order",
    "seen_by_callback",
    "undelivered",
    "stop_by_words",
    # looking for evidence
    "lease_ran_out",
    "seen_by_look_up",
    "absence_too_early",
    "first_absence",
    "released_for_good",
    "released_to_be_resent",
    "presumed",
    "verdict_came_second",
    "aba_avoided",
    "bound_name_left_out",
    "ruled_by_hand",
    # the process and its database
    "crashed",
    "crash_in_recovery",
    "suspended",
    "laptop_slept",
    "database_refused",
    "database_forgot_to_answer",
    # custody
    "failed_over_live",
    "lost_tail_found",
    "lost_intent_recalled",
    "clock_jump_found",
    "quarantine_released",
    # decisions
    "cap_deferred",
    "gap_deferred",
    "hours_deferred",
    "switch_deferred",
    "merged",
    "unmerged",
    "held",
    "paid_before_it_was_sent",
    "superseded",
    "expired",
)
"""Each is counted where the product passes it; see `rare`."""


def too_rare(reached: Mapping[str, int], times: int = OFTEN_ENOUGH) -> list[str]:
    """Return the states that were reached less often."""
    return [name for name in REACHED if reached.get(name, 0) < times]
