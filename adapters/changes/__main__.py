"""``python -m adapters.changes REPORT ...``: store what changed between versions, and write the tables in docs/.

The laws of these reports take the place of what was stored of them; what was stored of other laws stays.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import List

from adapters.changes import tables
from adapters.changes.answers import MEASURED, updated
from specs import codec
from specs.errors import SpecError
from specs.reporting import readme, reports
from specs.reporting.reports import Report


def main(files: List[str]) -> int:
    """Return the exit code: 0, or 2 if a report is invalid, has a failing law or other versions."""
    try:
        new = reports.merge([Report.load(Path(file)) for file in files], "eras")
        found = updated(Report.load(MEASURED), new)
    except SpecError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    codec.save(found, MEASURED)
    readme.rewrite(Path(), {name: table(found) for name, table in tables.TABLES.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
