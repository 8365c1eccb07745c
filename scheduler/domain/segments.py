"""How many parts an SMS is billed and sent in (3GPP TS 23.038 alphabets, TS 23.040 concatenation)."""

from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True, slots=True)
class Segments:
    """The alphabet, the units used and the number of parts."""

    encoding: str
    units: int
    count: int


def segments(text: str) -> Segments:
    """Count the parts of an SMS: 160 or 153 septets in GSM-7, 70 or 67 units in UCS-2.

    A character of two units is never split over two parts.
    """
    if all(each in _BASIC or each in _EXTENDED for each in text):
        return _count("GSM-7", [2 if each in _EXTENDED else 1 for each in text], 160, 153)
    return _count("UCS-2", [2 if ord(each) > 0xFFFF else 1 for each in text], 70, 67)


def _count(encoding: str, widths: list[int], single: int, part: int) -> Segments:
    units = sum(widths)
    if units <= single:
        return Segments(encoding, units, 1)
    count, used = 1, 0
    for width in widths:
        if used + width > part:
            count, used = count + 1, 0
        used += width
    return Segments(encoding, units, count)
