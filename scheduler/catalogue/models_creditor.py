"""config/creditors/*.yaml: for whom Duly writes, and under which name, cadence and policies."""

import re
from email.utils import parseaddr
from typing import Annotated
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import Field

from scheduler.catalogue.mistakes import quoted
from scheduler.catalogue.models import Entry, Id, Line, Several, Zone, known, one_of, reads
from scheduler.catalogue.models_fields import Day, Maybe
from scheduler.domain.plan import Creditor, Role

CONSENT_BASES = ("contract", "consent", "legal_obligation", "legitimate_interest")
"""On what a creditor may rest that a debtor may be written to."""


RESEND = ("never", "when proved lost")
"""Whether a message goes out again of which the provider proves that it never had it; its step may still be skipped."""


def _email(text: str) -> str:
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValueError(f"{quoted(text)} is no email address; write it as help@example.com") from error


def _sender(text: str) -> str:
    """Read "Name <address>", or the address alone."""
    if not text.isprintable() or len(text) > 300:
        raise ValueError("write the sender on one line, as Name <name@example.com>")
    _email(parseaddr(text)[1])
    return text


def _phone(text: str) -> str:
    if not re.fullmatch(r"\+[0-9][0-9 ()-]{6,24}", text):
        raise ValueError(f'{quoted(text)} is no phone number; write it as "+44 20 7946 0018"')
    return text


def _link(text: str) -> str:
    try:
        parts = urlsplit(text)
        sound = parts.scheme == "https" and parts.hostname and text.isprintable() and " " not in text
    except ValueError:
        sound = False
    if not sound or len(text) > 300:
        raise ValueError(f"{quoted(text)} is no address for payments; write it as https://pay.example.com")
    return text


CadenceName = Annotated[Id, known("cadence", lambda names: names.cadences)]
PolicyName = Annotated[Id, known("policy", lambda names: names.policies)]
Email = Annotated[str, reads(_email, "help@example.com")]


class SendersModel(Entry):
    """The creditor's own identity on each channel that has one."""

    email: Annotated[str, reads(_sender, "Name <name@example.com>")] = Field(
        examples=["Harbour Lending <reminders@example.com>"]
    )


class ApprovalModel(Entry):
    """Somebody let the creditor do what a provider does not carry otherwise."""

    by: Line = Field(examples=["Twilio"])
    on: Day = Field(examples=["2027-01-31"])
    reference: Line = Field(examples=["support ticket 12345"])


class CreditorModel(Entry):
    """One creditor."""

    id: Id = Field(examples=["harbour"])
    group: Maybe[Id] = Field(None, examples=["harbour-group"])
    name: Line = Field(examples=["Harbour Lending"])
    role: Annotated[Role, one_of(tuple(Role), "role")] = Field(examples=["original_creditor"])
    address: Line = Field(examples=["1 Quay Street, Bristol"])
    email: Email = Field(examples=["help@example.com"])
    phone: Annotated[str, reads(_phone, '"+44 20 7946 0018"')] | None = None
    zone: Zone = Field(examples=["Europe/London"])
    cadence: CadenceName = Field(examples=["standard"])
    policies: Maybe[Several[PolicyName]] = Field(None, examples=["[us-regf]"])
    payment_link: Annotated[str, reads(_link, "https://pay.example.com")] | None = None
    default_consent_basis: Annotated[str, one_of(CONSENT_BASES, "basis for consent")] | None = None
    writes_as: Line = Field(examples=["Harbour Lending"])
    senders: SendersModel = Field(examples=["{email: Harbour Lending <reminders@example.com>}"])
    approvals: dict[Id, ApprovalModel] = Field(
        {}, examples=["{third-party-sms: {by: …, on: 2027-01-31, reference: …}}"]
    )

    resend: Annotated[str, one_of(RESEND, "choice for resend")] = "never"

    def value(self) -> Creditor:
        """Return the domain's value."""
        return Creditor(
            id=self.id,
            name=self.name,
            role=self.role,
            address=self.address,
            email=self.email,
            phone=self.phone,
            zone=self.zone,
            policies=self.policies or (),
            cadence=self.cadence,
            payment_link=self.payment_link,
            default_consent_basis=self.default_consent_basis,
            writes_as=self.writes_as,
            email_from=self.senders.email,
            group=self.group,
            approvals=frozenset(self.approvals),
            resends_after_proof=self.resend == RESEND[1],
        )
