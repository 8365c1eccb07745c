"""What a configuration decides of one reminder, for tests of how its policies come together."""

from datetime import datetime

from scheduler.catalogue import Catalogue
from scheduler.domain.decision import Decision, Defer, Refuse
from scheduler.domain.policy import decide
from scheduler.domain.touchpoint import Kind
from tests.builders import NOW, a_debtor, a_touchpoint, facts

ZONES = {"GB": "Europe/London", "FR": "Europe/Paris", "US": "America/New_York"}


def decided(
    catalogue: Catalogue,
    country: str = "GB",
    *,
    creditor: str = "harbour",
    now: datetime = NOW,
    kind: Kind = Kind.REMINDER_PRE_DUE,
    channels: tuple[str, ...] = ("sms",),
) -> Decision:
    """Decide a creditor's message to somebody in a country; on a Tuesday at ten in London, unless said otherwise."""
    asked = facts(
        creditor=catalogue.creditors[creditor],
        debtor=a_debtor(country=country, zones=(ZONES[country],)),
        touchpoint=a_touchpoint(kind=kind, channels=channels),
    )
    return decide(asked, catalogue.policy_for(creditor), catalogue.calendar, now)


def against(decision: Decision) -> list[str]:
    """Return the rules that speak against sending, each once."""
    assert isinstance(decision, Refuse | Defer)
    return list(dict.fromkeys(each.rule for each in decision.reasons))
