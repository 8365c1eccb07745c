"""A person's word about a message: taken where nothing else can tell, refused where something does."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.delivery import Accepted, NotSent, Rejected, Unknown
from scheduler.domain.doubt import LEASE
from scheduler.domain.errors import UsageError
from scheduler.domain.outcome import Absent, Evidence, MessageState, Ruling, TimeUp
from scheduler.intake.rulings import Rulings
from scheduler.ports import Armed, Doubted
from scheduler.store.log import SqlLog
from scheduler.store.tables import entry, touchpoint
from scheduler.store.unsettled import attempts_at
from tests.fakes.world import World, a_plan_row, events, states, turn
from tests.store.attempts import arm, resending, settle

WENT_OUT = Ruling(True, "ann", "seen in the provider's console")
NEVER_SENT = Ruling(False, "ann", "not in the provider's console")
LOST = Unknown("no_answer")


@pytest.fixture
def armed(world: World) -> Armed:
    """A message that was armed just now."""
    world.take_plans(a_plan_row())
    return arm(world)


def in_hand(world: World, armed: Armed) -> Doubted:
    """Return a message as a person sees it."""
    return attempts_at(world.store.database, armed.message.touchpoint)[armed.message.attempt - 1]


def rule(world: World, armed: Armed, ruling: Ruling, *, again: bool = False) -> MessageState:
    """Take a person's word now."""
    rulings = Rulings(world.store, world.creditors)
    return rulings.settle(in_hand(world, armed), ruling, again, world.clock.now())


def refusal(world: World, armed: Armed, ruling: Ruling = NEVER_SENT, *, again: bool = False) -> str:
    """Have a person's word refused, which changes nothing, and return why."""
    before = events(world)
    with pytest.raises(UsageError) as refused:
        rule(world, armed, ruling, again=again)
    assert events(world) == before
    return str(refused.value)


@pytest.mark.parametrize("evidence", [(LOST,), (LOST, TimeUp())], ids=["unknown", "presumed"])
@pytest.mark.parametrize(
    ("ruling", "state", "touchpoint_state"),
    [(WENT_OUT, MessageState.ACCEPTED, "accepted"), (NEVER_SENT, MessageState.RELEASED, "skipped")],
    ids=["went-out", "never-sent"],
)
def test_what_is_in_doubt_is_settled_by_a_persons_word_which_the_log_keeps(
    evidence: tuple[Evidence, ...],
    ruling: Ruling,
    state: MessageState,
    touchpoint_state: str,
    world: World,
    armed: Armed,
) -> None:
    settle(world, armed, *evidence)
    assert rule(world, armed, ruling) is state
    assert states(world)["upcoming"] == touchpoint_state
    assert in_hand(world, armed).code == "settled_by_hand"
    last = SqlLog(world.store.database).entries(0, 100)[-1]
    assert (last.body["event"], last.body["author"], last.body["evidence"]) == (state.value, "ann", "by_hand")
    assert last.personal == {"note": ruling.note}
    with world.store.database.read() as connection:
        assert not any(ruling.note in each for each in connection.execute(select(entry.c.public)).scalars())


async def test_what_never_went_out_counts_for_no_limit_and_is_not_sent_again(
    world: World, armed: Armed
) -> None:
    settle(world, armed, LOST)
    rule(world, armed, NEVER_SENT)
    await turn(world)
    assert world.channel.sent == []
    world.clock.move(days=3)
    await turn(world)
    assert [each.words.text.split()[0] for each in world.channel.sent] == ["due-today"]


async def test_what_never_went_out_is_sent_again_where_its_creditor_allows_it(
    world: World, armed: Armed
) -> None:
    settle(world, armed, LOST)
    assert refusal(world, armed, again=True) == (
        "Creditor northwind lets nothing go out again (`resend: never`); leave --send-again out, "
        "or write `resend: when proved lost` in the creditor's file"
    )
    assert rule(resending(world), armed, NEVER_SENT, again=True) is MessageState.RELEASED
    await turn(world)
    assert [(each.touchpoint, each.attempt) for each in world.channel.sent] == [(armed.message.touchpoint, 2)]


def test_sending_again_what_went_out_or_whose_creditor_is_gone_is_refused(world: World, armed: Armed) -> None:
    settle(world, armed, LOST)
    willing = resending(world)
    assert refusal(willing, armed, WENT_OUT, again=True).startswith("--send-again contradicts --went-out")
    orphan = replace(willing, creditors={})
    assert refusal(orphan, armed, again=True).startswith("The configuration has no creditor northwind")


@pytest.mark.parametrize(
    ("evidence", "known"),
    [
        (Accepted("SM1"), "the provider took it"),
        (Rejected("30006"), "the provider refused it for good"),
        (NotSent("http_429"), "it certainly never left"),
    ],
    ids=["accepted", "rejected", "not-sent"],
)
def test_what_is_known_is_not_settled_by_anybodys_word(
    evidence: Evidence, known: str, world: World, armed: Armed
) -> None:
    settle(world, armed, evidence)
    for ruling in (WENT_OUT, NEVER_SENT):
        said = refusal(world, armed, ruling)
        assert said.startswith(f"There is no doubt about message {armed.message.key}: {known}")


def test_what_was_released_is_not_settled_by_anybodys_word(world: World, armed: Armed) -> None:
    settle(world, armed, LOST, Absent())
    assert "it is released, which means that it never arrived" in refusal(world, armed, WENT_OUT)


def test_what_is_on_its_way_is_not_settled_before_its_lease_is_over(world: World, armed: Armed) -> None:
    world.clock.move(seconds=LEASE.total_seconds() - 0.001)
    assert "is on its way" in refusal(world, armed)
    world.clock.instant = armed.armed_at + LEASE
    assert rule(world, armed, NEVER_SENT) is MessageState.RELEASED
    assert events(world)[-2:] == ["unknown", "released"]
    assert states(world)["upcoming"] == "skipped"


def test_a_lease_that_is_over_may_also_be_settled_as_gone_out(world: World, armed: Armed) -> None:
    world.clock.instant = armed.armed_at + LEASE + timedelta(hours=1)
    assert rule(world, armed, WENT_OUT) is MessageState.ACCEPTED
    assert states(world)["upcoming"] == "accepted"


def test_an_answer_that_came_in_the_meantime_stands(world: World, armed: Armed) -> None:
    settle(world, armed, LOST)
    seen = in_hand(world, armed)
    settle(world, armed, Accepted("SM1"))
    with pytest.raises(UsageError, match="has just become known"):
        Rulings(world.store, world.creditors).settle(seen, NEVER_SENT, False, world.clock.now())
    assert states(world)["upcoming"] == "accepted"


async def test_a_late_yes_after_never_sent_is_believed_and_told_as_an_incident(
    world: World, armed: Armed
) -> None:
    settle(world, armed, LOST)
    rule(world, armed, NEVER_SENT)
    settle(world, armed, Accepted("SM1"))
    with world.store.database.read() as connection:
        public = connection.execute(select(entry.c.public).order_by(entry.c.seq.desc()).limit(1)).scalar_one()
        state = connection.execute(
            select(touchpoint.c.state).where(touchpoint.c.key == armed.message.touchpoint)
        ).scalar_one()
    assert (json.loads(public)["incident"], state) == ("proof_was_wrong", "accepted")
