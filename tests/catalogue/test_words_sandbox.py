"""What a template may not say: every attack and every mistake gets its sentence, its file and its line."""

from pathlib import Path

import pytest
from jinja2.exceptions import SecurityError, UndefinedError

from scheduler.catalogue.fields import DebtorFields
from scheduler.catalogue.grammar import FILTERS
from scheduler.catalogue.markup import inlined
from scheduler.catalogue.sandbox import Sandbox, render
from scheduler.catalogue.sheets import MOST_BYTES
from scheduler.catalogue.words import Wording
from scheduler.domain.errors import UsageError
from tests.builders import write_files

LAYOUT = """<!doctype html>
<html lang="{{ language }}"><head><title>{{ subject }}</title><style>p { color: red; }</style></head>
<body>{{ content }}</body></html>
"""
MAIL = "Subject: A note\n\nHello.\n"

TEXT_ATTACKS = {
    "{{ creditor.__class__.__mro__ }}": 'there is no field "__class__"',
    "{{ ''.__class__ }}": "a fixed value inside {{ }}",
    "{{ creditor.name.upper() }}": "a template calls nothing",
    "{{ debtor.name.__init__.__globals__ }}": '"__init__" is asked of a plain value',
    "{{ self.__init__ }}": 'there is no field "self"',
    "{{ cycler.__init__.__globals__.os }}": 'there is no field "cycler"',
    "{{ lipsum(n=10000) }}": "a template calls nothing",
    "{{ config }}": 'there is no field "config"',
    "{{ items[0] }}": "square brackets are not allowed",
    "{{ creditor['name'] }}": "square brackets are not allowed",
    "{{ debtor|attr('name') }}": 'the filter "attr" is not allowed',
    "{{ debtor.name|safe }}": 'the filter "safe" is not allowed',
    "{{ debtor.name|format(1) }}": 'the filter "format" is not allowed',
    "{{ debtor.name|trim('x') }}": "takes no arguments",
    "{{ 'a' * 1000000000 }}": "`mul` is not allowed",
    "{{ 9 ** 9 ** 9 }}": "`pow` is not allowed",
    "{{ unlisted + 1 }}": "`add` is not allowed",
    "{{ -unlisted }}": "`neg` is not allowed",
    "{{ debtor.name ~ creditor.name }}": "joining text with ~",
    "{{ 'x' if several else 'y' }}": "an `if` inside {{ }}",
    "{{ [1, 2] }}": "`list` is not allowed",
    "{% for x in range(1000000000) %}{% endfor %}": "a template calls nothing",
    "{% for x in creditor.name %}{% endfor %}": "`for` goes through a list only",
    "{% for x in first %}{% endfor %}": "`for` goes through a list only",
    "{% for a in items %}{% for b in items %}{% endfor %}{% endfor %}": "a `for` inside a `for`",
    "{% for a in items recursive %}{% endfor %}": "neither recursive nor filtered",
    "{% for a in items if a.paid %}{% endfor %}": "neither recursive nor filtered",
    "{% for a, b in items %}{% endfor %}": "one name that is no field",
    "{% for creditor in items %}{% endfor %}": "one name that is no field",
    "{% for a in items %}{{ loop.changed }}{% endfor %}": 'there is no field "changed"',
    "{% for a in items %}{{ loop.__init__ }}{% endfor %}": 'there is no field "__init__"',
    "{% for a in items %}{% endfor %}{{ a.amount }}": 'there is no field "a"',
    "{% set x = 1 %}": "`set` is not allowed",
    "{% set x %}a{% endset %}": "`set` is not allowed",
    "{% macro m() %}{% endmacro %}": "`macro` is not allowed",
    "{% call m() %}{% endcall %}": "`call` is not allowed",
    "{% filter upper %}a{% endfilter %}": "`filter` is not allowed",
    "{% with %}{% endwith %}": "`with` is not allowed",
    "{% block b %}{% endblock %}": "`block` is not allowed",
    "{% autoescape false %}{% endautoescape %}": "`autoescape` is not allowed",
    "{% extends 'x' %}": "`extends` is not allowed",
    "{% import 'x' as y %}": "`import` is not allowed",
    "{% from 'x' import y %}": "`from` is not allowed",
    "{% include '../../secrets' %}": 'there is no "_layout/../../secrets.en.txt"',
    "{% include creditor.name %}": "with the name of a part in _layout",
    "{% include 'x' ignore missing %}": "with the name of a part in _layout",
    "{% if creditor.name is defined %}{% endif %}": "`is` is not allowed",
    "{% if 'x' in creditor.name %}{% endif %}": "`in` is not allowed",
    "{% if unlisted > 'x' %}{% endif %}": "both sides of a comparison",
    "{% if items == items %}{% endif %}": "both sides of a comparison",
    "{% raw %}{{ creditor.name }}{% endraw %}": "a stray `{{` would reach the debtor",
    "{{ " + "9" * 10_000 + " }}": "a number that is too long",
    "{{ " + "(" * 5_000 + " }}": "nested too deeply",
    "{% if several " + "and several " * 3_000 + "%}{% endif %}": "nested too deeply",
    "{% if several %}" * 150 + "{% endif %}" * 150: "nested too deeply",
    "{{ items }}": "a list has no words of its own",
    "{{ items.first }}": "a list has no fields",
    "{{ first }}": "a group has no words of its own",
    "{{ several }}": "a yes-or-no field has no words",
    "{{ first|trim }}": "does not fit this field",
    "{{ items|urlencode }}": "does not fit this field",
}

HTML_ATTACKS = {
    "<script>alert(1)</script>": '"script" is no element of a message',
    '<img src="https://track.example.com/1.gif">': '"img" is no element of a message',
    '<iframe src="https://example.com"></iframe>': '"iframe" is no element of a message',
    '<form action="https://example.com"></form>': '"form" is no element of a message',
    '<link rel="stylesheet" href="https://example.com/x.css">': '"link" is no element of a message',
    '<base href="https://example.com/">': '"base" is no element of a message',
    "<svg></svg>": '"svg" is no element of a message',
    "<style>p{}</style>": '"style" is no element of a message',
    '<p onclick="x()">a</p>': '"onclick" is no attribute of a message',
    '<td background="https://example.com/x.png"></td>': '"background" is no attribute of a message',
    '<a href="javascript:alert(1)">a</a>': "a link is {{ creditor.payment_link }} alone or begins with",
    '<a href="data:text/html,x">a</a>': "a link is {{ creditor.payment_link }} alone or begins with",
    '<a href="{{ debtor.name }}">a</a>': "a link is {{ creditor.payment_link }} alone or begins with",
    '<a href="{{ creditor.payment_link }}{{ debtor.name }}">a</a>': "a link is",
    '<a href="https://{{ debtor.name }}/">a</a>': "a link is {{ creditor.payment_link }} alone or begins with",
    "<a href={{ creditor.payment_link }}>a</a>": "only in a quoted attribute",
    "<p {{ debtor.name }}>a</p>": "only in a quoted attribute",
    "<{{ debtor.name }}>a": "a `<` that opens no element",
    '<p class="{{ debtor.name }}">a</p>': "a field may not stand in `class`",
    '<p style="color: {{ debtor.name }}">a</p>': "a field may not stand in `style`",
    '<p style="background: URL(https://example.com/x.png)">a</p>': "could load something",
    '<p style="background: u\\72l(x)">a</p>': "could load something",
    "<!-- {{ debtor.name }} -->": "a comment would travel to the debtor",
    "<!doctype html>": "only the layout has a doctype",
    "<?php ?>": "is not allowed",
    "<p>a": "<p> is never closed",
    "<p>a</div>": "</div> closes what it did not open",
    "</div><p>out of the card</p>": "</div> closes what it did not open",
    "<p><div>a</div></p>": "<div> cannot lie inside <p>",
    "<div/>": "does not close itself",
    "<table><tr><td>a</td></tr></table>": "put <tbody> around the rows",
    '<a href="https://example.com/': "a `<` that opens no element",
    "a \ue0000\ue001": "private use",
}


def refusal(root: Path, files: dict[str, str]) -> str:
    with pytest.raises(UsageError) as caught:
        Wording.load(write_files(root, files))
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence.removeprefix(f"{root}/")


@pytest.mark.parametrize(("source", "sentence"), TEXT_ATTACKS.items(), ids=range(len(TEXT_ATTACKS)))
def test_an_attack_in_a_text_is_refused_with_its_place(tmp_path: Path, source: str, sentence: str) -> None:
    said = refusal(tmp_path, {"upcoming/sms.en.txt": f"Hello.\n{source}\n"})
    assert said.startswith(("upcoming/sms.en.txt:2: ", "upcoming/sms.en.txt:1: it "))
    assert sentence in said
    assert len(said) < 500


@pytest.mark.parametrize(("source", "sentence"), HTML_ATTACKS.items(), ids=range(len(HTML_ATTACKS)))
def test_an_attack_in_html_is_refused_with_its_place(tmp_path: Path, source: str, sentence: str) -> None:
    files = {
        "_layout/email.html": LAYOUT,
        "upcoming/email.en.txt": MAIL,
        "upcoming/email.en.html": f"<p>a</p>\n{source}",
    }
    said = refusal(tmp_path, files)
    assert said.startswith(("upcoming/email.en.html:2: ", "upcoming/email.en.html:1: it "))
    assert sentence in said


@pytest.mark.parametrize(
    ("layout", "line", "sentence"),
    [
        (LAYOUT.replace("{{ content }}", ""), 1, "write {{ content }} exactly once"),
        (
            LAYOUT.replace("{{ content }}", "{{ content }}{{ content }}"),
            1,
            "write {{ content }} exactly once",
        ),
        (LAYOUT.replace("{{ content }}", "{{ contents }}"), 3, 'did you mean "content"?'),
        (LAYOUT.replace("color: red", "background: url(https://example.com/x)"), 2, "could load something"),
        (LAYOUT.replace("p {", "@import 'x'; p {"), 2, "could load something"),
        (LAYOUT.replace("color: red", "color: {{ subject }}"), 2, "a field may not stand in a style"),
    ],
    ids=range(6),
)
def test_a_mistake_in_the_layout_is_refused_with_its_place(
    tmp_path: Path, layout: str, line: int, sentence: str
) -> None:
    said = refusal(tmp_path, {"_layout/email.html": layout, "upcoming/sms.en.txt": "a"})
    assert said.startswith(f"_layout/email.html:{line}: ")
    assert sentence in said


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (
            {"upcoming/sms.en.txt": "Hi\n\n{{ debtor.nam }}"},
            'upcoming/sms.en.txt:3: there is no field "nam"; did you mean "name"?',
        ),
        (
            {"upcoming/sms.en.txt": "{{ credtor.name }}"},
            'upcoming/sms.en.txt:1: there is no field "credtor"; did you mean "creditor"?',
        ),
        ({"upcoming/sms.en.txt": "{% if several %}a"}, "upcoming/sms.en.txt:1: Unexpected end of template"),
        ({"upcoming/sms.en.txt": "a\n{% elseif x %}"}, "upcoming/sms.en.txt:2: Encountered unknown tag"),
        ({"upcoming/sms.en.txt": "a\n{{ first. }}"}, "upcoming/sms.en.txt:2: expected name or number"),
        ({"upcoming/sms.en.txt": "a }}"}, "upcoming/sms.en.txt:1: a stray `}}` would reach the debtor"),
        ({"upcoming/sms.en.txt": "x" * (MOST_BYTES + 1)}, "larger than 64,000 bytes; shorten it"),
        ({"upcoming/email.en.txt": "Hello\n\na"}, "upcoming/email.en.txt:1: begin with `Subject: …`"),
        ({"upcoming/email.en.txt": "Subject:\n\na"}, "upcoming/email.en.txt:1: begin with `Subject: …`"),
        ({"upcoming/email.en.txt": "Subject: a\nb"}, "upcoming/email.en.txt:1: begin with `Subject: …`"),
        (
            {"upcoming/email.en.txt": "Subject: a {{ x }}\n\nb"},
            'upcoming/email.en.txt:1: there is no field "x"',
        ),
        (
            {"upcoming/email.en.txt": "Subject: a\n\nb\n{{ x }}"},
            'upcoming/email.en.txt:4: there is no field "x"',
        ),
        ({"upcoming/email.en.html": "<p>a</p>"}, "add email.en.txt beside it"),
        ({"upcoming/sms.zh.txt": "a"}, "upcoming: add sms.en.txt"),
        ({"upcoming/sms.en.html": "a"}, "upcoming/sms.en.html: a file here is called sms.LOCALE.txt"),
        ({"upcoming/sms.txt": "a"}, "upcoming/sms.txt: a file here is called sms.LOCALE.txt"),
        ({"upcoming/fax.en.txt": "a"}, "upcoming/fax.en.txt: a file here is called"),
        ({"upcoming/sms.en.txt": "a", "upcoming/sms.EN.txt": "b"}, "keep one of the two"),
        ({"Up coming/sms.en.txt": "a"}, "Up coming: use small letters"),
        ({"_layout/Footer.en.txt": "a"}, "_layout/Footer.en.txt: a file here is called PART.LOCALE.txt"),
        ({"_layout/foot.en.txt": "a\n{{ x }}"}, '_layout/foot.en.txt:2: there is no field "x"'),
        (
            {"_layout/foot.en.txt": "a", "_layout/close.en.txt": '{% include "foot" %}'},
            "_layout/close.en.txt:1: nothing can be included here; write the words out",
        ),
        (
            {"_layout/foot.en.txt": "a", "upcoming/email.en.txt": 'Subject: {% include "foot" %}\n\nb'},
            "upcoming/email.en.txt:1: nothing can be included here",
        ),
        (
            {"_layout/foot.zh.txt": "a", "upcoming/sms.en.txt": 'a\n{% include "foot" %}'},
            'upcoming/sms.en.txt:2: there is no "_layout/foot.en.txt"; add it',
        ),
        (
            {"_layout/foot.en.txt": "a", "upcoming/sms.en.txt": '{% include "food" %}'},
            'there is no "_layout/food.en.txt"; add it, or did you mean "foot"?',
        ),
        (
            {"upcoming/email.en.txt": MAIL, "upcoming/email.en.html": "<p>a</p>"},
            "upcoming/email.en.html:1: HTML needs a layout; add ",
        ),
    ],
    ids=range(26),
)
def test_a_mistake_has_its_place_and_its_remedy(tmp_path: Path, files: dict[str, str], sentence: str) -> None:
    assert sentence in refusal(tmp_path, files)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no templates are here"):
        Wording.load(tmp_path / "nowhere")


def test_a_file_in_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    write_files(tmp_path, {"upcoming/sms.en.txt": ""})
    (tmp_path / "upcoming/sms.en.txt").write_bytes("Hello\nZoë".encode("latin-1"))
    with pytest.raises(UsageError, match=r"sms\.en\.txt:2: it is not UTF-8"):
        Wording.load(tmp_path)


def test_parts_that_are_sound_alone_are_checked_again_together(tmp_path: Path) -> None:
    said = refusal(
        tmp_path,
        {
            "_layout/foot.en.txt": "{% for a in items %}{{ a.amount }}{% endfor %}",
            "upcoming/sms.en.txt": '{% for b in items %}{% include "foot" %}{% endfor %}',
        },
    )
    assert said.startswith("upcoming/sms.en.txt:1: a `for` inside a `for` is not allowed")


def test_what_is_no_template_is_left_alone(tmp_path: Path) -> None:
    files = {
        "README.md": "{{",
        "upcoming/README.md": "{{",
        "upcoming/.swp": "{{",
        "upcoming/sms.en.txt~": "{{",
    }
    assert Wording.load(write_files(tmp_path, files)).templates() == frozenset()


@pytest.mark.parametrize(
    "source", ["{{ debtor.__class__ }}", "{{ debtor['name'] }}", "{{ debtor.name.upper() }}"]
)
def test_the_sandbox_holds_even_where_the_grammar_was_not_asked(source: str) -> None:
    template = Sandbox(autoescape=False).from_string(source)
    with pytest.raises(SecurityError):
        render(template, {"debtor": DebtorFields("Maria")}, 100)


@pytest.mark.parametrize("name", ["range", "dict", "lipsum", "cycler", "joiner", "namespace"])
def test_the_sandbox_has_no_globals_tests_or_further_filters(name: str) -> None:
    sandbox = Sandbox(autoescape=False)
    assert set(sandbox.filters) == set(FILTERS)
    assert not sandbox.tests
    with pytest.raises(UndefinedError):
        render(sandbox.from_string("{{ %s }}" % name), {}, 100)  # noqa: UP031


def test_output_is_cut_off_at_its_limit_and_not_before() -> None:
    template = Sandbox(autoescape=False).from_string("{{ a }}{{ b }}")
    assert render(template, {"a": "x" * 5, "b": "y" * 5}, 10) == "xxxxxyyyyy"
    with pytest.raises(OverflowError, match="beyond 9 characters"):
        render(template, {"a": "x" * 5, "b": "y" * 5}, 9)


def test_inlining_keeps_every_tag_where_it_stood() -> None:
    source = (
        "<!doctype html><html><head><title>{{ subject }}</title><style>td { color: red; }\n"
        "@media (prefers-color-scheme: dark) { td { color: blue !important; } }</style></head><body>{# note #}"
        "<table><tbody>{% for item in items %}<tr><td>{{ item.amount }}</td></tr>{% endfor %}</tbody></table>"
        '<a href="{{ creditor.payment_link }}">{% if several %}a{% else %}b{% endif %}</a></body></html>'
    )
    styled = inlined(source, "x")
    assert (
        '{% for item in items %}<tr><td style="color:red">{{ item.amount }}</td></tr>{% endfor %}' in styled
    )
    assert '<a href="{{ creditor.payment_link }}">{% if several %}a{% else %}b{% endif %}</a>' in styled
    assert "<title>{{ subject }}</title>" in styled
    assert "prefers-color-scheme: dark" in styled
    assert "note" not in styled
