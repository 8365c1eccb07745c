"""Every boundary at which a process may end or stand still: no message twice, none lost, none without its entry.

A failing case prints its coordinates; `python -m tests.crash COORDINATES` plays it alone and tells its story.
"""

from collections.abc import AsyncIterator, Sequence
from itertools import product

import pytest

from tests.crash.case import ARRIVES, Callback, Case, Company, Fate, How, Interruption, Kind, case_of
from tests.crash.mutants import MUTANTS, Mutant, ignores_callbacks, planted
from tests.crash.table import Explorer, Verdict, may_stand_still, played, suspensions

ALIKE = frozenset({Fate.REFUSED_CONNECTION, Fate.ERROR_BEFORE, Fate.ERROR_AFTER, Fate.UNREADABLE_YES})
"""Fates that mean the same as another one: the second crash is left out for them here, and the long run has it."""

LATE = frozenset({Fate.ACCEPTED, Fate.TIMEOUT_AFTER})
"""Fates for which callbacks that come last are tried here."""

STANDING_STILL = (Fate.ACCEPTED, Fate.TIMEOUT_BEFORE, Fate.TIMEOUT_AFTER)
USUAL_HOWS = (How.OVERTAKEN, How.TWO_MINUTES, How.THREE_HOURS, How.ASLEEP)
KINDS = pytest.mark.parametrize("kind", Kind, ids=lambda each: each.value)


async def assert_all_hold(verdicts: AsyncIterator[Verdict], least: int = 1) -> int:
    """Assert that nothing is wrong in any case, and return how many there were."""
    number, wrong = 0, list[Verdict]()
    async for verdict in verdicts:
        number += 1
        if verdict.wrong:
            wrong.append(verdict)
    assert not wrong, f"{len(wrong)} of {number} cases; the first: {wrong[0].case}: {wrong[0].wrong}"
    assert number >= least
    return number


def callbacks_of(fate: Fate) -> list[Callback]:
    """Return when callbacks may come that make a difference: where the first call fails, those of the next one do."""
    if fate not in ARRIVES:
        return [Callback.FIRST]
    return [Callback.FIRST, Callback.NEVER, Callback.LAST][: 3 if fate in LATE else 2]


async def crashes(cases: Sequence[Case], twice: Sequence[Case]) -> AsyncIterator[Verdict]:
    """Yield the crashes of all cases, and second crashes of some."""
    for case in cases:
        async for verdict in Explorer(case).crashes(twice=case in twice):
            yield verdict


@KINDS
async def test_a_process_may_end_at_any_boundary_and_its_successor_at_any_boundary_of_recovery(
    kind: Kind,
) -> None:
    cases = [Case(kind, fate, callback) for fate in Fate for callback in callbacks_of(fate)]
    twice = [each for each in cases if each.fate not in ALIKE and each.callback is not Callback.LAST]

    number = await assert_all_hold(crashes(cases, twice), least=2000)

    print(f"{kind}: {number} cases of one or two crashes")


@KINDS
async def test_a_process_may_end_at_any_boundary_while_a_second_message_waits_for_the_first(
    kind: Kind,
) -> None:
    fates = (Fate.ACCEPTED, Fate.TIMEOUT_BEFORE, Fate.TIMEOUT_AFTER)
    cases = [Case(kind, fate, Callback.NEVER, Company.FOLLOWED) for fate in fates]

    number = await assert_all_hold(crashes(cases, ()), least=100)

    print(f"{kind}: {number} cases of a crash with a second message")


@KINDS
async def test_a_process_may_stand_still_at_any_boundary_while_another_takes_over(kind: Kind) -> None:
    async def all_cases() -> AsyncIterator[Verdict]:
        times = 2 if kind is Kind.LISTS_RESENDS else 1
        for fate in STANDING_STILL:
            async for verdict in suspensions(Case(kind, fate, Callback.NEVER), USUAL_HOWS, times):
                yield verdict

    number = await assert_all_hold(all_cases(), least=100)

    print(f"{kind}: {number} cases of a process that stands still")


async def test_whoever_takes_over_from_a_process_that_stands_still_may_end_at_any_boundary_too() -> None:
    case = Case(Kind.LISTS_RESENDS, Fate.TIMEOUT_BEFORE, Callback.NEVER)

    number = await assert_all_hold(suspensions(case, [How.OVERTAKEN], times=1, twice=True), least=80)

    print(f"{number} cases of a process that stands still and another one that ends")


async def every_case(case: Case) -> AsyncIterator[Verdict]:
    """Yield the cases of one combination, crashes first."""
    async for verdict in Explorer(case).crashes(twice=False):
        yield verdict
    async for verdict in suspensions(case, USUAL_HOWS):
        yield verdict


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.__name__)
async def test_a_planted_fault_is_found_by_the_invariant_that_it_breaks(mutant: Mutant) -> None:
    invariant, combination = MUTANTS[mutant]
    number = 0
    with planted(mutant):
        async for verdict in every_case(case_of(combination)):
            number += 1
            if any(each.startswith(invariant) for each in verdict.wrong):
                print(f"{mutant.__name__}: found by case {number}: {verdict.case}: {verdict.wrong}")
                return
    pytest.fail(f"not found in {number} cases")


async def test_a_crash_that_is_raised_leaves_what_the_table_goes_on_from() -> None:
    case = case_of("lists timeout-after first alone")
    with planted(ignores_callbacks):  # so that some cases are wrong, and must be the same ones
        found = [each async for each in Explorer(case).crashes(twice=True)]
        once = [each for each in found if each.case.second is None]
        some = [each for each in found if each.case.second is not None][::41]
        for verdict in once + some:
            assert await played(verdict.case) == verdict


@pytest.mark.parametrize(("kind", "messages"), [(Kind.LISTS, 1), (Kind.LISTS_RESENDS, 2)], ids=str)
async def test_the_gap_that_nothing_closes_is_hours_between_a_last_look_and_its_call(
    kind: Kind, messages: int
) -> None:
    # Who is frozen in the microseconds before the first byte, for longer than a proof takes, and is then thawed, sends.
    # By the rule that ships nothing is sent a second time; a creditor who has proved losses sent again takes this risk.
    at = Interruption("call.before#1", How.THREE_HOURS)
    case = Case(kind, Fate.ACCEPTED, Callback.NEVER, first=at)
    assert not may_stand_still(case, at.at, at.how)

    verdict = await played(case)

    assert verdict.wrong == () if messages == 1 else any(each.startswith("INV-03") for each in verdict.wrong)


def test_a_case_is_read_back_from_what_it_prints() -> None:
    first, second = Interruption("settle.commit#2", How.CRASH), Interruption("look_up.after#1", How.CRASH)
    for case in (
        Case(Kind.KNOWS, Fate.TOO_MANY, Callback.LAST),
        Case(Kind.SILENT, Fate.ERROR_AFTER, Callback.FIRST, Company.FOLLOWED, first),
        Case(Kind.LISTS, Fate.REJECTED, Callback.NEVER, Company.ALONE, first, second),
    ):
        assert case_of(str(case)) == case


EVERYTHING = [
    Case(kind, fate, callback, company)
    for kind, fate, callback, company in product(Kind, Fate, Callback, Company)
]


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("case", EVERYTHING, ids=lambda each: str(each).replace(" ", "-"))
async def test_every_combination_with_every_second_crash_and_every_way_to_stand_still(case: Case) -> None:
    twice = case.company is Company.ALONE and case.fate in STANDING_STILL
    hows = [each for each in How if each is not How.CRASH]
    number = await assert_all_hold(Explorer(case).crashes(twice=True))
    number += await assert_all_hold(suspensions(case, hows, twice=twice))

    print(f"{case}: {number} cases")
