"""The page of what the source chapters claim: versions across, claims down, verdicts and values between."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List

from specs.reporting.claims import HOLDS, NOT_OFFERED, REFUTED, WITH_A_DIFFERENCE, Measured, Row, Table

#: What ``tox run -e claims -- --keep`` keeps.
MEASURED = Path(__file__).with_name("claims.json")
#: How each verdict is marked.
MARKS = {HOLDS: "holds", WITH_A_DIFFERENCE: "differs", REFUTED: "fails", NOT_OFFERED: "unsupported"}


def tables(measured: Measured) -> List[Dict[str, Any]]:
    """For the template: a table for each framework's chapters."""
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
