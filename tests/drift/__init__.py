"""Compares the answers of the frameworks' newest releases with those of the pinned ones."""
