"""``python -m concordance``: the laws on adapters that live outside this repository; options go to pytest.

The laws run in a pytest of their own: the settings, plugins and ``tests`` package of the project around them do not
count. In a checkout, ``python PATH/TO/IT`` does the same.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import List

import pytest

LAWS = Path(__file__).resolve().parent / "tests" / "laws"


def main(options: List[str]) -> int:
    """Exit code of pytest: 0 where every law is answered as specified or declared, 1 where one is not."""
    apart = ["-c", os.devnull, f"--rootdir={Path.cwd()}", "-p", "no:cacheprovider", "--hypothesis-seed=0", "--tb=short"]
    return pytest.main([*apart, *options, str(LAWS)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
