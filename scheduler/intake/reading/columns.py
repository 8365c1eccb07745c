"""The columns that a plan file and a payment file may have, and the check of a file's header against them."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from scheduler.domain.errors import UsageError

REJECTS = ("line", "column", "reason")
"""What a rejects file puts before the original columns; a corrected rejects file is read without them."""

UNDECODABLE = "\ufffd"
"""What the decoder puts in the place of bytes that mean nothing in the file's encoding."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that a kind of file knows, those that it needs, and those of which it needs one."""

    kind: str
    known: tuple[str, ...]
    required: tuple[str, ...]
    either: tuple[str, ...] = ()


PLANS = Layout(
    kind="plans",
    known=tuple(
        "plan_ref creditor debtor_ref debtor_name phone email locale country region postal_code time_zone "
        "currency instalment_no due_date amount principal interest fees cadence consent_sms "
        "consent_email product debt_status phone_source phone_checked_at phone_used_at email_source "
        "email_checked_at email_used_at".split()
    ),
    required=("plan_ref", "debtor_ref", "debtor_name", "currency", "instalment_no", "due_date", "amount"),
    either=("phone", "email"),
)

PAYMENTS = Layout(
    kind="payments",
    known=tuple(
        "payment_ref plan_ref amount currency received_at method creditor instalment_no medium "
        "receipt_by".split()
    ),
    required=("payment_ref", "plan_ref", "amount", "currency", "received_at"),
)


def check(place: str, columns: Sequence[str], layout: Layout) -> None:
    """Raise UsageError, naming the place and a remedy, unless these columns make a file of that layout."""
    if any(UNDECODABLE in column for column in columns):
        raise UsageError(
            f"{place}: the column names cannot be decoded; save the file as UTF-8 or give --encoding"
        )
    seen: set[str] = set()
    for number, column in enumerate(columns, start=1):
        if not column:
            raise UsageError(f"{place}: column {number} has no name; name it or remove it")
        if column in seen:
            raise UsageError(f"{place}: the column {_shown(column)} stands there twice; remove one of them")
        if column not in layout.known:
            raise UsageError(f"{place}: unknown column {_shown(column)}; {nearest(column, layout)}")
        seen.add(column)
    _check_required(place, seen, layout)


def _check_required(place: str, seen: set[str], layout: Layout) -> None:
    if missing := [each for each in layout.required if each not in seen]:
        what = (
            f"columns are missing: {', '.join(missing)}"
            if len(missing) > 1
            else f"column {missing[0]} is missing"
        )
        raise UsageError(f"{place}: the {what}; the first line must name what {layout.kind} need")
    if layout.either and not seen.intersection(layout.either):
        raise UsageError(f"{place}: no column says how to reach anybody; add {' or '.join(layout.either)}")


def nearest(column: str, layout: Layout) -> str:
    """Return the remedy for an unknown column: the one that was probably meant, or all that are known."""
    near = get_close_matches(column.lower()[:40], layout.known, n=1)
    return f"did you mean {near[0]}?" if near else f"remove it; {layout.kind} have {', '.join(layout.known)}"


def _shown(column: str) -> str:
    return repr(column if len(column) <= 40 else column[:40] + "…")
