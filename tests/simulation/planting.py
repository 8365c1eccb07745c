"""Plants faults: another function in the place of one of the product's, wherever the product has it by name."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch


@contextmanager
def everywhere(function: Callable[..., Any], other: Callable[..., Any], name: str = "") -> Iterator[None]:
    """Let every room of the product that imported a function call the other one. Raises LookupError if none has it.

    `name` is what they call it, where another one is in its place already.
    """
    name = name or function.__name__
    rooms = [
        module
        for key, module in sorted(sys.modules.items())
        if key.startswith("scheduler.") and vars(module).get(name) is function
    ]
    if not rooms:
        raise LookupError(name)
    with ExitStack() as stack:
        for room in rooms:
            stack.enter_context(patch.object(room, name, other))
        yield


Plant = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One planted fault: what it is, and which invariants may be the first that it breaks."""

    name: str
    breaks: tuple[str, ...]
    plant: Plant


MUTANTS: dict[str, Mutant] = {}


def mutant(*breaks: str) -> Callable[[Callable[[], Iterator[None]]], Plant]:
    """Enter a fault under its function's name."""

    def enter(make: Callable[[], Iterator[None]]) -> Plant:
        plant = contextmanager(make)
        MUTANTS[make.__name__] = Mutant(make.__name__, breaks, plant)
        return plant

    return enter
