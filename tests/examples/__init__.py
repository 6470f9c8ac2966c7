"""Frameworks that take part by one file each, written by docs/adapters.md."""
