"""Bugs that are planted in Keras, a file a theme."""
