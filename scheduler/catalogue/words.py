"""Composes the words of a message: the right template, channel and language, filled with the facts.

What the policy requires is said as well: whatever of it the template does not say itself comes at the end.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from jinja2 import Template, TemplateError

from scheduler.catalogue.fields import Manner, build
from scheduler.catalogue.formats import candidates, format_locale, to_plain
from scheduler.catalogue.required import filled, missing, says_stop, shown
from scheduler.catalogue.sandbox import context, render
from scheduler.catalogue.sheets import REQUIRED, Sheet, Sheets, read_sheets
from scheduler.domain.decision import Required
from scheduler.domain.facts import Facts
from scheduler.domain.message import Words
from scheduler.ports import ComposeError

SMS_MOST: Final = 1_600
"""The longest SMS in characters; Twilio refuses a longer Body (API reference, Messages)."""

EMAIL_MOST: Final = 200_000
"""The longest text or HTML of an email in characters."""

SUBJECT_MOST: Final = 500
"""The longest subject in characters."""

Values = Mapping[str, object]
"""The fields of one message by name."""

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

    def compose(self, facts: Facts, channel: str, now: datetime, phrases: Sequence[Required] = ()) -> Words:
        """Return the words of one message in the debtor's language, or in English where there are none.

        They contain every phrase, in the language of the words. Raises ComposeError when the template cannot be
        rendered, when a phrase has no words in that language, or names a notice that there has not been.
        """
        template = facts.touchpoint.template
        sheet = self._sheet(template, channel, facts.debtor.locale)
        locale = format_locale(sheet.locale, facts.debtor.locale, facts.debtor.country)
        manner = Manner(locale, channel == "sms", sheet.plain)
        try:
            said = filled(phrases, sheet.locale, facts, manner)
            values = context(build(facts, manner, now, says_stop(said)))
            return _sms(sheet, values, said) if channel == "sms" else _email(sheet, values, said)
        except (TemplateError, LookupError, ValueError, ArithmeticError) as error:
            # Only sentences of the engine and of this package, which name fields and never their values.
            raise ComposeError(f"{template}, {channel}, {sheet.locale}: {error}") from None

    def _sheet(self, template: str, channel: str, wanted: str) -> Sheet:
        known = self.sheets.get((template, channel))
        if known is None:
            raise ComposeError(f"{template}, {channel}: there is no such template; run `duly check`")
        return next(known[locale] for locale in candidates(wanted) if locale in known)


def _sms(sheet: Sheet, values: Values, phrases: Sequence[str]) -> Words:
    text = render(sheet.text, values, SMS_MOST)
    return Words(_ended(to_plain(text) if sheet.plain else text, "\n", phrases, SMS_MOST))


def _email(sheet: Sheet, values: Values, phrases: Sequence[str]) -> Words:
    subject = render(sheet.subject, values, SUBJECT_MOST) if sheet.subject else ""
    return Words(
        text=_ended(render(sheet.text, values, EMAIL_MOST), "\n\n", phrases, EMAIL_MOST) + "\n",
        subject=" ".join(subject.split()),
        html=_page(sheet.html, values, phrases) if sheet.html else None,
    )


def _ended(text: str, gap: str, phrases: Sequence[str], most: int) -> str:
    """Return text with the phrases that it lacks at its end."""
    words = _tidy(text)
    words = gap.join((words, *missing(phrases, words)))
    if len(words) > most:  # phrases have come to it, and the "..." of plain text is longer than its "…"
        raise OverflowError(f"the words grow beyond {most} characters")
    return words


def _page(template: Template, values: Values, phrases: Sequence[str]) -> str:
    """Return a page with the phrases that it lacks below its content."""
    page = render(template, {**values, REQUIRED: ()}, EMAIL_MOST)
    if phrases and (lacking := missing(phrases, shown(page))):
        page = render(template, {**values, REQUIRED: lacking}, EMAIL_MOST)
        if missing(lacking, shown(page)):
            raise LookupError(
                "the HTML leaves out what the policy requires; let the layout always show `content`"
            )
    return page


def _tidy(text: str) -> str:
    """Return text without what tags leave behind: spaces at line ends and rows of empty lines."""
    if " \n" in text or "\t\n" in text:
        text = _LINE_ENDS.sub("\n", text)
    return (_GAPS.sub("\n\n", text) if "\n\n\n" in text else text).strip()
