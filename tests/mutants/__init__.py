"""Mutants: the reference and the installed frameworks with one bug planted, to prove that every law can fail."""
