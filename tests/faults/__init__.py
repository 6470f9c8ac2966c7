"""Faults injected into the workers of a run: what they cost, and whether each is told as what it was."""
