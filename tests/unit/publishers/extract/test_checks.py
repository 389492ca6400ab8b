"""Cells: which texts are numbers and dates, which rules can be broken, and that reading is exact or refused."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import duckdb
import pytest

from datasets.date_formats import DIRECTIVES
from datasets.errors import DefinitionInvalid
from datasets.source import Column
from tests.unit.publishers.extract.conftest import Intake


def _values(intake: Intake, column: Column, texts: Iterable[str], **given: object) -> dict[str, object]:
    """Read each text as one cell and return the values; a text that is refused is left out."""
    texts = list(texts)
    intake.put("x.tsv", "a\tb\n" + "".join(f"{text}\t{text}.\n" for text in texts))
    columns = {"a": column, "b": Column()}
    rows = intake.rows("x.tsv", columns=columns, max_bad_rows=len(texts), **given)
    return {str(text).removesuffix("."): value for value, text in rows}


def test_integers_are_exact_or_refused(intake: Intake) -> None:
    read = {"12": 12, "+5": 5, "-0": 0, "007": 7, "3.0": 3, "1,234,567": 1234567, "9223372036854775807": 2**63 - 1}
    refused = ["9223372036854775808", "1.5", "1.000", "1,234", "1e3", "1_000", "0x10", "١٢", "--1", "x", "1,23,456"]
    assert _values(intake, Column(type="integer"), [*read, *refused]) == read


def test_white_space_around_a_cell_is_taken_off(intake: Intake) -> None:
    intake.put("x.tsv", "a\tb\n 12\u00a0\t \u00a0x y \n")
    assert intake.rows("x.tsv") == [(12, "x y")]


def test_numbers_with_a_point(intake: Intake) -> None:
    read = {"1.5": 1.5, ".5": 0.5, "-1e3": -1000.0, "1,234.5": 1234.5, "7": 7.0}
    refused = ["1,5", "1,234", "nan", "inf", "1e999", "1_0", "1.2.3", "1.234,5"]
    assert _values(intake, Column(type="number"), [*read, *refused]) == read


def test_numbers_with_a_comma(intake: Intake) -> None:
    read = {"1,5": 1.5, "1.234,5": 1234.5, "1.234.567": 1234567.0, "-3": -3.0}
    refused = ["1.234", "1.5", "1,234.5", "1,2,3"]
    assert _values(intake, Column(type="number"), [*read, *refused], decimal=",") == read


def test_integers_with_a_decimal_comma(intake: Intake) -> None:
    read = {"5,0": 5, "1.234.567": 1234567}
    assert _values(intake, Column(type="integer"), [*read, "1.234", "5,5", "5.0"], decimal=",") == read


def test_dates_by_the_first_format_that_fits(intake: Intake) -> None:
    formats = ("%d/%m/%Y", "%Y-%m-%d", "tháng %m năm %Y")
    march = date(2024, 3, 1)
    read = {"1/3/2024": march, "2024-03-01": march, "tháng 3 năm 2024": march, "2/3/2024": date(2024, 3, 2)}
    refused = ["01/03/24", "30/02/2024", "2024-03-01x", "13.12.2024", "3/2024"]
    assert _values(intake, Column(type="date", formats=formats), [*read, *refused]) == read


def test_the_engine_reads_every_directive_that_a_definition_may_have() -> None:
    with duckdb.connect() as connection:
        for directive in DIRECTIVES:
            connection.execute("SELECT try_strptime('', ?)", [f"%{directive}"])


@pytest.mark.parametrize(
    ("formats", "told"),
    [
        (("%Y-%m-%d",), ', or declare how its dates are written: formats: ["%d/%m/%Y"] reads 31/12/2026, ["%d/%m/%y"]'),
        (("%d/%m/%Y",), 'formats: ["%d/%m/%y"] reads 31/12/26, ["%Y-%m-%d"] reads 2026-12-31'),
        (("%d/%m/%Y", "%d/%m/%y", "%Y-%m-%d"), "correct the cell"),
    ],
)
def test_dates_in_another_form_are_told_with_the_key(intake: Intake, formats: tuple[str, ...], told: str) -> None:
    intake.put("x.csv", "a\n3.1.2026\n")
    (problem,) = intake.problems("x.csv", columns={"a": Column(type="date", formats=formats)})
    assert told in problem
    assert problem.endswith(told) or len(formats) == 1


def test_what_is_advised_for_years_of_two_digits_reads_them(intake: Intake) -> None:
    intake.put("x.csv", "a\n31/12/26\n")
    (problem,) = intake.problems("x.csv", columns={"a": Column(type="date", formats=("%d/%m/%Y",))})
    assert '["%d/%m/%y"] reads 31/12/26' in problem
    assert intake.rows("x.csv", columns={"a": Column(type="date", formats=("%d/%m/%y",))}) == [(date(2026, 12, 31),)]


def test_missing_texts_are_null_and_required_cells_are_told(intake: Intake) -> None:
    intake.put("x.csv", "a,b\n1,NA\n2, - \n3,\n,x\n")
    assert intake.problems("x.csv", missing=["", "NA", "-"]) == [
        "x.csv, column a, row 5: must not be missing. fill the cell, or set `required: false`"
    ]
    assert intake.rows("x.csv", missing=["", "NA", "-"], max_bad_rows=1) == [(1, None), (2, None), (3, None)]


def test_an_empty_text_is_a_value_where_it_is_not_declared_missing(intake: Intake) -> None:
    intake.put("x.csv", "a,b\n1,\n2,NA\n")
    assert intake.rows("x.csv", missing=["NA"]) == [(1, ""), (2, None)]


def test_each_rule_is_told_with_its_rows(intake: Intake) -> None:
    intake.put("x.csv", "a,b\n1,x\n50,y\n200,z\n")
    columns = {"a": Column(type="integer", minimum=10, maximum=100), "b": Column(values=("x", "y"), pattern="[xz]")}
    assert [problem.split(". ")[0] for problem in intake.problems("x.csv", columns=columns)] == [
        "x.csv, column a, row 2: must be at least 10",
        "x.csv, column a, row 4: must be at most 100",
        "x.csv, column b, row 3: must match the pattern [xz]",
        "x.csv, column b, row 4: must be one of the declared values: x, y",
    ]


def test_codes_without_their_zeros_are_no_reason_to_change_the_definition(intake: Intake) -> None:
    intake.put("x.csv", "a,b\n" + "1,1\n" * 30 + "x,9\n")
    columns = {"a": Column(pattern="[0-9]{2}"), "b": Column(values=("01", "02"))}
    first, second = intake.problems("x.csv", columns=columns)
    assert first.startswith("x.csv, column a, every row (31): must match the pattern")
    assert all("its codes have lost their leading zeros, as Excel does to them" in each for each in (first, second))
    assert "pattern" not in first.partition("{2}")[2]


def test_declared_numbers_are_compared_as_numbers(intake: Intake) -> None:
    intake.put("x.csv", "a,b\n1.50,01\n2,2\n3,3\n")
    columns = {"a": Column(type="number", values=("1.5", "2")), "b": Column(type="integer", values=("1", "2"))}
    assert [problem.split(": ")[0] for problem in intake.problems("x.csv", columns=columns)] == [
        "x.csv, column a, row 4",
        "x.csv, column b, row 4",
    ]


def test_a_repeated_value_is_told_at_its_later_rows(intake: Intake) -> None:
    intake.put("x.csv", "a,b\n1,x\n2,\n1,\n1,z\n")
    columns = {"a": Column(type="integer", unique=True), "b": Column(required=False, unique=True)}
    (problem,) = intake.problems("x.csv", columns=columns)
    assert problem.startswith("x.csv, column a, 2 rows: 4, 5: must not repeat")
    assert intake.rows("x.csv", columns=columns, max_bad_rows=2) == [(1, "x"), (2, None)]


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (Column(pattern="(?=x)"), "source.columns.a.pattern: cannot be used"),
        (Column(minimum=3), "minimum and maximum are for numbers"),
    ],
)
def test_a_declaration_that_cannot_be_applied_is_refused(intake: Intake, column: Column, words: str) -> None:
    intake.put("x.csv", "a,b\n1,x\n")
    with pytest.raises(DefinitionInvalid, match=r"cannot be used|does not suit") as caught:
        intake.run("x.csv", columns={"a": column, "b": Column()})
    assert words in str(caught.value)


def test_no_error_shows_a_value(intake: Intake) -> None:
    intake.put("x.csv", "a,b\nNguyễn Văn A,x\n1,001099012345\n")
    with pytest.raises(Exception, match="cannot be used") as caught:
        intake.run("x.csv", columns={"a": Column(type="integer"), "b": Column(pattern="[a-z]")})
    shown = str(caught.value) + repr(caught.value.__context__)
    assert "Nguy" not in shown
    assert "001099012345" not in shown
