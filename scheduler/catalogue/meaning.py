"""What a value means, as a short digest: the same for two files that differ in comments and order of keys only."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum

Json = str | int | list["Json"] | dict[str, "Json"] | None

DIGITS = 12
"""How much of the digest is kept: enough to tell versions apart, short enough to read out."""


def digest(*values: object) -> str:
    """Return the first digits of the SHA-256 over what the values mean."""
    text = json.dumps([meaning(each) for each in values], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def meaning(value: object) -> Json:
    """Return a value of the domain as plain JSON; sets and mappings in one fixed order."""
    if isinstance(value, Enum):
        return str(value.value)
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, date | time | datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value // timedelta(microseconds=1)
    if is_dataclass(value):
        return {each.name: meaning(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): meaning(each) for key, each in value.items()}
    if isinstance(value, frozenset):
        return sorted((meaning(each) for each in value), key=json.dumps)
    if isinstance(value, tuple | list):
        return [meaning(each) for each in value]
    raise TypeError(f"{type(value).__name__} has no meaning here")
