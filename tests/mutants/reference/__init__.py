"""Bugs that are planted in the reference, a file a theme."""
