"""pxwebpy and pxstatspy, clients that we did not write, ask a real server over the demo store, as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from pxstatspy import PxAPI, PxAPIConfig
from pxweb import PxApi
from requests.exceptions import HTTPError

from datasets.names import TOTAL
from portal.public.app import PortalOptions, create_app
from portal.public.pxweb import choices
from portal.shared.links import PXWEB
from tests.support.releases import DemoStore
from tests.support.served import served

TABLE = "notifiable-diseases.by-month"
OLD = "notifiable-diseases.by-month@2023.1"
WITHHELD: dict[str, list[str] | str] = {"province": "48", "month": "2024-01", "sex": "F", "ContentsCode": "cases"}


@pytest.fixture(scope="module")
def address(demo: DemoStore) -> Iterator[str]:
    app = create_app(PortalOptions(demo.root, demo.public_key), demo.releases)
    app.state.services.catalog.refresh()
    with served(app) as address:
        yield f"{address}{PXWEB}"


@pytest.fixture(scope="module")
def api(address: str) -> PxApi:
    return PxApi(address, language="en")


def published(demo: DemoStore, table: str) -> pd.DataFrame:
    release = demo.releases.latest("notifiable-diseases")
    (described,) = [each for each in release.description.tables if each.id == table]
    frame: pd.DataFrame = pq.read_table(demo.releases.file(release, described.parquet).path).to_pandas()
    return frame


def test_it_reads_the_configuration(api: PxApi) -> None:
    config = api.get_config()
    assert config["maxDataCells"] == choices.MAX_DATA_CELLS
    assert [language["id"] for language in config["languages"]] == ["vi", "en"]
    assert api.language == "en"


def test_it_takes_the_language_of_the_portal(address: str) -> None:
    api = PxApi(address)
    assert api.language == "vi"
    assert api.get_table_variables(TABLE)["sex"]["category"]["label"] == {TOTAL: "Tổng số", "M": "Nam", "F": "Nữ"}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("dengue", {TABLE, "notifiable-diseases.by-province"}),
        ("sot xuat huyet", {TABLE, "notifiable-diseases.by-province"}),
        ("visits", {"hospital-visits.visits"}),
        ("licence", set()),
    ],
)
def test_it_finds_tables(api: PxApi, words: str, found: set[str]) -> None:
    assert {table["id"] for table in api.search(words)["tables"]} == found


def test_it_lists_tables_and_paths(api: PxApi) -> None:
    assert api.number_of_tables == 3
    assert {table["id"] for table in api.all_tables()} == {
        TABLE,
        "notifiable-diseases.by-province",
        "hospital-visits.visits",
    }
    assert len(api.search(page_size=2)["tables"]) == 2
    assert {path["id"] for path in api.get_paths()} >= {"preventive-medicine", "notifiable-diseases"}
    assert [table["id"] for table in api.tables_on_path("hospital-visits")] == ["hospital-visits.visits"]


def test_it_reads_variables_and_code_lists(api: PxApi) -> None:
    variables = api.get_table_variables(TABLE)
    assert {name: variable["elimination"] for name, variable in variables.items()} == {
        "province": True, "month": True, "sex": True, "ContentsCode": False,
    }  # fmt: skip
    assert variables["province"]["category"]["label"]["48"] == "Da Nang"
    region = f"vs_{TABLE}.province.region"
    assert {"id": region, "label": "Provinces: Region"} in variables["province"]["codelists"]
    values = api.get_code_list(region)["values"]
    assert [(value["code"], value["label"]) for value in values] == [("N", "North"), ("S", "South")]
    assert api.get_table_metadata(TABLE)["extension"]["release"]["release"] == "2024.2"


def test_every_cell_of_a_table_is_what_was_published(api: PxApi, demo: DemoStore) -> None:
    rows = pd.DataFrame(api.get_table_data_all(TABLE, show="code"))
    names = {"Province": "province", "Month": "month", "Sex": "sex"}
    wide = rows.rename(columns=names).pivot(index=list(names.values()), columns="Measure", values="value")
    stored = published(demo, "by-month").set_index(list(names.values()))
    assert len(wide) == len(stored)
    for measure in ("cases", "mean_stay"):
        pd.testing.assert_series_equal(
            wide[measure].astype(float).sort_index(),
            stored[measure].astype(float).sort_index(),
            check_names=False,
        )


def test_a_withheld_cell_is_missing_and_never_zero(api: PxApi) -> None:
    (row,) = api.get_table_data(TABLE, WITHHELD)
    assert row["value"] is None
    rows = pd.DataFrame(api.get_table_data(TABLE, WITHHELD | {"sex": "*"}, show="code"))
    assert rows["value"].isna().tolist() == [False, True, True]
    assert pd.isna(rows["value"][1])
    (zero,) = api.get_table_data(TABLE, WITHHELD | {"province": "22", "month": "2024-04"})
    assert zero["value"] == 0


def test_a_variable_that_is_left_out_stands_at_its_published_total(api: PxApi) -> None:
    (left_out,) = api.get_table_data(TABLE, {"ContentsCode": "cases", "province": "79"})
    (total,) = api.get_table_data(TABLE, {"ContentsCode": "cases", "province": "79", "month": TOTAL, "sex": TOTAL})
    assert left_out["value"] == total["value"] > 0
    assert set(left_out) == {"Province", "Measure", "value"}


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        (["top(2)"], ["2024-11", "2024-12"]),
        (["bottom(1)"], ["2024-01"]),
        (["range(2024-03,2024-05)"], ["2024-03", "2024-04", "2024-05"]),
        (["from(2024-12)"], ["2024-12"]),
        (["to(2024-02)"], ["2024-01", "2024-02"]),
        (["2024-1*"], ["2024-10", "2024-11", "2024-12"]),
        (["2024-?2"], ["2024-02", "2024-12"]),
        (["2024-07", "2024-06"], ["2024-06", "2024-07"]),
    ],
)
def test_expressions_choose_values(api: PxApi, months: list[str], expected: list[str]) -> None:
    rows = api.get_table_data(TABLE, {"ContentsCode": "cases", "month": months}, show="code")
    assert [row["Month"] for row in rows] == expected


def test_code_lists_choose_levels(api: PxApi) -> None:
    values: dict[str, list[str] | str] = {"ContentsCode": "cases", "province": "*"}
    rows = api.get_table_data(TABLE, values, {"province": f"agg_{TABLE}.province.region"}, show="code_value")
    assert [row["Province"] for row in rows] == ["N: North", "S: South"]


def test_nothing_selected_is_answered_by_a_small_table(api: PxApi) -> None:
    rows = pd.DataFrame(api.get_table_data(TABLE, show="code"))
    assert set(rows["Province"]) == {"N", "S"}
    assert len(rows) == 2 * 12 * 2


def test_a_pinned_table_stays_as_it_was(api: PxApi) -> None:
    rows = api.get_table_data(OLD, {"ContentsCode": "cases", "month": "top(1)"}, show="code")
    assert [row["Month"] for row in rows] == ["2023-12"]
    first, second = (
        api.get_table_data(f"{TABLE}@2024.{version}", WITHHELD | {"province": "01", "sex": "M"})[0]["value"]
        for version in (1, 2)
    )
    assert second == first + 3


def test_questions_beyond_the_limit_are_parted(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = PxApi(address, language="en").get_table_data_all(TABLE)
    monkeypatch.setattr(choices, "MAX_DATA_CELLS", 40)
    monkeypatch.setattr("portal.public.pxweb.configuration.MAX_DATA_CELLS", 40)
    api = PxApi(address, language="en", disable_cache=True, max_workers=2)
    assert api.get_config()["maxDataCells"] == 40

    def sorted_rows(rows: list[dict[str, Any]]) -> list[str]:
        return sorted(map(str, rows))

    assert sorted_rows(api.get_table_data_all(TABLE)) == sorted_rows(whole)


def test_pxstatspy_reads_tables_into_frames(address: str) -> None:
    client = PxAPI(PxAPIConfig(base_url=address, language="en"))
    assert client.max_data_cells == choices.MAX_DATA_CELLS
    found = client.find_tables(query="dengue", display=False)
    assert TABLE in {table["id"] for table in found["tables"]}
    selected = {"province": ["48"], "month": ["range(2024-01,2024-04)"], "sex": ["*"], "ContentsCode": ["cases"]}
    frame = client.get_data_as_dataframe(TABLE, value_codes=selected)
    assert len(frame) == 4 * 3
    assert frame["Cases"].isna().sum() == 3 * 2, "of each sex in three months"
    assert (frame["Cases"].dropna() > 0).all()


def test_what_is_wrong_is_told_to_the_person(api: PxApi) -> None:
    with pytest.raises(HTTPError, match=r"Error 400(.|\n)*Did you mean province\?"):
        api.get_table_data(TABLE, {"provinc": "01"})
    with pytest.raises(HTTPError, match=r"Error 400(.|\n)*Did you mean 48"):
        api.get_table_data(TABLE, WITHHELD | {"province": "Đà Nẵng"})
    with pytest.raises(HTTPError, match=r"Error 404(.|\n)*Did you mean notifiable-diseases.by-month\?"):
        api.get_table_data("notifiable-diseases.by-mont", WITHHELD)
    with pytest.raises(HTTPError, match=r"Error 410(.|\n)*Wrong denominator"):
        api.get_table_metadata("hospital-visits.visits@2024.1")
    with pytest.raises(HTTPError, match="Error 404"):
        api.get_table_metadata(f"{TABLE}@2025.1")
