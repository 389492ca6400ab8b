"""The command protect with tables: what the folder holds, what its report says, and which tables are refused."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.standalone import CASES, TABLE_RULES, rows, run


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
