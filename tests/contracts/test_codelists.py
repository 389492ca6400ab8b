"""The code lists that come with ytemo agree with the data that they were made from."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from catalog.vietnamese import strip_marks
from datasets.codelist import Codelist
from datasets.codelist_files import codelist_csv, parse_codelist
from datasets.definition_files import builtin_codelists
from datasets.geography import Crosswalk
from tests.support.shared import SHARED

LISTS = {codelist.id: codelist for codelist in builtin_codelists()}
NOTICE = (Path(__file__).parents[2] / "NOTICE").read_text(encoding="utf-8")


def raw(name: str) -> list[dict[str, str]]:
    with (SHARED / "data" / "admin_units" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def as_the_state_spells_it(name: str) -> str:
    """The source has old and new ways to place tone marks, and no word for city; ours is that of the state."""
    ours = {"Thanh Hoá": "Thanh Hóa", "Khánh Hoà": "Khánh Hòa", "Hồ Chí Minh": "TP. Hồ Chí Minh"}
    return ours.get(name, name)


def names(codelist: Codelist, level: str) -> dict[str, str]:
    return {member.code: member.label.vi for member in codelist.at_levels([level])}


def test_the_34_provinces_are_those_of_the_source() -> None:
    rows = raw("provinces_34.csv")
    assert len(rows) == 34
    assert names(LISTS["provinces"], "province") == {row["code"]: as_the_state_spells_it(row["name"]) for row in rows}
    assert {m.code: m.label.en for m in LISTS["provinces"].members} == {row["code"]: row["name_en"] for row in rows}
    assert {member.valid_from for member in LISTS["provinces"].members} == {"2025-07-01"}


def test_the_63_provinces_are_those_of_the_source_and_ha_tay() -> None:
    rows = raw("province_crosswalk_63_to_34.csv")
    legacy = LISTS["provinces-legacy"]
    expected = {row["code63"]: as_the_state_spells_it(row["name"]) for row in rows}
    assert len(expected) == 63
    assert names(legacy, "province") == {**expected, "28": "Hà Tây"}
    assert legacy.by_code["28"].valid_to == "2008-07-31"
    regions = names(legacy, "region")
    given = {member.code: regions[member.parent] for member in legacy.at_levels(["province"])}
    assert given == {**{row["code63"]: row["region6_legacy"] for row in rows}, "28": "Đồng bằng sông Hồng"}


def test_the_crosswalk_is_that_of_the_source() -> None:
    crosswalk = Crosswalk(LISTS["provinces-legacy"])
    for row in raw("province_crosswalk_63_to_34.csv"):
        assert crosswalk.successor_of(row["code63"]) == row["code34"]
    for row in raw("provinces_34.csv"):
        assert crosswalk.parts_of(row["code"]) == set(row["merged_from"].split())


def test_the_communes_are_those_of_the_source() -> None:
    rows = raw("wards_2026_07.csv")
    communes = LISTS["communes"].at_levels(["commune"])
    assert len(rows) == len(communes) == 3321
    assert {member.code: member.parent for member in communes} == {
        row["ward_code"]: row["province_code"] for row in rows
    }
    given = {member.code: member.label.vi for member in communes}
    # One name of the source begins with a small letter.
    assert given == {row["ward_code"]: row["full_name"][0].upper() + row["full_name"][1:] for row in rows}
    assert names(LISTS["communes"], "province") == names(LISTS["provinces"], "province")


def test_age_bands_hold_every_age_once_on_each_level() -> None:
    bands = LISTS["age-bands"]
    for level in bands.levels:
        for age in range(130):
            inside = [
                member.code
                for member in bands.at_levels([level])
                if int(member.range_from) <= age <= int(member.range_to or 999)
            ]
            assert len(inside) == 1, (level, age)
    for band in bands.at_levels(["band"]):
        group = bands.by_code[band.parent]
        assert int(group.range_from) <= int(band.range_from)
        assert int(band.range_to or 999) <= int(group.range_to or 999)


def test_icd10_has_22_chapters_and_no_code_in_two() -> None:
    chapters = LISTS["icd10-chapters"].members
    assert len(chapters) == 22
    codes = [f"{letter}{number:02d}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for number in range(100)]
    for code in codes:
        assert sum(chapter.range_from <= code <= chapter.range_to for chapter in chapters) <= 1, code
    found = {
        code: chapter.code for code in codes for chapter in chapters if chapter.range_from <= code <= chapter.range_to
    }
    assert [found[code] for code in ("A90", "C50", "D50", "E11", "J18", "O80", "T98", "V01", "Z00", "U07")] == [
        "I", "II", "III", "IV", "X", "XV", "XIX", "XX", "XXI", "XXII",
    ]  # fmt: skip
    assert "D49" not in found


@pytest.mark.parametrize("codelist", LISTS.values(), ids=LISTS.keys())
def test_a_list_names_its_source_and_survives_writing(codelist: Codelist) -> None:
    assert codelist.source is not None
    assert codelist.source.vi != codelist.source.en
    again = parse_codelist(codelist_csv(codelist), codelist.id, codelist.title, source=codelist.source)
    assert again == codelist


def test_the_notice_names_every_list_that_others_made() -> None:
    for codelist in LISTS.values():
        assert codelist.source is not None
        assert (
            ("MIT" in codelist.source.vi) == ("MIT" in codelist.source.en) == (f"codelists/{codelist.id}.csv" in NOTICE)
        )
    assert "Copyright (c) 2025 Tran Ngoc Minh Hieu" in NOTICE
    assert "Copyright (c) 2021 Thang Le Quoc" in NOTICE


def test_a_province_has_one_spelling_in_every_list() -> None:
    spelt: dict[str, set[str]] = {}
    for name in ("provinces", "provinces-legacy", "communes"):
        for label in names(LISTS[name], "province").values():
            spelt.setdefault(strip_marks(label), set()).add(label)
    assert {name: labels for name, labels in spelt.items() if len(labels) > 1} == {}
    assert (spelt["thanh hoa"], spelt["khanh hoa"]) == ({"Thanh Hóa"}, {"Khánh Hòa"})


def test_the_title_of_the_old_provinces_tells_of_the_one_more() -> None:
    codelist = LISTS["provinces-legacy"]
    assert len(names(codelist, "province")) == 64
    assert "Hà Tây" in codelist.title.vi
    assert "Ha Tay" in codelist.title.en
