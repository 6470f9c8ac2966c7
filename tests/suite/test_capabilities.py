"""What ``python -m adapters divergences`` and ``capabilities`` list, compared with the adapters' declarations."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from adapters.__main__ import main
from adapters.capabilities import frameworks
from adapters.registry import KNOWN
from adapters.scripts.sources import adapter_source
from specs.divergences import KINDS
from specs.layers import KINDS as KINDS_OF_LAYERS
from tests.suite.generated import DECLARED

ADAPTERS = [*dict.fromkeys(name for name, _ in DECLARED)]


def told(capsys, *arguments):
    assert main(["divergences", "--width", "100000", *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def declared(adapter):
    return [divergence for name, divergence in DECLARED if name == adapter]


def test_every_framework_tells_its_differences(capsys):
    first = [line.partition(":")[0] for line in told(capsys) if not line.startswith(" ")]
    assert first == frameworks()


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_the_first_line_counts_differences_and_their_laws(capsys, adapter):
    found = declared(adapter)
    count, laws = map(int, re.findall(r"\d+", told(capsys, adapter)[0]))
    assert (count, laws) == (len(found), len({divergence.law for divergence in found}))


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_differences_are_counted_by_who_would_have_to_act(capsys, adapter):
    lines = [line.split(":")[0].split(maxsplit=1) for line in told(capsys, adapter) if re.match(r"  \d", line)]
    counted = {kind: int(count) for count, kind in lines}
    assert counted == Counter(divergence.kind for divergence in declared(adapter))
    assert [kind for kind in KINDS if kind in counted] == [*counted]


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_each_difference_is_listed_with_its_source(capsys, adapter):
    lines = told(capsys, adapter)
    for divergence in declared(adapter):
        begins = f"    {divergence.law}: “{divergence.answer}”, on {divergence.versions}. {divergence.reason}"
        assert f"        {divergence.source}" in [lines[at + 1] for at, line in enumerate(lines) if line == begins]


@pytest.mark.parametrize("adapter", [name for name in KNOWN if name != "reference"])
def test_each_kind_is_listed_with_the_methods_that_construct_it_and_each_absence_with_its_source(capsys, adapter):
    assert main(["capabilities", adapter, "--width", "100000"]) == 0
    lines = capsys.readouterr().out.splitlines()
    source = adapter_source(adapter)
    for kind in KINDS_OF_LAYERS:
        (line,) = [line for line in lines if line.split()[:1] == [kind.kind]]
        methods = [builder.method for builder in source.builders() if builder.kind is kind]
        assert re.findall(r"\w+(?=\(\))", line) == methods
        assert methods or "not at all" in line
    for name, absence in source.absences.items():
        assert f"        {absence.source}" == lines[lines.index(f"    {name}: {absence.reason}") + 1]


def test_an_argument_that_is_left_out_is_listed_as_not_given(capsys):
    assert main(["capabilities", "--width", "100000"]) == 0
    assert "bias False or not given or True" in capsys.readouterr().out
