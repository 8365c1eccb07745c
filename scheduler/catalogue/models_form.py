"""What the forms of a rule have in common: each makes one of the domain's forms, seeing what the rule is about."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from scheduler.catalogue.models import Entry, Objection
from scheduler.domain.rule import Form
from scheduler.domain.touchpoint import Kind


@dataclass(frozen=True, slots=True)
class Subject:
    """The kinds of message and the channels that a rule names."""

    kinds: frozenset[Kind]
    channels: frozenset[str]


class FormModel(Entry):
    """A form that is written as a mapping of its own."""

    @abstractmethod
    def form(self, subject: Subject) -> Form:
        """Return the domain's form of a rule about the subject."""

    def clashes(self, _subject: Subject) -> Iterator[Objection]:
        """Return what makes no sense in a rule about the subject, though the form is sound in itself."""
        yield from ()
