"""The log and the numbers as an operator reads them: tables in plain words, instants in UTC."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scheduler.cli.doubt_words import doubt_reason
from scheduler.cli.stop_words import spoken, switched, waits_for_resume
from scheduler.domain.entry import Json, instant_text
from scheduler.ledger.line import FIELDS
from scheduler.store.numbers import Numbers

_PIPED_WIDTH, _LEAST_WIDTH = 240, 110
"""What is not a terminal has no width: a line stays a line. A narrower terminal breaks the lines itself."""

_COLUMNS = ("seq", "at (UTC)", "event", "debtor", "plan", "step", "channel", "why and what")
_UNREADABLE = ("html", "body_sha256", "facts")
_FOR_EXPLAIN = ("policy", "policy_version", "rules")


def show(table: Table) -> None:
    """Print a table on standard output."""
    console = Console(markup=False, highlight=False, emoji=False)
    console.width = max(console.width, _LEAST_WIDTH) if console.is_terminal else _PIPED_WIDTH
    console.print(table)


def entries_table(lines: Sequence[Mapping[str, Json]]) -> Table:
    """Return lines of the log as a table; with their personal payloads where they have them."""
    table = Table(box=None, pad_edge=False)
    for name in _COLUMNS:
        table.add_column(name, no_wrap=name in _COLUMNS[:3], min_width=len(name), overflow="fold")
    for line in lines:
        table.add_row(*(Text(_plain(cell)) for cell in _cells(line)))
    return table


def _cells(line: Mapping[str, Json]) -> Iterator[str]:
    yield str(line["seq"])
    yield _minute(line["at"], seconds=True)
    yield _word(line["event"])
    yield _word(line["debtor_ref"])
    yield _words(line["plan_refs"])
    yield _word(line["step"])
    yield _word(line["channel"])
    yield "; ".join((*_reasons(line), *_provider(line), *_further(line), *_personal(line["personal"])))


def _reasons(line: Mapping[str, Json]) -> Iterator[str]:
    """Say what spoke against it. What allowed it is in the export."""
    reasons, event = line["reasons"], _word(line["event"])
    for each in reasons if isinstance(reasons, list) else ():
        if isinstance(each, dict) and each.get("verdict") != "allow":
            yield doubt_reason(event, each) or f"{each.get('detail')} ({each.get('rule')})"


def _provider(line: Mapping[str, Json]) -> Iterator[str]:
    if line["provider"]:
        yield f"by {line['provider']}" + (f" as {line['provider_id']}" if line["provider_id"] else "")


def _further(line: Mapping[str, Json]) -> Iterator[str]:
    """Say whatever else an entry of this kind tells; a first attempt goes without saying."""
    stops = list(switched(_word(line["event"]), _word(line["chain"]), line))
    said = {*FIELDS, *_FOR_EXPLAIN, *(("creditor",) if stops else ())}
    yield from stops
    for name, value in line.items():
        if name == "until" and value is not None:
            yield f"until {'somebody resumes it' if waits_for_resume(line['reasons']) else _minute(value)}"
        elif name not in said and value is not None and (name, value) != ("attempt", 1):
            yield f"{name.replace('_', ' ')} {spoken(name, _words(value))}"


def _personal(personal: Json) -> Iterator[str]:
    for name, value in personal.items() if isinstance(personal, Mapping) else ():
        if value is not None and name not in _UNREADABLE:
            yield f"{name}: {_words(value)}"


def _words(value: Json) -> str:
    if isinstance(value, list):
        return ", ".join(_words(each) for each in value)
    return _word(value)


def _word(value: Json) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _minute(instant: Json, seconds: bool = False) -> str:
    return f"{str(instant)[: 19 if seconds else 16].replace('T', ' ')}Z"


def _plain(cell: str) -> str:
    """Keep what would steer the terminal from reaching it."""
    return "".join(each if each.isprintable() else " " for each in cell)


def numbers_table(numbers: Numbers, now: datetime) -> Table:
    """Return the numbers as one table, a section for each kind."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column()
    table.add_column(justify="right")
    for kind, rows in _sections(numbers, now):
        for place, (name, value) in enumerate(rows):
            table.add_row(Text(kind if place == 0 else ""), Text(_plain(name)), Text(value))
    return table


def _sections(numbers: Numbers, now: datetime) -> Iterator[tuple[str, Sequence[tuple[str, str]]]]:
    yield "plans", _counts(numbers.plans)
    yield "touchpoints", _counts(numbers.touchpoints)
    yield "", [("longest waiting", _age(numbers.oldest_due_at, now))]
    yield "messages", _counts({" ".join(names): count for names, count in numbers.messages.items()})
    yield "", [("in doubt", f"{numbers.unknown:,}")]
    yield "not sent", [(f"{each.verdict}: {each.rule}", f"{each.count:,}") for each in numbers.objections]
    yield "log", [("entries", f"{numbers.entries:,}")]


def _counts(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    return [(name, f"{count:,}") for name, count in counts.items()] or [("none", "0")]


def _age(since: datetime | None, now: datetime) -> str:
    return "nothing waits" if since is None else str(timedelta(seconds=_age_s(since, now)))


def _age_s(since: datetime, now: datetime) -> int:
    return max(0, int((now - since).total_seconds()))


def numbers_json(numbers: Numbers, now: datetime) -> dict[str, object]:
    """Return the numbers as one JSON object."""
    since = numbers.oldest_due_at
    return {
        "at": instant_text(now),
        "plans": numbers.plans,
        "touchpoints": numbers.touchpoints,
        "messages": _nested(numbers.messages),
        "unknown": numbers.unknown,
        "not_sent": [
            {"rule": each.rule, "verdict": each.verdict, "count": each.count} for each in numbers.objections
        ],
        "oldest_due": {"since": instant_text(since), "age_s": _age_s(since, now)} if since else None,
        "log_entries": numbers.entries,
    }


def _nested(messages: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    nested: dict[str, dict[str, int]] = {}
    for (channel, outcome), count in messages.items():
        nested.setdefault(channel, {})[outcome] = count
    return nested
