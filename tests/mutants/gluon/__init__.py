"""Bugs that are planted in Gluon, a file a theme."""
