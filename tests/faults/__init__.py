"""Fault injection in a run's workers: what each fault costs, and whether the run reports it correctly."""
