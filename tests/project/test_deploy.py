"""The image and its composition, as far as they can be judged without a container engine."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = YAML(typ="safe").load(ROOT / "deploy" / "compose.yaml")
SERVICES = sorted(COMPOSE["services"])
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|API_KEY|DATABASE_URL|SMTP_URL")


def instructions(name: str) -> list[str]:
    return [line.removeprefix(f"{name} ") for line in DOCKERFILE.splitlines() if line.startswith(f"{name} ")]


def copied() -> list[str]:
    own = [words for words in map(str.split, instructions("COPY")) if not words[0].startswith("--from=")]
    return [source for words in own for source in words[:-1]]


@pytest.mark.parametrize("source", copied())
def test_what_the_image_copies_is_there_and_not_ignored(source: str) -> None:
    assert (ROOT / source).exists()
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert f"!{source}" in let_in or f"!{source.split('/', maxsplit=1)[0]}/" in let_in


def test_what_is_let_in_is_copied() -> None:
    let_in = re.findall(r"^!([^/\n]+)", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert {source.split("/")[0] for source in copied()} == set(let_in)


def test_the_image_runs_as_nobody_in_particular() -> None:
    assert [int(user.split(":")[0]) > 0 for user in instructions("USER")] == [True]


def test_every_install_is_locked_by_hash_or_offline() -> None:
    installs = [line for line in instructions("RUN") if re.search(r"pip (install|wheel)", line)]
    locked = [line for line in installs if "--require-hashes" in line or "--no-deps" in line]
    assert installs == locked


def test_the_command_chooses_the_role() -> None:
    assert instructions("ENTRYPOINT") == ['["duly"]']
    assert instructions("CMD") == ['["run"]']
    assert "/healthz" in instructions("HEALTHCHECK")[0]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_write_and_do_only_what_it_must(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_secret_is_given_as_a_file_that_git_does_not_keep(name: str) -> None:
    service = COMPOSE["services"][name]
    given = [variable for variable in service["environment"] if SECRET.search(variable)]
    assert given
    assert all(variable.endswith("_FILE") for variable in given)
    named = {Path(service["environment"][variable]).name for variable in given}
    assert named == set(service["secrets"]) <= set(COMPOSE["secrets"])
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_only_this_machine_reaches_the_published_port() -> None:
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
