"""``python -m adapters carry``: convert one framework's file of weights to another's, and prove that both agree.

Nothing is written unless both networks compute the same. An existing file is only overwritten with ``--force``.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Optional, Tuple

import numpy as np

from adapters import registry
from adapters.carrying import code, files, proofs
from adapters.carrying.arrays import Values, declarations, places
from adapters.carrying.describing import described
from adapters.carrying.plans import Plan, Row, planned, with_layers
from adapters.carrying.sides import ORDER, ROOT, ROUNDING, Answer, Reading, Writing, done, own_suffixes
from adapters.workers.runners import python_at
from specs import codec
from specs.errors import SpecError
from specs.programs.networks import Network, Slot


class NotProved(Exception):
    """The carried network does not compute the same. ``lines`` are the report."""

    def __init__(self, lines: List[str]):
        super().__init__(lines[-1])
        self.lines = lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    known = ", ".join(registry.ADAPTERS)
    parser.add_argument("file", type=Path, metavar="FILE", help=f"trained weights: {', '.join(files.READERS)}")
    parser.add_argument("--from", dest="source", required=True, metavar="NAME", help=f"whose they are: {known}")
    parser.add_argument("--to", dest="target", required=True, metavar="NAME", help="for whom they are")
    parser.add_argument("--network", required=True, help="the network, as JSON, or module:function of a live model")
    parser.add_argument("--given", default="", metavar="AXES", help="what one row is, for such: 'channel=1 width=28'")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="FILE", help="what is written")
    parser.add_argument("--code", type=Path, metavar="FILE", help="write a script, too, that does the same by itself")
    parser.add_argument("--force", action="store_true", help="write over files that are there")
    parser.add_argument("--despite", action="store_true", help="write also where the proof fails")
    parser.add_argument(
        "--accept", action="append", default=[], metavar="CHANGE", help="a change that trains otherwise"
    )
    parser.add_argument("--key", default="", help="where in the file the weights are, as in a checkpoint")
    parser.add_argument("--names", type=Path, metavar="JSON", help="names in the file, by names in the network")
    parser.add_argument(
        "--leave", action="append", default=[], metavar="NAME", help="an entry to leave out; may have *"
    )
    parser.add_argument("--flattened", default="", metavar="AXES", help="the order of flattened axes, if another's")
    parser.add_argument("--rows", type=int, default=2, help="rows of the batch that both are fed")
    parser.add_argument(
        "--adapter", action="append", default=[], metavar="NAME=PYTHON", help="a framework's interpreter"
    )


@dataclass(frozen=True)
class Source:
    """What was read: values, names in the file by slot, remarks, and the results of passes if the framework ran."""

    values: Values
    names: Dict[str, str]
    remarks: Tuple[str, ...]
    found: Optional[Mapping[str, np.ndarray]]


def carry(options: argparse.Namespace) -> List[str]:
    """Carry weights and return a report. Raises :class:`SpecError`, and :class:`NotProved` if nothing is written."""
    interpreters = dict(_interpreter(choice) for choice in options.adapter)
    network = with_layers(_network(options, interpreters), {})
    accepted = [name for name in options.accept if name not in (ROUNDING, ORDER)]
    plan = planned(network, options.source, options.target, accepted, options.flattened)
    _check_output(options, plan)
    python = _where(options.target, interpreters)
    if python is None:
        raise SpecError(
            f"{options.target}: its framework is not here, to write with; --adapter {options.target}=PYTHON"
        )
    with contextlib.ExitStack() as at_end:
        source = _read(options, plan, _where(options.source, interpreters), at_end)
        script = code.script(plan, source.names, options.file, options.key) if options.code else ""
        beside = tempfile.TemporaryDirectory(prefix=".carrying-", dir=options.output.absolute().parent)
        written = Path(at_end.enter_context(beside)) / options.output.name
        trained = proofs.trained(plan.carried)
        job = Writing(options.target, plan.carried, str(written), trained, options.rows)
        answer, found = done(job, python, plan.values(source.values), at_end)
        lines = _told(options, plan, source, answer)
        proof = proofs.proved(plan, source.values, options.rows, found, source.found)
        lines += [*map(str, proof)]
        if not all(one.holds for one in proof) and not options.despite:
            raise NotProved([*lines, f"not proved: {options.output} is not written"])
        os.replace(written, options.output)
    verdict = "proved" if all(one.holds for one in proof) else "NOT PROVED, as you asked for"
    lines.append(f"{options.output}: written for {options.target}, {verdict}")
    if script:
        options.code.write_text(script, encoding="utf-8")
        lines.append(f"{options.code}: a script that does the same")
    return lines


def _network(options: argparse.Namespace, interpreters: Dict[str, str]) -> Network:
    """The network, from a JSON file, or from a live model of the source framework."""
    if not re.fullmatch(r"[\w.]+:\w+", options.network):
        return codec.load(Path(options.network), Network)
    python = _where(options.source, interpreters)
    if python is None:
        raise SpecError(f"{options.network}: {options.source} is not here, to make it with")
    with tempfile.TemporaryDirectory(prefix="concordance-") as folder:
        return described(options.source, options.network, options.given, python, Path(folder) / "network.json")


def _check_output(options: argparse.Namespace, plan: Plan) -> None:
    suffix = files.suffix_of(options.output)
    own = own_suffixes(getattr(declarations(plan.target), "file_suffix", ""))
    accepted = dict.fromkeys((*own, ".npz", ".safetensors"))
    if not options.output.name.endswith(tuple(accepted)):
        raise SpecError(f"{options.output}: {plan.target} does not load {suffix}; accepted: {', '.join(accepted)}")
    for file in filter(None, (options.output, options.code)):
        if file.exists() and not options.force:
            raise SpecError(f"{file}: it is there already, and is kept; --force writes over it")
        if not file.absolute().parent.is_dir():
            raise SpecError(f"{file}: there is no such folder")


def _interpreter(choice: str) -> Tuple[str, str]:
    name, separator, where = choice.partition("=")
    if not separator:
        raise SpecError(f"--adapter {choice}: NAME=PYTHON is accepted")
    return name, python_at(name, where)


def _where(adapter: str, interpreters: Dict[str, str]) -> Optional[str]:
    """The interpreter that has a framework: the given one, this one, or that of a tox environment; None if none has."""
    if adapter in interpreters:
        return interpreters[adapter]
    module = registry.location(adapter).split(":")[0]
    framework = module.split(".")[1] if adapter in registry.ADAPTERS else ""
    if adapter == "reference" or framework == "" or importlib.util.find_spec(framework) is not None:
        return sys.executable
    own = ROOT / ".tox" / framework / "bin" / "python"
    return str(own) if own.exists() else None


def _read(options: argparse.Namespace, plan: Plan, python: Optional[str], at_end: contextlib.ExitStack) -> Source:
    names = _names(options.names)
    reading = Reading(
        options.source, plan.network, str(options.file.absolute()), proofs.trained(plan.network), options.rows,
        options.key, options.flattened, names, tuple(options.leave), tuple(options.accept),
    )  # fmt: skip
    if python is None:
        known = places(options.source, plan.network)
        read = reading.read(known)
        alone = f"{options.source} is not here: the proof is by the specification, in float64"
        return Source(read.values, read.names, (*read.remarks, alone), None)
    answer, found = done(reading, python, {}, at_end)
    values = {
        Slot(int(layer), role): found[f"value {layer}.{role}"]
        for layer, _, role in (name[len("value ") :].partition(".") for name in found if name.startswith("value "))
    }
    return Source(values, answer.names, answer.remarks, found)


def _names(file: Optional[Path]) -> Dict[str, str]:
    if file is None:
        return {}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SpecError(f"{file}: it cannot be read: {error}") from None
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found.values()):
        raise SpecError(f"{file}: an object of names in the file by names in the network is accepted")
    return found


def _told(options: argparse.Namespace, plan: Plan, source: Source, answer: Answer) -> List[str]:
    def cells(row: Row) -> List[str]:
        target = answer.names.get(row.slot, "") if row.target else ""
        return [source.names.get(row.slot, ""), target, row.axes[0], row.axes[1], row.done]

    head = [options.file.name, options.output.name, "axes", "axes there", "what is done"]
    lines = _table([head, *map(cells, plan.rows())])
    lines += [f"{options.file.name}: {remark}" for remark in source.remarks]
    lines += [f"{options.output.name}: {remark}" for remark in answer.remarks]
    lines += plan.prices
    lines += _averaged(plan)
    for slot, array in source.values.items():
        strange = int(np.sum(~np.isfinite(array)))
        if strange:
            lines.append(f"{slot.path}: {strange} of {array.size} are NaN or infinite: carried, zeros in the proof")
    return lines


def _averaged(plan: Plan) -> Iterator[str]:
    """How training on averages statistics differently in the target framework."""
    ours, theirs = proofs.averages(plan.source), proofs.averages(plan.target)
    buffers = [slot for slot in plan.network.held if plan.network.role(slot).state == "buffer"]
    by_variance = {True: "the unbiased one", False: "the biased one"}
    in_order = {True: "the last use first", False: "the first use first"}
    if buffers and ours.is_unbiased != theirs.is_unbiased:
        words = [f"{plan.source} {by_variance[ours.is_unbiased]}", f"{plan.target} {by_variance[theirs.is_unbiased]}"]
        yield f"trained on, running variances average {' and '.join(words)} of each batch"
    if ours.is_last_first != theirs.is_last_first and any(plan.network.owner(slot) != slot for slot in buffers):
        words = [f"{plan.source} {in_order[ours.is_last_first]}", f"{plan.target} {in_order[theirs.is_last_first]}"]
        yield f"trained on, running statistics that several uses share are moved by {' and '.join(words)}"


def _table(rows: List[List[str]]) -> List[str]:
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
