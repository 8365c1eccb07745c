"""What every address that a provider calls must keep to: one class of cases, for each address once.

A case says what is answered, and that nothing but the kept events has changed wherever nothing may. The signatures are
made here, as the providers document them.
"""

import asyncio
import gzip
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from scheduler.web import lanes, webhooks
from tests.store.reporting import count, everything, told
from tests.web.house import PUBLIC_URL, House, Sent, in_parts

LOG = ("callback", "pulse", "entry", "chain", "payload")
"""What an alarm about an orphan writes into beside the events themselves."""

REFUSED = frozenset({400, 403, 404, 405, 408, 413, 415})


class Conformance(ABC):
    """The cases. A subclass says how its provider writes and signs."""

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
        sent = await house.send(self.provider, self.channel)
        query, body = self.good(sent)
        before = everything(house.world, but=())
        answer = await self.post(
            house, how.pop("query", query), how.pop("body", body), **how.pop("headers", {}), **how
        )
        assert answer.status_code == status
        assert answer.content == b""
        assert everything(house.world, but=()) == before
        return answer

    # ------------------------------------------------------------------------------------ what is taken

    async def test_a_signed_request_is_taken_once_it_is_on_disk(self, house: House) -> None:
        sent = await house.send(self.provider, self.channel)
        before = self.effect(house, sent)
        answer = await self.post(house, *self.good(sent))
        assert answer.status_code == self.thanks
        assert self.effect(house, sent) != before

    async def test_the_same_request_fifty_times_has_one_effect(self, house: House) -> None:
        sent = await house.send(self.provider, self.channel)
        await self.post(house, *self.good(sent))
        before = everything(house.world, but=())
        for _ in range(50):
            assert (await self.post(house, *self.good(sent))).status_code == self.thanks
        assert everything(house.world, but=()) == before

    async def test_a_request_that_is_replayed_after_days_has_no_effect(self, house: House) -> None:
        sent = await house.send(self.provider, self.channel)
        await self.post(house, *self.good(sent))
        before = everything(house.world, but=())
        house.world.clock.move(days=40)
        assert (await self.post(house, *self.good(sent))).status_code == self.thanks
        assert everything(house.world, but=()) == before

    async def test_two_at_once_have_one_effect(self, house: House) -> None:
        sent = await house.send(self.provider, self.channel)
        answers = await asyncio.gather(*(self.post(house, *self.good(sent)) for _ in range(2)))
        assert [each.status_code for each in answers] == [self.thanks] * 2
        known = self.effect(house, sent), count(house.world)
        await self.post(house, *self.good(sent))
        assert (self.effect(house, sent), count(house.world)) == known

    async def test_twenty_different_ones_at_once_are_all_taken(self, house: House) -> None:
        all_sent = [await house.send(self.provider, self.channel) for _ in range(20)]
        before = count(house.world)
        answers = await asyncio.gather(*(self.post(house, *self.good(each)) for each in all_sent))
        assert {each.status_code for each in answers} == {self.thanks}
        assert count(house.world) == before + 20

    @pytest.mark.parametrize("order", [("sent", "delivered"), ("delivered", "sent")])
    async def test_reordered_events_come_to_the_same_end(self, house: House, order: tuple[str, str]) -> None:
        sent = await house.send(self.provider, self.channel)
        for event in order:
            assert (await self.post(house, *self.good(sent, event))).status_code == self.thanks
        other = await house.send(self.provider, self.channel)
        for event in reversed(order):
            await self.post(house, *self.good(other, event))
        assert self.effect(house, sent) == self.effect(house, other)

    async def test_an_event_that_nobody_knows_is_kept_and_changes_nothing(self, house: House) -> None:
        sent = await house.send(self.provider, self.channel)
        before = self.effect(house, sent), everything(house.world, LOG)
        assert (await self.post(house, *self.good(sent, "teleported"))).status_code == self.thanks
        assert everything(house.world, LOG) == before[1]

    async def test_an_orphan_is_kept_and_alarmed_about(self, house: House) -> None:
        sent = await house.send(self.provider, self.channel)
        await house.send(self.provider, self.channel)
        before, known = everything(house.world, LOG), count(house.world)
        assert (await self.post(house, *self.orphan(sent))).status_code == self.thanks
        assert everything(house.world, LOG) == before
        assert count(house.world) == known + 1
        assert told(house.world, "alarm")[-1]["provider"] == self.provider

    async def test_a_request_of_no_known_length_is_taken(self, house: House) -> None:
        sent = await house.send(self.provider, self.channel)
        query, body = self.good(sent)
        headers = self.sign(f"{PUBLIC_URL}{self.target(query)}", body)
        parts = in_parts(body[:7], b"", body[7:])
        answer = await house.call("POST", self.target(query), headers, parts)
        assert answer.status_code == self.thanks
        assert "content-length" not in answer.request.headers

    @pytest.mark.parametrize(
        "extra",
        [
            {"x-forwarded-host": "evil.example", "x-forwarded-proto": "http"},
            {"x-original-url": "/other", "forwarded": "host=evil.example;proto=http"},
            {"x-http-method-override": "DELETE"},
            {"x-anything": "y" * 4000},
        ],
        ids=["another host", "another path", "another method", "a long header"],
    )
    async def test_what_a_caller_says_beside_the_signature_is_not_heeded(
        self, house: House, extra: dict[str, str]
    ) -> None:
        sent = await house.send(self.provider, self.channel)
        query, body = self.good(sent)
        headers = {**self.sign(f"{PUBLIC_URL}{self.target(query)}", body), **extra}
        for base in ("http://10.0.0.7:8400", "https://evil.example"):
            answer = await house.call("POST", self.target(query), headers, body, base)
            assert answer.status_code == self.thanks

    @pytest.mark.parametrize("charset", ["", "; charset=UTF-8", ';charset="utf-8"', "; charset=us-ascii"])
    async def test_the_usual_encodings_are_taken(self, house: House, charset: str) -> None:
        sent = await house.send(self.provider, self.channel)
        answer = await self.post(house, *self.good(sent), content_type=self.content_type + charset)
        assert answer.status_code == self.thanks

    async def test_the_key_before_the_newest_is_believed_while_both_are_in_use(self, house: House) -> None:
        sent = await house.send(self.provider, self.channel)
        assert (await self.post(house, *self.good(sent), key="previous")).status_code == self.thanks

    # --------------------------------------------------------------------------- what is not signed: 403

    @pytest.mark.parametrize(
        "signature",
        [None, "", "a", "x" * 28, "ü" * 20, "=" * 8, "\x00", "A" * 100_000, "eyJhbGciOiJub25lIn0.e30."],
        ids=["missing", "empty", "short", "made up", "letters", "padding", "NUL", "huge", "of another kind"],
    )
    async def test_a_signature_that_is_none_is_refused(self, house: House, signature: str | None) -> None:
        await self.refused(house, 403, headers={self.signature_header.replace("-", "_"): signature})

    async def test_a_truncated_signature_is_refused(self, house: House) -> None:
        query, body = self.good(await house.send(self.provider, self.channel))
        whole = self.sign(f"{PUBLIC_URL}{self.target(query)}", body)[self.signature_header]
        for cut in (whole[:-4], whole[4:], whole[:-1], f"{whole} ", f"{whole}=="):
            before = everything(house.world, but=())
            named = {self.signature_header.replace("-", "_"): cut}
            answer = await self.post(house, query, body, **named)
            if cut.strip() == whole or cut.rstrip("=") == whole.rstrip("="):
                continue  # the same signature, written otherwise
            assert answer.status_code == 403, cut
            assert everything(house.world, but=()) == before

    @pytest.mark.parametrize("key", ["before the previous", "another's", "", "newest "])
    async def test_another_key_is_refused(self, house: House, key: str) -> None:
        await self.refused(house, 403, key=key)

    async def test_two_signatures_are_refused_even_if_one_is_good(self, house: House) -> None:
        sent = await house.send(self.provider, self.channel)
        query, body = self.good(sent)
        headers = self.sign(f"{PUBLIC_URL}{self.target(query)}", body)
        before = everything(house.world, but=())
        twice = [*headers.items(), (self.signature_header, "x" * 28)]
        for order in (twice, twice[::-1]):
            assert (await house.call("POST", self.target(query), order, body)).status_code == 403
        assert everything(house.world, but=()) == before

    @pytest.mark.parametrize("change", [b"&Extra=1", b" ", b"\n", b"\x00"])
    async def test_a_body_that_was_added_to_is_refused(self, house: House, change: bytes) -> None:
        sent = await house.send(self.provider, self.channel)
        query, body = self.good(sent)
        headers = self.sign(f"{PUBLIC_URL}{self.target(query)}", body)
        before = everything(house.world, but=())
        answer = await house.call("POST", self.target(query), headers, body + change)
        assert answer.status_code == 403
        assert everything(house.world, but=()) == before

    async def test_a_body_that_was_changed_is_refused(self, house: House) -> None:
        sent, other = [await house.send(self.provider, self.channel) for _ in range(2)]
        (query, body), (_, theirs) = self.good(sent), self.good(other)
        headers = self.sign(f"{PUBLIC_URL}{self.target(query)}", body)
        before = everything(house.world, but=())
        for changed in (theirs, body[:-1], body[1:], b"", body + body):
            answer = await house.call("POST", self.target(query), headers, changed)
            assert answer.status_code == 403, changed
        assert everything(house.world, but=()) == before

    @pytest.mark.parametrize(
        "signed_for",
        [
            "http://duly.example.com{path}{query}",
            "https://evil.example{path}{query}",
            "https://duly.example.com:8443{path}{query}",
            "https://duly.example.com/{path}{query}",
            "https://duly.example.com{path}/{query}",
            "https://duly.example.com{path}x{query}",
            "https://DULY.example.com{path}{query}",
            "https://duly.example.com{path}",
            "https://duly.example.com{path}{query}&t=0",
            "https://duly.example.com{path}?{query}",
        ],
        ids=[
            "http",
            "another host",
            "another port",
            "a slash before",
            "a slash behind",
            "another path",
            "capitals",
            "no query",
            "more query",
            "another query",
        ],
    )
    async def test_a_signature_for_another_address_is_refused_where_the_address_is_signed(
        self, house: House, signed_for: str
    ) -> None:
        sent = await house.send(self.provider, self.channel)
        query, body = self.good(sent)
        query = query or "bodiless=1"
        url = signed_for.format(path=self.path, query=f"?{query}")
        headers = self.sign(url, body)
        before = everything(house.world, but=())
        answer = await house.call("POST", self.target(query), headers, body)
        assert answer.status_code == (403 if self.signs_url else self.thanks)
        if self.signs_url:
            assert everything(house.world, but=()) == before

    @pytest.mark.parametrize("query", ["", "t=0&a=1", "a=1&t=0", "%74=0", "x=%00", "x=" + "y" * 5000])
    async def test_a_query_that_was_changed_is_refused_where_the_address_is_signed(
        self, house: House, query: str
    ) -> None:
        sent = await house.send(self.provider, self.channel)
        own, body = self.good(sent)
        headers = self.sign(f"{PUBLIC_URL}{self.target(own or 'x=1')}", body)
        before = everything(house.world, but=())
        answer = await house.call("POST", self.target(query), headers, body)
        assert answer.status_code == (403 if self.signs_url else self.thanks)
        if self.signs_url:
            assert everything(house.world, but=()) == before

    @pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"\xed\xa0\x80", b"[\xc3\x28]", b"%ff%fe=%ed%a0%80"])
    async def test_what_is_not_utf_8_is_never_a_fault_nor_a_change(self, house: House, body: bytes) -> None:
        before = everything(house.world, LOG)
        answer = await self.post(house, "", body)
        assert answer.status_code in (403, self.thanks)
        assert everything(house.world, LOG) == before

    async def test_another_providers_request_is_refused(self, house: House) -> None:
        before = everything(house.world, but=())
        answer = await house.call(
            "POST",
            self.path,
            {
                "content-type": self.other_type,
                "x-hub-signature-256": "sha256=00",
                "stripe-signature": "t=1,v1=0",
            },
            b'{"id": "evt_1"}',
        )
        assert answer.status_code == 415
        assert everything(house.world, but=()) == before

    # ------------------------------------------------------------------------------ the outside of it

    @pytest.mark.parametrize(
        "content_type",
        [
            None,
            "",
            "text/plain",
            "multipart/form-data; boundary=x",
            "OTHER",
            "OWN; charset=utf-16",
            "OWN; charset=latin-1",
            "OWN; charset=utf-7",
            "OWN; a=b",
            "OWN, OWN",
        ],
    )
    async def test_another_content_type_is_refused_before_anything_is_read(
        self, house: House, content_type: str | None
    ) -> None:
        said = content_type and content_type.replace("OWN", self.content_type).replace(
            "OTHER", self.other_type
        )
        await self.refused(house, 415, headers={"content_type": said})

    @pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "gzip, identity", "x"])
    async def test_a_compressed_body_is_refused(self, house: House, encoding: str) -> None:
        sent = await house.send(self.provider, self.channel)
        query, body = self.good(sent)
        await self.refused(house, 415, body=gzip.compress(body), headers={"content_encoding": encoding})

    @pytest.mark.parametrize(
        "method",
        ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW", "post"],
    )
    async def test_another_method_is_refused(self, house: House, method: str) -> None:
        sent = await house.send(self.provider, self.channel)
        query, body = self.good(sent)
        headers = self.sign(f"{PUBLIC_URL}{self.target(query)}", body)
        before = everything(house.world, but=())
        answer = await _raw(house, method, self.path, query, headers, body)
        assert answer == (405, b"POST")
        assert everything(house.world, but=()) == before

    @pytest.mark.parametrize(
        "path",
        [
            "/webhooks/{provider}/{hook}/",
            "/webhooks/{provider}//{hook}",
            "//webhooks/{provider}/{hook}",
            "/webhooks/{provider}/{hook}/more",
            "/webhooks/{provider}/{hook}x",
            "/webhooks/{provider}",
            "/webhooks/{provider}/",
            "/webhooks/nobody/{hook}",
            "/webhooks/outbox/{hook}",
            "/webhooks/smtp/{hook}",
            "/WEBHOOKS/{provider}/{hook}",
            "/webhooks/{provider}/{hook}%00",
            "/webhooks/{provider}/%2e%2e/{hook}",
            "/webhooks/{provider}%2f{hook}",
        ],
    )
    async def test_another_path_is_not_there(self, house: House, path: str) -> None:
        sent = await house.send(self.provider, self.channel)
        query, body = self.good(sent)
        there = path.format(provider=self.provider, hook=self.hook)
        headers = self.sign(f"{PUBLIC_URL}{there}{'?' if query else ''}{query}", body)
        before = everything(house.world, but=())
        answer = await house.call("POST", f"{there}{'?' if query else ''}{query}", headers, body)
        assert answer.status_code == 404
        assert everything(house.world, but=()) == before

    async def test_ten_megabytes_are_refused_by_what_they_are_said_to_be(self, house: House) -> None:
        await self.refused(house, 413, body=b"x" * 10_000_000)

    async def test_ten_megabytes_of_unknown_length_are_refused_before_they_are_read(
        self, house: House
    ) -> None:
        read = 0

        async def endless() -> Any:
            nonlocal read
            while read < 100_000_000:
                read += 65_536
                yield b"x" * 65_536

        answer = await house.call("POST", self.path, {"content-type": self.content_type}, endless())
        assert answer.status_code == 413
        assert read <= self.largest + 3 * 65_536

    @pytest.mark.parametrize(
        ("length", "status"),
        [
            ("5", 413),
            ("0", 413),
            ("-1", 413),
            ("1e3", 413),
            ("9" * 5000, 413),
            ("99999999999", 413),
            ("٣", 413),
        ],
    )
    async def test_a_length_that_is_not_true_helps_nobody(
        self, house: House, length: str, status: int
    ) -> None:
        headers = {"content-type": self.content_type, "content-length": length}
        answer = await _raw(house, "POST", self.path, "", headers, b"x" * (self.largest + 1))
        assert answer[0] == status

    async def test_one_byte_more_than_is_allowed_is_refused_and_the_last_that_is_allowed_is_read(
        self, house: House
    ) -> None:
        assert (await self.post(house, "", b"x" * (self.largest + 1))).status_code == 413
        assert (await self.post(house, "", b"x" * self.largest, key="another's")).status_code == 403

    async def test_an_empty_body_is_no_fault_and_changes_nothing(self, house: House) -> None:
        before = everything(house.world, but=())
        answer = await self.post(house, "", b"")
        assert answer.status_code in (403, self.thanks)
        assert everything(house.world, but=()) == before

    async def test_well_signed_nonsense_is_no_fault_and_changes_nothing(self, house: House) -> None:
        sent = await house.send(self.provider, self.channel)
        for name, body in self.strange(sent).items():
            before = everything(house.world, LOG), self.effect(house, sent)
            answer = await self.post(house, "", body)
            assert answer.status_code in {self.thanks, *REFUSED}, name
            assert (everything(house.world, LOG), self.effect(house, sent)) == before, name

    @pytest.mark.parametrize("header", [b"a\r\nset-cookie: x=1", b"a\nb", b"\xff\xfe", b"a\x00b"])
    async def test_a_header_that_was_broken_in_two_is_refused_and_not_repeated(
        self, house: House, header: bytes
    ) -> None:
        sent = await house.send(self.provider, self.channel)
        query, body = self.good(sent)
        headers: dict[str, str | bytes] = {**self.sign(f"{PUBLIC_URL}{self.target(query)}", body)}
        headers[self.signature_header] = header
        answer = await house.call("POST", self.target(query), headers, body)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
        assert b"a" not in answer.content

    async def test_a_caller_who_goes_away_in_the_middle_leaves_nothing(self, house: House) -> None:
        before = everything(house.world, but=())
        headers = {"content-type": self.content_type}
        status, _ = await _raw(house, "POST", self.path, "", headers, b"half", goes_away=True)
        assert status in REFUSED
        assert everything(house.world, but=()) == before

    async def test_a_body_that_does_not_come_is_not_waited_for(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(webhooks, "READ_WITHIN_S", 0.05)
        answer = await _raw(house, "POST", self.path, "", {"content-type": self.content_type}, None)
        assert answer[0] == 408

    # ------------------------------------------------------------------------------- what is not kept: 503

    async def test_while_the_database_is_away_the_provider_keeps_it(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sent = await house.send(self.provider, self.channel)
        before, known = everything(house.world, but=()), self.effect(house, sent)
        with monkeypatch.context() as away:
            away.setattr(house.database, "write", _away)
            answer = await self.post(house, *self.good(sent))
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert everything(house.world, but=()) == before
        assert (await self.post(house, *self.good(sent))).status_code == self.thanks
        assert self.effect(house, sent) != known

    async def test_while_the_database_is_away_a_forgery_is_refused_as_ever(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sent = await house.send(self.provider, self.channel)
        monkeypatch.setattr(house.database, "write", _away)
        assert (await self.post(house, *self.good(sent), key="another's")).status_code == 403

    async def test_when_too_many_wait_the_next_is_told_to_come_again(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sent = await house.send(self.provider, self.channel)
        before = everything(house.world, but=())
        monkeypatch.setattr(lanes, "MOST_WAITING", 0)
        answer = await self.post(house, *self.good(sent))
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert everything(house.world, but=()) == before


def _away(*_: object) -> None:
    raise OperationalError("SELECT", {}, Exception("the server has gone"))


async def _raw(
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
