"""The addresses that providers call: each request is refused by its outside first, then believed by its signature,
and answered well only when what it tells is on disk.

Nothing of a request is logged but which address it came to and why it was refused.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from channels.webhook import Hook, OpenHooks, Reader, Webhook
from scheduler.domain.inbound import Inbound
from scheduler.ports import Report, Runner
from scheduler.web.lanes import Crowded, Lane
from scheduler.web.refusals import Refusals

PATH = "/webhooks/{provider}/{hook}"

READ_WITHIN_S = 10.0
"""How long a body may take to arrive."""

RETRY_AFTER_S = 10

_THREAD_FROM = 64 * 1024
"""From so many bytes on a body is read in a thread: the loop has messages to send."""

_LONGEST_NUMBER = 12
_CHARSET = re.compile(r'(?:charset="?(?:utf-8|us-ascii)"?)?')

_log = structlog.get_logger("duly.web")

Take = Callable[[str, Sequence[Report]], None]
"""Takes what a provider reports in one transaction."""


class Refusal(Exception):
    """What a request is turned away with. `why` is a word for the operator and is not in the answer."""

    def __init__(self, status: int, why: str, headers: Mapping[str, str] | None = None) -> None:
        """Name the status and the reason."""
        super().__init__(why)
        self.status, self.why, self.headers = status, why, headers


@dataclass(slots=True)
class Webhooks:
    """An ASGI application for `PATH`.

    `public_url` is the address that providers sign for, without a slash at its end. Where it is unknown nothing can be
    verified, and nothing is there.
    """

    hooks: OpenHooks
    public_url: str | None
    take: Take
    refusals: Refusals
    run: Runner = asyncio.to_thread
    _lanes: dict[tuple[str, bool], Lane] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        provider, name = self._named(scope)
        try:
            if not provider:
                raise Refusal(404, "no_such_hook")
            hook, reader = self.hooks[provider, name]
            reports = await self._reports(hook, reader, scope, receive)
            if reports:
                await self._keep(provider, reports)
            self.refusals.count(provider, name, "taken" if reports else "nothing_to_take")
            answer = _thanks(hook)
        except Refusal as refusal:
            self.refusals.refuse(provider, name, refusal.why)
            answer = Response(status_code=refusal.status, headers=refusal.headers)
        await answer(scope, receive, send)

    def _named(self, scope: Scope) -> tuple[str, str]:
        """Return the provider and the hook, both empty where there is none: a caller's own words are no labels.

        A path that is written otherwise, with escapes, is none that a provider was given.
        """
        names = scope["path_params"]["provider"], scope["path_params"]["hook"]
        plain = PATH.format(provider=names[0], hook=names[1]).encode()
        known = self.public_url is not None and names in self.hooks
        return names if known and scope.get("raw_path", plain) == plain else ("", "")

    async def _reports(self, hook: Hook, reader: Reader, scope: Scope, receive: Receive) -> Sequence[Report]:
        """Return what is reported. Whatever is wrong with a signature, the answer is the same."""
        headers = _headers(scope)
        _refuse_by_outside(hook, scope["method"], headers)
        body = await _body(receive, headers, hook.largest_body)
        reports = await self._believed(reader, Webhook(self._url(scope), headers, body))
        if reports is None:
            raise Refusal(403, "not_signed")
        return reports

    def _url(self, scope: Scope) -> str:
        """Return what the provider signed: never what a proxy, or whoever wrote the Host header, made of it."""
        query = scope["query_string"].decode("latin-1")
        return f"{self.public_url}{scope['path']}{'?' if query else ''}{query}"

    async def _believed(self, reader: Reader, webhook: Webhook) -> Sequence[Report] | None:
        try:
            large = len(webhook.body) > _THREAD_FROM
            return await self.run(reader.read, webhook) if large else reader.read(webhook)
        except Exception as error:  # readers promise not to; what nobody could read, nobody believes
            _log.error("webhook_unreadable", error=type(error).__name__)
            return None

    async def _keep(self, provider: str, reports: Sequence[Report]) -> None:
        """Return once all is on disk; a provider that is told to try again keeps it for us."""
        again = {"Retry-After": str(RETRY_AFTER_S)}
        try:
            await self._lane(provider, any(map(_is_pressing, reports))).through(reports)
        except Crowded:
            raise Refusal(503, "crowded", again) from None
        except TimeoutError:
            raise Refusal(503, "too_slow", again) from None
        except Exception as error:
            _log.error("webhook_not_kept", provider=provider, error=type(error).__name__)
            raise Refusal(503, "not_kept", again) from None

    def _lane(self, provider: str, pressing: bool) -> Lane:
        if (provider, pressing) not in self._lanes:
            self._lanes[provider, pressing] = Lane(lambda reports: self.take(provider, reports), self.run)
        return self._lanes[provider, pressing]


def _thanks(hook: Hook) -> Response:
    """Return the answer to what was taken."""
    return Response(hook.answer, media_type="text/xml") if hook.answer else Response(status_code=204)


def _is_pressing(report: Report) -> bool:
    """Whether somebody may have asked for no more messages: that waits behind no flood of other reports."""
    return isinstance(report, Inbound) or report.closes_address


def _headers(scope: Scope) -> dict[str, str]:
    """Return headers by name in lower case; of what comes twice neither is believed."""
    pairs = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
    times = Counter(name for name, _ in pairs)
    return {name: value for name, value in pairs if times[name] == 1}


def _refuse_by_outside(hook: Hook, method: str, headers: Mapping[str, str]) -> None:
    if method != "POST":
        raise Refusal(405, "method", {"Allow": "POST"})
    content_type, _, parameters = headers.get("content-type", "").lower().partition(";")
    if content_type.strip() != hook.content_type or _CHARSET.fullmatch(parameters.strip()) is None:
        raise Refusal(415, "content_type")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Refusal(415, "content_encoding")


async def _body(receive: Receive, headers: Mapping[str, str], largest: int) -> bytes:
    """Return the body, of which never more is kept than is allowed, whatever its length was said to be."""
    said = headers.get("content-length", "0")
    if len(said) > _LONGEST_NUMBER or (said.isdecimal() and int(said) > largest):
        raise _too_large()
    parts: list[bytes] = []
    length, goes_on = 0, True
    try:
        async with asyncio.timeout(READ_WITHIN_S):
            while goes_on:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refusal(400, "gone")
                parts.append(message.get("body", b""))
                length += len(parts[-1])
                if length > largest:
                    raise _too_large()
                goes_on = message.get("more_body", False)
    except TimeoutError:
        raise Refusal(408, "body_too_slow", {"Connection": "close"}) from None
    return b"".join(parts)


def _too_large() -> Refusal:
    return Refusal(413, "too_large", {"Connection": "close"})
