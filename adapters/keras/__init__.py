"""Keras: its phrase book, what each of its backends says otherwise, and where it differs."""
