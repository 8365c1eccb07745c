"""Generates a portfolio of fictional debtors: plans before, at and past their due dates, and payments."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import TextIO

from scheduler.domain.errors import UsageError
from scheduler.domain.money import format_major
from scheduler.rehearsal.markets import MARKETS, Market
from scheduler.rehearsal.streets import MARK, Street

MOST_INSTALMENTS = 24

_PLAN_COLUMNS = (
    "plan_ref,debtor_ref,debtor_name,phone,email,locale,country,region,postal_code,time_zone,currency,"
    "consent_sms,consent_email,phone_source,phone_used_at,phone_checked_at,email_source,email_used_at,"
    "email_checked_at,product,debt_status,instalment_no,due_date,amount,principal,interest,fees\n"
)
_PAYMENT_COLUMNS = "payment_ref,plan_ref,amount,currency,received_at,method,medium,receipt_by\n"
_METHODS = ("card", "transfer", "direct_debit", "cash")
_INTERVALS_DAYS = (7, 14, 30)
_PRODUCTS = ("personal-loan", "credit-card", "instalment-purchase", "microfinance", "")

# How a debtor was in contact when paying, and on what it may be confirmed.
_MEDIA = ("web,email", "branch,", "call,sms", "sms,sms", "web,sms email", ",")


@dataclass(frozen=True, slots=True)
class _Scene:
    """Where a plan stands today: from when to when its first open instalment is due, and what was paid just now.

    `paid_now` is the part of the last paid instalment that came in within the last three days: none, half or all.
    """

    due_from_days: int
    due_to_days: int
    paid_now: str = "none"
    completed: bool = False


# Every place has each of them in turn, so that at any hour somewhere a message may go and elsewhere it must wait.
_SCENES = (
    _Scene(1, 7),
    _Scene(-14, -1),
    _Scene(3, 27, paid_now="all"),
    _Scene(0, 0),
    _Scene(-6, 6, paid_now="half"),
    _Scene(0, 0, paid_now="all", completed=True),
    _Scene(-45, -15),
    _Scene(8, 40),
    _Scene(0, 0, completed=True),
)


def write_sample(folder: Path, plans: int, seed: int, today: date) -> tuple[Path, Path]:
    """Write plans.csv and payments.csv; the same arguments write the same bytes.

    `today` is a day of UTC; every payment was received before it began. Raises UsageError when the folder cannot
    be written to, or holds files of these names that are not samples.
    """
    if plans < 1:
        raise UsageError("--plans: a sample has at least one plan; give a number above nil")
    paths = folder / "plans.csv", folder / "payments.csv"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in paths:
            _refuse_to_overwrite(path)
        with _csv(paths[0]) as plan_file, _csv(paths[1]) as payment_file:
            _write(plan_file, payment_file, plans, Random(seed), today)
    except OSError as error:
        raise UsageError(
            f"--out: {folder} cannot be written ({error.strerror}); give another folder"
        ) from error
    return paths


def _csv(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="")


def _refuse_to_overwrite(path: Path) -> None:
    if not path.exists():
        return
    with path.open("rb") as stream:
        _, first_row = stream.readline(), stream.readline(len(MARK))
    if first_row not in (b"", MARK.encode()):
        raise UsageError(
            f"--out: {path} is there already and is no sample; give another folder, or move the file"
        )


def _write(plan_file: TextIO, payment_file: TextIO, plans: int, chance: Random, today: date) -> None:
    plan_file.write(_PLAN_COLUMNS)
    payment_file.write(_PAYMENT_COLUMNS)
    people = [Street(market, shift, today) for shift, market in enumerate(MARKETS)]
    for number in range(plans):
        place = number % len(MARKETS)
        scene = _SCENES[(number // len(MARKETS) + place) % len(_SCENES)]
        story = _story(scene, MARKETS[place], number, chance, today)
        head = f"{MARK}{number:07d},{people[place].next_debtor(chance)},{_debt(scene, number)}"
        plan_file.writelines(f"{head},{instalment}" for instalment in story.instalments)
        payment_file.writelines(story.payments)


def _debt(scene: _Scene, number: int) -> str:
    """Return product and debt status: what is long due is in arrears, and a few debts were given up as lost."""
    status = "charged-off" if number % 29 == 17 else "in-arrears" if scene.due_to_days < -7 else "performing"
    return f"{_PRODUCTS[number % len(_PRODUCTS)]},{status}"


@dataclass(frozen=True, slots=True)
class _Story:
    """The rows of one plan: what follows the debtor's cells, and its payments."""

    instalments: Iterator[str]
    payments: Iterator[str]


def _story(scene: _Scene, market: Market, number: int, chance: Random, today: date) -> _Story:
    count = chance.randint(1, MOST_INSTALMENTS)
    paid = count if scene.completed else chance.randint(0, min(count - 1, 5))
    if scene.paid_now == "all" and not scene.completed:
        paid, count = max(1, paid), max(2, count)
    interval = timedelta(days=chance.choice(_INTERVALS_DAYS))
    first_open = today + timedelta(days=chance.randint(scene.due_from_days, scene.due_to_days))
    due = [first_open + interval * (index - paid) for index in range(count)]
    amount = _amount(market, chance)
    amounts = _cells(amount, market.currency, number)
    received = [
        datetime.combine(min(day, today - timedelta(days=4)), time(hour=9 + number % 9)) for day in due[:paid]
    ]
    sums = [amount] * paid
    if scene.paid_now != "none":
        just_now = datetime.combine(today, time()) - timedelta(minutes=chance.randrange(1, 46 * 60))
        if scene.paid_now == "half":
            sums, received = [*sums, amount // 2], [*received, just_now]
        else:
            received[-1] = just_now
    return _Story(
        (f"{index},{day.isoformat()},{amounts}" for index, day in enumerate(due, start=1)),
        (
            f"{MARK}{number:07d}-{index},{MARK}{number:07d},{format_major(paid_minor, market.currency)},"
            f"{market.currency},{at.isoformat()}Z,{_METHODS[(number + index) % len(_METHODS)]},"
            f"{_MEDIA[(number + index) % len(_MEDIA)]}\n"
            for index, (paid_minor, at) in enumerate(zip(sums, received, strict=True), start=1)
        ),
    )


def _amount(market: Market, chance: Random) -> int:
    """Return an amount from half to double the usual one, round in its currency."""
    step = max(1, market.usual_minor // 100)
    return step * chance.randrange(50, 200)


def _cells(amount: int, currency: str, number: int) -> str:
    """Return amount, principal, interest and fees; every fifth plan does not state the parts."""
    whole = format_major(amount, currency)
    if number % 5 == 4:
        return f"{whole},,,\n"
    interest, fees = amount * (number % 7) // 100, amount // 50 if number % 4 == 0 else 0
    parts = (format_major(each, currency) for each in (amount - interest - fees, interest, fees))
    return f"{whole},{','.join(parts)}\n"
