"""What a row says of its instalment."""

from dataclasses import replace

from scheduler.domain.news import PlanRow
from scheduler.domain.plan import Instalment

AMENDABLE = ("due_date", "amount_minor", "principal_minor", "interest_minor", "fees_minor")
"""What of an instalment a row may change."""


def new_instalment(row: PlanRow) -> Instalment:
    """Return an instalment that was not known before."""
    parts = row.principal_minor, row.interest_minor, row.fees_minor
    return Instalment(0, row.instalment_no, row.instalment_no, row.due_date, row.amount_minor, *parts, 0)


def amended_instalment(before: Instalment, row: PlanRow) -> Instalment:
    """Return the instalment with what the row says; columns that the file does not have stay as they are."""
    return replace(
        before,
        due_date=row.due_date,
        amount_minor=row.amount_minor,
        principal_minor=row.principal_minor if "principal" in row.given else before.principal_minor,
        interest_minor=row.interest_minor if "interest" in row.given else before.interest_minor,
        fees_minor=row.fees_minor if "fees" in row.given else before.fees_minor,
    )
