"""One line of the log as it is exported: which fields it has, how it is written, and how it is read back strictly."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from scheduler.domain.entry import Entry, Json

FIELDS = tuple(
    "seq at event debtor_ref plan_refs touchpoint kind step cadence cadence_version template channel to provider "
    "provider_id outcome reasons body_sha256 prev_hash hash chain chain_seq commitment salt personal".split()
)
"""What every line has, null where an entry has none; further public fields follow."""

PERSONAL = ("to", "body_sha256")
"""What a line repeats of its personal payload, so that a reader need not open it."""


class LineError(Exception):
    """This is no line of an export; the sentence says why, without the line's words."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line with the fields that chain it; `fields` is all of it."""

    seq: int
    chain: str
    number: int
    prev_hash: str
    hash: str
    commitment: str | None
    salt: str | None
    personal: Mapping[str, Json] | None
    fields: Mapping[str, Json]


def exported(entry: Entry) -> dict[str, Json]:
    """Return an entry as a line's fields: its own, and what is left of its personal payload."""
    own: dict[str, Json] = {
        "seq": entry.seq,
        "hash": entry.hash,
        "salt": None if entry.salt is None else entry.salt.hex(),
        "personal": entry.personal,
    }
    repeated = {name: (entry.personal or {}).get(name) for name in PERSONAL}
    return dict.fromkeys(FIELDS) | dict(entry.body) | own | repeated


def without_personal(fields: Mapping[str, Json]) -> dict[str, Json]:
    """Return a line's fields as they will be once the personal payload is erased."""
    return {**fields, **dict.fromkeys((*PERSONAL, "salt", "personal"))}


def encode(fields: Mapping[str, Json]) -> bytes:
    """Return a line's bytes, its end included."""
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    # Half a surrogate pair cannot be written in UTF-8; replaced so, it is the JSON escape that it was read from.
    return text.encode(errors="backslashreplace") + b"\n"


def decode(line: bytes) -> Line:
    """Read a line back. Raises LineError for what this log cannot have written."""
    try:
        found = _DECODER.decode(line.decode())
    except (ValueError, RecursionError) as error:
        raise LineError("it is not a JSON object as the log writes it") from error
    return line_of(found)


def line_of(fields: object) -> Line:
    """Return the line of decoded fields. Raises LineError where one is missing or of another kind."""
    if not isinstance(fields, Mapping):
        raise LineError("it is not a JSON object")
    if missing := [name for name in FIELDS if name not in fields]:
        raise LineError(f"it has no {missing[0]!r}")
    return Line(
        seq=_number(fields, "seq"),
        chain=_text(fields, "chain"),
        number=_number(fields, "chain_seq"),
        prev_hash=_text(fields, "prev_hash"),
        hash=_text(fields, "hash"),
        commitment=_text_or_none(fields, "commitment"),
        salt=_text_or_none(fields, "salt"),
        personal=_object_or_none(fields, "personal"),
        fields=fields,
    )


def _number(fields: Mapping[str, Json], name: str) -> int:
    value = fields[name]
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise LineError(f"its {name!r} is not a whole number")


def _text(fields: Mapping[str, Json], name: str) -> str:
    value = fields[name]
    if isinstance(value, str):
        return value
    raise LineError(f"its {name!r} is not text")


def _text_or_none(fields: Mapping[str, Json], name: str) -> str | None:
    return None if fields[name] is None else _text(fields, name)


def _object_or_none(fields: Mapping[str, Json], name: str) -> Mapping[str, Json] | None:
    value = fields[name]
    if value is None or isinstance(value, Mapping):
        return value
    raise LineError(f"its {name!r} is not an object")


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Refuse a name that comes twice: two readers might each believe another one."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name comes twice")
    return fields


def _refuse(number: str) -> NoReturn:
    """The log writes no fractions, so that its canonical form needs no rule for them."""
    raise ValueError("a number is not whole")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_refuse, parse_constant=_refuse)
