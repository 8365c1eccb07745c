"""Reads the templates folder: each file is checked, joined with its parts and layout, and compiled once."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from jinja2 import Template, nodes

from scheduler.catalogue.formats import FALLBACK, is_gsm, locale_key, to_plain
from scheduler.catalogue.grammar import Listing, Scope, Shape, check
from scheduler.catalogue.markup import TAG, check_markup, inlined
from scheduler.catalogue.sandbox import Sandbox, reading
from scheduler.domain.errors import UsageError

MOST_BYTES: Final = 64_000
"""How large one file may be."""

LAYOUT: Final = "_layout"
"""The folder of what templates share: email.html, and parts such as footer.en.txt."""

_LOCALE = r"(?P<locale>[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*)"
_FILE = re.compile(rf"(?P<name>sms(?!.*html)|email)\.{_LOCALE}\.(?P<kind>txt|html)")
_PART = re.compile(rf"(?P<name>[a-z][a-z0-9-]*)\.{_LOCALE}\.(?P<kind>txt|html)")
_TEMPLATE = re.compile(r"[a-z][a-z0-9-]*")
_INCLUDE = re.compile(r"""\{%-?\s*include\s+["']([^"']*)["']\s*-?%\}""")
_MARKER = re.compile(r"\{\{-?\s*(language|subject|content)\s*-?\}\}")
_LINE_OF_TAGS = re.compile(
    r"^[ \t]*((?:(?:\{%(?:(?!%\}).)*%\}|\{#(?:(?!#\}).)*#\})[ \t]*)+)\n", re.DOTALL | re.MULTILINE
)
_SUBJECT = "Subject:"

REQUIRED: Final = "required"
"""The list of phrases that the policy asks for, with which every page ends: no template can leave them out."""

_PHRASES: Final[Mapping[str, Shape]] = {REQUIRED: Listing(str)}
_PAGE_END = """
{% if required %}
<div class="required">
{% for phrase in required %}
<p>{{ phrase }}</p>
{% endfor %}
</div>
{% endif %}
"""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The words of one template for one channel in one locale, ready to render.

    `plain` says that they are written in GSM-7 and must stay so.
    """

    locale: str
    plain: bool
    text: Template
    subject: Template | None = None
    html: Template | None = None


Sheets = Mapping[tuple[str, str], Mapping[str, Sheet]]
"""The sheets by template and channel, then by locale."""


@dataclass(frozen=True, slots=True)
class _File:
    """One file of words: `name` is its channel, or the part that it is."""

    path: Path
    name: str
    locale: str
    kind: str
    source: str


@dataclass(slots=True)
class _Reader:
    """What is shared while one folder is read; `parts` are kept by locale and kind."""

    root: Path
    layout: str = ""
    parts: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    text: Sandbox = field(default_factory=lambda: Sandbox(autoescape=False))
    html: Sandbox = field(default_factory=lambda: Sandbox(autoescape=True))

    def read_layout(self) -> None:
        """Read the layout and the parts, which include nothing themselves."""
        path = self.root / LAYOUT / "email.html"
        for each in _files(self.root / LAYOUT, _PART, "PART.LOCALE.txt, such as footer.en.txt", "email.html"):
            self._checked(each.source, Scope(str(each.path)), each.kind)
            self.parts.setdefault((each.locale, each.kind), {})[each.name] = each.source.rstrip("\n")
        if path.is_file():
            self.layout = _read(path)
            self._check_layout(path)

    def _check_layout(self, path: Path) -> None:
        scope = Scope(str(path), extra=dict.fromkeys(("language", "subject", "content"), str))
        self._tree(self.layout, scope, self.html)
        check_markup(self.layout, str(path), document=True)
        if [name for name in _MARKER.findall(self.layout) if name == "content"] != ["content"]:
            raise UsageError(f"{path}:1: write {{{{ content }}}} exactly once, where the page goes")

    def sheets(self, folder: Path) -> dict[tuple[str, str], dict[str, Sheet]]:
        """Read one template's folder."""
        files = {
            (each.name, each.locale, each.kind): each
            for each in _files(folder, _FILE, "sms.LOCALE.txt, email.LOCALE.txt or email.LOCALE.html")
        }
        found: dict[tuple[str, str], dict[str, Sheet]] = {}
        for (channel, locale, kind), each in files.items():
            if kind == "html" and (channel, locale, "txt") not in files:
                raise UsageError(
                    f"{each.path}:1: HTML never goes alone; add {channel}.{locale}.txt beside it"
                )
            if kind == "txt":
                sheet = self._sheet(each, files.get((channel, locale, "html")))
                found.setdefault((folder.name, channel), {})[locale] = sheet
        for (_, channel), sheets in found.items():
            if FALLBACK not in sheets:
                raise UsageError(f"{folder}: add {channel}.{FALLBACK}.txt, for all who read another language")
        return found

    def _sheet(self, file: _File, page: _File | None) -> Sheet:
        if file.name == "sms":
            source = self._joined(file, file.source)
            return Sheet(file.locale, self._is_plain(source), self._compiled(source, file, self.text))
        subject, body = _split_subject(file)
        return Sheet(
            locale=file.locale,
            plain=False,
            subject=self._compiled(subject, file, self.text),
            text=self._compiled(self._joined(file, body), file, self.text),
            html=self._compiled(self._document(page, subject), page, self.html) if page else None,
        )

    def _joined(self, file: _File, source: str) -> str:
        parts = self.parts.get((file.locale, file.kind), {})
        scope = Scope(str(file.path), frozenset(parts), f".{file.locale}.{file.kind}")
        self._checked(source, scope, file.kind)

        def part(match: re.Match[str]) -> str:
            include = _INCLUDE.fullmatch(match[0])
            return parts[include[1]] if include else match[0]

        return TAG.sub(part, source)

    def _document(self, page: _File, subject: str) -> str:
        if not self.layout:
            raise UsageError(f"{page.path}:1: HTML needs a layout; add {self.root / LAYOUT / 'email.html'}")
        content = self._joined(page, page.source) + _PAGE_END
        filling = {"language": page.locale, "subject": subject, "content": content}
        document = _MARKER.sub(lambda match: filling[match[1]], self.layout)
        check_markup(document, str(page.path), document=True)
        return inlined(document, str(page.path))

    def _checked(self, source: str, scope: Scope, kind: str) -> None:
        self._tree(source, scope, self.html if kind == "html" else self.text)
        if kind == "html":
            check_markup(source, scope.place)

    def _tree(self, source: str, scope: Scope, sandbox: Sandbox) -> nodes.Template:
        with reading(scope.place):
            tree = sandbox.parse(source)
            check(tree, scope)
        return tree

    def _compiled(self, source: str, file: _File, sandbox: Sandbox) -> Template:
        # The whole is checked again: joined parts must mean what they meant apart.
        self._tree(source, Scope(str(file.path), extra=_PHRASES if sandbox is self.html else {}), sandbox)
        with reading(str(file.path)):
            return sandbox.from_string(_LINE_OF_TAGS.sub(r"\1", source))

    def _is_plain(self, source: str) -> bool:
        words = "".join(each.data for each in self.text.parse(source).find_all(nodes.TemplateData))
        return is_gsm(to_plain(words))


def read_sheets(root: Path) -> Sheets:
    """Read every template in the folder; raises UsageError with file, line and remedy at a mistake."""
    if not root.is_dir():
        raise UsageError(f"{root}: no templates are here; name the folder that holds them (see `duly init`)")
    reader = _Reader(root)
    reader.read_layout()
    sheets: dict[tuple[str, str], dict[str, Sheet]] = {}
    for folder in sorted(root.iterdir()):
        if folder.is_dir() and not folder.name.startswith((".", "_")):
            if not _TEMPLATE.fullmatch(folder.name):
                raise UsageError(f"{folder}: use small letters, digits and hyphens only, such as due-today")
            sheets |= reader.sheets(folder)
    return sheets


def _files(folder: Path, form: re.Pattern[str], usual: str, *others: str) -> Iterator[_File]:
    seen: dict[str, Path] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name in ("README.md", *others) or path.name.startswith(".") or path.name.endswith("~"):
            continue
        match = form.fullmatch(path.name) if path.is_file() else None
        if match is None:
            raise UsageError(f"{path}: a file here is called {usual}; rename or move it")
        file = _File(path, match["name"], locale_key(match["locale"]), match["kind"], _read(path))
        first = seen.setdefault(f"{file.name}.{file.locale}.{file.kind}", path)
        if first != path:
            raise UsageError(f"{path}: it says the same as {first.name}; keep one of the two")
        yield file


def _read(path: Path) -> str:
    if path.stat().st_size > MOST_BYTES:
        raise UsageError(f"{path}:1: it is larger than {MOST_BYTES:,} bytes; shorten it")
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise UsageError(f"{path}:{line}: it is not UTF-8; save it in that encoding") from None


def _split_subject(file: _File) -> tuple[str, str]:
    first, _, rest = file.source.partition("\n")
    second, _, _ = rest.partition("\n")
    subject = first.removeprefix(_SUBJECT).strip()
    if first == first.removeprefix(_SUBJECT) or not subject or second.strip():
        raise UsageError(f"{file.path}:1: begin with `{_SUBJECT} …` and an empty line")
    return subject, "\n" + rest
