"""Rates of too few cases, from a definition to what readers get: not calculated, told why, and no secret later."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from datasets.release import PublicRelease
from publishers.job import Outcome
from tests.support.clinic import definition_text, methods_text
from tests.support.publication import Ministry
from tests.support.shipped_portal import shipped_client

PEOPLE = "sex,population\nF,9000\nM,400\n"


def clinic(folder: Path, *, visits: dict[str, int], fewest: str, measures: tuple[str, ...] = ("rate",)) -> Path:
    folder.mkdir(exist_ok=True)
    tree = yaml.safe_load(definition_text())
    rate = {
        "title": {"vi": "Tỷ suất", "en": "Rate"},
        "unit": {"vi": "trên 1.000 dân", "en": "per 1,000"},
        "type": "rate",
        "numerator": "visits",
        "denominator": "people",
        "per": 1000,
    }
    people = {
        "title": {"vi": "Dân số", "en": "Population"},
        "unit": {"vi": "người", "en": "people"},
        "type": "population",
        "path": "people.csv",
        "dimensions": ["sex"],
        "source": {"vi": "Thống kê", "en": "Statistics"},
    }
    tree["measures"] = {"visits": tree["measures"]["visits"], "people": people, "rate": rate}
    title = {"vi": "Theo giới", "en": "By sex"}
    tree["tables"] = {"by-sex": {"title": title, "dimensions": ["sex"], "measures": list(measures)}}
    tree["disclosure"] = {"policy": "vn_proposed", "denominators": yaml.safe_load(fewest)}
    (folder / "dataset.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    (folder / "methods.md").write_text(methods_text(), encoding="utf-8")
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    lines = ["patient,sex,age"]
    lines += [f"p{sex}{number},{sex},{number % 90}" for sex, count in visits.items() for number in range(count)]
    (folder / "visits-2026.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def statuses(ministry: Ministry, release: PublicRelease) -> dict[str, tuple[float | None, str]]:
    with shipped_client(ministry) as client:
        rows = client.json(f"/api/v1/datasets/{release.dataset}/tables/by-sex/rows")["data"]
    return {row["sex"]: (row["rate"], row["rate_status"]) for row in rows}


@pytest.fixture
def ministry(tmp_path: Path) -> Ministry:
    return Ministry(tmp_path / "store")


def test_rates_of_few_cases_or_few_people_are_marked_and_explained(tmp_path: Path, ministry: Ministry) -> None:
    visits, fewest = {"F": 12, "M": 200}, "{events: 20, population: 500}"
    folder = clinic(tmp_path / "visits", visits=visits, fewest=fewest, measures=("visits", "rate"))
    release = ministry.publish(folder, "2026", folder)
    found = statuses(ministry, release)
    assert found["F"] == (None, "unreliable")
    assert found["M"] == (None, "unreliable")
    assert found["_T"][1] == "observed"
    disclosure = release.description.disclosure
    assert disclosure is not None
    assert "only from at least 20 cases and a denominator of at least 500" in disclosure.summary.en
    assert "[u]" in disclosure.summary.vi
    with shipped_client(ministry) as client:
        page = client.get(f"/datasets/{release.dataset}").text
    below = page[page.index('id="preview"') :].partition('id="dictionary"')[0]
    assert "[u]: Không tính, vì dựa trên quá ít trường hợp." in below, "below the chart is not below the table"
    assert "Không tính, vì dựa trên quá ít trường hợp" in page, "the page is in Vietnamese by default"


@pytest.mark.parametrize(
    ("cells", "measures", "times"),
    [({"sex": "*"}, None, 2), ({"sex": ["F", "_T"]}, None, 1), ({}, None, 0), ({"sex": "F"}, ["visits"], 1)],
)
def test_staff_and_readers_are_told_of_rates_that_are_not_calculated_where_cells_are_always_shown(
    tmp_path: Path, ministry: Ministry, cells: dict[str, object], measures: list[str] | None, times: int
) -> None:
    folder = clinic(tmp_path / "visits", visits={"F": 12, "M": 15}, fewest="{events: 14}")
    tree = yaml.safe_load((folder / "dataset.yaml").read_text(encoding="utf-8"))
    tree["disclosure"]["always_shown"] = [{"cells": cells, **({"measures": measures} if measures else {})}]
    if times == 2:
        tree["disclosure"]["denominators"] = {"events": 20}
    (folder / "dataset.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    outcomes: list[Outcome] = []
    release = ministry.publish(folder, "2026", folder, told=outcomes.append)
    said = [str(one) for one in outcomes[0].warnings]
    assert len(said) == min(times, 1)
    if times:
        assert f"the rate rate is not calculated in {times} of its cells, as denominators asks" in said[0]
        assert said[0].startswith("clinic-visits, disclosure.always_shown[1]:")
    assert release.description.disclosure is not None
    assert "are not calculated there either" in release.description.disclosure.summary.en
    assert "ở đó cũng không được tính" in release.description.disclosure.summary.vi


def test_a_small_count_is_withheld_and_looks_no_different_for_what_it_rests_on(
    tmp_path: Path, ministry: Ministry
) -> None:
    folder = clinic(tmp_path / "visits", visits={"F": 3, "M": 200}, fewest="{events: 20, population: 500}")
    found = statuses(ministry, ministry.publish(folder, "2026", folder))
    assert found["F"] == (None, "suppressed")
    assert (None, "suppressed") in (found["M"], found["_T"]), "one of them hides it"


def test_a_rate_that_was_not_calculated_is_no_secret_for_a_later_version(tmp_path: Path, ministry: Ministry) -> None:
    folder = clinic(tmp_path / "visits", visits={"F": 0, "M": 200}, fewest="{events: 20}")
    first = statuses(ministry, ministry.publish(folder, "2026", folder))
    assert first["F"] == (None, "unreliable")
    folder = clinic(tmp_path / "visits", visits={"F": 0, "M": 200}, fewest="{population: 100}")
    second = ministry.publish(folder, "2026", folder)
    assert second.manifest.version == 2
    assert statuses(ministry, second)["F"] == (0.0, "zero")
    assert statuses(ministry, second)["M"] == (500.0, "observed")
