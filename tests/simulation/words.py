"""Words that a checker can read back: which instalments a message speaks of, and what it says is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.decision import Required
from scheduler.domain.facts import Facts
from scheduler.domain.message import Words


class PlainestWords:
    """Names template, plan and number of each claim, and what remains; a receipt names plan and amount alone."""

    def compose(self, facts: Facts, channel: str, now: datetime, phrases: Sequence[Required] = ()) -> Words:
        """Return the words of one message."""
        if facts.payment is not None:
            text = f"{facts.touchpoint.template} {facts.plan.ref} {facts.payment.amount_minor}"
        else:
            said = ",".join(
                f"{each.plan.ref}#{each.instalment.number}={each.instalment.open_minor}"
                for each in facts.claims
            )
            text = f"{facts.touchpoint.template} {said}"
        return Words(text, subject="A note about your plan" if channel == "email" else None)


@dataclass(frozen=True, slots=True)
class Said:
    """What one message said; `claims` are plan reference, number and open amount."""

    template: str
    claims: tuple[tuple[str, str, int], ...]

    @property
    def asks(self) -> bool:
        """Whether it asked for money."""
        return bool(self.claims)


def read_back(text: str) -> Said:
    """Return what a message said."""
    template, rest = text.split(" ", 1)
    if template in ("receipt", "completed"):
        return Said(template, ())
    claims = []
    for part in rest.split(","):
        name, amount = part.split("=")
        ref, number = name.split("#")
        claims.append((ref, number, int(amount)))
    return Said(template, tuple(claims))
