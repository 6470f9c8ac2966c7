"""Adapters in separate interpreters, on this or another machine."""
