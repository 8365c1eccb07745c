"""Writes many rows by one statement: PostgreSQL is given all of them at once, as arrays, SQLite one after another.

SQLAlchemy's own way takes the parameters apart for every row, and psycopg sends each row by itself, which cost a batch
twice as much of the processor's time in SQLite and five times as much in PostgreSQL.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import ARRAY, Connection, Dialect, Insert, Update, bindparam, column, func, insert, select
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.sql.selectable import TableValuedAlias
from sqlalchemy.sql.visitors import replacement_traverse
from sqlalchemy.types import TypeEngine

Row = Mapping[str, Any]
"""The parameters of one row by name."""

Source = Callable[[Row], Any]
"""Takes one parameter out of a row, as the driver wants it."""


def write_many(connection: Connection, statement: Insert | Update, rows: Sequence[Row]) -> None:
    """Carry out a statement for every row, in their order.

    It is a module's own constant: what is made of it is kept for good. It is an insert, or an update that finds what
    it changes by the first of its parameters; each parameter has a type, and all rows have the same ones.
    """
    if not rows:
        return
    names, dialect = tuple(rows[0]), connection.dialect
    if dialect.name == "sqlite":
        text, sources = _one_by_one(statement, dialect, names)
        connection.exec_driver_sql(text, [tuple([source(row) for source in sources]) for row in rows])
        return
    text, by_name, constants = _at_once(statement, dialect, names)
    for each in _rounds(rows, names[0]) if isinstance(statement, Update) else (rows,):
        arrays = {name: list(map(source, each)) for name, source in by_name.items()}
        connection.exec_driver_sql(text, {**constants, **arrays})


def _rounds(rows: Sequence[Row], key: str) -> Iterator[Sequence[Row]]:
    """Yield the rows so that what changes one row twice comes one after the other."""
    times: dict[object, int] = {}
    rounds: list[list[Row]] = []
    for row in rows:
        turn = times[row[key]] = times.get(row[key], -1) + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(row)
    yield from rounds


@lru_cache(maxsize=256)
def _one_by_one(
    statement: Insert | Update, dialect: Dialect, names: tuple[str, ...]
) -> tuple[str, Sequence[Source]]:
    """Return the statement as the driver takes it, and where its parameters come from, in their order."""
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    binds = [compiled.binds[name] for name in compiled.positiontup or ()]
    return str(compiled), [_source(bind, dialect, bind.key in names) for bind in binds]


@lru_cache(maxsize=256)
def _at_once(
    statement: Insert | Update, dialect: Dialect, names: tuple[str, ...]
) -> tuple[str, Mapping[str, Source], Mapping[str, Any]]:
    """Return the statement that takes an array for each parameter, where they come from, and what stays the same."""
    binds = {
        bind.key: bind for bind in statement.compile(dialect=dialect, column_keys=list(names)).binds.values()
    }
    compiled = _of_arrays(statement, {name: binds[name].type for name in names}).compile(dialect=dialect)
    text = str(compiled)
    for name in names:  # in binary: psycopg's text form of an array takes fifty times as long
        text = text.replace(f"%({name})s", f"%({name})b")
    constants = {
        name: _source(bind, dialect, given=False)({})
        for name, bind in compiled.binds.items()
        if bind.key not in names
    }
    return text, {name: _source(binds[name], dialect, given=True) for name in names}, constants


def _of_arrays(statement: Insert | Update, types: Mapping[str, TypeEngine[Any]]) -> Insert | Update:
    given = _given(types)
    if isinstance(statement, Insert):
        chosen = select(*(given.c[name] for name in types)).order_by(given.c.place)
        return insert(statement.table).from_select(list(types), chosen)

    def taken(element: object, **_how: object) -> object:
        return given.c[element.key] if isinstance(element, BindParameter) and element.key in types else None

    return cast(Update, replacement_traverse(statement, {}, taken))


def _given(types: Mapping[str, TypeEngine[Any]]) -> TableValuedAlias:
    """Return the rows as a table of the statement, each parameter a column, with their `place` among the others."""
    arrays = (bindparam(name, type_=ARRAY(type_, dimensions=1)) for name, type_ in types.items())
    columns = (column(name, type_) for name, type_ in types.items())
    rows = func.unnest(*arrays).table_valued(*columns, with_ordinality="place", name="given")
    return rows.render_derived()


def _source(bind: BindParameter[Any], dialect: Dialect, given: bool) -> Source:
    process = bind.type.dialect_impl(dialect).bind_processor(dialect)
    if not given:
        constant = bind.value if process is None else process(bind.value)
        return lambda _row: constant
    take = itemgetter(bind.key)
    return take if process is None else lambda row: process(take(row))
