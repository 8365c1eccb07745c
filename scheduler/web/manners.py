"""Puts the same security headers on every answer, and keeps a fault's details out of it."""

import traceback

import structlog
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
LETTER_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""For the HTML of an email: no script, no form, no request; its own inline styles only, framed by our page only."""

HEADERS = {
    "content-security-policy": _PAGE_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""What every answer carries, unless its route says something stricter or may be kept."""

_log = structlog.get_logger("duly.web")


class Manners:
    """An ASGI layer around everything else."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:
            _tell(error)
            if has_started:
                raise
            answer = PlainTextResponse("Something went wrong here. The log says where.\n", status_code=500)
            await answer(scope, receive, send_with_headers)


def _tell(error: Exception) -> None:
    # Neither the path nor the error's words: either may hold what belongs to a debtor.
    place = traceback.extract_tb(error.__traceback__)[-1]
    _log.error("page_failed", error=type(error).__name__, function=place.name, line=place.lineno)
