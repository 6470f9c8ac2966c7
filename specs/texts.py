"""Texts: words in sentences, and what a framework or a worker says, kept as far as it can be written and read."""

from __future__ import annotations


def a(words: str) -> str:
    """The words with their indefinite article; a first word in capitals is spelled out when it is read."""
    first = words.split(maxsplit=1)[0]
    return f"{'an' if first[0] in ('AEFHILMNORSX' if first.isupper() else 'aeiou') else 'a'} {words}"


def readable(text: str, longest: int) -> str:
    """The text, cut in its middle where it is too long, without lone surrogates, which no file or stream takes."""
    if len(text) > longest:
        half = longest // 2
        text = f"{text[:half]} … {text[-half:]}"
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
