"""How a provider writes to an address of ours, rightly and with one thing wrong."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import httpx

from tests.store.reporting import everything
from tests.web.house import PUBLIC_URL, House, Sent

LOG = ("callback", "pulse", "entry", "chain", "payload")
"""What an alarm about an orphan writes into beside the events themselves."""

REFUSED = frozenset({400, 403, 404, 405, 408, 413, 415})


class Writing(ABC):
    """How one provider writes to one address. The cases are mixed in, and a subclass fills in what is missing."""

    provider: ClassVar[str]
    hook: ClassVar[str]
    content_type: ClassVar[str]
    other_type: ClassVar[str]
    channel: ClassVar[str]
    largest: ClassVar[int]
    signature_header: ClassVar[str]
    thanks: ClassVar[int] = 204
    signs_url: ClassVar[bool]

    # ------------------------------------------------------------------------- how the provider writes

    @abstractmethod
    def good(self, sent: Sent, event: str = "delivered") -> tuple[str, bytes]:
        """Return the query and the body of a request that tells of a message."""

    @abstractmethod
    def sign(self, url: str, body: bytes, key: str = "newest") -> dict[str, str]:
        """Return the headers of a request, the content type among them."""

    @abstractmethod
    def strange(self, sent: Sent) -> Mapping[str, bytes]:
        """Return bodies that are well signed and tell of nothing that we know: by name."""

    @abstractmethod
    def effect(self, house: House, sent: Sent) -> object:
        """Return what the good request changes, so that a case can say how often it did."""

    @abstractmethod
    def orphan(self, sent: Sent) -> tuple[str, bytes]:
        """Return a good request about something that the database does not know."""

    # ----------------------------------------------------------------------------------------- helpers

    @property
    def path(self) -> str:
        """Where the requests go."""
        return f"/webhooks/{self.provider}/{self.hook}"

    def target(self, query: str) -> str:
        """Return path and query as they stand in the request."""
        return f"{self.path}?{query}" if query else self.path

    async def post(
        self, house: House, query: str, body: bytes, key: str = "newest", **changed: str | None
    ) -> httpx.Response:
        """Send a signed request; a header given as None is left away."""
        target = self.target(query)
        headers = self.sign(f"{PUBLIC_URL}{target}", body, key)
        named = {name.replace("_", "-"): value for name, value in changed.items()}
        kept = {name: value for name, value in {**headers, **named}.items() if value is not None}
        return await house.call("POST", target, kept, body)

    async def refused(self, house: House, status: int, **how: Any) -> httpx.Response:
        """Send a request with one thing wrong, and see that it is refused and changes nothing at all."""
        sent = await house.untold(self.provider, self.channel)
        query, body = self.good(sent)
        before = everything(house.world, but=())
        answer = await self.post(
            house, how.pop("query", query), how.pop("body", body), **how.pop("headers", {}), **how
        )
        assert answer.status_code == status
        assert answer.content == b""
        assert everything(house.world, but=()) == before
        return answer


async def raw_call(
    house: House,
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes | None,
    goes_away: bool = False,
) -> tuple[int, bytes]:
    """Send what no client would, without one; return the status and what is allowed. A body of None never comes."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()],
        "client": ("192.0.2.1", 5),
        "server": ("10.0.0.7", 8400),
    }
    messages = [{"type": "http.request", "body": body, "more_body": goes_away}]
    if goes_away:
        messages.append({"type": "http.disconnect", "body": b"", "more_body": False})
    answers: list[Any] = []

    async def receive() -> Any:
        if body is None:
            await asyncio.Event().wait()
        return messages.pop(0)

    async def send(message: Any) -> None:
        answers.append(message)

    await house.app(scope, receive, send)
    allowed = dict(answers[0]["headers"]).get(b"allow", b"")
    return int(answers[0]["status"]), allowed
