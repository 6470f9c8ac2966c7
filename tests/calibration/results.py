"""The results of a calibration as data: false alarms, distributions of p-values, and power."""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Dict, Tuple

import specs.statistics
from specs import codec
from specs.laws import budget

#: The results for the tables and the figure of docs/judging.md.
MEASURED = Path(__file__).parent / "measured.json"


@dataclass(frozen=True)
class Alarms:
    """Of ``judgings`` of true draws for all laws of draws, ``alarms`` failed at a budget of ``total``."""

    total: float
    judgings: int
    alarms: int


@dataclass(frozen=True)
class Uniformity:
    """The p-values of one test over pools of true draws.

    ``below`` maps a level to the share of p-values up to it. ``excess`` is the smallest binomial probability of as many
    or more. ``uniform`` is the p-value of a Kolmogorov-Smirnov test of all p-values.
    """

    test: str
    pools: int
    below: Dict[str, float]
    excess: float
    uniform: float


@dataclass(frozen=True)
class Power:
    """Of ``seeds`` judgings of draws with a defect, ``caught`` were rejected, mostly by the test ``by``."""

    defect: str
    law: str
    answer: str
    seeds: int
    caught: int
    by: str


@dataclass(frozen=True)
class Point:
    """Of ``judgings`` of draws with a defect of this size, ``caught`` were rejected."""

    size: float
    judgings: int
    caught: int


@dataclass(frozen=True)
class Curve:
    """Power as a function of the size of a defect."""

    defect: str
    law: str
    answer: str
    points: Tuple[Point, ...]


@dataclass(frozen=True)
class Calibration:
    """All measurements. ``judge`` is a digest of the judge's code; ``entropy`` seeds everything."""

    FORMAT: ClassVar[int] = 2

    format: int
    judge: str
    versions: Dict[str, str]
    entropy: str
    programs: int
    share: float
    elements: Dict[str, int]
    alarms: Tuple[Alarms, ...]
    uniformity: Tuple[Uniformity, ...]
    powers: Tuple[Power, ...]
    curves: Tuple[Curve, ...]

    def save(self, file: Path) -> None:
        codec.save(self, file)

    @staticmethod
    def load(file: Path) -> Calibration:
        """Read a calibration. Raises :class:`SpecError` if the file is not a valid one."""
        return codec.load(file, Calibration)


def judge_digest() -> str:
    """A digest of the code that judges draws: specs.statistics and the budget, without docstrings."""
    folder = Path(specs.statistics.__path__[0])
    digest = hashlib.blake2b(digest_size=8)
    judging = [folder / f"{name}.py" for name in ("distributions", "flaws", "pools", "scores")]
    for file in (Path(budget.__file__), *judging):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list):
                node.body = [part for part in body if not _is_text(part)] or [ast.Pass()]  # type: ignore[attr-defined]
        digest.update(ast.unparse(tree).encode())
    return digest.hexdigest()


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
