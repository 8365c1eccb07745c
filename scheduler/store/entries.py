"""Gives drafts their place in the log: chained, committed to, sealed, in the transaction of what they tell."""

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, bindparam, insert, select, update

from scheduler.domain.entry import (
    GENESIS,
    Draft,
    Json,
    canonical,
    commitment_to,
    hash_of,
    instant_text,
    members,
    object_of,
)
from scheduler.store.among import among
from scheduler.store.many import write_many
from scheduler.store.tables import chain, entry, payload

RandomBytes = Callable[[int], bytes]
_SALT = 16
_NONCE = 12
_KEY = 32

_HEADS = select(chain).where(among(chain.c.name, "names")).order_by(chain.c.name).with_for_update()
_ENTER, _KEEP, _BEGIN = insert(entry), insert(payload), insert(chain)
_MOVE = (
    update(chain).where(chain.c.name == bindparam("of")).values(seq=bindparam("to"), head=bindparam("hash"))
)


@dataclass(slots=True)
class _Head:
    seq: int
    hash: str
    key: bytes | None
    is_new: bool = False


class Log:
    """The log within one transaction; `told` is what it has been given, for whoever listens after the commit."""

    def __init__(self, connection: Connection, random_bytes: RandomBytes) -> None:
        """Write on an open transaction; `random_bytes` gives keys, salts and nonces."""
        self._connection, self._random_bytes = connection, random_bytes
        self.told: list[Draft] = []

    def append(self, drafts: Sequence[Draft]) -> None:
        """Add entries in order, each at the end of its chain. The caller holds the chains' debtors' locks."""
        if not drafts:
            return
        heads = _heads(self._connection, {each.chain for each in drafts}, self._random_bytes)
        placed = [_place(each, heads[each.chain], self._random_bytes) for each in drafts]
        write_many(self._connection, _ENTER, [row for row, _ in placed])
        write_many(self._connection, _KEEP, [sealed for _, sealed in placed if sealed is not None])
        _keep_heads(self._connection, heads)
        self.told += drafts


def _heads(connection: Connection, names: Iterable[str], random_bytes: RandomBytes) -> dict[str, _Head]:
    wanted = sorted(names)
    rows = connection.execute(_HEADS, {"names": wanted}).all()
    heads = {row.name: _Head(row.seq, row.head, row.key) for row in rows}
    for name in wanted:
        if name not in heads:
            heads[name] = _Head(0, GENESIS, random_bytes(_KEY), is_new=True)
    return heads


def _keep_heads(connection: Connection, heads: Mapping[str, _Head]) -> None:
    fresh = [
        {"name": name, "seq": head.seq, "head": head.hash, "key": head.key}
        for name, head in heads.items()
        if head.is_new
    ]
    moved = [
        {"of": name, "to": head.seq, "hash": head.hash} for name, head in heads.items() if not head.is_new
    ]
    write_many(connection, _BEGIN, fresh)
    write_many(connection, _MOVE, moved)


def _place(
    draft: Draft, head: _Head, random_bytes: RandomBytes
) -> tuple[Mapping[str, object], Mapping[str, object] | None]:
    """Give one draft its number and hash, and seal its personal part. Moves the head."""
    sequence = head.seq + 1
    sealed, digest = None, None
    if draft.personal and head.key is not None:
        salt, written = random_bytes(_SALT), canonical(draft.personal)
        digest = commitment_to(salt, written)
        data = seal(head.key, draft.chain, sequence, written, random_bytes(_NONCE))
        sealed = {"chain": draft.chain, "chain_seq": sequence, "salt": salt, "sealed": data}
    public, at, event = members(draft.public), instant_text(draft.at), draft.event.value
    own = entry_body(draft.chain, sequence, at, event, {}, digest, head.hash)
    digest_of_all = hash_of({**public, **members(own)})
    row = {
        "chain": draft.chain,
        "chain_seq": sequence,
        "at": draft.at,
        "event": event,
        "public": object_of(public),
        "commitment": digest,
        "prev_hash": head.hash,
        "hash": digest_of_all,
    }
    head.seq, head.hash = sequence, digest_of_all
    return row, sealed


def entry_body(
    chain_name: str,
    sequence: int,
    at: str,
    event: str,
    public: Mapping[str, Json],
    digest: str | None,
    prev_hash: str,
) -> dict[str, Json]:
    """Return everything that an entry's hash covers."""
    own: dict[str, Json] = {"chain": chain_name, "chain_seq": sequence, "at": at, "event": event}
    return {**public, **own, "commitment": digest, "prev_hash": prev_hash}


def seal(key: bytes, chain_name: str, sequence: int, written: bytes, nonce: bytes) -> bytes:
    """Encrypt the canonical bytes of a personal payload for its place in its chain, so that none can be swapped."""
    packed = zlib.compress(written, 1)
    return nonce + AESGCM(key).encrypt(nonce, packed, f"{chain_name}#{sequence}".encode())


def unseal(key: bytes, chain_name: str, sequence: int, sealed: bytes) -> bytes | None:
    """Return the canonical bytes of a personal payload, or None when key, place or bytes do not match."""
    try:
        packed = AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], f"{chain_name}#{sequence}".encode())
        return zlib.decompress(packed)
    except (InvalidTag, zlib.error, ValueError):
        return None
