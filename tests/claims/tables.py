"""The tables in docs/claims.md: a row for each claim, a column for each version."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List

from specs.reporting.readme import head, row
from tests.claims import gluon, keras
from tests.claims.measuring import Measured
from tests.claims.model import HOLDS, Claim

MEASURED = Path(__file__).with_name("measured.json")


def blocks(measured: Measured) -> Dict[str, List[str]]:
    return {
        "claims_gluon": table(measured, gluon.CLAIMS),
        "claims_keras": table(measured, keras.CLAIMS),
    }


def table(measured: Measured, claims: tuple[Claim, ...]) -> List[str]:
    """A verdict other than "holds" is bold."""
    results = {(one.claim, one.column): one for one in measured.results}
    names = {claim.name for claim in claims}
    columns = list(dict.fromkeys(one.column for one in measured.results if one.claim in names))
    lines = head(["", "claim", *columns])
    for claim in claims:
        found = [results[claim.name, column] for column in columns if (claim.name, column) in results]
        cells = [f"{one.verdict if one.verdict == HOLDS else f'**{one.verdict}**'}: {one.seen}" for one in found]
        lines.append(row([claim.name, claim.text, *cells]))
    return lines
