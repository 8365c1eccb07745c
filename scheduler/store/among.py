"""One of many ids: in PostgreSQL an array in one parameter, so that the statement is the same however many there are.

An expanding IN is another statement for every number of ids: psycopg takes each apart and the server plans it anew,
which cost the processor half as much again for each batch that is gathered. SQLite keeps the IN.
"""

from typing import Any, Self

from sqlalchemy import ARRAY, BigInteger, Boolean, ColumnElement, any_, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Among(FunctionElement[bool]):
    """Holds a column and the expanding parameter of its ids."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: object = None) -> Self:
        """Stand as it is: SQLite uses no index for a condition that is compared with 1."""
        return self


def among(column: ColumnElement[int], parameter: str = "ids") -> ColumnElement[bool]:
    """Return the condition that a column's value is one of the ids that a parameter holds."""
    return _Among(column, bindparam(parameter, expanding=True))


@compiles(_Among, "sqlite")
def _in(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    column, ids = element.clauses
    return compiler.process(column.in_(ids), **how)


@compiles(_Among, "postgresql")
def _in_array(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    column, ids = element.clauses
    array = bindparam(ids.key, type_=ARRAY(BigInteger))
    return compiler.process(column == any_(array), **how)
