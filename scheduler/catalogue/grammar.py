"""What a template may be made of: documented fields, if, for over documented lists, include; nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from functools import lru_cache
from types import UnionType
from typing import Final, NoReturn, cast, get_args, get_origin, get_type_hints

from jinja2 import nodes

from scheduler.catalogue.fields import Fields
from scheduler.catalogue.mistakes import listed, quoted, remedy
from scheduler.domain.errors import UsageError


@dataclass(frozen=True, slots=True)
class LoopFields:
    """What `loop` knows inside a `for`."""

    first: bool
    last: bool
    index: int


@dataclass(frozen=True, slots=True)
class Listing:
    """The shape of a list, of groups or of text."""

    of: type


Shape = type | Listing
"""What a field is: str, int, bool, a group (one of the dataclasses in fields.py) or a list."""

FILTERS: Final[Mapping[str, tuple[type, ...]]] = {
    "length": (str, Listing),
    "lower": (str,),
    "trim": (str,),
    "urlencode": (str,),
}
"""The filters that a template may use, none of which takes arguments, and the shapes that they take."""

_DOCUMENTED = "templates/README.md lists the fields"

_REMEDIES: Final[Mapping[type[nodes.Node], str]] = {
    nodes.Call: f"a template calls nothing; write a documented field without brackets ({_DOCUMENTED})",
    nodes.Getitem: "square brackets are not allowed; write a field with a dot, such as first.amount",
    nodes.Test: "`is` is not allowed; every documented field is always there, so write {% if payment %}",
    nodes.CondExpr: "an `if` inside {{ }} is not allowed; write {% if … %} … {% endif %}",
    nodes.Concat: "joining text with ~ is not allowed; write one {{ }} after the other",
    nodes.Const: "a fixed value inside {{ }} is not allowed; write it as plain words",
    nodes.TemplateData: "a fixed value inside {{ }} is not allowed; write it as plain words",
}

_TAGS: Final[Mapping[type[nodes.Node], str]] = {
    nodes.Assign: "set",
    nodes.AssignBlock: "set",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter",
    nodes.FromImport: "from",
    nodes.Scope: "autoescape",
}

_STATEMENTS = "only if, for and include may stand in {% %}"
_LITERAL_BRACES = ("{{", "{%", "{#", "}}", "%}", "#}")


def shapes(group: type) -> Mapping[str, Shape]:
    """Return the fields of a group of fields, by name."""
    return _shapes(group)


@lru_cache(maxsize=64)
def _shapes(group: type) -> Mapping[str, Shape]:
    return {name: _shape(hint) for name, hint in get_type_hints(group).items()}


def _shape(hint: object) -> Shape:
    arguments = get_args(hint)
    if get_origin(hint) is tuple:
        return Listing(arguments[0])
    if isinstance(hint, UnionType):
        return _shape(next(each for each in arguments if each is not type(None)))
    return cast(type, hint)


@dataclass(frozen=True, slots=True)
class Scope:
    """What one file is called and may use.

    `parts` may be included, and lie in files that end in `suffix`, which is empty where nothing may be; `extra`
    are further fields, such as a layout's `content`.
    """

    place: str
    parts: frozenset[str] = frozenset()
    suffix: str = ""
    extra: Mapping[str, Shape] = field(default_factory=dict)


def check(tree: nodes.Template, scope: Scope) -> None:
    """Refuse whatever is not on the allowlist; raises UsageError with file, line and remedy."""
    _Grammar(scope).statements(tree.body, {**shapes(Fields), **scope.extra})


class _Grammar:
    """Walks one file; `names` are the names in scope and their shapes."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def statements(self, body: Sequence[nodes.Node], names: Mapping[str, Shape]) -> None:
        for node in body:
            if isinstance(node, nodes.Output):
                for each in node.nodes:
                    self._output(each, names)
            elif isinstance(node, nodes.If):
                self._branch(node, names)
            elif isinstance(node, nodes.For):
                self._loop(node, names)
            elif isinstance(node, nodes.Include):
                self._include(node)
            else:
                name = _TAGS.get(type(node), type(node).__name__.lower())
                self._refuse(node, f"`{name}` is not allowed; {_STATEMENTS}")

    def _output(self, node: nodes.Expr, names: Mapping[str, Shape]) -> None:
        if isinstance(node, nodes.TemplateData):
            if found := next((each for each in _LITERAL_BRACES if each in node.data), None):
                self._refuse(node, f"a stray `{found}` would reach the debtor; close it, or leave it out")
            return
        shape = self._expression(node, names)
        if shape is bool:
            self._refuse(node, "a yes-or-no field has no words of its own; use it in {% if … %}")
        if isinstance(shape, Listing):
            self._refuse(node, "a list has no words of its own; use it in {% for item in … %}")
        if shape not in (str, int):
            self._refuse(node, f"a group has no words of its own; choose its {listed(shapes(shape))}")

    def _branch(self, node: nodes.If, names: Mapping[str, Shape]) -> None:
        self._condition(node.test, names)
        self.statements(node.body, names)
        for each in node.elif_:
            self._branch(each, names)
        self.statements(node.else_, names)

    def _condition(self, node: nodes.Node, names: Mapping[str, Shape]) -> None:
        if isinstance(node, nodes.And | nodes.Or):
            self._condition(node.left, names)
            self._condition(node.right, names)
        elif isinstance(node, nodes.Not):
            self._condition(node.node, names)
        elif isinstance(node, nodes.Compare):
            self._comparison(node, names)
        else:
            self._expression(node, names)

    def _comparison(self, node: nodes.Compare, names: Mapping[str, Shape]) -> None:
        kinds = {self._operand(node.expr, names)}
        for each in node.ops:
            if each.op in ("in", "notin"):
                self._refuse(node, "`in` is not allowed; compare with ==, !=, <, <=, > or >=")
            kinds.add(self._operand(each.expr, names))
        if len(kinds) > 1 or not kinds <= {str, int}:
            self._refuse(node, "both sides of a comparison must be whole numbers, or both text")

    def _operand(self, node: nodes.Expr, names: Mapping[str, Shape]) -> Shape:
        if isinstance(node, nodes.Const) and type(node.value) in (str, int):
            return type(node.value)
        return self._expression(node, names)

    def _expression(self, node: nodes.Node, names: Mapping[str, Shape]) -> Shape:
        if isinstance(node, nodes.Name):
            return self._named(node, node.name, names)
        if isinstance(node, nodes.Getattr):
            return self._attribute(node, names)
        if isinstance(node, nodes.Filter):
            return self._filter(node, names)
        kind = type(node).__name__.lower()
        usual = f"`{kind}` is not allowed; a template does not compute ({_DOCUMENTED})"
        self._refuse(node, _REMEDIES.get(type(node), usual))

    def _attribute(self, node: nodes.Getattr, names: Mapping[str, Shape]) -> Shape:
        owner = self._expression(node.node, names)
        if isinstance(owner, Listing):
            self._refuse(node, "a list has no fields; go through it with {% for item in … %}")
        if not is_dataclass(owner):
            self._refuse(node, f"{quoted(node.attr)} is asked of a plain value; take it and its dot away")
        return self._named(node, node.attr, shapes(owner))

    def _named(self, node: nodes.Node, name: str, known: Mapping[str, Shape]) -> Shape:
        if name not in known:
            self._refuse(node, f"there is no field {quoted(name)}; {remedy(name, known)} ({_DOCUMENTED})")
        return known[name]

    def _filter(self, node: nodes.Filter, names: Mapping[str, Shape]) -> Shape:
        if node.node is None or node.name not in FILTERS:
            self._refuse(node, f"the filter {quoted(node.name)} is not allowed; choose {listed(FILTERS)}")
        if node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
            self._refuse(node, f"the filter `{node.name}` takes no arguments here; remove the brackets")
        shape = self._expression(node.node, names)
        if shape not in FILTERS[node.name] and type(shape) not in FILTERS[node.name]:
            self._refuse(node, f"the filter `{node.name}` does not fit this field; leave it out")
        return int if node.name == "length" else str

    def _loop(self, node: nodes.For, names: Mapping[str, Shape]) -> None:
        if "loop" in names:
            self._refuse(node, "a `for` inside a `for` is not allowed; no list holds another")
        if node.recursive or node.test is not None:
            self._refuse(node, "a `for` is neither recursive nor filtered; write {% for item in items %}")
        shape = self._expression(node.iter, names)
        if not isinstance(shape, Listing):
            lists = [name for name, each in names.items() if isinstance(each, Listing)]
            self._refuse(node, f"`for` goes through a list only; choose {listed(lists)}")
        if not isinstance(node.target, nodes.Name) or node.target.name in (*names, "loop"):
            self._refuse(node, "give the element of a list one name that is no field, such as `item`")
        self.statements(node.body, {**names, node.target.name: shape.of, "loop": LoopFields})
        self.statements(node.else_, names)

    def _include(self, node: nodes.Include) -> None:
        parts, suffix = self._scope.parts, self._scope.suffix
        name = node.template.value if isinstance(node.template, nodes.Const) else None
        if not isinstance(name, str) or node.ignore_missing or not node.with_context:
            self._refuse(node, 'write {% include "PART" %} with the name of a part in _layout, no more')
        if not suffix:
            self._refuse(node, "nothing can be included here; write the words out")
        if name not in parts:
            missing = f"_layout/{name}{suffix}"
            others = f", or {remedy(name, parts)}" if parts else ""
            self._refuse(node, f"there is no {quoted(missing)}; add it{others}")

    def _refuse(self, node: nodes.Node, sentence: str) -> NoReturn:
        line = next((each.lineno for each in (node, *node.iter_child_nodes()) if each.lineno), 1)
        raise UsageError(f"{self._scope.place}:{line}: {sentence}")
