"""Versions of the demo datasets that differ in every way that a comparison tells of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from datasets.codelist import Codelist
from datasets.text import Bilingual
from publishers.package.build import EditionContents
from publishers.public_table import PublicTable
from tests.support.releases import (
    PROVINCES,
    DemoStore,
    add_edition,
    codelist_contents,
    disease_contents,
    disease_definition,
    register_contents,
)

Row = dict[str, Any]


def publish_compared(demo: DemoStore) -> None:
    """Add ``notifiable-diseases`` 2024.3, ``licensed-facilities`` 2025-06.2 and ``administrative-units`` 2025.2.

    In 2024.3 a cell that was withheld is published, another is provisional now, one lost its number, Đà Nẵng has
    another name, the row of Quảng Ninh is gone from ``by-province``, and cells of it came to 10 more.
    """
    contents = disease_contents(disease_definition(), "2024", correction=3)
    tables = {
        "by-month": _changed(contents.tables["by-month"], _corrected),
        "by-province": _changed(contents.tables["by-province"], _without_quang_ninh),
    }
    lists = {**contents.codelists, PROVINCES.id: _renamed(PROVINCES)}
    loaded = replace(contents.loaded, codelists=lists)
    contents = replace(contents, tables=tables, codelists=lists, loaded=loaded)
    add_edition(demo, contents, at=datetime(2025, 4, 1, tzinfo=UTC))
    add_edition(demo, _register(), at=datetime(2025, 8, 1, tzinfo=UTC))
    units = codelist_contents()
    lists = {PROVINCES.id: _renamed(PROVINCES)}
    units = replace(units, codelists=lists, loaded=replace(units.loaded, codelists=lists))
    add_edition(demo, units, at=datetime(2025, 8, 2, tzinfo=UTC))


def _changed(table: PublicTable, change: Callable[[Row], Row | None]) -> PublicTable:
    rows = [changed for row in table.data.to_pylist() if (changed := change(row)) is not None]
    withheld = {name: sum(row[f"{name}_status"] == "suppressed" for row in rows) for name in table.withheld}
    return replace(table, data=pa.Table.from_pylist(rows, schema=table.data.schema), withheld=withheld)


def _corrected(row: Row) -> Row:
    match row["province"], row["month"], row["sex"]:
        case "48", "2024-01", "M":
            return row | {"cases": 41, "cases_status": "observed"}
        case "01", "2024-02", "M":
            return row | {"cases_status": "provisional"}
        case "01", "2024-03", "M":
            return row | {"cases": None, "cases_status": "missing"}
        case "79", "2024-12", "F":
            return row | {"cases": row["cases"] + 10, "cases_status": "revised"}
    return row


def _without_quang_ninh(row: Row) -> Row | None:
    return None if row["province"] == "22" else row


def _renamed(provinces: Codelist) -> Codelist:
    label = Bilingual(vi="TP. Đà Nẵng", en="City of Da Nang")
    members = [replace(each, label=label) if each.code == "48" else each for each in provinces.members]
    return replace(provinces, members=tuple(members))


def _register() -> EditionContents:
    return register_contents(
        licence_number=["01234/BYT-GPHĐ", "00007/SYT-GPHĐ", "00450/SYT-GPHĐ", "00999/SYT-GPHĐ"],
        name=["Bệnh viện Bạch Mai", "Phòng khám An Bình", "Nhà thuốc số 5", "Phòng khám Mới"],
        beds=[3300, 4, 0, 15],
        issued=[date(2014, 5, 1), date(2020, 1, 3), date(2021, 2, 3), None],
    )
