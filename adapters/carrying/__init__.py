"""Trained weights carried from one framework to another.

The map is what adapters declare of how their frameworks hold a role (:mod:`specs.layers.layout`): :mod:`.arrays`
applies it with NumPy alone, :mod:`.plans` says what stands for a layer that the other framework does not have.
"""
