"""A protected table as it is published: codes, values and a status for every cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from anonymization.perturbation.release import PerturbedTable, PerturbedTables
from anonymization.primary.rates import RateReason, Rates, judge_rates
from anonymization.protect import ProtectedTable, ProtectedTables
from datasets.cell_status import STATUS_MEANINGS, CellStatus, status_column
from datasets.codelist import Codelist
from datasets.definition_files import LoadedDefinition
from datasets.disclosure import Denominators
from datasets.measure import Measure
from datasets.names import TOTAL
from datasets.rounding import DECIMALS, rounded, rounded_ratio
from publishers.denominators import ABSENT, PopulationTable, load_denominators
from publishers.tabulate.quantities import count_of_mean, sum_of_mean
from publishers.tabulate.tabulation import (
    ESTIMATED,
    MISSING,
    NOT_APPLICABLE,
    TabulatedTable,
    Tabulation,
    Values,
)

__all__ = ["PublicTable", "load_denominators", "public_tables"]

DOES_NOT_ADD_UP = ("random_rounding", "conventional_rounding", "cell_key")
"""Methods that change totals and parts each by themselves."""

_STATUSES = tuple(CellStatus)
_CODE = {status: np.int8(code) for code, status in enumerate(_STATUSES)}
_OF_ABSENCE = {
    MISSING: CellStatus.MISSING,
    NOT_APPLICABLE: CellStatus.NOT_APPLICABLE,
    ESTIMATED: CellStatus.ESTIMATED,
}
Codes = npt.NDArray[np.int8]


@dataclass(frozen=True)
class PublicTable:
    """One table of an edition, dense: every combination that is published has a row."""

    id: str
    data: pa.Table
    """Dimension columns: string codes, ``_T`` for totals. Each measure ``m``: int64 or float64, null where its status
    has no value; ``m_status``: string. Rows in code list order, first dimension slowest, ``_T`` first."""
    additive: Mapping[str, bool]
    field_types: Mapping[str, Literal["integer", "number"]]
    withheld: Mapping[str, int]
    codelists: Mapping[str, Codelist]
    """By dimension, time lists included."""


@dataclass(frozen=True)
class _Column:
    """One measure of one table: a value for each row that has one, and the code of its status."""

    values: Values
    statuses: Codes

    @property
    def withheld(self) -> int:
        return int((self.statuses == _CODE[CellStatus.SUPPRESSED]).sum())

    def arrays(self) -> tuple[pa.Array, pa.Array]:
        """Return the values, null where the status has none, and the statuses as texts."""
        empty = [code for code, status in enumerate(_STATUSES) if not STATUS_MEANINGS[status].has_value]
        texts = pa.array([str(status) for status in _STATUSES], pa.string())
        values = pa.array(self.values, mask=np.isin(self.statuses, empty))
        return values, pa.DictionaryArray.from_arrays(self.statuses, texts).cast(pa.string())


def public_tables(
    protected: ProtectedTables | PerturbedTables,
    tabulation: Tabulation,
    loaded: LoadedDefinition,
    denominators: Mapping[str, PopulationTable],
) -> dict[str, PublicTable]:
    """Return the tables as the public may see them, by id.

    Values come from ``protected`` alone; ``tabulation`` says only where each cell stands and which records are absent.
    """
    return {
        table.id: _Builder(
            protected.table(table.id), table, tabulation, loaded, fewest=protected.rules.denominators
        ).build(denominators)
        for table in tabulation.tables
    }


class _Builder:
    """Makes one public table."""

    def __init__(
        self,
        protected: ProtectedTable | PerturbedTable,
        cells: TabulatedTable,
        tabulation: Tabulation,
        loaded: LoadedDefinition,
        *,
        fewest: Denominators | None,
    ) -> None:
        self._protected, self._fewest = protected, fewest
        # Of a changed number nobody can tell whether it is the true one, a zero among them.
        changed = isinstance(protected, PerturbedTable)
        self._counted = CellStatus.PERTURBED if changed else CellStatus.OBSERVED
        self._nobody = CellStatus.PERTURBED if changed else CellStatus.ZERO
        self._cells = cells
        self._plan = tabulation.plan
        self._definition = loaded.definition

    def build(self, denominators: Mapping[str, PopulationTable]) -> PublicTable:
        spec = self._definition.tables[self._cells.id]
        names = spec.measures or tuple(self._definition.measures)
        columns = {name: self._column(name, self._definition.measures[name], denominators) for name in names}
        data: dict[str, pa.Array] = {name: self._codes(name) for name in spec.dimensions}
        for name, column in columns.items():
            data[name], data[status_column(name)] = column.arrays()
        return PublicTable(
            id=self._cells.id,
            data=pa.table(data),
            additive={name: self._adds_up(self._definition.measures[name]) for name in names},
            field_types={
                name: "integer" if column.values.dtype.kind == "i" else "number" for name, column in columns.items()
            },
            withheld={name: column.withheld for name, column in columns.items()},
            codelists={name: self._plan.dimension(name).codelist for name in spec.dimensions},
        )

    def _adds_up(self, measure: Measure) -> bool:
        """Whether parts add up to their totals as they are published."""
        method = self._definition.disclosure.method if self._definition.disclosure else None
        return measure.type in ("count", "sum") and method not in DOES_NOT_ADD_UP

    def _codes(self, dimension: str) -> pa.Array:
        planned = self._plan.dimension(dimension)
        positions = self._cells.cells.positions[dimension]
        # The protected rows must be the tabulated ones: a table in another order would publish one cell as another.
        assert np.array_equal(self._protected.coordinates[dimension], positions - (not planned.total))
        return pa.array([TOTAL, *planned.members.codes], pa.string()).take(pa.array(positions))

    def _column(self, name: str, measure: Measure, denominators: Mapping[str, PopulationTable]) -> _Column:
        if measure.type == "mean":
            return self._mean(name, measure)
        if measure.type == "rate":
            assert measure.denominator is not None
            return self._rate(measure, denominators[measure.denominator])
        if measure.type == "population":
            return self._population(denominators[name])
        return self._number(name, measure)

    def _number(self, name: str, measure: Measure) -> _Column:
        values = self._values(name)
        if values.dtype.kind == "f" and measure.decimals is not None:
            values = rounded(values.astype(np.float64), measure.decimals)
        statuses = np.where(values == 0, _CODE[self._nobody], _CODE[self._counted])
        return _Column(values, self._with_gaps(name, statuses))

    def _mean(self, name: str, measure: Measure) -> _Column:
        above, below = self._values(sum_of_mean(name)), self._values(count_of_mean(name))
        statuses = self._with_gaps(count_of_mean(name), np.full(len(below), _CODE[CellStatus.OBSERVED]))
        empty = (below == 0) & (statuses == _CODE[CellStatus.OBSERVED])
        statuses[empty] = _CODE[CellStatus.NOT_APPLICABLE]
        statuses = self._reliable(below, below, statuses)
        decimals = DECIMALS if measure.decimals is None else measure.decimals
        return _Column(_ratio(above, below, statuses, decimals), statuses)

    def _population(self, population: PopulationTable) -> _Column:
        """Return public figures as they stand: protection has no say, for no record is behind them."""
        people = population.at(self._cells.cells.positions)
        statuses = np.full(len(people), _CODE[CellStatus.OBSERVED])
        statuses[people == 0] = _CODE[CellStatus.ZERO]
        statuses[people == ABSENT] = _CODE[CellStatus.MISSING]
        return _Column(np.where(people == ABSENT, 0, people), statuses)

    def _rate(self, measure: Measure, population: PopulationTable) -> _Column:
        assert measure.numerator is not None
        above, below = self._values(measure.numerator), population.at(self._cells.cells.positions)
        statuses = np.where(above == 0, _CODE[self._nobody], _CODE[self._counted])
        statuses[below == ABSENT] = _CODE[CellStatus.MISSING]
        statuses[below == 0] = _CODE[CellStatus.NOT_APPLICABLE]
        kept = ~np.isin(statuses, [_CODE[CellStatus.MISSING], _CODE[CellStatus.NOT_APPLICABLE]])
        statuses = self._reliable(above, below, self._with_gaps(measure.numerator, statuses, kept))
        decimals = DECIMALS if measure.decimals is None else measure.decimals
        return _Column(_ratio(above, below, statuses, decimals, per=measure.per), statuses)

    def _reliable(self, events: Values, below: Values, statuses: Codes) -> Codes:
        """Return ``statuses`` where rates and means that rest on too little have none of their own any more.

        Only what would be shown is judged: what protection hides looks the same whatever it rests on.
        """
        if self._fewest is None:
            return statuses
        shown = np.flatnonzero(_has_value(statuses))
        parts = np.concatenate([events[shown], below[shown]]).astype(np.float64)
        above = np.arange(len(shown))
        found = judge_rates(
            parts, Rates(above, above + len(shown)), self._fewest, withheld=np.zeros(len(parts), dtype=np.bool_)
        )
        judged = statuses.copy()
        judged[shown[found != RateReason.SHOWN]] = _CODE[CellStatus.UNRELIABLE]
        return judged

    def _values(self, quantity: str) -> Values:
        return self._protected.values[quantity]

    def _with_gaps(self, quantity: str, statuses: Codes, where: npt.NDArray[np.bool_] | None = None) -> Codes:
        """Return ``statuses`` with absent records, where ``where`` allows, and then what protection withheld.

        Withholding comes last: a cell that protection hides must look the same whether its records are there or not.
        """
        statuses = statuses.astype(np.int8)
        absences = self._cells.absences.get(quantity)
        if absences is not None:
            for absence, status in _OF_ABSENCE.items():
                own = absences == absence
                statuses[own if where is None else own & where] = _CODE[status]
        if isinstance(self._protected, ProtectedTable):
            withheld = self._protected.withheld(self._plan.quantity(quantity).population)
            statuses[withheld] = _CODE[CellStatus.SUPPRESSED]
        return statuses


def _has_value(statuses: Codes) -> npt.NDArray[np.bool_]:
    values = [code for code, status in enumerate(_STATUSES) if STATUS_MEANINGS[status].has_value]
    return np.asarray(np.isin(statuses, values))


def _ratio(above: Values, below: Values, statuses: Codes, decimals: int, *, per: int = 1) -> npt.NDArray[np.float64]:
    """Return ``above / below * per`` where a status has a value, half to even; zero elsewhere."""
    shown = _has_value(statuses)
    ratio = np.zeros(len(statuses), dtype=np.float64)
    if above.dtype.kind == "i":
        ratio[shown] = rounded_ratio(above[shown].astype(np.int64), below[shown].astype(np.int64), decimals, per=per)
    else:
        ratio[shown] = rounded(above[shown].astype(np.float64), decimals, below=below[shown].astype(np.int64), per=per)
    return ratio
