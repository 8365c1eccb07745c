"""What must hold of a run, read from its log without the policy engine: hours, caps, and nothing twice."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import holidays

CONFIRMING = {"receipt", "plan_completed"}

Line = Mapping[str, Any]
"""One exported line of the log."""


def handed_over(log: Sequence[Line]) -> list[Line]:
    """Return the armed lines whose message was, or may have been, taken by a provider."""
    withdrawn = {
        (each["touchpoint"], each["attempt"])
        for each in log
        if each.get("outcome") in ("not_sent", "rejected")
    }
    armed = (each for each in log if each["event"] == "armed")
    return [each for each in armed if (each["touchpoint"], each["attempt"]) not in withdrawn]


def outside_hours(
    lines: Iterable[Line], people: Mapping[str, tuple[str, str | None, Sequence[str]]]
) -> list[str]:
    """Return what was handed over while a window of the strict fallback was closed in some candidate zone.

    `people` tells country, region and zones by debtor.
    """
    wrong = []
    for each in lines:
        country, region, zones = people[each["debtor_ref"]]
        instant = _instant(each)
        for zone in zones:
            local = instant.astimezone(ZoneInfo(zone))
            if not _is_open(local, each["kind"], country, region):
                wrong.append(f"{each['kind']} to {each['debtor_ref']} at {local:%a %H:%M} {zone}")
    return wrong


def _is_open(local: datetime, kind: str, country: str, region: str | None) -> bool:
    if kind in CONFIRMING:
        return 8 <= local.hour < 20
    return local.weekday() < 5 and 9 <= local.hour < 18 and not _is_holiday(country, region, local.date())


@cache
def _is_holiday(country: str, region: str | None, day: date) -> bool:
    known = holidays.list_supported_countries().get(country, [])
    return day in holidays.country_holidays(country, subdiv=region if region in known else None)


def over_cap(lines: Iterable[Line]) -> list[str]:
    """Return debtors who were asked more often than twice in any seven days, or twice within 48 hours."""
    asked: dict[str, list[datetime]] = defaultdict(list)
    for each in lines:
        if each["kind"] not in CONFIRMING:
            asked[each["debtor_ref"]].append(_instant(each))
    wrong = []
    for debtor, instants in asked.items():
        instants.sort()
        gaps = [later - earlier for earlier, later in pairwise(instants)]
        triples = [later - earlier for earlier, later in zip(instants, instants[2:], strict=False)]
        if any(gap < timedelta(hours=48) for gap in gaps) or any(
            span < timedelta(days=7) for span in triples
        ):
            wrong.append(debtor)
    return wrong


def twice(keys: Iterable[str]) -> list[str]:
    """Return what occurs more than once."""
    return [key for key, count in Counter(keys).items() if count > 1]


def _instant(line: Line) -> datetime:
    return datetime.fromisoformat(str(line["at"]).replace("Z", "+00:00")).astimezone(UTC)
