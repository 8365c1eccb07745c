"""Makes payment rows of the rows of a file: each is either whole or rejected with its column and a reason."""

from collections.abc import Iterator, Mapping

from scheduler.domain.news import PaymentRow
from scheduler.intake.reading import cells as take
from scheduler.intake.reading import places
from scheduler.intake.reading.references import References
from scheduler.intake.reading.rows import Fault, RawRow
from scheduler.intake.reading.terms import channels, term

Reading = tuple[RawRow, PaymentRow | Fault]


def read_payments(rows: Iterator[RawRow], references: References) -> Iterator[Reading]:
    """Yield each row with what was made of it."""
    for raw in rows:
        try:
            if raw.fault is not None:
                raise raw.fault
            yield raw, payment_row(raw.line, raw.cells, references)
        except Fault as fault:
            yield raw, fault


def payment_row(line: int, cells: Mapping[str, str], references: References) -> PaymentRow:
    """Return a payment of cells by column. Raises Fault."""
    take.check_sound(cells)
    currency = places.currency(take.required(cells, "currency"))
    return PaymentRow(
        line=line,
        creditor=references.creditor_of_payment(take.optional(cells, "creditor")),
        payment_ref=take.required(cells, "payment_ref"),
        plan_ref=take.required(cells, "plan_ref"),
        amount_minor=take.amount(cells, "amount", currency),
        currency=currency,
        received_at=take.instant(cells, "received_at"),
        method=take.optional(cells, "method"),
        instalment_no=take.optional(cells, "instalment_no"),
        medium=term(cells.get("medium"), "medium", "web"),
        receipt_by=channels(cells.get("receipt_by"), "receipt_by"),
    )
