"""Figures as SVG: what frameworks drew, over the specified density. Equal numbers give equal bytes.

Colours are the page's: figures are inlined, so they follow its light or dark scheme.
"""

from __future__ import annotations

import io
import re
from typing import Any, List, Sequence, Tuple

import matplotlib
import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure

from adapters.guide.exhibits import Draws
from adapters.guide.subjects import Subject
from specs.statistics.distributions import Distribution

#: Placeholder colours, replaced by those of the page once the figure's text is complete.
INK, SOFT, DRAWN, SPECIFIED, OWN = "#010101", "#020202", "#030303", "#040404", "#050505"
_VARIABLES = {INK: "ink", SOFT: "rule", DRAWN: "drawn", SPECIFIED: "specified", OWN: "own"}
_SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "guide",
    "font.size": 9,
    "font.family": "sans-serif",
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.unicode_minus": True,
}
#: Larger numbers cannot be plotted: their differences and quotients vanish or overflow.
FARTHEST = 1e12
#: If the highest density exceeds the lowest by this factor, each gets its own scale.
COMPARABLE = 8
#: Number of points at which a density is drawn.
POINTS = 241


def drawing(subject: Subject, draws: Sequence[Draws], label: str, prefix: str) -> Markup:
    """All frameworks' draws of one subject, on shared axes. ``prefix`` keeps identifiers apart on one page."""
    with matplotlib.rc_context(_SETTINGS):
        high = 0.7 + 1.0 * len(draws)
        figure = Figure(figsize=(4.6, high))
        figure.subplots_adjust(left=0.13, right=0.98, bottom=0.46 / high, top=1 - 0.2 / high, hspace=0.4)
        panels = np.atleast_1d(figure.subplots(len(draws), 1, sharex=True, sharey=_is_comparable(draws)))
        for panel, drawn in zip(panels, draws):
            _panel(panel, subject, drawn)
        panels[-1].set_xlabel(_unit(subject))
        figure.supylabel("share of all" if _has_atoms(subject, draws) else "density", fontsize=9, x=0.005)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return Markup(_for_page(out.getvalue(), label, prefix))


def _is_comparable(draws: Sequence[Draws]) -> bool:
    """Whether all densities are visible at one scale: a density is higher the narrower the draws."""
    spread = [drawn.std for drawn in draws if not drawn.atoms]
    return not spread or max(spread) < COMPARABLE * min(spread)


def can_draw(drawn: Draws) -> bool:
    """Whether the values of draws, and the densities of their counts, can be plotted."""
    places = (drawn.low, drawn.high, *(value for value, _ in drawn.atoms))
    counts = (*drawn.counts, *(count for _, count in drawn.atoms))
    farthest = max(map(abs, places))
    return (
        farthest < FARTHEST
        and drawn.high - drawn.low > max(1.0, farthest) / FARTHEST
        and max(counts, default=0) < FARTHEST
    )


def _unit(subject: Subject) -> str:
    return f"value of an element of the {subject.network.role(subject.slot).family.replace('_', ' ')}"


def _has_atoms(subject: Subject, draws: Sequence[Draws]) -> bool:
    return any(drawn.atoms for drawn in draws) or bool(subject.specified.atoms) or not subject.specified.is_random


def _panel(panel: Any, subject: Subject, drawn: Draws) -> None:
    panel.set_title(_encodable(drawn.framework), fontsize=9, loc="left", pad=2, parse_math=False)
    panel.set_xlim(*_limits(drawn))
    panel.tick_params(length=2)
    panel.locator_params(axis="y", nbins=3)
    panel.locator_params(axis="x", nbins=5)
    edges = np.linspace(drawn.low, drawn.high, len(drawn.counts) + 1)
    shares = _has_atoms(subject, [drawn])
    if drawn.n:
        heights = np.array(drawn.counts) / drawn.n
        scale = 1.0 if shares else 1 / (edges[1] - edges[0])
        if heights.any():
            panel.stairs(heights * scale, edges, fill=True, color=DRAWN, linewidth=0)
        for value, count in drawn.atoms:
            panel.plot([value, value], [0, count / drawn.n], color=DRAWN, linewidth=5, solid_capstyle="butt")
    _density(panel, subject.specified, edges, shares, SPECIFIED, "solid")
    expected = subject.distribution(drawn.fits[0].answer) if drawn.fits else subject.specified
    if expected != subject.specified:
        _density(panel, expected, edges, shares, OWN, (0, (3, 2)))


def _encodable(text: str) -> str:
    """Text that UTF-8 can encode: lone surrogates are replaced by question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _limits(drawn: Draws) -> List[float]:
    room = 0.05 * (drawn.high - drawn.low)
    return [drawn.low - room, drawn.high + room]


def _density(panel: Any, law: Distribution, edges: np.ndarray, shares: bool, color: str, style: Any) -> None:
    """A distribution's density, or its share of each bar, and its atoms."""
    for atom in law.atoms or (() if law.is_random else (law.mean,)):
        mass = float(law.cdf(np.array(atom)) - law.cdf(np.array(np.nextafter(atom, -np.inf))))
        panel.plot([atom, atom], [0, mass], color=color, linewidth=1.2, linestyle=style, marker="_", markevery=[1])
    if not law.is_random:
        return
    x, density = _curve(law, *_limits_of(edges))
    scale = (edges[1] - edges[0]) if shares else 1.0
    panel.plot(x, density * scale, color=color, linewidth=1.4, linestyle=style)


def _curve(law: Distribution, low: float, high: float) -> Tuple[np.ndarray, np.ndarray]:
    """Points of a distribution's density without atoms: slopes of its distribution function between adjacent places."""
    places = np.linspace(low, high, POINTS)
    # One place on each side of a possible jump of the density, so that the line is vertical there.
    step = 1e-3 * (places[1] - places[0])
    jumps = np.array([edge + side * step for edge in (*law.support, *law.gap) for side in (-1, 1)])
    places = np.unique(np.concatenate([places, jumps[(low < jumps) & (jumps < high)]]))
    middles = (places[:-1] + places[1:]) / 2
    mass = np.diff(law.cdf(places))
    for atom in law.atoms:
        mass[(places[:-1] < atom) & (atom <= places[1:])] = 0.0
    return middles, mass / np.diff(places)


def _limits_of(edges: np.ndarray) -> List[float]:
    room = 0.05 * (edges[-1] - edges[0])
    return [edges[0] - room, edges[-1] + room]


def _for_page(svg: str, label: str, prefix: str) -> str:
    """The figure as part of a page: no prologue, a responsive size, the page's colours, unique identifiers."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.DOTALL)
    head, _, rest = body.partition(">")
    view = re.search(r'viewBox="[^"]+"', head)
    assert view is not None, "Matplotlib writes a viewBox"
    rest = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{prefix}-", _without_idle(rest))
    rest = re.sub(r'<use xlink:([^>]*) style="[^"]*"/>', r"<use \1/>", rest)  # the referenced element has the style
    for color, variable in _VARIABLES.items():
        rest = rest.replace(color, f"var(--{variable})")
    rest = re.sub(r'font-family: [^;"]*;? ?| transform="rotate\(-0 [^"]*"|<path [^>]*style="fill: none"/>\n', "", rest)
    return f'<svg {view[0]} role="img" aria-label="{Markup.escape(label)}">{_brief(rest)}'


def _without_idle(text: str) -> str:
    """The same figure with short identifiers, without unreferenced ones, empty groups or indentation."""
    named = {name: str(at) for at, name in enumerate(dict.fromkeys(re.findall(r'(?:href="#|url\(#)([^")]+)', text)))}
    text = re.sub(r' id="([^"]+)"', lambda found: f' id="{named[found[1]]}"' if found[1] in named else "", text)
    text = re.sub(r'(href="#|url\(#)([^")]+)', lambda found: found[1] + named[found[2]], text)
    text = re.sub(r"\n\s*", "\n", text)
    shown, groups = [], []
    for piece in re.split(r"(</?g\b[^>]*>\n?)", text):
        if piece.startswith("<g"):
            groups.append(piece.strip() != "<g>")
        says = groups[-1] if piece.startswith(("<g", "</g")) else True
        if piece.startswith("</g"):
            groups.pop()
        shown.append(piece if says else "")
    return "".join(shown)


def _brief(text: str) -> str:
    """Round coordinates to a tenth of a point, finer than anybody sees, and drop needless separators."""
    text = re.sub(r' (?:d|x|y)="[^"]*"', lambda found: _rounded(found[0]), text)
    return re.sub(r'(?<= d=")[^"]+', lambda found: _path(found[0]), text)


def _rounded(text: str) -> str:
    return re.sub(r"-?\d+\.\d\d+", lambda found: f"{float(found[0]):.1f}".replace(".0", ""), text)


def _path(path: str) -> str:
    """A path without needless white space; lines along an axis are written with one coordinate."""
    said, here = [], ["", ""]
    for command, numbers in re.findall(r"([A-Za-z])([^A-Za-z]*)", path):
        there = numbers.split()
        if command == "L" and there[1] == here[1]:
            said.append("" if there == here else f"H{there[0]}")
        elif command == "L" and there[0] == here[0]:
            said.append(f"V{there[1]}")
        else:
            said.append(command + " ".join(there))
        here = there[-2:] or ["", ""]
    return "".join(said)
