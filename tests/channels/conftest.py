"""What every test of a room is watched for: nothing secret or personal may be logged."""

import logging
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.channels.messages import CANARIES
from tests.channels.post_office import PostOffice
from tests.fakes.provider import LoopbackProvider


@pytest.fixture(autouse=True)
def nothing_leaks(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Listen to every logger at every level, and fail the test whose room lets a canary out."""
    caplog.set_level(logging.NOTSET)
    for name in ("twilio", "twilio.http_client", "aiohttp", "aiosmtplib", "python_http_client", "channels"):
        caplog.set_level(logging.NOTSET, name)
    yield
    ours = [each for each in caplog.records if not each.name.startswith("mail.")]  # aiosmtpd is the server
    said = "\n".join(f"{each.name} {each.getMessage()} {each.exc_info}" for each in ours)
    assert [canary for canary in CANARIES if canary in said] == []


@pytest.fixture
async def provider() -> AsyncIterator[LoopbackProvider]:
    """A loopback provider of this test's own."""
    async with LoopbackProvider() as provider:
        yield provider


@pytest.fixture
async def post_office() -> AsyncIterator[PostOffice]:
    """A mail server of this test's own."""
    async with PostOffice() as post_office:
        yield post_office
