"""No release shows a part of a year, quarter or month as all of it, whatever the day on which it is published."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from datasets.definition_files import load_definition
from datasets.errors import DefinitionInvalid
from datasets.names import TOTAL
from publishers.definition_review import review
from publishers.tabulate.plan import plan
from publishers.whole_periods import check_whole_periods
from tests.support.publication import Ministry
from tests.unit.publishers.visits_by_month import DEFINITION, published, write

YEARS = DEFINITION.replace("levels: [month]", "levels: [year, month]")
OWN = "codelist: months\n    column: day\n    match: month\n    levels: [month]\n"
HALF = "coverage:\n  start: 2024-01\n  end: 2024-06\n"
OPEN = 'disclosure:\n  policy: already_public\n  reason: {vi: "Đã công bố.", en: "Out already."}\n'

DEFINITIONS = {
    "months": DEFINITION,
    "years": YEARS,
    "quarters": DEFINITION.replace("levels: [month]", "levels: [quarter, month]"),
    "years of a half": YEARS.replace("coverage:\n", HALF),
    "quarters of a half": DEFINITION.replace("levels: [month]", "levels: [quarter]").replace("coverage:\n", HALF),
    "no table by month": YEARS.replace("    dimensions: [month, sex]", "    dimensions: [sex]"),
    "own list": DEFINITION.replace(OWN, "codelist: own\n    column: sex\n"),
}


def check(folder: Path, name: str, edition: str, codes: str = "") -> None:
    write(folder, edition, [3], text=DEFINITIONS[name])
    (folder / "codelists").mkdir()
    rows = "".join(f"{code},T,T\n" for code in codes.split())
    (folder / "codelists/own.csv").write_text(f"code,label_vi,label_en\n{rows}", encoding="utf-8")
    titles = "codelists:\n  own:\n    title: {vi: T, en: M}\n    source: {vi: P, en: C}\n"
    (folder / "codelists/index.yaml").write_text(titles, encoding="utf-8")
    check_whole_periods(plan(load_definition(folder), edition))


@pytest.mark.parametrize(
    ("definition", "edition", "codes", "cut", "remedy"),
    [
        ("years", "2024-03", "", "2024", "publish levels: [month]; or name the edition 2024,"),
        ("years", "2024-12", "", "2024", "name the edition 2024,"),
        ("years", "2024-Q1", "", "2024", "name the edition 2024,"),
        ("quarters", "2024-03", "", "2024-Q1", "name the edition 2024-Q1,"),
        ("years", "2024-W01", "", "2024, 2024-01", "publish finer periods, or none; or name the edition 2024,"),
        ("years", "2024-W05", "", "2024, 2024-01, 2024-02", "name the edition 2024,"),
        ("years", "2025-W01", "", "2024, 2024-12, 2025 and 1 more", "name the edition 2024-2025,"),
        ("years of a half", "first-half", "", "2024", "name the edition 2024,"),
        ("own list", "2024-03", "2022 2023 2024", "2024", "name the edition 2024,"),
        ("own list", "2024-01-31", "2024-W05 2024-W06", "2024-W05", "name the edition 2024-W05,"),
    ],
)
def test_a_part_of_a_period_is_refused(
    tmp_path: Path, *, definition: str, edition: str, codes: str, cut: str, remedy: str
) -> None:
    with pytest.raises(DefinitionInvalid, match="A part of a period would be published as all of it") as caught:
        check(tmp_path / "clinic", definition, edition, codes)
    (problem,) = caught.value.problems
    assert problem.place == "dimensions.month"
    assert problem.rule.startswith(f"{cut} would look whole in by-month, but edition {edition} has only ")
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    ("definition", "edition", "codes"),
    [
        ("years", "2024", ""),
        ("years", "1994-2009", ""),
        ("quarters", "2024-Q1", ""),
        ("months", "2024-03", ""),
        ("months", "2024-Q1", ""),
        ("quarters of a half", "first-half", ""),
        ("no table by month", "2024-03", ""),
        ("own list", "2024-03", "2022 2023 2025 west"),
        ("own list", "2026", "2026-W01 2026-W53"),
        ("own list", "of-unknown-days", "2022 2023"),
    ],
)
def test_whole_periods_are_not(tmp_path: Path, definition: str, edition: str, codes: str) -> None:
    """Years and histories are whole; a list of one's own may have other years; a week is its Thursday's."""
    check(tmp_path / "clinic", definition, edition, codes)


def test_the_year_of_months_is_refused_and_goes_out_as_an_edition_of_the_year(tmp_path: Path) -> None:
    """What the refusal names as a remedy is one: the year says itself that it is not whole."""
    ministry, folder = Ministry(tmp_path / "store"), tmp_path / "clinic"
    open_years = YEARS.split("disclosure:")[0] + OPEN
    with pytest.raises(DefinitionInvalid, match="A part of a period"):
        published(ministry, folder, "2024-03", [3], text=open_years)
    with pytest.raises(DefinitionInvalid, match=r"dataset\.yaml line .*, dimensions\.month: 2026 would look whole"):
        review(load_definition(folder))
    estimated = open_years.replace("    type: count\n", "    type: count\n    absent: partial\n")
    release = ministry.publish(write(folder, "2024", [1, 2, 3], text=estimated), "2024", folder)
    assert release.version == 1, "nothing of the refused edition is in the store"
    (table,) = (one for one in release.description.tables if one.id == "by-month")
    rows = (
        pq.read_table(ministry.releases.file(release, table.parquet).path).filter(pc.field("sex") == TOTAL).to_pylist()
    )
    told = {row["month"]: row["visits_status"] for row in rows}
    assert (told["2024"], told["2024-03"], told["2024-04"]) == ("estimated", "observed", "missing")
