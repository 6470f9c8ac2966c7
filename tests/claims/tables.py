"""The tables in docs/claims.md: a row per claim, a column per version."""

from __future__ import annotations

from typing import Dict, List

from specs.reporting.claims import HOLDS, Measured, Result, Table
from specs.reporting.readme import head, row


def blocks(measured: Measured) -> Dict[str, List[str]]:
    names = ("claims_gluon", "claims_keras")
    return dict(zip(names, map(lines, measured.tables())))


def lines(table: Table) -> List[str]:
    """The lines of a table; verdicts other than "holds" are bold."""
    rows = [
        row(
            [
                one.claim.name,
                one.claim.text,
                one.claim.chapter,
                *(_cell(one.judged[column]) for column in table.columns),
            ]
        )
        for one in table.rows
    ]
    return [*head(["", "claim", "chapter", *table.columns]), *rows]


def _cell(result: Result) -> str:
    return f"{result.verdict if result.verdict == HOLDS else f'**{result.verdict}**'}: {result.seen}"
