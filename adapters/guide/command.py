"""``python -m adapters show``: show what was asked for, with its output if that was gathered."""

from __future__ import annotations

from pathlib import Path
from typing import List

from adapters.guide import showing
from adapters.guide.exhibits import Exhibits
from adapters.guide.library import Library, report_in
from adapters.guide.tasks import TASKS


def show(text: str, width: int, report_dir: Path, file: Path) -> List[str]:
    """Lines for a terminal of this width, in characters. ``file`` holds the gathered exhibits, if it exists."""
    if not text:
        return showing.overview()
    if file.exists():
        exhibits = Exhibits.load(file)
        head = showing.performed(exhibits)
    else:
        exhibits = showing.unperformed([text] if text in TASKS else TASKS)
        head = [showing.NOT_RUN.format(file)]
    library = Library(report_in(report_dir), exhibits)
    return showing.answer(text, library, width, head)
