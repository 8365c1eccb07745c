"""Every address that a provider calls keeps to the same manners; and what is particular to one of them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, text

from scheduler.store.engine import Database, open_database
from scheduler.store.migrations import upgrade
from scheduler.store.tables import message
from tests.fakes.postgres import postgres_url
from tests.store.reporting import closed, told
from tests.web.conformance import Conformance
from tests.web.house import FORM, House, Sent, sendgrid_signature, twilio_signature

ACCOUNT = "AC" + "0123456789abcdef" * 2


@pytest.fixture(
    scope="class",
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)],  # tests/store has both every time
)
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """An empty, migrated database of either kind, for all cases of one address."""
    if request.param == "sqlite":
        opened = open_database(f"sqlite:///{tmp_path_factory.mktemp('house') / 'duly.db'}")
    else:
        opened = open_database(postgres_url())
        with opened.write() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="class")
def house(database: Database) -> House:
    """The web over a world, for all cases of one address."""
    return House(database)


def reported(house: House, sent: Sent) -> str | None:
    with house.database.read() as connection:
        return connection.execute(select(message.c.reported).where(message.c.id == sent.message_id)).scalar()


class _Twilio(Conformance):
    provider, channel = "twilio", "sms"
    content_type, other_type = FORM, "application/json"
    signature_header = "x-twilio-signature"
    largest = 64 * 1024
    signs_url = True

    def sign(self, url: str, body: bytes, key: str = "newest") -> dict[str, str]:
        return {
            "content-type": f"{FORM}; charset=UTF-8",
            self.signature_header: twilio_signature(url, body, key),
        }

    def strange(self, sent: Sent) -> Mapping[str, bytes]:
        own = {"MessageSid": sent.provider_id, "MessageStatus": "delivered"}
        return {
            "no fields": b"x=",
            "a wrong SID": urlencode({**own, "MessageSid": "SMxyz"}).encode(),
            "a SID of another thing": urlencode({**own, "MessageSid": "CA" + "0" * 32}).encode(),
            "a SID twice": urlencode([*own.items(), ("MessageSid", "SM" + "f" * 32)]).encode(),
            "a status twice": urlencode([*own.items(), ("MessageStatus", "failed")]).encode(),
            "an empty status": urlencode({**own, "MessageStatus": ""}).encode(),
            "a status with a NUL": urlencode({**own, "MessageStatus": "deli\0vered"}).encode(),
            "lists": b"MessageSid[]=1&MessageStatus[x]=y",
            "semicolons": b"MessageSid=1;MessageStatus=delivered",
            "JSON in a form": b'{"MessageSid": "SM1"}',
            "a hundred thousand fields": b"a=1&" * 16_000 + b"b=2",
            "capitals": urlencode({name.upper(): value for name, value in own.items()}).encode(),
        }


class TestTwilioStatus(_Twilio):
    """Twilio's status callbacks."""

    hook = "status"

    def good(self, sent: Sent, event: str = "delivered") -> tuple[str, bytes]:
        form = {
            "AccountSid": ACCOUNT,
            "MessageSid": sent.provider_id,
            "MessageStatus": event,
            "ErrorMessage": "",
        }
        return f"t={sent.touchpoint}&a=1", urlencode(form).encode()

    def effect(self, house: House, sent: Sent) -> object:
        return reported(house, sent)

    def orphan(self, sent: Sent) -> tuple[str, bytes]:
        form = {"MessageSid": f"SMf{sent.number:031x}", "MessageStatus": "delivered"}
        return "", urlencode(form).encode()


class TestTwilioInbound(_Twilio):
    """What people write to our numbers."""

    hook = "inbound"
    thanks = 200

    def good(self, sent: Sent, event: str = "delivered") -> tuple[str, bytes]:
        sid = f"SM{hash_of(event):08x}{sent.number:024x}"
        form = {
            "MessageSid": sid,
            "From": sent.phone,
            "To": "+15550100",
            "Body": f"{event}, I think",
            "NumMedia": "",
        }
        return "", urlencode(form).encode()

    def effect(self, house: House, sent: Sent) -> object:
        mine = [each for each in told(house.world, "inbound") if each["debtor_ref"] == f"D-{sent.number}"]
        return len(mine)

    def orphan(self, sent: Sent) -> tuple[str, bytes]:
        form = {"MessageSid": f"SMe{sent.number:031x}", "From": "+15550199", "Body": "STOP"}
        return "", urlencode(form).encode()

    async def test_an_event_that_nobody_knows_is_kept_and_changes_nothing(self, house: House) -> None:
        """Words are never unknown: they are kept, and close nothing."""
        sent = await house.send("twilio", "sms")
        before = closed(house.world)
        assert (await self.post(house, *self.good(sent, "teleported"))).status_code == 200
        assert closed(house.world) == before


class TestSendGridEvents(Conformance):
    """SendGrid's event webhook."""

    provider, hook, channel = "sendgrid", "events", "email"
    content_type, other_type = "application/json", FORM
    signature_header = "x-twilio-email-event-webhook-signature"
    largest = 4 * 1024 * 1024
    signs_url = False

    def sign(self, url: str, body: bytes, key: str = "newest") -> dict[str, str]:
        timestamp = "1804500000"
        return {
            "content-type": "application/json",
            self.signature_header: sendgrid_signature(timestamp, body, key),
            "x-twilio-email-event-webhook-timestamp": timestamp,
        }

    def good(self, sent: Sent, event: str = "delivered") -> tuple[str, bytes]:
        return "", _events(_event(sent, event))

    def effect(self, house: House, sent: Sent) -> object:
        return reported(house, sent)

    def orphan(self, sent: Sent) -> tuple[str, bytes]:
        other = {"sg_message_id": f"other-{sent.number}.filter1", "sg_event_id": f"other-{sent.number}"}
        return "", _events({"event": "delivered", "email": "x@example.com", **other})

    def strange(self, sent: Sent) -> Mapping[str, bytes]:
        own = _event(sent, "delivered")
        return {
            "an empty list": b"[]",
            "an object": b"{}",
            "null": b"null",
            "a number": b"1",
            "a list of anything": b'[1, null, "x", [], [{}], {}]',
            "deep": b"[" * 100_000,
            "deep and whole": b"[" * 5_000 + b"]" * 5_000,
            "half": _events(own)[:-5],
            "two documents": _events(own) + b"[]",
            "a byte order mark": "\ufeff[]".encode(),
            "constants": b'[{"event": NaN, "sg_event_id": Infinity}]',
            "a hundred thousand fields": json.dumps([dict.fromkeys(map(str, range(100_000)), 1)]).encode(),
            "numbers for texts": _events({**own, "event": 1, "sg_event_id": 2, "sg_message_id": 3}),
            "objects for texts": _events({**own, "sg_event_id": {}, "event": []}),
            "opened": _events({**own, "event": "open", "sg_event_id": "o-1"}),
            "a huge number": b'[{"timestamp": ' + b"9" * 5_000 + b"}]",
        }

    @pytest.mark.parametrize(
        "timestamp", [None, "", "now", "1", "-1804500000", "18045000000", "1804500000.0"]
    )
    async def test_a_timestamp_that_is_none_is_refused(self, house: House, timestamp: str | None) -> None:
        await self.refused(house, 403, headers={"x_twilio_email_event_webhook_timestamp": timestamp})

    async def test_another_timestamp_than_the_signed_one_is_refused(self, house: House) -> None:
        await self.refused(house, 403, headers={"x_twilio_email_event_webhook_timestamp": "1804500001"})

    async def test_a_name_with_halves_of_characters_is_left_out_and_the_rest_is_taken(
        self, house: House
    ) -> None:
        sent, other = [await house.send("sendgrid", "email") for _ in range(2)]
        odd = {**_event(other, "delivered"), "sg_event_id": "\ud800\x00" + "x" * 300, "status": "\ud800"}
        assert (await self.post(house, "", _events(odd, _event(sent, "delivered")))).status_code == 204
        assert (reported(house, sent), reported(house, other)) == ("delivered", None)

    async def test_one_request_may_tell_of_many_messages(self, house: House) -> None:
        all_sent = [await house.send("sendgrid", "email") for _ in range(5)]
        body = _events(*(_event(each, event) for each in all_sent for event in ("processed", "delivered")))
        assert (await self.post(house, "", body)).status_code == 204
        assert {reported(house, each) for each in all_sent} == {"delivered"}

    async def test_what_was_dropped_was_accepted_and_did_not_arrive(self, house: House) -> None:
        sent = await house.send("sendgrid", "email")
        dropped = {**_event(sent, "dropped"), "reason": "Unsubscribed Address"}
        await self.post(house, "", _events(dropped))
        assert reported(house, sent) == "undelivered"
        assert closed(house.world)[f"{sent.number}@example.com"] == (True, False)

    async def test_the_providers_own_instant_is_told(self, house: House) -> None:
        sent = await house.send("sendgrid", "email")
        await self.post(house, *self.good(sent))
        assert told(house.world, "delivered")[-1]["provider_at"] == "2027-03-09T09:00:00.000000Z"


def _event(sent: Sent, event: str) -> dict[str, Any]:
    return {
        "event": event,
        "email": f"{sent.number}@example.com",
        "timestamp": 1804582800,
        "sg_event_id": f"{event}-{sent.number}",
        "sg_message_id": f"{sent.provider_id}.filter0001.1.5515E0B88.0",
        "touchpoint": sent.touchpoint,
        "attempt": "1",
    }


def _events(*events: Mapping[str, Any]) -> bytes:
    return json.dumps(events).encode()


def hash_of(text: str) -> int:
    """Return a small number that is the same in every process."""
    return sum(map(ord, text))
