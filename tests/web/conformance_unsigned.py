"""Cases of requests that the provider did not sign as they came."""

import pytest

from tests.store.reporting import everything
from tests.web.house import PUBLIC_URL, House
from tests.web.writing import LOG, Writing


class Unsigned(Writing):
    """What is not signed as it came is refused, with the same answer whatever was wrong, and changes nothing."""

    @pytest.mark.parametrize(
        "signature",
        [None, "", "a", "x" * 28, "ü" * 20, "=" * 8, "\x00", "A" * 100_000, "eyJhbGciOiJub25lIn0.e30."],
        ids=["missing", "empty", "short", "made up", "letters", "padding", "NUL", "huge", "of another kind"],
    )
    async def test_a_signature_that_is_none_is_refused(self, house: House, signature: str | None) -> None:
        await self.refused(house, 403, headers={self.signature_header.replace("-", "_"): signature})

    async def test_a_truncated_signature_is_refused(self, house: House) -> None:
        query, body = self.good(await house.untold(self.provider, self.channel))
        whole = self.sign(f"{PUBLIC_URL}{self.target(query)}", body)[self.signature_header]
        before = everything(house.world, but=())
        for cut in (whole[:-8], whole[8:], whole[:1], f"{whole[:8]}{whole[12:]}"):
            named = {self.signature_header.replace("-", "_"): cut}
            answer = await self.post(house, query, body, **named)
            assert answer.status_code == 403, cut
        assert everything(house.world, but=()) == before

    @pytest.mark.parametrize("key", ["before the previous", "another's", "", "newest "])
    async def test_another_key_is_refused(self, house: House, key: str) -> None:
        await self.refused(house, 403, key=key)

    async def test_two_signatures_are_refused_even_if_one_is_good(self, house: House) -> None:
        sent = await house.untold(self.provider, self.channel)
        query, body = self.good(sent)
        headers = self.sign(f"{PUBLIC_URL}{self.target(query)}", body)
        before = everything(house.world, but=())
        twice = [*headers.items(), (self.signature_header, "x" * 28)]
        for order in (twice, twice[::-1]):
            assert (await house.call("POST", self.target(query), order, body)).status_code == 403
        assert everything(house.world, but=()) == before

    @pytest.mark.parametrize("change", [b"&Extra=1", b" ", b"\n", b"\x00"])
    async def test_a_body_that_was_added_to_is_refused(self, house: House, change: bytes) -> None:
        sent = await house.untold(self.provider, self.channel)
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
