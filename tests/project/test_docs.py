"""What the README, its Chinese twin and docs/ speak of is there: commands, files, variables, reasons, hashes."""

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer

from channels.registry import ROOMS
from scheduler.catalogue import load
from scheduler.catalogue.broken import UNREADABLE
from scheduler.catalogue.layers import DRAFT
from scheduler.cli.app import build
from scheduler.domain.decision import EXPIRED, Skip
from scheduler.domain.entry import Event
from scheduler.domain.facts import HoldKind
from scheduler.domain.policy import Policy
from scheduler.domain.record import decision_fields, facts_used
from scheduler.intake.reading.columns import PAYMENTS, PLANS
from scheduler.ledger.export import export_to
from scheduler.ledger.line import FIELDS
from scheduler.store.engine import open_database
from scheduler.store.log import SqlLog
from scheduler.store.migrations import upgrade
from tests.builders import facts
from tests.ledger.lived_in import live

ROOT = Path(__file__).parents[2]
READMES = ["README.md", "README.zh-CN.md"]
DOCS = [
    f"docs/{name}.md"
    for name in ("decisions", "doubt", "log", "operations", "pacing", "policies", "restoring")
]
PAGES = [*READMES, "CHANGELOG.md", *DOCS]
CODE = [each for room in ("scheduler", "channels") for each in sorted((ROOT / room).rglob("*.py"))]

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
VARIABLE = re.compile(r"\b(?:DULY|TWILIO|SENDGRID|SMTP)_[A-Z_]*[A-Z]\b")
ROOM = r"(?:benchmarks|channels|config|deploy|docs|requirements|scheduler|templates|tests)/[\w./-]*"


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return [content for name, content in BLOCK.findall(text_of(page)) if name == language]


def spans(page: str) -> list[str]:
    """What stands between single backticks, outside of blocks."""
    return re.findall(r"`([^`\n]+)`", BLOCK.sub("", text_of(page)))


# ----------------------------------------------------------------------------------------------- commands


def commands(page: str) -> Iterator[list[str]]:
    """Return the words of every `duly …` that the page mentions, without the first."""
    indented = re.findall(r"^    (.+)$", text_of(page), re.MULTILINE)
    for line in [*"".join(blocks(page, "sh")).splitlines(), *indented, *spans(page)]:
        said = re.split(r" {2,}|[…#]", line.removeprefix("docker compose exec duly "))[0]
        if said.startswith("duly "):
            yield shlex.split(said)[1:]


def unknown_in(words: list[str]) -> str | None:
    """Return the first word that is no command or option where it stands; None when all are known."""
    command: Any = typer.main.get_command(build())
    following = iter(words)
    for word in following:
        options = {name: each for each in command.params for name in (*each.opts, *each.secondary_opts)}
        if word in ("-h", "--help"):
            continue
        if word.startswith("-"):
            if word not in options:
                return word
            if not options[word].is_flag:
                next(following, None)
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return word
            command = command.commands[word]
    return None


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_is_mentioned_exists(page: str) -> None:
    assert [" ".join(words) for words in commands(page) if unknown_in(words)] == []


def test_a_command_or_an_option_that_does_not_exist_would_be_found() -> None:
    assert unknown_in(["import", "letters", "letters.csv"]) == "letters"
    assert unknown_in(["hold", "D-1", "--whenever"]) == "--whenever"
    assert unknown_in(["--config", "elsewhere", "chekc"]) == "chekc"
    assert unknown_in(["log", "--debtor", "D-1", "--limit", "5"]) is None


def options_of(command: Any) -> set[str]:
    own = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    return own.union(*(options_of(each) for each in getattr(command, "commands", {}).values()))


@pytest.mark.parametrize("page", PAGES)
def test_every_option_that_is_mentioned_alone_exists(page: str) -> None:
    alone = {each.split()[0] for each in spans(page) if each.startswith("--")}
    assert alone <= options_of(typer.main.get_command(build()))


def test_the_readme_shows_every_command() -> None:
    said = {words[0] for words in commands("README.md")}
    group: Any = typer.main.get_command(build())
    assert set(group.commands) <= said


@pytest.mark.parametrize("page", PAGES)
def test_every_target_of_make_that_is_mentioned_exists(page: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    lines = [*"".join(blocks(page, "sh")).splitlines(), *spans(page)]
    assert {match[1] for each in lines if (match := re.match(r"make ([a-z]+)", each))} <= targets


# -------------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file_and_to_a_heading_there(page: str) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text_of(page)):
        path, _, section = target.partition("#")
        linked = (ROOT / page).parent / path if path else ROOT / page
        assert linked.exists(), target
        headings = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
        assert section in {"", *(each.lower().replace(" ", "-") for each in headings)}, target


@pytest.mark.parametrize("page", PAGES)
def test_every_path_into_the_tree_exists(page: str) -> None:
    paths = [each for each in spans(page) if re.fullmatch(ROOM, each)]
    assert [each for each in paths if not (ROOT / each).exists()] == []


@pytest.mark.parametrize("page", READMES)
def test_the_cadence_that_is_explained_is_the_one_that_ships(page: str) -> None:
    explained = blocks(page, "yaml")[0]
    assert explained in text_of("config/cadences/standard.yaml")
    named = {each for each in re.findall(r"([a-z]+):", re.sub(r"#.*", "", explained)) if each != "steps"}
    assert named <= set(spans(page))


# ----------------------------------------------------------------------------------------- the two READMEs


def shape(page: str) -> list[str]:
    """Return the page without its words: headings, lists and rows of tables by their kind, blocks as they are."""
    prose = BLOCK.sub(lambda block: f"block {block[1]}", text_of(page))
    kinds = [r"#+ ", r"\|", r"- ", r"\d\. ", r"block \w+"]
    lines = (re.match("|".join(kinds), line) for line in prose.splitlines())
    return [each[0] for each in lines if each]


def test_both_readmes_have_the_same_sections_tables_and_lists() -> None:
    assert shape("README.md") == shape("README.zh-CN.md")


def test_both_readmes_show_the_same_blocks() -> None:
    without_comments = [
        re.sub(r" +#.*", "", "".join(content for _, content in BLOCK.findall(text_of(page))))
        for page in READMES
    ]
    assert without_comments[0] == without_comments[1]


def test_both_readmes_name_the_same_things() -> None:
    english, chinese = ({each for each in spans(page) if each.isascii()} for page in READMES)
    assert english == chinese


# ------------------------------------------------------------------------------------- variables and columns


def variables_in_code() -> set[str]:
    trees = (ast.walk(ast.parse(path.read_text(encoding="utf-8"))) for path in CODE)
    texts = (node.value for tree in trees for node in tree if isinstance(node, ast.Constant))
    read = {each for each in texts if isinstance(each, str) and VARIABLE.fullmatch(each)}
    given = {
        name for file in ("Dockerfile", "deploy/compose.yaml") for name in VARIABLE.findall(text_of(file))
    }
    return read | {name.removesuffix("_FILE") for name in given}


@pytest.mark.parametrize("page", READMES)
def test_every_variable_is_in_the_table_and_no_other(page: str) -> None:
    table = re.findall(rf"^\| `({VARIABLE.pattern})` \|", text_of(page), re.MULTILINE)
    assert sorted(table) == sorted(variables_in_code())


@pytest.mark.parametrize("page", READMES)
def test_every_column_of_an_import_is_in_a_table(page: str) -> None:
    named = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\|([^|]+)\|", text_of(page), re.MULTILINE))))
    assert {*PLANS.known, *PAYMENTS.known} <= named


@pytest.mark.parametrize("page", READMES)
def test_the_columns_that_are_needed_are_bold(page: str) -> None:
    bold = set(re.findall(r"\*\*`(\w+)`\*\*", text_of(page)))
    assert bold == {*PLANS.required, *PAYMENTS.required}


# ------------------------------------------------------------------------------------------------ decisions


def literals(*calls: str) -> set[str]:
    """Return the first argument of every call by these names, where it is written out."""
    trees = (ast.walk(ast.parse(path.read_text(encoding="utf-8"))) for path in CODE)
    found = (node for tree in trees for node in tree if isinstance(node, ast.Call) and node.args)
    named = ((getattr(node.func, "id", ""), node.args[0]) for node in found)
    return {
        first.value
        for name, first in named
        if name in calls and isinstance(first, ast.Constant) and isinstance(first.value, str)
    }


def test_every_rule_that_can_speak_is_explained() -> None:
    rules = literals("Reason")
    assert {"paid", "hold", "fault"} <= rules
    assert rules <= set(spans("docs/decisions.md"))


def test_every_rule_that_the_configuration_adds_to_a_policy_is_explained() -> None:
    added = {f"{name}/{each.id}" for name, room in ROOMS.items() for each in room.restrictions}
    assert added
    assert {f"/{DRAFT}", f"/{UNREADABLE}", *added} <= set(spans("docs/decisions.md"))


def test_every_rule_that_holds_unless_a_creditor_lists_policies_is_explained() -> None:
    fallback = load(ROOT / "config").fallback
    assert fallback is not None
    assert {rule.id for rule in fallback.rules} <= set(spans("docs/decisions.md"))


def test_every_code_of_an_outcome_is_explained() -> None:
    codes = literals("Rejected", "NotSent", "Unknown")
    assert {"window_closing", "only_events_tell"} <= codes
    spoken = {code for code in codes if not code.isdecimal()}
    assert spoken <= {word for each in spans("docs/decisions.md") for word in each.split()}


def test_every_kind_of_hold_is_named() -> None:
    assert {each.value for each in HoldKind} <= set(spans("docs/decisions.md"))


# -------------------------------------------------------------------------------------------------- the log


def test_every_field_and_event_of_the_log_is_named() -> None:
    assert {*FIELDS, *(each.value for each in Event)} <= set(spans("docs/log.md"))


def test_every_fact_of_a_decision_and_field_about_its_policy_is_named() -> None:
    named = set(spans("docs/log.md"))
    assert set(facts_used(facts())) <= named
    assert set(decision_fields(Skip((EXPIRED,)), Policy("strict-fallback", "1", ()))) <= named


def verified(tmp_path: Path, lines: bytes) -> subprocess.CompletedProcess[str]:
    """Run the verifier that docs/log.md prints."""
    (program,) = blocks("docs/log.md", "python")
    (tmp_path / "verifier.py").write_text(program, encoding="utf-8")
    (tmp_path / "log.jsonl").write_bytes(lines)
    command = [sys.executable, "verifier.py", "log.jsonl"]
    return subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)


def test_the_printed_verifier_accepts_the_printed_chain_and_nothing_else(tmp_path: Path) -> None:
    (chain,) = blocks("docs/log.md", "json")
    assert verified(tmp_path, chain.encode()).stdout == "sound: 1 chains\n"
    assert verified(tmp_path, chain.replace("R. Case", "R. Cash").encode()).returncode == 1
    assert verified(tmp_path, chain.replace("the fee", "the sum").encode()).returncode == 1


def test_the_printed_verifier_accepts_a_log_that_duly_wrote_and_misses_a_missing_line(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'duly.db'}")
    upgrade(database)
    live(database)
    export_to(SqlLog(database), tmp_path / "export.jsonl")
    database.close()
    lines = (tmp_path / "export.jsonl").read_bytes().splitlines(keepends=True)
    chains = [line.partition(b'"chain":')[2].partition(b",")[0] for line in lines]
    within = next(index for index, (one, two) in enumerate(pairwise(chains)) if one == two)
    assert verified(tmp_path, b"".join(lines)).returncode == 0
    assert "broken" in verified(tmp_path, b"".join([*lines[:within], *lines[within + 1 :]])).stderr
