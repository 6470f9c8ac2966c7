"""What running a program showed: one record per operation, in canonical form.

A trace holds plain values and arrays only. Its wire form consists of types that any serializer has: text, numbers,
lists, dictionaries, bytes. Reading a trace back checks its form, so that a worker cannot return anything else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple, Union

import numpy as np

from specs.errors import SpecError, one_of
from specs.older import cached_property
from specs.texts import readable

#: Kinds of outcome. All except ``ok`` mean that the operation did not do what was asked.
OUTCOMES = {
    "ok": "it did what it was asked",
    "not_ready": "the parameter has no value yet: it is uninitialized, or its shape is not known",
    "wrong_shape": "an array's shape does not fit",
    "no_such_parameter": "there is no parameter, layer or name like that",
    "invalid_argument": "an argument is outside what the operation accepts",
    "refused": "the framework does not allow it, and says so",
    "unsupported": "the framework has no public way to do it",
    "not_run": "what it works on is not there, because an earlier operation did not succeed",
    "failed": "something else was raised",
}


#: The longest text that a trace keeps, in characters.
LONGEST_TEXT = 1000


def _make_readable(value: Any, *names: str) -> None:
    """Clean these text fields of a frozen value, which a framework or a worker made, so that they can be written."""
    for name in names:
        object.__setattr__(value, name, readable(getattr(value, name), LONGEST_TEXT))


@dataclass(frozen=True)
class Outcome:
    """How an operation ended: a kind of :data:`OUTCOMES`, and the type and message of the exception, if any."""

    kind: str = "ok"
    native: str = ""
    message: str = ""

    def __post_init__(self) -> None:
        one_of("Outcome.kind", self.kind, tuple(OUTCOMES))
        _make_readable(self, "native", "message")

    def __str__(self) -> str:
        detail = ": ".join(part for part in (self.native, self.message) if part)
        return f"{self.kind} ({detail})" if detail else self.kind


@dataclass(frozen=True)
class ParameterSeen:
    """A parameter as a network lists it. Unknown dimensions are None, and so is the shape if all of it is unknown."""

    path: str
    native_name: str
    shape: Optional[Tuple[Optional[int], ...]]
    native_shape: Optional[Tuple[Optional[int], ...]]
    dtype: str
    trainable: bool
    label: int

    def __post_init__(self) -> None:
        _make_readable(self, "path", "native_name", "dtype")


@dataclass(frozen=True)
class ValueSeen:
    """A value read at a slot (canonical axes), and the label of the object that was read."""

    array: np.ndarray
    label: int


@dataclass(frozen=True)
class CustomCall:
    """One call of a custom initializer: the shape it was called with (native axes) and what it returned."""

    shape: Tuple[int, ...]
    returned: np.ndarray


Seen = Union[None, int, np.ndarray, ValueSeen, Tuple[ParameterSeen, ...], Dict[str, int]]


@dataclass(frozen=True)
class Record:
    """What one operation showed: its outcome, its value, and the custom initializer calls made meanwhile."""

    outcome: Outcome
    value: Seen = None
    calls: Tuple[CustomCall, ...] = ()


@dataclass(frozen=True)
class Trace:
    """The records of one program on one adapter."""

    records: Tuple[Record, ...]

    @cached_property
    def size(self) -> int:
        """Its approximate size in bytes."""
        return sum(_size(record.value) + sum(_size(call.returned) for call in record.calls) for record in self.records)

    def to_wire(self) -> list:
        return [_record_to_wire(record) for record in self.records]

    @staticmethod
    def from_wire(wire: Any) -> Trace:
        """Rebuild a trace. Raises :class:`SpecError` if the form is not that of a trace."""
        try:
            return Trace(tuple(_record_from_wire(item) for item in _require(list, wire)))
        except (TypeError, ValueError, IndexError, OverflowError) as error:
            raise error if isinstance(error, SpecError) else SpecError(f"trace: malformed: {error}") from None


#: NumPy's names for types of floats, integers and booleans. It has many more, and warns about some of them.
_DTYPE = re.compile(r"[<>|=][fiub]\d{1,2}", re.ASCII)


#: The approximate size in bytes of a value that is not an array.
_PLAIN = 500


def _size(value: Seen) -> int:
    if isinstance(value, ValueSeen):
        return _size(value.array)
    if isinstance(value, np.ndarray):
        return _PLAIN + value.nbytes
    return _PLAIN * (1 + len(value)) if isinstance(value, (tuple, dict)) else _PLAIN


def _record_to_wire(record: Record) -> dict:
    wire: Dict[str, Any] = {}
    if record.outcome.kind != "ok":
        wire["outcome"] = [record.outcome.kind, record.outcome.native, record.outcome.message]
    if record.value is not None:
        wire["value"] = _value_to_wire(record.value)
    if record.calls:
        wire["calls"] = [[list(call.shape), _array_to_wire(call.returned)] for call in record.calls]
    return wire


def _record_from_wire(wire: Any) -> Record:
    for key in _require(dict, wire):
        one_of("trace: part of a record", key, ("outcome", "value", "calls"))
    kind, native, message = (_require(str, part) for part in _require(list, wire.get("outcome", ["ok", "", ""])))
    calls = tuple(
        CustomCall(_ints_from_wire(shape), _array_from_wire(returned))
        for shape, returned in _require(list, wire.get("calls", []))
    )
    value = _value_from_wire(wire["value"]) if "value" in wire else None
    return Record(Outcome(kind, native, message), value, calls)


def _value_to_wire(value: Seen) -> list:
    if isinstance(value, np.ndarray):
        return ["array", _array_to_wire(value)]
    if isinstance(value, ValueSeen):
        return ["value", _array_to_wire(value.array), value.label]
    if isinstance(value, dict):
        return ["labels", value]
    if isinstance(value, tuple):
        return ["parameters", [_parameter_to_wire(parameter) for parameter in value]]
    return ["count", value]


def _value_from_wire(wire: Any) -> Seen:
    kind, *parts = _require(list, wire)
    one_of("kind of value", kind, ("array", "value", "labels", "parameters", "count"))
    if kind == "value":
        array, label = parts
        return ValueSeen(_array_from_wire(array), _require(int, label))
    (part,) = parts
    if kind == "array":
        return _array_from_wire(part)
    if kind == "labels":
        return {_require(str, path): _require(int, label) for path, label in _require(dict, part).items()}
    if kind == "parameters":
        return tuple(_parameter_from_wire(item) for item in _require(list, part))
    counted: int = _require(int, part)
    return counted


def _parameter_to_wire(seen: ParameterSeen) -> list:
    return [
        seen.path,
        seen.native_name,
        None if seen.shape is None else list(seen.shape),
        None if seen.native_shape is None else list(seen.native_shape),
        seen.dtype,
        seen.trainable,
        seen.label,
    ]


def _parameter_from_wire(wire: Any) -> ParameterSeen:
    path, native_name, shape, native_shape, dtype, trainable, label = _require(list, wire)
    return ParameterSeen(
        _require(str, path),
        _require(str, native_name),
        None if shape is None else _dimensions_from_wire(shape),
        None if native_shape is None else _dimensions_from_wire(native_shape),
        _require(str, dtype),
        _require(bool, trainable),
        _require(int, label),
    )


def _array_to_wire(array: np.ndarray) -> list:
    return [array.dtype.str, list(array.shape), array.tobytes()]


def _array_from_wire(wire: Any) -> np.ndarray:
    dtype, shape, data = _require(list, wire)
    if not _DTYPE.fullmatch(_require(str, dtype)):
        raise SpecError(f"trace: arrays of {dtype[:20]} are not accepted; accepted: floats, integers, booleans")
    try:
        return np.frombuffer(_require(bytes, data), dtype=dtype).reshape(_ints_from_wire(shape))
    except (TypeError, ValueError) as error:
        raise SpecError(f"trace: malformed array: {error}") from None


def _ints_from_wire(wire: Any) -> Tuple[int, ...]:
    return tuple(_extent(item) for item in _require(list, wire))


def _dimensions_from_wire(wire: Any) -> Tuple[Optional[int], ...]:
    return tuple(None if item is None else _extent(item) for item in _require(list, wire))


def _extent(wire: Any) -> int:
    extent: int = _require(int, wire)
    if extent < 0:
        raise SpecError(f"trace: an extent of {extent} is not accepted; accepted: 0 or more")
    return extent


def _require(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise SpecError(f"trace: expected {kind.__name__}; got {type(value).__name__}")
    return value
