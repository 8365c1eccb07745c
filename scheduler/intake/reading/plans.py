"""Makes plan rows of the rows of a file: each is either whole or rejected with its column and a reason."""

from collections.abc import Iterator, Mapping

from scheduler.domain.news import PlanRow
from scheduler.intake.reading import cells as take
from scheduler.intake.reading import places
from scheduler.intake.reading.consents import consent
from scheduler.intake.reading.emails import email
from scheduler.intake.reading.origins import source
from scheduler.intake.reading.phones import phone
from scheduler.intake.reading.references import References
from scheduler.intake.reading.rows import Fault, RawRow
from scheduler.intake.reading.terms import term
from scheduler.intake.zones import country_of_phone

Reading = tuple[RawRow, PlanRow | Fault]


def read_plans(rows: Iterator[RawRow], references: References) -> Iterator[Reading]:
    """Yield each row with what was made of it. An instalment that a plan has twice in a row is rejected."""
    reader = _PlanReader(references)
    for raw in rows:
        try:
            yield raw, reader.read(raw)
        except Fault as fault:
            yield raw, fault


class _PlanReader:
    """Reads row after row; remembers the instalments of the plan that it is in."""

    def __init__(self, references: References) -> None:
        self._references = references
        self._columns: tuple[str, ...] = ()
        self._given: frozenset[str] = frozenset()
        self._plan: tuple[str, str] | None = None
        self._lines: dict[str, int] = {}

    def read(self, raw: RawRow) -> PlanRow:
        """Return the row's plan row. Raises Fault."""
        if raw.fault is not None:
            raise raw.fault
        take.check_sound(raw.cells)
        row = self._row(raw.line, raw.cells)
        self._check_repeats(row)
        return row

    def _row(self, line: int, cells: Mapping[str, str]) -> PlanRow:
        currency = places.currency(take.required(cells, "currency"))
        phone, email, country = _reach(cells)
        zone, locale, region = cells.get("time_zone"), cells.get("locale"), take.optional(cells, "region")
        amount, parts = _amounts(cells, currency)
        return PlanRow(
            line=line,
            given=self._columns_of(cells),
            creditor=self._references.creditor_named(take.optional(cells, "creditor")),
            plan_ref=take.required(cells, "plan_ref"),
            debtor_ref=take.required(cells, "debtor_ref"),
            debtor_name=take.required(cells, "debtor_name"),
            phone=phone,
            email=email,
            locale=places.locale(locale) if locale else None,
            country=country,
            region=places.region(region, country) if region else None,
            postal_code=take.optional(cells, "postal_code"),
            time_zone=places.time_zone(zone) if zone else None,
            currency=currency,
            instalment_no=take.required(cells, "instalment_no"),
            due_date=take.due_date(cells, "due_date"),
            amount_minor=amount,
            principal_minor=parts[0],
            interest_minor=parts[1],
            fees_minor=parts[2],
            cadence=self._references.cadence_named(take.optional(cells, "cadence")),
            consent_sms=consent(cells.get("consent_sms"), "consent_sms"),
            consent_email=consent(cells.get("consent_email"), "consent_email"),
            product=term(cells.get("product"), "product", "home-loan"),
            debt_status=term(cells.get("debt_status"), "debt_status", "charged-off"),
            phone_source=source(cells.get("phone_source"), "phone_source"),
            phone_checked_at=take.optional_instant(cells, "phone_checked_at"),
            phone_used_at=take.optional_instant(cells, "phone_used_at"),
            email_source=source(cells.get("email_source"), "email_source"),
            email_checked_at=take.optional_instant(cells, "email_checked_at"),
            email_used_at=take.optional_instant(cells, "email_used_at"),
        )

    def _columns_of(self, cells: Mapping[str, str]) -> frozenset[str]:
        columns = tuple(cells)
        if columns != self._columns:
            self._columns, self._given = columns, frozenset(columns)
        return self._given

    def _check_repeats(self, row: PlanRow) -> None:
        plan = (row.creditor, row.plan_ref)
        if plan != self._plan:
            self._plan = plan
            self._lines.clear()
        first = self._lines.setdefault(row.instalment_no, row.line)
        if first != row.line:
            raise Fault(
                "instalment_no",
                f"line {first} has the same instalment and is in; import this row only if it shall replace that one",
            )


def _reach(cells: Mapping[str, str]) -> tuple[str | None, str | None, str | None]:
    """Return phone, email and country; a number says the country where the row does not."""
    number, address, place = cells.get("phone"), cells.get("email"), cells.get("country")
    if not number and not address:
        raise Fault("phone", "the row has neither phone nor email; fill one of them")
    country = places.country(place) if place else None
    found = phone(number, country) if number else None
    if country is None and found is not None:
        country = country_of_phone(found)
    return found, email(address) if address else None, country


def _amounts(
    cells: Mapping[str, str], currency: str
) -> tuple[int, tuple[int | None, int | None, int | None]]:
    """Return the amount and its parts, which must not contradict it."""
    amount = take.amount(cells, "amount", currency)
    principal, interest, fees = (
        take.part(cells, each, currency) for each in ("principal", "interest", "fees")
    )
    stated = [each for each in (principal, interest, fees) if each is not None]
    if sum(stated) > amount or (len(stated) == 3 and sum(stated) < amount):
        raise Fault(
            "amount", "principal, interest and fees do not add up to the amount; correct one of the four"
        )
    return amount, (principal, interest, fees)
