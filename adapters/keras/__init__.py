"""Keras: the adapter, its variants for each backend, and declared divergences."""
