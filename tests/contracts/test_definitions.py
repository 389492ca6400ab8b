"""Every definition in the repository is sound, protected by a known policy and honest about what it is."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from anonymization.policies import resolve
from datasets.definition_files import LoadedDefinition, builtin_definitions, load_definition
from datasets.definition_problems import Findings, validate
from datasets.file_sql import read_csv, read_parquet
from datasets.names import DEMONSTRATION
from datasets.source import Source
from datasets.yaml_text import parse_yaml
from tests.support.shared import SHARED

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "datasets" / "samples"
NOTICE = (ROOT / "NOTICE").read_text(encoding="utf-8")
ALL = sorted(path.parent for path in ROOT.glob("**/definitions/*/dataset.yaml") if ".venv" not in path.parts)
FOLDERS = {path.name: path for path in (*builtin_definitions(), ROOT / "tests" / "definitions" / "dengue-taiwan")}
LOADED = {name: load_definition(folder) for name, folder in FOLDERS.items()}


@pytest.mark.parametrize("folder", ALL, ids=lambda folder: folder.name)
def test_every_definition_in_the_repository_is_sound(folder: Path) -> None:
    assert load_definition(folder).definition.title.vi


def test_no_definition_is_overlooked() -> None:
    assert set(ALL) >= set(FOLDERS.values())
    assert set(FOLDERS) >= {
        "administrative-units",
        "dengue-cases",
        "dengue-taiwan",
        "diabetes-hospital-encounters",
        "health-facilities",
        "hospital-discharges",
    }


@pytest.mark.parametrize("loaded", LOADED.values(), ids=LOADED.keys())
def test_a_definition_is_named_by_its_folder(loaded: LoadedDefinition) -> None:
    assert loaded.definition.id == loaded.folder.name


def test_datasets_that_come_with_ytemo_are_those_of_a_demonstration() -> None:
    publishers = {load_definition(folder).definition.publisher.id for folder in builtin_definitions()}
    assert publishers == {DEMONSTRATION}


@pytest.mark.parametrize("loaded", LOADED.values(), ids=LOADED.keys())
def test_statistics_are_protected_by_a_known_policy(loaded: LoadedDefinition) -> None:
    definition = loaded.definition
    assert (definition.kind == "statistics") == (definition.disclosure is not None)
    if definition.disclosure is not None:
        rules = resolve(definition.disclosure)
        assert rules.method == "suppression" or rules.reason


@pytest.mark.parametrize("loaded", LOADED.values(), ids=LOADED.keys())
def test_synthetic_data_says_so_in_both_languages(loaded: LoadedDefinition) -> None:
    definition = loaded.definition
    for text in (definition.title, loaded.methods):
        assert ("giả lập" in text.vi) == ("synthetic" in text.en.lower()) == definition.synthetic


@pytest.mark.parametrize("loaded", LOADED.values(), ids=LOADED.keys())
def test_every_dimension_and_measure_is_published_somewhere(loaded: LoadedDefinition) -> None:
    definition = loaded.definition
    tables = definition.tables.values()
    assert {name for table in tables for name in table.dimensions} == set(definition.dimensions)
    assert {name for table in tables for name in table.measures or definition.measures} == set(definition.measures)


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS.keys())
def test_the_lists_beside_a_definition_are_used_by_it(folder: Path) -> None:
    own = {path.stem for path in (folder / "codelists").glob("*.csv")}
    assert own <= set(LOADED[folder.name].codelists)


def test_every_sample_is_named_in_the_notices() -> None:
    samples = sorted(path.name for path in SAMPLES.glob("*.parquet"))
    assert samples
    own = (SAMPLES / "NOTICE.md").read_text(encoding="utf-8")
    for name in samples:
        assert f"datasets/samples/{name}" in NOTICE
        assert name in own
        assert (SAMPLES / name).stat().st_size < 2_000_000


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("dengue-cases", "opendengue-vietnam-1994-2009.parquet"),
        ("dengue-cases", "opendengue-vietnam-1994-2010.parquet"),
        ("diabetes-hospital-encounters", "uci-diabetes-130.parquet"),
    ],
)
def test_a_sample_has_the_declared_columns(name: str, file: str) -> None:
    source = LOADED[name].definition.source
    assert source is not None
    assert set(pq.read_schema(SAMPLES / file).names) == set(source.columns)


def test_the_dengue_samples_are_the_rows_of_opendengue() -> None:
    raw = SHARED / "data" / "opendengue_vnm" / "opendengue_v1_3_spatial_vnm.csv.gz"
    query = "SELECT count(*), sum(dengue_total), min(calendar_start_date), count(DISTINCT adm_1_name)"
    where = " WHERE S_res = 'Admin1' AND T_res = 'Month' AND Year <= ?"
    own = "SELECT count(*), sum(cases), min(month), count(DISTINCT province)"
    for last in (2009, 2010):
        expected = duckdb.connect().execute(f"{query} FROM {read_csv(raw, 'header = true')}{where}", [last]).fetchone()
        sample = SAMPLES / f"opendengue-vietnam-1994-{last}.parquet"
        assert duckdb.connect().execute(f"{own} FROM {read_parquet(sample)}").fetchone() == expected


def test_dengue_provinces_carry_the_right_codes() -> None:
    raw = SHARED / "data" / "opendengue_vnm" / "opendengue_v1_3_spatial_vnm.csv.gz"
    own = SAMPLES / "opendengue-vietnam-1994-2010.parquet"
    names = {"HA NOI CITY": "01", "HA TAY": "28", "DA NANG CITY": "48", "THUA THIEN - HUE": "46", "CA MAU": "96",
             "HO CHI MINH CITY": "79", "BA RIA-VUNG TAU": "77", "DAK NONG": "67", "QUANG NAM": "49"}  # fmt: skip
    where = "WHERE S_res = 'Admin1' AND T_res = 'Month' AND adm_1_name = ?"
    for name, code in names.items():
        query = f"SELECT calendar_start_date, dengue_total FROM {read_csv(raw, 'header = true')} {where} ORDER BY 1"
        expected = duckdb.connect().execute(query, [name]).fetchall()
        found = f"SELECT month, cases FROM {read_parquet(own)} WHERE province = ? ORDER BY 1"
        assert duckdb.connect().execute(found, [code]).fetchall() == expected, name


def test_the_diabetes_sample_is_the_rows_of_the_source() -> None:
    raw = SHARED / "data" / "uci_diabetes130" / "diabetic_data.csv.gz"
    columns = ", ".join(
        f"CAST({name} AS VARCHAR)" for name in pq.read_schema(SAMPLES / "uci-diabetes-130.parquet").names
    )
    text = f"SELECT hash({columns}) AS row FROM "
    source = read_csv(raw, "all_varchar = true, nullstr = ''")
    sample = read_parquet(SAMPLES / "uci-diabetes-130.parquet")
    rest = duckdb.connect().execute(f"SELECT count(*) FROM ({text} {source} EXCEPT ALL {text} {sample})").fetchone()
    assert rest == (0,)


def test_every_key_that_a_source_may_have_is_known() -> None:
    """A definition read from a database is written down nowhere else in the repository."""
    text = "database: HIS_URL\nquery: SELECT * FROM visits WHERE edition = :edition\ncolumns:\n  age: {type: integer}\n"
    findings = Findings("x.yaml", parse_yaml(text, "x.yaml"))
    source = validate(findings.tree, Source, findings)
    assert findings.problems == ()
    assert source is not None
    assert source.columns["age"].type == "integer"
