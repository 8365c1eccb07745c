"""Repeats a whole transaction that the database turned away; never anything with a provider's call in it."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)
from tenacity.stop import stop_base

Given = ParamSpec("Given")
Result = TypeVar("Result")

_ATTEMPTS = 5
_LONGEST_WAIT_S = 2.0
_INSISTING_S = 60.0


def patiently(transaction: Callable[Given, Result], *given: Given.args, **named: Given.kwargs) -> Result:
    """Run a transaction again when it met a lock, a deadlock, a lost connection or somebody's newer row.

    Safe because a transaction that failed has changed nothing, and every one of ours may be repeated.
    """
    retrying = _retrying(stop_after_attempt(_ATTEMPTS), OperationalError, IntegrityError)
    return retrying(transaction, *given, **named)


def insistently(transaction: Callable[Given, Result], *given: Given.args, **named: Given.kwargs) -> Result:
    """Run a transaction whose loss could not be made good, such as an outcome, for as long as a minute."""
    return _retrying(stop_after_delay(_INSISTING_S), DBAPIError)(transaction, *given, **named)


def _retrying(stop: stop_base, *kinds: type[DBAPIError]) -> Retrying:
    """Return a `Retrying` for one call: a shared one mixes its statistics between threads (tenacity issue 701)."""
    return Retrying(
        retry=retry_if_exception_type(kinds),
        stop=stop,
        wait=wait_random_exponential(multiplier=0.05, max=_LONGEST_WAIT_S),
        reraise=True,
    )
