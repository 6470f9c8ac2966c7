"""Frozen dataclasses to JSON and back. Each value carries its type's name; every error says where in the text it is."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import typing
from pathlib import Path
from typing import Any, Dict, Optional, Sequence, Tuple, Type, TypeVar, Union

from specs.errors import SpecError
from specs.older import get_args, get_origin

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """Turn nested dataclasses and tuples into dictionaries and lists that ``json`` can write."""
    kind: Any = type(value)
    fields = _fields(kind)
    if fields is not None:
        plain = {"type": kind.__name__}
        for name, default in fields:
            item = getattr(value, name)
            if default is dataclasses.MISSING or item != default:
                plain[name] = to_plain(item)
        return plain
    if isinstance(value, (tuple, list)):
        return [to_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: to_plain(item) for key, item in value.items()}
    return value


@functools.lru_cache(maxsize=None)
def _fields(kind: Any) -> Optional[Sequence[Tuple[str, Any]]]:
    """The names and defaults of a dataclass's fields; None for any other type."""
    if not dataclasses.is_dataclass(kind):
        return None
    return [(field.name, field.default) for field in dataclasses.fields(kind)]


def shown(value: Any) -> str:
    """A value as Python source, without the fields that have their default values."""
    if dataclasses.is_dataclass(value):
        fields = [field for field in dataclasses.fields(value) if getattr(value, field.name) != field.default]
        inside = ", ".join(f"{field.name}={shown(getattr(value, field.name))}" for field in fields)
        return f"{type(value).__name__}({inside})"
    if isinstance(value, tuple):
        return "[" + ", ".join(shown(item) for item in value) + "]"
    return repr(value)


def from_plain(plain: Any, expected: Any, where: str = "program") -> Any:
    """Rebuild a value of type ``expected``. Raises :class:`SpecError` that says ``where`` the error is."""
    origin = get_origin(expected)
    if origin is Union:
        return _from_union(plain, get_args(expected), where)
    if origin is tuple:
        return _from_tuple(plain, get_args(expected), where)
    if origin is dict:
        return _from_dict(plain, get_args(expected)[1], where)
    if dataclasses.is_dataclass(expected):
        return _from_union(plain, (expected,), where)
    if isinstance(expected, type) and any(map(dataclasses.is_dataclass, expected.__subclasses__())):
        return _from_union(plain, _derived(expected), where)
    return _from_scalar(plain, expected, where)


def loads(text: str, expected: Type[T], where: str = "program") -> T:
    """Parse JSON text into a value of type ``expected``."""
    value: T = from_plain(_parsed(text, where), expected, where)
    return value


def load(file: Path, expected: Type[T]) -> T:
    """Read a value of type ``expected`` from a JSON file.

    If the type has a class attribute ``FORMAT``, the text must have the same ``format``, which is checked first.
    Raises :class:`SpecError` that names the file.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise SpecError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SpecError(f"{file}: not valid JSON: {error}") from None
    plain = _parsed(text, str(file))
    accepted = getattr(expected, "FORMAT", None)
    found = plain.get("format") if isinstance(plain, dict) else None
    if isinstance(found, int) and accepted not in (None, found):
        raise SpecError(f"{file}: format {found} is not known; accepted: {accepted}")
    value: T = from_plain(plain, expected, str(file))
    return value


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SpecError(f"{where}: not valid JSON: {error}") from None


def dumps(value: Any, *, indent: Optional[int] = None) -> str:
    """JSON text of a value; equal values give equal text."""
    return json.dumps(to_plain(value), indent=indent, ensure_ascii=False)


def save(value: Any, file: Path) -> Path:
    """Write a value's JSON text to a file atomically: readers see all of it or none. Missing folders are created."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    # UTF-8 cannot encode a lone surrogate; JSON can, as an escape sequence.
    unfinished.write_text(dumps(value, indent=1) + "\n", encoding="utf-8", errors="backslashreplace")
    unfinished.replace(file)
    return file


def _derived(kind: type) -> Tuple[type, ...]:
    """The dataclasses derived from a type, except those that have subclasses themselves.

    A subclass of a dataclass that is not decorated as one itself is a variant of it, and is not written to JSON.
    """
    nearest: Sequence[type] = kind.__subclasses__()
    is_declared = "__dataclass_params__" in vars(kind)
    return tuple(leaf for each in nearest for leaf in _derived(each)) or ((kind,) if is_declared else ())


def _from_union(plain: Any, members: tuple, where: str) -> Any:
    """A value of one of several types. A type that is not a dataclass stands for the dataclasses derived from it."""
    if plain is None and type(None) in members:
        return None
    kinds: Dict[str, Any] = {
        member.__name__: member for member in members if isinstance(member, type) and dataclasses.is_dataclass(member)
    }
    if not kinds:
        return from_plain(plain, next(member for member in members if member is not type(None)), where)
    accepted = ", ".join(kinds)
    if not isinstance(plain, dict) or "type" not in plain:
        raise SpecError(f'{where}: expected an object with a "type" among: {accepted}; got {_shown(plain)}')
    if not isinstance(plain["type"], str) or plain["type"] not in kinds:
        raise SpecError(f"{where}.type: {plain['type']!r} is not known; accepted: {accepted}")
    return _from_object(plain, kinds[plain["type"]], where)


def _from_object(plain: Dict[str, Any], kind: Any, where: str) -> Any:
    hints = _field_types(kind)
    unknown = [name for name in plain if name != "type" and name not in hints]
    if unknown:
        raise SpecError(f"{where}: {kind.__name__} has no field {unknown[0]!r}; accepted: {', '.join(hints) or 'none'}")
    values = {name: from_plain(plain[name], hints[name], f"{where}.{name}") for name in hints if name in plain}
    for field in dataclasses.fields(kind):
        if field.name not in values and field.default is dataclasses.MISSING:
            raise SpecError(f"{where}: {kind.__name__} needs the field {field.name!r}")
    try:
        return kind(**values)
    except SpecError as error:
        raise SpecError(f"{where}: {error}") from None


def _from_tuple(plain: Any, members: tuple, where: str) -> tuple:
    if not isinstance(plain, list):
        raise SpecError(f"{where}: expected a list; got {_shown(plain)}")
    if members[1:] != (...,):
        raise TypeError(f"{where}: a tuple of a fixed number of items, {members}, is not known here")
    return tuple(from_plain(item, members[0], f"{where}[{i}]") for i, item in enumerate(plain))


def _from_dict(plain: Any, member: Any, where: str) -> dict:
    if not isinstance(plain, dict):
        raise SpecError(f"{where}: expected an object; got {_shown(plain)}")
    return {key: from_plain(item, member, f"{where}.{key}") for key, item in plain.items()}


def _from_scalar(plain: Any, expected: type, where: str) -> Any:
    if expected is float and isinstance(plain, int) and not isinstance(plain, bool):
        try:
            return float(plain)
        except OverflowError:
            raise SpecError(f"{where}: expected float; {_shown(plain)} is too large") from None
    if type(plain) is not expected:
        raise SpecError(f"{where}: expected {expected.__name__}; got {_shown(plain)}")
    return plain


@functools.lru_cache(maxsize=None)
def _field_types(kind: Any) -> Dict[str, Any]:
    return typing.get_type_hints(kind)


def _shown(plain: Any) -> str:
    text = json.dumps(plain)
    return text if len(text) <= 60 else text[:57] + "..."
