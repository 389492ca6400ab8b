"""The cells that an exploration shows, read from the release that it is of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from datasets.cell_status import CellStatus, status_column
from datasets.errors import QueryInvalid
from datasets.names import TOTAL
from datasets.public_releases import PublicRelease
from portal.public.explore.exploration import Along, Exploration, Parameters
from portal.public.explore.intervals import rate_interval
from portal.public.table_reading import TableReading
from portal.query.answer import Answer
from portal.query.parameters import read_query
from portal.query.planning import plan_data
from portal.query.run import Session

MOST_CELLS = 20_000
"""How many cells an exploration shows; those of more are in the file that it can be downloaded as."""
_COUNTED = frozenset({CellStatus.OBSERVED, CellStatus.ZERO, CellStatus.PROVISIONAL, CellStatus.REVISED})
"""What a number of events must be for an interval: rounding, noise and missing parts have errors of their own."""


@dataclass(frozen=True)
class GridCell:
    """One published cell."""

    value: float | None
    status: CellStatus
    interval: tuple[float, float] | None = None


ABSENT = GridCell(None, CellStatus.MISSING)


@dataclass(frozen=True)
class Grid:
    """The cells of an exploration, by the codes of their row and their column."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    """One empty code where there is no column dimension."""
    cells: Mapping[tuple[str, str], GridCell]
    complete: bool
    """Whether it holds every cell that was asked for."""
    total: Mapping[str, GridCell] = field(default_factory=dict)
    """The published total of the rows, by column; empty where it is not published, or only some rows are shown."""

    def cell(self, row: str, column: str = "") -> GridCell:
        return self.cells.get((row, column), ABSENT)

    @property
    def shown(self) -> int:
        """How many of its cells have a value."""
        return sum(cell.value is not None for cell in self)

    def __iter__(self) -> Iterator[GridCell]:
        return (self.cell(row, column) for row in self.rows for column in self.columns)


def read_grid(reading: TableReading, session: Session, release: PublicRelease, exploration: Exploration) -> Grid:
    """Read the cells; raises QueryInvalid where the table publishes no such margin, and what opening a file raises."""
    ask = partial(_ask, reading, session, release, exploration)
    answer = ask(exploration.question())
    cells = dict(_cells(answer, reading, exploration))
    total: Mapping[tuple[str, str], GridCell] = {}
    if (question := exploration.total_question()) is not None:
        # As it is published: it is never added up here.
        with suppress(QueryInvalid):
            total = dict(_cells(ask(question), reading, exploration))
    return Grid(
        rows=_shown(exploration.rows, {row for row, _ in cells}),
        columns=_shown(exploration.columns, {column for _, column in cells}) if exploration.columns else ("",),
        cells=cells,
        complete=not answer.truncated,
        total={column: cell for (_, column), cell in total.items()},
    )


def _ask(
    reading: TableReading, session: Session, release: PublicRelease, exploration: Exploration, question: Parameters
) -> Answer:
    selected = ",".join((exploration.measure.name, *exploration.beside))
    parameters = [each for each in question if each[0] != "select"]
    parameters += [("select", selected), ("limit", str(MOST_CELLS))]
    schema = reading.schema(release, exploration.cube.name, pinned=True)
    query = read_query(exploration.cube.name, parameters, answer_format="json")
    return reading.read(session, release, plan_data(query, schema))


def _shown(along: Along, found: set[str]) -> tuple[str, ...]:
    positions = along.axis.positions
    return tuple(sorted(found, key=lambda code: positions.get(code, len(positions))))


def _cells(
    answer: Answer, reading: TableReading, exploration: Exploration
) -> Iterator[tuple[tuple[str, str], GridCell]]:
    name = exploration.measure.name
    across = exploration.columns.name if exploration.columns else ""
    for chunk in reading.chunks(answer):
        for row in chunk.to_pylist():
            interval = _interval(row, exploration)
            cell = GridCell(row[name], CellStatus(row[status_column(name)]), interval)
            yield (row.get(exploration.rows.name, TOTAL), row[across] if across else ""), cell


def _interval(row: Mapping[str, object], exploration: Exploration) -> tuple[float, float] | None:
    """Return the interval around a rate whose events were counted and are published beside it."""
    measure = exploration.measure
    if len(exploration.beside) < 2 or row[measure.name] is None:
        return None
    events, people = (row[name] for name in exploration.beside)
    counted = CellStatus(str(row[status_column(exploration.beside[0])])) in _COUNTED
    if not counted or not isinstance(events, int | float) or not isinstance(people, int | float):
        return None
    return rate_interval(events, people, measure.per or 1)
