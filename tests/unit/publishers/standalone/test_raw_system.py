"""Raw linear systems are read as they are written, and what is wrong with them is told by row, never by value."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from datasets.errors import DisclosureRuleInvalid, SourceInvalid, SourceUnreadable, YtemoError
from publishers.standalone.raw_system import (
    RawFiles,
    cost_of,
    pattern_statuses,
    read_pattern,
    read_system,
    write_system,
)

CELLS = "cell,value,primary,structural_zero,lower_protection,upper_protection\n"
TWO = CELLS + "total,13,0,0,0,0\na,4,1,0,3,5\nb,9,0,0,0,0\n"
SUM = "relation,cell,coefficient\nr,total,-1\nr,a,1\nr,b,1\n"


def files(folder: Path, cells: str | bytes = TWO, relations: str | bytes = SUM, **others: float) -> RawFiles:
    """Write a raw system into a folder."""
    for name, text in (("cells.csv", cells), ("relations.csv", relations)):
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    (folder / "work").mkdir(exist_ok=True)
    return RawFiles(folder / "cells.csv", folder / "relations.csv", tolerance=others.get("tolerance"))


def test_a_system_is_what_the_files_say(tmp_path: Path) -> None:
    system = read_system(files(tmp_path), work=tmp_path / "work")
    assert system.cells == ("total", "a", "b")
    assert system.relations == ("r",)
    assert system.matrix.toarray().tolist() == [[-1.0, 1.0, 1.0]]
    assert system.values.tolist() == [13.0, 4.0, 9.0]
    assert system.sensitive.tolist() == [False, True, False]
    assert (system.lower.tolist(), system.upper.tolist()) == ([0.0, 3.0, 0.0], [0.0, 5.0, 0.0])
    assert (system.least.tolist(), system.most.tolist()) == ([0.0] * 3, [np.inf] * 3)
    assert not (system.known | system.frozen | system.forced).any()
    assert system.tolerance == 0.0


def test_optional_columns_count_and_blanks_do_not(tmp_path: Path) -> None:
    header = CELLS.strip() + ",cost,frozen,forced,least,most\n"
    rows = "total,13,0,0,0,0, 7,true,0,,\na , 4,1,0,3,5,1,,,1,9\nb,9,0,false,0,0,2,0,1,,20\nz,0,0,1,0,0,1,0,0,,\n"
    system = read_system(files(tmp_path, header + rows), work=tmp_path / "work")
    assert system.cells == ("total", "a", "b", "z")
    assert system.cost.tolist() == [7.0, 1.0, 2.0, 1.0]
    assert system.frozen.tolist() == [True, False, False, False]
    assert system.forced.tolist() == [False, False, True, False]
    assert system.known.tolist() == [False, False, False, True]
    assert system.least.tolist() == [0.0, 1.0, 0.0, 0.0]
    assert system.most.tolist() == [np.inf, 9.0, 20.0, np.inf]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    header = CELLS.strip() + ",cost,frozen,forced,least,most\n"
    rows = 'total,13,0,0,0,0,7,true,0,-inf,\n"a, b",4,1,0,3,5.5,1,,,1,9\nb,9,0,0,0,0,2,0,1,,20\nz,0,0,1,0,0,1,0,0,,\n'
    system = read_system(files(tmp_path, header + rows, SUM.replace("a,1", '"a, b",1')), work=tmp_path / "work")
    write_system(tmp_path / "out", system)
    sources = RawFiles(tmp_path / "out" / "cells.csv.gz", tmp_path / "out" / "relations.csv.gz")
    again = read_system(sources, work=tmp_path / "work")
    assert (again.cells, again.relations) == (system.cells, system.relations)
    for name in ("values", "sensitive", "known", "lower", "upper", "least", "most", "cost", "frozen", "forced"):
        assert getattr(again, name).tolist() == getattr(system, name).tolist()
    assert again.matrix.toarray().tolist() == system.matrix.toarray().tolist()
    assert again.least[0] == -np.inf


def test_compressed_files_semicolons_and_windows_lines(tmp_path: Path) -> None:
    plain = files(tmp_path, TWO.replace(",", ";").replace("\n", "\r\n") + "\r\n\r\n")
    packed = tmp_path / "relations.csv.gz"
    packed.write_bytes(gzip.compress(SUM.encode()))
    system = read_system(RawFiles(plain.cells, packed), work=tmp_path / "work")
    assert system.values.tolist() == [13.0, 4.0, 9.0]


def test_whole_numbers_add_up_exactly_and_decimals_nearly(tmp_path: Path) -> None:
    off = TWO.replace("total,13", "total,13000").replace("a,4", "a,4005").replace("b,9", "b,9000")
    with pytest.raises(DisclosureRuleInvalid, match=r"'r': does not add up, by 0\.00019 of what it adds up") as refused:
        read_system(files(tmp_path, off), work=tmp_path / "work")
    assert "4005" not in str(refused.value)
    assert read_system(files(tmp_path, off, tolerance=0.001), work=tmp_path / "work").tolerance == 0.001
    rounded = off.replace("13000", "1.3e4")
    assert read_system(files(tmp_path, rounded), work=tmp_path / "work").tolerance == 0.001
    with pytest.raises(DisclosureRuleInvalid, match="does not add up"):
        read_system(files(tmp_path, rounded, tolerance=0.0), work=tmp_path / "work")


HOSTILE: dict[str, tuple[str | bytes, str, str]] = {
    "a repeated cell": (TWO + "a,4,1,0,3,5\n", SUM, "cells.csv row 5, column cell: names a cell that an earlier row"),
    "no cell name": (TWO + ",4,1,0,3,5\n", SUM, "cells.csv row 5, column cell: is empty"),
    "a missing column": (TWO.replace("upper_protection", "upper"), SUM, "the column upper_protection is missing"),
    "an unknown column": (TWO.replace("cell,", "cell,x,", 1), SUM, "cells.csv row 1: column 2 has an unknown name"),
    "a column twice": (TWO.replace("cell,value", "value,cell,value", 1), SUM, "the column value is there twice"),
    "no number": (TWO.replace("b,9", "b,9 people"), SUM, "cells.csv row 4, column value: is not a number"),
    "digits of another script": (TWO.replace("b,9", "b,\u0669"), SUM, "row 4, column value: is not a number"),
    "an underscore": (TWO.replace("b,9", "b,9_999"), SUM, "cells.csv row 4, column value: is not a number"),
    "no value": (TWO.replace("b,9", "b,"), SUM, "cells.csv row 4, column value: is not a number"),
    "nan": (TWO.replace("b,9", "b,nan"), SUM, "cells.csv row 4, column value: is not a finite number"),
    "infinite": (TWO.replace("b,9", "b,1e999"), SUM, "cells.csv row 4, column value: is not a finite number"),
    "too large": (TWO.replace("b,9", "b,9007199254740993"), SUM, "cells.csv row 4, column value: is 2^53 or more"),
    "negative": (TWO.replace("a,4", "a,-4"), SUM.replace("a,1", "a,-1"), "'a': is below its lower bound"),
    "a negative level": (TWO.replace("1,0,3,5", "1,0,-3,5"), SUM, "row 3, column lower_protection: is negative"),
    "no flag": (TWO.replace("4,1,0", "4,yes,0"), SUM, "cells.csv row 3, column primary: is neither 0 nor 1"),
    "a zero with a value": (TWO.replace("9,0,0", "9,0,1"), SUM, "row 4, column structural_zero: has a value"),
    "too many fields": (TWO + "c,1,2,3,4,5,6,7\n", SUM, "cells.csv row 5: has 8 fields where the header has 6"),
    "an empty line inside": (TWO + "\nc,1,0,0,0,0\n", SUM, "cells.csv row 5, column cell: is empty"),
    "no cells": (CELLS, SUM, "cells.csv: has a header, but no rows"),
    "an empty file": ("", SUM, "cells.csv: is empty"),
    "only line ends": ("\n\n", SUM, "cells.csv: is empty"),
    "no text": (TWO.encode() + b"\x00", SUM, "holds a NUL byte"),
    "an open quote": (TWO + '"c,1,0,0,0,0\n', SUM, "cells.csv"),
    "100,000 columns": (",".join(f"c{n}" for n in range(100_000)) + "\n1\n", SUM, "has 100,000 columns"),
    "an unknown cell": (TWO, SUM + "r,c,1\n", "relations.csv row 5, column cell: is not one of the cells in cells.csv"),
    "a cell twice": (TWO, SUM + "r,a,1\n", "relations.csv row 5, column cell: is in this relation already"),
    "a zero coefficient": (TWO, SUM.replace("a,1", "a,0"), "relations.csv row 3, column coefficient: is 0"),
    "no relations": (TWO, "relation,cell,coefficient\n", "relations.csv: has a header, but no rows"),
    "sensitive and known": (TWO.replace("a,4,1,0", "a,0,1,1").replace("13", "9"), SUM, "both sensitive and known"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_bad_input_is_named_by_file_and_row(tmp_path: Path, case: str) -> None:
    cells, relations, told = HOSTILE[case]
    with pytest.raises(YtemoError) as refused:
        read_system(files(tmp_path, cells, relations), work=tmp_path / "work")
    assert told in str(refused.value)
    assert "people" not in str(refused.value)
    assert all(problem.place for problem in refused.value.problems)


def test_many_mistakes_are_counted(tmp_path: Path) -> None:
    rows = "".join(f"c{n},x,0,0,0,0\n" for n in range(30))
    with pytest.raises(SourceInvalid, match="20 more rows have the same problem"):
        read_system(files(tmp_path, TWO + rows), work=tmp_path / "work")


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    sound = files(tmp_path)
    for path, told in ((tmp_path / "none.csv", "No such file"), (tmp_path, "is a folder or a device")):
        with pytest.raises(SourceUnreadable, match=told):
            read_system(RawFiles(path, sound.relations), work=tmp_path / "work")
    cut = tmp_path / "cells.csv.gz"
    cut.write_bytes(gzip.compress(TWO.encode() * 50)[:-20])
    with pytest.raises(SourceUnreadable, match="is cut off or damaged"):
        read_system(RawFiles(cut, sound.relations), work=tmp_path / "work")


def test_costs() -> None:
    values = np.array([0.0, 5.0, -8.0])
    assert cost_of(values, "value").tolist() == [1.0, 5.0, 8.0]
    assert cost_of(values, "count").tolist() == [1.0, 1.0, 1.0]
    assert cost_of(values, "information")[1] == pytest.approx(np.log(6))


# Patterns -------------------------------------------------------------------------------------------------------------


def test_a_pattern_is_read_as_it_is_written(tmp_path: Path) -> None:
    system = read_system(files(tmp_path), work=tmp_path / "work")
    withheld = np.array([False, True, True])
    rows = list(pattern_statuses(system, withheld))
    assert rows == [("total", "published"), ("a", "primary"), ("b", "secondary")]
    pattern = tmp_path / "pattern.csv"
    pattern.write_text("cell,status\n" + "".join(f"{cell},{status}\n" for cell, status in reversed(rows)))
    assert read_pattern(pattern, system, work=tmp_path / "work").tolist() == withheld.tolist()


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("total,published\na,primary\n", "pattern.csv: does not say what becomes of cell 'b'"),
        ("total,published\na,primary\nb,shown\n", "row 4, column status: is not a status"),
        ("total,published\na,primary\nb,published\nc,published\n", "row 5, column cell: is not one of the system's"),
        ("total,published\na,primary\nb,published\nb,primary\n", "row 5, column cell: names a cell that an earlier"),
    ],
)
def test_a_pattern_of_other_cells_is_refused(tmp_path: Path, rows: str, told: str) -> None:
    system = read_system(files(tmp_path), work=tmp_path / "work")
    pattern = tmp_path / "pattern.csv"
    pattern.write_text("cell,status\n" + rows)
    with pytest.raises(SourceInvalid) as refused:
        read_pattern(pattern, system, work=tmp_path / "work")
    assert told in str(refused.value)


def test_a_pattern_of_few_of_many_cells(tmp_path: Path) -> None:
    cells = TWO + "".join(f"c{n},1,0,0,0,0\n" for n in range(30))
    system = read_system(files(tmp_path, cells), work=tmp_path / "work")
    pattern = tmp_path / "pattern.csv"
    pattern.write_text("cell,status\ntotal,published\n")
    with pytest.raises(SourceInvalid, match="22 more are missing"):
        read_pattern(pattern, system, work=tmp_path / "work")
