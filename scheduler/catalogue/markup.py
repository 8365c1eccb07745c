"""What the HTML of an email may be made of, and its style sheet written into its elements."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import count
from typing import Final, NoReturn

from css_inline import CSSInliner, InlineError

from scheduler.catalogue.mistakes import listed, quoted, remedy
from scheduler.domain.errors import UsageError

TAG: Final = re.compile(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
"""One tag of the template language, in a file that the grammar has passed."""

_WORDS = "a abbr b bdi br code em i s small span strong sub sup"
_BLOCKS = "blockquote dd div dl dt h1 h2 h3 h4 hr li ol p pre table tbody td tfoot th thead tr ul"
_DOCUMENT = "body head html meta style title"
_ELEMENTS: Final = frozenset(f"{_WORDS} {_BLOCKS}".split())
_VOID: Final = frozenset(("br", "hr", "meta"))
_ROW_GROUPS: Final = frozenset(("tbody", "tfoot", "thead"))

_LOOKS = "align border cellpadding cellspacing class colspan dir rowspan style width"
_MEANING = "aria-hidden aria-label charset content href lang name role scope title"
_ATTRIBUTES: Final = frozenset(f"{_LOOKS} {_MEANING}".split())
_FILLED: Final = frozenset(("aria-label", "href", "lang", "title"))

_MARK: Final = re.compile("\ue000(\\d+)\ue001")
_QUOTED: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
_LINK: Final = re.compile(r"https?://[\w.:-]+([/?#]\S*)?|mailto:\S+|tel:\S+|#\S*")
_PAYMENT_LINK: Final = re.compile(r"\{\{-?\s*creditor\.payment_link\s*-?\}\}")
_FETCHING_STYLE: Final = re.compile(r"url\s*\(|@import|expression\s*\(|\\", re.IGNORECASE)
_KEPT: Final = re.compile(r"(?:<|&lt;)!--duly:(\d+)--(?:>|&gt;)")


def check_markup(source: str, place: str, document: bool = False) -> None:
    """Refuse whatever could run, fetch, track or break out; raises UsageError with file, line and remedy.

    A whole `document` (the layout) may also have a head and a style sheet; a page is what goes into its body.
    """
    if "\ue000" in source or "\ue001" in source:
        raise UsageError(f"{place}:1: it holds characters for private use (U+E000, U+E001); take them out")
    tags: list[str] = []

    def mark(match: re.Match[str]) -> str:
        tags.append(match[0])
        return f"\ue000{len(tags) - 1}\ue001" + "\n" * match[0].count("\n")

    checker = _Markup(place, document, tags)
    checker.feed(TAG.sub(mark, source))
    checker.close()


class _Markup(HTMLParser):
    """Walks one file; `tags` are the tags of the template language that its marks stand for."""

    def __init__(self, place: str, document: bool, tags: list[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._place = place
        self._elements = _ELEMENTS | frozenset(_DOCUMENT.split() if document else ())
        self._document = document
        self._tags = tags
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self._elements:
            self._refuse(f"{quoted(tag)} is no element of a message; {remedy(tag, self._elements)}")
        if _MARK.search(_QUOTED.sub("", self.get_starttag_text() or "")):
            self._refuse(f'inside <{tag}> a field may stand only in a quoted attribute, such as href="…"')
        self._place_of(tag)
        for name, value in attrs:
            self._attribute(tag, name, value or "")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self._refuse(f"<{tag}/> does not close itself; write <{tag}></{tag}>")
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            inner = f"<{self._open[-1]}> is still open" if self._open else "nothing is open"
            self._refuse(f"</{tag}> closes what it did not open ({inner}); close elements in turn")
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["style"]:
            self._style(data)
        elif "<" in data:
            self._refuse("a `<` that opens no element; finish the element, or write &lt;")

    def handle_comment(self, data: str) -> None:
        self._refuse("a comment would travel to the debtor; write {# … #}")

    def handle_decl(self, decl: str) -> None:
        if not self._document or decl.lower() != "doctype html":
            self._refuse("only the layout has a doctype, and it is <!doctype html>; take this one out")

    def handle_pi(self, data: str) -> None:
        self._refuse("<? … > is not allowed; take it out")

    def unknown_decl(self, data: str) -> None:
        self._refuse("<![ … ]> is not allowed; take it out")

    def close(self) -> None:
        super().close()
        if self._open:
            self._refuse(f"<{self._open[-1]}> is never closed; add </{self._open[-1]}>")

    def _place_of(self, tag: str) -> None:
        if tag == "tr" and self._open[-1:] and self._open[-1] not in _ROW_GROUPS:
            self._refuse("<tr> lies directly in a table; put <tbody> around the rows")
        if "p" in self._open and tag in _BLOCKS.split():
            self._refuse(f"<{tag}> cannot lie inside <p>; close the paragraph first")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name not in _ATTRIBUTES:
            hint = remedy(name, _ATTRIBUTES)
            self._refuse(f"{quoted(name)} is no attribute of a message, which runs and loads nothing; {hint}")
        if _MARK.search(value) and name not in _FILLED:
            self._refuse(f"a field may not stand in `{name}`; only in {listed(sorted(_FILLED))}")
        if name == "href":
            self._link(value)
        if name == "style":
            self._style(value)

    def _link(self, value: str) -> None:
        only = _MARK.fullmatch(value)
        if only and _PAYMENT_LINK.fullmatch(self._tags[int(only[1])]):
            return
        if not _LINK.fullmatch(value):
            self._refuse(
                "a link is {{ creditor.payment_link }} alone or begins with https://, mailto: or tel:"
            )

    def _style(self, css: str) -> None:
        if _MARK.search(css):
            self._refuse("a field may not stand in a style; write two elements and {% if … %} around each")
        if found := _FETCHING_STYLE.search(css):
            self._refuse(f"{quoted(found[0])} in a style could load something; take it out")

    def _refuse(self, sentence: str) -> NoReturn:
        raise UsageError(f"{self._place}:{self.getpos()[0]}: {sentence}")


def inlined(source: str, place: str) -> str:
    """Return a checked document with its style sheet written into the elements, as mail clients need it.

    Media queries (dark mode) stay in the head. The template language's tags survive where they stood; raises
    UsageError when one would not.
    """
    tags = [tag for tag in TAG.findall(source) if not tag.startswith("{#")]
    numbers = count()
    inliner = CSSInliner(keep_at_rules=True, minify_css=True, load_remote_stylesheets=False)
    try:
        styled = inliner.inline(TAG.sub(lambda match: _hidden(match[0], numbers), source))
    except InlineError as error:
        raise UsageError(f"{place}:1: its style sheet cannot be read ({error}); correct it") from None
    if [int(number) for number in _KEPT.findall(styled)] != list(range(len(tags))):
        raise UsageError(
            f"{place}:1: a tag stands where HTML allows no words; move it into an element's text"
        )
    return _KEPT.sub(lambda match: tags[int(match[1])], styled)


def _hidden(tag: str, numbers: Iterator[int]) -> str:
    return "" if tag.startswith("{#") else f"<!--duly:{next(numbers)}-->"
