"""A worker's answers as bytes: JSON for the structure, raw bytes for arrays; decoding creates no other objects.

A message is the length of the JSON text (four bytes, big-endian), the text, and the blobs in the order in which the
text refers to them, each as ``{"bytes": length}``.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List

from specs.errors import SpecError

#: The maximum sizes in bytes of a message and of its JSON text: a thousand times what the laws' programs need, and
#: small enough that the values decoded from the text, about fifty times its size, fit into memory.
LONGEST, LONGEST_TEXT = 64 * 2**20, 4 * 2**20


def pack(plain: Any) -> bytes:
    """Encode a value of JSON types and ``bytes`` as one message."""
    blobs: List[bytes] = []

    def keep(value: Any) -> Dict[str, int]:
        if type(value) is not bytes:
            raise TypeError(f"{type(value).__name__} is not a JSON type or bytes")
        blobs.append(value)
        return {"bytes": len(value)}

    text = json.dumps(plain, default=keep).encode("ascii")
    return b"".join([len(text).to_bytes(4, "big"), text, *blobs])


def unpack(message: bytes) -> Any:
    """Decode a message. Raises :class:`SpecError` if it is invalid."""
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
        raise SpecError(f"message: {len(message)} bytes where {blobs.at} were declared")
    return plain


class _Blobs:
    """The blobs of a message, read in order."""

    def __init__(self, message: bytes):
        self.message = message
        self.at = 4 + int.from_bytes(message[:4], "big")

    def fill(self, found: Dict[str, Any]) -> Any:
        """The blob that an object refers to, or the object itself."""
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
