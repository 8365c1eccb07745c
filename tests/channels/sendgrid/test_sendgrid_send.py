"""SendGrid's room: the body is the one that its SDK builds, posted once."""

import json

import pytest
from sendgrid.helpers.mail import (
    ClickTracking,
    Content,
    CustomArg,
    Email,
    Mail,
    OpenTracking,
    Personalization,
    ReplyTo,
    To,
    TrackingSettings,
)

from channels.mail import Envelope, envelope
from channels.registry import Channel, open_channel
from channels.sendgrid.send import mail_body
from scheduler.domain.delivery import Accepted, Rejected, Unknown
from scheduler.domain.message import Message
from tests.channels.messages import TOUCHPOINT, VARIABLES, a_message, an_inquiry, some_tools
from tests.fakes.provider import LoopbackProvider
from tests.fakes.twists import CUT, Twist, html, says, sendgrid_refuses


def a_room(provider: LoopbackProvider) -> Channel:
    get = {**VARIABLES, "DULY_SENDGRID_BASE_URL": provider.url + "/"}.get
    return open_channel("sendgrid", "email", get, some_tools())


def built_by_the_sdk(message: Message, parties: Envelope) -> object:
    mail = Mail()
    mail.from_email = Email(parties.sender.address, parties.sender.name)
    addressee = Personalization()
    addressee.add_to(To(parties.to.address, parties.to.name))
    addressee.add_custom_arg(CustomArg("touchpoint", message.touchpoint))
    addressee.add_custom_arg(CustomArg("attempt", str(message.attempt)))
    mail.add_personalization(addressee)
    if parties.reply_to:
        mail.reply_to = ReplyTo(parties.reply_to.address, parties.reply_to.name)
    mail.subject = message.words.subject
    mail.add_content(Content("text/plain", message.words.text))
    if message.words.html is not None:
        mail.add_content(Content("text/html", message.words.html))
    tracking = TrackingSettings()
    tracking.click_tracking = ClickTracking(False, False)
    tracking.open_tracking = OpenTracking(False)
    mail.tracking_settings = tracking
    return mail.get()


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(a_message("email"), id="usual"),
        pytest.param(a_message("email", html=None), id="text alone"),
        pytest.param(a_message("email", reply_to="Help <help@example.org>"), id="answers elsewhere"),
        pytest.param(a_message("email", to_name="Santos, Maria; 玛丽亚"), id="a name with commas"),
        pytest.param(a_message("email", to_name="", sender="plans@example.org"), id="no names"),
        pytest.param(a_message("email", attempt=12), id="a later attempt"),
    ],
)
def test_the_body_is_the_one_that_the_sdk_builds(message: Message) -> None:
    parties = envelope(message)
    assert isinstance(parties, Envelope)
    assert mail_body(message, parties) == built_by_the_sdk(message, parties)


async def test_the_body_is_posted_as_json_with_the_key_in_a_header(provider: LoopbackProvider) -> None:
    room, message = a_room(provider), a_message("email", attempt=2)
    assert await room.send(message) == Accepted(provider.accepted[0].provider_id)
    request = provider.requests[-1]
    assert request.path == "/v3/mail/send"
    assert b"\r\nAuthorization: Bearer SG.api-key-canary\r\n" in request.head
    assert b"\r\nContent-Type: application/json\r\n" in request.head
    assert b"canary" not in request.body
    (addressee,) = json.loads(request.body)["personalizations"]
    assert addressee["custom_args"] == {"touchpoint": TOUCHPOINT, "attempt": "2"}
    await room.close()


async def test_a_subject_stays_on_its_line(provider: LoopbackProvider) -> None:
    room = a_room(provider)
    await room.send(a_message("email", subject="Hello\r\nBcc: other@example.com"))
    assert json.loads(provider.requests[-1].body)["subject"] == "Hello Bcc: other@example.com"
    await room.close()


async def test_an_unusable_address_is_never_posted(provider: LoopbackProvider) -> None:
    room = a_room(provider)
    delivery = await room.send(a_message("email", to="nowhere"))
    assert delivery == Rejected("unusable_address", blames_address=True)
    assert provider.posts == 0
    await room.close()


REFUSED = "SendGrid does not accept SENDGRID_API_KEY; create a key and give it the scope Mail Send"


@pytest.mark.parametrize(
    ("twist", "complaints"),
    [
        pytest.param(says(200, {"scopes": ["mail.send", "alerts.read"]}), (), id="may send"),
        pytest.param(
            says(200, {"scopes": ["mail.batch.create"]}),
            ("SENDGRID_API_KEY may not send mail; give the key the scope Mail Send",),
            id="may not send",
        ),
        pytest.param(sendgrid_refuses(401), (REFUSED,), id="unknown key"),
        pytest.param(sendgrid_refuses(403), (REFUSED,), id="forbidden"),
        pytest.param(
            html(200),
            ("SendGrid did not say what SENDGRID_API_KEY may do (http_200); try again later",),
            id="a web page",
        ),
        pytest.param(
            says(200, {"scopes": None}),
            ("SendGrid did not say what SENDGRID_API_KEY may do (http_200); try again later",),
            id="no scopes",
        ),
        pytest.param(
            html(503),
            ("SendGrid did not say what SENDGRID_API_KEY may do (http_503); try again later",),
            id="server error",
        ),
        pytest.param(
            CUT,
            ("SendGrid cannot be reached (answer_cut); check the network and DULY_SENDGRID_BASE_URL",),
            id="cut",
        ),
    ],
)
async def test_a_key_that_may_not_send_is_complained_of(
    provider: LoopbackProvider, twist: Twist, complaints: tuple[str, ...]
) -> None:
    room = a_room(provider)
    provider.questions.extend([twist, twist])
    assert await room.check() == complaints
    assert provider.posts == 0
    await room.close()


async def test_only_events_tell_what_became_of_an_email(provider: LoopbackProvider) -> None:
    room, message = a_room(provider), a_message("email")
    assert isinstance(await room.send(message), Accepted)
    assert await room.look_up(an_inquiry(message)) == Unknown("only_events_tell")
    assert (room.absence_proves_after, len(provider.requests)) == (None, 1)
    await room.close()
