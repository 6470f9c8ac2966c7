"""Files of trained weights: arrays by name, as stored by frameworks and their users.

``.npz`` and ``.safetensors`` are read and written with NumPy alone, other formats by the libraries that made them. No
file is trusted: code in a file is never executed.
"""

from __future__ import annotations

import importlib
import io
import json
import math
import pickle
import re
import zipfile
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Tuple

import numpy as np

from specs.errors import SpecError, cause

Arrays = Dict[str, np.ndarray]

#: Data types of ``.safetensors`` files (see "Format" in its documentation). BF16 is the upper half of a float32.
_SAFE_TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
#: The maximum length of its header, in bytes, according to its documentation.
_LONGEST_HEADER = 100_000_000


class Refused(Exception):
    """A file cannot be read. The message says why."""


def suffix_of(file: Path) -> str:
    """The suffix that determines a file's format. Raises :class:`SpecError` if it is unknown."""
    found = next((suffix for suffix in READERS if file.name.endswith(suffix)), None)
    if found is None:
        raise SpecError(f"{file}: its format is not known; accepted: {', '.join(READERS)}")
    return found


def read(file: Path, key: str = "") -> Arrays:
    """The arrays in a file, by name and in order.

    ``key`` is their path if the file contains more, as a checkpoint does. Raises :class:`SpecError` for a file that is
    missing, truncated, not of the format of its suffix, or that contains code.
    """
    reader = READERS[suffix_of(file)]
    if not file.is_file():
        raise SpecError(f"{file}: there is no such file")
    try:
        return reader(file, key)
    except ImportError as error:
        raise SpecError(f"{file}: reading it takes {error.name}, which is not installed here") from None
    except Refused as refused:
        raise SpecError(f"{file}: {refused}") from None
    except Exception as error:  # readers may raise anything for invalid bytes
        raise SpecError(f"{file}: it is no {suffix_of(file)} file, or not all of one: {cause(error)[:200]}") from None


def write(file: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays to a ``.npz`` or ``.safetensors`` file."""
    if suffix_of(file) == ".npz":
        given: Dict[str, Any] = dict(arrays)
        with file.open("wb") as stream:
            np.savez(stream, **given)
    else:
        _write_safetensors(file, arrays)


def _flat(file: Path, key: str) -> None:
    if key:
        raise Refused(f"files of its format hold arrays alone: there is no {key!r} to look for")


def _read_npz(file: Path, key: str) -> Arrays:
    _flat(file, key)
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
        return dict(stored)


def _read_safetensors(file: Path, key: str) -> Arrays:
    _flat(file, key)
    data = file.read_bytes()
    length = int.from_bytes(data[:8], "little")
    if length > min(_LONGEST_HEADER, len(data) - 8):
        raise ValueError("its header is longer than the file")
    header: Dict[str, Any] = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    found: Arrays = {}
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        dtype = np.dtype(_SAFE_TYPES[entry["dtype"]])
        if not 8 + length <= start <= end <= len(data) or end - start != dtype.itemsize * math.prod(entry["shape"]):
            raise ValueError(f"{name} is not where its header says")
        array = np.frombuffer(data, dtype, math.prod(entry["shape"]), start).reshape(entry["shape"])
        found[name] = _widened(array) if entry["dtype"] == "BF16" else array
    return found


def _widened(halves: np.ndarray) -> np.ndarray:
    """Convert bfloat16 to float32, which is exact."""
    return (halves.astype(np.uint32) << 16).view(np.float32)


def _write_safetensors(file: Path, arrays: Mapping[str, np.ndarray]) -> None:
    types = {dtype: name for name, dtype in _SAFE_TYPES.items() if name != "BF16"}
    header: Dict[str, Any] = {}
    at = 0
    for name, array in arrays.items():
        dtype = types[array.dtype.newbyteorder("<").str]
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with file.open("wb") as stream:
        stream.write(len(text).to_bytes(8, "little") + text)
        for array in arrays.values():
            stream.write(array.tobytes())


def _read_torch(file: Path, key: str) -> Arrays:
    torch = importlib.import_module("torch")
    try:
        found: Any = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if "weights_only" not in str(error) and "Unsupported" not in str(error):
            raise
        raise Refused("it holds more than tensors, which would be run on reading; save a state_dict") from None
    for step in filter(None, key.split("/")):
        if not isinstance(found, dict) or step not in found:
            raise Refused(f"there is no {key!r} in it; accepted: {_keys(found)}")
        found = found[step]
    if not isinstance(found, dict):
        raise Refused(f"it holds a {type(found).__name__}, and no tensors by name")
    arrays = {
        name: (value.float() if value.dtype == torch.bfloat16 else value).detach().numpy()
        for name, value in found.items()
        if isinstance(value, torch.Tensor)
    }
    if not arrays:
        raise Refused(f"there are no tensors at its top; accepted: --key with {_keys(found)}")
    return arrays


def _keys(found: Any) -> str:
    inner = [str(name) for name, value in found.items() if isinstance(value, dict)] if isinstance(found, dict) else []
    return ", ".join(inner) or "none"


def _read_params(file: Path, key: str) -> Arrays:
    _flat(file, key)
    found = importlib.import_module("mxnet").nd.load(str(file))
    if not isinstance(found, dict):
        raise Refused("its arrays have no names")
    return {re.sub("^(arg|aux):", "", name): array.asnumpy() for name, array in found.items()}


def _read_h5(file: Path, key: str) -> Arrays:
    with file.open("rb") as stream:
        return _datasets(stream, key)


def _read_keras(file: Path, key: str) -> Arrays:
    with zipfile.ZipFile(file) as archive:
        return _datasets(io.BytesIO(archive.read("model.weights.h5")), key)


def _datasets(stream: Any, key: str) -> Arrays:
    """All arrays of an HDF5 file except an optimizer's, ordered by the numbers in their names."""
    h5py = importlib.import_module("h5py")
    found: Arrays = {}

    def take(name: str, entry: Any) -> None:
        if isinstance(entry, h5py.Dataset) and not name.startswith("optimizer/"):
            found[name] = entry[()]

    with h5py.File(stream, "r") as stored:
        (stored[key] if key else stored).visititems(take)
    return {name: found[name] for name in sorted(found, key=counting)}


def counting(name: str) -> List[Tuple[str, int]]:
    """A sort key that orders names by the numbers at their ends: ``dense_2`` before ``dense_10``."""
    parts = (re.fullmatch(r"(.*?)_?(\d*)", part) for part in name.split("/"))
    return [(part[1], int(part[2] or 0)) for part in parts if part]


READERS: Dict[str, Callable[[Path, str], Arrays]] = {
    ".npz": _read_npz,
    ".safetensors": _read_safetensors,
    ".pt": _read_torch,
    ".pth": _read_torch,
    ".params": _read_params,
    ".h5": _read_h5,
    ".keras": _read_keras,
}
