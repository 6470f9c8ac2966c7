"""Trained weights carried from one framework to another, and the proof that both networks compute the same.

The map is what adapters declare of how their frameworks hold a role (:mod:`specs.layers.layout`): :mod:`.arrays`
applies it with NumPy alone, :mod:`.plans` says what stands for a layer that the other framework does not have.
:mod:`.files` reads what frameworks store, :mod:`.names` finds in it what a network holds, :mod:`.sides` runs one side
in its framework's interpreter, :mod:`.proofs` compares both, :mod:`.code` writes it all down as a script,
:mod:`.command` is ``python -m adapters carry``.
"""
