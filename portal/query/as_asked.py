"""The columns of an answer by the names that the question used: older ones, or both where it named none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

import pyarrow as pa

from datasets.cell_status import status_column
from datasets.release import MeasureDescription
from portal.query.plan import Column, Plan
from portal.query.selection import Use


@dataclass(frozen=True)
class Shown:
    """One column of an answer as it is shown."""

    column: Column
    source: str
    """The column, as it is read, that it is from."""
    older: str = ""
    """The older name of its field by which it is called; empty where it has the name of now."""


@dataclass(frozen=True)
class AsAsked:
    """An answer as it is shown."""

    plan: Plan
    """The plan by the names that are shown: for those who describe the answer, not for those who read it."""
    columns: tuple[Shown, ...]

    @property
    def measures(self) -> dict[str, MeasureDescription]:
        """The measures that are shown, by the names of their columns."""
        known = {measure.name: measure for measure in self.plan.measures}
        called = dict(self.plan.called)
        found = {each.column.name: known.get(called.get(each.source, each.source)) for each in self.columns}
        return {name: measure for name, measure in found.items() if measure is not None}

    def table(self, chunk: pa.Table) -> pa.Table:
        """Return rows that were read, with the names that are shown; labels are added by who writes them."""
        if not any(each.older for each in self.columns):
            return chunk
        stored = [each for each in self.columns if each.column.kind != "label"]
        return pa.table([chunk.column(each.source) for each in stored], names=[each.column.name for each in stored])


def as_asked(plan: Plan, *, doubled: bool) -> AsAsked:
    """Return the answer to ``plan`` by the names of the question.

    With ``doubled``, fields that the question does not name stand there under their older names too.
    """
    if not plan.called and not (plan.also and doubled):
        return AsAsked(plan, tuple(Shown(column, column.name) for column in plan.columns))
    also: dict[str, list[str]] = {}
    for present, old in plan.also if doubled else ():
        also.setdefault(present, []).append(old)
    columns = tuple(_columns(plan, dict(plan.called), also))
    return AsAsked(_plan(plan, dict(plan.called), tuple(each.column for each in columns)), columns)


def _field_of(column: Column, plan: Plan) -> str:
    """Return the field that a column tells of."""
    if column.kind == "label":
        return column.coded
    if column.kind == "status":
        return next(one.name for one in plan.measures if status_column(one.name) == column.name)
    if column.kind == "aggregate":
        return next(each.field for each in plan.aggregates if each.name == column.name)
    return column.name


def _columns(plan: Plan, called: Mapping[str, str], also: Mapping[str, list[str]]) -> Iterator[Shown]:
    """Yield each column as it is shown; those of a field stay together."""
    for name, group in groupby(plan.columns, key=lambda column: _field_of(column, plan)):
        columns = list(group)
        for older in (called.get(name, ""), *also.get(name, ())):
            yield from (Shown(_named(column, name, older), column.name, older) for column in columns)


def _named(column: Column, field: str, older: str) -> Column:
    if not older:
        return column
    if column.kind == "label":
        return replace(column, name=f"{older}_label", coded=older)
    if column.kind == "status":
        return replace(column, name=status_column(older))
    # The figure of a group is called by its field, and how it is worked out.
    return replace(column, name=older + column.name.removeprefix(field))


def _plan(plan: Plan, called: Mapping[str, str], columns: tuple[Column, ...]) -> Plan:
    """Return the plan by other names, to be described."""
    return replace(
        plan,
        columns=columns,
        uses=tuple(_use(use, called) for use in plan.uses),
        measures=tuple(_measure(measure, called) for measure in plan.measures),
    )


def _use(use: Use, called: Mapping[str, str]) -> Use:
    if use.name not in called:
        return use
    described = use.axis.description.model_copy(update={"name": called[use.name]})
    return replace(use, axis=replace(use.axis, description=described))


def _measure(measure: MeasureDescription, called: Mapping[str, str]) -> MeasureDescription:
    if not called:
        return measure
    parts = {part: called.get(name, name) for part in ("numerator", "denominator") if (name := getattr(measure, part))}
    return measure.model_copy(update={"name": called.get(measure.name, measure.name), **parts})
