"""Touchpoints that share a message: none is lost and none is spoken of wrongly, whatever becomes of the lead."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time

from scheduler.domain.cadence import Step
from scheduler.domain.decision import Required
from scheduler.domain.delivery import NotSent, Rejected
from scheduler.domain.facts import Facts, HoldKind
from scheduler.domain.message import Words
from scheduler.domain.touchpoint import Kind
from scheduler.intake.desk import Desk
from scheduler.planner import plan_due
from scheduler.ports import ComposeError, NewHold
from tests.fakes.world import CADENCE, PlainWords, World, a_payment_row, a_plan_row, hand_over, turn


class PlanWords(PlainWords):
    """Says which plans a message speaks of."""

    def compose(self, facts: Facts, channel: str, now: datetime, phrases: Sequence[Required] = ()) -> Words:
        """Return the references of the claims' plans, or of the plan that a confirmation is about."""
        refs = [claim.plan.ref for claim in facts.claims] or [f"confirmed {facts.plan.ref}"]
        return Words(" ".join(refs), subject="A note" if channel == "email" else None)


def two_plans(world: World, *answers: NotSent | Rejected) -> None:
    """Import two plans of one debtor that coincide, under words that name plans."""
    world.composer = PlanWords()
    world.channel.answers = list(answers)
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2"))


def hold(world: World, plan_ref: str) -> None:
    """Dispute one plan."""
    new = NewHold(HoldKind.DISPUTE, "ann", "not hers", world.clock.now(), None)
    Desk(world.store, world.creditors).hold(None, "D-1", plan_ref, new)


def texts(world: World) -> list[str]:
    """Return what was handed over, oldest first."""
    return [each.words.text for each in world.channel.sent]


async def test_a_plan_that_was_disputed_meanwhile_is_not_spoken_of_at_the_next_try(world: World) -> None:
    two_plans(world, NotSent("429"))
    await turn(world)
    hold(world, "P-2")
    world.clock.move(minutes=5)
    await turn(world)
    assert texts(world) == ["P-1 P-2", "P-1"]


async def test_a_hold_on_the_leads_plan_frees_the_other(world: World) -> None:
    two_plans(world, NotSent("429"))
    await turn(world)
    hold(world, "P-1")
    world.clock.move(minutes=5)
    await turn(world)
    assert texts(world) == ["P-1 P-2", "P-2"]


async def test_a_lead_that_ends_while_it_waits_frees_the_other(world: World) -> None:
    graver = replace(CADENCE.steps[3], kind=Kind.LEGAL_NOTICE)
    world.cadences = {"standard": replace(CADENCE, steps=(*CADENCE.steps[:3], graver))}
    world.composer = PlanWords()
    world.channel.answers = [NotSent("429", retry_after_s=3600.0)]
    later = a_plan_row(line=3, plan_ref="P-2", due_date=date(2027, 3, 4))
    world.take_plans(a_plan_row(due_date=date(2027, 3, 1)), later)
    await turn(world)
    world.clock.instant = datetime(2027, 3, 11, 10, 0, tzinfo=UTC)
    await turn(world)
    assert texts(world) == ["P-1 P-2", "P-2"]


async def test_a_lead_that_is_paid_while_it_is_armed_frees_the_other(world: World) -> None:
    two_plans(world)
    plan_due(world.store, world.cadences, world.clock.now())
    _, armed = world.pipeline.arm(world.clock.now())
    world.take_payments(a_payment_row())
    world.store.settle(await hand_over(world, armed))
    await turn(world)
    assert texts(world) == ["confirmed P-1", "P-2"]


async def test_a_later_lead_speaks_for_all_that_waited(world: World) -> None:
    two_plans(world, NotSent("429"), NotSent("429"))
    await turn(world)
    world.take_plans(a_plan_row(line=4, plan_ref="P-0", due_date=date(2027, 3, 11)))
    world.clock.move(minutes=3)
    await turn(world)
    world.clock.move(minutes=9)
    await turn(world)
    assert set(texts(world)[-1].split()) == {"P-0", "P-1", "P-2"}


async def test_a_lead_that_no_channel_can_reach_does_not_refuse_the_others(world: World) -> None:
    steps = (
        Step("gentle", 3, time.min, Kind.OVERDUE_NOTICE, "gentle", ("email",)),
        Step("help", 10, time.min, Kind.OVERDUE_NOTICE, "help", ("sms",)),
    )
    world.cadences = {"standard": replace(CADENCE, steps=steps)}
    world.composer = PlanWords()
    lead = a_plan_row(plan_ref="P-3", due_date=date(2027, 3, 1), email=None)
    world.take_plans(lead, a_plan_row(line=3, due_date=date(2027, 2, 26), email=None))
    await turn(world)
    assert texts(world) == ["P-1"]


async def test_a_lead_whose_words_fail_does_not_refuse_the_others(world: World) -> None:
    class Stumbling(PlainWords):
        def compose(
            self, facts: Facts, channel: str, now: datetime, phrases: Sequence[Required] = ()
        ) -> Words:
            if facts.touchpoint.template == "gentle":
                raise ComposeError("gentle cannot be rendered")
            return super().compose(facts, channel, now, phrases)

    world.composer = Stumbling()
    world.take_plans(
        a_plan_row(plan_ref="P-3", due_date=date(2027, 3, 1)),
        a_plan_row(line=3, due_date=date(2027, 2, 26)),
    )
    await turn(world)
    assert [each.split()[0] for each in texts(world)] == ["help"]


async def test_a_merged_step_of_an_amended_due_date_does_not_come_back(world: World) -> None:
    two_plans(world, NotSent("429", retry_after_s=3600.0))
    await turn(world)
    world.take_plans(a_plan_row(plan_ref="P-2", due_date=date(2027, 5, 30)))
    world.clock.move(hours=2)
    await turn(world)
    assert texts(world) == ["P-1 P-2", "P-1"]


async def test_an_accepted_message_is_not_repeated_for_what_was_merged_into_it(world: World) -> None:
    two_plans(world)
    await turn(world)
    world.take_plans(a_plan_row(amount_minor=1))
    world.clock.move(hours=49)
    await turn(world)
    assert texts(world) == ["P-1 P-2"]


async def test_a_debt_is_not_spoken_of_on_a_channel_that_its_cadence_does_not_name(world: World) -> None:
    upcoming = CADENCE.steps[0]
    world.cadences = {
        "standard": replace(CADENCE, steps=(replace(upcoming, channels=("sms",)),)),
        "mail": replace(CADENCE, id="mail", steps=(replace(upcoming, channels=("email",)),)),
    }
    world.composer = PlanWords()
    hours = [each for each in world.policy.rules if "hours" in each.id]
    world.policy = replace(world.policy, rules=tuple(hours))
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2", cadence="mail"))
    await turn(world)
    assert {(each.channel, each.words.text) for each in world.channel.sent} == {
        ("sms", "P-1"),
        ("email", "P-2"),
    }


async def test_debts_of_the_same_channels_share_a_message_whichever_is_tried_first(world: World) -> None:
    upcoming = CADENCE.steps[0]
    world.cadences = {
        "standard": CADENCE,
        "other": replace(CADENCE, id="other", steps=(replace(upcoming, channels=("sms", "email")),)),
    }
    world.composer = PlanWords()
    world.take_plans(a_plan_row(), a_plan_row(line=3, plan_ref="P-2", cadence="other"))
    await turn(world)
    assert texts(world) == ["P-1 P-2"]
