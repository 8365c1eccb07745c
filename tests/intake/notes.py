"""What the log tells of the notes that were taken, and the personal payloads beside them."""

from collections.abc import Mapping

from scheduler.domain.entry import Json
from scheduler.intake.desk import Desk
from scheduler.store.log import SqlLog
from tests.fakes.world import World


def desk(world: World) -> Desk:
    """The desk of this world."""
    return Desk(world.store, world.creditors)


def noted(world: World, event: str) -> list[tuple[Mapping[str, Json], Mapping[str, Json] | None]]:
    """Return the public fields and the personal payload of every entry of a kind, oldest first."""
    entries = SqlLog(world.store.database).entries(0, 1_000)
    return [(each.body, each.personal) for each in entries if each.body["event"] == event]
