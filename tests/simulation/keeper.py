"""Whoever runs the service: takes backups, puts one back, tells again what it had forgotten, and ends quarantines."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from scheduler.store.custody import SqlCustody
from tests.simulation.diary import Stretch
from tests.simulation.memory import backup_of, restore
from tests.simulation.retelling import Retelling

if TYPE_CHECKING:
    from tests.simulation.world import World

DAY_S = 86_400.0
CLOCKS_DIFFER = timedelta(seconds=5)
_NEWEST = "SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1"
_HAS = "SELECT COUNT(*) FROM entry WHERE seq = :seq AND hash = :hash"
_STANDS = "SELECT id FROM quarantine WHERE released_at IS NULL"


@dataclass(slots=True)
class Backup:
    """A copy of the database, and how far its log had come."""

    at_s: float
    copy: Any
    newest: tuple[int, str]
    forgotten_since_s: float | None


@dataclass
class Keeper:
    """One careful person, who keeps to the handbook."""

    world: "World"
    backups: list[Backup] = field(default_factory=list)
    is_at_work: bool = False

    def __post_init__(self) -> None:
        """Know the way to end a quarantine."""
        self.custody = SqlCustody(self.world.store)

    # -------------------------------------------------------------------------------------------- backups

    async def take_backups(self) -> None:
        """Take a copy now and then, and keep the newest few."""
        while True:
            await asyncio.sleep(self.world.chance.around(0.5 * 3600, 1.5 * DAY_S))
            self._back_up()

    def _back_up(self) -> None:
        found = self.world.database.peek(_NEWEST)
        newest = (found[0].seq, found[0].hash) if found else (0, "")
        copy = backup_of(self.world.database.engine)
        self.backups = [
            *self.backups[-2:],
            Backup(self.world.loop.time(), copy, newest, self.world.diary.lost_since_s),
        ]

    async def put_back(self) -> None:
        """Now and then lose the database and put an older copy in its place."""
        while True:
            rate = self.world.weather.restore_a_day
            await asyncio.sleep(self.world.chance.between(0, 2 * DAY_S / rate) if rate > 0 else 100 * DAY_S)
            if rate > 0 and not self.is_at_work:
                await self._put_back()

    async def _put_back(self) -> None:
        """Stop everything and put a copy back, or have a standby take over while everything runs on."""
        self.world.alarm()  # custody looks twice a minute, so its latest mark is no older than that
        await asyncio.sleep(self.world.chance.between(35.0, 60.0))
        self.lose_the_tail(runs_on=self.world.chance.happens(0.4))

    def perhaps_between(self) -> bool:
        """Have a standby take over right now, between an intent and its call."""
        world = self.world
        if self.is_at_work or not world.chance.happens(world.weather.restore_between):
            return False
        return self.lose_the_tail(runs_on=True)

    def lose_the_tail(self, runs_on: bool) -> bool:
        """Put an older copy in the place of the database, if that can be told at all; say whether it was done."""
        world = self.world
        if not self.backups:
            return False
        backup = world.chance.one_of(self.backups)
        if not self._would_show(backup):
            return False
        if not runs_on:
            for life in list(world.lives):
                life.crash("restore")
        world.note(f"restore of {backup.at_s:.0f}, {'live' if runs_on else 'cold'}")
        world.rare.hit("failed_over_live" if runs_on else "restored_cold")
        restore(world.database.engine, backup.copy)
        world.server.timeline += runs_on
        self.backups = [each for each in self.backups if each.at_s <= backup.at_s]
        now = world.loop.time()
        world.diary.restores.append(now)
        world.diary.quarantines.append(Stretch(now))
        world.diary.forget(backup.at_s if backup.forgotten_since_s is None else backup.forgotten_since_s)
        world.wrote()
        world.alarm()
        return True

    def _would_show(self, backup: Backup) -> bool:
        """Whether something is lost of which a second memory knows: what nobody knows of, nobody can miss."""
        journal = self.world.journal
        at = self.world.instant(backup.at_s)
        armed_since = journal.batches and journal.batches[-1][0].armed_at > at + CLOCKS_DIFFER
        return bool(armed_since) or (bool(journal.marks) and journal.marks[-1].seq > backup.newest[0])

    # ----------------------------------------------------------------------------------------- quarantine

    async def watch(self) -> None:
        """See a quarantine within hours, see to it that nothing is missing, and end it."""
        world = self.world
        while True:
            await world.changed(6 * 3600.0)
            if not world.database.peek(_STANDS):
                continue
            self.is_at_work = True
            if all(each.until_s is not None for each in world.diary.quarantines):
                world.diary.quarantines.append(Stretch(world.loop.time()))
            await self._end()
            self.is_at_work = False

    async def _end(self) -> None:
        world, chance = self.world, self.world.chance
        tries = 0
        while world.database.peek(_STANDS):
            await asyncio.sleep(chance.around(600.0, DAY_S / 2) if not world.is_quiet else 600.0)
            while any(life.clock.jumped_s for life in world.lives):
                await asyncio.sleep(600.0)  # first the clocks are set right
            Retelling(world.people).all()
            tries += 1
            now_s = world.loop.time()
            standing = self.custody.release("keeper", "looked into", world.now(), although_unknown=tries > 4)
            world.note(f"keeper tries to release: {standing}")
            if not world.database.peek(_STANDS):
                for each in world.diary.quarantines:
                    each.until_s = now_s if each.until_s is None else each.until_s
                world.rare.hit("quarantine_released")
