"""Real record-level data, the whole job, and an attacker who downloads the package: it finds nothing out.

With secondary suppression switched off, the same attacker finds out many cells, and the audit blocks the release.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest

from anonymization.audit import AuditReport
from anonymization.published import Published
from anonymization.relations import Flags
from anonymization.table import TableSet
from datasets.definition import Dimension
from datasets.definition_files import load_definition
from datasets.disclosure import DisclosureRules
from datasets.errors import DisclosureRisk
from datasets.file_sql import read_parquet
from datasets.release import PublicRelease
from publishers.cli import SAMPLES
from tests.support import attacker
from tests.support.publication import Ministry
from tests.support.shared import SHARED

PROTECT = importlib.import_module("anonymization.protect")
"""The module: the package exports a function of the same name."""

UCI = ("diabetes-hospital-encounters", "1999-2008", SAMPLES)
TAIWAN = (
    Path(__file__).parents[1] / "definitions" / "dengue-taiwan",
    "1998-2024",
    SHARED / "data" / "dengue_taiwan_linelist",
)
BOTH = pytest.mark.parametrize(
    ("definition", "edition", "folder"), [UCI, TAIWAN], ids=["uci-diabetes", "taiwan-dengue"]
)


def no_secondary(tables: TableSet, primary: Flags, rules: DisclosureRules, *, seed: int) -> Flags:
    return np.zeros_like(primary)


def test_nothing_can_be_recovered_from_the_shipped_encounters(shipped_ministry: Ministry) -> None:
    dataset, edition, _ = UCI
    _assert_nothing_recovered(shipped_ministry, shipped_ministry.releases.get(dataset, edition))


def test_nothing_can_be_recovered_from_dengue_in_taiwan(tmp_path: Path) -> None:
    ministry = Ministry(tmp_path)
    _assert_nothing_recovered(ministry, ministry.publish(*TAIWAN))


def _assert_nothing_recovered(ministry: Ministry, release: PublicRelease) -> None:
    tables, measures = attacker.tables_of_package(ministry.releases.package_zip(release).path)
    assert measures
    for measure in measures:
        system = attacker.systems(tables, measure)
        lowest = 1.0 if measure in ("encounters", "cases") else 0.0
        for attack in (
            attacker.by_subtraction(system),
            attacker.by_linear_algebra(system),
            attacker.by_bounds(system, lowest=lowest),
        ):
            assert attack.withheld > 100
            assert attack.recovered == {}


@BOTH
def test_without_secondary_suppression_the_audit_blocks_and_much_is_recovered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, definition: str | Path, edition: str, folder: Path
) -> None:
    """The attack is a real one: what it finds in records of patients equals a count over them."""

    reports: list[AuditReport] = []

    def seeing_audit(published: Published) -> AuditReport:
        reports.append(original(published))
        return reports[-1]

    def blind_audit(published: Published) -> AuditReport:
        return replace(reports[-1], recovered=())

    original, ministry = PROTECT.audit, Ministry(tmp_path)
    monkeypatch.setattr(PROTECT, "withhold_secondary", no_secondary)
    monkeypatch.setattr(PROTECT, "audit", seeing_audit)
    with pytest.raises(DisclosureRisk):
        ministry.publish(definition, edition, folder)
    assert reports[-1].recovered
    assert not list((tmp_path / "releases").rglob("*.json"))
    monkeypatch.setattr(PROTECT, "audit", blind_audit)
    release = ministry.publish(definition, edition, folder)
    tables, measures = attacker.tables_of_package(ministry.releases.package_zip(release).path)
    loot = attacker.by_linear_algebra(attacker.systems(tables, measures[0]))
    print(f"{release.dataset}: {len(loot.recovered)} of {loot.withheld} withheld cells recovered")  # noqa: T201
    assert len(loot.recovered) > 100
    if definition == UCI[0]:
        _assert_true(attacker.by_subtraction(attacker.systems(tables, "encounters")))


def _assert_true(loot: attacker.Loot) -> None:
    wanted = {"race", "sex", "age", "readmitted"}
    inner = {cell: value for cell, value in loot.recovered.items() if {name for name, _ in cell} == wanted}
    told_apart = {cell: value for cell, value in inner.items() if ("race", "unknown") not in cell}
    assert len(told_apart) >= 5
    dimensions = load_definition(Path(UCI[0])).definition.dimensions
    assert told_apart == {cell: _count(cell, dimensions) for cell in told_apart}


def _count(cell: attacker.Coordinates, dimensions: Mapping[str, Dimension]) -> float:
    """Count the records of a cell, by the texts of the source that the definition maps to its codes."""
    conditions, texts = [], []
    for name, code in cell:
        raw = [text for text, mapped in dimensions[name].map.items() if mapped == code]
        conditions.append(f"{dimensions[name].column or name} IN ({', '.join('?' * len(raw))})")
        texts += raw
    sample = read_parquet(SAMPLES / "uci-diabetes-130.parquet")
    query = f"SELECT count(*) FROM {sample} WHERE {' AND '.join(conditions)}"
    with duckdb.connect() as connection:
        found = connection.execute(query, texts).fetchone()
    assert found is not None
    return float(found[0])
