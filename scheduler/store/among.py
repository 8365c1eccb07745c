"""One of many ids or names, in one parameter, so that the statement is the same however many there are.

An expanding IN is another statement for every number of ids: SQLAlchemy writes it anew for each batch, psycopg takes
it apart, and the server plans it again. It is an array in PostgreSQL and a JSON list in SQLite.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any, Self

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Dialect,
    Text,
    TypeDecorator,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Among(FunctionElement[bool]):
    """Holds a column and the expanding parameter of its values."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: object = None) -> Self:
        """Stand as it is: SQLite uses no index for a condition that is compared with 1."""
        return self


def among(column: ColumnElement[int] | ColumnElement[str], parameter: str = "ids") -> ColumnElement[bool]:
    """Return the condition that a column's value is one of those that a parameter holds, ids unless it is named."""
    return _Among(column, bindparam(parameter, expanding=True))


class _Listed(TypeDecorator[Iterable[object]]):
    """Values as a JSON list."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Iterable[object] | None], str]:
        """Return what writes the list."""
        return lambda values: json.dumps(list(values or ()))


@compiles(_Among, "sqlite")
def _in_list(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    column, ids = element.clauses
    listed = func.json_each(bindparam(ids.key, type_=_Listed())).table_valued("value")
    return compiler.process(column.in_(select(listed.c.value)), **how)


@compiles(_Among, "postgresql")
def _in_array(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    column, ids = element.clauses
    array = bindparam(ids.key, type_=ARRAY(column.type))
    return compiler.process(column == any_(array), **how)
