"""What is available for a query: the values of each dimension that its answer holds, or that could be added to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal, get_args

from portal.public.sdmx import naming
from portal.public.sdmx.artefacts import Constraint
from portal.public.sdmx.data_query import DataQuery
from portal.public.sdmx.flows import Dimension, Flow
from portal.public.sdmx.observations import Looking
from portal.public.sdmx.refusals import NoContent
from portal.public.sdmx.registry import HELD
from portal.public.sdmx.selections import Part, Selection, parts_of
from portal.query.model import unknown
from portal.query.planning import plan_rows

Mode = Literal["exact", "available"]

PARAMETERS = ("mode", "references", "updatedAfter", "asOf", "reportingYearStartDay", "format", "formatVersion", "lang")


def read_mode(parameters: Mapping[str, str]) -> Mode:
    """Return the mode that is asked for; an unknown one raises QueryInvalid."""
    for mode in get_args(Mode):
        if parameters.get("mode", "exact") == mode:
            return mode  # type: ignore[no-any-return]
    raise unknown("mode", parameters["mode"], get_args(Mode))


def read_components(text: str, flow: Flow) -> tuple[Dimension, ...]:
    """Return the dimensions that a path names; one that the dataflow has not raises QueryInvalid."""
    if text in {"", "*", "all"}:
        return flow.dimensions
    wanted = []
    for name in text.split(",")[: len(flow.dimensions) + 1]:
        found = flow.dimension(name)
        if found is None:
            raise unknown("component", name, [each.id for each in flow.dimensions])
        wanted.append(found)
    return tuple(wanted)


def available(looking: Looking, query: DataQuery, selection: Selection, components: str) -> Constraint:
    """Return what is available as a constraint; nothing at all raises NoContent."""
    flow, mode = looking.flow, read_mode(query.parameters)
    counted = _counts(looking, selection)
    values = []
    for dimension in read_components(components, flow):
        scope = selection.without(dimension.id) if mode == "available" else selection
        held = _held(looking, scope, dimension)
        if held:
            values.append((dimension.id, held))
    if not counted["obsCount"] and mode == "exact":
        raise NoContent
    name = replace(flow.name, type="dataconstraint", id=naming.constraint_id(flow.name.id))
    return Constraint(name, HELD, dataflow=flow.name, values=tuple(values), counts=counted)


def _counts(looking: Looking, selection: Selection) -> dict[str, int]:
    observations = series = 0
    for part in parts_of(selection, looking.flow):
        observations += _count(looking, part, ())
        others = tuple(axis for axis in looking.flow.cube.axes if axis != _time(looking.flow))
        series += _count(looking, part, others) if others else 1
    return {"seriesCount": series, "obsCount": observations}


def _time(flow: Flow) -> str:
    return flow.time_axis.name if flow.time_axis is not None else ""


def _count(looking: Looking, part: Part, columns: tuple[str, ...]) -> int:
    """Count the rows of a part, or the different ones of some columns."""
    query = replace(part.query, columns=columns, distinct=bool(columns), limit=1)
    plan = plan_rows(query, looking.flow.cube)
    return looking.reading.read(looking.session, looking.flow.release, plan).total


def _held(looking: Looking, selection: Selection, dimension: Dimension) -> tuple[str, ...]:
    """Return the values of a dimension that some observation has, in their order."""
    parts = tuple(parts_of(selection, looking.flow))
    if dimension.axis is None:
        held = [part for part in parts if _count(looking, part, ())]
        fixed = {"frequency": {part.frequency for part in held}, "indicator": {part.indicator for part in held}}
        # The time of a table without a time axis is that of all of it.
        return _in_order(fixed.get(dimension.kind, dimension.ids if held else ()), dimension)
    ids = dict(zip(dimension.codes, dimension.ids, strict=True))
    # Indicators of one table have the same rows: only conditions on what is observed tell them apart.
    asked = parts if selection.observed else _one_of_each_frequency(parts)
    found = {ids[code] for part in asked for code in _codes(looking, part, dimension.axis.name)}
    return _in_order(found, dimension)


def _one_of_each_frequency(parts: Iterable[Part]) -> tuple[Part, ...]:
    return tuple({(part.frequency, part.query.filters, part.query.where): part for part in parts}.values())


def _codes(looking: Looking, part: Part, axis: str) -> list[str]:
    query = replace(part.query, columns=(axis,), distinct=True, limit=len(looking.flow.cube.axes[axis].positions))
    answer = looking.reading.read(looking.session, looking.flow.release, plan_rows(query, looking.flow.cube))
    page = answer.open_table(looking.session, answer.plan).page(answer.plan, rows=max(1, answer.total))
    codes: list[str] = page.column(axis).to_pylist()
    return codes


def _in_order(found: Iterable[str], dimension: Dimension) -> tuple[str, ...]:
    held = frozenset(found)
    return tuple(value for value in dimension.ids if value in held)
