"""Frameworks that take part by one file each, written by the README's guide."""
