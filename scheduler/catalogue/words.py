"""Composes the words of a message: the right template, channel and language, filled with the facts."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from jinja2 import TemplateError

from scheduler.catalogue.fields import Manner, build
from scheduler.catalogue.formats import candidates, format_locale, to_plain
from scheduler.catalogue.sandbox import context, render
from scheduler.catalogue.sheets import Sheet, Sheets, read_sheets
from scheduler.domain.facts import Facts
from scheduler.domain.message import Words
from scheduler.ports import ComposeError

SMS_MOST: Final = 1_600
"""The longest SMS in characters; Twilio refuses a longer Body (API reference, Messages)."""

EMAIL_MOST: Final = 200_000
"""The longest text or HTML of an email in characters."""

SUBJECT_MOST: Final = 500
"""The longest subject in characters."""

_LINE_ENDS = re.compile(r"[ \t]+\n")
_GAPS = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Wording:
    """The compiled templates of one folder; implements `scheduler.ports.Composer`."""

    sheets: Sheets

    @classmethod
    def load(cls, templates_dir: Path) -> Self:
        """Read, check and compile every template once.

        Raises UsageError with file, line and remedy at the first mistake.
        """
        return cls(read_sheets(templates_dir))

    def templates(self) -> frozenset[str]:
        """Return the names of all templates."""
        return frozenset(template for template, _ in self.sheets)

    def has(self, template: str, channel: str) -> bool:
        """Whether the template has words for the channel."""
        return (template, channel) in self.sheets

    def locales(self, template: str, channel: str) -> frozenset[str]:
        """Return the locales of a template's words for a channel, such as `en` and `zh`."""
        return frozenset(self.sheets.get((template, channel), {}))

    def compose(self, facts: Facts, channel: str, now: datetime) -> Words:
        """Return the words of one message in the debtor's language, or in English where there are none.

        Raises ComposeError when the template cannot be rendered.
        """
        template = facts.touchpoint.template
        sheet = self._sheet(template, channel, facts.debtor.locale)
        debtor = facts.debtor
        locale = format_locale(sheet.locale, debtor.locale, debtor.country)
        try:
            filled = context(build(facts, Manner(locale, channel == "sms", sheet.plain), now))
            return _sms(sheet, filled) if channel == "sms" else _email(sheet, filled)
        except (TemplateError, LookupError, ValueError, ArithmeticError) as error:
            # Only sentences of the engine and of this package, which name fields and never their values.
            raise ComposeError(f"{template}, {channel}, {sheet.locale}: {error}") from None

    def _sheet(self, template: str, channel: str, wanted: str) -> Sheet:
        known = self.sheets.get((template, channel))
        if known is None:
            raise ComposeError(f"{template}, {channel}: there is no such template; run `duly check`")
        return next(known[locale] for locale in candidates(wanted) if locale in known)


def _sms(sheet: Sheet, filled: dict[str, object]) -> Words:
    text = render(sheet.text, filled, SMS_MOST)
    words = _tidy(to_plain(text) if sheet.plain else text)
    if len(words) > SMS_MOST:  # "..." is longer than the "…" that it replaces
        raise OverflowError(f"the words grow beyond {SMS_MOST} characters")
    return Words(words)


def _email(sheet: Sheet, filled: dict[str, object]) -> Words:
    subject = render(sheet.subject, filled, SUBJECT_MOST) if sheet.subject else ""
    return Words(
        text=_tidy(render(sheet.text, filled, EMAIL_MOST)) + "\n",
        subject=" ".join(subject.split()),
        html=render(sheet.html, filled, EMAIL_MOST) if sheet.html else None,
    )


def _tidy(text: str) -> str:
    """Return text without what tags leave behind: spaces at line ends and rows of empty lines."""
    return _GAPS.sub("\n\n", _LINE_ENDS.sub("\n", text)).strip()
