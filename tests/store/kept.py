"""What tests of custody do to a world, and what they find in it."""

from collections import Counter

from sqlalchemy import select

from scheduler.planner import plan_due
from scheduler.store.custody import SqlCustody, Standing
from scheduler.store.tables import debtor, message, touchpoint
from tests.fakes.world import World, a_payment_row, a_plan_row
from tests.store.copies import House


def take(world: World, *numbers: int, **changes: object) -> None:
    """Import a plan of a debtor of its own for each number."""
    for number in numbers:
        own = {"plan_ref": f"P-{number}", "debtor_ref": f"D-{number}", "phone": None}
        world.take_plans(a_plan_row(**(own | {"email": f"d{number}@example.com"} | changes)))


def pay(world: World, number: int) -> None:
    """Note a payment of half a plan, which is confirmed."""
    row = a_payment_row(payment_ref=f"PAY-{number}", plan_ref=f"P-{number}", amount_minor=5_000)
    assert world.take_payments(row) == ["added"]


def plan_all(world: World) -> None:
    """Plan what has come due and send nothing."""
    while plan_due(world.store, world.cadences, world.clock.now()):
        pass


async def started(house: House, minutes: float = 5) -> World:
    """Start a process, so long after the time at which a world begins, that has looked once."""
    world = house.start()
    world.clock.move(minutes=minutes)
    await world.custodian.run_once()
    return world


def states(world: World) -> dict[str, tuple[str, str | None]]:
    """Return the state of each touchpoint, and of its latest message, by debtor and step."""
    query = (
        select(debtor.c.ref, touchpoint.c.step, touchpoint.c.state, message.c.state.label("sent"))
        .join(touchpoint, touchpoint.c.debtor_id == debtor.c.id)
        .join(message, message.c.touchpoint_id == touchpoint.c.id, isouter=True)
        .order_by(message.c.attempt)
    )
    with world.store.database.read() as connection:
        return {f"{row.ref} {row.step}": (row.state, row.sent) for row in connection.execute(query)}


def standing(world: World) -> Standing | None:
    """Return how things stand."""
    return SqlCustody(world.store).standing()


def cause(world: World) -> str | None:
    """Return why a quarantine stands; None when none does."""
    found = standing(world)
    return None if found is None else found.quarantine.cause


def release(world: World) -> None:
    """Release the quarantine although not everything is settled."""
    SqlCustody(world.store).release("ann", "checked", world.clock.now(), although_unknown=True)
    assert standing(world) is None


def sent_to(world: World) -> list[str]:
    """Return to whom this process has handed messages over."""
    return [each.to for each in world.channel.sent]


def sent_twice(*worlds: World) -> list[str]:
    """Return the touchpoints that were handed over more than once, by whichever process."""
    sent = Counter(each.touchpoint for world in worlds for each in world.channel.sent)
    return [key for key, number in sent.items() if number > 1]


UNKNOWN, ACCEPTED = ("unknown", "unknown"), ("accepted", "accepted")
