"""Texts: words in sentences, and messages of frameworks and workers, cut and cleaned so that they can be written."""

from __future__ import annotations


def a(words: str) -> str:
    """The words with their indefinite article; an abbreviation in capitals is read letter by letter."""
    first = words.split(maxsplit=1)[0]
    return f"{'an' if first[0] in ('AEFHILMNORSX' if first.isupper() else 'aeiou') else 'a'} {words}"


def readable(text: str, longest: int) -> str:
    """The text, cut in the middle if it is too long, without lone surrogates, which UTF-8 cannot encode."""
    if len(text) > longest:
        half = longest // 2
        text = f"{text[:half]} … {text[-half:]}"
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
