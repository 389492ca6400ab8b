"""The commands protect and audit with raw systems: patterns, ranges, relations that give cells away."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from anonymization import attack_bounds
from anonymization.protect_system import ProtectedSystem, protect_system
from publishers.standalone import raw_commands
from tests.support.standalone import CELLS, rows, run


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
    safe = "none can be worked out from the sums" if guarantee == "exact" else "none is given away"
    assert f"4 cells are withheld, {safe}" in checked.stdout
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

    monkeypatch.setattr(raw_commands, "protect_beyond_bounds", doubtful)
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


THREE = """cell,value,primary,structural_zero,lower_protection,upper_protection,frozen,least
a,1,1,0,0,0,0,1
b,1,1,0,0,0,0,1
c,1,1,0,0,0,0,1
d,9,0,0,0,0,0,0
t,3,0,0,0,0,1,0
s,12,0,0,0,0,0,0
"""
"""Three counts of at least one add up to a total of three that everybody sees."""

ADD = "relation,cell,coefficient\nr,a,1\nr,b,1\nr,c,1\nr,t,-1\nq,t,1\nq,d,1\nq,s,-1\n"


def test_what_bounds_tell_is_said_under_exact_and_refused_under_interval(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cells.csv").write_text(THREE)
    (tmp_path / "relations.csv").write_text(ADD)
    files = ["--cells", str(tmp_path / "cells.csv"), "--relations", str(tmp_path / "relations.csv")]
    pattern = tmp_path / "p.csv"
    done = run("protect", *files, "--guarantee", "exact", "--out", pattern)
    assert done.exit_code == 0, done.stderr
    assert "3 sensitive cells follow all the same from sums and the bounds" in done.stdout
    exact = run("audit", *files, "--guarantee", "exact", "--pattern", pattern)
    assert exact.exit_code == 0
    assert "3 sensitive cells follow all the same" in exact.stdout
    interval = run("audit", *files, "--guarantee", "interval", "--pattern", pattern)
    assert interval.exit_code == 30
    assert "lets sums and bounds together tell 3 sensitive cells exactly" in interval.stderr
    refused = run("protect", *files, "--out", tmp_path / "q.csv")
    assert refused.exit_code == 30, "the total is frozen"
    assert not (tmp_path / "q.csv").exists()
    (tmp_path / "cells.csv").write_text(THREE.replace("t,3,0,0,0,0,1", "t,3,0,0,0,0,0"))
    assert run("protect", *files, "--out", tmp_path / "q.csv").exit_code == 0
    assert run("audit", *files, "--pattern", tmp_path / "q.csv").exit_code == 0
    monkeypatch.setattr(attack_bounds, "MOST", 1)
    assert (
        "was not examined: there are too many"
        in run("audit", *files, "--guarantee", "exact", "--pattern", pattern).stdout
    )
    assert "too many withheld cells to see" in run("audit", *files, "--pattern", pattern).stderr
