"""The one way to a protected table: primary suppression, secondary suppression, and an audit that can refuse both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from enum import IntEnum
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from anonymization.always_shown import check_choices, check_shown, conflict
from anonymization.audit import AuditReport, audit
from anonymization.chosen_cells import always_withheld
from anonymization.ledger_conflicts import advice, check_possible
from anonymization.primary.cells import sensitive_cells
from anonymization.published import Published, publish, with_contributors
from anonymization.relations import Flags
from anonymization.table import TableSet, Values
from datasets.disclosure import DisclosureRules
from datasets.errors import DisclosureRisk, DisclosureRuleInvalid, Problem, YtemoError

_SEAL = object()
"""Known to this module alone: without it no `ProtectedTables` can be made."""


class CellStatus(IntEnum):
    """What happened to a cell. Only `ProtectedTable.public_status` may be published."""

    OBSERVED = 0
    ZERO = 1
    SUPPRESSED_PRIMARY = 2
    SUPPRESSED_SECONDARY = 3


@dataclass(frozen=True)
class TableSummary:
    """How many cells of one population of one table were shown, shown as zero, and withheld."""

    table: str
    population: str
    observed: int
    zero: int
    withheld: int

    @property
    def share_withheld(self) -> float:
        """Withheld cells as a share of all cells, 0.0 to 1.0."""
        return self.withheld / max(1, self.observed + self.zero + self.withheld)


@dataclass(frozen=True)
class ProtectedTable:
    """One table after protection. `statuses` holds one int8 array of `CellStatus` codes for each population.

    In `values`, a withheld cell is not a number (float arrays) or `published.WITHHELD_INTEGER` (int64 arrays): the
    true value is not in this object.
    """

    name: str
    dimensions: tuple[str, ...]
    coordinates: Mapping[str, npt.NDArray[np.int32]]
    statuses: Mapping[str, npt.NDArray[np.int8]]
    values: Mapping[str, Values]

    def __len__(self) -> int:
        return len(next(iter(self.statuses.values())))

    def withheld(self, population: str) -> Flags:
        """Return which cells of a population are withheld, bool (cells,)."""
        return np.asarray(self.statuses[population] >= CellStatus.SUPPRESSED_PRIMARY)

    def public_status(self, population: str) -> npt.NDArray[np.str_]:
        """Return `observed`, `zero` or `suppressed` for each cell: nothing that tells which withheld cell is small."""
        return np.array(["observed", "zero", "suppressed", "suppressed"])[self.statuses[population]]


@dataclass(frozen=True)
class ProtectedTables:
    """A release that may leave the ministry. Only `protect` can make one."""

    published: Published
    tables: tuple[ProtectedTable, ...]
    rules: DisclosureRules
    audit: AuditReport
    summary: tuple[TableSummary, ...]
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("ProtectedTables are made by anonymization.protect alone")

    def table(self, name: str) -> ProtectedTable:
        """Return the table of this name; raises KeyError."""
        return {one.name: one for one in self.tables}[name]


def withhold_secondary(tables: TableSet, primary: Flags, rules: DisclosureRules, *, seed: int) -> Flags:
    """Return the nodes to withhold besides the sensitive ones; a test switches it off to see the audit refuse."""
    from anonymization.secondary.withhold import withhold  # noqa: PLC0415 (compiled code loads slowly; only jobs need it)

    return withhold(tables, primary, rules, seed=seed)


def protect(tables: TableSet, rules: DisclosureRules, *, seed: int = 0) -> ProtectedTables:
    """Withhold what the rules ask for, and whatever else is needed so that no withheld cell can be derived exactly.

    The promise covers everything in `tables` together: all margins, hierarchies, tables that share dimensions, and
    parts of a population. It excludes exact derivation; how narrowly a withheld cell can be bounded is not promised.
    The same input and seed give the same result, whatever the order of rows.

    Raises `DisclosureRisk` where a cell cannot be protected or the audit recovers one, naming table, dimensions and
    number of cells. Where earlier releases make it impossible, it says which of them, and which coarser tables would
    be possible.
    """
    if rules.perturbation is not None:
        problem = Problem("disclosure.method", f"{rules.method} withholds nothing", "use perturb_tables")
        raise DisclosureRuleInvalid("These rules change counts.", problems=[problem])
    try:
        return _protect(tables, rules, seed=seed)
    except DisclosureRisk as error:
        if not tables.earlier:
            raise
        helpful = advice(tables, lambda coarse: _succeeds(coarse, rules, seed=seed))
        message = f"{error.message} Published before: {', '.join(one.name for one in tables.earlier)}."
        raise DisclosureRisk(message, problems=[*error.problems, helpful]) from None


def _succeeds(tables: TableSet, rules: DisclosureRules, *, seed: int) -> bool:
    try:
        _protect(tables, rules, seed=seed)
    except YtemoError:
        return False
    return True


def _protect(tables: TableSet, rules: DisclosureRules, *, seed: int) -> ProtectedTables:
    withheld = primary = np.zeros(len(tables.nodes), dtype=np.bool_)
    if rules.method != "none":
        # Small cells that no table shows must not be found out either; those that have to be empty are no secret.
        primary = (sensitive_cells(tables, rules).cells & ~tables.empty) | always_withheld(tables)
    if tables.earlier:
        check_possible(tables, primary & tables.shown, rules)
    if rules.method != "none":
        # What was withheld before stays withheld, whatever its reason was.
        fixed = primary | tables.ledger.kept if tables.earlier else primary
        check_choices(tables, primary, fixed, rules=rules)
        try:
            withheld = fixed | _with_some_prices(tables, fixed, rules, seed=seed)
        except DisclosureRisk as error:
            problems = error.problems or [_of_crossings(tables)]
            reason = conflict(tables, lambda fewer: _can_withhold(fewer, fixed, rules, seed=seed))
            raise DisclosureRisk(error.message, problems=[*problems, *reason]) from None
        check_shown(tables, withheld)
    published = publish(tables, withheld, rules)
    report = audit(with_contributors(published, tables))
    if report.recovered:
        raise DisclosureRisk(
            "The audit recovered withheld cells.", problems=[one.problem() for one in report.recovered]
        )
    protected = _protected_tables(tables, primary, withheld, published)
    return ProtectedTables(published, protected, rules, report, _summary(protected), seal=_SEAL)


def _with_some_prices(tables: TableSet, fixed: Flags, rules: DisclosureRules, *, seed: int) -> Flags:
    """Return the nodes to withhold besides; a refusal is asked once more with other prices.

    What nothing can protect is beyond help at any prices. But programs in floating point stop a little short: one draw
    of prices had the made-up discharges refused that come with ytemo, 37 others had not.
    """
    try:
        return withhold_secondary(tables, fixed, rules, seed=seed)
    except DisclosureRisk:
        return withhold_secondary(tables, fixed, rules, seed=seed + 1)


def _can_withhold(tables: TableSet, fixed: Flags, rules: DisclosureRules, *, seed: int) -> bool:
    try:
        withhold_secondary(tables, fixed, rules, seed=seed)
    except DisclosureRisk:
        return False
    return True


def _of_crossings(tables: TableSet) -> Problem:
    names = " and of ".join(", ".join(one.dimensions) for one in tables.hidden)
    rule = "has small cells that no table shows, but that could be worked out even if all other cells were withheld"
    return Problem(f"the crossing of {names}", rule, "publish coarser members of these dimensions, or fewer tables")


def _protected_tables(
    tables: TableSet, primary: Flags, withheld: Flags, published: Published
) -> tuple[ProtectedTable, ...]:
    codes = np.where(tables.contributors > 0, CellStatus.OBSERVED, CellStatus.ZERO).astype(np.int8)
    codes[withheld] = CellStatus.SUPPRESSED_SECONDARY
    codes[primary] = CellStatus.SUPPRESSED_PRIMARY
    statuses: dict[str, dict[str, npt.NDArray[np.int8]]] = {}
    for (table, population), nodes in zip(tables.blocks, tables.nodes.of_block, strict=True):
        own = codes[nodes]
        own.setflags(write=False)
        statuses.setdefault(table.name, {})[population] = own
    return tuple(
        ProtectedTable(one.name, one.dimensions, one.coordinates, MappingProxyType(statuses[one.name]), one.values)
        for one in published.tables
    )


def _summary(tables: tuple[ProtectedTable, ...]) -> tuple[TableSummary, ...]:
    return tuple(
        TableSummary(
            table.name,
            population,
            int((codes == CellStatus.OBSERVED).sum()),
            int((codes == CellStatus.ZERO).sum()),
            int(table.withheld(population).sum()),
        )
        for table in tables
        for population, codes in table.statuses.items()
    )
