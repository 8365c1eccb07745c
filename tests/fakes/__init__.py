"""Fakes that keep notebooks, for tests and benchmarks."""
