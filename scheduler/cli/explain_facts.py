"""The facts of a decision in plain words, on one line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scheduler.cli.explain_times import Times
from scheduler.domain.entry import Json
from scheduler.domain.plain_words import contacts as channels_in_words
from scheduler.domain.plain_words import joined, kind_words, purpose_words
from scheduler.domain.plan import Purpose

_CHANNELS = {"sms": "SMS", "email": "email"}
_ROLES = {"original_creditor": "the original creditor", "third_party": "a third party"}


@dataclass(frozen=True, slots=True)
class Background:
    """What is known beside the facts: the creditor's own zone, and whether its rules ask for product and debt status.

    Where they do, it matters that one is unknown.
    """

    home: str | None = None
    asks_product: bool = False
    asks_debt_status: bool = False


def facts_words(facts: Mapping[str, Json], at: str, background: Background) -> str:
    """Say the facts of a decision that was made at an instant."""
    times = times_of(facts, background)
    return f"{'; '.join(_said(facts, at, times, background))}."


def times_of(facts: Mapping[str, Json] | None, background: Background) -> Times:
    """Return the clock by which somebody with these facts is told instants."""
    return Times([str(each) for each in _items((facts or {}).get("zones"))], background.home)


def _said(facts: Mapping[str, Json], at: str, times: Times, background: Background) -> Iterator[str]:
    yield _residence(facts)
    yield _clock(at, times)
    yield from _debt("product", facts.get("products"), must_be_known=background.asks_product)
    yield from _debt("debt status", facts.get("debt_statuses"), must_be_known=background.asks_debt_status)
    if (role := facts.get("role")) is not None:
        yield f"the sender is {_ROLES.get(str(role), str(role))}"
    holds = [str(each).replace("_", " ") for each in _items(facts.get("holds"))]
    yield f"holds: {', '.join(holds)}" if holds else "no hold"
    yield from (_stated(each, times) for each in _mappings(facts.get("stated")))
    yield from _contacts(facts.get("contacts"), times)
    yield from _notices(facts.get("history"), times)
    yield from (_point(each, times) for each in _mappings(facts.get("points")))


def _residence(facts: Mapping[str, Json]) -> str:
    country, region, postal_code = facts.get("country"), facts.get("region"), facts.get("postal_code")
    place = "-".join(str(each) for each in (country, region) if each)
    code = f" {postal_code}" if postal_code else ""
    return f"lives in {place}{code}" if place else f"residence unknown{code and f', postal code{code}'}"


def _clock(at: str, times: Times) -> str:
    if not times.zones:
        return "time zone unknown"
    count = times.others(at)
    others = f" (and {count} other possible zone{'' if count == 1 else 's'})" if count else ""
    return f"clock {times.zone_at(at)}{others}"


def _debt(name: str, values: Json, *, must_be_known: bool) -> Iterator[str]:
    said = list(dict.fromkeys(str(each) for each in _items(values) if each is not None))
    unknown = ["unknown"] if must_be_known and (None in _items(values) or not said) else []
    if said or unknown:
        yield f"{name} {joined([*said, *unknown], 'and')}"


def _stated(stated: Mapping[str, Json], times: Times) -> str:
    until = stated.get("until")
    named = channels_in_words([str(each) for each in _items(stated.get("channels"))])
    ends = f", until {times.day(str(until))}" if until else ""
    return f"the debtor stated hours for {named} (number {stated.get('number')}{ends})"


def _contacts(contacts: Json, times: Times) -> Iterator[str]:
    if isinstance(contacts, Mapping):
        latest, count = contacts.get("latest"), contacts.get("counted")
        when = f", the latest on {times.wall(str(latest))}" if latest else ""
        yield f"{count} contact{'' if count == 1 else 's'} within the reach of a limit{when}"


def _notices(history: Json, times: Times) -> Iterator[str]:
    notices = history.get("notices") if isinstance(history, Mapping) else None
    said = (
        f"{kind_words(str(each.get('kind')))} by {each.get('channel')} on {times.day(str(each.get('at')))}"
        for each in _mappings(notices)
    )
    yield from dict.fromkeys(said)


def _point(point: Mapping[str, Json], times: Times) -> str:
    channel = str(point.get("channel"))
    return ", ".join((_CHANNELS.get(channel, channel), *_of_point(point, times)))


def _of_point(point: Mapping[str, Json], times: Times) -> Iterator[str]:
    basis = point.get("consent_basis")
    yield f"on the basis of {str(basis).replace('_', ' ')}" if basis else "without consent"
    yield from (name.replace("_", " ") for name in ("opted_out", "invalid") if point.get(name))
    yield from (f"{name} address" for name in ("work", "shared") if point.get(name))
    if source := point.get("source"):
        yield "address found elsewhere" if source == "found" else f"address given by the {source}"
    for name in ("used", "checked"):
        if on := point.get(f"{name}_at"):
            yield f"{name} on {times.day(str(on))}"
    if grants := [str(each) for each in dict.fromkeys(_items(point.get("grants")))]:
        first, *others = (purpose_words(Purpose(each)) for each in grants)
        yield joined([first, *(each.removeprefix("recorded consent ") for each in others)], "and")


def _items(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list | tuple) else ()


def _mappings(value: Json) -> Iterator[Mapping[str, Json]]:
    return (each for each in _items(value) if isinstance(each, Mapping))
