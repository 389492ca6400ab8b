"""Code lists of a package as CSV files of the same dialect as its tables."""

from __future__ import annotations

from pathlib import Path

from datasets.codelist import Codelist
from datasets.codelist_files import codelist_csv


def write_codelist(codelist: Codelist, path: Path) -> None:
    """Write all columns as UTF-8 with CRLF; labels hold no line breaks, which ``check_labels`` makes sure of."""
    path.write_text(codelist_csv(codelist), encoding="utf-8", newline="\r\n")
