"""Bugs that are planted in PyTorch, a file a theme."""
