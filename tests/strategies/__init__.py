"""Hypothesis strategies: networks, and the programs that give the laws their evidence."""
