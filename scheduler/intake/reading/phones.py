"""Phone numbers to E.164, as valid as phonenumbers says; with an exact shortcut for those in E.164."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberDesc

from scheduler.intake.reading.rows import Fault

_LETTER = re.compile(r"[^\W\d_]")
_E164 = re.compile(r"\+([1-9][0-9]{6,14})")

_TYPES = tuple(
    "premium_rate toll_free shared_cost voip personal_number pager uan voicemail fixed_line mobile".split()
)


@lru_cache(maxsize=32_768)
def phone(text: str, country: str | None) -> str:
    """Return the number as E.164; `country` says how a number without + is meant. Raises Fault."""
    if _is_valid_e164(text):
        return text
    if country is None and not text.lstrip().startswith(("+", "\uff0b")):
        raise Fault(
            "phone",
            "the number does not say its country; write it with + and the country code, or fill country",
        )
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        raise Fault("phone", "the cell is not a phone number; write it like +44 20 7946 0018") from None
    if _LETTER.search(text.lower().removeprefix("tel:")) and not number.extension:
        raise Fault("phone", "the cell holds more than a phone number; leave only the number")
    if number.extension:
        raise Fault("phone", "a number with an extension cannot be written to; give one without")
    if not phonenumbers.is_valid_number(number):
        raise Fault(
            "phone", "there is no such phone number in its country; check its digits and the country code"
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _is_valid_e164(text: str) -> bool:
    """Return whether the number is surely valid as it stands; phonenumbers takes thirty times as long."""
    match = _E164.fullmatch(text)
    if match is None:
        return False
    digits = match[1]
    for width in (1, 2, 3):
        if numbering := _numbering(int(digits[:width])):
            return numbering.holds(digits[width:])
    return False


@dataclass(frozen=True, slots=True)
class _Region:
    """A region of a calling code: its leading digits, if it is known by them, and its valid numbers."""

    leading: re.Pattern[str] | None
    valid: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Numbering:
    """The numbering of one calling code, as phonenumbers' metadata states it."""

    prefix: re.Pattern[str] | None
    regions: tuple[_Region, ...]

    def holds(self, national: str) -> bool:
        """Return whether the national number is valid and nothing would be stripped from it."""
        if self.prefix is not None and self.prefix.match(national):
            return False
        for region in self.regions:
            valid = region.valid.fullmatch(national) is not None
            if valid if region.leading is None else region.leading.match(national):
                return valid
        return len(self.regions) == 1 and self.regions[0].valid.fullmatch(national) is not None


@cache
def _numbering(code: int) -> _Numbering | None:
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code)
    if regions is None:
        return None
    metadata = [PhoneMetadata.metadata_for_region_or_calling_code(code, region) for region in regions]
    found = [each for each in metadata if each is not None]
    prefix = found[0].national_prefix_for_parsing
    return _Numbering(re.compile(prefix) if prefix else None, tuple(map(_region, found)))


def _region(metadata: PhoneMetadata) -> _Region:
    leading = re.compile(metadata.leading_digits) if metadata.leading_digits else None
    types = [getattr(metadata, name) for name in _TYPES]
    either = "|".join(_pattern(each) for each in types if each is not None and each.national_number_pattern)
    general = metadata.general_desc.national_number_pattern if metadata.general_desc else ""
    return _Region(leading, re.compile(rf"(?=(?:{general})\Z)(?:{either})"))


def _pattern(description: PhoneNumberDesc) -> str:
    lengths = "|".join(rf"\d{{{length}}}" for length in description.possible_length)
    return rf"(?:(?=(?:{lengths})\Z)(?:{description.national_number_pattern}))"
