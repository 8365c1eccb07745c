"""Phone numbers: as valid as phonenumbers says, by its own patterns where the shortcut answers."""

from contextlib import suppress

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scheduler.intake.reading.phones import _is_valid_e164, phone
from scheduler.intake.reading.rows import Fault

CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)


def reason(text: str, country: str | None) -> str:
    with pytest.raises(Fault) as fault:
        phone(text, country)
    assert fault.value.column == "phone"
    assert text not in fault.value.reason
    return fault.value.reason


def e164_by_library(text: str) -> str | None:
    """What phonenumbers alone makes of a number with +; None when it is not valid."""
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    return (
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if phonenumbers.is_valid_number(number)
        else None
    )


@given(st.sampled_from(CODES), st.text("0123456789", min_size=4, max_size=12))
@example(44, "2079460018")
@example(44, "02079460018")
@example(39, "0236618300")
@example(54, "91123456789")
@example(7, "7011234567")
def test_a_number_that_the_shortcut_accepts_is_valid_and_stays_as_it_is(code: int, national: str) -> None:
    text = f"+{code}{national}"
    if _is_valid_e164(text):
        assert e164_by_library(text) == text


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_every_kind_of_number_of_every_region_is_taken_as_the_library_takes_it(region: str) -> None:
    kinds = [kind for kind in phonenumbers.PhoneNumberType.values() if kind < 12]
    samples = [phonenumbers.example_number_for_type(region, kind) for kind in kinds]
    texts = [
        phonenumbers.format_number(each, phonenumbers.PhoneNumberFormat.E164) for each in samples if each
    ]
    assert texts
    for text in texts:
        assert phone(text, None) == e164_by_library(text) == text


def test_most_regions_have_numbers_that_the_shortcut_knows() -> None:
    samples = [phonenumbers.example_number(region) for region in sorted(phonenumbers.SUPPORTED_REGIONS)]
    texts = [
        phonenumbers.format_number(each, phonenumbers.PhoneNumberFormat.E164) for each in samples if each
    ]
    assert sum(map(_is_valid_e164, texts)) > 0.9 * len(texts)


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("+44 20 7946 0018", None),
        ("+44 (0)20 7946 0018", None),
        ("+442079460018", "DE"),
        ("020 7946 0018", "GB"),
        ("(020) 7946-0018", "GB"),
        ("0044 20 7946 0018", "GB"),
        ("011 44 20 7946 0018", "US"),
        ("442079460018", "GB"),
        ("tel:+44-20-7946-0018", "GB"),
    ],
)
def test_a_number_is_understood_by_its_country_or_by_its_plus(text: str, country: str | None) -> None:
    assert phone(text, country) == "+442079460018"


def test_a_number_without_plus_needs_a_country() -> None:
    assert "does not say its country" in reason("020 7946 0018", None)
    assert phone("020 7946 0018", "GB") == "+442079460018"


@pytest.mark.parametrize(
    "text", ["+1 212 555 010", "+44 20 7946 00188", "+999 20 7946 0018", "+1 012 555 0100"]
)
def test_a_number_that_nobody_can_have_is_rejected(text: str) -> None:
    reason(text, "US")


@pytest.mark.parametrize("text", ["maria@example.com", "+?", "++", "no phone", "+44" + "0" * 300])
def test_what_is_no_number_is_rejected(text: str) -> None:
    assert "is not a phone number" in reason(text, "GB")


@pytest.mark.parametrize(
    "text", ["call +44 20 7946 0018", "020 7946 0018 (Maria)", "1-800-FLOWERS", "BAD2079460018"]
)
def test_a_cell_that_holds_words_beside_a_number_is_rejected(text: str) -> None:
    reason(text, "US" if "FLOWERS" in text else "GB")


def test_a_number_with_an_extension_cannot_be_written_to() -> None:
    assert "extension" in reason("+1 212 555 0142 ext. 7", None)
    assert phone("+1 212 555 0142", None) == "+12125550142"


@given(st.text(max_size=30), st.sampled_from([None, "US", "XX", "AQ"]))
def test_any_text_is_a_valid_number_or_rejected(text: str, country: str | None) -> None:
    with suppress(Fault):
        assert e164_by_library(phone(text, country)) is not None
