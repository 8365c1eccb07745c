"""What the log tells of one touchpoint, with what is left of the personal part."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from scheduler.domain.entry import Entry
from scheduler.domain.errors import UsageError
from scheduler.store.engine import Database
from scheduler.store.log import ENTRIES, entry_of
from scheduler.store.tables import entry, touchpoint

_LEAST = 6
"""How many digits of a touchpoint's key are enough to name it, where they name one only."""

_KEYS = (
    select(touchpoint.c.key)
    .where(touchpoint.c.key >= bindparam("start"), touchpoint.c.key < bindparam("end"))
    .limit(2)
)
_ABOUT = ENTRIES.where(entry.c.chain == bindparam("of"), entry.c.public.like(bindparam("about"))).order_by(
    entry.c.chain_seq
)


def touchpoint_named(database: Database, text: str) -> str:
    """Return the key that a person wrote whole, by its first digits, or as part of a message's key.

    Raises UsageError when it names none, or more than one.
    """
    start = text.strip().partition("-")[0].lower()
    if len(start) < _LEAST or not all(each in "0123456789abcdef" for each in start):
        raise UsageError(
            f"{text!r} is no touchpoint; write its key, or at least the first {_LEAST} digits of it, "
            "as `duly log --json` and /outbox show them"
        )
    with database.read() as connection:
        keys = connection.execute(_KEYS, {"start": start, "end": f"{start}g"}).scalars().all()
    if not keys:
        raise UsageError(f"There is no touchpoint {text!r}; `duly log --json` shows the keys")
    if len(keys) > 1:
        raise UsageError(f"Several touchpoints begin with {text!r}; write more of the key")
    return str(keys[0])


def story(database: Database, chain: str, key: str) -> Sequence[Entry]:
    """Return everything that a debtor's chain tells of one touchpoint, oldest first."""
    with database.read() as connection:
        rows = connection.execute(_ABOUT, {"of": chain, "about": f'%"touchpoint":"{key}"%'}).all()
    return [entry_of(row) for row in rows]
