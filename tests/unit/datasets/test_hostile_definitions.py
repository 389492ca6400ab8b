"""Definitions that are traps: refused within seconds, with file, rule and remedy, and nothing of other files shown."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from datasets.bounded_files import read_bounded
from datasets.codelist_files import MAX_MEMBERS, parse_codelist
from datasets.definition_checks import MAX_MARGINS
from datasets.definition_files import load_definition
from datasets.definition_problems import MOST_PROBLEMS
from datasets.errors import DefinitionInvalid
from datasets.text import Bilingual
from tests.support.definition_texts import STATISTICS, broken, problems, write_definition

FILES = ("dataset.yaml", "methods.md", "codelists/districts.csv", "codelists/index.yaml")
SECRET = "079123456789,Nguyễn Văn Bí Mật\n"
SECONDS = 5


@pytest.fixture(autouse=True)
def quickly() -> Iterator[None]:
    started = time.process_time()
    yield
    assert time.process_time() - started < SECONDS


def zeros(file: Path) -> None:
    file.symlink_to("/dev/zero")


def pipe(file: Path) -> None:
    os.mkfifo(file)


def folder(file: Path) -> None:
    file.mkdir()


def huge(file: Path) -> None:
    with file.open("wb") as stream:
        stream.truncate(20 << 30)


def link_out(file: Path) -> None:
    secret = file.parents[len(file.relative_to(file.parents[2]).parts)] / "secret.csv"
    secret.write_text(SECRET, encoding="utf-8")
    file.symlink_to(secret)


def loop(file: Path) -> None:
    file.symlink_to(file)


TRAPS: list[tuple[Callable[[Path], None], str]] = [
    (zeros, "is a link that leaves the folder"),
    (pipe, "is a folder, a pipe or a device, not a file"),
    (folder, "is a folder, a pipe or a device, not a file"),
    (huge, "is larger than"),
    (link_out, "is a link that leaves the folder"),
    (loop, "cannot be "),
]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(("trap", "rule"), TRAPS, ids=[trap.__name__ for trap, _ in TRAPS])
def test_what_is_no_small_file_of_the_folder_is_refused(
    tmp_path: Path, name: str, trap: Callable[[Path], None], rule: str
) -> None:
    visits = write_definition(tmp_path / "deeper" / "visits")
    (visits / name).unlink()
    trap(visits / name)
    found = problems(visits)
    assert any(problem.startswith(f"{name}: {rule}") for problem in found), found
    assert "079123456789" not in " ".join(found)
    assert "Bí Mật" not in " ".join(found)


def test_a_linked_folder_of_code_lists_is_refused(tmp_path: Path) -> None:
    visits = write_definition(tmp_path / "visits")
    (visits / "codelists").rename(tmp_path / "lists")
    (visits / "codelists").symlink_to(tmp_path / "lists")
    assert "is a link that leaves the folder" in problems(visits)[0]


def test_a_link_inside_the_folder_is_followed(tmp_path: Path) -> None:
    visits = write_definition(tmp_path / "visits")
    (visits / "methods.md").rename(visits / "written.md")
    (visits / "methods.md").symlink_to("written.md")
    assert load_definition(visits).methods.en == "Counting."


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionInvalid, match="cannot be opened"):
        read_bounded(tmp_path / "a\0b", within=tmp_path, most=1, message="x")


@pytest.mark.parametrize("text", [SECRET, f"{SECRET}x,y\n", "code,label_vi,label_en,079123456789\na,A,A,A\n"])
def test_a_file_that_is_no_code_list_is_not_repeated(tmp_path: Path, text: str) -> None:
    visits = write_definition(tmp_path / "visits")
    (visits / "codelists" / "districts.csv").write_text(text, encoding="utf-8")
    found = problems(visits)
    assert "has a name that no code list has" in " ".join(found)
    assert "079123456789" not in " ".join(found)
    assert "Bí Mật" not in " ".join(found)


# Too much of something ------------------------------------------------------------------------------------------------

HEADER = "code,label_vi,label_en,level,parent\n"


def list_problems(text: str) -> list[str]:
    with pytest.raises(DefinitionInvalid) as caught:
        parse_codelist(text, "list", Bilingual(vi="a", en="a"))
    return [str(problem) for problem in caught.value.problems]


def test_a_list_of_very_many_members_is_refused() -> None:
    (problem,) = list_problems(HEADER + "".join(f"c{n},A,A,,\n" for n in range(120_000)))
    assert problem.startswith(f"list.csv line {MAX_MEMBERS + 2}: is beyond 50,000 members. publish such a list")


def test_a_long_line_of_ancestors_is_passed_once() -> None:
    text = HEADER + "".join(f"c{n},A,A,l{n % 2},{f'c{n + 1}' if n < 30_000 else ''}\n" for n in range(30_001))
    assert len(parse_codelist(text, "list", Bilingual(vi="a", en="a")).members) == 30_001


def test_very_many_wrong_parents_are_not_all_told() -> None:
    found = list_problems(HEADER + "".join(f"c{n},A,A,a,x{n}\n" for n in range(30_000)))
    assert len(found) == MOST_PROBLEMS + 1
    assert found[-1] == f"list.csv: has more problems than these {MOST_PROBLEMS}. correct them and check again"


def many(count: int, *, start: int = 0) -> tuple[str, str, str]:
    """Return columns, dimensions and their names, for a definition with ``count`` more dimensions."""
    names = [f"d{n}" for n in range(start, count)]
    columns = "".join(f"    {name}: {{}}\n" for name in names)
    one = "title: {vi: A, en: A}, codelist: sex"
    return columns, "".join(f"  {name}: {{{one}}}\n" for name in names), ", ".join(names)


def crossed(tmp_path: Path, count: int, tables: int = 1) -> list[str]:
    columns, dimensions, names = many(count)
    more = "".join(
        f"  more-{n}:\n    title: {{vi: A, en: A}}\n    dimensions: [{names}]\n    measures: [visits]\n"
        for n in range(tables)
    )
    return broken(
        tmp_path,
        ("    cost: {type: number}\n", "    cost: {type: number}\n" + columns),
        ("measures:\n  visits:", f"{dimensions}measures:\n  visits:"),
        ("disclosure:\n", f"{more}disclosure:\n"),
    )


def test_64_dimensions_are_refused(tmp_path: Path) -> None:
    found = crossed(tmp_path, 64)
    assert any("key dimensions: must have at most 40 entries" in problem for problem in found), found
    assert any("key tables.more-0.dimensions: must have at most 10 entries" in problem for problem in found), found


def test_very_many_margins_are_refused(tmp_path: Path) -> None:
    (problem,) = crossed(tmp_path, 10, tables=2)
    assert f"key tables.more-1: publishes more than {MAX_MARGINS:,} margins, with the tables above" in problem
    assert "list the margins that are needed under `margins`" in problem


def test_very_many_unknown_keys_are_not_all_told(tmp_path: Path) -> None:
    keys = "".join(f"k{n}: x\n" for n in range(18_000))
    found = problems(write_definition(tmp_path / "visits", STATISTICS + keys))
    assert len(found) == MOST_PROBLEMS + 1
    assert found[-1].startswith(f"dataset.yaml: has more problems than these {MOST_PROBLEMS}")


def test_a_key_without_end_is_not_repeated(tmp_path: Path) -> None:
    (problem,) = problems(write_definition(tmp_path / "visits", f"{STATISTICS}? {'k' * 100_000}\n: x\n"))
    assert len(problem) < 2_000


# Patterns and bounds --------------------------------------------------------------------------------------------------


def column(tmp_path: Path, rules: str) -> list[str]:
    return broken(tmp_path, ("    cost: {type: number}", f"    cost: {{type: number, {rules}}}"))


@pytest.mark.parametrize(
    ("pattern", "rule"),
    [
        ("(" * 490 + ")" * 490, "is nested too deeply, or repeats too often"),
        ("a{1,99999999999999}", "is nested too deeply, or repeats too often"),
        ("(" * 5000 + ")" * 5000, "must have at most 1000 characters"),
        ("(a", "is not a regular expression: missing ), unterminated subpattern"),
    ],
)
def test_a_pattern_that_no_engine_can_take_is_refused(tmp_path: Path, pattern: str, rule: str) -> None:
    (problem,) = column(tmp_path, f"pattern: '{pattern}'")
    assert f"key source.columns.cost.pattern: {rule}" in problem


def test_a_pattern_that_may_mean_something_else_some_day_warns_nobody(tmp_path: Path) -> None:
    text = STATISTICS.replace("    cost: {type: number}", "    cost: {type: number, pattern: '[[a]'}")
    assert load_definition(write_definition(tmp_path / "visits", text)).definition.id == "visits"


@pytest.mark.parametrize("bound", ["minimum", "maximum"])
@pytest.mark.parametrize("number", [".inf", "inf", "-inf", "nan", "Infinity", "1e999"])
def test_a_bound_is_a_finite_number(tmp_path: Path, bound: str, number: str) -> None:
    (problem,) = column(tmp_path, f"{bound}: {number}")
    assert f"key source.columns.cost.{bound}: must be a" in problem
    assert "number" in problem


def test_bounds_that_leave_no_number_are_refused(tmp_path: Path) -> None:
    (problem,) = column(tmp_path, "minimum: 5, maximum: 4")
    assert "key source.columns.cost: maximum must not be below minimum" in problem
