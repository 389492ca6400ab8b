"""A source that is opened but not yet checked: a relation that DuckDB can read, and how people count its rows."""

from __future__ import annotations

from dataclasses import dataclass

ROW = "__row"
"""The column of a staged table that holds the row number a person sees."""


@dataclass(frozen=True)
class RawTable:
    """A relation with the columns ``c0``, ``c1``, … in the order of the source's headers.

    ``kinds`` holds the DuckDB type of each column; text sources have VARCHAR throughout.
    """

    name: str
    """The source as people know it: the file's name, or the database's environment variable."""
    relation: str
    """SQL that can follow FROM."""
    row: str
    """SQL of the row number that a person sees."""
    row_word: str
    """What a person calls such a number: ``row`` or ``record``."""
    headers: tuple[str, ...]
    kinds: tuple[str, ...]
    blank_rows: bool = True
    """Whether rows in which every cell is empty are no rows, as in text files and workbooks."""
    as_is: bool = False
    """Whether the source is a Parquet file of plain columns, which may be used as it is."""
    is_nfc: bool = True
    """Whether all text is in NFC already."""
