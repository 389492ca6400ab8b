"""Files of tau-ARGUS mean here what they mean there, and what is written is read back as the same."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from datasets.disclosure import Dominance, PPercent, PriorPosterior
from datasets.errors import DisclosureRuleInvalid, SourceInvalid, YtemoError
from publishers.standalone.argus.metadata import hierarchy_pairs, hierarchy_text, parse_metadata
from publishers.standalone.argus.safety import parse_safety
from publishers.standalone.argus.tables import ArgusFiles, read_argus
from publishers.standalone.results import write_results
from publishers.standalone.table_input import TableInput
from publishers.standalone.table_protection import Demand, protect_table
from tests.unit.publishers.standalone.argus_example import METADATA, RULE, STATUSES, TABLE


def read(folder: Path, table: str = TABLE, metadata: str = METADATA, apriori: str | None = None) -> TableInput:
    """Write a table with its metadata into a folder, and read them."""
    folder.mkdir(exist_ok=True)
    (folder / "t.tab").write_text(table, encoding="utf-8")
    (folder / "t.rda").write_text(metadata, encoding="utf-8")
    (folder / "work").mkdir(exist_ok=True)
    path = None
    if apriori is not None:
        path = folder / "t.hst"
        path.write_text(apriori, encoding="utf-8")
    return read_argus(ArgusFiles(folder / "t.tab", folder / "t.rda", path, 20.0), work=folder / "work")


@pytest.mark.parametrize("guarantee", ["exact", "interval"])
def test_the_pattern_is_what_tau_argus_printed(tmp_path: Path, guarantee: str) -> None:
    table = read(tmp_path)
    done = protect_table(table, Demand(parse_safety(RULE).rules, guarantee, effort=0))  # type: ignore[arg-type]
    (tmp_path / "out").mkdir()
    write_results(tmp_path / "out", done)
    with (tmp_path / "out" / "tau-argus" / "VAL-result.csv").open(encoding="utf-8") as file:
        found = {(row["ACTIVITY"], row["SIZE"]): row["Status"] for row in csv.DictReader(file)}
    assert {cell: status for cell, status in found.items() if status != "V"} == STATUSES
    assert len(found) == 12


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    done = protect_table(read(tmp_path), Demand(parse_safety(RULE).rules, "interval", effort=0))
    (tmp_path / "out").mkdir()
    write_results(tmp_path / "out", done)
    written = tmp_path / "out" / "tau-argus"
    work = tmp_path / "again"
    work.mkdir()
    again = read_argus(ArgusFiles(written / "VAL.tab", written / "VAL.rda", written / "VAL.hst"), work=work)
    assert again.measures[0].values.tolist() == done.table.measures[0].values.tolist()
    assert again.measures[0].contributors.tolist() == done.table.measures[0].contributors.tolist()
    assert again.decided is not None
    assert again.decided.unsafe.tolist() == done.system.sensitive.tolist()
    assert again.decided.lower[again.decided.unsafe] == pytest.approx(done.system.lower[done.system.sensitive])
    assert again.forced.tolist() == done.protected.secondary.tolist()
    repeated = protect_table(again, Demand((), "interval", effort=0))
    assert repeated.protected.withheld.tolist() == done.protected.withheld.tolist()


HIERARCHY = '    <HIERARCHICAL>\n    <HIERCODELIST> "C:\\data\\act.hrc"\n    <HIERLEADSTRING> "@"\n'
DEEP = METADATA.replace(
    'ACTIVITY\n  <RECODEABLE>\n  <TOTCODE> "Total"\n', 'ACTIVITY\n  <RECODEABLE>\n  <TOTCODE> "Total"\n' + HIERARCHY
)


def test_hierarchies_come_from_files_or_from_the_codes(tmp_path: Path) -> None:
    (tmp_path / "act.hrc").write_text("low\n@ 01\n@ 02\n06\n")
    table = read(tmp_path, metadata=DEEP)
    by_codes = {table.codes(cell): float(table.measures[0].values[cell]) for cell in range(len(table))}
    assert by_codes["low", "tr1"] == 130
    assert table.computed == 3
    assert table.measures[0].contributions is None
    levels = DEEP.replace(HIERARCHY, "    <HIERARCHICAL>\n    <HIERLEVELS> 1 1\n")
    digits = read(tmp_path, metadata=levels)
    assert {code for one in range(len(digits)) for code in digits.codes(one)[:1]} == {"_T", "0", "01", "02", "06"}


def test_statuses_and_decisions(tmp_path: Path) -> None:
    metadata = METADATA + "mark\n  <STATUS>\n"
    metadata = metadata.replace('<SEPARATOR> ";"', '<SEPARATOR> ";"\n <SAFE> "v" \n <UNSAFE> "x" <PROTECT> "f"')
    lines = TABLE.splitlines()
    table = "\n".join(f"{line};{mark}" for line, mark in zip(lines, "xvvvvvvvvvvf", strict=True)) + "\n"
    decisions = '"02";"tr1";u\n02;tr1;pl;1,5;2\n01;tr1;s\n06;tr2;m\n06;tr1;c;7\nTotal;tr1;p\n'
    found = read(tmp_path, table, metadata, decisions)
    cell = {found.codes(at): at for at in range(len(found))}
    assert found.decided is not None
    assert found.weights is not None
    assert np.flatnonzero(found.decided.unsafe).tolist() == [cell["02", "tr1"]]
    assert (found.decided.lower[cell["02", "tr1"]], found.decided.upper[cell["02", "tr1"]]) == (1.5, 2.0)
    assert np.flatnonzero(found.exempt).tolist() == [cell["01", "tr1"]]
    assert np.flatnonzero(found.forced).tolist() == [cell["06", "tr2"]]
    assert sorted(np.flatnonzero(found.frozen)) == sorted([cell["_T", "_T"], cell["_T", "tr1"]])
    assert (found.weights[cell["06", "tr1"]], found.weights[cell["06", "tr2"]]) == (7.0, 40.0)
    without = read(tmp_path / "b", table, metadata)
    assert without.decided is not None
    assert np.flatnonzero(without.decided.unsafe).tolist() == [cell["01", "tr1"]]
    assert without.decided.lower[cell["01", "tr1"]] == 20.0


def test_other_columns(tmp_path: Path) -> None:
    table = "".join(f"{line};{place + 1};300,5;0,5;0\n" for place, line in enumerate(TABLE.splitlines()))
    extra = (
        "price\n <NUMERIC> <COST>\nshade\n <NUMERIC> <SHADOW>\nlow\n <NUMERIC> <LOWERPL>\nhigh\n <NUMERIC> <UPPERPL>\n"
    )
    found = read(tmp_path, table, METADATA + extra + " <DISTANCE> 1 1\n")
    assert found.weights is not None
    assert sorted(found.weights) == list(range(1, 13))
    assert found.measures[0].contributions is not None
    assert set(found.measures[0].contributions.total) == {300.5}
    assert [note.en for note in found.notes] == [
        "<DISTANCE> of the metadata bears on nothing here and was passed over."
    ]


def test_frequency_tables_and_missing_cells(tmp_path: Path) -> None:
    metadata = METADATA[: METADATA.index("VAL")] + "N\n <FREQUENCY>\n"
    found = read(tmp_path, "a;x;3\na;y;4\nb;x;5\n", metadata)
    assert found.measures[0].counts
    cell = {found.codes(at): at for at in range(len(found))}
    assert found.measures[0].values[cell["b", "y"]] == 0
    assert found.measures[0].values[cell["_T", "_T"]] == 12


BAD_METADATA = {
    "no explanatory": ("x\n <NUMERIC>\n", "has no explanatory variable"),
    "an unknown keyword": (METADATA + "  <COLOUR>\n", "line 16: <COLOUR> is not a keyword of tables"),
    "microdata": (METADATA + "w\n <WEIGHT>\n", "belongs to microdata"),
    "no variable": ("<RECODEABLE>\n", "line 1: <RECODEABLE> stands above all variables"),
    "two frequencies": (METADATA + "N2\n <FREQUENCY>\n", "names two variables as frequency"),
    "a variable twice": (METADATA + "VAL\n <MAXSCORE>\n", "has the variable VAL twice"),
    "no role": (METADATA + "X\n", "does not say what X is"),
    "no hierarchy": (METADATA.replace("SIZE\n", "SIZE\n <HIERARCHICAL>\n"), "neither <HIERLEVELS> nor <HIERCODELIST>"),
    "no number": (METADATA.replace("DECIMALS> 0", "DECIMALS> x"), "<DECIMALS> needs whole numbers"),
    "no separator": (METADATA.replace('";"', ""), "<SEPARATOR> has no value"),
}


@pytest.mark.parametrize("case", BAD_METADATA)
def test_metadata_that_cannot_be_used(case: str) -> None:
    text, told = BAD_METADATA[case]
    with pytest.raises(SourceInvalid) as refused:
        parse_metadata(text, "t.rda")
    assert told in str(refused.value)


BAD_TABLES: dict[str, tuple[str, str, str | None, str]] = {
    "a short row": (TABLE + "01;tr1\n", METADATA, None, "t.tab row 13: has 2 fields where the metadata has 5"),
    "a cell twice": (TABLE + "01;tr1;1;1;1\n", METADATA, None, "t.tab row 13: is about"),
    "no rows": ("\n", METADATA, None, "t.tab"),
    "quotes": ('"01;tr1;1;1;1\n', METADATA, None, "has quotes that do not match"),
    "no number": (TABLE.replace("100;10", "many;10"), METADATA, None, "t.tab row 1, column VAL: is not a number"),
    "a broken count": (TABLE.replace("100;10", "100;-1"), METADATA, None, "has a frequency that is no whole number"),
    "two responses": (TABLE.replace("\n", ";1\n"), METADATA + "V2\n <NUMERIC>\n", None, "several response variables"),
    "only totals": ("Total;tr1;1;1;1\n", METADATA, None, "ACTIVITY has only the total"),
    "no status": (TABLE.replace("\n", ";Q\n"), METADATA + "s\n <STATUS>\n", None, "row 1, column s: is not a status"),
    "neither": ("a;x;3\n", METADATA[: METADATA.index("VAL")] + "N\n <MAXSCORE>\n", None, "neither a response variable"),
    "an unknown code": (TABLE, METADATA, "01;tr9;u\n", "t.hst row 1: names a cell that the table does not have"),
    "an unknown command": (TABLE, METADATA, "01;tr1;ab;1;2\n", "t.hst row 1: has a command that is unknown"),
    "no level": (TABLE, METADATA, "01;tr1;pl;-1;2\n", "t.hst row 1: PL takes 2 numbers of 0 or more"),
    "no cost": (TABLE, METADATA, "01;tr1;c;x\n", "t.hst row 1: C takes 1 numbers"),
    "both": (TABLE, METADATA, "01;tr1;u\n01;tr1;s\n", "decides 1 cells in two ways"),
    "a skipped level": (TABLE, DEEP, None, "act.hrc line 2: skips a level"),
    "a code without": (TABLE.replace("06", "0777"), DEEP.replace(HIERARCHY, "<HIERLEVELS> 1 1\n"), None, "0777 has 4"),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_tables_that_cannot_be_used(tmp_path: Path, case: str) -> None:
    table, metadata, apriori, told = BAD_TABLES[case]
    (tmp_path / "act.hrc").write_text("low\n@@01\n")
    with pytest.raises(YtemoError) as refused:
        read(tmp_path, table, metadata, apriori)
    assert told in str(refused.value)


def test_hierarchies_are_written_as_they_are_read() -> None:
    text = "north\n@a\n@@a1\n@b\nsouth\n"
    assert hierarchy_text(hierarchy_pairs(text, "@", "x.hrc"), "@") == text
    with pytest.raises(SourceInvalid, match=r"x\.hrc line 2: has no code"):
        hierarchy_pairs("a\n@@\n", "@", "x.hrc")


# Safety rules ---------------------------------------------------------------------------------------------------------


def test_safety_rules() -> None:
    argus = parse_safety("p(20,3)|NK(3,75)|NK(1,50)|FREQ(5,30)|ZERO(4)|MAN(15)|WGT(0)|MIS(0)|")
    (rules,) = argus.rules
    assert rules.p_percent == PPercent(p=20, coalition=3)
    assert rules.dominance == (Dominance(n=3, k=75), Dominance(n=1, k=50))
    assert (rules.frequency, rules.interval_percent) == (5, 30.0)
    assert (rules.zeros, rules.zero_range) == ("protect", 4.0)
    assert argus.margin == 15.0


def test_several_closeness_rules_apply_together() -> None:
    first, second = parse_safety("P(25,100,1)|P(0,100,0)|P(10,50,2)").rules
    assert first.p_percent == PPercent(p=25, coalition=1)
    assert second.p_q == PriorPosterior(p=10, q=50, coalition=2)
    assert parse_safety("").rules == ()
    assert parse_safety("P(5)").rules[0].p_percent == PPercent(p=5)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("REQ(10,20,3,5)", "REQ cannot be applied here"),
        ("FREK(3,10)", "FREK cannot be applied here"),
        ("FREQ 3", "is not written as NAME"),
        ("FREQ(3)", "FREQ has 1 numbers"),
        ("FREQ(a,b)", "is not a number"),
        ("FREQ(3,1e999)", "is not a number"),
        ("FREQ(3,10)|FREQ(4,10)", "FREQ is there twice"),
        ("WGT(1)", "WGT may only be 0"),
        ("NK(1,200)", "a number is out of range"),
        ("ZERO(3)", "a number is out of range"),
    ],
)
def test_rules_that_are_not_applied_are_refused(text: str, told: str) -> None:
    with pytest.raises(DisclosureRuleInvalid) as refused:
        parse_safety(text)
    assert told in str(refused.value)
