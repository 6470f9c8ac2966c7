"""Frameworks that take part by one file: the file is short, and it is an adapter."""

import ast
from pathlib import Path

import pytest

from adapters.basic import BasicAdapter
from adapters.interface import Adapter
from specs.divergences import Divergence
from specs.laws import LAWS
from tests.examples.flax_divergences import FLAX

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
#: The most lines that an adapter may need.
LINES = 288


@pytest.mark.parametrize("name", ["flax"])
def test_one_short_file_has_all_methods_of_an_adapter(name):
    """The framework is not installed here: the file is read."""
    text = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LINES
    (adapter,) = [
        node for node in ast.parse(text).body if isinstance(node, ast.ClassDef) and node.name.endswith("Adapter")
    ]
    assert [base.id for base in adapter.bases] == ["BasicAdapter"]
    written = {node.name for node in adapter.body if isinstance(node, ast.FunctionDef)}
    declared = {target.id for node in adapter.body if isinstance(node, ast.Assign) for target in node.targets}
    assert BasicAdapter.__abstractmethods__ - written == set()
    assert {"name", "packages", "failures"} - declared == set()
    assert issubclass(BasicAdapter, Adapter)


@pytest.mark.parametrize("divergence", FLAX, ids=lambda divergence: divergence.law)
def test_what_differs_is_an_answer_that_the_law_knows(divergence):
    assert isinstance(divergence, Divergence)
    law = LAWS[divergence.law]
    assert divergence.answer in law.answers
    assert divergence.answer != law.specified
