"""The suite's options, validated once at the start of a run."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Mapping, Optional, Tuple

import pytest

from specs.errors import SpecError
from specs.laws import DrawLaw, Law, QuestionLaw, find
from specs.statistics.flaws import FALSE_ALARM_BOUND
from tests.harness.replays import Replay

TESTS = Path(__file__).resolve().parents[1]
#: The least budget, small enough that checks of single programs never use it up.
LEAST_BUDGET = 1e-12
#: The longest time limit, in seconds. Operating systems' timers do not accept much more.
LONGEST = 1e6


def add(parser: pytest.Parser) -> None:
    group = parser.getgroup("concordance", "Concordance: laws of neural-network parameters")
    group.addoption(
        "--adapter",
        action="append",
        default=[],
        metavar="NAME[@LABEL][=WHERE]",
        help="adapter to run beside the reference: gluon, keras, keras_torch, keras_jax, flax, tensorflow, torch "
        "or package.module:Class; with =WHERE it runs in the interpreter there, a path or an execnet specification; "
        "with @LABEL it is called so, which tells several versions of one framework apart. May be given several times.",
    )
    group.addoption(
        "--absent",
        action="append",
        default=[],
        metavar="NAME=REASON",
        help="an adapter that was to take part and cannot, and why: for the report",
    )
    group.addoption(
        "--as-of",
        action="append",
        default=[],
        metavar="PACKAGE==VERSION",
        help="demand the divergences that were measured on this version of a package, whichever version runs: a law "
        "fails where the answer moved. May be given several times.",
    )
    group.addoption(
        "--law", action="append", metavar="NAME", help="law or chapter to judge; may be given several times"
    )
    group.addoption(
        "--programs",
        type=int,
        metavar="N",
        help="different programs to run for each law "
        f"(default {DrawLaw.programs} if it pools random draws, otherwise {QuestionLaw.programs})",
    )
    group.addoption(
        "--budget",
        type=float,
        default=1e-6,
        metavar="P",
        help="probability with which a whole run of true random draws may fail (default 1e-6)",
    )
    group.addoption("--replay", metavar="FILE", help="run the program stored in a failure's file, and nothing else")
    group.addoption("--report-dir", metavar="DIR", help="write the report, and programs that fail, into this folder")
    group.addoption(
        "--time-limit",
        type=float,
        default=120.0,
        metavar="SECONDS",
        help="longest that an adapter may take for one program (default 120)",
    )


@dataclass(frozen=True)
class Options:
    """The options of a run. Raises :class:`SpecError` if they are invalid."""

    adapters: Tuple[str, ...]
    laws: Tuple[Law, ...]
    selected: bool
    programs: Optional[int]
    budget: float
    replay: Optional[Replay]
    replayed: Optional[Path]
    report_dir: Optional[Path]
    time_limit: float
    seed: str
    environment: str
    absent: Mapping[str, str] = field(default_factory=dict)
    as_of: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.programs is not None and self.programs < 1:
            raise SpecError(f"--programs: {self.programs} must be 1 or more")
        if not 0 < self.budget < 1:
            raise SpecError(f"--budget: {self.budget} is not a probability between 0 and 1, both excluded")
        if self.budget < LEAST_BUDGET:
            never = f"with probability {FALSE_ALARM_BOUND:.0e}"
            reason = f"a look at a single program may find by chance what it looks for, {never}"
            raise SpecError(f"--budget: {self.budget} is less than {LEAST_BUDGET:g}, which cannot be kept: {reason}")
        if not 0 < self.time_limit <= LONGEST:
            raise SpecError(f"--time-limit: {self.time_limit} must be greater than 0, and at most {LONGEST:g} seconds")
        names = [choice.partition("=")[0] for choice in self.adapters]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise SpecError(f"--adapter: {doubled[0]} is given twice")

    def command_for(self, choice: str) -> str:
        """The command that runs one adapter alone, in its own tox environment if it has one."""
        python = choice.partition("=")[2]
        work_dir = os.environ.get("TOX_WORK_DIR")
        if work_dir is not None and not python:
            return f"tox run -e {self.environment} --"
        if work_dir is not None and Path(work_dir) in Path(python).parents:
            return f"tox run -e {Path(python).relative_to(work_dir).parts[0]} --"
        laws = os.path.relpath(TESTS / "laws") if Path.cwd() in TESTS.parents else TESTS / "laws"
        return shlex.join(["python", "-m", "pytest", str(laws), f"--adapter={choice}"])

    @staticmethod
    def of(config: pytest.Config) -> Options:
        replay = config.getoption("--replay")
        stored = None if replay is None else Replay.load(Path(replay))
        named = config.getoption("--law") if stored is None else [stored.law]
        report_dir = config.getoption("--report-dir")
        asked = [choice for choice in config.getoption("--adapter") if choice != "reference"]
        return Options(
            adapters=("reference", *asked),
            laws=find(named),
            selected=named is not None,
            programs=config.getoption("--programs"),
            budget=config.getoption("--budget"),
            replay=stored,
            replayed=None if replay is None else Path(replay),
            report_dir=None if report_dir is None else Path(report_dir),
            time_limit=config.getoption("--time-limit"),
            seed=str(config.getoption("--hypothesis-seed") or 0),
            environment=os.environ.get("TOX_ENV_NAME", "pytest"),
            absent=dict(map(_absence, config.getoption("--absent"))),
            as_of=dict(map(_version, config.getoption("--as-of"))),
        )


def _absence(told: str) -> Tuple[str, str]:
    name, _, reason = told.partition("=")
    if not name or not reason:
        raise SpecError(f"--absent: {told!r} must be NAME=REASON")
    return name, reason


def _version(told: str) -> Tuple[str, str]:
    package, _, version = told.partition("==")
    if not package or not version:
        raise SpecError(f"--as-of: {told!r} must be PACKAGE==VERSION")
    return package, version
