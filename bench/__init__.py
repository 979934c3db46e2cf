"""Benchmarks: our parts against the plain alternative, side by side in one run."""
