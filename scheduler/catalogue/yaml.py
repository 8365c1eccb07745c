"""Reads one YAML file into a tree that remembers where everything stood, in bounded time and memory.

It takes the part of YAML that a person writes by hand: mappings, lists and text. Every scalar is text, so
that `no`, `09:00` and `1.10` mean what they look like; the models turn text into numbers, times and the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from itertools import islice
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)
from ruamel.yaml.reader import ReaderError

from scheduler.catalogue.mistakes import Mistake, Place, quoted

_MAX_BYTES = 1_000_000
_MAX_DEPTH = 12
_MAX_EVENTS = 100_000
_NOTHING = ("", "~", "null")

Data = str | list["Data"] | dict[str, "Data"] | None
"""What the models are given."""


@dataclass(slots=True)
class Node:
    """One value with its place. A mapping also knows where its keys stand."""

    place: Place
    content: "str | list[Node] | dict[str, Node] | None"
    keys: dict[str, Place] = field(default_factory=dict)

    def data(self) -> Data:
        """Return the plain value; the depth of the tree is bounded, and so is the recursion."""
        if isinstance(self.content, dict):
            return {key: each.data() for key, each in self.content.items()}
        if isinstance(self.content, list):
            return [each.data() for each in self.content]
        return self.content


class Unreadable(Exception):
    """The file is no YAML that Duly reads; `mistake` says why."""

    def __init__(self, file: str, place: Place | None, sentence: str) -> None:
        self.mistake = Mistake(file, place, sentence)
        super().__init__(str(self.mistake))


def read(path: Path, name: str) -> tuple[Node, list[Mistake]]:
    """Return the file's tree, and a mistake for every key that it holds twice.

    `name` stands for the file in the mistakes. Raises Unreadable for anything else that is wrong with it.
    """
    tree = _Tree(name)
    return tree.build(_events(_text(path, name), name)), tree.mistakes


def _text(path: Path, name: str) -> str:
    if not path.is_file():
        raise Unreadable(name, None, "this is no file that can be read; put a YAML file in its place")
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        sentence = f"the file cannot be read ({error.strerror}); check its permissions"
        raise Unreadable(name, None, sentence) from error
    if len(content) > _MAX_BYTES:
        raise Unreadable(name, None, "the file is larger than 1 MB; split it")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = _place_after(content[: error.start].decode("utf-8-sig", "replace"))
        raise Unreadable(name, at, "this is not UTF-8; save the file in that encoding") from error
    if "\t" in text:
        at = _place_after(text[: text.index("\t")])
        raise Unreadable(name, at, "there is a tab here; write spaces instead")
    return text


def _place_after(text: str) -> Place:
    return Place(text.count("\n") + 1, len(text) - text.rfind("\n"))


def _place(mark: StringMark) -> Place:
    return Place(mark.line + 1, mark.column + 1)


def _events(text: str, name: str) -> Iterator[Event]:
    """Parse lazily, so that whoever reads the events can stop at the first that goes too far."""
    try:
        yield from islice(YAML().parse(StringIO(text)), _MAX_EVENTS)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "it breaks off"
        detail = "".join(each if each.isprintable() else " " for each in problem)
        sentence = f"this is not YAML ({detail}); check indentation, colons and quotation marks here"
        raise Unreadable(name, _place(mark) if mark else None, sentence) from error
    except ReaderError as error:
        sentence = "there is a character here that YAML does not allow; remove it"
        raise Unreadable(name, _place_after(text[: error.position]), sentence) from error
    except YAMLError as error:
        raise Unreadable(name, None, "this is not YAML; write it anew") from error


@dataclass(slots=True)
class _Open:
    """A mapping or list that is still being filled; `key` is the one whose value comes next."""

    node: Node
    key: tuple[str, Place] | None = None


class _Tree:
    """Builds nodes from events without recursion, and refuses what no configuration needs."""

    def __init__(self, name: str) -> None:
        self.mistakes: list[Mistake] = []
        self._name = name
        self._root: Node | None = None
        self._open: list[_Open] = []

    def build(self, events: Iterator[Event]) -> Node:
        """Return the root; raises Unreadable at the first event that goes too far."""
        for count, event in enumerate(events, 1):
            if count == _MAX_EVENTS:
                raise Unreadable(self._name, None, "the file holds too many values; split it")
            self._take(event)
        if self._root is None or self._root.content is None:
            raise Unreadable(self._name, None, "the file is empty; fill it in or delete it")
        return self._root

    def _take(self, event: Event) -> None:
        if isinstance(event, CollectionEndEvent):
            self._open.pop()
        elif isinstance(event, DocumentStartEvent) and self._root is not None:
            raise self._refusal(event, "a second document starts here; keep one to a file")
        elif isinstance(event, NodeEvent):
            self._check(event)
            self._add(event, _node(event))

    def _check(self, event: NodeEvent) -> None:
        if isinstance(event, AliasEvent) or event.anchor is not None:
            raise self._refusal(event, "anchors and aliases are not read here; write the value out")
        if isinstance(event, ScalarEvent | CollectionStartEvent) and event.ctag is not None:
            raise self._refusal(event, "tags are not read here; remove it")
        if len(self._open) >= _MAX_DEPTH:
            raise self._refusal(event, "this is nested too deeply; nothing in these files goes so deep")

    def _add(self, event: NodeEvent, node: Node) -> None:
        if not self._open:
            self._root = node
        elif self._is_key():
            if not isinstance(event, ScalarEvent):
                raise self._refusal(event, "a key must be text; put quotation marks around it")
            self._open[-1].key = (event.value, node.place)
            return
        else:
            self._put(node)
        if isinstance(event, CollectionStartEvent):
            self._open.append(_Open(node))

    def _is_key(self) -> bool:
        return isinstance(self._open[-1].node.content, dict) and self._open[-1].key is None

    def _put(self, node: Node) -> None:
        parent, key = self._open[-1].node, self._open[-1].key
        if isinstance(parent.content, list):
            parent.content.append(node)
        elif isinstance(parent.content, dict) and key is not None:
            self._open[-1].key = None
            self._put_under(parent, parent.content, key, node)

    def _put_under(self, parent: Node, content: dict[str, Node], key: tuple[str, Place], node: Node) -> None:
        word, place = key
        if word in content:
            first = parent.keys[word].line
            sentence = f"{quoted(word)} stands here twice, first in line {first}; keep one of them"
            self.mistakes.append(Mistake(self._name, place, sentence))
        else:
            content[word], parent.keys[word] = node, place

    def _refusal(self, event: Event, sentence: str) -> Unreadable:
        return Unreadable(self._name, _place(event.start_mark), sentence)


def _node(event: NodeEvent) -> Node:
    place = _place(event.start_mark)
    if not isinstance(event, ScalarEvent):
        return Node(place, {} if isinstance(event, MappingStartEvent) else [])
    is_plain = not event.style
    return Node(place, None if is_plain and event.value in _NOTHING else event.value)
