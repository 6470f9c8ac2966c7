"""Carries trained weights from one framework to another, and proves that both networks compute the same.

The mapping follows from the layouts that adapters declare (:mod:`specs.layers.layout`): :mod:`.arrays` applies it
with NumPy alone, :mod:`.plans` finds substitutes for layers that the target framework does not have.
:mod:`.files` reads stored files, :mod:`.names` matches their arrays to a network, :mod:`.sides` runs one side in its
framework's interpreter, :mod:`.proofs` compares both sides, :mod:`.code` writes a script of the conversion,
:mod:`.command` is ``python -m adapters carry``.
"""
