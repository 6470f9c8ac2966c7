"""The program of :mod:`tests.bench.example`, by hand: what a user of each framework would write without this suite.

Nothing runs these but the benchmark, which measures what :mod:`adapters.engine` adds to them, and holds what they
show to the engine's trace. Arrays come in the framework's own axis order; ``values`` in the order of the parameters.
"""
