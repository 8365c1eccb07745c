"""The fictional debtors of one place: who they are, how they can be reached, and what is known of their addresses."""

from datetime import date, timedelta
from random import Random

from scheduler.rehearsal.markets import Market, names

MARK = "SAMPLE-"
"""How every reference of a sample begins."""


class Street:
    """The debtors of one place: every tenth plan is a second one, every fifteenth debtor shares a neighbour's phone.

    One in eight has only an email address and one in eight only a phone. `shift` sets the places apart.
    """

    def __init__(self, market: Market, shift: int, today: date) -> None:
        self._market = market
        self._today = today
        self._names = names(market.locale)
        self._shift = shift
        self._plans = 0
        self._debtors = 0
        self._phone = ""
        self._cells = ""

    def next_debtor(self, chance: Random) -> str:
        """Return the cells of the next plan's debtor, from debtor_ref to email_checked_at."""
        if self._plans == 0 or (self._plans + self._shift) % 10:
            self._cells = self._debtor(chance)
            self._debtors += 1
        self._plans += 1
        return self._cells

    def _debtor(self, chance: Random) -> str:
        market, turn = self._market, self._debtors + self._shift
        if self._debtors == 0 or turn % 15:
            self._phone = phone(market, self._debtors)
        reference = f"{market.country}{market.region}-{self._debtors + 1:06d}"
        number = "" if turn % 8 == 5 else self._phone
        email = f"{reference.lower()}@example.{chance.choice(('com', 'net', 'org'))}"
        codes = market.postal_codes
        postal_code = codes[self._debtors % len(codes)] if codes else ""
        place = f"{market.locale},{market.country},{market.region},{postal_code},{market.time_zone}"
        email = "" if number and turn % 8 == 6 else email
        return (
            f"{MARK}{reference},{chance.choice(self._names)},{number},{email},"
            f"{place},{market.currency},{_consents(turn, market)},"
            f"{_origin(number, turn, self._today)},{_origin(email, turn + 4, self._today)}"
        )


def phone(market: Market, number: int) -> str:
    """Return one of the place's fictional numbers, each only once; nothing when there are no more."""
    for pattern in market.phones:
        fixed = pattern.rstrip("#")
        width = len(pattern) - len(fixed)
        if number < 10**width:
            return f"{fixed}{number:0{width}d}"
        number -= 10**width
    return ""


def _consents(turn: int, market: Market) -> str:
    """Return consent by SMS and email: mostly the creditor's default, sometimes a basis, seldom none.

    In the United States, where no SMS goes out by contract alone, most have consented to them.
    """
    usual = "consent," if market.country == "US" and turn % 4 else ","
    return {3: "consent,consent", 11: "contract,", 19: "none,", 27: ",none"}.get(turn % 40, usual)


def _origin(address: str, turn: int, today: date) -> str:
    """Return who gave an address, and when it was last used and checked.

    Mostly the debtor gave it, and wrote from it in the last three months; somebody's came from elsewhere and was
    looked up at some time in the last half year; of every ninth nothing is known.
    """
    if not address or turn % 9 == 8:
        return ",,"
    if (source := {3: "creditor", 6: "collector", 20: "found"}.get(turn % 27, "debtor")) == "debtor":
        return f"{source},{_days_ago(today, turn * 7 % 90)},"
    return f"{source},,{_days_ago(today, turn * 11 % 180)}"


def _days_ago(today: date, days: int) -> str:
    return f"{(today - timedelta(days=1 + days)).isoformat()}T12:00:00Z"
