"""Words that the policy requires: in the language of the message, filled, and named where they are still missing."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from html import unescape
from typing import Final

from scheduler.catalogue.fields import Manner
from scheduler.catalogue.formats import candidates, clean, locale_key, to_plain
from scheduler.domain.decision import Required
from scheduler.domain.facts import Facts
from scheduler.domain.hours import local_date
from scheduler.domain.phrases import plain
from scheduler.domain.touchpoint import Kind

PLACEHOLDERS: Final = ("creditor", "plan", "notice_date", "notice_reference")
"""What may stand in braces in a required phrase; any other brace is said as it is written."""

_PLACEHOLDER = re.compile(rf"\{{({'|'.join(PLACEHOLDERS)})\}}")
_ELEMENT = re.compile(r"""<(?:"[^"]*"|'[^']*'|[^"'>])*>""")
_STOP = re.compile(r"(?<![A-Za-z])STOP(?![A-Za-z])|退订")


def text_in(texts: Mapping[str, str], locale: str) -> str | None:
    """Return the text for words of this locale: exactly its own, then shorter (zh-Hant, then zh), else None."""
    by_key = {locale_key(language): text for language, text in texts.items()}
    own = candidates(locale)[:-1]  # without English, which the other words of the message would not be in
    return next((by_key[each] for each in own if each in by_key), None)


def filled(phrases: Sequence[Required], locale: str, facts: Facts, manner: Manner) -> tuple[str, ...]:
    """Return the phrases as this message says them.

    Raises LookupError when a phrase has no words in the locale, or names a notice that there has not been.
    """
    return tuple(_filled(each, locale, facts, manner) for each in phrases)


def _filled(required: Required, locale: str, facts: Facts, manner: Manner) -> str:
    text = text_in(required.texts, locale)
    if text is None:
        raise LookupError(f"{required.rule} has no words in {locale}; add them to the policy")
    # One pass: what a value brings in is never read as a placeholder.
    said = _PLACEHOLDER.sub(lambda match: _value(match[1], required.rule, facts, manner), text).strip()
    return to_plain(said) if manner.plain else said


def _value(name: str, rule: str, facts: Facts, manner: Manner) -> str:
    if name == "creditor":
        return clean(facts.creditor.writes_as, manner.name_limit)
    if name == "notice_date":
        return manner.day(_noticed_on(rule, facts))
    return clean(facts.plan.ref)  # a notice has no reference of its own: it carries the plan's


def _noticed_on(rule: str, facts: Facts) -> date:
    """Return the day of the latest first notice of the plan, in the plan's zone; of any formal one, if that is all."""
    formal = [each for each in facts.history.notices if facts.plan.id in each.plan_ids]
    first = [each for each in formal if each.kind is Kind.FIRST_CONTACT_NOTICE]
    notices = [each.at for each in first or formal]
    if not notices:
        raise LookupError(
            f"{rule} names the date of a notice, and none is known for this plan; log the notice"
        )
    return local_date(max(notices), facts.plan.zone)


def missing(phrases: Sequence[str], words: str) -> tuple[str, ...]:
    """Return the phrases that the words do not contain, each once, whatever its case and spacing."""
    if not phrases:
        return ()
    found, kept = plain(words), set[str]()
    for each in sorted(phrases, key=_length, reverse=True):  # a phrase may contain another one
        if _compared(each) not in found:
            found = f"{found}\n{_compared(each)}"
            kept.add(each)
    return tuple(each for each in dict.fromkeys(phrases) if each in kept)


_compared = lru_cache(maxsize=2_048)(plain)
"""A phrase as it is compared: the same ones stand in most messages."""


def _length(phrase: str) -> int:
    return len(_compared(phrase))


def says_stop(phrases: Sequence[str]) -> bool:
    """Whether one of the phrases tells the debtor already to answer STOP (退订): a message says it once."""
    return any(_STOP.search(each) for each in phrases)


def shown(document: str) -> str:
    """Return the words that a reader of a whole HTML document sees: those of its body, without the elements."""
    return unescape(_ELEMENT.sub("", document.partition("<body")[2].partition(">")[2]))
