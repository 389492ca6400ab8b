"""How clients of PxWeb name tables and code lists: by dataset and table, and by a release where it is to stay the same.

``hospital-discharges.by-age-sex-chapter`` is the table in the newest edition that has it, and
``hospital-discharges.by-age-sex-chapter@2025.1`` the same in one release. Identifiers hold no dots, so that names part
in one way only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

_LONGEST = 300
Kind = Literal["vs", "agg"]
"""What a code list is: a set of values, or groups of the finest ones."""
_KINDS: tuple[Kind, ...] = ("vs", "agg")


@dataclass(frozen=True)
class TableId:
    """The name of a table; ``release`` is empty where the newest is meant."""

    dataset: str
    table: str
    release: str = ""

    def __str__(self) -> str:
        return f"{self.dataset}.{self.table}" + (f"@{self.release}" if self.release else "")


@dataclass(frozen=True)
class CodelistId:
    """The name of one level of a dimension of a table: ``vs_dengue-cases.by-province-and-month.province.region``."""

    kind: Kind
    table: TableId
    dimension: str
    level: str

    def __str__(self) -> str:
        pinned = f"@{self.table.release}" if self.table.release else ""
        return f"{self.kind}_{replace(self.table, release='')}.{self.dimension}.{self.level}{pinned}"


def read_table_id(text: str) -> TableId | None:
    """Return the parts of a table's name; None where it is none."""
    name, at, release = text.partition("@")
    parts = name.split(".")
    if len(text) > _LONGEST or len(parts) != 2 or not all(parts) or bool(at) is not bool(release):
        return None
    dataset, table = parts
    return TableId(dataset, table, release)


def read_codelist_id(text: str) -> CodelistId | None:
    """Return the parts of a code list's name; None where it is none. A level may hold dots."""
    kind = next((each for each in _KINDS if text.startswith(f"{each}_")), None)
    name, at, release = text.partition("_")[2].partition("@")
    parts = name.split(".", 3)
    if kind is None or len(text) > _LONGEST or len(parts) != 4 or not all(parts) or bool(at) is not bool(release):
        return None
    dataset, table, dimension, level = parts
    return CodelistId(kind, TableId(dataset, table, release), dimension, level)
