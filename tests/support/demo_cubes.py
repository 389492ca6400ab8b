"""Dense demo tables: every combination of members and totals, summed from the finest members."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

import pyarrow as pa

from datasets.cell_status import CellStatus, status_column
from datasets.codelist import Codelist, Member
from datasets.names import TOTAL
from publishers.public_table import PublicTable


def demo_cube(
    id_: str,
    lists: Mapping[str, Codelist],
    value: Callable[..., int],
    withheld: Callable[..., bool],
    *,
    levels: Mapping[str, tuple[str, ...]] | None = None,
    measure: str = "cases",
    stays: bool = False,
) -> PublicTable:
    """Return a dense table over all members of ``lists`` and their totals, summed from ``value`` of the leaves."""
    names = {}
    for name, codelist in lists.items():
        shown = codelist.at_levels((levels or {}).get(name, codelist.levels))
        names[name] = [TOTAL, *(member.code for member in shown)]
    keys = list(itertools.product(*names.values()))
    leaves = [[_leaves(lists[name], code) for name, code in zip(names, key, strict=True)] for key in keys]
    sums = [sum(value(*leaf) for leaf in itertools.product(*sets)) for sets in leaves]
    hidden = [withheld(*key) for key in keys]
    columns: dict[str, pa.Array] = {
        name: pa.array([key[i] for key in keys], pa.string()) for i, name in enumerate(names)
    }
    columns[measure] = pa.array([None if h else v for v, h in zip(sums, hidden, strict=True)], pa.int64())
    columns[status_column(measure)] = pa.array([_status(v, h) for v, h in zip(sums, hidden, strict=True)])
    counts = {measure: sum(hidden)}
    if stays:
        means = [None if h or not v else round(3 + v % 17 / 10, 1) for v, h in zip(sums, hidden, strict=True)]
        statuses = [_status(v, h) if v else CellStatus.NOT_APPLICABLE for v, h in zip(sums, hidden, strict=True)]
        columns["mean_stay"] = pa.array(means, pa.float64())
        columns["mean_stay_status"] = pa.array([str(status) for status in statuses])
        counts["mean_stay"] = sum(hidden)
    return PublicTable(
        id=id_,
        data=pa.table(columns),
        additive={measure: True} | ({"mean_stay": False} if stays else {}),
        field_types={measure: "integer", "mean_stay": "number"} if stays else {measure: "integer"},
        withheld=counts,
        codelists=dict(lists),
    )


def nothing(*members: str) -> bool:
    """Withhold no cell."""
    return False


def _status(value: int, hidden: bool) -> str:
    if hidden:
        return str(CellStatus.SUPPRESSED)
    return str(CellStatus.OBSERVED if value else CellStatus.ZERO)


def _leaves(codelist: Codelist, code: str) -> list[str]:
    """Return the members of the finest level below ``code``."""
    parents = {member.parent for member in codelist.members}
    leaves = [member for member in codelist.members if member.code not in parents]
    return [member.code for member in leaves if code == TOTAL or code in _ancestry(codelist, member)]


def _ancestry(codelist: Codelist, member: Member) -> list[str]:
    codes = [member.code]
    while member.parent:
        member = codelist.by_code[member.parent]
        codes.append(member.code)
    return codes
