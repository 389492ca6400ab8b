"""The synonym table: it can be read, refuses what it does not know, and finds phrases by their marks."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.record import LEVEL_LABELS
from catalog.synonyms import SynonymTable, synonym_table
from catalog.vietnamese import words
from datasets.errors import DefinitionInvalid

TABLE = """
same:
  - [sốt xuất huyết, SXH, dengue]
  - [dại, rabies]
related:
  - {find: [bác sĩ], also: [nhân lực y tế]}
  - {find: [thầy thuốc], also: [SXH]}
levels:
  province: {same: [theo tỉnh], places: [Cần Thơ]}
function_words: [theo]
generic_words: [dữ liệu]
"""


@pytest.fixture
def table(tmp_path: Path) -> SynonymTable:
    path = tmp_path / "synonyms.yaml"
    path.write_text(TABLE, encoding="utf-8")
    return synonym_table(path)


def reached(table: SynonymTable, text: str) -> dict[str, str]:
    match = next(table.matches(words(text), 0), None)
    if match is None:
        return {}
    return {" ".join(w.text for w in phrase): how for entry in match.entries for phrase, how in entry.leads_to}


@pytest.mark.parametrize("text", ["SXH", "sxh theo tỉnh"])
def test_a_name_leads_to_the_other_names(table: SynonymTable, text: str) -> None:
    assert reached(table, text) == {"sốt xuất huyết": "same", "dengue": "same"}


def test_a_relation_goes_one_way(table: SynonymTable) -> None:
    assert reached(table, "bac si") == {"nhân lực y tế": "related"}
    assert reached(table, "nhân lực y tế") == {}


def test_what_is_related_is_so_by_all_its_names(table: SynonymTable) -> None:
    assert reached(table, "thay thuoc") == {"sxh": "related", "sốt xuất huyết": "related", "dengue": "related"}


def test_a_card_leads_to_its_insurance_and_an_epidemic_to_no_place_of_that_name() -> None:
    assert reached(synonym_table(), "thẻ bhyt")["bảo hiểm y tế"] == "related"
    assert reached(synonym_table(), "lượt khám")["khám chữa bệnh"] == "related"
    assert "dịch" not in reached(synonym_table(), "dịch bệnh")
    assert "dân số" not in reached(synonym_table(), "tuổi thọ")


def test_a_place_leads_to_what_is_told_of_every_place_of_its_level(table: SynonymTable) -> None:
    assert reached(table, "theo tinh") == {LEVEL_LABELS["province"].vi: "level"}
    assert reached(table, "can tho") == {LEVEL_LABELS["province"].vi: "within"}


def test_marks_that_were_typed_must_be_the_marks_meant(table: SynonymTable) -> None:
    assert reached(table, "dai") == reached(table, "dại") == {"rabies": "same"}
    assert reached(table, "đại") == {}


def test_words_that_do_not_decide(table: SynonymTable) -> None:
    assert [match.meaning for match in table.matches(words("theo tuần"), 0)] == ["function"]
    assert [match.meaning for match in table.matches(words("du lieu"), 0)] == ["generic"]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (TABLE + "other: []\n", "other"),
        (TABLE.replace("function_words: [theo]\n", ""), "function_words"),
        ("same: [", "synonyms.yaml"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: str, place: str) -> None:
    path = tmp_path / "synonyms.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DefinitionInvalid) as caught:
        synonym_table(path)
    assert place in caught.value.problems[0].place


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionInvalid):
        synonym_table(tmp_path / "missing.yaml")


def test_the_shipped_table_knows_the_abbreviations_of_the_ministry() -> None:
    shipped = synonym_table()
    assert "bảo hiểm y tế" in reached(shipped, "BHYT")
    assert "khám chữa bệnh" in reached(shipped, "kcb")
    assert "sốt xuất huyết" in reached(shipped, "SXH")
    assert "thành phố hồ chí minh" in reached(shipped, "TP.HCM")
    assert reached(shipped, "vắc-xin")["vaccine"] == "same"


def test_every_name_inherits_what_its_other_names_are_related_to() -> None:
    assert reached(synonym_table(), "thầy thuốc")["nhân lực y tế"] == "related"
