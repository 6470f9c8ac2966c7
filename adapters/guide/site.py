"""The site: every page and asset by its path, as bytes, and writing them into a folder.

The same report and exhibits give the same bytes. A folder is replaced as a whole, after the new site is complete, and
only if it is an earlier site or does not exist.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from importlib import resources
from pathlib import Path
from typing import Dict, Optional, Sequence
from xml.sax.saxutils import escape

from adapters.carrying.overview import Fate
from adapters.guide import pages
from adapters.guide.exhibits import Exhibits
from adapters.guide.index import Index
from adapters.guide.library import Library
from specs.errors import SpecError
from specs.reporting.reports import Report

#: The file by which an earlier site, which may be replaced, is recognized.
MARK = "assets/index.js"
ASSETS = ("style.css", "guide.js")


def built(
    report: Optional[Report], exhibits: Exhibits, address: str = "", fates: Sequence[Fate] = ()
) -> Dict[str, bytes]:
    """Every file of the site, with a sitemap if the URL of publication is known."""
    library = Library(report, exhibits, fates)
    files = {path: text.encode("utf-8", "replace") for path, text in pages.Pages(library, address).all().items()}
    if address:
        files["sitemap.xml"] = _map(address, sorted({*files} - {"404.html"}), exhibits.date)
    folder = resources.files("adapters.guide") / "assets"
    files.update({f"assets/{name}": (folder / name).read_bytes() for name in ASSETS})
    packed = json.dumps(Index(library).packed(), separators=(",", ":"))
    files[MARK] = f"window.INDEX = {packed};\n".encode()
    return files


def _map(address: str, paths: Sequence[str], date: str) -> bytes:
    urls = [f"<url><loc>{escape(address + path)}</loc><lastmod>{date[:10]}</lastmod></url>" for path in paths]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    return "\n".join([head, *urls, "</urlset>\n"]).encode()


def write(files: Dict[str, bytes], folder: Path) -> None:
    """Write the site, replacing an earlier one. Raises :class:`SpecError` if the folder holds anything else."""
    if folder.exists() and not (folder / MARK).is_file() and not _is_empty(folder):
        raise SpecError(f"{folder}: holds something that is not an earlier site; accepted: that, or nothing")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as place:
            new, old = Path(place) / "new", Path(place) / "old"
            for path, data in files.items():
                (new / path).parent.mkdir(parents=True, exist_ok=True)
                (new / path).write_bytes(data)
            if folder.exists():
                os.replace(folder, old)
            os.replace(new, folder)
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise SpecError(f"{folder}: cannot be written: {error.strerror}") from None


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())
