"""Adapters in interpreters of their own, here or on another machine."""
