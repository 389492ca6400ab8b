"""A table of turnover in which one firm has nearly all of a total: what it may learn, and what a refusal says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from anonymization.policies import resolve_safety
from anonymization.singletons import with_singletons
from anonymization.system import LinearSystem
from datasets.disclosure import Dominance, SafetyRules
from datasets.errors import DisclosureRisk
from publishers.standalone import table_protection
from publishers.standalone.rules_file import load_rules
from publishers.standalone.table_input import Decided, TableInput
from publishers.standalone.table_protection import Demand, ProtectedTable, protect_table
from tests.support.standalone_tables import read

RULES = """
title: {vi: Doanh thu, en: Turnover}
dimensions: {region: {}, size: {}}
measures: {turnover: {kind: sum}}
records: {contributor: firm, unit: site}
safety:
  policy: vn_proposed
  frequency: 3
  dominance: {n: 1, k: 75}
  reason: {vi: thử, en: only a test}
"""
HEADER = "region,size,firm,site,turnover"


def turnover(*, elsewhere: float = 0.0) -> str:
    """Return records: in the north ten small firms, ten middling ones and a large one; in the south many of each.

    `elsewhere` is what the large one has among the small.
    """
    rows = [f"N,S,s{number},1,4" for number in range(10)] + [f"N,M,m{number},2,6" for number in range(10)]
    rows += [f"S,{size},{size}{number},3,{30 + number}" for size in "SML" for number in range(9)]
    rows += ["N,L,large,4,900", *([f"N,S,large,4,{elsewhere}"] if elsewhere else [])]
    return "\n".join(rows) + "\n"


def table(folder: Path, rows: str, rules: str = RULES) -> tuple[TableInput, SafetyRules]:
    found = read(folder, rows, rules, HEADER)
    safety = load_rules(folder / "rules.yaml").safety
    assert safety is not None
    return found, resolve_safety(safety)


def protect(given: tuple[TableInput, SafetyRules], *, singletons: bool = True) -> tuple[ProtectedTable, LinearSystem]:
    """Protect a table, and return what was attacked too."""
    seen: list[LinearSystem] = []

    def watched(*arguments: object) -> LinearSystem:
        seen.append(with_singletons(*arguments))  # type: ignore[arg-type]
        return seen[0]

    demand = Demand((given[1],), "interval", effort=0, singletons=singletons)
    with mock.patch.object(table_protection, "with_singletons", watched):
        done = protect_table(given[0], demand)
    return done, seen[0] if seen else done.system


def learnt(done: ProtectedTable, system: LinearSystem) -> list[float]:
    """Return the value and the levels of what was added for the one firm, nothing where nothing was."""
    added = slice(len(done.system), None)
    assert set(system.cells[added]) <= {WHO}
    return [float(one[added][0]) for one in (system.values, system.lower, system.upper) if len(one[added])]


WHO = "what the one contributor of region=N, size=L would learn of region=N, size=_T"


def test_a_firm_with_nine_tenths_of_a_total_does_not_stop_the_table(tmp_path: Path) -> None:
    done, system = protect(table(tmp_path, turnover()))
    # 900 of 1,000 are one firm's: the total has to seem a fifth larger, which the 100 of the others could never be.
    sensitive = dict(zip(done.system.cells, zip(done.system.sensitive, done.system.upper, strict=True), strict=True))
    assert sensitive["region=N, size=_T"] == (True, pytest.approx(200.0))
    assert sensitive["region=N, size=L"][0]
    assert int(done.system.sensitive.sum()) == 2
    # Of the others the rules ask for nothing, and all of their cells may be shown.
    assert learnt(done, system) == []
    names = np.array(done.system.cells)
    assert not done.protected.withheld[np.isin(names, ["region=N, size=S", "region=N, size=M"])].any()


def test_what_rules_about_facilities_withhold_keeps_levels_that_the_others_can_bear(tmp_path: Path) -> None:
    rules = RULES.replace("frequency: 3", "frequency: 3\n  units: {fewest: 2, largest_percent: 100}")
    given = table(tmp_path, turnover(), rules)
    units = np.where(np.array([given[0].codes(cell) == ("N", "_T") for cell in range(12)]), 1, 9)
    done, system = protect((replace(given[0], units=units, largest_unit=np.zeros(12, dtype=np.int64) + 1), given[1]))
    # A third of 100: what the rule asks for a cell of that size with one contributor.
    assert learnt(done, system) == pytest.approx([100.0, 100 / 3, 100 / 3])


def test_what_somebody_decided_is_not_about_contributors(tmp_path: Path) -> None:
    given = table(tmp_path, turnover())
    unsafe = np.array([given[0].codes(cell) == ("N", "_T") for cell in range(12)])
    decided = Decided(unsafe, np.where(unsafe, 700.0, 0.0), np.where(unsafe, 500.0, 0.0))
    done, system = protect((replace(given[0], decided=decided), given[1]))
    assert learnt(done, system) == pytest.approx([100.0, 70.0, 50.0])


def test_a_firm_with_something_elsewhere_keeps_the_others_apart(tmp_path: Path) -> None:
    done, system = protect(table(tmp_path, turnover(elsewhere=1)))
    assert learnt(done, system) == pytest.approx([101.0, 101 / 3, 101 / 3])
    ignored, _ = protect(table(tmp_path, turnover(elsewhere=1)), singletons=False)
    assert ignored.protected.secondary.sum() < done.protected.secondary.sum()


def test_a_refusal_says_what_singletons_ignore_would_do(tmp_path: Path) -> None:
    rules = RULES + "frozen: [{region: N, size: [S, M]}]\n"
    with pytest.raises(DisclosureRisk) as caught:
        protect(table(tmp_path, turnover(elsewhere=1), rules))
    (problem,) = caught.value.problems
    assert problem.place == WHO
    assert "do not freeze at least one of: 'region=N, size=" in problem.remedy
    assert problem.remedy.endswith(f", or {table_protection.WAY_OUT}")
    assert "singletons: ignore" in problem.remedy
    protect(table(tmp_path, turnover(elsewhere=1), rules), singletons=False)


@pytest.mark.parametrize("written", ["{n: 1, k: 75}", "[{n: 1, k: 75}]"])
def test_a_single_rule_needs_no_brackets(tmp_path: Path, written: str) -> None:
    _, safety = table(tmp_path, turnover(), RULES.replace("{n: 1, k: 75}", written))
    assert safety.dominance == (Dominance(n=1, k=75),)
