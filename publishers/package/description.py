"""Describes an edition from its contents, so that a release never needs its definition to be understood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datasets.codelist import Codelist, Member
from datasets.definition import Definition
from datasets.errors import Problem, ReleaseRejected
from datasets.measure import Measure
from datasets.names import TOTAL
from datasets.notices import renamed_fields, retiring_parts
from datasets.periods import period_of
from datasets.release import (
    CodelistDescription,
    CountedRows,
    DimensionDescription,
    FieldDescription,
    MeasureDescription,
    RegisterDescription,
    ReleaseDescription,
    TableDescription,
)
from datasets.rounding import DECIMALS
from datasets.text import Bilingual
from publishers.package.contents import REGISTER, EditionContents
from publishers.public_table import PublicTable

MOST_WORKBOOK_ROWS = 200_000
"""A table with more rows gets no workbook: it would be slow to open and near the limit of a sheet."""

_TOTAL_LABEL = Bilingual(vi="Tổng số", en="Total")
_COUNTRY_LABEL = Bilingual(vi="Cả nước", en="Whole country")


def describe(contents: EditionContents, codelists: Mapping[str, Codelist]) -> ReleaseDescription:
    """Return the description of an edition; ``codelists`` are the lists as they are packaged, by id."""
    definition = contents.definition
    start, end = period_of(contents.edition) or ("", "")
    return ReleaseDescription(
        **_said_by_definition(definition),
        edition=contents.edition,
        period_start=str(start),
        period_end=str(end),
        rows_left_out=contents.rows_left_out,
        next_release=_next_release(definition, contents.edition),
        dimensions=tuple(_dimension(contents, name, codelists) for name in _used_dimensions(contents)),
        measures=tuple(_measure(contents, name) for name in _used_measures(contents)),
        tables=tuple(_table(definition, table) for table in contents.tables.values()),
        register=_register(contents),
        codelists=tuple(_codelist(codelist) for codelist in codelists.values()),
        disclosure=contents.disclosure,
        renamed=renamed_fields(definition.renamed),
        retiring=retiring_parts(definition.retiring),
        breaks=definition.breaks,
    )


def published_codelists(contents: EditionContents) -> dict[str, Codelist]:
    """Return the code lists of an edition, with the member ``_T`` first where a dimension publishes its total."""
    labels: dict[str, Bilingual] = {}
    for name in _used_dimensions(contents):
        dimension = contents.definition.dimensions[name]
        if dimension.total:
            label = _COUNTRY_LABEL if dimension.role == "geography" else _TOTAL_LABEL
            # Where one list serves dimensions of two kinds, only the plain label fits both.
            labels[dimension.codelist] = label if labels.get(dimension.codelist, label) == label else _TOTAL_LABEL
    return {id_: _with_total(codelist, labels.get(id_)) for id_, codelist in sorted(contents.codelists.items())}


def _with_total(codelist: Codelist, label: Bilingual | None) -> Codelist:
    if label is None or TOTAL in codelist.by_code:
        return codelist
    return Codelist(codelist.id, codelist.title, (Member(TOTAL, label), *codelist.members), codelist.source)


def _said_by_definition(definition: Definition) -> dict[str, Any]:
    names = ("kind", "title", "summary", "keywords", "publisher", "contact", "theme", "licence", "attribution")
    more = ("frequency", "coverage", "synthetic", "rules")
    return {"dataset": definition.id} | {name: getattr(definition, name) for name in (*names, *more)}


def _next_release(definition: Definition, edition: str) -> str:
    """Return when the edition after this one is due. The clock has no say: the same contents say the same."""
    entries = sorted(definition.calendar, key=lambda entry: entry.due)
    own = next((entry.due for entry in entries if entry.edition == edition), None)
    period = period_of(edition)
    after = own or (period[1] if period else None)
    if after is None:
        return ""
    return next((str(entry.due) for entry in entries if entry.due > after and entry.edition != edition), "")


def _used_dimensions(contents: EditionContents) -> tuple[str, ...]:
    definition = contents.definition
    used = {name for table in contents.tables for name in definition.tables[table].dimensions}
    return tuple(name for name in definition.dimensions if name in used)


def _used_measures(contents: EditionContents) -> tuple[str, ...]:
    used = {name for table in contents.tables.values() for name in table.field_types}
    return tuple(name for name in contents.definition.measures if name in used)


def _dimension(contents: EditionContents, name: str, codelists: Mapping[str, Codelist]) -> DimensionDescription:
    dimension = contents.definition.dimensions[name]
    return DimensionDescription(
        name=name,
        title=dimension.title,
        codelist=dimension.codelist,
        role=dimension.role,
        total=dimension.total,
        levels=_published_levels(contents, name, codelists[dimension.codelist]),
    )


def _published_levels(contents: EditionContents, name: str, codelist: Codelist) -> tuple[str, ...]:
    """Return the levels that the data holds, coarsest first; a flat list has none."""
    tables = [table.data for table in contents.tables.values() if name in table.data.column_names]
    codes = {code for table in tables for code in table.column(name).unique().to_pylist()}
    found = {member.level for code in codes if (member := codelist.by_code.get(code)) is not None}
    return tuple(level for level in codelist.levels if level and level in found)


def _measure(contents: EditionContents, name: str) -> MeasureDescription:
    measure = contents.definition.measures[name]
    tables = [table for table in contents.tables.values() if name in table.field_types]
    types = {table.field_types[name] for table in tables}
    if len(types) != 1:
        problem = Problem(f"measure {name}", "must have one type in all tables", "report this: tabulation went wrong")
        raise ReleaseRejected("The tables of this edition do not agree", problems=[problem])
    above, below = _parts_of_mean(contents.definition, measure) if measure.type == "mean" else (None, None)
    population = contents.definition.measures.get(measure.denominator or name)
    is_ratio = measure.type in ("mean", "rate")
    return MeasureDescription(
        name=name,
        title=measure.title,
        unit=measure.unit,
        type=measure.type,
        field_type=types.pop(),
        additive=all(table.additive[name] for table in tables),
        decimals=DECIMALS if is_ratio and measure.decimals is None else measure.decimals,
        numerator=measure.numerator or above,
        denominator=measure.denominator or below,
        per=measure.per if measure.type == "rate" else None,
        denominator_source=population.source if population else None,
        dimensions=measure.dimensions,
        counted=None if measure.type in ("rate", "population") else _counted(contents.definition, measure),
    )


def _counted(definition: Definition, measure: Measure) -> CountedRows:
    """Return what of the source a measure counts, by the conditions of both."""
    assert definition.source is not None
    where = definition.source.conditions_with(measure.where.items())
    return CountedRows(
        column=measure.column, where={column: tuple(sorted(values)) for column, values in sorted(where.items())}
    )


def _parts_of_mean(definition: Definition, mean: Measure) -> tuple[str | None, str | None]:
    """Return the measures that are the sum and the number of the values of a mean, where the definition has them."""
    assert definition.source is not None
    assert mean.column is not None
    rows = {column: frozenset(values) for column, values in mean.where.items()}
    same = {
        name: one
        for name, one in definition.measures.items()
        if {column: frozenset(values) for column, values in one.where.items()} == rows and one.absent in (None, "zero")
    }
    above = next((name for name, one in same.items() if (one.type, one.column) == ("sum", mean.column)), None)
    # Where values may be missing, no count of rows says how many there are.
    counted = definition.source.columns[mean.column].required
    return above, next((name for name, one in same.items() if counted and one.type == "count"), None)


def _table(definition: Definition, table: PublicTable) -> TableDescription:
    spec = definition.tables[table.id]
    rows = table.data.num_rows
    return TableDescription(
        id=table.id,
        title=spec.title,
        dimensions=spec.dimensions,
        measures=spec.measures or tuple(definition.measures),
        margins=spec.margins,
        rows=rows,
        withheld=dict(table.withheld),
        **_paths(table.id, rows),
    )


def _register(contents: EditionContents) -> RegisterDescription | None:
    if contents.register is None:
        return None
    definition = contents.definition
    assert definition.source is not None
    rows = contents.register.num_rows
    fields = []
    for name in definition.fields:
        column = definition.source.columns[name]
        assert column.title is not None
        fields.append(FieldDescription(name=name, title=column.title, type=column.type, codelist=column.codelist))
    return RegisterDescription(fields=tuple(fields), key=definition.key, rows=rows, **_paths(REGISTER, rows))


def _paths(name: str, rows: int) -> dict[str, str]:
    xlsx = f"data/{name}.xlsx" if rows <= MOST_WORKBOOK_ROWS else ""
    return {"parquet": f"data/{name}.parquet", "csv": f"data/{name}.csv", "xlsx": xlsx}


def _codelist(codelist: Codelist) -> CodelistDescription:
    return CodelistDescription(
        id=codelist.id,
        title=codelist.title,
        path=f"codelists/{codelist.id}.csv",
        rows=len(codelist.members),
        levels=tuple(level for level in codelist.levels if level),
        source=codelist.source,
    )
