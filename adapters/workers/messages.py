"""A worker's answers as bytes: JSON for the structure, raw bytes for the arrays, so that nothing is built unseen.

A message is the length of the JSON text (four bytes, big-endian), the text, and the blobs in the order in which the
text speaks of them, each as ``{"bytes": length}``.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List

from specs.errors import SpecError

#: The longest message that is accepted, and the longest JSON text in it: a thousand times what the laws' programs
#: need, and little enough that the values built of the text, some fifty times its size, do no harm.
LONGEST, LONGEST_TEXT = 64 * 2**20, 4 * 2**20


def pack(plain: Any) -> bytes:
    """One message of a value made of what JSON has, and ``bytes``."""
    blobs: List[bytes] = []

    def keep(value: Any) -> Dict[str, int]:
        if type(value) is not bytes:
            raise TypeError(f"{type(value).__name__} is no plain value")
        blobs.append(value)
        return {"bytes": len(value)}

    text = json.dumps(plain, default=keep).encode("ascii")
    return b"".join([len(text).to_bytes(4, "big"), text, *blobs])


def unpack(message: bytes) -> Any:
    """The value that was packed. Raises :class:`SpecError` where the message is not one."""
    text, blobs = message[4 : 4 + int.from_bytes(message[:4], "big")], _Blobs(message)
    if len(text) > LONGEST_TEXT:
        raise SpecError(f"message: a text of {len(text)} bytes is not accepted; accepted: up to {LONGEST_TEXT}")
    try:
        plain = json.loads(text, object_hook=blobs.fill, parse_int=_integer, parse_constant=_refuse)
    except SpecError:
        raise
    except (ValueError, RecursionError) as error:
        raise SpecError(f"message: not valid: {error}") from None
    if blobs.at != len(message):
        raise SpecError(f"message: {len(message)} bytes where {blobs.at} are spoken of")
    return plain


class _Blobs:
    """Hands out the blobs of a message, one after the other."""

    def __init__(self, message: bytes):
        self.message = message
        self.at = 4 + int.from_bytes(message[:4], "big")

    def fill(self, found: Dict[str, Any]) -> Any:
        """The blob that an object speaks of, or the object."""
        if list(found) != ["bytes"] or type(found["bytes"]) is not int:
            return found
        first, self.at = self.at, self.at + found["bytes"]
        if not first <= self.at <= len(self.message):
            raise SpecError(f"message: {found['bytes']} bytes from byte {first} of {len(self.message)}")
        return self.message[first : self.at]


def _integer(text: str) -> int:
    if len(text) > 20:
        raise SpecError(f"message: an integer of {len(text)} digits is not accepted; accepted: up to 20")
    return int(text)


def _refuse(text: str) -> None:
    raise SpecError(f"message: {text} is not accepted; accepted: finite numbers")
