"""Read what a query for data asks for, part by part, and give it the columns that SDMX has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from datasets.cell_status import CellStatus, status_column
from datasets.said import said
from portal.public.sdmx import naming
from portal.public.sdmx.data_query import ALL_DIMENSIONS, MAX_OBSERVATIONS, DataQuery
from portal.public.sdmx.flows import STATUS_ATTRIBUTES, Attribute, Dimension, Flow, status_code
from portal.public.sdmx.refusals import NoContent, not_offered, too_many
from portal.public.sdmx.selections import Part, Selection, parts_of
from portal.public.table_reading import TableReading
from portal.query.answer import Answer
from portal.query.model import Order, invalid, unknown
from portal.query.plan import Plan
from portal.query.planning import plan_rows
from portal.query.run import Session

_NO_LIMIT = 2**31
_GROUPS = ("dsd", "all", "obs", "series", "dataset", "msd", "none")
"""Words for several attributes; all of those here are of observations."""


@dataclass(frozen=True)
class Looking:
    """Where to look: the dataflow, and the thread's connection to read it with."""

    session: Session
    reading: TableReading
    flow: Flow


@dataclass(frozen=True)
class Shape:
    """How an answer is laid out: what an observation says, and along which dimension a series runs."""

    flow: Flow
    attributes: tuple[Attribute, ...]
    valued: bool
    """Whether the measure is told."""
    along: Dimension | None
    """The dimension at the level of observations; None where each observation has its whole key."""

    @property
    def series_dimensions(self) -> tuple[Dimension, ...]:
        """The dimensions of a series; none where there are no series."""
        return tuple(each for each in self.flow.dimensions if self.along is not None and each is not self.along)

    @property
    def observation_dimensions(self) -> tuple[Dimension, ...]:
        return (self.along,) if self.along is not None else self.flow.dimensions

    @property
    def varying_attributes(self) -> tuple[Attribute, ...]:
        return tuple(each for each in self.attributes if each.codelist is not None)

    @property
    def fixed_attributes(self) -> tuple[Attribute, ...]:
        """Those that say the same of every observation."""
        return tuple(each for each in self.attributes if each.codelist is None)


@dataclass(frozen=True)
class ReadPart:
    """One part as it was read; where its rows were chosen one by one they are all in ``chosen``."""

    part: Part
    answer: Answer
    chosen: pa.Table | None = None

    @property
    def rows(self) -> int:
        return self.answer.returned if self.chosen is None else int(self.chosen.num_rows)


@dataclass(frozen=True)
class Observations:
    """An answer: how many observations match, how many it holds, and they themselves, a table at a time."""

    shape: Shape
    total: int
    returned: int
    tables: Callable[[], Iterator[pa.Table]]


def shape_of(query: DataQuery, flow: Flow) -> Shape:
    """Return how the answer to a query is laid out; what the dataflow has not raises QueryInvalid or Refusal."""
    return Shape(flow, _attributes(query, flow), _valued(query), _along(query, flow))


def _along(query: DataQuery, flow: Flow) -> Dimension | None:
    asked = query.at_observation or (naming.TIME if flow.time is not None else ALL_DIMENSIONS)
    if asked == ALL_DIMENSIONS:
        return None
    found = flow.dimension(asked)
    if found is None:
        known = [each.id for each in flow.dimensions]
        raise unknown("dimensionAtObservation", asked, (*known, ALL_DIMENSIONS))
    if found.kind in {"frequency", "indicator"} or (query.trimmed and found is not flow.time):
        raise not_offered(f"dimensionAtObservation={found.id}")
    return found


def _attributes(query: DataQuery, flow: Flow) -> tuple[Attribute, ...]:
    known = [each.id for each in flow.attributes]
    wanted: set[str] = set()
    for name in query.attributes:
        if name not in _GROUPS and name not in known:
            raise unknown("attributes", name, (*_GROUPS, *known))
        wanted |= set(known) if name in {"dsd", "all", "obs"} else {name}
    return tuple(each for each in flow.attributes if each.id in wanted)


def _valued(query: DataQuery) -> bool:
    for name in query.measures:
        if name not in {"all", "none", naming.VALUE}:
            raise unknown("measures", name, ("all", "none", naming.VALUE))
    if len(query.measures) > 1 and "none" in query.measures:
        raise invalid("measures", said("none cannot be joined with others"))
    return query.measures != ("none",)


# Reading --------------------------------------------------------------------------------------------------------------


def read_observations(
    looking: Looking, query: DataQuery, selection: Selection, *, shape: Shape, bounded: bool
) -> Observations:
    """Read an answer; nothing raises NoContent, and more than a ``bounded`` one holds raises Refusal."""
    skip, left, total = query.offset, query.limit or _NO_LIMIT, 0
    read: list[ReadPart] = []
    for part in parts_of(selection, looking.flow):
        # Lines of a table need no order of their own; series do.
        order = _order(looking.flow, looking.flow.time if query.trimmed else shape.along if bounded else None)
        plan = _plan(part, looking.flow, order, page=(0, _NO_LIMIT) if query.trimmed else (skip, left))
        found = ReadPart(part, looking.reading.read(looking.session, looking.flow.release, plan))
        if query.trimmed:
            found, matching = _trimmed(looking, found, query, page=(skip, left))
        else:
            matching = found.answer.total
        total += matching
        if left > 0 and found.rows:
            read.append(found)
            left -= found.rows
        skip = max(0, skip - matching)
        if bounded and sum(each.rows for each in read) > MAX_OBSERVATIONS:
            raise too_many(MAX_OBSERVATIONS)
    if not read:
        raise NoContent
    returned = sum(each.rows for each in read)
    return Observations(shape, total, returned, lambda: _tables(read, looking.reading, shape))


def _plan(part: Part, flow: Flow, order: tuple[Order, ...], *, page: tuple[int, int]) -> Plan:
    offset, limit = page
    # A page after the last one is asked for one row, so that the count of all is still told.
    return plan_rows(replace(part.query, order=order, offset=offset, limit=max(1, limit)), flow.cube)


def _order(flow: Flow, along: Dimension | None) -> tuple[Order, ...]:
    """Return the order in which the observations of a series along a dimension come one after another."""
    if along is None or along.axis is None:
        return ()
    names, last = list(flow.cube.axes), along.axis.name
    if names[-1] == last:
        return ()
    return tuple(Order(name) for name in (*(each for each in names if each != last), last))


def _trimmed(looking: Looking, found: ReadPart, query: DataQuery, *, page: tuple[int, int]) -> tuple[ReadPart, int]:
    """Choose the first or last observations of each series, and then the page of them; also say how many match."""
    answer = found.answer
    if answer.total > MAX_OBSERVATIONS:
        raise too_many(MAX_OBSERVATIONS)
    table = answer.open_table(looking.session, answer.plan).page(answer.plan, rows=max(1, answer.total))
    kept = table.filter(pa.array(_ends(table, query, looking.flow)))
    return replace(found, chosen=kept.slice(page[0], max(0, page[1]))), int(kept.num_rows)


def _ends(table: pa.Table, query: DataQuery, flow: Flow) -> np.ndarray:
    """Say of each row whether it is among the first or last of its series in time."""
    starts = np.zeros(table.num_rows, np.bool_)
    starts[:1] = True
    for axis in flow.cube.axes.values():
        if axis is not flow.time_axis:
            codes = table.column(axis.name).combine_chunks().dictionary_encode().indices.to_numpy()
            starts[1:] |= codes[1:] != codes[:-1]
    series = np.cumsum(starts) - 1
    size = np.bincount(series)[series]
    rank = np.arange(table.num_rows) - np.flatnonzero(starts)[series]
    kept = np.zeros(table.num_rows, np.bool_)
    if query.first is not None:
        kept |= rank < query.first
    if query.last is not None:
        kept |= rank >= size - query.last
    return kept


# The columns of SDMX --------------------------------------------------------------------------------------------------


def _tables(read: Sequence[ReadPart], reading: TableReading, shape: Shape) -> Iterator[pa.Table]:
    for each in read:
        chunks: Iterable[pa.Table] = reading.chunks(each.answer) if each.chosen is None else (each.chosen,)
        for chunk in chunks:
            if chunk.num_rows:
                yield shaped(chunk, each.part, shape)


def shaped(chunk: pa.Table, part: Part, shape: Shape) -> pa.Table:
    """Return rows of a listing as observations: the dimensions in their order, the value, the attributes."""
    columns: dict[str, pa.Array] = {}
    for dimension in shape.flow.dimensions:
        columns[dimension.id] = _values(chunk, dimension, part)
    if shape.valued:
        columns[naming.VALUE] = chunk.column(part.indicator).combine_chunks()
    for attribute in shape.attributes:
        columns[attribute.id] = _attribute(chunk, attribute, part)
    return pa.table(columns)


def _values(chunk: pa.Table, dimension: Dimension, part: Part) -> pa.Array:
    if dimension.axis is None:
        fixed = {"frequency": part.frequency, "indicator": part.indicator}
        return pa.repeat(pa.scalar(fixed.get(dimension.kind, dimension.values[0].id)), chunk.num_rows)
    return mapped(chunk.column(dimension.axis.name), dict(zip(dimension.codes, dimension.ids, strict=True)))


def _attribute(chunk: pa.Table, attribute: Attribute, part: Part) -> pa.Array:
    if attribute.id not in STATUS_ATTRIBUTES:
        return pa.repeat(pa.scalar("true"), chunk.num_rows)
    codes = {status.value: status_code(attribute.id, status) for status in CellStatus}
    return mapped(chunk.column(status_column(part.indicator)), codes)


def mapped(column: pa.ChunkedArray | pa.Array, texts: Mapping[str, str]) -> pa.Array:
    """Return a column of codes with each put otherwise; every different code is looked up once."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = whole.dictionary_encode() if not pa.types.is_dictionary(whole.type) else whole
    return pa.array([texts[code] for code in encoded.dictionary.to_pylist()], pa.string()).take(encoded.indices)
