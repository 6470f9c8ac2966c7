"""``python -m tests.browser.install``: sees to it that there is a browser, Debian's where that can be had."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys


def main() -> int:
    """Exit code of what installs the browser; 0 where there is one already."""
    if shutil.which("chromium"):
        return 0
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        return subprocess.run(
            ["apt-get", "install", "-qq", "--no-install-recommends", "chromium"], check=False
        ).returncode
    return subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
