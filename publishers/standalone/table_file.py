"""Tables in CSV files: one row for each cell, with or without margins, read by what the rules say of the columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from anonymization.dimension import TOTAL, Dimension
from anonymization.primary.contributions import Contributions, given_contributions
from anonymization.primary.units import NO_AREA
from anonymization.relations import Ints
from anonymization.system import Reals
from anonymization.words import Text
from datasets.errors import Problem, SourceInvalid
from datasets.perturbation_choice import CellKey
from publishers.standalone.cells_given import check_complete, check_empty, check_largest, check_repeated
from publishers.standalone.hierarchies import dimension_of, read_hierarchies
from publishers.standalone.parts import with_parts
from publishers.standalone.raw_system import ROUNDED
from publishers.standalone.records import records_input
from publishers.standalone.rules_file import MeasureRule, PopulationRule, TableRules
from publishers.standalone.table_input import (
    MeasureInput,
    TableInput,
    add_margins,
    bottom_up,
    cells_where,
    is_single,
    shape_of,
    sums_as_written,
)
from publishers.standalone.text_tables import MOST_TOLD, TextTable, read_table
from publishers.standalone.undeclared_totals import refuse_undeclared_totals

_ADDED_UP = Text(
    vi="Số người trong các ô tổng được cộng lại từ các ô: ai có mặt trong nhiều ô thì bị đếm nhiều lần. Nếu có nhiều "
    "người như vậy, hãy đưa vào các ô tổng cùng số người của chúng, hoặc từng bản ghi.",
    en="The contributors of totals were added up: whoever is in several cells counts several times. Where many are, "
    "give the totals with their own contributors, or one row for each record.",
)
"""A total of few people in many cells would be taken for one of many: people should know."""


@dataclass(frozen=True)
class _Cells:
    """The rows of a table and the cells that they are about, int64 (rows,)."""

    table: TextTable
    dimensions: tuple[Dimension, ...]
    at: Ints

    @property
    def size(self) -> int:
        return int(np.prod(shape_of(self.dimensions)))

    def spread(self, numbers: Reals | Ints) -> Reals:
        """Return the numbers of the rows at their cells, zero elsewhere, float64 (cells,)."""
        spread = np.zeros(self.size)
        spread[self.at] = numbers
        return spread


def read_table_input(path: Path, rules: TableRules, *, folder: Path, work: Path) -> TableInput:
    """Read a table by its rules; files that these name lie in `folder`.

    Raises `SourceUnreadable`, `SourceInvalid`, `DefinitionInvalid` and `UsageInvalid` with file, row and remedy, never
    with a value.
    """
    table = read_table(path, work=work, needed=_columns(rules))
    dimensions = _dimensions(table, rules, folder, work)
    codes = [members_in(table, rules, dimension) for dimension in dimensions]
    if rules.records is not None:
        found = records_input(table, rules, dimensions, codes)
    else:
        found = _cells_input(table, rules, dimensions, codes)
    found = replace(found, measures=tuple(_as_written(table, rules.measures[one.name], one) for one in found.measures))
    check_empty(found, table.name)
    found = with_parts(found, {name: one.part_of for name, one in rules.measures.items() if one.part_of is not None})
    if rules.population is None:
        return found
    return _with_population(found, rules.population, folder, work)


def _as_written(table: TextTable, rule: MeasureRule, measure: MeasureInput) -> MeasureInput:
    if rule.kind == "count":
        return measure
    return replace(measure, values=sums_as_written(measure.values, table.decimals(rule.column or measure.name)))


def _columns(rules: TableRules) -> list[str]:
    columns = [rule.column or name for name, rule in rules.dimensions.items()]
    for name, measure in rules.measures.items():
        if rules.records is None or measure.column is not None or measure.kind == "sum":
            columns.append(measure.column or name)
        columns += [*([measure.contributors] if measure.contributors else []), *measure.largest]
    records = rules.records
    columns += [one for one in (records.contributor, records.holding, records.unit) if one] if records else []
    keys = [rules.perturbation.record_key] if isinstance(rules.perturbation, CellKey) else []
    return list(dict.fromkeys([*columns, *(one for one in (rules.weights, *keys) if one)]))


def _dimensions(table: TextTable, rules: TableRules, folder: Path, work: Path) -> tuple[Dimension, ...]:
    found = []
    for name, rule in rules.dimensions.items():
        codes = pc.unique(table.texts(rule.column or name)).to_pylist()
        single = [code for code in codes if code not in (rule.total, TOTAL)]
        if not single:
            raise SourceInvalid("The table has no cells", problems=[Problem(table.name, f"{name} has only the total")])
        hierarchies = read_hierarchies(name, rule, folder=folder, work=work)
        found.append(dimension_of(name, single, hierarchies, table.name))
    return tuple(found)


def members_in(table: TextTable, rules: TableRules, dimension: Dimension) -> Ints:
    """Return the member of each row in one dimension, int64 (rows,)."""
    rule = rules.dimensions[dimension.name]
    texts = table.columns[rule.column or dimension.name]
    texts = pc.if_else(pc.equal(texts, rule.total), TOTAL, texts)
    # Every code is a member: dimension_of has refused the others.
    return np.asarray(pc.index_in(texts, pa.array(dimension.members)), dtype=np.int64)


def _cells_input(
    table: TextTable, rules: TableRules, dimensions: tuple[Dimension, ...], codes: Sequence[Ints]
) -> TableInput:
    at = np.ravel_multi_index(tuple(codes), shape_of(dimensions)).astype(np.int64)
    remedy = (
        "give every cell once, with all columns under dimensions that tell cells apart; where every row is one record,"
        " say records: in the rules"
    )
    check_repeated(table, at, dimensions, remedy=remedy)
    _check_contributors(table, rules)
    cells = _Cells(table, dimensions, at)
    given = cells.spread(np.ones(len(at))) > 0
    values = {name: cells.spread(_values(table, rule, rule.column or name)) for name, rule in rules.measures.items()}
    refuse_undeclared_totals(
        table.name,
        dimensions,
        (given, [*values.values()], _tolerance(table, rules)),
        declared=[name for name, rule in rules.dimensions.items() if "total" in rule.model_fields_set],
        remedy="say total: {code} below {name} in the rules; if it is one more part, say total: _T there",
    )
    people = {
        name: values[name].copy() if rule.contributors is None else cells.spread(table.counts(rule.contributors))
        for name, rule in rules.measures.items()
    }
    weights = cells.spread(table.numbers(rules.weights)) if rules.weights else None
    filled = given | is_single(dimensions) if rules.absent == "zero" else given
    known = add_margins(
        dimensions, filled, [*values.values(), *people.values(), *([weights] if weights is not None else [])]
    )
    check_complete(known, given, dimensions, table.name)
    computed = int((known & ~given).sum())
    totals = [rule.total for rule in rules.dimensions.values()]
    if weights is not None:
        weights[known & ~given & (weights <= 0)] = 1.0
    measures = tuple(
        MeasureInput(
            name,
            values[name],
            people[name].astype(np.int64),
            rule.kind == "count",
            _contributions(cells, rule, values[name], people[name], computed),
        )
        for name, rule in rules.measures.items()
    )
    return TableInput(
        dimensions,
        measures,
        cells_where(dimensions, rules.structural_zeros, totals, "structural_zeros"),
        cells_where(dimensions, rules.frozen, totals, "frozen"),
        np.zeros(cells.size, np.bool_),
        _tolerance(table, rules),
        np.zeros(cells.size, np.bool_),
        weights=weights,
        computed=computed,
        notes=(_ADDED_UP,) if computed and any(rule.contributors for rule in rules.measures.values()) else (),
    )


def _check_contributors(table: TextTable, rules: TableRules) -> None:
    """Refuse rows in which a number and how many are behind it contradict each other; sums of such rows do too."""
    for name, rule in rules.measures.items():
        if rule.contributors is None:
            continue
        values, people = _values(table, rule, rule.column or name), table.counts(rule.contributors)
        empty = np.flatnonzero((people == 0) & (values != 0))
        table.refuse(empty, rule.contributors, f"is 0, but {name} is not", "say how many people or units are behind it")
        if rule.kind == "count":
            remedy = "correct the row; if one of them need not be one of it, such as an amount, say kind: sum"
            more = np.flatnonzero(people > values)
            table.refuse(more, rule.contributors, f"is more than the count {name} that they make up", remedy)


def _values(table: TextTable, rule: MeasureRule, column: str) -> Reals | Ints:
    return table.counts(column) if rule.kind == "count" else table.numbers(column)


def _tolerance(table: TextTable, rules: TableRules) -> float:
    if rules.tolerance is not None:
        return rules.tolerance
    decimals = any(table.has_decimals(rule.column or name) for name, rule in rules.measures.items())
    return ROUNDED if decimals else 0.0


def _contributions(
    cells: _Cells, rule: MeasureRule, values: Reals, people: Reals, computed: int
) -> Contributions | None:
    if not rule.largest:
        return None
    if computed:
        problem = Problem(
            f"{cells.table.name}, columns {', '.join(rule.largest)}",
            f"the largest contributions of {computed:,} margins are not in the table",
            "give all margins, or one row for each record",
        )
        raise SourceInvalid("Rules for sums lack contributions", problems=[problem])
    rows = [cells.table.numbers(column) for column in rule.largest]
    check_largest(cells.table, rule.largest, np.column_stack(rows), (values[cells.at], people[cells.at]))
    largest = np.column_stack([cells.spread(column) for column in rows])
    return given_contributions(np.abs(values), largest, people.astype(np.int64))


def _with_population(found: TableInput, rule: PopulationRule, folder: Path, work: Path) -> TableInput:
    table = read_table(folder / rule.file, work=work, needed=("code", "population"))
    axis = [one.name for one in found.dimensions].index(rule.dimension)
    dimension = found.dimensions[axis]
    people = dict(zip(table.texts("code").to_pylist(), table.counts("population").tolist(), strict=True))
    per_member = [people.get(code, NO_AREA) for code in dimension.members]
    for parent, children in bottom_up(dimension):
        if per_member[parent] == NO_AREA and all(per_member[child] != NO_AREA for child in children):
            per_member[parent] = sum(per_member[child] for child in children)
    # What is above a code without people follows from it.
    single = is_single([dimension])
    lost = [code for code, size in zip(dimension.members, per_member, strict=True) if size == NO_AREA]
    lost = [code for code in lost if single[dimension.members.index(code)]]
    if lost:
        problems = [Problem(rule.file, f"the code {code} has no population", "add it") for code in lost[:MOST_TOLD]]
        raise SourceInvalid("Populations are missing", problems=problems)
    return replace(found, population=np.array(per_member, dtype=np.int64)[found.coordinates[:, axis]])
