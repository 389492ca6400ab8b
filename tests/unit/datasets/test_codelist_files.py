"""Code list files: what is sound, what is refused, and at which line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.codelist import Codelist
from datasets.codelist_files import MAX_BYTES, codelist_csv, load_codelist, parse_codelist
from datasets.errors import DefinitionInvalid
from datasets.text import Bilingual

TITLE = Bilingual(vi="Danh mục", en="List")
SOURCE = Bilingual(vi="một phép thử", en="a test")


def parsed(text: str) -> Codelist:
    return parse_codelist(text, "list", TITLE)


def problems(text: str) -> list[str]:
    with pytest.raises(DefinitionInvalid) as caught:
        parsed(text)
    return [f"{problem.place}: {problem.rule}" for problem in caught.value.problems]


def test_three_columns_are_enough() -> None:
    codelist = parsed("code,label_vi,label_en\nM,Nam,Male\n")
    assert codelist.label("M") == Bilingual(vi="Nam", en="Male")
    assert codelist.levels == ("",)


def test_columns_may_stand_in_any_order_and_texts_are_trimmed() -> None:
    codelist = parsed('\ufefflabel_en,code,label_vi,level\n" One, two ",1, Một ,x\n')
    member = codelist.by_code["1"]
    assert (member.label.en, member.label.vi, member.level) == ("One, two", "Một", "x")


def test_writing_and_reading_again_gives_the_same_list() -> None:
    text = "code,label_vi,label_en,level,parent,valid_from,valid_to,range_from,range_to,successor\n"
    text += 'a,"Một, hai",One,top,,,,,,\nb,Ba,"Three ""x""",low,a,2024-01-01,2025-01-01,0,4,z\n'
    assert codelist_csv(parsed(text)) == text
    assert parsed(codelist_csv(parsed(text))) == parsed(text)


def test_a_packaged_list_holds_the_total() -> None:
    assert parsed("code,label_vi,label_en\n_T,Tổng số,Total\na,A,A\n").by_code["_T"].label.en == "Total"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("a,A\n", "list.csv line 2: has 2 fields where the header has 10"),
        (",A,A,,,,,,,\n", "list.csv line 2: code is empty"),
        ("a,A, ,,,,,,,\n", "list.csv line 2: label_en is empty"),
        ('a,"A,A,,,,,,,\n', "list.csv line 2: is not CSV: unexpected end of data"),
        (
            "a b,A,A,,,,,,,\n",
            "list.csv line 2: the code must be 1 to 64 letters, digits, dots, hyphens, plus signs and underscores",
        ),
        ("a,A,A,,,,,,,\na,B,B,,,,,,,\n", "list.csv line 3: the code a is also on line 2"),
        ("a,A,A,x,b,,,,,\n", "list.csv line 2: the parent b is not a code of this list"),
        ("a,A,A,x,,,,,,\nb,B,B,x,a,,,,,\n", "list.csv line 3: the parent a is of the same level"),
        ("a,A,A,,,2024-02-30,,,,\n", "list.csv line 2: valid_from must be a date such as 2025-07-01"),
        ("a,A,A,,,2024-02-02,2024-02-01,,,\n", "list.csv line 2: valid_to is before valid_from"),
        ("a,A,A,,,,,,4,\n", "list.csv line 2: range_to without range_from"),
        ("a,A,A,,,,,5,4,\n", "list.csv line 2: range_to is before range_from"),
        ("a,A,A,,,,,0,10,\nb,B,B,,,,,9,12,\n", "list.csv line 3: the range of b overlaps that of a"),
        ("a,A,A,,,,,0,,\nb,B,B,,,,,9,12,\n", "list.csv line 3: the range of b overlaps that of a"),
        ("a,A,A,,,,,A00,B99,\nb,B,B,,,,,B99,C10,\n", "list.csv line 3: the range of b overlaps that of a"),
        ("", "list.csv: has no members"),
    ],
)
def test_a_bad_row_is_refused(rows: str, message: str) -> None:
    header = "code,label_vi,label_en,level,parent,valid_from,valid_to,range_from,range_to,successor\n"
    assert problems(header + rows) == [message]


def test_numbers_are_compared_as_numbers() -> None:
    codelist = parsed("code,label_vi,label_en,range_from,range_to\na,A,A,5,9\nb,B,B,10,14\nc,C,C,15,\n")
    assert [member.code for member in codelist.members] == ["a", "b", "c"]


def test_ranges_of_two_levels_may_overlap() -> None:
    text = "code,label_vi,label_en,level,range_from,range_to\na,A,A,wide,0,99\nb,B,B,narrow,0,49\nc,C,C,narrow,50,99\n"
    assert parsed(text).levels == ("wide", "narrow")


def test_a_range_within_an_earlier_one_is_found_behind_another() -> None:
    text = "code,label_vi,label_en,range_from,range_to\na,A,A,0,99\nb,B,B,1,2\nc,C,C,50,60\n"
    assert problems(text) == [
        "list.csv line 3: the range of b overlaps that of a",
        "list.csv line 4: the range of c overlaps that of a",
    ]


def test_members_that_are_their_own_ancestors_are_refused() -> None:
    text = "code,label_vi,label_en,level,parent\na,A,A,x,b\nb,B,B,y,a\nc,C,C,z,a\n"
    assert problems(text) == [
        "list.csv line 2: a is its own ancestor",
        "list.csv line 3: b is its own ancestor",
        "list.csv line 4: c is its own ancestor",
    ]


def test_a_misspelt_parent_or_column_brings_the_nearest_word() -> None:
    with pytest.raises(DefinitionInvalid, match=r"did you mean north\?"):
        parsed("code,label_vi,label_en,level,parent\nnorth,B,B,x,\nn1,B,B,y,nort\n")
    with pytest.raises(DefinitionInvalid, match=r"did you mean label_vi\?"):
        parsed("code,labelvi,label_en\na,A,A\n")


def test_the_header_is_checked_first() -> None:
    assert problems("code,label_vi,code,colour\na,A,A,A\n") == [
        "list.csv line 1: the column label_en is missing",
        "list.csv line 1: the column code is there twice",
        "list.csv line 1: column 4 has a name that no code list has",
    ]
    assert len(problems("")) == 3


def test_a_list_of_a_definition_leaves_the_total_to_packaging(tmp_path: Path) -> None:
    file = tmp_path / "sexes.csv"
    file.write_text("code,label_vi,label_en\n_T,Tổng số,Total\n", encoding="utf-8")
    with pytest.raises(DefinitionInvalid, match="which packaging adds"):
        load_codelist(file, TITLE)


def test_a_list_is_named_by_its_file(tmp_path: Path) -> None:
    file = tmp_path / "sexes.csv"
    file.write_text("code,label_vi,label_en\nM,Nam,Male\n", encoding="utf-8")
    codelist = load_codelist(file, TITLE, source=SOURCE)
    assert (codelist.id, codelist.title, codelist.source) == ("sexes", TITLE, SOURCE)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"code,label_vi,label_en\nM,\xff,Male\n", "line 2: is not UTF-8"),
        (b"x" * (MAX_BYTES + 1), f"is larger than {MAX_BYTES} bytes"),
    ],
)
def test_a_file_that_is_no_small_text_is_refused(tmp_path: Path, content: bytes, rule: str) -> None:
    file = tmp_path / "sexes.csv"
    file.write_bytes(content)
    with pytest.raises(DefinitionInvalid, match=rule):
        load_codelist(file, TITLE)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionInvalid, match="No such file"):
        load_codelist(tmp_path / "sexes.csv", TITLE)


@given(st.text() | st.text(alphabet='abc,"\n\r_T019-').map("code,label_vi,label_en,level,parent\n".__add__))
def test_any_text_is_a_list_or_is_refused(text: str) -> None:
    found: object
    try:
        codelist = parsed(text)
        found = parsed(codelist_csv(codelist)) == codelist
    except DefinitionInvalid as error:
        found = error.problems
    assert found
