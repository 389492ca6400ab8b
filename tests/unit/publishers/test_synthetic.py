"""Synthetic data: the same for the same seed, within its bounds, of a plausible shape, and not in need of memory."""

from __future__ import annotations

import csv
import hashlib
import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from datasets.definition_files import builtin_codelists, load_definition
from datasets.errors import DefinitionInvalid
from datasets.file_sql import read_parquet
from publishers.synthetic import CHUNK_ROWS, SCHEMA, write_discharges, write_facilities, write_population
from publishers.synthetic_facilities import FACILITY_COLUMNS
from publishers.synthetic_profile import PROVINCE_POPULATION

ROWS = 60_000
LISTS = {codelist.id: codelist for codelist in builtin_codelists()}


@pytest.fixture(scope="module")
def discharges(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("synthetic") / "hospital-discharges-2024.parquet"
    write_discharges(path, ROWS, edition="2024", seed=7)
    return path


def ask(question: str, path: Path) -> list[tuple[Any, ...]]:
    return duckdb.connect().execute(question.replace("FROM discharges", f"FROM {read_parquet(path)}")).fetchall()


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# Discharges -----------------------------------------------------------------------------------------------------------


def test_the_columns_are_those_of_the_definition(discharges: Path) -> None:
    source = load_definition(Path("hospital-discharges")).definition.source
    assert source is not None
    assert list(source.columns) == SCHEMA.names
    assert pq.read_schema(discharges).equals(SCHEMA)
    assert pq.read_metadata(discharges).num_rows == ROWS


def test_the_same_seed_gives_the_same_values_and_another_gives_others(tmp_path: Path) -> None:
    made = {}
    for name, edition, seed in (("a", "2024", 7), ("b", "2024", 7), ("c", "2024", 8), ("d", "2025", 7)):
        made[name] = tmp_path / name
        write_discharges(made[name], 3_000, edition=edition, seed=seed)
    assert sha256(made["a"]) == sha256(made["b"])
    assert len({sha256(path) for path in made.values()}) == 3


@pytest.mark.parametrize("rows", [0, 1, 7])
def test_any_number_of_rows_can_be_made(tmp_path: Path, rows: int) -> None:
    path = tmp_path / "few.parquet"
    write_discharges(path, rows, edition="2024-02", seed=1)
    assert pq.read_table(path, schema=SCHEMA).num_rows == rows


def test_rows_are_written_in_groups_and_told(tmp_path: Path) -> None:
    path = tmp_path / "two.parquet"
    told: list[int] = []
    write_discharges(path, CHUNK_ROWS + 10, edition="2024", seed=1, progress=told.append)
    assert told == [CHUNK_ROWS, CHUNK_ROWS + 10]
    metadata = pq.read_metadata(path)
    assert [metadata.row_group(index).num_rows for index in range(metadata.num_row_groups)] == [CHUNK_ROWS, 10]


def test_an_edition_that_is_no_period_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionInvalid, match="edition spring: is no period of time"):
        write_discharges(tmp_path / "x.parquet", 1, edition="spring", seed=1)


@pytest.mark.parametrize(
    ("edition", "first", "last"),
    [("2024", date(2024, 1, 1), date(2024, 12, 31)), ("2023-02", date(2023, 2, 1), date(2023, 2, 28))],
)
def test_every_date_lies_in_the_edition(tmp_path: Path, edition: str, first: date, last: date) -> None:
    path = tmp_path / "dates.parquet"
    write_discharges(path, 20_000, edition=edition, seed=3)
    assert ask("SELECT min(discharged_on), max(discharged_on) FROM discharges", path) == [(first, last)]


def test_every_code_is_in_its_list(discharges: Path) -> None:
    communes = LISTS["communes"]
    homes = ask("SELECT DISTINCT province, commune FROM discharges", discharges)
    assert {province for province, _ in homes} == {member.code for member in LISTS["provinces"].members}
    assert all(communes.by_code[commune].parent == province for province, commune in homes)
    kinds = {kind for (kind,) in ask("SELECT DISTINCT facility_type FROM discharges", discharges)}
    assert kinds == set(LISTS["facility-types"].by_code)


def test_every_diagnosis_is_in_one_chapter_that_fits_age_and_sex(discharges: Path) -> None:
    chapters = LISTS["icd10-chapters"].members
    seen = set()
    for code, sex, youngest, oldest in ask(
        "SELECT icd10, sex, min(age), max(age) FROM discharges GROUP BY icd10, sex", discharges
    ):
        (chapter,) = [one.code for one in chapters if one.range_from <= code <= one.range_to]
        seen.add(chapter)
        if chapter == "XV":
            assert sex == "F"
            assert (youngest >= 15, oldest <= 49) == (True, True)
        if chapter == "XVI":
            assert oldest == 0
    assert seen == {chapter.code for chapter in chapters} - {"XX"}


def test_a_person_stays_the_same_person(discharges: Path) -> None:
    persons = "SELECT person_id, count(*) AS stays, count(DISTINCT (province, commune, sex, age, insurance)) AS selves"
    found = ask(
        f"SELECT count(*), max(stays), max(selves) FROM ({persons} FROM discharges GROUP BY person_id)", discharges
    )
    ((count, most, selves),) = found
    assert selves == 1
    assert most >= 3
    assert 1.2 < ROWS / count < 1.4


def test_no_person_can_be_taken_for_a_personal_identification_number(discharges: Path) -> None:
    assert ask("SELECT max(length(CAST(person_id AS VARCHAR))) FROM discharges", discharges) == [(9,)]


def test_provinces_have_about_their_share(discharges: Path) -> None:
    total = sum(PROVINCE_POPULATION.values())
    for province, stays in ask("SELECT province, count(*) FROM discharges GROUP BY province", discharges):
        expected = ROWS * PROVINCE_POPULATION[province] / total
        assert abs(stays - expected) < 6 * expected**0.5 + 0.02 * expected


def test_costs_days_ages_and_deaths_are_plausible(discharges: Path) -> None:
    question = (
        "SELECT min(days), avg(days), min(cost_vnd), median(cost_vnd), avg(cost_vnd),"
        " avg(CAST(outcome = 'died' AS INTEGER)), min(age), max(age), avg(CAST(sex = 'F' AS INTEGER)) FROM discharges"
    )
    ((shortest, days, least, median, mean, died, youngest, oldest, women),) = ask(question, discharges)
    assert shortest == 1
    assert 4 < days < 8
    assert least > 0
    assert mean > 1.2 * median, "costs are skewed to the right"
    assert 0.003 < died < 0.02
    assert (youngest, oldest) == (0, 99)
    assert 0.5 < women < 0.55


def test_deaths_grow_with_age(discharges: Path) -> None:
    shares = ask(
        "SELECT age >= 65, avg(CAST(outcome = 'died' AS INTEGER)) FROM discharges WHERE age > 0 GROUP BY 1 ORDER BY 1",
        discharges,
    )
    assert shares[1][1] > 3 * shares[0][1]


def test_insurance_follows_age(discharges: Path) -> None:
    ages = {kind: (low, high) for kind, low, high in ask(
        "SELECT insurance, min(age), max(age) FROM discharges GROUP BY insurance", discharges)}  # fmt: skip
    assert ages["child"] == (0, 5)
    assert ages["student"][0] == 6
    assert ages["elderly"] == (80, 99)
    definition = load_definition(Path("hospital-discharges")).definition
    assert set(ages) == set(definition.dimensions["insurance"].map)


def test_memory_does_not_grow_with_rows(tmp_path: Path) -> None:
    peaks = []
    for chunks in (1, 3):
        tracemalloc.start()
        write_discharges(tmp_path / "x.parquet", chunks * CHUNK_ROWS, edition="2024", seed=1)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0]


# Facilities and populations -------------------------------------------------------------------------------------------


def test_the_register_has_a_key_and_known_codes(tmp_path: Path) -> None:
    path = tmp_path / "health-facilities-2026.csv"
    count = write_facilities(path, edition="2026", seed=1)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == FACILITY_COLUMNS
    assert len(rows) == count == len({row["code"] for row in rows})
    for row in rows:
        assert row["code"].startswith(row["province"])
        assert row["code"][2].isalpha()
        assert row["type"] in LISTS["facility-types"].by_code
        assert LISTS["communes"].by_code[row["commune"]].parent == row["province"]
        assert 0 <= int(row["beds"]) <= 1200
        assert date(2010, 1, 1) <= date.fromisoformat(row["licensed_on"]) <= date(2026, 12, 31)
        assert row["name"].endswith("(giả lập)")


def test_the_register_has_the_columns_of_its_definition() -> None:
    definition = load_definition(Path("health-facilities")).definition
    assert definition.source is not None
    assert tuple(definition.source.columns) == definition.fields == FACILITY_COLUMNS


def test_the_same_seed_gives_the_same_register(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_facilities(tmp_path / name, edition="2026", seed=seed)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() != (tmp_path / "c").read_bytes()


def test_a_facility_is_registered_from_its_licence_on(tmp_path: Path) -> None:
    editions = ("2015", "2026", "first")
    rows = {}
    for edition in editions:
        write_facilities(tmp_path / edition, edition=edition, seed=1)
        rows[edition] = (tmp_path / edition).read_text(encoding="utf-8").splitlines()
    assert set(rows["2015"]) < set(rows["2026"]) == set(rows["first"])
    assert max(line.rsplit(",", 1)[1] for line in rows["2015"][1:]) <= "2015-12-31"


@pytest.mark.parametrize("year", [2024, 2025])
def test_the_populations_beside_the_definition_are_what_would_be_made_today(tmp_path: Path, year: int) -> None:
    write_population(tmp_path / "made.csv", year=year)
    kept = load_definition(Path("hospital-discharges")).folder / f"population-{year}.csv"
    assert (tmp_path / "made.csv").read_text() == kept.read_text()


def test_every_province_has_a_population_of_each_sex(tmp_path: Path) -> None:
    write_population(tmp_path / "made.csv", year=2025)
    with (tmp_path / "made.csv").open() as file:
        rows = [(row["province"], row["sex"]) for row in csv.DictReader(file)]
    assert sorted(rows) == sorted((member.code, sex) for member in LISTS["provinces"].members for sex in "MF")
