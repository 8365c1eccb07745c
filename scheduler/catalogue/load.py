"""Reads config/ and templates/ into one value, or refuses with every mistake that it found."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from scheduler.catalogue.carriers import Carriers, Providers
from scheduler.catalogue.catalogue import Catalogue, PolicyFile, words_digest
from scheduler.catalogue.document import Document, open_document, place_of
from scheduler.catalogue.files import Files, read_files
from scheduler.catalogue.holidays import HolidayCalendar
from scheduler.catalogue.layers import FALLBACK, Layers, layers_of
from scheduler.catalogue.meaning import digest
from scheduler.catalogue.mistakes import CatalogueError, Mistake, Place, quoted
from scheduler.catalogue.models import Known
from scheduler.catalogue.models_duly import DulyModel
from scheduler.catalogue.models_policy import PolicyModel
from scheduler.catalogue.references import (
    taken,
    uncarried,
    unknown_approvals,
    unknown_providers,
    unsendable,
    wordless,
)
from scheduler.catalogue.words import Wording
from scheduler.domain.errors import UsageError

ENTRANCE = "duly.yaml"
"""The file that makes a folder a configuration."""


def load(
    config_dir: Path,
    providers: Providers | None = None,
    *,
    tolerant: bool = False,
    in_use_only: bool = False,
) -> Catalogue:
    """Return what the folder's files mean.

    Raises CatalogueError with every mistake in them, and UsageError when the folder holds no configuration.
    `providers` are the rooms of `channels/`; without them, names of providers are taken on trust. A `tolerant`
    reader takes a policy that cannot be used for one that lets nothing out, and leaves it to the policy to refuse
    what a provider does not carry. With `in_use_only`, policies that are no creditor's layer are left unread.
    """
    if not (config_dir / ENTRANCE).is_file():
        raise UsageError(
            f"{config_dir} holds no {ENTRANCE}; name the folder that does with --config, or run `duly init .`"
        )
    mistakes: list[Mistake] = []
    duly = open_document(config_dir / ENTRANCE, DulyModel, Known(), mistakes)
    wording = _wording(config_dir, duly, mistakes)
    templates = wording.templates() if wording else None
    files = read_files(config_dir, duly, templates, in_use_only=in_use_only)
    carriers = _carriers(duly, providers)
    mistakes += files.mistakes(tolerant=tolerant)
    mistakes += _references(files, wording)
    if providers is not None:
        mistakes += _provisions(files, duly, carriers, tolerant)
    if mistakes or duly is None or wording is None:
        raise CatalogueError(mistakes)
    return _catalogue(files, duly.value, carriers, wording, config_dir / duly.value.templates)


def _carriers(duly: Document[DulyModel] | None, providers: Providers | None) -> Carriers:
    if duly is None:
        return Carriers({}, providers or {})
    return Carriers(duly.value.channels, providers or {}, duly.value.drafts == "sent")


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


_NO_LAYER = (
    f"no policy holds for this creditor; list one under `policies`, or add {FALLBACK}.yaml to the policies, "
    f"which then holds alone"
)


def _references(files: Files, wording: Wording | None) -> Iterator[Mistake]:
    """Find what the files say wrongly of each other; what names a broken one is not looked at."""
    if wording is not None:
        for cadence in files.cadences.sound.values():
            yield from wordless(cadence, wording)
    for creditor in files.creditors.sound.values():
        cadence_of = files.cadences.sound.get(creditor.value.cadence)
        layers = files.shelf.layers(creditor.value.policies or ())
        if not layers:
            yield creditor.mistake((), _NO_LAYER)
        elif cadence_of is not None and not any(each.id in files.broken for each in layers):
            yield from unsendable(creditor, cadence_of.value.value(), layers)


def _provisions(
    files: Files, duly: Document[DulyModel] | None, carriers: Carriers, tolerant: bool
) -> Iterator[Mistake]:
    """Find what the files say wrongly of the providers."""
    if duly is not None:
        yield from unknown_providers(duly, carriers.providers)
    for policy in files.policies.sound.values():
        yield from taken(policy, carriers.providers)
    for creditor in files.creditors.sound.values():
        yield from unknown_approvals(creditor, carriers.providers)
        if not tolerant:
            policies = [files.shelf.policy(each) for each in creditor.value.policies or ()]
            yield from uncarried(creditor, policies, carriers)


def _catalogue(
    files: Files, duly: DulyModel, carriers: Carriers, wording: Wording, templates: Path
) -> Catalogue:
    creditors = {name: each.value.value() for name, each in files.creditors.sound.items()}
    cadences = {name: each.value.value() for name, each in files.cadences.sound.items()}
    calendars = [each.value.value() for each in files.calendars.sound.values()]
    shelf = files.shelf
    policies = {name: shelf.policy(name) for name in shelf.names}
    layers = {name: layers_of(each, shelf, carriers) for name, each in creditors.items()}
    pacing = duly.pacing.value({name: each.ramp for name, each in cadences.items() if each.ramp})
    return Catalogue(
        creditors=creditors,
        cadences=cadences,
        policies=policies,
        fallback=shelf.fallback,
        files={name: _policy_file(files.policies.sound[name], layers) for name in shelf.sound},
        broken={name: each.mistakes for name, each in shelf.broken.items()},
        layers=layers,
        channels=carriers.channels,
        receipt_newest=duly.receipts.newest,
        pacing=pacing,
        limits=duly.breakers.value(),
        wording=wording,
        calendar=HolidayCalendar(calendars),
        version=digest(
            creditors,
            cadences,
            calendars,
            {name: each.policy.version for name, each in layers.items()},
            carriers.channels,
            duly.receipts.newest,
            pacing,
            duly.breakers.value(),
            words_digest(templates),
        ),
    )


def _policy_file(document: Document[PolicyModel], layers: Mapping[str, Layers]) -> PolicyFile:
    model = document.value
    return PolicyFile(
        id=model.id,
        title=model.title,
        approved_by=model.approved.by if model.approved else None,
        approved_on=model.approved.on if model.approved else None,
        approved_in=(document.file, place_of(document.root, ("approved", "on"))) if model.approved else None,
        notes={f"{model.id}/{each.rule}": each.note for each in model.rules if each.note is not None},
        used_by=tuple(name for name, each in layers.items() if model.id in each.listed),
        fallback_of=tuple(name for name, each in layers.items() if model.id == each.fallback),
    )
