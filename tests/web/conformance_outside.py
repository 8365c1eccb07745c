"""Cases of requests that are refused by their outside, before anybody asks for a signature."""

import gzip
from typing import Any

import pytest

from scheduler.web import webhooks
from tests.store.reporting import everything
from tests.web.house import PUBLIC_URL, House
from tests.web.writing import LOG, REFUSED, Writing, raw_call


class Outside(Writing):
    """What is of another path, method, type or size is refused, and is never a fault or a change."""

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
        _, body = self.good(await house.untold(self.provider, self.channel))
        await self.refused(house, 415, body=gzip.compress(body), headers={"content_encoding": encoding})

    @pytest.mark.parametrize(
        "method",
        ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW", "post"],
    )
    async def test_another_method_is_refused(self, house: House, method: str) -> None:
        sent = await house.untold(self.provider, self.channel)
        query, body = self.good(sent)
        headers = self.sign(f"{PUBLIC_URL}{self.target(query)}", body)
        before = everything(house.world, but=())
        answer = await raw_call(house, method, self.path, query, headers, body)
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
        sent = await house.untold(self.provider, self.channel)
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
            ("\N{ARABIC-INDIC DIGIT THREE}", 413),
        ],
    )
    async def test_a_length_that_is_not_true_helps_nobody(
        self, house: House, length: str, status: int
    ) -> None:
        headers = {"content-type": self.content_type, "content-length": length}
        answer = await raw_call(house, "POST", self.path, "", headers, b"x" * (self.largest + 1))
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
        sent = await house.untold(self.provider, self.channel)
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
        status, _ = await raw_call(house, "POST", self.path, "", headers, b"half", goes_away=True)
        assert status in REFUSED
        assert everything(house.world, but=()) == before

    async def test_a_body_that_does_not_come_is_not_waited_for(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(webhooks, "READ_WITHIN_S", 0.05)
        answer = await raw_call(house, "POST", self.path, "", {"content-type": self.content_type}, None)
        assert answer[0] == 408
