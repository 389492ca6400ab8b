"""Text files as people write them: delimiters, quotes, line ends, header rows, and rows that do not fit."""

from __future__ import annotations

import pytest

from datasets.errors import SourceInvalid
from datasets.source import Column
from tests.unit.publishers.extract.conftest import TWO, Intake


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_finds_the_delimiter_by_the_declared_headers(intake: Intake, delimiter: str) -> None:
    intake.put("x.csv", f'a{delimiter}b\n1{delimiter}"x{delimiter}y"\n')
    assert intake.rows("x.csv") == [(1, f"x{delimiter}y")]


def test_a_declared_delimiter_and_quote_are_used(intake: Intake) -> None:
    intake.put("x.csv", "a#b\n1#'x#y'\n")
    assert intake.rows("x.csv", delimiter="#", quote="'") == [(1, "x#y")]


def test_tsv_is_cut_at_tabs_only(intake: Intake) -> None:
    intake.put("x.tsv", "a\tb\n1\tx,y\n")
    assert intake.rows("x.tsv") == [(1, "x,y")]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_line_end_is_read(intake: Intake, newline: str) -> None:
    intake.put("x.csv", newline.join(["a,b", "1,x", "2,y", ""]))
    assert intake.rows("x.csv") == [(1, "x"), (2, "y")]


def test_mixed_line_ends_are_read_record_by_record(intake: Intake) -> None:
    intake.put("x.csv", "a,b\r\n1,x\n2,y\r\n3,z")
    assert intake.rows("x.csv") == [(1, "x"), (2, "y"), (3, "z")]


def test_the_header_may_come_later_and_span_lines(intake: Intake) -> None:
    intake.put("x.csv", 'Báo cáo "tháng 1\n\n"Số\nca",b\n1,x\nx,y\n')
    columns = {"a": Column(header="Số ca", type="integer"), "b": Column()}
    assert intake.problems("x.csv", columns=columns, header_row=3) == [
        "x.csv, column a, row 5: must be a whole number with the decimal mark “.”, without separators of thousands that"
        " can mislead. correct the cell, set `decimal:`, list the text under `missing:`, or declare a string"
    ]
    assert intake.rows("x.csv", columns=columns, header_row=3, max_bad_rows=1) == [(1, "x")]


def test_rows_with_another_number_of_cells_are_told_together(intake: Intake) -> None:
    intake.put("x.csv", "a,b\n1,x\n2,SECRET,3\n3\n4,z\n")
    problems = intake.problems("x.csv")
    assert problems == [
        "x.csv, 2 rows: 3, 4: must have 2 cells, as many as the header."
        " quote cells that hold the delimiter, or correct `delimiter:`"
    ]


def test_bad_rows_of_every_kind_may_be_left_out_up_to_the_limit(intake: Intake) -> None:
    intake.put("x.csv", "a,b\n1,x\n2,y,3\nq,z\n4,w\n")
    found = intake.run("x.csv", max_bad_rows=2)
    assert (found.rows, found.bad_rows, len(found.problems)) == (2, 2, 2)
    assert len(intake.problems("x.csv", max_bad_rows=1)) == 2


def test_empty_lines_are_no_rows_but_count_as_lines(intake: Intake) -> None:
    intake.put("x.csv", "a,b\n1,x\n\n,\nq,y\n")
    assert "row 5" in intake.problems("x.csv")[0]


def test_a_row_is_counted_once_when_its_cells_hold_line_breaks(intake: Intake) -> None:
    intake.put("x.csv", 'a,b\n1,"x\ny"\nq,"p\nq"\n')
    assert "row 3" in intake.problems("x.csv")[0]


def test_names_exactly_the_bad_row_of_a_big_file(intake: Intake) -> None:
    lines = ["a,b", *(f"{number},x" for number in range(150_000))]
    lines[90_000] = "1.5,SECRET"
    intake.put("x.csv", "\n".join(lines))
    (problem,) = intake.problems("x.csv")
    assert problem.startswith("x.csv, column a, row 90001: must be a whole number")


def test_the_list_of_rows_is_capped(intake: Intake) -> None:
    intake.put("x.csv", "a,b\n" + "q,x\n" * 1000)
    assert "column a, every row (1,000): " in intake.problems("x.csv")[0]
    intake.put("x.csv", "a,b\n" + "q,x\n" * 1000 + "1,x\n")
    (problem,) = intake.problems("x.csv")
    assert "column a, 1,000 rows: 2, 3, 4," in problem
    assert " 21 and 980 more: " in problem


def test_an_open_quote_is_named_by_its_row(intake: Intake) -> None:
    intake.put("x.csv", 'a,b\n1,x\n2,"SECRET\n3,z\n')
    (problem,) = intake.problems("x.csv")
    assert problem.startswith("x.csv row 3: has a quote that is never closed")


def test_a_header_without_rows_is_invalid(intake: Intake) -> None:
    intake.put("x.csv", "a,b\n")
    with pytest.raises(SourceInvalid, match="no row that is used"):
        intake.run("x.csv")


def test_only_rows_of_where_are_used_and_checked(intake: Intake) -> None:
    intake.put("x.csv", "a,b\n1,x\nq,y\n3,x\n")
    assert intake.rows("x.csv", where={"b": ["x"]}) == [(1, "x"), (3, "x")]
    assert "where" in intake.problems("x.csv", where={"b": ["z"]})[0]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("a", "column b: no column has the header “b”"),
        ("A,b", "column a: no column has the header “a”. column 1 is spelled nearly so"),
        ("a,b,c", "column 3: is not declared"),
        ("a,c", "column 2: is not declared. if it is b, write its header under `header:` there; if not, declare it"),
        ("a,b,b", "columns 2, 3: have the same header"),
        ("a,b,", "column 3: is not declared"),
    ],
)
def test_headers_that_are_not_declared_are_told(intake: Intake, header: str, words: str) -> None:
    intake.put("x.csv", f"{header}\n{','.join('1' * len(header.split(',')))}\n")
    assert any(words in problem for problem in intake.problems("x.csv"))


def test_extra_columns_can_be_ignored_with_their_double_headers(intake: Intake) -> None:
    intake.put("x.csv", "M,a,M,b\n0,1,0,x\n")
    assert intake.rows("x.csv", extra_columns="ignore") == [(1, "x")]


def test_a_header_row_beyond_the_file_is_told(intake: Intake) -> None:
    intake.put("x.csv", "a,b\n1,x\n")
    assert "no header row was found" in intake.problems("x.csv", header_row=9)[0]


def test_names_with_wildcards_are_one_file(intake: Intake) -> None:
    intake.put("x[1]*.csv", "a,b\n1,x\n")
    intake.put("x1y.csv", "a,b\n2,y\n")
    assert intake.rows("x[1]*.csv") == [(1, "x")]


def test_the_edition_is_part_of_the_name(intake: Intake) -> None:
    intake.put("x-2024.csv", "a,b\n1,x\n")
    assert intake.rows("x-{edition}.csv", columns=TWO) == [(1, "x")]


def test_a_second_run_replaces_the_first_and_a_failed_one_leaves_nothing(intake: Intake) -> None:
    intake.put("x.csv", "a,b\n1,x\n")
    intake.run("x.csv")
    intake.put("x.csv", "a,b\nq,x\n")
    assert intake.problems("x.csv")


def test_a_header_row_far_beyond_the_file_is_told_at_once(intake: Intake) -> None:
    intake.put("x.csv", "a,b\n1,x\n")
    assert "no header row was found" in intake.problems("x.csv", header_row=10_000)[0]
