"""MXNet Gluon: its phrase book, and where it differs."""
