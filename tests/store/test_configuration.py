"""A changed configuration is logged, and lets what the former one refused be looked at again."""

from scheduler.domain.policy import Policy
from tests.fakes.world import POLICY, World, a_plan_row, events, states, turn


async def test_what_a_former_policy_refused_goes_out_under_the_new_one(world: World) -> None:
    confirming = POLICY.rules[1]
    assert confirming.id == "courtesy/confirming-hours"
    world.policy = Policy("courtesy", "v0", (confirming,))
    assert world.store.note_configuration("v1", world.clock.now())
    world.take_plans(a_plan_row())
    await turn(world)
    assert states(world) == {"upcoming": "refused"}
    assert not world.store.note_configuration("v1", world.clock.now())
    await turn(world)
    assert states(world) == {"upcoming": "refused"}
    world.policy = POLICY
    assert world.store.note_configuration("v2", world.clock.now())
    await turn(world)
    assert states(world) == {"upcoming": "accepted"}
    assert events(world).count("config_changed") == 2


async def test_what_is_refused_again_for_the_same_reason_is_not_told_again(world: World) -> None:
    world.policy = Policy("courtesy", "v0", ())
    world.take_plans(a_plan_row())
    await turn(world)
    world.store.note_configuration("v2", world.clock.now())
    await turn(world)
    assert states(world) == {"upcoming": "refused"}
    assert events(world).count("refused") == 1
