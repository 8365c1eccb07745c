"""The outbox pages: every message as the debtor would see it, beside the log of why it was sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment

from scheduler.store.outbox_log import RECENT, Deferred, KeptMessage
from scheduler.web.folder import Absent, Glance, Letter, MessageKey, OutboxFolder
from scheduler.web.manners import LETTER_POLICY
from scheduler.web.parts import WebParts
from scheduler.web.words import (
    LocalTime,
    channel_words,
    kind_words,
    local_time,
    span_words,
    state_words,
    tell,
)

PAGE = 50
"""Messages on one page."""

NEXT = 3
"""Deferred contacts at the top of the list."""

Edge = Annotated[int | None, Query(ge=1, lt=2**63)]


@dataclass(frozen=True, slots=True)
class Row:
    """One message in the list, in words."""

    key: str
    name: str
    channel: str
    channel_name: str
    kind: str
    step: str
    state: str
    state_name: str
    time: LocalTime
    glance: str | None
    absent: str | None
    segments: int | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """One deferred contact, in words."""

    name: str
    kind: str
    time: LocalTime
    why: Sequence[str]


@dataclass(frozen=True, slots=True)
class Outbox:
    """Puts the pages together from the database and the folder."""

    parts: WebParts
    pages: Environment

    @property
    def _folder(self) -> OutboxFolder:
        return OutboxFolder(self.parts.outbox_dir)

    def list_page(self, before: int | None, after: int | None) -> str:
        """Return one page of the list, newest first."""
        log = self.parts.messages
        found = log.newest(PAGE + 1, before) if after is None else log.next_after(PAGE + 1, after)
        # The one beyond the page tells whether there is another.
        has_more = len(found) > PAGE
        shown = found[:PAGE] if after is None else found[-PAGE:]
        has_older, has_newer = (has_more, before is not None) if after is None else (True, has_more)
        return self.pages.get_template("outbox.html").render(
            rows=[self._row(each) for each in shown],
            older=shown[-1].id if shown and has_older else None,
            newer=shown[0].id if shown and has_newer else None,
            is_first=before is None and after is None,
            **self._standing(),
        )

    def _standing(self) -> Mapping[str, object]:
        now = self.parts.clock.now()
        waiting = self.parts.messages.next_deferred(now, NEXT)
        return {
            "tally": self.parts.messages.tally(now),
            "reach": RECENT,
            "waiting": [self._waiting(each) for each in waiting],
            "next_in": span_words(waiting[0].until - now) if waiting else None,
        }

    def _waiting(self, deferred: Deferred) -> Waiting:
        lines = self.parts.messages.history(deferred.chain, deferred.touchpoint)
        last = next((each for each in reversed(lines) if each.event == "deferred"), None)
        reasons = tell(last, deferred.zones).reasons if last else ()
        return Waiting(
            name=deferred.debtor_name,
            kind=kind_words(deferred.kind),
            time=local_time(deferred.until, deferred.zones),
            why=[each.detail for each in reasons if each.verdict == "defer"],
        )

    def _row(self, kept: KeptMessage) -> Row:
        key = MessageKey(kept.touchpoint, kept.channel, kept.attempt)
        glance = self._folder.glance(key)
        return Row(
            key=kept.key,
            name=kept.debtor_name,
            channel=kept.channel,
            channel_name=channel_words(kept.channel),
            kind=kind_words(kept.kind),
            step=kept.step,
            state=kept.state,
            state_name=state_words(kept.state),
            time=local_time(kept.armed_at, kept.zones),
            glance=glance.words if isinstance(glance, Glance) else None,
            absent=glance.why if isinstance(glance, Absent) else None,
            segments=glance.segments if isinstance(glance, Glance) else None,
        )

    def message_page(self, key: MessageKey) -> str | None:
        """Return the page of one message, or None when there is no such message."""
        kept = self.parts.messages.find(key.touchpoint, key.channel, key.attempt)
        if kept is None:
            return None
        folder = self._folder
        content = folder.letter(key) if key.channel == "email" else folder.note(key)
        return self.pages.get_template("message.html").render(
            kept=kept,
            row=self._row(kept),
            content=None if isinstance(content, Absent) else content,
            absent=content.why if isinstance(content, Absent) else None,
            file_name=key.file_name,
            log=[tell(each, kept.zones) for each in self.parts.messages.history(kept.chain, kept.touchpoint)],
        )

    def letter_html(self, key: MessageKey) -> str | None:
        """Return the HTML of one email, or None when there is none."""
        content = self._folder.letter(key) if key.channel == "email" else None
        return content.html if isinstance(content, Letter) else None


def outbox_routes(parts: WebParts, pages: Environment) -> APIRouter:
    """Return the pages, which are there only while no message can leave this machine and nobody else can see them."""

    def only_here(request: Request) -> None:
        if not parts.shows_outbox_to(request.headers.get("host", "")):
            raise HTTPException(404)

    router = APIRouter(dependencies=[Depends(only_here)])
    outbox = Outbox(parts, pages)

    @router.get("/")
    def front() -> RedirectResponse:
        return RedirectResponse("/outbox", 307)

    @router.get("/outbox")
    def messages(before: Edge = None, after: Edge = None) -> HTMLResponse:
        return HTMLResponse(outbox.list_page(before, after))

    @router.get("/outbox/{key}")
    def message(key: str) -> HTMLResponse:
        return HTMLResponse(_or_404(outbox.message_page(_parsed(key))))

    @router.get("/outbox/{key}/html")
    def letter(key: str) -> HTMLResponse:
        html = _or_404(outbox.letter_html(_parsed(key)))
        return HTMLResponse(html, headers={"content-security-policy": LETTER_POLICY})

    return router


def _parsed(text: str) -> MessageKey:
    key = MessageKey.read(text)
    if key is None:
        raise HTTPException(404)
    return key


def _or_404(page: str | None) -> str:
    if page is None:
        raise HTTPException(404)
    return page
