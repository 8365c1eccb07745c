"""Forms of a rule about words: those that must stand in a message, and those that must not."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Annotated

from babel import Locale
from pydantic import AfterValidator, Field, WithJsonSchema

from scheduler.catalogue.mistakes import quoted, remedy
from scheduler.catalogue.models import Objection, Several, one_of, pattern, reads
from scheduler.catalogue.models_fields import Maybe
from scheduler.catalogue.models_form import FormModel, Subject
from scheduler.domain.phrases import ForbiddenWords, Part, Phrase, Turn

PLACEHOLDERS = ("creditor", "plan", "notice_date", "notice_reference")
"""What may stand in braces in a phrase; the facts fill it in."""

_PLACEHOLDER = re.compile(r"\{([a-z_]*)\}")
_MOST_TEXT = 1_000


@cache
def _languages() -> frozenset[str]:
    return frozenset(name for each in Locale("en").languages if re.fullmatch("[a-z]{2,3}", name := str(each)))


def _language(text: str) -> str:
    if text not in _languages():
        raise ValueError(f'{quoted(text)} is no language of ISO 639; write its short code, such as "en"')
    return text


def _text(text: str) -> str:
    if not text or len(text) > _MOST_TEXT or not text.isprintable():
        raise ValueError(f"write between 1 and {_MOST_TEXT} characters on one line")
    for name in _PLACEHOLDER.findall(text):
        if name not in PLACEHOLDERS:
            raise ValueError(
                f"{quoted('{' + name + '}')} can be filled with nothing; {remedy(name, PLACEHOLDERS)}"
            )
    if re.search("[{}]", _PLACEHOLDER.sub("", text)):
        raise ValueError("there is a brace too many here; write what is filled in as {creditor}")
    return text


def _some(texts: dict[str, str]) -> dict[str, str]:
    if not texts:
        raise ValueError('there is no text; add one by its language, such as {en: "This is …"}')
    return texts


_TEXT_SCHEMA = pattern(rf"([^{{}}\n]|\{{({'|'.join(PLACEHOLDERS)})\}})+") | {"maxLength": _MOST_TEXT}
_TEXTS_SCHEMA = {
    "type": "object",
    "minProperties": 1,
    "patternProperties": {"^[a-z]{2,3}$": _TEXT_SCHEMA},
    "additionalProperties": False,
}

Texts = Annotated[
    dict[Annotated[str, reads(_language, "en")], Annotated[str, reads(_text, '"This is …"')]],
    AfterValidator(_some),
    WithJsonSchema(_TEXTS_SCHEMA),
]


class PhraseModel(FormModel):
    """Words that a message must contain."""

    texts: Texts = Field(
        examples=['{en: "This is …"}'],
        description="The words by language; {creditor}, {plan}, {notice_date} and {notice_reference} are filled in.",
    )
    turn: Annotated[Turn, one_of(tuple(Turn), "turn")] = Field(
        Turn.ANY, description="To which messages about a debt they belong."
    )

    def form(self, _subject: Subject) -> Phrase:
        """Return the domain's value."""
        return Phrase(self.texts, self.turn)


_NUMBER = r"\+?[0-9]{1,15}"


def _number(text: str) -> str:
    if not re.fullmatch(_NUMBER, text):
        raise ValueError(f'{quoted(text)} is no beginning of a phone number; write it as "+449" or "09"')
    return text


def _words(text: str) -> str:
    if not text or len(text) > 100 or not text.isprintable():
        raise ValueError("write between 1 and 100 characters on one line")
    return text


class ForbidModel(FormModel):
    """Words, or beginnings of phone numbers, that must not stand in a message."""

    words: Maybe[Several[Annotated[str, reads(_words, "lottery")]]] = Field(
        None, examples=["[lottery]"], description="Whole words, whatever their case."
    )
    numbers: Maybe[
        Several[
            Annotated[
                str, reads(_number, '"+449"', {"type": ["string", "integer"], "pattern": f"^{_NUMBER}$"})
            ]
        ]
    ] = Field(None, examples=['["+449"]'], description="Beginnings of phone numbers.")
    part: Annotated[Part, one_of(tuple(Part), "part of a message")] = Field(
        Part.ANYWHERE, alias="in", description="Where they must not stand."
    )

    def objections(self) -> Iterator[Objection]:
        """The mapping forbids something."""
        if self.words is None and self.numbers is None:
            yield (), "this forbids nothing; add `words` or `numbers`"

    def form(self, _subject: Subject) -> ForbiddenWords:
        """Return the domain's value."""
        return ForbiddenWords(self.words or (), self.numbers or (), self.part)
