"""A simulator of the whole engine on virtual time, with checkers that know nothing of the engine."""
