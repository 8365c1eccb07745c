"""The outbox: one whole file per message, which a person or a mail client can open."""

import json
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from channels.registry import Channel, open_channel
from scheduler.domain.delivery import Accepted, NotSent, Rejected
from tests.channels.messages import TOUCHPOINT, a_message, an_inquiry, some_tools


def the_outbox(folder: Path, channel: str = "sms") -> Channel:
    return open_channel("outbox", channel, lambda name: None, some_tools(folder))


def files(folder: Path) -> dict[str, bytes]:
    """Every file in the folder, hidden ones too."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_a_text_message_shows_its_words_and_what_they_cost(tmp_path: Path) -> None:
    message = a_message("sms", sender="Northwind", text="您好，Maria")
    assert await the_outbox(tmp_path).send(message) == Accepted(f"{message.key}.json")
    shown = json.loads((tmp_path / f"{message.key}.json").read_text("utf-8"))
    assert shown == {
        "to": "+447700900123",
        "sender": "Northwind",
        "text": "您好，Maria",
        "segments": {"encoding": "UCS-2", "units": 8, "count": 1},
        "touchpoint": TOUCHPOINT,
        "attempt": 1,
        "not_after": "2027-03-09T13:00:00+00:00",
    }


async def test_an_email_is_a_file_that_mail_clients_open(tmp_path: Path) -> None:
    message = a_message("email")
    assert await the_outbox(tmp_path, "email").send(message) == Accepted(f"{message.key}.eml")
    mail = message_from_bytes((tmp_path / f"{message.key}.eml").read_bytes(), policy=default)
    assert mail["Subject"] == message.words.subject
    assert [each.get_content_type() for each in mail.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize("channel", ["sms", "email"])
async def test_the_same_key_again_leaves_the_first_file_as_it_is(tmp_path: Path, channel: str) -> None:
    outbox, message = the_outbox(tmp_path, channel), a_message(channel)
    first = await outbox.send(message)
    written = files(tmp_path)
    assert await the_outbox(tmp_path, channel).send(message) == first
    assert await outbox.send(a_message(channel, text="other words")) == first
    assert files(tmp_path) == written
    assert len(written) == 1


async def test_a_touchpoint_has_one_file_whichever_attempt_wrote_it(tmp_path: Path) -> None:
    outbox = the_outbox(tmp_path)
    first = await outbox.send(a_message(attempt=1))
    for attempt in (2, 3):
        assert await outbox.send(a_message(attempt=attempt)) == first
    assert files(tmp_path).keys() == {f"{TOUCHPOINT}-sms-1.json"}


async def test_an_attempt_that_was_given_up_and_wakes_up_late_writes_nothing(tmp_path: Path) -> None:
    outbox = the_outbox(tmp_path)
    assert await outbox.look_up(an_inquiry(a_message(attempt=1))) == NotSent("not_in_outbox")
    await outbox.send(a_message(attempt=2))
    assert await outbox.send(a_message(attempt=1)) == NotSent("not_in_outbox")
    assert files(tmp_path).keys() == {f"{TOUCHPOINT}-sms-2.json"}


async def test_another_touchpoint_and_another_channel_are_other_files(tmp_path: Path) -> None:
    for message in (a_message(), a_message(touchpoint="f" * 32), a_message("email")):
        await the_outbox(tmp_path, message.channel).send(message)
    assert len(files(tmp_path)) == 3


async def test_a_look_up_is_certain_either_way(tmp_path: Path) -> None:
    outbox, message = the_outbox(tmp_path), a_message()
    assert await outbox.look_up(an_inquiry(message)) == NotSent("not_in_outbox")
    sent = await outbox.send(message)
    assert await outbox.look_up(an_inquiry(message)) == sent


async def test_the_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "outbox"
    assert isinstance(await the_outbox(folder).send(a_message()), Accepted)
    assert len(files(folder)) == 1


async def test_a_folder_that_cannot_be_made_takes_the_channel_down(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file is in the way", "utf-8")
    delivery = await the_outbox(tmp_path / "outbox").send(a_message())
    assert isinstance(delivery, NotSent)
    assert delivery.channel_down


async def test_a_write_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, data: bytes) -> int:
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert await the_outbox(tmp_path).send(a_message()) == NotSent("outbox_ENOSPC", channel_down=True)
    assert files(tmp_path) == {}


async def test_an_unusable_address_is_refused_as_a_real_provider_would(tmp_path: Path) -> None:
    delivery = await the_outbox(tmp_path, "email").send(a_message("email", to="nowhere"))
    assert delivery == Rejected("unusable_address", blames_address=True)
    assert files(tmp_path) == {}


async def test_a_folder_that_can_be_written_to_gives_no_cause_for_complaint(tmp_path: Path) -> None:
    assert await the_outbox(tmp_path / "outbox").check() == ()
    assert files(tmp_path / "outbox") == {}


async def test_a_folder_that_cannot_be_written_to_is_complained_of(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file is in the way", "utf-8")
    (complaint,) = await the_outbox(tmp_path / "outbox").check()
    assert complaint == "The outbox cannot be written to (EEXIST); name a folder that can in DULY_OUTBOX"
