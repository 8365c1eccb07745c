"""Contacts made by hand: `duly contact`."""

from datetime import UTC
from enum import StrEnum
from typing import Annotated

import typer

from scheduler.cli.arguments import Author, Creditor, Debtor
from scheduler.cli.instants import an_instant
from scheduler.domain.touchpoint import Kind


class Way(StrEnum):
    """How somebody was reached by hand."""

    CALL = "call"
    LETTER = "letter"
    VISIT = "visit"
    MESSAGE = "message"
    WORKPLACE = "workplace"
    FAX = "fax"
    SMS = "sms"
    EMAIL = "email"


class Outcome(StrEnum):
    """What came of it."""

    NO_ANSWER = "no-answer"
    VOICEMAIL = "voicemail"
    SENT = "sent"
    DELIVERED = "delivered"
    CONVERSATION = "conversation"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("contact")(contact)


def contact(
    context: typer.Context,
    debtor: Debtor,
    channel: Annotated[Way, typer.Option("--channel", help="How the debtor was contacted.")],
    outcome: Annotated[Outcome, typer.Option("--outcome", help="What came of it.")],
    author: Author,
    kind: Annotated[
        Kind, typer.Option("--kind", help="What it was; a first notice by letter is a first_contact_notice.")
    ] = Kind.OVERDUE_NOTICE,
    plan: Annotated[
        list[str] | None, typer.Option("--plan", metavar="REF", help="What about; else every active plan.")
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="INSTANT", help="RFC 3339 with an offset; else now.")
    ] = None,
    requested: Annotated[bool, typer.Option("--requested", help="The debtor had asked for it.")] = False,
    note: Annotated[str | None, typer.Option("--note", help="In words; personal, and can be erased.")] = None,
    creditor: Creditor = None,
) -> None:
    """Note a call, a letter, a visit or a message that Duly did not send; it counts like any other contact."""
    from scheduler.cli.governed import active_plans
    from scheduler.cli.parts import assembled
    from scheduler.intake.contacts import Made
    from scheduler.store.patience import patiently

    app = assembled(context)
    now = app.clock.now()
    made_at = an_instant("--at", at).astimezone(UTC) if at else now
    made = Made(kind, channel.value, outcome.value, made_at, requested, author, note)
    plans = plan or [each.ref for each in active_plans(app, creditor, debtor)]
    number = patiently(app.desk.contacts.log, creditor, debtor, plans, made, now)
    about = ", ".join(dict.fromkeys(plans))
    typer.echo(f"Contact {number} logged: {channel.value}, {outcome.value}, with {debtor} about {about}")
