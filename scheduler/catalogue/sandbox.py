"""Runs a template that has passed the grammar: it reaches documented fields only, its output is capped."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from itertools import islice
from operator import attrgetter
from typing import NoReturn

from jinja2 import StrictUndefined, Template, Undefined
from jinja2.exceptions import SecurityError, TemplateSyntaxError, UndefinedError
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from scheduler.catalogue import fields as groups
from scheduler.catalogue.grammar import FILTERS
from scheduler.domain.errors import UsageError

_READABLE = frozenset(
    {
        groups.CreditorFields,
        groups.DebtorFields,
        groups.ItemFields,
        groups.PaymentFields,
        groups.TotalFields,
        LoopContext,
    }
)
_TOP = tuple(field.name for field in fields(groups.Fields))
_PIECES = 256
"""After how many pieces of a template's output its length is looked at."""

_TAKEN = attrgetter(*_TOP)
_ABSENT = {name: Undefined(name=name) for name in _TOP}


class Sandbox(ImmutableSandboxedEnvironment):
    """A Jinja environment without globals, tests or calls, in which only groups of fields have attributes.

    The grammar already refuses everything else at load; this holds even if it were mistaken.
    """

    def __init__(self, autoescape: bool) -> None:
        super().__init__(
            autoescape=autoescape,
            undefined=StrictUndefined,
            cache_size=0,
            auto_reload=False,
        )
        self.globals.clear()
        self.tests.clear()
        self.filters = {name: self.filters[name] for name in FILTERS}

    def getattr(self, obj: object, attribute: str) -> object:
        """Return a field of a group; raises UndefinedError where this message has no such group."""
        if type(obj) in _READABLE and attribute[0] != "_":
            return getattr(obj, attribute)
        if isinstance(obj, Undefined):
            raise UndefinedError(f"`{obj._undefined_name}.{attribute}` is asked for and there is none")
        raise SecurityError(f"`{attribute}` is not a documented field")

    def getitem(self, obj: object, argument: object) -> NoReturn:
        """Refuse."""
        raise SecurityError("square brackets are not allowed")

    def call(self, *args: object, **kwargs: object) -> NoReturn:
        """Refuse."""
        raise SecurityError("calls are not allowed")


@contextmanager
def reading(place: str) -> Iterator[None]:
    """Turn what the engine says of a file that it cannot read into a UsageError with its place and remedy."""
    try:
        yield
    except TemplateSyntaxError as error:
        sentence = (error.message or "it cannot be read").rstrip(".")
        remedy = "compare it with the templates beside it"
        raise UsageError(f"{place}:{error.lineno}: {sentence}; {remedy}") from None
    except (RecursionError, SyntaxError):  # the compiler's own limits, the second one on indentation
        raise UsageError(f"{place}:1: it is nested too deeply; write it flatter") from None
    except ValueError:
        raise UsageError(f"{place}:1: it holds a number that is too long; write a shorter one") from None


def context(filled: groups.Fields) -> dict[str, object]:
    """Return the fields by name; a group that this message lacks is false, and has no fields to ask for."""
    values = zip(_TOP, _TAKEN(filled), strict=True)
    return {name: _ABSENT[name] if value is None else value for name, value in values}


def render(template: Template, values: Mapping[str, object], most: int) -> str:
    """Return the words, of at most `most` characters.

    Raises jinja2.TemplateError when a field is asked for that this message has not, OverflowError when the
    words grow beyond the limit.
    """
    size, parts = 0, []
    pieces = iter(template.root_render_func(template.new_context(dict(values))))
    while some := list(islice(pieces, _PIECES)):
        parts.append("".join(some))
        size += len(parts[-1])
        if size > most:
            raise OverflowError(f"the words grow beyond {most} characters")
    return "".join(parts)
