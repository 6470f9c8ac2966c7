"""A calibration as tables and as a figure."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List

from specs.reporting.readme import head, row
from tests.calibration.results import Calibration, Power

#: The required power.
DUE = 0.999
#: Test p-values count as not uniform, or too small, if such a result has less than this probability.
FEWEST = 1e-6


def promises(found: Calibration) -> List[str]:
    """The results in a few sentences."""
    default = found.alarms[0]
    looser = "; ".join(f"{alarms.alarms} at a budget of {alarms.total:g}" for alarms in found.alarms[1:])
    pools = min(test.pools for test in found.uniformity)
    uneven = min(found.uniformity, key=lambda test: test.uniform)
    by_defect = seeds(found)
    made, caught = sum(by_defect.values()), sum(one.caught for one in found.powers)
    least = min(by_defect.values())
    weakest = min(found.powers, key=lambda power: power.caught / power.seeds)
    fewest = "" if caught == made else f", the fewest {weakest.caught} of {weakest.seeds} ({weakest.defect})"
    return [
        f"- False alarms in {default.judgings:,} complete judgings of true draws, each from fresh seeds: "
        f"{default.alarms} at the default budget of {default.total:g} ({looser}).",
        f"- {len(found.uniformity)} tests, {pools:,} pools of true draws or more for each: p-values are uniform, by a "
        f"Kolmogorov-Smirnov test of each (the least of its p-values is {uneven.uniform:.2g}, of {uneven.test}).",
        f"- {len(by_defect)} kinds of defect, {least} fresh seeds or more for each over the laws that it concerns: "
        f"noticed in {caught:,} of {made:,} runs{fewest}.",
    ]


def power(found: Calibration) -> List[str]:
    """A row per defect."""
    lines = head(["defect", "laws of draws", "noticed", "by, mostly"])
    for defect, powers in _by_defect(found).items():
        caught, seeds = sum(one.caught for one in powers), sum(one.seeds for one in powers)
        by = max(powers, key=lambda one: one.caught).by
        lines.append(row([defect, str(len(powers)), f"{caught:,} of {seeds:,}", by]))
    return lines


def _by_defect(found: Calibration) -> Dict[str, List[Power]]:
    by_defect: Dict[str, List[Power]] = {}
    for one in found.powers:
        by_defect.setdefault(one.defect, []).append(one)
    return by_defect


def seeds(found: Calibration) -> Dict[str, int]:
    """The number of judgings of each defect."""
    return {defect: sum(one.seeds for one in powers) for defect, powers in _by_defect(found).items()}


def p_values(found: Calibration) -> List[str]:
    """A row per test."""
    levels = list(found.uniformity[0].below)
    lines = head(["test", "pools", *(f"p ≤ {level}" for level in levels), "Kolmogorov-Smirnov p"])
    for test in found.uniformity:
        shares = [f"{test.below[level]:.4f}" for level in levels]
        lines.append(row([test.test, f"{test.pools:,}", *shares, f"{test.uniform:.2g}"]))
    return lines


def failures(found: Calibration) -> List[str]:
    """Missed goals, in words."""
    missed = [
        f"{alarms.alarms} of {alarms.judgings} judgings of true draws failed at a budget of {alarms.total:g}"
        for alarms in found.alarms
        if alarms.alarms > _most(alarms.total, alarms.judgings)
    ]
    missed += [
        f"p-values of {test.test} are too small: {test.below}, p {test.excess:.2g}"
        for test in found.uniformity
        if test.excess < FEWEST
    ]
    missed += [
        f"p-values of {test.test} are not uniform: Kolmogorov-Smirnov p {test.uniform:.2g}"
        for test in found.uniformity
        if test.uniform < FEWEST
    ]
    missed += [
        f"{one.defect} ({one.law}: {one.answer}): noticed in {one.caught} of {one.seeds}"
        for one in found.powers
        if one.caught / one.seeds < DUE
    ]
    return missed


def _most(total: float, judgings: int) -> float:
    """The maximum number of alarms: the mean at ``total`` plus four standard deviations, or none if it is tiny."""
    return judgings * total + 4 * (judgings * total * (1 - total)) ** 0.5 if judgings * total > 0.01 else 0


def draw(found: Calibration, file: Path) -> None:
    """Draw the power curves as SVG."""
    import matplotlib as mpl  # noqa: PLC0415  only needed for the figure
    from matplotlib.figure import Figure  # noqa: PLC0415

    mpl.rcParams.update({"svg.hashsalt": "concordance", "svg.fonttype": "none", "font.family": "sans-serif"})
    figure = Figure(figsize=(7.2, 3.4), layout="constrained")
    axes = figure.add_subplot()
    for curve, marker in zip(found.curves, "osD^v"):
        sizes = [100 * point.size for point in curve.points]
        shares = [point.caught / point.judgings for point in curve.points]
        label = f"{curve.defect.removesuffix(' by').rstrip(',')}, {curve.answer}"
        axes.plot(sizes, shares, marker=marker, markersize=4, linewidth=1.4, label=label)
    axes.set_xlabel("size of the defect, in percent of the standard deviation expected")
    axes.set_ylabel("share of runs that notice it")
    axes.set_ylim(-0.03, 1.03)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize=8)
    axes.set_title(f"{found.programs} programs a law, false-alarm share {found.share:.1g} a test", fontsize=9)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Date": None})
