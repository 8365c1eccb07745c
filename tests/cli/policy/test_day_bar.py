"""The bar of a day: one sign a quarter of an hour, under every clock that may be the debtor's."""

from datetime import UTC, datetime, timedelta

from scheduler.cli.day_bar import bar
from scheduler.domain.hours import Interval
from scheduler.rehearsal.clocks import Clock
from scheduler.rehearsal.day import Day

MIDNIGHT = datetime(2027, 3, 9, tzinfo=UTC)


def drawn(
    *openings: tuple[float, float], zones: tuple[str, ...] = ("UTC",), columns: int = 80, hours: int = 24
) -> list[str]:
    """The bar of a day that begins at midnight in UTC, with openings in hours."""
    stretches = tuple(at_hours(*each) for each in openings)
    end = MIDNIGHT + timedelta(hours=hours)
    return list(bar(Day(tuple(map(Clock, zones)), MIDNIGHT, end, stretches, (), None), columns))


def at_hours(start: float, end: float) -> Interval:
    return MIDNIGHT + timedelta(hours=start), MIDNIGHT + timedelta(hours=end)


def test_twelve_hours_are_a_row_on_a_narrow_terminal() -> None:
    assert drawn((9, 18)) == [
        "UTC 00  01  02  03  04  05  06  07  08  09  10  11",
        "    " + "." * 36 + "#" * 12,
        "UTC 12  13  14  15  16  17  18  19  20  21  22  23",
        "    " + "#" * 24 + "." * 24,
    ]


def test_a_whole_day_is_a_row_where_it_fits() -> None:
    assert [len(each) for each in drawn(columns=100)] == [4 + 94, 4 + 96]
    assert len(drawn(columns=99)) == 4


def test_a_quarter_that_is_open_in_part_has_a_sign_of_its_own() -> None:
    line = drawn((0.25, 0.5), (1.1, 1.2), (1.5, 1.6))[1]

    assert line.strip() == ".#..+.+" + "." * 41


def test_an_opening_from_edge_to_edge_of_a_quarter_leaves_its_neighbours_closed() -> None:
    assert drawn((0.25, 0.5))[1].strip() == ".#" + "." * 46


def test_each_zone_has_its_own_clock_over_the_same_bar() -> None:
    lines = drawn((9, 18), zones=("UTC", "Asia/Kathmandu"))

    assert lines[:3] == [
        "UTC            00  01  02  03  04  05  06  07  08  09  10  11",
        "Asia/Kathmandu  06  07  08  09  10  11  12  13  14  15  16  17",
        "               " + "." * 36 + "#" * 12,
    ]


def test_a_day_of_twenty_five_hours_has_a_third_row() -> None:
    assert [len(each.strip()) for each in drawn(hours=25)[1::2]] == [48, 48, 4]


def test_every_line_fits_into_eighty_columns_for_the_longest_zone() -> None:
    zones = ("America/Argentina/Buenos_Aires", "America/North_Dakota/New_Salem")

    assert max(len(each) for each in drawn((0, 24), zones=zones)) <= 80
