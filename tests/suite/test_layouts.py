"""Layouts of roles: patterns are parsed, applied and inverted, and misfits give one-line errors."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specs.errors import SpecError
from specs.layers import EXAMPLES, LSTM, Flatten
from specs.layers.layer import Axis, features, image
from specs.layers.layout import Held, Layout, applied, layout

GATES = Axis("gate", 4, "ifgo")


def laid(held: str, *axes: Axis, data: str = "*data") -> Layout:
    return layout(held, axes, data)


@st.composite
def layouts(draw) -> Layout:
    """A role of one to four axes with a pattern: axes in any order, packed, reordered, starred, with ones."""
    names = draw(st.lists(st.sampled_from(["out", "in", "height", "width", "channel"]), max_size=3, unique=True))
    axes = [Axis(name, draw(st.integers(1, 4))) for name in names]
    tokens = draw(st.permutations(names))
    if draw(st.booleans()) or not axes:
        axes.insert(draw(st.integers(0, len(axes))), GATES)
        order = draw(st.sampled_from(["gate", "gate:ifgo", "gate:iofg", "gate:fgoi"]))
        tokens = [*tokens, order]
        tokens = draw(st.permutations(tokens))
    starred = [axis.name for axis in axes if axis.name in tokens][: draw(st.integers(0, 2))]
    if starred and _in_order(starred, tokens):
        at = tokens.index(starred[0])
        tokens = [token for token in tokens if token not in starred]
        tokens.insert(min(at, len(tokens)), "*rest")
    groups = []
    for token in tokens:
        if groups and "*rest" not in (token, groups[-1]) and draw(st.integers(0, 2)) == 0:
            groups[-1] = f"({groups[-1].strip('()')} {token})"
        else:
            groups.append(token)
    if draw(st.booleans()):
        groups.insert(draw(st.integers(0, len(groups))), "1")
    return laid(f"held: {' '.join(groups)}", *axes)


def _in_order(names, tokens) -> bool:
    return [token for token in tokens if token in names] == names


def numbered(shape) -> np.ndarray:
    return np.arange(math.prod(shape), dtype=np.float32).reshape(shape)


# Round trips.


@given(layout=layouts())
def test_there_and_back_is_the_same_array(layout):
    role = numbered([axis.extent for axis in layout.axes])
    native = layout.native(role)
    assert native.shape == layout.shape
    assert native.flags["C_CONTIGUOUS"]
    assert np.array_equal(layout.canonical(native), role)
    held = numbered(layout.shape)
    assert np.array_equal(layout.native(layout.canonical(held)), held)


@given(layout=layouts())
def test_what_is_given_back_is_no_view(layout):
    role = numbered([axis.extent for axis in layout.axes])
    before = role.copy()
    native = layout.native(role)
    native += 1
    canonical = layout.canonical(native)
    canonical += 1
    assert np.array_equal(role, before)
    assert np.array_equal(layout.canonical(native), before + 1)


@given(layout=layouts(), data=st.data())
def test_an_element_is_where_its_index_says(layout, data):
    held = numbered(layout.shape)
    index = tuple(data.draw(st.integers(0, axis.extent - 1)) for axis in layout.axes)
    assert held[layout.index(index)] == layout.canonical(held)[index]


@given(layout=layouts())
def test_steps_that_do_nothing_are_not_taken(layout):
    for steps, shape in (
        (layout.to_canonical, layout.shape),
        (layout.to_native, tuple(axis.extent for axis in layout.axes)),
    ):
        for at in range(len(steps)):
            before = applied(steps[:at], numbered(shape))
            after = applied(steps[at : at + 1], before)
            method, arguments = steps[at]
            moves = not np.array_equal(before.ravel(), after.ravel()) or before.shape != after.shape
            assert moves or method in ("take", "transpose"), (method, arguments)


@given(layout=layouts())
def test_a_shape_that_is_known_in_part_tells_the_extents_of_whole_axes(layout):
    seen = layout.seen(layout.shape)
    assert seen == tuple(axis.extent for axis in layout.axes)
    for at, group in enumerate(layout.groups):
        shape = [None if place == at else extent for place, extent in enumerate(layout.shape)]
        packed = {token.name for token in group}
        expected = tuple(None if axis.name in packed else axis.extent for axis in layout.axes)
        assert layout.seen(shape) == expected


# Patterns and their meanings, one by one.


def test_a_transposed_weight():
    held = laid("kernel: in out", Axis("out", 2), Axis("in", 3))
    assert (held.held.name, held.shape) == ("kernel", (3, 2))
    assert held.to_canonical == held.to_native == (("transpose", (1, 0)),)
    assert held.is_whole


def test_an_array_that_is_held_as_it_is_takes_no_step():
    held = laid("weight: *axes", Axis("out", 2), Axis("in", 3))
    assert held.to_canonical == held.to_native == ()
    assert held.shape == (2, 3)


def test_gates_are_packed_with_outputs_in_an_order_of_their_own():
    held = laid("weight: (gate:iofg out) in", GATES, Axis("out", 2), Axis("in", 1))
    assert held.shape == (8, 1)
    role = numbered((4, 2, 1))
    i, f, g, o = role[:, :, 0]
    assert np.array_equal(held.native(role)[:, 0], np.concatenate([i, o, f, g]))


def test_a_slice_along_an_axis_is_read_and_written_nowhere_else():
    axes = (GATES, Axis("out", 2))
    first, second = laid("bias: side=0/2 (gate out)", *axes), laid("bias: side=1/2 (gate out)", *axes)
    assert first.shape == second.shape == (2, 8)
    assert not first.is_whole
    array = numbered((2, 8))
    assert np.array_equal(first.canonical(array), array[0].reshape(4, 2))
    assert np.array_equal(second.canonical(array), array[1].reshape(4, 2))
    assert second.index((1, 1)) == (1, 3)


def test_a_slice_is_a_block_of_the_array_that_begins_somewhere():
    held = laid("bias: side=1/2 (gate:fiog out)", GATES, Axis("out", 2))
    assert (held.part, held.is_first, held.start, held.block) == ("[1]", False, (1, 0), (1, 8))
    array = numbered((2, 8))
    assert np.array_equal(held.native(held.canonical(array)), array[1:])
    first = laid("bias: side=0/2 (gate out)", GATES, Axis("out", 2))
    assert (first.part, first.is_first, first.start) == ("[0]", True, (0, 0))
    packed = laid("bias: (half=1/2 out)", Axis("out", 3))
    assert (packed.part, packed.start, packed.block) == ("[1]", (3,), (3,))
    whole = laid("bias: out", Axis("out", 3))
    assert (whole.part, whole.is_first, whole.start, whole.block) == ("", True, (0,), (3,))


def test_a_slice_may_be_packed_with_other_axes():
    held = laid("bias: (half=1/2 out)", Axis("out", 3))
    assert held.shape == (6,)
    assert np.array_equal(held.canonical(numbered((6,))), [3, 4, 5])
    assert [held.index((at,)) for at in range(3)] == [(3,), (4,), (5,)]


@pytest.mark.parametrize("space", [(3,), (3, 2), (2, 3, 4)])
def test_a_star_stands_for_as_many_axes_as_there_are(space):
    names = ("depth", "height", "width")[-len(space) :]
    held = laid("kernel: *window in out", Axis("out", 5), Axis("in", 6), *map(Axis, names, space))
    assert held.shape == (*space, 6, 5)
    role = numbered((5, 6, *space))
    assert np.array_equal(held.native(role), np.moveaxis(role, (0, 1), (-1, -2)))


def test_a_star_among_others_packs_as_many_axes_as_there_are():
    axes = (Axis("channel", 3), Axis("height", 2), Axis("width", 4))
    held = laid("weight: (channel *space)", *axes)
    assert held.shape == (24,)
    assert np.array_equal(held.native(numbered((3, 2, 4))), np.arange(24))
    assert laid("weight: (*space channel)", *axes).shape == (24,)
    assert laid("weight: (channel *space)", axes[0]).shape == (3,)


def test_an_array_without_axes_is_a_role_whose_axes_have_one_place_each():
    held = laid("slope: ", *(Axis(name, 1) for name in ("channel", "height", "width")))
    assert held.canonical(np.float32(0.5).reshape(())).tolist() == [[[0.5]]]
    assert held.native(np.full((1, 1, 1), 0.5, np.float32)).tolist() == 0.5
    assert (held.shape, held.index((0, 0, 0)), held.seen(())) == ((), (), (1, 1, 1))


def test_an_axis_behind_a_flatten_lies_as_the_framework_holds_its_data():
    given_axes = Flatten().output(image(2, 3, 4))
    into = Axis("in", 24, parts=given_axes[0].parts)
    channel_first = laid("weight: out in", Axis("out", 5), into)
    assert channel_first.to_canonical == ()
    channel_last = laid("kernel: in out", Axis("out", 5), into, data="*data channel")
    assert channel_last.shape == (24, 5)
    role = numbered((5, 24))
    expected = role.reshape(5, 2, 3, 4).transpose(2, 3, 1, 0).reshape(24, 5)
    assert np.array_equal(channel_last.native(role), expected)
    assert np.array_equal(channel_last.canonical(expected), role)
    assert channel_last.seen((None, 5)) == (5, None)


@pytest.mark.parametrize("data", ["*data", "*data channel", "channel *data"])
def test_rows_behind_a_flatten_and_its_weight_are_of_one_order(data):
    """The product of a weight and a row is the same for any axis order of the data."""
    axes = image(2, 3, 4)
    row = np.random.default_rng(0).uniform(-1, 1, (2, 3, 4))
    weight = np.random.default_rng(1).uniform(-1, 1, (5, 24))
    held_row = laid(f"data: {data}", *axes, data=data).native(row)
    held_weight = laid("weight: out in", Axis("out", 5), Axis("in", 24, parts=axes), data=data).native(weight)
    assert held_weight @ held_row.ravel() == pytest.approx(weight @ row.ravel())


def test_every_role_of_every_kind_can_be_held_as_it_is():
    for layer, given_axes in EXAMPLES.values():
        for role in layer.roles(given_axes):
            held = laid(f"{role.name}: *axes", *role.axes)
            assert held.shape == role.shape
            assert held.to_canonical == ()


# Misfits. Each message is one line, and says where, what, and what is accepted.


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("kernel", ["layout 'kernel'", "'name: axes'"]),
        ("kernel in out", ["layout 'kernel in out'", "'name: axes'"]),
        ("kernel: (in out", ["layout 'kernel: (in out'", "'name: axes'"]),
        ("kernel: ((in) out)", ["layout 'kernel: ((in) out)'", "'name: axes'"]),
        ("kernel: In out", ["layout 'kernel: In out'", "'In' is no axis", "name:letters", "name=index/extent"]),
        ("kernel: in 2", ["'2' is no axis"]),
        ("kernel: gate: in", ["'gate:' is no axis"]),
        ("kernel: side=1 in", ["'side=1' is no axis"]),
        ("kernel: side=2/2 in", ["layout 'kernel: side=2/2 in'", "'side=2/2' is no slice", "less than the extent"]),
    ],
)
def test_a_pattern_of_another_form_is_refused(text, parts):
    refused(lambda: Held.parse(text), parts)


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("out", ["layout of kernel", "out=2 in=3"]),
        ("out in width", ["layout of kernel", "out=2 in=3"]),
        ("out in in", ["layout of kernel", "out=2 in=3"]),
        ("out fan", ["layout of kernel", "out=2 in=3"]),
    ],
)
def test_a_pattern_that_does_not_name_the_axes_of_a_role_is_refused(pattern, parts):
    refused(lambda: laid(f"kernel: {pattern}", Axis("out", 2), Axis("in", 3)).shape, parts)


def test_places_that_an_axis_does_not_have_are_refused():
    held = laid("weight: gate:ifco", GATES)
    refused(lambda: held.native(numbered((4,))), ["layout of weight", "gate has the places ifgo", "ifco"])


@pytest.mark.parametrize(
    ("shape", "parts"),
    [
        ((8,), ["weight has 1 axes, (8,)", "its layout has 2"]),
        ((8, 3, 1), ["weight has 3 axes", "its layout has 2"]),
        ((7, 3), ["weight: its axis (gate out) has extent 7", "its layout says 8"]),
        ((8, 4), ["weight: its axis (in) has extent 4", "its layout says 3"]),
    ],
)
def test_an_array_that_a_pattern_does_not_fit_is_refused(shape, parts):
    held = laid("weight: (gate out) in", GATES, Axis("out", 2), Axis("in", 3))
    refused(lambda: held.check(shape), parts)
    refused(lambda: held.canonical(np.zeros(shape, np.float32)), parts)


def test_extents_that_are_not_known_fit():
    laid("weight: (gate out) in", GATES, Axis("out", 2), Axis("in", 3)).check((8, None))


def test_patterns_of_one_text_are_read_once():
    assert layout("kernel: in out", features(3), "*data") is layout("kernel: in out", features(3), "*data")


@pytest.mark.parametrize("order", list(itertools.permutations("ifgo"))[::5])
def test_gates_of_a_layer_come_back_from_any_order(order):
    given_axes = LSTM.example()[1]
    weight = LSTM(2).roles(given_axes)[0]
    held = laid(f"weight: (gate:{''.join(order)} out) in", *weight.axes)
    role = numbered(weight.shape)
    packed = np.concatenate([role["ifgo".index(letter)] for letter in order])
    assert np.array_equal(held.native(role), packed)
    assert np.array_equal(held.canonical(packed), role)


def refused(make, parts):
    with pytest.raises(SpecError) as caught:
        make()
    message = str(caught.value)
    assert "\n" not in message
    assert [part for part in parts if part not in message] == [], message
