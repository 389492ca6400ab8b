"""A small dataset of hospital discharges for tests: its definition, its code lists, and files of records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from datasets.codelist import Codelist, Member
from datasets.definition import Definition
from datasets.definition_files import LoadedDefinition
from datasets.text import Bilingual
from publishers.limits import JobLimits
from publishers.tabulate.plan import plan
from publishers.tabulate.run import run
from publishers.tabulate.tabulation import Tabulation

EDITION = "2024-Q1"


def text(words: str) -> Bilingual:
    return Bilingual(vi=words, en=words)


def members(*rows: tuple[str, str, str], ranges: Mapping[str, tuple[str, str]] | None = None) -> tuple[Member, ...]:
    """Make members of (code, level, parent), with ranges by code."""
    spans = ranges or {}
    return tuple(
        Member(
            code=code,
            label=text(code),
            level=level,
            parent=parent,
            range_from=spans.get(code, ("", ""))[0],
            range_to=spans.get(code, ("", ""))[1],
        )
        for code, level, parent in rows
    )


PLACES = Codelist(
    id="places",
    title=text("places"),
    # Deliberately not in the order of a tree; X belongs to no region and has no communes.
    members=members(
        ("R1", "region", ""),
        ("R2", "region", ""),
        ("P1", "province", "R1"),
        ("P2", "province", "R2"),
        ("P3", "province", "R1"),
        ("X", "province", ""),
        ("C1", "commune", "P1"),
        ("C2", "commune", "P1"),
    ),
)
SEXES = Codelist(id="sexes", title=text("sexes"), members=members(("F", "", ""), ("M", "", ""), ("U", "", "")))
AGES = Codelist(
    id="ages",
    title=text("ages"),
    members=members(
        ("0-14", "", ""),
        ("15-59", "", ""),
        ("60+", "", ""),
        ranges={"0-14": ("0", "14"), "15-59": ("15", "59"), "60+": ("60", "")},
    ),
)
CHAPTERS = Codelist(
    id="chapters",
    title=text("chapters"),
    members=members(("I", "", ""), ("II", "", ""), ranges={"I": ("A00", "B99"), "II": ("C00", "D48")}),
)
CODELISTS = {one.id: one for one in (PLACES, SEXES, AGES, CHAPTERS)}


def dated(codelist: Codelist, dates: Mapping[str, tuple[str, str]]) -> Codelist:
    """Return the list with first and last days of validity for some codes."""
    changed = (
        replace(one, valid_from=dates[one.code][0], valid_to=dates[one.code][1]) if one.code in dates else one
        for one in codelist.members
    )
    return replace(codelist, members=tuple(changed))


COLUMNS: dict[str, pa.DataType] = {
    "person": pa.string(),
    "place": pa.string(),
    "sex": pa.string(),
    "age": pa.int64(),
    "icd": pa.string(),
    "day": pa.date32(),
    "outcome": pa.string(),
    "days": pa.int64(),
    "cost": pa.float64(),
    "facility": pa.string(),
}


def _words(words: str) -> dict[str, str]:
    return {"vi": words, "en": words}


def definition(**changes: Any) -> Definition:
    """Return a definition with dimensions place, sex, age, chapter and month, and ``changes`` of its keys."""
    tree: dict[str, Any] = {
        "id": "discharges",
        "kind": "statistics",
        "title": _words("Discharges"),
        "summary": _words("Discharges."),
        "publisher": {"id": "ministry", "name": _words("Ministry")},
        "contact": {"name": _words("Desk"), "email": "desk@example.org"},
        "theme": "examination-treatment",
        "licence": "CC-BY-4.0",
        "frequency": "quarterly",
        "coverage": {"area": _words("Here")},
        "source": {
            "path": "discharges-{edition}.csv",
            "columns": {
                "person": {},
                "place": {},
                "sex": {"required": "false"},
                "age": {"type": "integer"},
                "icd": {},
                "day": {"type": "date"},
                "outcome": {},
                "days": {"type": "integer"},
                "cost": {"type": "number", "required": "false"},
                "facility": {"required": "false"},
            },
        },
        "person": "person",
        "dimensions": {
            "place": _dimension("places", levels=["region", "province"], role="geography"),
            "sex": _dimension("sexes", map={"male": "M", "female": "F"}, unknown="U", role="sex"),
            "age": _dimension("ages", match="range", role="age"),
            "chapter": _dimension("chapters", column="icd", match="range"),
            "month": _dimension("months", column="day", match="month", levels=["quarter", "month"], role="time"),
        },
        "measures": {"stays": measure("count"), "patients": measure("persons")},
        "tables": {"cube": table("place", "sex")},
        "disclosure": {"policy": "vn_proposed"},
    }
    return Definition.model_validate(tree | changes)


def _dimension(codelist: str, **keys: Any) -> dict[str, Any]:
    return {"title": _words(codelist), "codelist": codelist, **keys}


def measure(kind: str, **keys: Any) -> dict[str, Any]:
    return {"title": _words(kind), "unit": _words(kind), "type": kind, **keys}


def table(*dimensions: str, **keys: Any) -> dict[str, Any]:
    return {"title": _words("table"), "dimensions": list(dimensions), **keys}


def loaded(folder: Path | None = None, **changes: Any) -> LoadedDefinition:
    return LoadedDefinition(definition(**changes), folder or Path(), text("Methods"), CODELISTS)


def write(path: Path, records: Sequence[Mapping[str, object]]) -> Path:
    """Write records as the Parquet file that extract would make of them."""
    columns = {name: pa.array([record.get(name) for record in records], kind) for name, kind in COLUMNS.items()}
    pq.write_table(pa.table(columns), path)
    return path


def record(**values: object) -> dict[str, object]:
    """Return one discharge; anything that is not given is the same for all."""
    plain: dict[str, object] = {
        "person": "a",
        "place": "P1",
        "sex": "female",
        "age": 30,
        "icd": "A09",
        "day": date(2024, 1, 31),
        "outcome": "alive",
        "days": 2,
        "cost": 1.5,
    }
    return plain | values


def tabulate(folder: Path, records: Sequence[Mapping[str, object]], **changes: Any) -> Tabulation:
    """Tabulate records under the definition with ``changes``."""
    limits = JobLimits(memory_mb=256, threads=1, temp=folder / "temp")
    return run(plan(loaded(**changes), EDITION), write(folder / "extract.parquet", records), limits)


def cell(tabulation: Tabulation, table_id: str, *codes: str) -> int:
    """Return the row of the cell with these codes."""
    cells = tabulation.table(table_id).cells
    found = np.ones(len(cells), dtype=np.bool_)
    for (name, positions), code in zip(cells.positions.items(), codes, strict=True):
        found &= positions == ("_T", *tabulation.plan.dimension(name).members.codes).index(code)
    (row,) = np.flatnonzero(found)
    return int(row)
