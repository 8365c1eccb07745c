"""What an operator sees of providers' requests: counts and few lines, and nothing of anybody in them."""

import json

import pytest
import structlog
from sqlalchemy.exc import OperationalError

from tests.store.reporting import closed, count, told
from tests.web.house import PUBLIC_URL, House, all_hooks, sendgrid_signature

CANARIES = ("447946", "example.com", "canary", "STOP", "SM0", "t=", "newest", "previous")


async def say(house: House, body: dict[str, str], *, key: str = "newest", hook: str = "inbound") -> int:
    """Send what Twilio signs, and return what is answered."""
    return (await house.say(hook, body, key)).status_code


def words(text: str, number: int = 1, sender: str = "+442079460001") -> dict[str, str]:
    return {"MessageSid": f"SM{number:032x}", "From": sender, "To": "+15550100", "Body": text}


def counted(house: House) -> dict[tuple[str, str, str], float]:
    """Return the counts by provider, hook and outcome."""
    samples = (sample for metric in house.registry.collect() for sample in metric.samples)
    return {
        (each.labels["provider"], each.labels["hook"], each.labels["outcome"]): each.value
        for each in samples
        if each.name == "duly_webhook_requests_total"
    }


async def test_requests_are_counted_by_what_became_of_them(house: House) -> None:
    assert await say(house, words("hello")) == 200
    assert await say(house, {"x": "y"}) == 200
    assert await say(house, words("hello", 2), key="another's") == 403
    assert (await house.call("GET", "/webhooks/twilio/inbound")).status_code == 405
    assert (await house.call("POST", "/webhooks/canary/canary")).status_code == 404
    assert (await house.call("POST", "/webhooks/sendgrid/events")).status_code == 415
    assert counted(house) == {
        ("twilio", "inbound", "taken"): 1,
        ("twilio", "inbound", "nothing_to_take"): 1,
        ("twilio", "inbound", "not_signed"): 1,
        ("twilio", "inbound", "method"): 1,
        ("", "", "no_such_hook"): 1,
        ("sendgrid", "events", "content_type"): 1,
    }


async def test_a_flood_of_forgeries_writes_one_line_a_minute(house: House) -> None:
    with structlog.testing.capture_logs() as lines:
        for _ in range(200):
            assert await say(house, words("hello"), key="another's") == 403
        house.world.clock.move(seconds=59)
        await say(house, words("hello"), key="another's")
        assert len(lines) == 1
        house.world.clock.move(seconds=1)
        await say(house, words("hello"), key="another's")
    line = {"event": "webhook_refused", "provider": "twilio", "hook": "inbound", "why": "not_signed"}
    assert lines == [
        {**line, "untold": 0, "log_level": "warning"},
        {**line, "untold": 200, "log_level": "warning"},
    ]


async def test_a_flood_of_one_kind_does_not_silence_another(house: House) -> None:
    with structlog.testing.capture_logs() as lines:
        for _ in range(3):
            await say(house, words("hello"), key="another's")
            await house.call("GET", "/webhooks/twilio/inbound")
            await say(house, words("hello"), key="another's", hook="status")
    assert len(lines) == 3


async def test_nothing_of_anybody_is_in_a_line_or_a_label(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with structlog.testing.capture_logs() as lines:
        await say(house, words("STOP canary"))
        await say(house, words("STOP canary", 2), key="another's")
        await house.call("POST", "/webhooks/twilio/canary?t=canary")
        monkeypatch.setattr(house.database, "write", _away)
        assert await say(house, words("STOP canary", 3)) == 503
    seen = json.dumps(lines) + repr(counted(house)) + "".join(capsys.readouterr())
    assert [each for each in CANARIES if each in seen] == []
    assert "OperationalError" in seen


def _away(*_: object) -> None:
    raise OperationalError("canary", {"x": "STOP"}, Exception("canary"))


async def test_without_a_public_address_nothing_is_there(house: House) -> None:
    for url, hooks in ((None, all_hooks()), (PUBLIC_URL, {})):
        other = House(house.database, public_url=url, hooks=hooks)
        assert await say(other, words("hello")) == 404
        assert (await other.call("GET", "/webhooks/twilio/inbound")).status_code == 404
    assert count(house.world) == 0


async def test_a_provider_that_is_not_configured_is_not_there(house: House) -> None:
    hooks = {name: each for name, each in all_hooks().items() if name[0] == "sendgrid"}
    other = House(house.database, hooks=hooks)
    assert await say(other, words("hello")) == 404
    body = b"[]"
    headers = {
        "content-type": "application/json",
        "x-twilio-email-event-webhook-signature": sendgrid_signature("1804500000", body),
        "x-twilio-email-event-webhook-timestamp": "1804500000",
    }
    assert (await other.call("POST", "/webhooks/sendgrid/events", headers, body)).status_code == 204


async def test_words_are_answered_with_an_empty_reply_in_xml(house: House) -> None:
    answer = await house.say("inbound", words("hello"))
    assert (answer.status_code, answer.text) == (200, '<?xml version="1.0" encoding="UTF-8"?><Response/>')
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_stop_closes_the_number_in_the_same_breath_and_start_opens_it(house: House) -> None:
    sent = await house.send("twilio", "sms")
    assert await say(house, words("Stop.", 1, sent.phone)) == 200
    assert closed(house.world) == {sent.phone: (True, False)}
    house.world.clock.move(minutes=1)
    assert await say(house, words("start", 2, sent.phone)) == 200
    assert closed(house.world) == {}
    assert [each["author"] for each in told(house.world, "consent_changed")] == ["twilio", "twilio"]


async def test_a_stop_that_came_to_the_address_for_reports_is_heard(house: House) -> None:
    sent = await house.send("twilio", "sms")
    assert await say(house, words("STOP", 1, sent.phone), hook="status") == 204
    assert closed(house.world) == {sent.phone: (True, False)}
