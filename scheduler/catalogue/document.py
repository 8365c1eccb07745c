"""One file of the configuration as its model, with the place of everything in it."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from scheduler.catalogue.mistakes import Mistake, Place, listed, quoted, remedy
from scheduler.catalogue.models import Entry, Known, Loc, field_at, model_at
from scheduler.catalogue.yaml import Node, Unreadable, read

_MOST_MISTAKES = 50
"""Of one file; whoever has more corrects these first."""

Model = TypeVar("Model", bound=Entry)


@dataclass(frozen=True, slots=True)
class Document(Generic[Model]):
    """A file that was read: its name, its tree and its value."""

    file: str
    root: Node
    value: Model

    def mistake(self, loc: Loc, sentence: str) -> Mistake:
        """Return a mistake with the place of what `loc` leads to."""
        return Mistake(self.file, place_of(self.root, loc), sentence)


def open_document(
    path: Path, model: type[Model], known: Known, mistakes: list[Mistake]
) -> Document[Model] | None:
    """Return the file, or None when it cannot be used; adds what is wrong to `mistakes`."""
    try:
        root, found = read(path, str(path))
    except Unreadable as error:
        mistakes.append(error.mistake)
        return None
    document = _validated(root, str(path), model, known, found)
    if document is not None:
        found += (document.mistake(loc, sentence) for loc, sentence in document.value.objections())
    mistakes += found[:_MOST_MISTAKES]
    return None if found else document


def place_of(root: Node, loc: Loc) -> Place:
    """Return where `loc` leads, as far as the file goes: to the key of a mapping, or the item of a list."""
    node, place = root, root.place
    for part in loc:
        if isinstance(node.content, dict) and part in node.content:
            place, node = node.keys[str(part)], node.content[str(part)]
        elif isinstance(node.content, list) and isinstance(part, int) and part < len(node.content):
            node = node.content[part]
            place = node.place
        else:
            break
    return place


def _validated(
    root: Node, name: str, model: type[Model], known: Known, mistakes: list[Mistake]
) -> Document[Model] | None:
    try:
        return Document(name, root, model.model_validate(root.data(), context=known))
    except ValidationError as error:
        found = islice(error.errors(include_url=False), _MOST_MISTAKES)
        mistakes += (Mistake(name, place_of(root, each["loc"]), _sentence(each, model)) for each in found)
        return None


def _sentence(error: ErrorDetails, model: type[BaseModel]) -> str:
    """Return pydantic's objection in Duly's words, with a remedy."""
    kind, loc = error["type"], error["loc"]
    key = next((each for each in reversed(loc) if isinstance(each, str) and each != "[key]"), "")
    if kind == "extra_forbidden":
        return f"{quoted(key)} is not known here; {remedy(key, _keys(model_at(model, loc[:-1])))}"
    such_as, key = _example(model, loc, key), quoted(key).strip('"')
    if error["input"] is None:
        return f"{key} is empty; fill it in{such_as}"
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind == "missing":
        return f"{key} is missing; add it{such_as}"
    if kind in _SHAPES:
        return f"{key or 'this file'} must be {_SHAPES[kind]}{such_as}"
    return f"{key}: {error['msg'].lower()}; correct it{such_as}"


_SHAPES = {
    "tuple_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
}


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _example(model: type[BaseModel], loc: Loc, key: str) -> str:
    field = field_at(model, loc)
    if field is None or not field.examples:
        return ""
    return f', such as "{key}: {listed([str(each) for each in field.examples])}"'
