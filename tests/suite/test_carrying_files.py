"""Files of trained weights: their content is found, invalid files are reported, and no code in them is run."""

import json
import pickle
import sys

import numpy as np
import pytest

from adapters.carrying import files
from adapters.carrying.names import matched
from specs.errors import SpecError

ARRAYS = {
    "0.weight": np.arange(6, dtype=np.float32).reshape(2, 3),
    "0.bias": np.array([np.nan, -0.0], np.float32),
    "scalar": np.array(3, np.int64),
    "double": np.array([0.1]),
}


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_what_is_written_is_read(suffix, tmp_path):
    file = tmp_path / f"weights{suffix}"
    files.write(file, ARRAYS)
    found = files.read(file)
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


def test_numbers_of_bfloat16_are_float32(tmp_path):
    file = tmp_path / "weights.safetensors"
    header = json.dumps({"x": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}).encode()
    halves = np.array([1.5, -2.0], np.float32).view(np.uint32) >> 16
    file.write_bytes(len(header).to_bytes(8, "little") + header + halves.astype("<u2").tobytes())
    assert np.array_equal(files.read(file)["x"], np.array([1.5, -2.0], np.float32))


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize("kept", [0, 5, 40, 200])
def test_a_truncated_file(suffix, kept, tmp_path):
    file = tmp_path / f"weights{suffix}"
    files.write(file, ARRAYS)
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(SpecError, match=rf"weights\{suffix}: it is no \{suffix} file, or not all of one"):
        files.read(file)


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_a_foreign_file(suffix, tmp_path):
    file = tmp_path / f"weights{suffix}"
    file.write_bytes(b"\x93NUMPY" + bytes(range(256)) * 9)
    with pytest.raises(SpecError, match="it is no"):
        files.read(file)


def test_a_header_that_points_outside(tmp_path):
    file = tmp_path / "weights.safetensors"
    header = json.dumps({"x": {"dtype": "F32", "shape": [2], "data_offsets": [0, 80]}}).encode()
    file.write_bytes(len(header).to_bytes(8, "little") + header + bytes(80))
    with pytest.raises(SpecError, match="x is not where its header says"):
        files.read(file)


class Runs:
    def __reduce__(self):
        return sys.exit, ("it was run",)


def test_a_pickle_in_an_npz_is_not_run(tmp_path):
    file = tmp_path / "weights.npz"
    np.savez(file, x=np.array([Runs()], dtype=object))
    with pytest.raises(SpecError, match=r"it is no \.npz file.*allow_pickle"):
        files.read(file)


def test_a_pickle_is_no_file_of_arrays(tmp_path):
    file = tmp_path / "weights.npz"
    file.write_bytes(pickle.dumps(Runs()))
    with pytest.raises(SpecError, match=r"it is no \.npz file"):
        files.read(file)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(SpecError, match="there is no such file"):
        files.read(tmp_path / "weights.npz")


def test_a_format_that_is_not_known(tmp_path):
    with pytest.raises(SpecError, match=r"weights.onnx: its format is not known; accepted: \.npz, \.safetensors"):
        files.read(tmp_path / "weights.onnx")


def test_a_key_into_arrays_alone(tmp_path):
    file = tmp_path / "weights.npz"
    files.write(file, ARRAYS)
    with pytest.raises(SpecError, match="there is no 'model' to look for"):
        files.read(file, "model")


@pytest.mark.parametrize(("suffix", "package"), [(".pt", "torch"), (".params", "mxnet"), (".weights.h5", "h5py")])
def test_what_reading_takes_is_named(suffix, package, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    file = tmp_path / f"weights{suffix}"
    file.write_bytes(b"some bytes")
    with pytest.raises(SpecError, match=rf"reading it takes {package}, which is not installed here"):
        files.read(file)


def test_names_that_count_are_in_that_order():
    names = ["layers/dense_10/vars/0", "layers/dense_2/vars/0", "layers/dense/vars/1", "layers/dense/vars/0"]
    assert sorted(names, key=files.counting) == [*names[:1:-1], names[1], names[0]]


# Matching entries.


def stored(**shapes):
    return {name.replace("__", "."): np.zeros(shape, np.float32) for name, shape in shapes.items()}


EXPECTED = {"0.weight": (2, 3), "0.bias": (2,), "2.weight": (2, 2), "2.bias": (2,)}


def test_names_that_are_the_same():
    found = matched(EXPECTED, {name: np.zeros(shape, np.float32) for name, shape in EXPECTED.items()}, {}, ())
    assert found.names == {name: name for name in EXPECTED}
    assert not found.by_order


def test_other_names_are_taken_in_order():
    entries = stored(first__weight=(2, 3), first__bias=(2,), last__weight=(2, 2), last__bias=(2,))
    found = matched(EXPECTED, entries, {}, ())
    assert found.names == dict(zip(EXPECTED, entries))
    assert found.by_order


def test_layers_that_hold_the_same_are_taken_in_their_order():
    expected = {"0.weight": (2,), "0.bias": (2,), "1.weight": (3,), "1.mean": (3,), "2.weight": (4,), "2.bias": (4,)}
    entries = stored(a__weight=(2,), a__bias=(2,), b__weight=(4,), b__bias=(4,), norm__mean=(3,), norm__weight=(3,))
    names = matched(expected, entries, {}, ()).names
    assert (names["1.weight"], names["2.bias"]) == ("norm.weight", "b.bias")


def test_layers_that_only_their_order_tells_apart_are_told():
    expected = {"0.weight": (2, 2), "1.weight": (2, 2), "2.weight": (3, 2)}
    entries = stored(a__weight=(2, 2), b__weight=(2, 2), c__weight=(3, 2))
    assert matched(expected, entries, {}, ()).alike == ("a", "b")
    assert matched(expected, entries, {"0": "b", "1": "a", "2": "c"}, ()).alike == ()
    assert matched(expected, {name: np.zeros(shape) for name, shape in expected.items()}, {}, ()).alike == ()


def test_layers_of_a_keras_file_are_taken_by_class():
    expected = {"layers/dense/vars/0": (1,), "layers/conv2d/vars/0": (2,), "layers/dense_1/vars/0": (3,)}
    entries = {
        "layers/conv2d_7/vars/0": np.zeros(2, np.float32),
        "layers/dense_9/vars/0": np.zeros(1, np.float32),
        "layers/dense_10/vars/0": np.zeros(3, np.float32),
    }
    names = matched(expected, entries, {}, ()).names
    assert names["layers/dense_1/vars/0"] == "layers/dense_10/vars/0"
    assert names["layers/conv2d/vars/0"] == "layers/conv2d_7/vars/0"


def test_layers_of_a_keras_file_whose_order_is_not_in_it():
    expected = {"layers/dense/vars/0": (1,), "layers/dense_1/vars/0": (1,)}
    entries = {name: np.zeros(1, np.float32) for name in ("layers/dense/vars/0", "layers/head/layers/dense/vars/0")}
    expected = {f"layers/functional/{name}": shape for name, shape in expected.items()}
    entries = {name.replace("head", "sequential"): array for name, array in entries.items()}
    with pytest.raises(SpecError, match=r"which comes first is not in the file; name them \(--names\)"):
        matched(expected, entries, {}, ())


def test_names_that_are_told():
    entries = stored(last__weight=(2, 3), last__bias=(2,), first__weight=(2, 2), first__bias=(2,))
    found = matched(EXPECTED, entries, {"0": "last", "2": "first"}, ())
    assert found.names["0.weight"] == "last.weight"
    assert not found.by_order


def test_what_is_no_float_is_a_ghost():
    entries = {**stored(**{name.replace(".", "__"): shape for name, shape in EXPECTED.items()}), "0.n": np.array(3)}
    assert matched(EXPECTED, entries, {}, ()).ghosts == ("0.n",)


@pytest.mark.parametrize(
    ("entries", "leave", "said"),
    [
        (stored(a__weight=(2, 3), a__bias=(2,)), (), r"missing: 2\.weight, 2\.bias; left over: nothing"),
        (stored(x=(1,)), (), r"missing: 0\.weight, .*; left over: x"),
        (
            stored(a__weight=(3, 2), a__bias=(2,), b__weight=(2, 2), b__bias=(2,)),
            (),
            "a.weight, for 0.weight: .* only",
        ),
        (stored(a__weight=(2, 4), a__bias=(2,), b__weight=(2, 2), b__bias=(2,)), (), r"it has \(2, 4\)$"),
        (
            stored(a__weight=(2, 3), a__bias=(2,), b__weight=(2, 2), b__bias=(2,), c__scale=(1,)),
            (),
            r"left over: c\.scale",
        ),
        (stored(a__weight=(2, 3)), ("b.*",), r"leave: nothing in the file is called b\.\*"),
    ],
)
def test_what_does_not_fit_is_named(entries, leave, said):
    with pytest.raises(SpecError, match=said):
        matched(EXPECTED, entries, {}, leave)


def test_what_is_left_out_on_purpose():
    entries = stored(a__weight=(2, 3), a__bias=(2,), b__weight=(2, 2), b__bias=(2,), c__scale=(1,))
    assert matched(EXPECTED, entries, {}, ("c.*",)).names["2.bias"] == "b.bias"
