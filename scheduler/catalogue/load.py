"""Reads config/ and templates/ into one value, or refuses with every mistake that it found."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from scheduler.catalogue.catalogue import Catalogue
from scheduler.catalogue.document import Document, open_document
from scheduler.catalogue.mistakes import CatalogueError, Mistake, Place, quoted
from scheduler.catalogue.models import Known
from scheduler.catalogue.models_cadence import CadenceModel
from scheduler.catalogue.models_creditor import CreditorModel
from scheduler.catalogue.models_duly import DulyModel
from scheduler.catalogue.models_policy import PolicyModel
from scheduler.catalogue.references import unknown_providers, unsendable, wordless
from scheduler.catalogue.words import Wording
from scheduler.domain.errors import UsageError

ENTRANCE = "duly.yaml"
"""The file that makes a folder a configuration."""

Providers = Mapping[str, Collection[str]]
"""Which providers there are, and the channels that each can serve."""

Model = TypeVar("Model", CadenceModel, CreditorModel, PolicyModel)


@dataclass(frozen=True, slots=True)
class _Files:
    """All files that can be used, by name."""

    duly: Document[DulyModel] | None
    cadences: Mapping[str, Document[CadenceModel]]
    policies: Mapping[str, Document[PolicyModel]]
    creditors: Mapping[str, Document[CreditorModel]]


def load(config_dir: Path, providers: Providers | None = None) -> Catalogue:
    """Return what the folder's files mean.

    Raises CatalogueError with every mistake in them, and UsageError when the folder holds no configuration.
    `providers` are the rooms of `channels/`; without them, names of providers are taken on trust.
    """
    if not (config_dir / ENTRANCE).is_file():
        raise UsageError(
            f"{config_dir} holds no {ENTRANCE}; name the folder that does with --config, or run `duly init .`"
        )
    mistakes: list[Mistake] = []
    duly = open_document(config_dir / ENTRANCE, DulyModel, Known(), mistakes)
    wording = _wording(config_dir, duly, mistakes)
    files = _read(config_dir, duly, wording, mistakes)
    mistakes += _references(files, wording, providers)
    if mistakes or duly is None or wording is None:
        raise CatalogueError(mistakes)
    return _catalogue(files, duly.value, wording, config_dir / duly.value.templates)


def _read(
    config_dir: Path, duly: Document[DulyModel] | None, wording: Wording | None, mistakes: list[Mistake]
) -> _Files:
    cadences = _paths(config_dir / "cadences", mistakes)
    policies = _paths(config_dir / "policies", mistakes)
    creditors = _paths(config_dir / "creditors", mistakes)
    if not creditors:
        sentence = "there is no creditor here; add one, such as harbour.yaml"
        mistakes.append(Mistake(str(config_dir / "creditors"), None, sentence))
    known = Known(
        cadences=[each.stem for each in cadences],
        policies=[each.stem for each in policies],
        templates=wording.templates() if wording else None,
        served=tuple(duly.value.channels) if duly else None,
    )
    return _Files(
        duly,
        _opened(cadences, CadenceModel, known, mistakes),
        _opened(policies, PolicyModel, known, mistakes),
        _opened(creditors, CreditorModel, known, mistakes),
    )


def _paths(folder: Path, mistakes: list[Mistake]) -> list[Path]:
    """Return a folder's files. One that is none of ours is a mistake, because it would be overlooked."""
    paths = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith(".") or path.name.endswith("~") or path.name == "README.md":
            continue
        if path.suffix == ".yaml":
            paths.append(path)
        else:
            sentence = "this would be overlooked; rename it to end in .yaml, or move it"
            mistakes.append(Mistake(str(path), None, sentence))
    return paths


def _opened(
    paths: Sequence[Path], model: type[Model], known: Known, mistakes: list[Mistake]
) -> dict[str, Document[Model]]:
    documents = {each.stem: open_document(each, model, known, mistakes) for each in paths}
    sound = {name: each for name, each in documents.items() if each is not None}
    for name, document in sound.items():
        if (own := document.value.id) != name:
            sentence = f"{quoted(own)} lies in {name}.yaml; give file and id the same name"
            mistakes.append(document.mistake(("id",), sentence))
    return sound


_PLACED = re.compile(r"(?P<file>.+?):(?:(?P<line>\d+):)? (?P<sentence>.+)", re.DOTALL)


def _wording(config_dir: Path, duly: Document[DulyModel] | None, mistakes: list[Mistake]) -> Wording | None:
    if duly is None:
        return None
    templates = config_dir / duly.value.templates
    if not templates.is_dir():
        sentence = (
            f"{quoted(duly.value.templates)} leads to no folder; name the one with the words, seen from here"
        )
        mistakes.append(duly.mistake(("templates",), sentence))
        return None
    try:
        return Wording.load(templates)
    except UsageError as error:
        placed = _PLACED.fullmatch(str(error))
        if placed is None:
            mistakes.append(Mistake(str(templates), None, str(error)))
        else:
            place = Place(int(placed["line"]), 1) if placed["line"] else None
            mistakes.append(Mistake(placed["file"], place, placed["sentence"]))
    except OSError as error:
        sentence = f"the templates cannot be read ({error.strerror}); check their permissions"
        mistakes.append(Mistake(str(templates), None, sentence))
    return None


def _references(files: _Files, wording: Wording | None, providers: Providers | None) -> Iterator[Mistake]:
    if files.duly and providers is not None:
        yield from unknown_providers(files.duly, providers)
    if wording is not None:
        for cadence in files.cadences.values():
            yield from wordless(cadence, wording)
    for creditor in files.creditors.values():
        cadence_of = files.cadences.get(creditor.value.cadence)
        policies = [files.policies.get(each) for each in creditor.value.policies]
        sound = [each.value.value() for each in policies if each is not None]
        if cadence_of is not None and len(sound) == len(policies):
            yield from unsendable(creditor, cadence_of.value.value(), sound)


def _catalogue(files: _Files, duly: DulyModel, wording: Wording, templates: Path) -> Catalogue:
    policies = {name: each.value for name, each in files.policies.items()}
    return Catalogue.of(
        creditors=(each.value.value() for each in files.creditors.values()),
        cadences=(each.value.value() for each in files.cadences.values()),
        policies=(each.value() for each in policies.values()),
        drafts=frozenset(name for name, each in policies.items() if each.status == "draft"),
        channels=dict(duly.channels),
        receipt_newest=duly.receipts.newest,
        wording=wording,
        words=templates,
    )
