"""The page of one message: as the debtor sees it, beside the log of why."""

import json
from datetime import UTC, datetime

import pytest

from tests.fakes.world import a_plan_row
from tests.web.stage import Stage, elements, words


async def _one(stage: Stage, **changes: object) -> str:
    stage.world.take_plans(a_plan_row(**changes))
    await stage.turn()
    (key,) = stage.message_keys()
    return key


async def test_an_sms_is_shown_with_its_encoding_units_and_segments(stage: Stage) -> None:
    key = await _one(stage, email=None, debtor_name="云思雨")
    page = words((await stage.get(f"/outbox/{key}")).text)
    assert "Dear 云思雨, your plan P-1 is open." in page
    assert "To +442079460018 Encoding UCS-2 Length 32 units Billed as 1 segment" in page


async def test_an_email_is_shown_with_its_envelope_its_html_in_a_sandbox_and_its_text(stage: Stage) -> None:
    key = await _one(stage)
    page = (await stage.get(f"/outbox/{key}")).text
    assert (
        "Subject A note about your plan From plans@northwind.example.com To Ada Example ada@example.com"
        in words(page)
    )
    assert f'<iframe class="letter" sandbox src="/outbox/{key}/html"' in page
    assert "As plain text Dear Ada Example, your plan P-1 is open." in words(page)


async def test_the_html_of_an_email_is_served_alone_and_can_do_nothing(stage: Stage) -> None:
    key = await _one(stage)
    answer = await stage.get(f"/outbox/{key}/html")
    assert answer.text.strip() == "<p>Dear <b>reader</b></p>"
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"sandbox", "default-src 'none'", "frame-ancestors 'self'", "form-action 'none'"} <= set(policy)
    assert not any(each.startswith("script-src") for each in policy)


async def test_an_sms_has_no_html(stage: Stage) -> None:
    key = await _one(stage, email=None)
    assert (await stage.get(f"/outbox/{key}/html")).status_code == 404


async def test_the_log_tells_every_step_with_reasons_in_plain_words(stage: Stage) -> None:
    stage.world.clock.instant = datetime(2027, 3, 9, 5, 0, tzinfo=UTC)
    stage.world.take_plans(a_plan_row())
    await stage.turn()
    stage.world.clock.instant = datetime(2027, 3, 9, 9, 30, tzinfo=UTC)
    await stage.turn()
    (key,) = stage.message_keys()
    page = words((await stage.get(f"/outbox/{key}")).text)
    told = page.split("Why, step by step")[1]
    steps = [
        "Tue 9 Mar 2027, 05:00 Planned",
        "Tue 9 Mar 2027, 05:00 Deferred until Tue 9 Mar 2027, 09:00 Not yet, because:",
        "Not yet Contact hours are closed in Europe/London, until Tue 9 Mar 2027, 09:00 courtesy/asking-hours",
        "Tue 9 Mar 2027, 09:30 Armed",
        "Allowed Contact hours are open courtesy/asking-hours",
        "Accepted Written to the outbox.",
        "Times are Europe/London.",
    ]
    places = [told.find(each) for each in steps]
    assert -1 not in places
    assert places == sorted(places)


async def test_the_log_of_another_touchpoint_stays_out(stage: Stage) -> None:
    key = await _one(stage, email=None)
    stage.world.clock.move(days=3)
    await stage.turn()
    assert len(stage.message_keys()) == 2
    page = (await stage.get(f"/outbox/{key}")).text
    assert words(page).count("Written to the outbox.") == 1


async def test_every_zone_that_the_debtor_may_be_in_is_named(stage: Stage) -> None:
    stage.world.clock.instant = datetime(2027, 3, 9, 15, 0, tzinfo=UTC)
    key = await _one(stage, time_zone="America/New_York")
    page = words((await stage.get(f"/outbox/{key}")).text)
    assert "Times are America/New York, the first of the debtor’s possible zones" in page
    assert "(America/New_York, Europe/London)" in page


@pytest.mark.parametrize("channel", ["sms", "email"])
async def test_a_missing_file_is_said_and_the_log_stays(stage: Stage, channel: str) -> None:
    key = await _one(stage, **({"email": None} if channel == "sms" else {}))
    next(stage.folder.glob(f"{key}.*")).unlink()
    page = words((await stage.get(f"/outbox/{key}")).text)
    assert "The file of this message is no longer in the outbox." in page
    assert "Written to the outbox." in page


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"to": 1}', b"\xff\xfe"])
async def test_an_sms_file_that_makes_no_sense_is_said(stage: Stage, content: bytes) -> None:
    key = await _one(stage, email=None)
    (stage.folder / f"{key}.json").write_bytes(content)
    answer = await stage.get(f"/outbox/{key}")
    assert answer.status_code == 200
    assert "The file of this message cannot be read." in words(answer.text)
    assert "The file of this message cannot be read." in words((await stage.get("/outbox")).text)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\r\n\r\n\xfe",
        b"Content-Type: multipart/alternative\r\n\r\n--",
        b"Subject: x\r\nFrom: <<<\r\nTo: @\r\n\r\n",
        b"Content-Type: text/plain; charset=no-such\r\n\r\nx",
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!",
    ],
)
async def test_an_email_file_that_makes_no_sense_breaks_no_page(stage: Stage, content: bytes) -> None:
    key = await _one(stage)
    (stage.folder / f"{key}.eml").write_bytes(content)
    assert (await stage.get(f"/outbox/{key}")).status_code == 200
    assert (await stage.get("/outbox")).status_code == 200


async def test_words_of_an_sms_add_no_element(stage: Stage) -> None:
    key = await _one(stage, email=None)
    path = stage.folder / f"{key}.json"
    before = elements((await stage.get(f"/outbox/{key}")).text)
    note = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(note | {"text": "<script>alert(1)</script>\u202e" * 50}), "utf-8")
    assert elements((await stage.get(f"/outbox/{key}")).text) == before


_A_KEY = "0" * 32


@pytest.mark.parametrize(
    "path",
    [
        f"{_A_KEY}-sms-1",
        f"{_A_KEY}-fax-1",
        f"{_A_KEY}-sms-0",
        f"{_A_KEY}-sms-1%0A",
        f"{_A_KEY.upper()}A-sms-1",
        "..%2Fduly.db",
        "%2e%2e",
        "x",
        f"{_A_KEY}-sms-1/html",
        f"{_A_KEY}-email-1/html",
        "",
    ],
)
async def test_a_key_that_is_none_or_nobodys_is_not_here(stage: Stage, path: str) -> None:
    assert (await stage.get(f"/outbox/{path}")).status_code == 404
