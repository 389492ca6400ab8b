"""The code of an example is whole, fits its page, and puts nothing into a program that is not a text in it."""

from __future__ import annotations

import ast
import shlex

import pytest

from portal.public.dataset_docs.written_code import PROGRAMMES, Asked, curl, javascript, python, r

WIDE = tuple((f"a_column_with_a_long_name_{number}", "string") for number in range(5))
ASKED = Asked("group", "https://x.example/a?b=1", "https://x.example/a?b=1&format=csv", "a.csv", (("b", "string"),))


def asked(kind: str, **others: object) -> Asked:
    return Asked(**{**vars(ASKED), "kind": kind, **others})


@pytest.mark.parametrize("kind", ["one", "group", "page", "whole", "codes"])
@pytest.mark.parametrize("columns", [(), ASKED.columns, WIDE, (("d", "date"), ("n", "integer"), ("x", "number"))])
def test_python_is_python(kind: str, columns: tuple[tuple[str, str], ...]) -> None:
    ast.parse(python(asked(kind, columns=columns, withheld="n")))


def test_whole_numbers_and_codes_keep_their_kinds_and_days_are_days() -> None:
    code = python(asked("whole", columns=(("d", "date"), ("n", "integer"), ("c", "string"), ("x", "number"))))
    assert 'pd.read_csv(url, dtype={"n": "Int64", "c": "string"}, parse_dates=["d"])' in code
    assert "dtype" not in python(asked("whole", columns=(("x", "number"),)))
    assert 'colClasses = c("c" = "character")' in r(asked("whole", columns=(("c", "string"), ("n", "integer"))))
    assert "colClasses" not in r(asked("whole", columns=()))


def test_many_columns_are_put_on_lines_of_their_own() -> None:
    for write in (python, r):
        assert max(map(len, write(asked("whole", columns=WIDE)).splitlines())) < 110


def test_withheld_cells_are_set_apart_where_there_are_some() -> None:
    for programme, write in PROGRAMMES.items():
        assert ("suppressed" in write(asked("group", withheld="n"))) is (programme != "curl")
        assert "suppressed" not in write(asked("group"))
        assert "suppressed" not in write(asked("one", withheld="n"))
    assert "head(data[!withheld, ])" in r(asked("whole", withheld="n"))


def test_an_address_stays_a_text() -> None:
    hostile = asked("one", json="https://x.example/?a='\"\\;rm", rows="members")
    assert shlex.split(curl(hostile)) == ["curl", "-sS", "--fail-with-body", hostile.json]
    (address,) = [node.value for node in ast.walk(ast.parse(python(hostile))) if isinstance(node, ast.Constant)][:1]
    assert address == hostile.json
    assert "const { members }" in javascript(hostile)
    page = asked("page", json="https://x.example/?a=1")
    assert "console.log(data, total, next);" in javascript(page)
    assert "console.log(csv.slice(0, 500));" in javascript(asked("whole"))
    assert shlex.split(curl(asked("whole")))[2:4] == ["-o", "a.csv"]
