"""Timelines: a row per law, a column per version, and a bar for as long as an answer stayed the same."""

from __future__ import annotations

import itertools
from typing import Any, Dict, List, Sequence

from adapters.changes.answers import FAMILIES, NOT_OFFERED, Change, Era, answer, answers, changes, eras
from adapters.guide.library import law_url
from specs.laws import LAWS
from specs.reporting.reports import Report

#: In the figure's units: a version's column, a law's row, the margins on the side and on top, and a bar in its row.
COLUMN, ROW, SIDE, HEAD, BAR = 184, 26, 420, 28, 20
#: Number of characters that fit into a column.
ROOM = 24


def timelines(report: Report) -> List[Dict[str, Any]]:
    """Two figures for each framework: laws whose answers changed, and laws that a later version began to support."""
    return [
        _figure(report, family, title, laws)
        for family in FAMILIES
        for title, laws in _parted(changes(report, eras(report, family))).items()
        if laws
    ]


def _parted(found: Sequence[Change]) -> Dict[str, List[str]]:
    answered = [change.law for change in found if NOT_OFFERED not in (answer(change.was), answer(change.is_now))]
    offered = [change.law for change in found if change.law not in answered]
    return {"another answer": list(dict.fromkeys(answered)), "newly offered": list(dict.fromkeys(offered))}


def _figure(report: Report, family: str, title: str, laws: Sequence[str]) -> Dict[str, Any]:
    among = eras(report, family)
    return {
        "anchor": f"{family}-{title.replace(' ', '-')}",
        "title": f"{family}: {title}",
        "words": f"{len(laws)} laws, {' → '.join(map(str, among))}",
        "width": SIDE + COLUMN * len(among),
        "height": HEAD + ROW * len(laws),
        "versions": [{"x": SIDE + COLUMN * at, "text": str(era)} for at, era in enumerate(among)],
        "rows": [
            {
                "law": law,
                "url": law_url(LAWS[law]),
                "question": LAWS[law].question,
                "y": HEAD + ROW * at,
                "bars": _bars(report, law, among),
            }
            for at, law in enumerate(laws)
        ],
    }


def _bars(report: Report, law: str, among: Sequence[Era]) -> List[Dict[str, Any]]:
    found = answers(report, law, among)
    bars = []
    at = 0
    for given, same in itertools.groupby(among, key=lambda era: answer(found[era]) if era in found else ""):
        columns = len(list(same))
        if given:
            bars.append(
                {
                    "x": SIDE + COLUMN * at,
                    "width": COLUMN * columns - 4,
                    "height": BAR,
                    "text": _short(given, ROOM * columns),
                    "given": given,
                    "what": _what(given, law),
                }
            )
        at += columns
    return bars


def _short(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"


def _what(given: str, law: str) -> str:
    if given == NOT_OFFERED:
        return "absent"
    return "specified" if given == LAWS[law].specified else "other"
