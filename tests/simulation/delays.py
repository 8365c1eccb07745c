"""Being late at a boundary, on two levels: a site is slow in a quarter of the seeds, and then one time in four."""

from dataclasses import dataclass, field

from tests.simulation.weather import Chance

LEVEL = 0.25


@dataclass(slots=True)
class Delays:
    """Draws for each site once whether it is ever slow in this seed, and then each time how slow."""

    chance: Chance
    off: bool = False
    _slow: dict[str, bool] = field(default_factory=dict)

    def at(self, site: str) -> float:
        """Return how many seconds to be late here."""
        if self.off:
            return 0.0
        if site not in self._slow:
            self._slow[site] = self.chance.happens(LEVEL)
        if not self._slow[site] or not self.chance.happens(LEVEL):
            return 0.0
        longest_s = self.chance.one_of((0.3, 3.0, 3.0, 30.0, 3 * 3600.0))
        return self.chance.around(0.001, longest_s)
