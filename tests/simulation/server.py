"""The database's server as far as the product asks it who it is: a standby that takes over has another timeline."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from scheduler.store.engine import Database
from scheduler.store.signs import TIMELINE, kept_signs, shown_signs, shows_its_signs
from tests.simulation.planting import everywhere


class Server:
    """Tells its timeline, as PostgreSQL does, whichever database is under the simulation."""

    def __init__(self) -> None:
        """Begin with the first."""
        self.timeline = 1

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Answer the product's questions for as long as the block lasts."""
        with everywhere(shown_signs, self._shown), everywhere(shows_its_signs, self._shows):
            yield

    def _shown(self, _database: Database) -> dict[str, str]:
        return {TIMELINE: f"{self.timeline:08X}"}

    def _shows(self, connection: Connection) -> bool:
        return all(self._shown_as(name) == value for name, value in kept_signs(connection).items())

    def _shown_as(self, name: str) -> str | None:
        return f"{self.timeline:08X}" if name == TIMELINE else None
