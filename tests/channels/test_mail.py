"""Mail is read back with the standard library: what was meant must be what a mail client sees."""

import re
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.mail import Envelope, Mailbox, envelope, one_line, read_mailbox, write_mail
from scheduler.domain.delivery import NotSent, Rejected
from tests.channels.messages import NOW, a_message

HEADERS = ["Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]


def written(**words: str | None) -> tuple[EmailMessage, bytes]:
    message = a_message("email", **words)  # type: ignore[arg-type]  # a test names only what varies
    parties = envelope(message)
    assert isinstance(parties, Envelope)
    content = write_mail(message, parties, NOW).content
    mail = message_from_bytes(content, EmailMessage, policy=default)
    return mail, content


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    content: str = body.get_content()
    return content.replace("\r\n", "\n")


def test_a_mail_client_sees_who_writes_to_whom_about_what() -> None:
    mail, _ = written(reply_to="help@example.org")
    assert mail["From"].addresses == (Address("Northwind Credit", "plans", "example.org"),)
    assert mail["To"].addresses == (Address("Maria Santos", "maria.santos", "example.com"),)
    assert mail["Reply-To"].addresses == (Address("", "help", "example.org"),)
    assert mail["Subject"] == "Your instalment, a-word-of-the-subject"
    assert mail["Date"].datetime == NOW
    assert mail["Message-ID"] == f"<{a_message('email').key}@example.org>"


def test_text_comes_first_and_html_second() -> None:
    mail, _ = written(text="plain", html="<p>rich</p>")
    assert mail.get_content_type() == "multipart/alternative"
    kinds = [each.get_content_type() for each in mail.iter_parts()]
    assert kinds == ["text/plain", "text/html"]


def test_without_html_there_is_one_part() -> None:
    mail, _ = written(text="plain", html=None)
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content() == "plain\r\n"


def test_the_same_message_is_the_same_bytes() -> None:
    assert written()[1] == written()[1]


@pytest.mark.parametrize(
    "text",
    [
        "您好，Maria：您的分期款项 ¥1,234.50 将于周五到期。",
        "Ihre Rate über 1.234,50 € ist am Freitag fällig.\nDanke!",
        "x" * 5000,
        "=_boundary\n--=_x\n.\n..\nFrom here",
        "trailing space \nand tab\t\n\n\nend",
        "🙂 = 100% =3D",
        "",
    ],
)
def test_the_words_arrive_as_they_were(text: str) -> None:
    mail, _ = written(text=text, html=f"<p>{text}</p>")
    assert part(mail, "plain").rstrip("\n") == text.rstrip("\n")
    assert part(mail, "html").rstrip("\n") == f"<p>{text}</p>".rstrip("\n")


TEXT = st.text(st.characters(codec="utf-8"), max_size=200)


@settings(deadline=None)
@given(text=TEXT, html=TEXT)
def test_any_words_arrive_line_by_line(text: str, html: str) -> None:
    mail, content = written(text=text, html=html)
    assert part(mail, "plain").split("\n")[:-1] == (text.splitlines() or [""])
    assert part(mail, "html").split("\n")[:-1] == (html.splitlines() or [""])
    assert all(len(line) <= 998 and b"\r" not in line for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")


NAME = st.text(st.characters(exclude_characters='<>"'), max_size=300)


@settings(deadline=None)
@given(subject=st.text(max_size=300), to_name=st.text(max_size=300), sender_name=NAME)
def test_nothing_written_into_a_header_opens_another(subject: str, to_name: str, sender_name: str) -> None:
    mail, content = written(subject=subject, to_name=to_name, sender=f"{sender_name} <plans@example.org>")
    assert mail.keys() == HEADERS
    assert [each.addr_spec for each in mail["To"].addresses] == ["maria.santos@example.com"]
    assert [each.addr_spec for each in mail["From"].addresses] == ["plans@example.org"]
    assert content.isascii()
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))


@settings(deadline=None)
@given(subject=st.text(max_size=300))
def test_a_subject_arrives_as_one_line(subject: str) -> None:
    mail, _ = written(subject=subject)
    assert squeezed(mail["Subject"]) == squeezed(one_line(subject))


@settings(deadline=None)
@given(name=st.text(max_size=300))
def test_a_name_arrives_as_one_line(name: str) -> None:
    mail, _ = written(to_name=name)
    assert squeezed(mail["To"].addresses[0].display_name) == squeezed(one_line(name))


@pytest.mark.parametrize("text", ["=?utf-8?q?Bcc?=", "x" * 2000, "x " * 1000, "您" * 1000])
def test_a_header_that_readers_might_mistake_arrives_as_it_is(text: str) -> None:
    mail, content = written(subject=text, to_name=text)
    assert squeezed(mail["Subject"]) == squeezed(text)
    assert squeezed(mail["To"].addresses[0].display_name) == squeezed(text)
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("one\r\ntwo\n\nthree", "one two three"),
        ("\ttabs\x0band\x0cfeeds\x85", "tabs and feeds"),
        ("nul\x00bell\x07del\x7f", "nul bell del"),
        ("moc\u202eelpmaxe\u2066", "moc elpmaxe"),
        ("half\ud83d a character", "half a character"),
        ("علی‌رضا 👩‍🚀", "علی‌رضا 👩‍🚀"),
    ],
)
def test_a_line_keeps_its_words_and_loses_what_would_break_it(text: str, line: str) -> None:
    assert one_line(text) == line


def squeezed(text: str) -> str:
    """The text without white space, which folding may change."""
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize(
    ("text", "mailbox"),
    [
        ("plans@example.org", Mailbox("", "plans@example.org")),
        (" plans@example.org ", Mailbox("", "plans@example.org")),
        ("<plans@example.org>", Mailbox("", "plans@example.org")),
        ("Northwind <plans@example.org>", Mailbox("Northwind", "plans@example.org")),
        ("Northwind, Inc. <plans@example.org>", Mailbox("Northwind, Inc.", "plans@example.org")),
        ('"Northwind \\"N\\"" <plans@example.org>', Mailbox('Northwind "N"', "plans@example.org")),
        ("北风 <plans@example.org>", Mailbox("北风", "plans@example.org")),
        ("plans@bücher.example", Mailbox("", "plans@xn--bcher-kva.example")),
        ("o'neill+x@example.org", Mailbox("", "o'neill+x@example.org")),
        ("", None),
        ("plans", None),
        ("@example.org", None),
        ("plans@", None),
        ("plans@example..org", None),
        ("plans@-example.org", None),
        ("pl ans@example.org", None),
        ("plans@example.org, other@example.org", None),
        ("<plans@example.org> <other@example.org>", None),
        ("plans@example.org\nBcc: other@example.org", None),
        ("plans.@example.org", None),
        ("plänz@example.org", None),
        ("a" * 242 + "@example.org", Mailbox("", "a" * 242 + "@example.org")),
        ("a" * 243 + "@example.org", None),
    ],
)
def test_a_mailbox_is_read_or_refused(text: str, mailbox: Mailbox | None) -> None:
    assert read_mailbox(text) == mailbox


def test_an_unusable_recipient_is_to_blame() -> None:
    assert envelope(a_message("email", to="nowhere")) == Rejected("unusable_address", blames_address=True)


def test_an_unusable_sender_is_ours_to_repair() -> None:
    assert envelope(a_message("email", sender="")) == NotSent("unusable_sender")
    assert envelope(a_message("email", reply_to="nobody")) == NotSent("unusable_reply_to")
