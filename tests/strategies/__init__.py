"""Hypothesis strategies: networks, and the programs by which laws are judged."""
