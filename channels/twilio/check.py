"""Asks Twilio once whether what we were configured with is good: account, number, messaging service."""

import asyncio
import re
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from channels.twilio.account import Account
from scheduler.domain.delivery import Unknown

_MESSAGING = "https://messaging.twilio.com"
_NUMBER = re.compile(r"\+\d{7,15}")
_REFUSED = frozenset({"http_401", "http_403", "http_404"})


async def complaints(account: Account) -> tuple[str, ...]:
    """Return what is wrong, a sentence each, in no longer than one call may take. Shows no secret and no number."""
    asked = (_of_account(account), _of_number(account), _of_service(account))
    by_account, *by_sender = await asyncio.gather(*asked)
    # Where the account is not good, everything else fares the same.
    return tuple(each for each in ([by_account] if by_account else by_sender) if each)


async def _of_account(account: Account) -> str | None:
    found = await account.ask(f"{account.path}.json")
    if isinstance(found, Unknown):
        if found.code in _REFUSED:
            return (
                f"Twilio does not accept TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN ({found.code}); "
                f"copy both from its console"
            )
        return f"Twilio cannot be asked ({found.code}); check the network and DULY_TWILIO_BASE_URL"
    if found.get("status") == "active":
        return None
    return "The Twilio account is suspended or closed; see its console"


async def _of_number(account: Account) -> str | None:
    """Complain of a number that is not the account's; a short code or a word cannot be asked for here."""
    number = account.settings.sender
    if not number or not _NUMBER.fullmatch(number):
        return None
    query = urlencode({"PhoneNumber": number})
    found = await account.ask(f"{account.path}/IncomingPhoneNumbers.json?{query}")
    shown = f"TWILIO_FROM (a number that ends in {number[-2:]})"
    if isinstance(found, Unknown):
        return f"Twilio cannot be asked about {shown} ({found.code}); try again later"
    owned = _owned(found, number)
    if owned is None:
        return f"{shown} is no number of the Twilio account; choose one that is"
    if not _carries_sms(owned):
        return f"{shown} cannot send SMS; choose a number that can"
    return None


async def _of_service(account: Account) -> str | None:
    """Complain of a messaging service that the account does not have.

    Behind an address that is not Twilio's own it is not asked for: that address stands for api.twilio.com alone.
    """
    service, host = account.settings.messaging_service, _messaging_host(account.settings.base_url)
    if not service or host is None:
        return None
    found = await account.ask(f"/v1/Services/{service}", host)
    if not isinstance(found, Unknown):
        return None
    if found.code == "http_404":
        return "TWILIO_MESSAGING_SERVICE_SID is no messaging service of the Twilio account; copy it from its console"
    return f"Twilio cannot be asked about TWILIO_MESSAGING_SERVICE_SID ({found.code}); try again later"


def _messaging_host(base_url: str | None) -> str | None:
    """Return where messaging services are asked for: in the region that the base address names, if it is Twilio's."""
    if base_url is None:
        return _MESSAGING
    host = urlsplit(base_url).hostname or ""
    if host.startswith("api.") and host.endswith(".twilio.com"):
        return base_url.replace("//api.", "//messaging.", 1)
    return None


def _owned(found: Mapping[str, object], number: str) -> Mapping[str, object] | None:
    listed = found.get("incoming_phone_numbers")
    numbers = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return next((each for each in numbers if each.get("phone_number") == number), None)


def _carries_sms(owned: Mapping[str, object]) -> bool:
    able = owned.get("capabilities")
    return isinstance(able, dict) and bool(able.get("sms") or able.get("SMS"))
