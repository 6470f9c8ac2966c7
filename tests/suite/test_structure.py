"""Imports follow the layers of the source tree."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def package(module):
    """The package of a module: its first two names, or the first if it is not in a subfolder."""
    parts = module.split(".")
    inside = ROOT.joinpath(*parts[:2]).is_dir()
    return ".".join(parts[: 2 if inside else 1])


def imported(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def arrows():
    """Pairs of packages, the first of which imports the second."""
    for file in sorted(file for top in ("specs", "adapters", "tests") for file in ROOT.glob(f"{top}/*/**/*.py")):
        own = package(".".join(file.relative_to(ROOT).with_suffix("").parts))
        for module in imported(file):
            if module.split(".")[0] in ("specs", "adapters", "tests") and package(module) != own:
                yield own, package(module)


def test_no_package_imports_one_that_imports_it():
    found = {(first, second) for first, second in arrows() if second.count(".") == 1}
    assert len(found) > 20
    assert {pair for pair in found if pair[::-1] in found} == set()


def test_nothing_but_tests_imports_tests_and_specs_import_no_adapter():
    assert {pair for pair in arrows() if pair[1].startswith("tests") and not pair[0].startswith("tests")} == set()
    assert {
        (first, second) for first, second in arrows() if first.startswith("specs") and second.startswith("adapters")
    } == set()
