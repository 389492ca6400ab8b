"""Brings tables and registers into the one form in which they are published, and refuses what that form cannot hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from datasets.cell_status import status_column
from datasets.codelist import Codelist
from datasets.errors import Problem, ReleaseRejected
from datasets.release import FieldDescription, ReleaseDescription, TableDescription
from publishers.package.contents import SYNTHETIC, EditionContents
from publishers.public_table import PublicTable

_TYPES = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "date": pa.date32()}
_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_SIGNED_NUMBER = r"^[+-][0-9]+([.,][0-9]+)?$"
_MOST_PROBLEMS = 20
_LONGEST_CELL = 32_767
"""What a cell of a workbook holds, in units of UTF-16: a character beyond U+FFFF is two."""
_BEYOND_16_BITS = r"[\x{10000}-\x{10FFFF}]"


def table_rows(table: PublicTable, described: TableDescription, description: ReleaseDescription) -> pa.Table:
    """Return the cells of ``table`` as they are published: declared columns in declared order, in declared types.

    Columns: a string for each dimension; for each measure an int64 or float64 and its status, a string; ``synthetic``,
    a boolean, where the data is made up. Raises ReleaseRejected for other columns or values that do not fit.
    """
    measures = [description.measure(name) for name in described.measures]
    columns: dict[str, pa.DataType] = dict.fromkeys(described.dimensions, pa.string())
    for measure in measures:
        columns[measure.name] = _TYPES[measure.field_type]
        columns[status_column(measure.name)] = pa.string()
    return _finished(table.data, columns, f"table {table.id}", synthetic=description.synthetic)


def register_rows(contents: EditionContents, fields: Sequence[FieldDescription]) -> pa.Table:
    """Return the rows of a register as they are published; text that a spreadsheet runs or cannot hold is refused."""
    assert contents.register is not None
    columns = {field.name: _TYPES[field.type] for field in fields}
    rows = _finished(contents.register, columns, "register", synthetic=contents.definition.synthetic)
    reject((*_formula_problems(rows), *_control_problems(rows), *_length_problems(rows)))
    return rows


def filled_fields(contents: EditionContents) -> frozenset[str]:
    """Return the columns of a register in which every row has something: a reader takes an empty text for none."""
    rows = contents.register
    if rows is None:
        return frozenset()
    return frozenset(name for name in rows.column_names if not _has_gap(rows.column(name)))


def _has_gap(column: pa.ChunkedArray) -> bool:
    if column.null_count:
        return True
    return pa.types.is_string(column.type) and bool(pc.any(pc.equal(column, "")).as_py())


def check_labels(codelists: Iterable[Codelist]) -> None:
    """Refuse labels that a spreadsheet would take for formulas, or that do not fit on one line."""
    problems = []
    for codelist in codelists:
        for member in codelist.members:
            for text in member.as_row().values():
                if _starts_formula(text) or re.search(r"[\x00-\x1f\x7f]", text):
                    place = f"code list {codelist.id}, code {member.code}"
                    problems.append(Problem(place, "text must be one line that is not a formula", _REMEDY))
    reject(problems)


def reject(problems: Iterable[Problem]) -> None:
    """Raise ReleaseRejected with the first of ``problems``, if there are any."""
    found = list(problems)
    if found:
        more = f" ({len(found)} problems; the first {_MOST_PROBLEMS} are shown)" if len(found) > _MOST_PROBLEMS else ""
        raise ReleaseRejected(f"The package cannot be published{more}", problems=found[:_MOST_PROBLEMS])


_REMEDY = "Correct the text: a spreadsheet runs what starts with = + - @, tab or line break"


def _finished(data: pa.Table, columns: dict[str, pa.DataType], place: str, *, synthetic: bool) -> pa.Table:
    if sorted(data.column_names) != sorted(columns):
        rule = f"must have exactly the columns {', '.join(columns)}"
        raise ReleaseRejected("A table has other columns than declared", problems=[Problem(place, rule)])
    if synthetic and SYNTHETIC in columns:
        problem = Problem(f"{place}, column {SYNTHETIC}", "is the column that marks made-up data", "rename the column")
        raise ReleaseRejected("A column has a reserved name", problems=[problem])
    arrays = [_column(data.column(name), type_, f"{place}, column {name}") for name, type_ in columns.items()]
    fields = [pa.field(name, type_) for name, type_ in columns.items()]
    if synthetic:
        arrays.append(pa.chunked_array([pa.array([True] * data.num_rows, pa.bool_())]))
        fields.append(pa.field(SYNTHETIC, pa.bool_()))
    return pa.table(arrays, schema=pa.schema(fields)).combine_chunks()


def _column(column: pa.ChunkedArray, type_: pa.DataType, place: str) -> pa.ChunkedArray:
    try:
        column = column.cast(type_)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise ReleaseRejected("A column has another type", problems=[Problem(place, f"must be {type_}")]) from None
    if pa.types.is_string(type_):
        # CSV cannot tell an empty text from no text, so no file may.
        return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
    if pa.types.is_floating(type_):
        if pc.any(pc.invert(pc.is_finite(column))).as_py():
            raise ReleaseRejected("A value is no number", problems=[Problem(place, "must be finite")])
        # Adding zero turns -0.0, which would print as -0, into 0.
        return pc.add(column, 0.0)
    return column


def _formula_problems(rows: pa.Table) -> Iterator[Problem]:
    for name in rows.column_names:
        column = rows.column(name)
        if pa.types.is_string(column.type):
            starts = pc.match_substring_regex(column, _FORMULA)
            bad = pc.and_not(starts, pc.match_substring_regex(column, _SIGNED_NUMBER))
            for (row,) in zip(pc.indices_nonzero(pc.fill_null(bad, False)).to_pylist(), strict=True):
                yield Problem(f"register row {row + 1}, column {name}", "text must not look like a formula", _REMEDY)


def _control_problems(rows: pa.Table) -> Iterator[Problem]:
    """No workbook can hold them, and what reads a CSV may stop at one."""
    for name in rows.column_names:
        column = rows.column(name)
        if pa.types.is_string(column.type):
            bad = pc.fill_null(pc.match_substring_regex(column, _CONTROL), False)
            for row in pc.indices_nonzero(bad).to_pylist():
                yield Problem(
                    f"register row {row + 1}, column {name}", "text must not hold control characters", "remove them"
                )


def _length_problems(rows: pa.Table) -> Iterator[Problem]:
    for name in rows.column_names:
        column = rows.column(name)
        if pa.types.is_string(column.type):
            units = pc.add(pc.utf8_length(column), pc.count_substring_regex(column, _BEYOND_16_BITS))
            for row in pc.indices_nonzero(pc.fill_null(pc.greater(units, _LONGEST_CELL), False)).to_pylist():
                rule = f"text must have at most {_LONGEST_CELL:,} characters, as no workbook holds more"
                yield Problem(f"register row {row + 1}, column {name}", rule, "shorten it")


def _starts_formula(text: str) -> bool:
    return bool(re.match(_FORMULA, text)) and not re.fullmatch(_SIGNED_NUMBER.strip("^$"), text)
