"""Email addresses: as valid as email-validator says, whether or not the shortcut answers."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from scheduler.intake.reading.emails import email
from scheduler.intake.reading.rows import Fault


def by_library(text: str) -> str | None:
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def by_duly(text: str) -> str | None:
    try:
        return email(text)
    except Fault:
        return None


LOCAL = st.text("ab1.+'-_üé\" ", min_size=0, max_size=70)
DOMAINS = (
    "example.com EXAMPLE.org exam_ple.com -a.example.com a..example.com example x.test x.invalid localhost "
    "example.com. bücher.example.net xn--bcher-kva.example.net [127.0.0.1] 1.2.3.4"
)
DOMAIN = st.sampled_from([*DOMAINS.split(), "a" * 64 + ".example.com", ""])


@given(LOCAL, DOMAIN)
@example("a" * 64, "example.com")
@example("a" * 65, "example.com")
def test_an_address_is_taken_exactly_as_the_library_takes_it(local: str, domain: str) -> None:
    assert by_duly(f"{local}@{domain}") == by_library(f"{local}@{domain}")


@pytest.mark.parametrize("length", [199, 200, 201, 253, 254, 255, 400])
def test_a_long_address_is_taken_exactly_as_the_library_takes_it(length: int) -> None:
    domain = ("a" * 60 + ".") * 6 + "example.com"
    text = f"maria@{domain[-(length - 6) :].lstrip('.')}"
    assert by_duly(text) == by_library(text)


@given(st.text(max_size=40))
def test_any_text_is_taken_exactly_as_the_library_takes_it(text: str) -> None:
    assert by_duly(text) == by_library(text)


def test_the_reason_does_not_repeat_the_address() -> None:
    with pytest.raises(Fault, match="the cell is not an email address"):
        email("maria@localhost")


def test_the_domain_is_kept_in_lower_case_and_the_rest_as_it_is() -> None:
    assert email("Maria.Fairweather+Plan@EXAMPLE.com") == "Maria.Fairweather+Plan@example.com"
