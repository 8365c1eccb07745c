"""Cases of requests that are taken, and of those that cannot be kept now: what they change, and how often."""

import asyncio

import pytest
from sqlalchemy.exc import OperationalError

from scheduler.web import lanes
from tests.store.reporting import count, everything, told
from tests.web.house import PUBLIC_URL, House, in_parts
from tests.web.writing import LOG, Writing


class Taken(Writing):
    """What is signed is taken, once it is on disk, and has one effect."""

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
        sent = await house.untold(self.provider, self.channel)
        monkeypatch.setattr(house.database, "write", _away)
        assert (await self.post(house, *self.good(sent), key="another's")).status_code == 403

    async def test_when_too_many_wait_the_next_is_told_to_come_again(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sent = await house.untold(self.provider, self.channel)
        before = everything(house.world, but=())
        monkeypatch.setattr(lanes, "MOST_WAITING", 0)
        answer = await self.post(house, *self.good(sent))
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert everything(house.world, but=()) == before


def _away(*_: object) -> None:
    raise OperationalError("SELECT", {}, Exception("the server has gone"))
