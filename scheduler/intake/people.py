"""What a row says of its debtor."""

from dataclasses import replace

from scheduler.domain.news import PlanRow
from scheduler.domain.plan import Creditor
from scheduler.intake.origins import origins, said_of_origins
from scheduler.intake.reading.consents import NONE
from scheduler.intake.reading.places import region
from scheduler.intake.zones import candidate_zones
from scheduler.ports import Person

DEFAULT_LOCALE = "en"

_COLUMNS = ("locale", "country", "region", "postal_code", "time_zone")


def what_is_said(row: PlanRow) -> tuple[object, ...]:
    """Return everything in a row that is about its debtor."""
    return (
        row.given,
        row.debtor_name,
        row.phone,
        row.email,
        row.locale,
        row.country,
        row.region,
        row.postal_code,
        row.time_zone,
        row.consent_sms,
        row.consent_email,
        *said_of_origins(row),
    )


def new_person(row: PlanRow, creditor: Creditor) -> Person:
    """Return a debtor who was not known before."""
    nobody = Person(0, creditor.id, row.debtor_ref, "", DEFAULT_LOCALE, None, None, None, None, (), {}, {})
    return changed_person(nobody, row, creditor)


def changed_person(person: Person, row: PlanRow, creditor: Creditor) -> Person:
    """Return the debtor with what the row says; columns that the file does not have stay as they are.

    A country that the file leaves open may still be known from the phone number.
    """
    stated = {name: getattr(row, name) for name in _COLUMNS if name in row.given or getattr(row, name)}
    if not stated.get("locale"):
        stated["locale"] = person.locale if "locale" not in row.given else DEFAULT_LOCALE
    addresses = _addresses(person, row, creditor)
    after = replace(person, name=row.debtor_name, **stated, addresses=addresses)
    after = replace(after, origins=origins(person, addresses, row), region=_region(after))
    if _places(after) == _places(person) and person.id:
        return after
    phones = [after.addresses["sms"][0]] if "sms" in after.addresses else []
    return replace(after, zones=candidate_zones(after.time_zone, after.country, after.region, phones))


def _region(person: Person) -> str | None:
    """Return the region's code where the country is known from a row before, and the region from this one."""
    return region(person.region, person.country) if person.region else person.region


def _places(person: Person) -> tuple[object, ...]:
    return person.time_zone, person.country, person.region, person.addresses.get("sms", (None,))[0]


def _addresses(person: Person, row: PlanRow, creditor: Creditor) -> dict[str, tuple[str, str | None]]:
    """Return the address for each channel with the basis of its consent: the row's, else the creditor's own.

    A basis of None is no consent: the row denies it, or nobody states one.
    """
    addresses = dict(person.addresses)
    cells = (
        ("sms", "phone", row.phone, "consent_sms", row.consent_sms),
        ("email", "email", row.email, "consent_email", row.consent_email),
    )
    for channel, column, value, consent_column, consent in cells:
        if column in row.given:
            addresses.pop(channel, None)
            if value:
                addresses[channel] = (value, _consent(person, channel, value, creditor))
        if channel in addresses and consent_column in row.given:
            basis = creditor.default_consent_basis if consent is None else consent
            addresses[channel] = (addresses[channel][0], None if basis == NONE else basis)
    return addresses


def _consent(person: Person, channel: str, value: str, creditor: Creditor) -> str | None:
    known = person.addresses.get(channel)
    return known[1] if known is not None and known[0] == value else creditor.default_consent_basis
