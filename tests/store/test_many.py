"""Many rows by one statement: as if it had been carried out for each in turn, and asked for with one parameter."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    event,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from scheduler.store.among import among
from scheduler.store.engine import Database
from scheduler.store.many import write_many
from scheduler.store.types import Instant, Names

shelf = Table(
    "shelf",
    MetaData(),
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("name", Text, nullable=False),
    Column("number", Integer),
    Column("at", Instant),
    Column("labels", Names),
    Column("data", LargeBinary),
    UniqueConstraint("name"),
)
ADD = insert(shelf)
SET = (
    update(shelf)
    .where(shelf.c.name == bindparam("of"), func.coalesce(shelf.c.number, 0) == bindparam("before"))
    .values(number=bindparam("to"), at=func.coalesce(bindparam("when", type_=Instant()), shelf.c.at))
)
CLOSE = (
    update(shelf)
    .where(shelf.c.name == bindparam("of"), text("number IN (1, 2)"))
    .values(number=None, labels=("closed", "for good"))
)
NOON = datetime(2027, 3, 9, 12, 0, tzinfo=UTC)


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """A transaction on a database with an empty table of its own."""
    with database.write() as connection:
        shelf.create(connection)
        yield connection


def a_row(name: str = "a", **more: object) -> dict[str, object]:
    return {"name": name, "number": None, "at": None, "labels": None, "data": None} | more


def add(connection: Connection, *names: str) -> None:
    write_many(connection, ADD, [a_row(name) for name in names])


def numbers(connection: Connection) -> dict[str, int | None]:
    return {row.name: row.number for row in connection.execute(select(shelf).order_by(shelf.c.id))}


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Collect the statements that the driver is given."""
    given: list[str] = []

    def note(_c: object, _cursor: object, statement: str, _values: object, _x: object, _many: object) -> None:
        given.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield given
    event.remove(database.engine, "before_cursor_execute", note)


def test_rows_are_added_in_their_order_with_every_value(connection: Connection) -> None:
    rows = [
        a_row("b", number=2, at=NOON, labels=("one", "two"), data=b"\x00\xff"),
        a_row("a", number=-1, at=NOON.astimezone(timezone(timedelta(hours=8))), labels=(), data=b""),
        a_row("'; DROP TABLE shelf --\n€😀\\"),
    ]
    write_many(connection, ADD, rows)
    found = connection.execute(select(shelf).order_by(shelf.c.id)).all()
    assert [tuple(row)[1:] for row in found] == [
        ("b", 2, NOON, ("one", "two"), b"\x00\xff"),
        ("a", -1, NOON, (), b""),
        ("'; DROP TABLE shelf --\n€😀\\", None, None, None, None),
    ]


@pytest.mark.parametrize("name", ["number", "at", "labels", "data"])
def test_a_column_may_be_empty_in_every_row(connection: Connection, name: str) -> None:
    full = {"number": 1, "at": NOON, "labels": ("one",), "data": b"x"}
    write_many(connection, ADD, [a_row("a", **full | {name: None}), a_row("b", **full | {name: None})])
    assert connection.execute(select(shelf.c[name])).scalars().all() == [None, None]


def test_no_rows_ask_nothing(database: Database, connection: Connection) -> None:
    with counted(database) as given:
        write_many(connection, ADD, [])
    assert given == []


def test_a_batch_is_one_statement(database: Database, connection: Connection) -> None:
    with counted(database) as given:
        add(connection, *map(str, range(50)))
        write_many(connection, SET, [{"of": str(n), "before": 0, "to": n, "when": None} for n in range(50)])
    assert len(given) == 2
    assert numbers(connection) == {str(n): n for n in range(50)}


def test_an_update_finds_its_row_and_keeps_the_others(connection: Connection) -> None:
    add(connection, "a", "b", "c")
    write_many(
        connection,
        SET,
        [{"of": "a", "before": 0, "to": 1, "when": NOON}, {"of": "b", "before": 7, "to": 2, "when": NOON}],
    )
    found = connection.execute(select(shelf.c.name, shelf.c.number, shelf.c.at).order_by(shelf.c.id)).all()
    assert list(map(tuple, found)) == [("a", 1, NOON), ("b", None, None), ("c", None, None)]


def test_what_changes_one_row_twice_comes_one_after_the_other(connection: Connection) -> None:
    add(connection, "a", "b")
    changes = [("a", 0, 1), ("b", 0, 5), ("a", 1, 2), ("a", 2, 3), ("b", 4, 6)]
    write_many(
        connection,
        SET,
        [{"of": of, "before": before, "to": to, "when": None} for of, before, to in changes],
    )
    assert numbers(connection) == {"a": 3, "b": 5}


def test_what_a_statement_says_of_its_own_is_the_same_for_every_row(connection: Connection) -> None:
    write_many(connection, ADD, [a_row("a", number=1), a_row("b", number=2), a_row("c", number=3)])
    write_many(connection, CLOSE, [{"of": "a"}, {"of": "b"}, {"of": "c"}])
    assert numbers(connection) == {"a": None, "b": None, "c": 3}
    closed = connection.execute(select(shelf.c.labels).where(shelf.c.name == "a")).scalar_one()
    assert closed == ("closed", "for", "good")


def test_a_row_that_is_there_already_is_refused_as_sqlalchemy_would(database: Database) -> None:
    with database.write() as connection:
        shelf.create(connection)
        add(connection, "a")
    with pytest.raises(IntegrityError), database.write() as connection:
        add(connection, "b", "a")
    with database.read() as connection:
        assert list(numbers(connection)) == ["a"]


def test_an_instant_without_an_offset_is_refused(connection: Connection) -> None:
    with pytest.raises(ValueError, match="offset"):
        write_many(connection, ADD, [a_row(at=NOON.replace(tzinfo=None))])


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ([], []),
        (["b"], ["b"]),
        (["c", "a", "a", "missing"], ["a", "c"]),
        (["'; DROP TABLE shelf --\n€😀\\\""], ["'; DROP TABLE shelf --\n€😀\\\""]),
    ],
    ids=["none", "one", "several", "what-must-be-quoted"],
)
def test_names_are_found_among_any_number_of_them(
    connection: Connection, wanted: list[str], found: list[str]
) -> None:
    add(connection, "a", "b", "c", "'; DROP TABLE shelf --\n€😀\\\"")
    chosen = select(shelf.c.name).where(among(shelf.c.name, "names")).order_by(shelf.c.name)
    assert list(connection.execute(chosen, {"names": wanted}).scalars()) == found


def test_ids_are_found_by_the_same_statement_however_many_there_are(
    database: Database, connection: Connection
) -> None:
    add(connection, *map(str, range(20)))
    chosen = select(shelf.c.id).where(among(shelf.c.id)).order_by(shelf.c.id)
    with counted(database) as given:
        found = [
            list(connection.execute(chosen, {"ids": ids}).scalars())
            for ids in ([], [3], [20, 1, 99], range(1, 21))
        ]
    assert found == [[], [3], [1, 20], list(range(1, 21))]
    assert len(set(given)) == 1
