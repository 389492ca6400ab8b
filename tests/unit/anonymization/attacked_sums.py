"""Sums of which few contributors have nearly all, and what an attack finds of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anonymization import protect
from anonymization.audit import AuditReport, audit
from anonymization.published import publish, with_contributors
from anonymization.table import TableSet
from datasets.disclosure import DisclosureRules
from tests.unit.anonymization.amounts import Paid

SEVERAL = {"h": 50.0, "i": 60.0, "j": 70.0, "k": 55.0}
"""Of these nobody has nearly all: the rest beside the two largest is 105."""


def row(*cells: dict[str, float], died: Sequence[dict[str, float]] = ()) -> list[Paid]:
    """Return the records of a1, a2, …, each given by what contributors have there."""
    found = [Paid((f"a{at}",), who, paid) for at, own in enumerate(cells, 1) for who, paid in own.items()]
    return found + [Paid((f"a{at}",), who, paid, True) for at, own in enumerate(died, 1) for who, paid in own.items()]


def gone(tables: TableSet, rules_: DisclosureRules, population: str = "all") -> list[int]:
    return np.flatnonzero(protect(tables, rules_).table("t").withheld(population)).tolist()


def attacked(tables: TableSet, rules_: DisclosureRules, withheld: dict[str, list[int]]) -> AuditReport:
    """Withhold some cells of the only table, and attack what is left."""
    flags = np.zeros(len(tables.nodes), dtype=np.bool_)
    for (_, population), nodes in zip(tables.blocks, tables.nodes.of_block, strict=True):
        flags[nodes[withheld.get(population, [])]] = True
    return audit(with_contributors(publish(tables, flags, rules_), tables))


def close(report: AuditReport) -> int:
    assert all("estimated too closely" in one.problem().rule for one in report.recovered if one.close)
    return sum(one.cells for one in report.recovered if one.close)


ONE_LARGE = row({"x": 1000.0, "y": 30.0, "z": 40.0}, SEVERAL, SEVERAL, SEVERAL)
"""In a1 the rest is 30, of which 10 % of 1000 asks 100: the level is 70."""
DIED = [SEVERAL, {**SEVERAL, "h": 51.0}, {**SEVERAL, "i": 63.0}, {**SEVERAL, "j": 77.0}]
