"""Tables of tau-ARGUS (.tab with .rda, .hrc and .hst) as what is protected here."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from anonymization.dimension import TOTAL, Dimension
from anonymization.primary.contributions import Contributions, given_contributions
from anonymization.relations import Flags, Ints
from anonymization.singletons import NOBODY
from anonymization.system import Reals
from anonymization.words import Text
from datasets.errors import Problem, SourceInvalid
from publishers.standalone.argus.apriori import Apriori, read_apriori
from publishers.standalone.argus.metadata import Metadata, Variable, hierarchy_pairs, level_pairs, read_metadata
from publishers.standalone.cells_given import check_largest, check_repeated
from publishers.standalone.hierarchies import dimension_of, parents_of
from publishers.standalone.raw_system import ROUNDED
from publishers.standalone.table_input import (
    Decided,
    MeasureInput,
    TableInput,
    add_margins,
    is_single,
    members_of,
    shape_of,
    sums_as_written,
)
from publishers.standalone.text_tables import MOST_TOLD, TextTable, read_text
from publishers.standalone.undeclared_totals import refuse_undeclared_totals


@dataclass(frozen=True)
class ArgusFiles:
    """A table of tau-ARGUS; `margin` is the protection level, in percent, of cells found unsafe by hand."""

    table: Path
    metadata: Path
    apriori: Path | None = None
    margin: float = 20.0


@dataclass(frozen=True)
class _Table:
    """The rows of a .tab file, and the cells that they are about."""

    metadata: Metadata
    rows: TextTable
    dimensions: tuple[Dimension, ...]
    totals: tuple[str, ...]
    at: Ints

    @property
    def size(self) -> int:
        return int(np.prod(shape_of(self.dimensions)))

    def numbers(self, variable: Variable) -> Reals:
        """Return a numeric column at its cells, zero elsewhere, float64 (cells,)."""
        spread = np.zeros(self.size)
        spread[self.at] = self.rows.numbers(variable.name, comma=True)
        return spread

    def first(self, role: str) -> Reals | None:
        """Return the column with a role, if there is one."""
        found = self.metadata.of(role)  # type: ignore[arg-type]
        return self.numbers(found[0]) if found else None


def read_argus(files: ArgusFiles, *, work: Path) -> TableInput:
    """Read a table of tau-ARGUS.

    Cells that no row names are empty, as there: true zeros, or margins that are added up. Without a response variable
    the frequencies are published. Raises `SourceUnreadable` and `SourceInvalid` with file, row and remedy.
    """
    table = _read(files, work)
    response = table.metadata.of("response")
    frequency = table.first("frequency")
    if len(response) > 1:
        names = ", ".join(one.name for one in response)
        raise _invalid(files.metadata.name, f"has several response variables: {names}", "keep one, or mark <SHADOW>")
    counts = not response
    if counts and frequency is None:
        raise _invalid(files.metadata.name, "has neither a response variable nor frequencies", "mark one of them")
    values = table.numbers(response[0]) if response else np.asarray(frequency).copy()
    people = np.asarray(frequency).copy() if frequency is not None else (values != 0).astype(np.float64)
    cost, shadow = table.first("cost"), table.first("shadow")
    given = np.zeros(table.size, np.bool_)
    given[table.at] = True
    decimals = any(table.rows.has_decimals(one.name) for one in response)
    tolerance = ROUNDED if decimals else 0.0
    refuse_undeclared_totals(
        files.table.name,
        table.dimensions,
        (given, [values], tolerance),
        declared=(),
        remedy='write <TOTCODE> "{code}" below {name} in the .rda; if it is one more part, name all in an .hrc file',
    )
    arrays = [values, people, *(one for one in (cost, shadow) if one is not None)]
    known = add_margins(table.dimensions, given | is_single(table.dimensions), arrays)
    if not known.all():
        raise _invalid(files.table.name, f"lacks {int((~known).sum())} margins", "let tau-ARGUS write all cells")
    if (people < 0).any() or (people != np.floor(people)).any():
        raise _invalid(files.table.name, "has a frequency that is no whole number", "correct <FREQUENCY>")
    if response:
        values = sums_as_written(values, table.rows.decimals(response[0].name))
    computed = int((known & ~given & ~is_single(table.dimensions)).sum())
    name = response[0].name if response else table.metadata.of("frequency")[0].name
    contributions = None if computed else _contributions(table, values if shadow is None else shadow, people)
    # Without frequencies nobody knows who is alone.
    sole = None if frequency is not None else np.full(table.size, NOBODY, dtype=np.int64)
    measure = MeasureInput(name, values, people.astype(np.int64), counts, contributions, sole)
    none = np.zeros(table.size, np.bool_)
    found = TableInput(
        table.dimensions,
        (measure,),
        none,
        none,
        none,
        tolerance,
        none,
        weights=cost,
        computed=computed,
        notes=_notes(table),
    )
    apriori = None if files.apriori is None else read_apriori(files.apriori, _resolver(table), work=work)
    return _with_statuses(found, table, apriori, files.margin)


def _notes(table: _Table) -> tuple[Text, ...]:
    return tuple(
        Text(
            vi=f"Từ khóa {keyword} trong siêu dữ liệu không có tác dụng ở đây và đã được bỏ qua.",
            en=f"{keyword} of the metadata bears on nothing here and was passed over.",
        )
        for keyword in sorted(set(table.metadata.ignored))
    )


def _read(files: ArgusFiles, work: Path) -> _Table:
    metadata = read_metadata(files.metadata, work=work)
    name = files.table.name
    rows = _rows(read_text(files.table, work=work), name, metadata)
    dimensions, totals, places = [], [], []
    for variable in metadata.of("explanatory"):
        codes = rows.columns[variable.name].to_pylist()
        total = variable.total or TOTAL
        single = [code for code in dict.fromkeys(codes) if code not in ("", total, TOTAL)]
        if not single:
            raise _invalid(name, f"{variable.name} has only the total", "name another column")
        hierarchies = [_parents(variable, single, total, files, work)] if variable.hierarchical else []
        dimension = dimension_of(variable.name, single, hierarchies, name)
        dimensions.append(dimension)
        totals.append(total)
        places.append(members_of(dimension, [code or total for code in codes], total=total))
    at = np.ravel_multi_index(tuple(places), shape_of(dimensions)).astype(np.int64)
    check_repeated(rows, at, dimensions, remedy="give every cell once")
    return _Table(metadata, rows, tuple(dimensions), tuple(totals), at)


def _rows(text: str, name: str, metadata: Metadata) -> TextTable:
    width = len(metadata.variables)
    lines: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=metadata.separator[0], strict=True)
    try:
        for row in reader:
            if not row:
                continue
            if len(row) != width:
                rule = f"has {len(row)} fields where the metadata has {width} variables"
                raise _invalid(f"{name} row {reader.line_num}", rule, "correct the row, or <SEPARATOR>")
            lines.append([cell.strip() for cell in row])
    except csv.Error:
        raise _invalid(f"{name} row {reader.line_num}", "has quotes that do not match", "correct the row") from None
    if not lines:
        raise _invalid(name, "has no rows", "let tau-ARGUS write the table again")
    columns = {
        variable.name: pa.chunked_array([pa.array([line[place] for line in lines], pa.string())])
        for place, variable in enumerate(metadata.variables)
    }
    return TextTable(name, columns, len(lines), first_row=1)


def _parents(variable: Variable, codes: Sequence[str], total: str, files: ArgusFiles, work: Path) -> dict[str, str]:
    if variable.levels:
        pairs = level_pairs(list(codes), variable.levels, files.table.name)
        return dict(parents_of(pairs, f"<HIERLEVELS> of {variable.name}", total=total))
    # Files written on Windows name folders that are not here: what counts is the name beside the metadata.
    path = files.metadata.parent / variable.code_file.replace("\\", "/").rsplit("/", 1)[-1]
    pairs = hierarchy_pairs(read_text(path, work=work), variable.lead, path.name)
    return dict(parents_of(pairs, path.name, total=total))


def _contributions(table: _Table, totals: Reals, people: Reals) -> Contributions | None:
    tops = table.metadata.of("top")
    if not tops:
        return None
    largest = np.column_stack([table.numbers(one) for one in tops])
    at = table.at
    check_largest(table.rows, [one.name for one in tops], largest[at], (totals[at], people[at]))
    return given_contributions(np.abs(totals), largest, people.astype(np.int64))


def _resolver(table: _Table) -> tuple[tuple[dict[str, int], ...], tuple[int, ...]]:
    codes = tuple(
        {code: at for at, code in enumerate(one.members)} | {total: one.total, "": one.total}
        for one, total in zip(table.dimensions, table.totals, strict=True)
    )
    return codes, shape_of(table.dimensions)


def _with_statuses(found: TableInput, table: _Table, apriori: Apriori | None, margin: float) -> TableInput:
    """Take over what the status column and the a-priori file say, the latter last."""
    unsafe, frozen = _statuses(table)
    values = found.measures[0].values
    lower, upper = (margin / 100.0 * np.abs(values) for _ in range(2))
    given = (table.first("lower_level"), table.first("upper_level"))
    lower = lower if given[0] is None else np.where(unsafe, given[0], lower)
    upper = upper if given[1] is None else np.where(unsafe, given[1], upper)
    weights, exempt, forced = found.weights, found.exempt.copy(), found.forced.copy()
    if apriori is not None:
        unsafe, frozen = (unsafe | apriori.unsafe) & ~apriori.safe, frozen | apriori.protect
        exempt, forced = apriori.safe, apriori.forced
        lower = np.where(np.isnan(apriori.lower), lower, apriori.lower)
        upper = np.where(np.isnan(apriori.upper), upper, apriori.upper)
        if not np.isnan(apriori.cost).all():
            base = np.maximum(np.abs(values), 1.0) if weights is None else weights
            weights = np.where(np.isnan(apriori.cost), base, apriori.cost)
    if weights is not None:
        weights = np.where(weights > 0, weights, 1.0)  # tau-ARGUS takes a cost of 0 for 1 too
    decided = Decided(unsafe, lower, upper)
    return replace(found, decided=decided, frozen=frozen, exempt=exempt, forced=forced, weights=weights)


def _statuses(table: _Table) -> tuple[Flags, Flags]:
    none = np.zeros(table.size, np.bool_)
    column = table.metadata.of("status")
    if not column:
        return none, none.copy()
    texts = table.rows.columns[column[0].name].to_pylist()
    metadata = table.metadata
    known = (metadata.safe, metadata.unsafe, metadata.protect)
    lost = [row for row, text in enumerate(texts) if text not in known]
    table.rows.refuse(np.array(lost, dtype=np.int64), column[0].name, "is not a status", f"use {', '.join(known)}")
    unsafe, frozen = none.copy(), none.copy()
    unsafe[table.at[[text == metadata.unsafe for text in texts]]] = True
    frozen[table.at[[text == metadata.protect for text in texts]]] = True
    return unsafe, frozen


def _invalid(place: str, rule: str, remedy: str) -> SourceInvalid:
    return SourceInvalid("The table cannot be used", problems=[Problem(place, rule, remedy)][:MOST_TOLD])
