"""The page of the source chapters' claims: a row per claim, a column per version, verdicts and values in cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List

from specs.reporting.claims import HOLDS, NOT_OFFERED, REFUTED, WITH_A_DIFFERENCE, Measured, Row, Table

#: Written by ``tox run -e claims -- --keep``.
MEASURED = Path(__file__).with_name("claims.json")
#: The style of each verdict.
MARKS = {HOLDS: "holds", WITH_A_DIFFERENCE: "differs", REFUTED: "fails", NOT_OFFERED: "unsupported"}


def tables(measured: Measured) -> List[Dict[str, Any]]:
    """For the template: one table for each framework's chapters."""
    return [{"columns": table.columns, "rows": [_row(row, table) for row in table.rows]} for table in measured.tables()]


def _row(row: Row, table: Table) -> Dict[str, Any]:
    return {
        "claim": row.claim,
        "false": row.verdict == REFUTED,
        "changes": row.verdict is None,
        "cells": [
            {"mark": MARKS[one.verdict], "verdict": one.verdict, "seen": one.seen}
            for one in map(row.judged.__getitem__, table.columns)
        ],
    }
