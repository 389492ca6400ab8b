"""The commands protect and audit: what they write, what they refuse, and that nothing is left half-written."""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from anonymization.protect_system import ProtectedSystem, protect_system
from portal.cli import app
from publishers.standalone import raw_commands, table_commands
from tests.unit.publishers.standalone.argus_example import METADATA, RULE, STATUSES, TABLE

CELLS = """\
cell,value,primary,structural_zero,lower_protection,upper_protection
all,60,0,0,0,0
r1,24,0,0,0,0
r2,36,0,0,0,0
c1,20,0,0,0,0
c2,40,0,0,0,0
a,4,1,0,3,3
b,20,0,0,0,0
c,16,0,0,0,0
d,20,0,0,0,0
"""
SUMS = {
    "rows": "all r1 r2",
    "columns": "all c1 c2",
    "row 1": "r1 a b",
    "row 2": "r2 c d",
    "left": "c1 a c",
    "right": "c2 b d",
}
RELATIONS = "relation,cell,coefficient\n" + "".join(
    f"{name},{cell},{'-1' if place == 0 else '1'}\n"
    for name, cells in SUMS.items()
    for place, cell in enumerate(cells.split())
)


@pytest.fixture
def raw(tmp_path: Path) -> list[str]:
    """Return the arguments that name a raw system of four cells with their margins."""
    (tmp_path / "cells.csv").write_text(CELLS)
    (tmp_path / "relations.csv").write_text(RELATIONS)
    return ["--cells", str(tmp_path / "cells.csv"), "--relations", str(tmp_path / "relations.csv")]


def run(*arguments: str | Path) -> Result:
    """Run a command with the least effort."""
    quick = ["--effort", "0"] if arguments[0] == "protect" and "--effort" not in arguments else []
    return CliRunner().invoke(app, [*map(str, arguments), *quick])


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# Raw systems ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("guarantee", ["exact", "interval"])
def test_a_raw_system_gets_a_pattern_that_holds(raw: list[str], tmp_path: Path, guarantee: str) -> None:
    out, again = tmp_path / "new" / "pattern.csv", tmp_path / "again.csv"
    done = run("protect", *raw, "--guarantee", guarantee, "--out", out)
    assert done.exit_code == 0, done.stderr
    distance = "whether others would be cheaper was not examined"
    assert done.stdout == f"3 of 9 cells are withheld besides 1 sensitive ones; {distance}. The pattern is in {out}.\n"
    statuses = {row["cell"]: row["status"] for row in rows(out)}
    assert list(statuses) == [line.partition(",")[0] for line in CELLS.splitlines()[1:]]
    assert {cell for cell, status in statuses.items() if status == "secondary"} == {"b", "c", "d"}
    assert statuses["a"] == "primary"
    assert run("protect", *raw, "--guarantee", guarantee, "--out", again).exit_code == 0
    assert again.read_bytes() == out.read_bytes()
    checked = run("audit", *raw, "--guarantee", guarantee, "--pattern", out, "--out", tmp_path / "audit.csv")
    assert checked.exit_code == 0, checked.stderr
    assert "4 cells are withheld, none is given away" in checked.stdout
    assert {row["cell"]: row["verdict"] for row in rows(tmp_path / "audit.csv")} == dict.fromkeys("abcd", "safe")


def test_ranges_are_told(raw: list[str], tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(_pattern("abcd"))
    assert run("audit", *raw, "--pattern", tmp_path / "p.csv", "--out", tmp_path / "a.csv").exit_code == 0
    found = {row["cell"]: (float(row["low"]), float(row["high"])) for row in rows(tmp_path / "a.csv")}
    assert found["a"][0] <= 1
    assert found["a"][1] >= 7
    assert all(low <= high for low, high in found.values())


def _pattern(withheld: str) -> str:
    cells = [line.partition(",")[0] for line in CELLS.splitlines()[1:]]
    return "cell,status\n" + "".join(f"{cell},{'withheld' if cell in withheld else 'published'}\n" for cell in cells)


def test_a_pattern_that_gives_a_cell_away_names_the_relation(raw: list[str], tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(_pattern("ab"))
    out = tmp_path / "audit.csv"
    checked = run("audit", *raw, "--pattern", tmp_path / "p.csv", "--out", out)
    assert checked.exit_code == 30
    rule = "cell 'a': can be worked out exactly from relation 'left': everything else in it is published"
    assert rule in checked.stderr
    found = {row["cell"]: row for row in rows(out)}
    assert (found["a"]["verdict"], found["a"]["relations"]) == ("derivable", "left")
    assert found["b"]["relations"] == "right"


def test_a_pattern_that_bounds_a_cell_too_tightly(raw: list[str], tmp_path: Path) -> None:
    (tmp_path / "cells.csv").write_text(CELLS.replace("a,4,1,0,3,3", "a,4,1,0,3,17"))
    (tmp_path / "p.csv").write_text(_pattern("abcd"))
    checked = run("audit", *raw, "--pattern", tmp_path / "p.csv")
    assert checked.exit_code == 30
    assert "cell 'a': can be bounded more tightly than its protection levels allow" in checked.stderr
    assert run("audit", *raw, "--pattern", tmp_path / "p.csv", "--guarantee", "exact").exit_code == 0


def test_a_pattern_that_publishes_a_sensitive_cell(raw: list[str], tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(_pattern(""))
    checked = run("audit", *raw, "--pattern", tmp_path / "p.csv", "--json")
    assert checked.exit_code == 30
    (problem,) = json.loads(checked.stdout)["error"]["problems"]
    assert (problem["place"], problem["rule"]) == ("cell 'a'", "is sensitive and published")


def test_frozen_cells_that_make_it_impossible_are_named(raw: list[str], tmp_path: Path) -> None:
    frozen = CELLS.replace("upper_protection", "upper_protection,frozen")
    for line in CELLS.splitlines()[1:]:
        frozen = frozen.replace(line, f"{line},{int(line[0] in 'bc')}")
    (tmp_path / "cells.csv").write_text(frozen)
    done = run("protect", *raw, "--out", tmp_path / "p.csv")
    assert done.exit_code == 30
    assert "cell 'a': cannot be protected whatever else is withheld" in done.stderr
    assert "do not freeze at least one of: 'c1', 'c'" in done.stderr
    assert not (tmp_path / "p.csv").exists()


def test_how_far_a_pattern_may_be_from_the_cheapest_is_told(
    raw: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run("protect", *raw, "--out", tmp_path / "p.csv", "--effort", "100000")
    assert "3 of 9 cells are withheld besides 1 sensitive ones; no others would be cheaper." in done.stdout

    def doubtful(*given: Any, **how: Any) -> ProtectedSystem:
        found = protect_system(*given, **how)
        return replace(found, bound=0.75 * found.cost, parts=1, proven=0)

    monkeypatch.setattr(raw_commands, "protect_system", doubtful)
    done = run("protect", *raw, "--out", tmp_path / "q.csv")
    assert "sensitive ones; others could be cheaper by 25.0 % at most." in done.stdout
    value = json.loads(run("protect", *raw, "--out", tmp_path / "r.csv", "--json").stdout)
    assert value["gap"] == 0.25
    assert value["bound"] == pytest.approx(0.75 * value["cost"], abs=1e-6)
    assert (value["parts"], value["parts_proven"]) == (1, 0)


def test_json_for_machines(raw: list[str], tmp_path: Path) -> None:
    done = run("protect", *raw, "--out", tmp_path / "p.csv", "--seed", "7", "--cost", "count", "--json")
    value = json.loads(done.stdout)
    assert {key: value[key] for key in ("guarantee", "seed", "cells", "primary", "secondary", "cost")} == {
        "guarantee": "interval",
        "seed": 7,
        "cells": 9,
        "primary": 1,
        "secondary": 3,
        "cost": 3.0,
    }


# Tables ---------------------------------------------------------------------------------------------------------------

TABLE_RULES = """
dimensions:
  area: {hierarchies: [{parents: {north: [a, b], south: [c, d]}}]}
  cause: {}
measures:
  cases: {}
  deaths: {}
rates:
  fatality: {numerator: deaths, denominator: cases, per: 100}
frozen: [{area: _T, cause: _T}]
safety: {policy: vn_proposed}
"""
CASES = {
    ("a", "x"): (12, 0), ("a", "y"): (30, 11), ("b", "x"): (9, 6), ("b", "y"): (3, 0), ("c", "x"): (40, 20),
    ("c", "y"): (25, 8), ("d", "x"): (16, 7), ("d", "y"): (0, 0),
}  # fmt: skip


@pytest.fixture
def table(tmp_path: Path) -> list[str | Path]:
    """Return the arguments that name a table and its rules."""
    lines = [f"{area},{cause},{cases},{deaths}" for (area, cause), (cases, deaths) in CASES.items()]
    (tmp_path / "t.csv").write_text("area,cause,cases,deaths\n" + "\n".join(lines) + "\n")
    (tmp_path / "rules.yaml").write_text(TABLE_RULES)
    return [tmp_path / "t.csv", "--rules", tmp_path / "rules.yaml"]


def test_a_table_gives_a_safe_table_and_a_report(table: list[str | Path], tmp_path: Path) -> None:
    done = run("protect", *table, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    assert f"The safe table is {tmp_path / 'out' / 'safe-table.csv'}" in done.stdout
    found = {(row["area"], row["cause"]): row for row in rows(tmp_path / "out" / "safe-table.csv")}
    assert len(found) == 7 * 3
    assert found["_T", "_T"]["cases"] == "135"
    assert found["b", "y"]["cases_status"] == "suppressed"
    assert found["d", "y"]["cases_status"] == "zero"
    assert found["a", "x"]["deaths_status"] == "zero"
    for codes, row in found.items():
        for measure, place in (("cases", 0), ("deaths", 1)):
            assert (row[measure] == "") == (row[f"{measure}_status"] == "suppressed")
            if codes in CASES and row[measure]:
                assert int(row[measure]) == CASES[codes][place]
        both = row["cases"] and row["deaths"]
        assert (row["fatality_status"] == "suppressed") == (not both)
        if both and row["cases"] != "0":
            assert float(row["fatality"]) == pytest.approx(100 * int(row["deaths"]) / int(row["cases"]), rel=1e-5)
    assert found["d", "y"]["fatality_status"] == "not_applicable"


def test_the_report_says_what_was_done_and_no_withheld_value(table: list[str | Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("protect", *table, "--out", out).exit_code == 0
    report: dict[str, Any] = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert (report["guarantee"], report["seed"], report["policy"]["name"]) == ("interval", 0, "vn_proposed")
    assert report["risk"]["safe"]
    assert report["risk"]["verdicts"]["derivable"] == report["risk"]["verdicts"]["too_narrow"] == 0
    assert report["withheld"] == report["primary"] + report["secondary"]
    cases = report["measures"][0]
    assert cases["rules"][0] == {"rule": "frequency", "cells": 1, "alone": 1}
    pattern = rows(out / "pattern.csv")
    assert sum(row["status"] == "secondary" for row in pattern) == report["secondary"]
    (small,) = [row for row in pattern if (row["area"], row["cause"], row["measure"]) == ("b", "y", "cases")]
    assert (small["status"], small["reason"], small["verdict"]) == ("primary", "frequency", "safe")
    withheld = [sum(one["withheld"] for one in dimension["members"]) for dimension in report["dimensions"]]
    assert withheld == [report["withheld"]] * 2
    text = (out / "report.md").read_text(encoding="utf-8")
    page = (out / "report.html").read_text(encoding="utf-8")
    for words in ("Cam kết", "What is promised", "frequency"):
        assert words in text
        assert words in page
    assert "<script" not in page


def test_the_same_input_gives_the_same_folder(table: list[str | Path], tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert run("protect", *table, "--out", tmp_path / name).exit_code == 0
    written = [
        {
            path.relative_to(tmp_path / name): path.read_bytes()
            for path in (tmp_path / name).rglob("*")
            if path.is_file()
        }
        for name in ("one", "two")
    ]
    assert written[0] == written[1]
    assert len(written[0]) == 5 + 3 + 1 + 2 * 4


def test_the_system_of_a_table_can_be_attacked_again(table: list[str | Path], tmp_path: Path) -> None:
    two = TABLE_RULES.replace("south: [c, d]}}]", "south: [c, d]}}, {parents: {east: [a, c], west: [b, d]}}]")
    (tmp_path / "rules.yaml").write_text(two)
    assert run("protect", *table, "--out", tmp_path / "out").exit_code == 0
    system = tmp_path / "out" / "system"
    raw: list[str | Path] = ["--cells", system / "cells.csv.gz", "--relations", system / "relations.csv.gz"]
    assert run("audit", *raw, "--pattern", system / "pattern.csv").exit_code == 0
    again = run("protect", *raw, "--out", tmp_path / "again.csv")
    assert again.exit_code == 0
    assert (tmp_path / "again.csv").read_text() == (system / "pattern.csv").read_text()
    with gzip.open(system / "relations.csv.gz", "rt", encoding="utf-8") as file:
        relations = {row["relation"] for row in csv.DictReader(file)}
    # Six sums of areas for two causes and both, and one of causes for each of nine areas; in two measures.
    assert len(relations) == 2 * (6 * 3 + 9)


def test_a_table_of_tau_argus(tmp_path: Path) -> None:
    (tmp_path / "t.tab").write_text(TABLE)
    (tmp_path / "t.rda").write_text(METADATA)
    (tmp_path / "t.hst").write_text("01;tr1;u\n")
    table: list[str | Path] = ["protect", tmp_path / "t.tab", "--rules", tmp_path / "t.rda", "--out"]
    assert run(*table, tmp_path / "out", "--safety-rule", RULE).exit_code == 0
    refused = run(*table, tmp_path / "none")
    assert refused.exit_code == 10
    assert "neither a status nor an a-priori file marks a cell as unsafe" in refused.stderr
    assert run(*table, tmp_path / "by-hand", "--apriori", tmp_path / "t.hst").exit_code == 0
    reasons = {row["reason"] for row in rows(tmp_path / "by-hand" / "pattern.csv")}
    assert reasons == {"", "decision"}


BATCH = """\
// Written by tau-ARGUS
<OPENTABLEDATA> "C:\\work\\t.tab"
<OPENMETADATA> "C:\\work\\t.rda"
<SPECIFYTABLE> "ACTIVITY""SIZE"|"VAL"||
<SAFETYRULE> FREQ(3,10)|NK(1,85)
<READTABLE> 1
<APRIORI> "t.hst",1,";",0,0
<SUPPRESS> MOD(1,5,1,0,0)
<WRITETABLE> (1,4,,"C:\\work\\t.csv")
"""


def test_a_batch_file_of_tau_argus(tmp_path: Path) -> None:
    (tmp_path / "t.tab").write_text(TABLE)
    (tmp_path / "t.rda").write_text(METADATA)
    (tmp_path / "t.hst").write_text("01;tr1;c;5000\n")
    (tmp_path / "t.arb").write_text(BATCH)
    done = run("protect", tmp_path / "t.tab", "--rules", tmp_path / "t.arb", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    letters = {(row["ACTIVITY"], row["SIZE"]): row["Status"] for row in rows(tmp_path / "out/tau-argus/VAL-result.csv")}
    assert {cell: letter for cell, letter in letters.items() if letter != "V"} == STATUSES
    with (tmp_path / "out/tau-argus/VAL.tab").open() as file:
        assert '"01";"tr1";100;10;5000;0;0;S\n' in file.readlines()


@pytest.mark.parametrize(
    ("batch", "told"),
    [
        (BATCH + "<CLUSTER> 1\n", "t.arb line 10: CLUSTER cannot be done here"),
        (BATCH + "what\n", "t.arb line 10: what stands there cannot be done here"),
        (BATCH + '<SPECIFYTABLE> "A"|"B"||\n', "t.arb line 10: has a second SPECIFYTABLE"),
        (BATCH.replace("<OPENMETADATA>", "//"), "t.arb: lacks <OPENMETADATA>"),
        (BATCH.replace('"ACTIVITY""SIZE"', ""), "names no explanatory variable"),
        (BATCH.replace('"ACTIVITY""SIZE"', '"SIZE"'), "specifies SIZE, and the table has ACTIVITY, SIZE"),
        (BATCH.replace('"VAL"', '"N"'), "specifies N, and the table has VAL"),
        (BATCH.replace("t.rda", "u.rda"), "u.rda: cannot be read"),
    ],
)
def test_batch_files_that_cannot_be_used(tmp_path: Path, batch: str, told: str) -> None:
    (tmp_path / "t.tab").write_text(TABLE)
    (tmp_path / "t.rda").write_text(METADATA)
    (tmp_path / "t.hst").write_text("01;tr1;c;5000\n")
    (tmp_path / "t.arb").write_text(batch)
    done = run("protect", tmp_path / "t.tab", "--rules", tmp_path / "t.arb", "--out", tmp_path / "out")
    assert done.exit_code in (20, 21)
    assert told in done.stderr


def test_overlapping_hierarchies_have_no_files_for_tau_argus(table: list[str | Path], tmp_path: Path) -> None:
    two = TABLE_RULES.replace("south: [c, d]}}]", "south: [c, d]}}, {parents: {east: [a, c], west: [b, d]}}]")
    (tmp_path / "rules.yaml").write_text(two)
    done = run("protect", *table, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    assert not (tmp_path / "out" / "tau-argus").exists()


def test_margins_that_do_not_add_up_are_named_without_a_value(table: list[str | Path], tmp_path: Path) -> None:
    with (tmp_path / "t.csv").open("a") as file:
        file.write("north,x,4321,6\n")
    done = run("protect", *table, "--out", tmp_path / "out")
    assert done.exit_code == 10
    assert "relation 'cases: area=north, cause=x as the sum over area': does not add up" in done.stderr
    assert "4321" not in done.stderr


def test_a_frozen_sensitive_cell_is_named(table: list[str | Path], tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(TABLE_RULES.replace("{area: _T, cause: _T}", "{area: b, cause: y}"))
    done = run("protect", *table, "--out", tmp_path / "out")
    assert done.exit_code == 10
    assert "cell 'cases: area=b, cause=y': is both sensitive and frozen" in done.stderr


def test_rules_about_rates_alone_protect_no_table_without_rates(table: list[str | Path], tmp_path: Path) -> None:
    rules = TABLE_RULES.replace("policy: vn_proposed", "policy: ons_mortality")
    (tmp_path / "rules.yaml").write_text(rules)
    assert run("protect", *table, "--out", tmp_path / "out").exit_code == 0
    start, end = rules.index("rates:"), rules.index("frozen:")
    (tmp_path / "rules.yaml").write_text(rules[:start] + rules[end:])
    done = run("protect", *table, "--out", tmp_path / "none")
    assert done.exit_code == 10
    assert "its rules are about rates, and the table has none" in done.stderr


def test_a_count_without_a_rule_is_refused(table: list[str | Path], tmp_path: Path) -> None:
    rules = TABLE_RULES.replace("deaths: {}", "deaths: {kind: sum, contributors: cases}").replace(
        "policy: vn_proposed",
        "policy: vn_proposed, frequency: none, p_percent: {p: 10}, reason: {vi: thử, en: a test}",
    )
    (tmp_path / "rules.yaml").write_text(rules)
    done = run("protect", *table, "--out", tmp_path / "out")
    assert done.exit_code == 10
    assert "measure cases: is a count, and the rules are for sums" in done.stderr
    assert not (tmp_path / "out").exists()


# Refusals -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([], "the input: is missing"),
        (["TABLE"], "--rules: is missing"),
        (["--rules", "RULES"], "TABLE: is missing"),
        (["--cells", "CELLS"], "--relations: is missing"),
        (["--relations", "RELATIONS"], "--cells: is missing"),
        (["TABLE", "--rules", "RULES", "--cells", "C", "--relations", "R"], "is a table and a raw system at once"),
        (["TABLE", "--rules", "RULES", "--safety-rule", "FREQ(3,10)"], "are for .tab files"),
    ],
)
def test_what_is_to_be_protected_must_be_clear(tmp_path: Path, given: list[str], told: str) -> None:
    done = run("protect", *given, "--out", tmp_path / "out")
    assert done.exit_code == 12
    assert told in done.stderr


def test_what_exists_is_never_overwritten(raw: list[str], table: list[str | Path], tmp_path: Path) -> None:
    out = tmp_path / "there"
    out.write_text("mine")
    for command in (["protect", *raw], ["protect", *table], ["audit", *raw, "--pattern", out]):
        done = run(*command, "--out", out)
        assert done.exit_code == 11
        assert f"--out {out}: must not exist yet" in done.stderr
    assert out.read_text() == "mine"


def test_an_output_that_cannot_be_written(raw: list[str], table: list[str | Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for command in (raw, table):
        done = run("protect", *command, "--out", tmp_path / "file" / "inside")
        assert done.exit_code == 11
        assert "cannot be written" in done.stderr


@pytest.mark.parametrize("module", ["raw", "table"])
def test_ctrl_c_leaves_nothing(
    raw: list[str], table: list[str | Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    def stop(*_arguments: object, **_more: object) -> None:
        raise KeyboardInterrupt

    before = sorted(tmp_path.rglob("*"))
    if module == "raw":
        monkeypatch.setattr(raw_commands, "csv_text", stop)
    else:
        monkeypatch.setattr(table_commands, "write_results", stop)
    done = run("protect", *(raw if module == "raw" else table), "--out", tmp_path / "out")
    assert done.exit_code == 130
    assert sorted(tmp_path.rglob("*")) == before
