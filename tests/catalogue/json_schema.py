"""As much of JSON Schema (draft 2020-12) as the schema of a policy uses; any other keyword is an error."""

import re
from collections.abc import Callable, Iterator
from typing import Any

Schema = dict[str, Any] | bool


def faults(value: Any, schema: Schema, root: dict[str, Any], at: str = "") -> Iterator[str]:
    """Yield where and by which keyword the value breaks the schema."""
    if isinstance(schema, bool):
        if not schema:
            yield f"{at}: nothing may stand here"
        return
    for keyword, asked in schema.items():
        if keyword in _SIMPLE:
            if not _SIMPLE[keyword](value, asked):
                yield f"{at}: {keyword} {asked}"
        elif keyword in _NESTED:
            yield from _NESTED[keyword](value, asked, root, at, schema)
        elif keyword not in _NOTES:
            raise AssertionError(f"{keyword} is checked by nobody; add it here")


_NOTES = {"$schema", "$defs", "title", "description", "then", "else"}

_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
}


def _has_type(value: Any, names: str | list[str]) -> bool:
    return any(_TYPES[each](value) for each in ([names] if isinstance(names, str) else names))


_SIMPLE: dict[str, Callable[[Any, Any], bool]] = {
    "type": _has_type,
    "const": lambda value, asked: bool(value == asked),
    "enum": lambda value, asked: value in asked,
    "pattern": lambda value, asked: not isinstance(value, str) or re.search(asked, value) is not None,
    "minLength": lambda value, asked: not isinstance(value, str) or len(value) >= asked,
    "maxLength": lambda value, asked: not isinstance(value, str) or len(value) <= asked,
    "minimum": lambda value, asked: not isinstance(value, int) or value >= asked,
    "maximum": lambda value, asked: not isinstance(value, int) or value <= asked,
    "minItems": lambda value, asked: not isinstance(value, list) or len(value) >= asked,
    "maxItems": lambda value, asked: not isinstance(value, list) or len(value) <= asked,
    "uniqueItems": lambda value, _: not isinstance(value, list) or len(set(value)) == len(value),
    "minProperties": lambda value, asked: not isinstance(value, dict) or len(value) >= asked,
    "required": lambda value, asked: not isinstance(value, dict) or set(asked) <= set(value),
    "dependentRequired": lambda value, asked: all(
        set(others) <= set(value) for key, others in asked.items() if key in value
    ),
}


def _ref(value: Any, asked: str, root: dict[str, Any], at: str, _schema: Any) -> Iterator[str]:
    yield from faults(value, root["$defs"][asked.removeprefix("#/$defs/")], root, at)


def _properties(value: Any, asked: Any, root: dict[str, Any], at: str, _schema: Any) -> Iterator[str]:
    for key in asked.keys() & value.keys() if isinstance(value, dict) else ():
        yield from faults(value[key], asked[key], root, f"{at}/{key}")


def _patterns(value: Any, asked: Any, root: dict[str, Any], at: str, _schema: Any) -> Iterator[str]:
    for pattern, schema in asked.items():
        for key in (each for each in value if re.search(pattern, each)) if isinstance(value, dict) else ():
            yield from faults(value[key], schema, root, f"{at}/{key}")


def _others(value: Any, asked: Any, root: dict[str, Any], at: str, schema: Any) -> Iterator[str]:
    for key in value if isinstance(value, dict) else ():
        patterns = schema.get("patternProperties", {})
        if key not in schema.get("properties", {}) and not any(re.search(each, key) for each in patterns):
            yield from faults(value[key], asked, root, f"{at}/{key}")


def _items(value: Any, asked: Any, root: dict[str, Any], at: str, _schema: Any) -> Iterator[str]:
    for index, each in enumerate(value if isinstance(value, list) else ()):
        yield from faults(each, asked, root, f"{at}/{index}")


def _fitting(value: Any, schemas: list[Schema], root: dict[str, Any]) -> int:
    return sum(not any(faults(value, each, root)) for each in schemas)


def _one_of(value: Any, asked: Any, root: dict[str, Any], at: str, _schema: Any) -> Iterator[str]:
    if (count := _fitting(value, asked, root)) != 1:
        yield f"{at}: {count} of oneOf fit"


def _any_of(value: Any, asked: Any, root: dict[str, Any], at: str, _schema: Any) -> Iterator[str]:
    if not _fitting(value, asked, root):
        yield f"{at}: none of anyOf fits"


def _all_of(value: Any, asked: Any, root: dict[str, Any], at: str, _schema: Any) -> Iterator[str]:
    for each in asked:
        yield from faults(value, each, root, at)


def _not(value: Any, asked: Any, root: dict[str, Any], at: str, _schema: Any) -> Iterator[str]:
    if _fitting(value, [asked], root):
        yield f"{at}: what must not be so"


def _if(value: Any, asked: Any, root: dict[str, Any], at: str, schema: Any) -> Iterator[str]:
    branch = "then" if _fitting(value, [asked], root) else "else"
    yield from faults(value, schema.get(branch, True), root, at)


def _dependent(value: Any, asked: Any, root: dict[str, Any], at: str, _schema: Any) -> Iterator[str]:
    for key in asked.keys() & value.keys() if isinstance(value, dict) else ():
        yield from faults(value, asked[key], root, at)


_NESTED: dict[str, Callable[..., Iterator[str]]] = {
    "$ref": _ref,
    "properties": _properties,
    "patternProperties": _patterns,
    "additionalProperties": _others,
    "items": _items,
    "oneOf": _one_of,
    "anyOf": _any_of,
    "allOf": _all_of,
    "not": _not,
    "if": _if,
    "dependentSchemas": _dependent,
}
