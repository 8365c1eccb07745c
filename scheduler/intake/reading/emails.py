"""Email addresses as valid as email-validator says, without a look-up; an exact shortcut for plain ones."""

import re
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from scheduler.intake.reading.rows import Fault

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_PLAIN = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@([A-Za-z0-9.-]+)")
_LOCAL_LIMIT = 64
_PLAIN_LIMIT = 200


@lru_cache(maxsize=32_768)
def email(text: str) -> str:
    """Return the address with its domain in lower case. Raises Fault."""
    match = _PLAIN.fullmatch(text) if len(text) <= _PLAIN_LIMIT else None
    if match is not None and len(match[1]) <= _LOCAL_LIMIT and (domain := _plain_domain(match[2])):
        return f"{match[1]}@{domain}"
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        raise Fault("email", "the cell is not an email address; write it like maria@example.com") from None


@lru_cache(maxsize=8_192)
def _plain_domain(domain: str) -> str | None:
    try:
        return validate_email(f"a@{domain}", check_deliverability=False).normalized.partition("@")[2]
    except EmailNotValidError:
        return None
