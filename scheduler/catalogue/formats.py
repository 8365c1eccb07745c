"""How money, dates and names are written: in the debtor's own format, within what the channel can carry."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_timedelta
from babel.numbers import format_currency, get_currency_symbol

from scheduler.domain.money import exponent
from scheduler.domain.segments import segments

FALLBACK = "en"
"""The language of everybody whose own has no template."""

DateLength = Literal["medium", "long"]

# Babel writes hard spaces and typographers write curly quotes: each doubles the price of an English SMS.
_PLAIN = str.maketrans(
    dict.fromkeys("\u00a0\u2007\u2009\u200a\u202f", " ")
    | dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | {"\u2026": "...", "\u2060": None}
)

_NOT_PLAIN = re.compile(f"[{''.join(map(chr, _PLAIN))}]")

_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_HIDDEN = re.compile(  # bidirectional controls, invisible marks and halves of characters
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_LETTER_BY_DIGIT = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_DECIMALS = re.compile(r"0\.0+")


def locale_key(name: str) -> str:
    """Return a locale's name in the form in which templates are kept: `zh_Hans_CN` is `zh-hans-cn`."""
    return name.strip().replace("_", "-").lower()


@lru_cache(maxsize=1024)
def candidates(wanted: str) -> tuple[str, ...]:
    """Return the locales whose words would serve, the best first: exact, then language, then English."""
    parts = locale_key(wanted).split("-")
    shorter = ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return (*shorter, FALLBACK)


@lru_cache(maxsize=4096)
def format_locale(words: str, wanted: str, country: str | None) -> str:
    """Return the locale in which amounts and dates are written within words of the locale `words`.

    The language is that of the words, the habits are the debtor's own: English words in Germany write
    "12 March 2027" and "1.234,50 €".
    """
    own = _parsed(wanted)
    language = locale_key(words).split("-")[0]
    territory = (own.territory if own else None) or country
    names = _names(own if own and own.language == language else None, words, language, territory)
    return str(next(found for name in names if (found := _parsed(name))))


def _names(own: Locale | None, words: str, language: str, territory: str | None) -> Iterator[str]:
    if own and (own.territory or not territory):
        yield str(own)
    elif territory:
        yield from (f"{own or language}_{territory}", f"{language}_001")  # 001 is the world
    yield from (str(own) if own else words, FALLBACK)


@lru_cache(maxsize=1024)
def _parsed(name: str) -> Locale | None:
    try:
        return Locale.parse(name.strip().replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        return None


def _locale(name: str) -> Locale:
    locale = _parsed(name)
    if locale is None:
        raise LookupError(f"no locale is called {name!r}")
    return locale


@lru_cache(maxsize=65_536)
def money(amount_minor: int, currency: str, locale: str, plain: bool) -> str:
    """Return an amount with exactly the decimals of its currency.

    `plain` keeps it within GSM-7, by the currency's code where its symbol would not fit ("INR 1,234.50").
    """
    places, form = exponent(currency), _locale(locale)
    pattern = _DECIMALS.sub("0." + "0" * places if places else "0", form.currency_formats["standard"].pattern)
    amount = Decimal(amount_minor).scaleb(-places)
    text = format_currency(amount, currency, format=pattern, locale=form, currency_digits=False)
    if not plain:
        return _LETTER_BY_DIGIT.sub("\u00a0", text)
    text = to_plain(text)
    if not is_gsm(text):
        text = text.replace(to_plain(get_currency_symbol(currency, form)), currency)
    return _LETTER_BY_DIGIT.sub(" ", text)


@lru_cache(maxsize=16_384)
def day(value: date, locale: str, length: DateLength) -> str:
    """Return a date as the locale writes it."""
    return format_date(value, length, _locale(locale))


@lru_cache(maxsize=16_384)
def days(count: int, locale: str) -> str:
    """Return a number of days in words, with the plural of the language ("1 day", "3 days")."""
    everything_in_days = 1e12
    return format_timedelta(
        timedelta(days=count), granularity="day", threshold=everything_in_days, locale=_locale(locale)
    )


def to_plain(text: str) -> str:
    """Replace hard spaces, curly quotes and long dashes by what GSM-7 can write."""
    return text.translate(_PLAIN) if _NOT_PLAIN.search(text) else text


def is_gsm(text: str) -> bool:
    """Whether an SMS of this text is sent in GSM-7, and so costs less than half of one that is not."""
    return segments(text).encoding == "GSM-7"


def clean(text: str, limit: int | None = None) -> str:
    """Return text on one line without control, bidirectional and invisible characters.

    With a `limit` it is cut there and ends in "…", never inside a character made of several code points.
    """
    if not (text.isascii() and text.isprintable()):
        text = _HIDDEN.sub("", _BREAKS.sub(" ", text))
    text = text.strip()
    if limit is None or len(text) <= limit:
        return text
    end = limit - 1
    while end > 1 and _continues(text, end):
        end -= 1
    return text[:end].rstrip() + "\u2026"


def _continues(text: str, index: int) -> bool:
    joiner = "\u200d"
    return joiner in text[index - 1 : index + 1] or unicodedata.combining(text[index]) > 0
