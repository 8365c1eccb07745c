"""Fits the product into virtual time without touching what it does: nothing really waits, polls or prints."""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_none
from tenacity.stop import stop_base

from scheduler import pipeline
from scheduler.store import patience

_ATTEMPTS = 5


def _at_once(_stop: stop_base, *kinds: type[DBAPIError]) -> Retrying:
    return Retrying(
        retry=retry_if_exception_type(kinds),
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_none(),
        reraise=True,
    )


class _WithoutPolling:
    """The asyncio that the pipeline sees: waiting for calls by the second costs nothing while none ends."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    @staticmethod
    async def wait(
        calls: Collection["asyncio.Task[Any]"], *, timeout: float
    ) -> tuple[set["asyncio.Task[Any]"], set["asyncio.Task[Any]"]]:
        """Return at the same multiple of the timeout at which one who polls would first find something."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        done, still = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        if not still:
            return done, still
        left = timeout - (loop.time() - began_s) % timeout
        return await asyncio.wait(calls, timeout=left)


@contextmanager
def adapted() -> Iterator[None]:
    """Repeat a few times and at once, poll nothing, and print nothing, for as long as the block lasts."""
    with (
        patch.object(patience, "_retrying", _at_once),
        patch.object(pipeline, "asyncio", _WithoutPolling()),
        capture_logs(),
    ):
        yield
