"""All files of the configuration that can be used, and what is wrong with the others."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from scheduler.catalogue.broken import Broken, governed, governed_by
from scheduler.catalogue.document import Document, open_document
from scheduler.catalogue.layers import FALLBACK, Shelf
from scheduler.catalogue.mistakes import Mistake, quoted
from scheduler.catalogue.models import Known
from scheduler.catalogue.models_cadence import CadenceModel
from scheduler.catalogue.models_calendar import CalendarModel
from scheduler.catalogue.models_creditor import CreditorModel
from scheduler.catalogue.models_duly import DulyModel
from scheduler.catalogue.models_policy import PolicyModel
from scheduler.catalogue.references import reserved

Model = TypeVar("Model", CadenceModel, CalendarModel, CreditorModel, PolicyModel)


@dataclass(frozen=True, slots=True)
class Folder(Generic[Model]):
    """The files of one folder by name: the sound ones, and the mistakes of the others."""

    sound: Mapping[str, Document[Model]]
    faults: Mapping[str, Sequence[Mistake]]

    def mistakes(self) -> Iterator[Mistake]:
        """Yield everything that is wrong in the folder's files."""
        for each in self.faults.values():
            yield from each


@dataclass(frozen=True, slots=True)
class Files:
    """The folders of the configuration. `overlooked` are the mistakes of folders as a whole.

    `broken` are the policies that cannot be used, because of their own file or of a calendar that they name.
    """

    cadences: Folder[CadenceModel]
    calendars: Folder[CalendarModel]
    policies: Folder[PolicyModel]
    creditors: Folder[CreditorModel]
    broken: Mapping[str, Broken]
    overlooked: Sequence[Mistake]

    def mistakes(self, *, tolerant: bool) -> Iterator[Mistake]:
        """Yield everything that is wrong in the files; whoever is `tolerant` can do without a broken policy."""
        yield from self.overlooked
        yield from self.cadences.mistakes()
        yield from self.creditors.mistakes()
        if not tolerant:
            yield from self.calendars.mistakes()
            yield from self.policies.mistakes()

    @property
    def shelf(self) -> Shelf:
        """The policies to make layers of."""
        sound = {name: each.value for name, each in self.policies.sound.items() if name not in self.broken}
        return Shelf(sound, self.broken)


def read_files(
    config_dir: Path,
    duly: Document[DulyModel] | None,
    templates: Collection[str] | None,
    *,
    in_use_only: bool = False,
) -> Files:
    """Read the folders. Names of channels and templates are not checked where they could not be found out.

    With `in_use_only`, policies that are no creditor's layer are left unread: they cost time and change nothing.
    """
    overlooked: list[Mistake] = []
    paths = {
        name: _paths(config_dir / name, overlooked)
        for name in ("cadences", "calendars", "policies", "creditors")
    }
    if not paths["creditors"]:
        sentence = "there is no creditor here; add one, such as harbour.yaml"
        overlooked.append(Mistake(str(config_dir / "creditors"), None, sentence))
    names = {folder: [each.stem for each in files] for folder, files in paths.items()}
    known = Known(
        cadences=names["cadences"],
        policies=names["policies"],
        calendars=names["calendars"],
        templates=templates,
        served=tuple(duly.value.channels) if duly else None,
    )
    calendars = _opened(paths["calendars"], CalendarModel, known)
    creditors = _opened(paths["creditors"], CreditorModel, known)
    wanted = [each for each in paths["policies"] if not in_use_only or each.stem in _listed(creditors)]
    policies = _opened(wanted, PolicyModel, known)
    return Files(
        cadences=_opened(paths["cadences"], CadenceModel, known),
        calendars=calendars,
        policies=policies,
        creditors=creditors,
        broken=dict(_broken(config_dir / "policies", policies, calendars)),
        overlooked=overlooked,
    )


def _listed(creditors: Folder[CreditorModel]) -> frozenset[str]:
    names = (name for each in creditors.sound.values() for name in each.value.policies or ())
    return frozenset((FALLBACK, *names))


def _paths(folder: Path, overlooked: list[Mistake]) -> list[Path]:
    """Return a folder's files. One that is none of ours is a mistake, because it would be overlooked."""
    paths = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith(".") or path.name.endswith("~") or path.name == "README.md":
            continue
        if path.suffix == ".yaml":
            paths.append(path)
        else:
            sentence = "this would be overlooked; rename it to end in .yaml, or move it"
            overlooked.append(Mistake(str(path), None, sentence))
    return paths


def _opened(paths: Sequence[Path], model: type[Model], known: Known) -> Folder[Model]:
    sound: dict[str, Document[Model]] = {}
    faults: dict[str, Sequence[Mistake]] = {}
    for path in paths:
        found: list[Mistake] = []
        document = open_document(path, model, known, found)
        if document is not None:
            found += _misnamed(path.stem, document)
            if isinstance(document.value, PolicyModel):
                found += (document.mistake(loc, sentence) for loc, sentence in reserved(document.value))
        if document is None or found:
            faults[path.stem] = found
        else:
            sound[path.stem] = document
    return Folder(sound, faults)


def _misnamed(name: str, document: Document[Model]) -> Iterator[Mistake]:
    if (own := document.value.id) != name:
        sentence = f"{quoted(own)} lies in {name}.yaml; give file and id the same name"
        yield document.mistake(("id",), sentence)


def _broken(
    folder: Path, policies: Folder[PolicyModel], calendars: Folder[CalendarModel]
) -> Iterator[tuple[str, Broken]]:
    for name, mistakes in policies.faults.items():
        yield name, Broken(name, tuple(mistakes), governed_by(folder / f"{name}.yaml"))
    for name, document in policies.sound.items():
        named = dict.fromkeys(rule.calendar for rule in document.value.rules if rule.calendar is not None)
        mistakes = [each for calendar in named for each in calendars.faults.get(calendar, ())]
        if mistakes:
            yield name, Broken(name, tuple(mistakes), governed(document.value.applies))
