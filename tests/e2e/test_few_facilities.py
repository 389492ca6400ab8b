"""A dataset that hides hospitals, published: what its readers get, what they are told, and when it is refused."""

from __future__ import annotations

import importlib
import random
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from anonymization.primary.cells import SensitiveCells, sensitive_cells
from anonymization.table import TableSet
from datasets.disclosure import DisclosureRules
from datasets.errors import DefinitionInvalid, DisclosureRisk
from datasets.release import PublicRelease
from tests.support.publication import Ministry

DEFINITION = """\
id: heart-operations
kind: statistics
title: {vi: Phẫu thuật tim, en: Heart operations}
summary: {vi: Phẫu thuật tim theo tỉnh., en: Heart operations by province.}
publisher:
  id: example-ministry
  name: {vi: Bộ ví dụ, en: Example ministry}
contact:
  name: {vi: Nhóm dữ liệu, en: Data desk}
  email: data@ministry.example
theme: examination-treatment
licence: CC-BY-4.0
frequency: yearly
coverage:
  area: {vi: Việt Nam, en: Viet Nam}
source:
  path: operations-{edition}.csv
  columns:
    patient: {}
    province: {pattern: "[0-9]{2}"}
    sex: {values: [F, M]}
    hospital: {required: false}
    outcome: {values: [home, died]}
person: patient
dimensions:
  province:
    title: {vi: Tỉnh, en: Province}
    codelist: provinces
    role: geography
  sex:
    title: {vi: Giới tính, en: Sex}
    codelist: sex
    role: sex
measures:
  patients:
    title: {vi: Người bệnh, en: Patients}
    unit: {vi: người, en: people}
    type: persons
  deaths:
    title: {vi: Tử vong, en: Deaths}
    unit: {vi: người, en: people}
    type: persons
    where: {outcome: [died]}
tables:
  by-province:
    title: {vi: Theo tỉnh và giới tính, en: By province and sex}
    dimensions: [province, sex]
disclosure:
  policy: vn_proposed
"""
UNITS = "  units: {column: hospital, fewest: 3}\n"
METHODS = "# Phương pháp\n\nĐếm người bệnh.\n\n# Methods\n\nPatients are counted.\n"

PROVINCES = {"01": "abcd", "31": "efgh", "48": "k", "79": "lmno"}
"""Da Nang has one hospital that operates on hearts."""


def ministry(folder: Path, *, units: str = UNITS) -> Path:
    definition = folder / "definition"
    definition.mkdir(exist_ok=True)
    (definition / "dataset.yaml").write_text(DEFINITION + units, encoding="utf-8")
    (definition / "methods.md").write_text(METHODS, encoding="utf-8")
    chance = random.Random(5)
    lines = ["patient,province,sex,hospital,outcome"]
    for province, hospitals in PROVINCES.items():
        for number in range(400):
            patient = f"p{province}{number // 2 if number % 3 == 0 else number}"
            outcome = "died" if chance.random() < 0.2 else "home"
            name = f"h{chance.choice(hospitals)}-secret"
            lines.append(f"{patient},{province},{chance.choice('FM')},{name},{outcome}")
    (folder / "operations-2026.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return definition


def published(root: Path, folder: Path, *, units: str = UNITS) -> PublicRelease:
    root.mkdir(exist_ok=True)
    return Ministry(root).publish(ministry(folder, units=units), "2026", folder)


def withheld(root: Path, release: PublicRelease, measure: str) -> set[tuple[str, str]]:
    entry = release.manifest.file(release.description.tables[0].parquet)
    assert entry is not None
    rows = pq.read_table(root / "objects" / entry.sha256[:2] / entry.sha256).to_pylist()
    return {(row["province"], row["sex"]) for row in rows if row[f"{measure}_status"] == "suppressed"}


def test_the_numbers_of_a_hospital_are_not_published(tmp_path: Path) -> None:
    root = tmp_path / "store"
    release = published(root, tmp_path)
    for measure in ("patients", "deaths"):
        gone = withheld(root, release, measure)
        assert {("48", "_T"), ("48", "F"), ("48", "M")} <= gone
        assert len({province for province, _ in gone}) > 1, "another province hides it"
    disclosure = release.description.disclosure
    assert disclosure is not None
    assert disclosure.audited
    assert "Cells that come from fewer than 3 facilities are withheld too" in disclosure.summary.en
    assert "dưới 3 cơ sở" in disclosure.summary.vi
    assert disclosure.rules.units is not None
    everything = b"".join(one.read_bytes() for one in (root / "objects").rglob("*") if one.is_file())
    assert b"-secret" not in everything


def test_without_the_rule_they_are(tmp_path: Path) -> None:
    root = tmp_path / "store"
    release = published(root, tmp_path, units="")
    assert ("48", "_T") not in withheld(root, release, "patients")


def test_a_hospital_that_was_shown_before_cannot_be_hidden_again(tmp_path: Path) -> None:
    root = tmp_path / "store"
    published(root, tmp_path, units="")
    with pytest.raises(DisclosureRisk, match=r"but heart-operations 2026\.1 showed them"):
        published(root, tmp_path)


def test_the_audit_stops_the_job_where_protection_overlooks_hospitals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(tables: TableSet, rules: DisclosureRules) -> SensitiveCells:
        return sensitive_cells(tables, rules.model_copy(update={"units": None}))

    for module in ("protect", "secondary.withhold", "secondary.knowledge"):
        monkeypatch.setattr(importlib.import_module(f"anonymization.{module}"), "sensitive_cells", without)
    with pytest.raises(DisclosureRisk, match="cells are shown that the rules withhold") as caught:
        published(tmp_path / "store", tmp_path)
    assert "secret" not in str(caught.value)
    assert not list((tmp_path / "store").glob("releases/*/*"))


def test_a_definition_that_names_no_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionInvalid, match=r"disclosure\.units\.column: hospitl is not a column"):
        published(tmp_path / "store", tmp_path, units="  units: {column: hospitl, fewest: 3}\n")
