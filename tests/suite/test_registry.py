"""Adapters by name: errors about names are one line, and list what is accepted."""

import importlib.util
import re
from pathlib import Path

import pytest

from adapters import registry
from adapters.reference import ReferenceAdapter
from adapters.workers.runners import LocalRunner
from specs.errors import SpecError
from tests.suite import faulty

HERE = "tests.suite.faulty"


def refused(make):
    with pytest.raises(SpecError) as caught:
        make()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["refrence", "", ":", "adapters.reference", "adapters.reference:", ":A", "a:b:c"])
def test_an_unknown_name_is_answered_with_the_known_ones(name):
    message = refused(lambda: registry.location(name))
    assert repr(name) in message
    assert "reference" in message
    assert all(known in message for known in registry.KNOWN)
    assert "package.module:Class" in message


def test_the_reference_is_found_by_its_name():
    assert registry.load("reference") is ReferenceAdapter


def test_a_label_changes_nothing_but_what_an_adapter_is_called():
    assert registry.load("reference@2018-1.3_b") is ReferenceAdapter
    assert LocalRunner("reference@2018-1.3_b").name == "2018-1.3_b"


@pytest.mark.parametrize("name", ["reference@", "reference@two words", "reference@a@b"])
def test_a_label_that_is_not_one_word_is_refused(name):
    message = refused(lambda: LocalRunner(name))
    assert repr(name) in message
    assert "accepted: letters, digits" in message


def test_a_class_from_outside_the_registry_is_found_by_its_place():
    assert registry.load(f"{HERE}:Outside") is faulty.Outside


@pytest.mark.parametrize("name", sorted(registry.KNOWN))
def test_every_registered_name_is_the_adapters_own(name):
    module, _ = registry.location(name).split(":")
    text = Path(importlib.util.find_spec(module).origin).read_text(encoding="utf-8")  # the framework is not installed
    assert re.findall(r'^    name = "(.*)"$', text, re.MULTILINE) == [name]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("no.such:Thing", ["no.such", "cannot be imported", "ModuleNotFoundError"]),
        ("tests.suite.unimportable:Thing", ["tests.suite.unimportable", "cannot be imported", "no device"]),
        (f"{HERE}:Nothing", [HERE, "no class Nothing", "adapters.interface.Adapter"]),
        (f"{HERE}:Nonsense", [HERE, "no class Nonsense", "adapters.interface.Adapter"]),
        (f"{HERE}:os", [HERE, "no class os", "adapters.interface.Adapter"]),
        (f"{HERE}:Partial", ["Partial does not implement", "add", "backward", "zeros"]),
        (f"{HERE}:Undeclared", ["Undeclared does not implement", "name"]),
    ],
)
def test_what_cannot_be_an_adapter_is_refused(name, parts):
    message = refused(lambda: registry.load(name))
    assert [part for part in (f"adapter {name}", *parts) if part not in message] == [], message


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        (f"{HERE}:Unstartable", ["RuntimeError", "no device"]),
        (f"{HERE}:Unversioned", ["no-such-package"]),
    ],
)
def test_an_adapter_that_cannot_be_made_is_refused(name, parts):
    message = refused(lambda: LocalRunner(name))
    assert [part for part in (f"adapter {name}", *parts) if part not in message] == [], message
