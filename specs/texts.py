"""Texts of others: what a framework or a worker says is kept as far as it can be written and read."""

from __future__ import annotations


def readable(text: str, longest: int) -> str:
    """The text, cut in its middle where it is too long, without lone surrogates, which no file or stream takes."""
    if len(text) > longest:
        half = longest // 2
        text = f"{text[:half]} … {text[-half:]}"
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
