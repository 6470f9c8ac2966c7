"""Values whose fields are of the types that they declare: what is of another is refused when the value is made."""

from __future__ import annotations

import dataclasses
import functools
import typing
from typing import Any, Callable, List, Tuple, Union

from specs.errors import SpecError
from specs.older import get_args, get_origin

_WORDS = {int: "a whole number", float: "a number", bool: "True or False", str: "a text", type(None): "None"}


class Value:
    """A frozen dataclass that is derived from this one is checked before its own ``__post_init__``."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "__post_init__" in vars(cls):
            setattr(cls, "__post_init__", _checked_before(vars(cls)["__post_init__"]))  # noqa: B010  mypy's wish

    def __post_init__(self) -> None:
        kind: Any = type(self)
        values = vars(self)
        for name, types, is_fitting, declared in _fields(kind):
            value = values[name]
            if type(value) not in types and not is_fitting(value):  # most are of a type itself: the rest is slow
                check_type(f"{kind.__name__}.{name}", value, declared)


def _checked_before(own: Callable[[Any], None]) -> Callable[[Any], None]:
    @functools.wraps(own)
    def checked(self: Any) -> None:
        Value.__post_init__(self)
        own(self)

    return checked


def check_type(what: str, value: Any, declared: Any) -> None:
    """Raise :class:`SpecError` where a value is not of a declared type."""
    if not _test(declared)(value):
        raise SpecError(f"{what}: expected {_in_words(declared)}; got {value!r}")


@functools.lru_cache(maxsize=None)
def _fields(kind: Any) -> List[Tuple[str, Tuple[Any, ...], Callable[[Any], bool], Any]]:
    """A class's fields: the name of each, the types that fit whatever the value is, the test, and what it is of."""
    hints = typing.get_type_hints(kind)
    declared = {field.name: hints[field.name] for field in dataclasses.fields(kind)}
    return [
        (name, get_args(one) if get_origin(one) is Union else (one,), _test(one), one) for name, one in declared.items()
    ]


@functools.lru_cache(maxsize=None)
def _test(declared: Any) -> Callable[[Any], bool]:
    """Whether a value is of a type, as a function."""
    origin, members = get_origin(declared), get_args(declared)
    if origin is Union:
        tests = [_test(member) for member in members]
        return lambda value: type(value) in members or any(test(value) for test in tests)
    if origin is tuple:
        item = _test(members[0])
        return lambda value: isinstance(value, tuple) and all(map(item, value))
    if origin is dict:
        entry = _test(members[1])
        return lambda value: isinstance(value, dict) and all(map(entry, value.values()))
    if declared is bool:
        return lambda value: isinstance(value, bool)
    kinds = (int, float) if declared is float else declared
    return lambda value: isinstance(value, kinds) and not isinstance(value, bool)


def _in_words(declared: Any) -> str:
    origin, members = get_origin(declared), get_args(declared)
    if origin is Union:
        *first, last = map(_in_words, members)
        return f"{', '.join(first)} or {last}"
    if origin in (tuple, dict):
        return f"a {origin.__name__}, each of it {_in_words(members[-1] if origin is dict else members[0])}"
    return str(_WORDS.get(declared, declared.__name__))
