"""All planted faults, each of which must break an invariant that is named with it; most are what others do."""

from tests.simulation import mutants_calling, mutants_deciding, mutants_evidence, mutants_settling
from tests.simulation.planting import MUTANTS, Mutant

__all__ = ["MUTANTS", "Mutant"]

_PLANTED = (mutants_calling, mutants_deciding, mutants_evidence, mutants_settling)
