"""Pages of layer kinds, and conversions between frameworks, from the adapters' declarations, without a framework."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re

import numpy as np
import pytest

from adapters.carrying.steps import distinct
from adapters.guide import pictures, showing
from adapters.guide.carrying import carried
from adapters.guide.declared import declared
from adapters.guide.exhibits import Constructed, Held, Lack
from adapters.guide.kinds import kinds, laws_of, tasks_of
from adapters.guide.subjects import Coordinate
from adapters.scripts.sources import adapter_source
from specs.laws import LAWS
from specs.layers import EXAMPLES
from specs.layers.layout import layout
from tests.suite.exhibited import exhibits, report
from tests.suite.test_guide import NAMES, Page, answered, undrawn

FRAMEWORKS = {name: declared(adapter_source(name), {}) for name in showing.frameworks()}
ROLES = {f"{kind}.{role.family}": role for kind, (layer, given) in EXAMPLES.items() for role in layer.roles(given)}


# Declarations of adapters.


@pytest.mark.parametrize(
    ("framework", "kind", "classes"),
    [
        ("torch", "dense", ["nn.LazyLinear", "nn.Linear"]),
        ("torch", "self_attention", ["nn.Linear"]),
        ("keras", "self_attention", ["keras.layers.MultiHeadAttention"]),
        ("keras", "embedding", ["keras.layers.Embedding"]),
        ("gluon", "lstm", ["rnn.LSTM", "nn.Sequential", "nn.Lambda", "rnn.LSTMCell"]),
        ("gluon", "rms_norm", []),
    ],
)
def test_the_classes_of_a_kind_are_those_that_the_adapter_constructs(framework, kind, classes):
    assert [*FRAMEWORKS[framework].kinds[kind].classes] == classes


def test_what_a_framework_lacks_of_a_kind_is_what_the_adapter_says():
    (lack,) = FRAMEWORKS["gluon"].kinds["rms_norm"].lacks
    assert lack.reason == adapter_source("gluon").absences["build_rms_norm"].reason
    reasons = [one.reason for one in FRAMEWORKS["torch"].kinds["lstm"].lacks]
    assert adapter_source("torch").absences["inferred_recurrent"].reason in reasons


def test_gates_have_their_order_and_an_adapters_own_sequence_is_no_part_of_a_name():
    assert FRAMEWORKS["torch"].roles["gru.input_weight"] == Held("weight_ih_l0", ("(gate:rzn out)", "in"))
    assert FRAMEWORKS["keras"].roles["gru.input_weight"] == Held("cell.kernel", ("in", "(gate:zrn out)"))
    assert FRAMEWORKS["torch"].roles["separable_convolution.bias"].name == "[1].bias"


# Conversions.


def native(held, axes, canonical):
    return layout(f"{held.name}: {' '.join(held.axes)}", axes, "*data").native(canonical)


def alone(held):
    """An array, or the slice of it that contains a role, as an array of its own."""
    first, *rest = held.axes
    place = re.fullmatch(r"side=(\d)/2", first)
    return Held(f"{held.name}[{place[1]}]", tuple(rest)) if place else held


def evaluated(methods, array, axes):
    """The result of methods on an array; extents are variables named after axes, prefixed since ``in`` is a keyword."""
    extents = {f"_{axis.name}": axis.extent for axis in axes}
    named = re.sub(r"(?<=[(* ])(?=[a-z])", "_", methods)
    return eval(f"array{named}", {"array": array, **extents})


@pytest.mark.parametrize(("x", "y"), [*itertools.permutations(FRAMEWORKS, 2)])
def test_an_array_that_is_carried_over_is_what_the_other_would_hold(x, y):
    both = {*FRAMEWORKS[x].roles} & {*FRAMEWORKS[y].roles}
    assert len(both) > 30
    for name in both:
        axes = distinct(ROLES[name].axes)
        canonical = np.arange(math.prod(axis.extent for axis in axes)).reshape([axis.extent for axis in axes])
        text = carried(FRAMEWORKS[x].roles[name], FRAMEWORKS[y].roles[name], ROLES[name])
        ours, theirs = alone(FRAMEWORKS[x].roles[name]), alone(FRAMEWORKS[y].roles[name])
        before = f"{theirs.name} = {ours.name}"
        assert text.startswith(before)
        seen = evaluated(text[len(before) :], native(ours, axes, canonical), axes)
        assert np.array_equal(seen, native(theirs, axes, canonical)), text


@pytest.mark.parametrize(
    ("role", "x", "y", "text"),
    [
        ("dense.weight", ("out", "in"), ("in", "out"), "y = x.transpose(1, 0)"),
        ("dense.weight", ("out", "in"), ("out", "in"), "y = x"),
        ("gru.bias", ("side=1/2", "(gate:rzn out)"), ("(gate:rzn out)",), "y = x[1]"),
        ("self_attention.query_bias", ("(head dim)",), ("head", "dim"), "y = x.reshape(head, dim)"),
        (
            "gru.bias",
            ("(gate:rzn out)",),
            ("(gate:zrn out)",),
            "y = x.reshape(gate, out).take([1, 0, 2], 0).reshape(gate * out)",
        ),
    ],
)
def test_what_is_carried_over_is_written_in_few_words(role, x, y, text):
    assert carried(Held("x", x), Held("y", y), ROLES[role]) == text


def test_a_picture_leads_each_axis_and_each_gate_to_its_place():
    ours, theirs = Held("w", ("(gate:rzn out)", "in")), Held("k", ("in", "(gate:zrn out)"))
    found = pictures.moved("x", "y", ours, theirs, ROLES["gru.input_weight"].axes)
    upper, lower = found["slots"][:5], found["slots"][5:]
    assert [box["text"] for box in upper] == ["r", "z", "n", "out", "in"]
    assert [box["text"] for box in lower] == ["in", "z", "r", "n", "out"]
    places = {box["text"]: box["x"] + box["width"] / 2 for box in lower}
    ends = {line.split()[-2]: line for line in found["lines"]}
    assert [*ends] == [f"{places[box['text']]:g}" for box in upper]
    for box in upper:
        assert ends[f"{places[box['text']]:g}"].startswith(f"M{box['x'] + box['width'] / 2:g} ")


# Laws about a kind.


def test_the_laws_of_a_kind_are_those_asked_for_it_and_those_that_need_it():
    names = {law.name for law in laws_of("batch_norm")}
    assert {"initialization.default[batch_norm.scale]", "training.statistics_value"} <= names
    assert "access.shapes" not in names
    assert {law.subject.partition(".")[0] for law in laws_of("dense")} == {"dense"}


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_has_a_task(kind):
    assert tasks_of(kind)


# Pages.


@pytest.fixture(scope="module")
def found():
    """Exhibits of frameworks, two of which store a gated weight in different orders, and one of which lacks a layer."""
    table = {"gru.input_weight": Held("table", ("(gate:rzn out)", "in"))}
    grid = {"gru.input_weight": Held("grid", ("in", "(gate:zrn out)"))}
    classes = {"two.GRU1d": ("units",), "two.GRU2d": ("units", "reset=True")}
    shown = exhibits(*NAMES)
    one, two, three = shown.frameworks
    return dataclasses.replace(
        shown,
        frameworks=(
            dataclasses.replace(one, roles=table),
            dataclasses.replace(
                two, roles=grid, kinds={"gru": Constructed(classes, (Lack("No way.", "https://no.org"),))}
            ),
            three,
        ),
    )


@pytest.fixture(scope="module")
def pages(found):
    law = LAWS["initialization.default[gru.input_weight]"]
    told = answered(report(*NAMES), "two", law.name, "U(-0.07, 0.07)", reason="It is a reason.", kind="by design")
    return {path: Page(text) for path, text in undrawn(found, told).items() if path.endswith(".html")}


def test_there_is_a_page_for_each_kind_and_for_each_pair(pages):
    assert {path for path in pages if path.startswith("kinds/")} == {f"kinds/{kind}.html" for kind in EXAMPLES}
    pairs = [f"{x}-to-{y}" for x, y in itertools.permutations(NAMES, 2)]
    assert {f"from/{pair}/{kind}.html" for pair in pairs for kind in EXAMPLES} < {*pages}
    for kind in EXAMPLES:
        assert f"kinds/{kind}.html" in pages["index.html"].links
        assert f"one-to-two/{kind}.html" in {
            link.rpartition("from/")[2] for link in pages["from/one-to-two.html"].links
        }


def test_a_page_of_a_kind_has_classes_names_answers_reasons_and_tasks(pages):
    page = pages["kinds/gru.html"]
    for text in (
        "two.GRU2d(units, reset=True)",
        "The same for two.GRU1d",
        "input weight gate:rzn out in table (gate:rzn out) in grid in (gate:zrn out)",
        "input weight ✓ Glorot uniform ≠ U(-0.07, 0.07) ✓ Glorot uniform",
        "two: U(-0.07, 0.07) It is a reason. by design",
        "No way.",
        "row time channel",
    ):
        assert text in page.text
    assert "https://no.org" in page.links
    assert {f"../tasks/{task.name}.html" for task in tasks_of("gru")} <= {*page.links}


def test_between_two_there_is_what_changes(pages):
    page = pages["from/one-to-two/gru.html"]
    assert (
        "grid = table.reshape(gate, out, in).transpose(2, 0, 1).take([1, 0, 2], 1).reshape(in, gate * out)" in page.text
    )
    assert "two: U(-0.07, 0.07) It is a reason." in page.text
    assert "by fan_in" not in page.text
    same = pages["from/one-to-three/gru.html"]
    assert "two has no such parameter." in page.text
    assert "Carry its parameters over" not in same.text
    assert "Both gave the same answers" in same.text
    assert "../../from/three-to-one/gru.html" in same.links


def test_no_page_is_large_but_for_its_pictures(pages, found):
    files = undrawn(found, report(*NAMES))
    assert {path: len(text) for path, text in files.items() if path.endswith(".html") and len(text) > 200_000} == {}


def test_an_element_of_an_orthogonal_matrix_is_a_coordinate_of_a_direction():
    rows = np.linalg.qr(np.random.RandomState(0).normal(size=(4000, 3, 3)))[0][:, 0, 0]
    law = Coordinate(3)
    assert np.mean(rows**2) == pytest.approx(law.std**2, rel=0.1)
    assert law.cdf(np.array([-2.0, -0.5, 0.0, 0.5, 2.0])) == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert law.quantile(law.cdf(np.array([-0.9, 0.2]))) == pytest.approx([-0.9, 0.2])
