"""What people write for publication is bounded, legible and shows what it is, wherever it is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from datasets.codelist_files import load_codelist, parse_codelist
from datasets.definition_files import load_definition
from datasets.errors import DefinitionInvalid
from datasets.text import Bilingual, is_blank, legible, unfit
from datasets.text_checks import MAX_NAME, MAX_TEXT, flaw_of
from tests.support.definition_texts import METHODS, STATISTICS, broken, problems, write_definition

UNFIT = ("\0", "\x1b", "\x7f", "\x9b", "\r", "\u2028", "\u202e", "\u2066", "\u200f", "\ufffe", "\ufdd0", "\U0010ffff")
NOTHING = ("", " ", "\u00a0\u00a0", "\u200b\u200d\ufeff", "\u3164", "\u2800\u2003")
TITLE = "title: {vi: Huyện, en: District}"


@pytest.mark.parametrize("character", UNFIT, ids=ascii)
def test_a_character_that_is_not_what_it_shows_is_found(character: str) -> None:
    assert unfit(f"a{character}b") is not None
    assert legible(f"a{character}b") == f"a{ascii(character)[1:-1]}b"
    flaw = flaw_of(f"a{character}b")
    assert flaw == (
        f"holds the character U+{ord(character):04X}, which people cannot see, at position 2",
        "delete it, or write the text anew instead of copying it",
    )


def test_ordinary_texts_are_fit() -> None:
    text = "Tỷ lệ ≥ 5 %, “ngoặc” – 👩‍⚕️ ไทย العربية\tx\n"
    assert unfit(text) is None
    assert legible(text) == text
    assert flaw_of(text, one_line=False) is None


@pytest.mark.parametrize("nothing", NOTHING, ids=ascii)
def test_a_text_that_shows_nothing_is_blank(nothing: str) -> None:
    assert is_blank(nothing)
    with pytest.raises(ValueError, match="must not be empty"):
        Bilingual(vi="a", en=nothing)
    assert not is_blank(nothing + "a")


@pytest.mark.parametrize("character", UNFIT, ids=ascii)
def test_a_title_that_shows_something_else_is_refused(tmp_path: Path, character: str) -> None:
    written = json.dumps(f"Dis{character}trict") if character <= "\uffff" else f'"Dis\\U{ord(character):08x}trict"'
    found = broken(tmp_path, (TITLE, f"title: {{vi: Huyện, en: {written}}}"))
    code = f"U+{ord(character):04X}"
    assert found == [
        f"dataset.yaml line 28, key dimensions.district.title.en: holds the character {code}, which people cannot see,"
        " at position 4. delete it, or write the text anew instead of copying it"
    ]


def test_a_key_that_shows_something_else_is_refused(tmp_path: Path) -> None:
    found = broken(tmp_path, ("map: {Old town: north}", 'map: {"Old\\x1b town": north}'))
    assert ["line 30, key dimensions.district.map: has a key that holds the character U+001B" in each for each in found]


@pytest.mark.parametrize("nothing", NOTHING[1:], ids=ascii)
def test_a_title_that_shows_nothing_is_refused(tmp_path: Path, nothing: str) -> None:
    (problem,) = broken(tmp_path, (TITLE, f"title: {{vi: Huyện, en: {json.dumps(nothing)}}}"))
    assert "key dimensions.district.title.en: must not be empty. write it in both languages" in problem


@pytest.mark.parametrize(
    ("old", "new", "key", "longest"),
    [
        ("en: Visits}\nsummary", "en: {}}}\nsummary", "title.en", MAX_NAME),
        ("en: Data desk", "en: {}", "contact.name.en", MAX_NAME),
        ("en: dong", "en: {}", "measures.cost.unit.en", MAX_NAME),
        ("en: A small table.", "en: {}", "summary.en", MAX_TEXT),
        ("en: Statistics", "en: {}", "measures.people.source.en", MAX_TEXT),
    ],
)
def test_a_text_is_of_bounded_length(tmp_path: Path, old: str, new: str, key: str, longest: int) -> None:
    (problem,) = broken(tmp_path, (old, new.format("x" * 200_000)))
    assert problem.endswith(f"key {key}: has 200,000 characters, more than {longest:,}. shorten it")


def test_a_title_is_one_line_and_a_summary_may_be_several(tmp_path: Path) -> None:
    changed = ("en: A small table.}", 'en: "A small\\n\\ntable."}')
    (problem,) = broken(tmp_path, changed, (TITLE, 'title: {vi: Huyện, en: "Dis\\ntrict"}'))
    assert "key dimensions.district.title.en: must be one line without tabs. write it in one line" in problem
    text = STATISTICS.replace(*changed)
    assert load_definition(write_definition(tmp_path / "fine", text)).definition.summary.en == "A small\n\ntable."


def test_methods_are_legible(tmp_path: Path) -> None:
    visits = write_definition(tmp_path / "visits", methods=METHODS.replace("Counting.", "\tCoun\u202eting."))
    assert problems(visits)[0].startswith("methods.md line 7: holds the character U+202E")


def test_methods_are_put_into_one_form(tmp_path: Path) -> None:
    visits = write_definition(tmp_path / "visits", methods=METHODS.replace("Đếm.", "Đê\u0301m."))
    assert load_definition(visits).methods.vi == "\nĐếm.\n".strip()


@pytest.mark.parametrize(
    ("label", "rule"),
    [
        ("Nor\u202eth", "holds the character U.202E"),
        ("\u200b", "label_en is empty"),
        ("x" * (MAX_NAME + 1), "has 501 characters, more than 500"),
        ('"Nor\nth"', "must be one line without tabs"),
    ],
)
def test_a_label_is_legible(tmp_path: Path, label: str, rule: str) -> None:
    with pytest.raises(DefinitionInvalid, match=rule) as caught:
        parse_codelist(f"code,label_vi,label_en\na,Bắc,{label}\n", "list", Bilingual(vi="a", en="a"))
    assert all(problem.remedy for problem in caught.value.problems)


def test_labels_are_put_into_one_form(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("code,label_vi,label_en\na,Bă\u0301c,North\n", encoding="utf-8")
    assert load_codelist(tmp_path / "list.csv", Bilingual(vi="a", en="a")).label("a").vi == "Bắc"


# Numbers and marks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["99999999999999999999999", "9" * 4_900, "1000001"])
@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("threshold: 10", "threshold: {}", "disclosure.threshold"),
        ("  columns:\n", "  header_row: {}\n  columns:\n", "source.header_row"),
        ("numerator: visits", "numerator: visits\n    per: {}000", "measures.rate.per"),
        ("  columns:\n", "  max_bad_rows: {}000000\n  columns:\n", "source.max_bad_rows"),
    ],
)
def test_a_number_without_end_is_refused(tmp_path: Path, old: str, new: str, key: str, number: str) -> None:
    (problem,) = broken(tmp_path, (old, new.format(number)))
    assert f"key {key}: must be " in problem


@pytest.mark.parametrize(
    ("marks", "rule"),
    [
        ('delimiter: ";"\n  quote: ";"', "key source: delimiter and quote must differ. leave out delimiter"),
        ('delimiter: "\\n"', "key source.delimiter: must be a character that can be seen, or a tab or a space"),
        ('delimiter: "\\0"', "key source.delimiter: must be a character that can be seen, or a tab or a space"),
        ('quote: "\\r"', "key source.quote: must be a character that can be seen, or a tab or a space"),
    ],
)
def test_fields_of_a_text_file_can_be_told_apart(tmp_path: Path, marks: str, rule: str) -> None:
    (problem,) = broken(tmp_path, ("  columns:\n", f"  {marks}\n  columns:\n"))
    assert rule in problem


@pytest.mark.parametrize("marks", ['delimiter: "\\t"', 'quote: ""', 'delimiter: " "', "delimiter: '\"'\n  quote: ''"])
def test_other_marks_are_taken(tmp_path: Path, marks: str) -> None:
    text = STATISTICS.replace("  columns:\n", f"  {marks}\n  columns:\n")
    assert load_definition(write_definition(tmp_path / "visits", text)).definition.id == "visits"


# Remedies -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("Số-Lượt", "write so_luot"), ("2 visits", "begin it with a letter"), ("§", "begin it with a letter")],
)
def test_a_name_that_breaks_the_pattern_is_written_as_it_could_be(tmp_path: Path, name: str, remedy: str) -> None:
    found = broken(tmp_path, ("  cost:\n    title", f'  "{name}":\n    title'))
    assert any(problem.split(". ")[-1].startswith(remedy) for problem in found), found
