"""What every address that a provider calls must keep to: one class of cases, for each address once.

A case says what is answered, and that nothing but the kept events has changed wherever nothing may. The signatures are
made in the tests, as the providers document them.
"""

from tests.web.conformance_outside import Outside
from tests.web.conformance_taken import Taken
from tests.web.conformance_unsigned import Unsigned


class Conformance(Taken, Unsigned, Outside):
    """All cases. A subclass says how its provider writes and signs."""
