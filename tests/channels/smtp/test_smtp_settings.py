"""SMTP_URL: one address that says all about a mail server."""

import pytest

from channels.smtp.settings import SmtpSettings
from tests.channels.messages import some_tools


def read(url: str) -> SmtpSettings:
    return SmtpSettings.read({"SMTP_URL": url}.get, some_tools())


@pytest.mark.parametrize(
    ("url", "port", "tls", "starttls"),
    [
        pytest.param("smtp://mail.example.com", 587, False, None, id="what is offered"),
        pytest.param("smtp://mail.example.com:25", 25, False, None, id="another port"),
        pytest.param("smtp://u:p@mail.example.com", 587, False, True, id="never a password in the clear"),
        pytest.param("smtp://u:p@mail.example.com?starttls=never", 587, False, False, id="unless told so"),
        pytest.param("smtp://mail.example.com?starttls=always", 587, False, True, id="always"),
        pytest.param("smtps://u:p@mail.example.com", 465, True, False, id="encrypted from the start"),
    ],
)
def test_the_scheme_says_how_the_line_is_secured(
    url: str, port: int, tls: bool, starttls: bool | None
) -> None:
    settings = read(url)
    assert settings.host == "mail.example.com"
    assert (settings.port, settings.tls, settings.starttls) == (port, tls, starttls)


def test_user_and_password_may_hold_any_character() -> None:
    settings = read("smtps://post%40example.com:p%2Fw%3A%25@mail.example.com")
    assert (settings.user, settings.password) == ("post@example.com", "p/w:%")


def test_the_password_is_not_shown() -> None:
    assert "secret" not in repr(read("smtp://post:secret@mail.example.com"))
