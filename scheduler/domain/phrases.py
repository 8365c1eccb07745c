"""Words that must stand in a message, and words that must not."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from html import unescape

from scheduler.domain.decision import Required
from scheduler.domain.facts import Facts
from scheduler.domain.message import Words
from scheduler.domain.rule import Rule, Texts


class Turn(StrEnum):
    """To which messages of a debt a phrase belongs: the first one, those after it, or all."""

    FIRST = "first"
    LATER = "later"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that a message must contain, by language. `{notice_date}` and the like are filled from the facts."""

    texts: Texts
    turn: Turn = Turn.ANY

    def is_due(self, facts: Facts) -> bool:
        """Whether this message must contain it; a debt that was never surely spoken of makes it a first one."""
        if self.turn is Turn.ANY:
            return True
        known = facts.history.spoken_at
        is_first = any(plan.id not in known for plan in facts.plans)
        return is_first if self.turn is Turn.FIRST else any(plan.id in known for plan in facts.plans)


class Part(StrEnum):
    """Where forbidden words are looked for: anywhere, or where others see them without opening the message."""

    ANYWHERE = "anywhere"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class ForbiddenWords:
    """Words, or beginnings of phone numbers, that must not stand in a message; in any language at once."""

    words: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    part: Part = Part.ANYWHERE

    def found(self, words: Words) -> str | None:
        """Return the first of them that the message contains."""
        text = plain(words.subject or "") if self.part is Part.SUBJECT else _everything(words)
        for each in self.words:
            # Looking for letters alone is a hundred times faster than for whole words.
            if _plain_once(each) in text and _word(each).search(text):
                return each
        numbers = list(_numbers(text)) if self.numbers else []
        return next((each for each in self.numbers if any(map(_begins(each), numbers))), None)


def due_phrases(rules: Iterable[tuple[Rule, Phrase]], facts: Facts) -> tuple[Required, ...]:
    """Return the phrases that this message must contain, each once."""
    return tuple(Required(rule.id, form.texts) for rule, form in rules if form.is_due(facts))


def plain(text: str) -> str:
    """Return text as it is compared: without differences of case, width and white space, and nothing invisible."""
    if not text.isascii():  # ASCII has one width, and nothing invisible
        for each in _INVISIBLE:
            text = text.replace(each, "")
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Scripts that do not part words: Thai, Lao, Burmese, Khmer, Japanese and Chinese."""


@lru_cache(maxsize=2_048)
def _plain_once(words: str) -> str:
    return plain(words)


@lru_cache(maxsize=2_048)
def _word(words: str) -> re.Pattern[str]:
    """Match the words as a whole; scripts that do not part words have no edges to look for, nor beside others."""
    text = plain(words)
    if not text:
        return re.compile(r"(?!)")
    before = rf"(?<![^\W{_UNSPACED}])" if text[0].isascii() and text[0].isalnum() else ""
    after = rf"(?![^\W{_UNSPACED}])" if text[-1].isascii() and text[-1].isalnum() else ""
    return re.compile(f"{before}{re.escape(text)}{after}")


# ----------------------------------------------------------------------------------------------- all words

_UNSEEN = re.compile(r"<(style|script)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_WITHIN_A_WORD = re.compile(r"</?(?:a|abbr|b|em|font|i|mark|small|span|strong|u|wbr)\b[^<>]*>", re.IGNORECASE)
_ELEMENT = re.compile(r"""<(?:"[^"]*"|'[^']*'|[^"'<>])*>""")
_ATTRIBUTE = re.compile(r"""\b(?:alt|title|href)\s*=\s*["']([^"']*)["']""", re.IGNORECASE)


@lru_cache(maxsize=4)
def _everything(words: Words) -> str:
    """Return all that a reader may see, to compare: subject, text, and what the HTML shows, says of images, leads to.

    Several rules look at one message, one after the other.
    """
    page = _UNSEEN.sub(" ", words.html or "")
    seen = _ELEMENT.sub(" ", _WITHIN_A_WORD.sub("", page))
    html = unescape(" ".join((seen, *_ATTRIBUTE.findall(page))))
    return plain("\n".join((words.subject or "", words.text, html)))


# ------------------------------------------------------------------------------------------- phone numbers

_BETWEEN = r"[ ()./\-\u2010-\u2013]"
_RUN = re.compile(rf"\+?\d(?:(?:{_BETWEEN}*|,)\d)*")
_NO_DIGIT = re.compile(r"[^\d+]")
_DATE = re.compile(
    r"(?<![\d./-])(?:\d{1,2}([./-])\d{1,2}\1\d{2}(?:\d{2})?|\d{4}([./-])\d{1,2}\2\d{1,2})(?![./-]?\d)"
)
_SHORTEST_NUMBER = 9


def _numbers(text: str) -> Iterator[str]:
    """Yield what may be a phone number, however it is grouped; a date is none, and what is shorter neither."""
    for run in _RUN.findall(_DATE.sub(",", text.replace("(0)", ""))):
        words = run.split(" ")
        for index in range(len(words)):
            number = _NO_DIGIT.sub("", "".join(words[index:]))
            if len(number) >= _SHORTEST_NUMBER:
                yield number


def _begins(number: str) -> Callable[[str], bool]:
    """Return what says whether a number begins so; +44 may be written 0044."""
    beginnings = (number, f"00{number[1:]}") if number.startswith("+") else (number,)
    return lambda each: each.startswith(beginnings)
