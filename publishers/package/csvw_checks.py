"""Checks the CSV files of a package against its CSVW metadata, read back as a stranger would: with nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from datasets.errors import Problem
from datasets.file_sql import read_csv
from datasets.package_files import CSVW
from publishers.package import csvw

_REMEDY = "Report this with the name of the definition: its metadata would mislead readers"
_OPTIONS = "header = true, all_varchar = true, strict_mode = true, delim = ',', quote = '\"', comment = ''"
_FITS = {
    "string": "true",
    "integer": "regexp_full_match({0}, '[+-]?[0-9]+')",
    "double": "regexp_full_match({0}, '[+-]?([0-9]+(\\.[0-9]+)?|\\.[0-9]+)([eE][+-]?[0-9]+)?')",
    "date": "regexp_full_match({0}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') and try_cast({0} as date) is not null",
    "boolean": "{0} in ('true', 'false', '1', '0')",
}
"""What a text must be like to be of a type, as CSVW reads it without a format."""

Json = Mapping[str, Any]


def csvw_problems(connection: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[Problem]:
    """Yield what is wrong with ``csv-metadata.json`` in ``folder``, or in which files break what it says."""
    try:
        tables = _tables(json.loads((folder / CSVW).read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as error:
        yield Problem(CSVW, f"is no CSVW metadata of tables: {error}", _REMEDY)
        return
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*.csv")}
    for path in sorted(there.symmetric_difference(tables)):
        yield Problem(path, f"must be a file of the package, described in {CSVW}", _REMEDY)
    for path in sorted(there.intersection(tables)):
        problems = list(_schema_problems(folder, path, tables))
        yield from problems or _row_problems(connection, folder, path, tables)


def _tables(metadata: Json) -> dict[str, Json]:
    if metadata["@context"][0] != csvw.NAMESPACE:
        raise ValueError(f"its @context must begin with {csvw.NAMESPACE}")
    if (metadata["null"], metadata["dialect"]["delimiter"], metadata["dialect"]["encoding"]) != ([""], ",", "utf-8"):
        raise ValueError("its dialect must be that of the files")
    tables = {table["url"]: table["tableSchema"] for table in metadata["tables"]}
    if not tables or len(tables) != len(metadata["tables"]):
        raise ValueError("it must describe each file once")
    return tables


# What it says of a file -----------------------------------------------------------------------------------------------


def _schema_problems(folder: Path, path: str, tables: Mapping[str, Json]) -> Iterator[Problem]:
    columns = tables[path]["columns"]
    names = [column["name"] for column in columns]
    with (folder / path).open(encoding="utf-8", newline="") as file:
        if file.readline() != ",".join(names) + "\r\n":
            yield Problem(path, f"must have the columns that {CSVW} describes, in their order", _REMEDY)
        # Tables have their texts in quotation marks; labels of code lists have no line breaks.
        if path.startswith("codelists/") and any(line.startswith("#") for line in file):
            yield Problem(path, "no code may begin with #: readers of CSVW take the line for a comment", "Rename it")
    for column in columns:
        if rule := _column_flaw(column):
            yield Problem(f"{path}, column {column['name']}", rule, _REMEDY)
    for name in (*tables[path]["primaryKey"], *tables[path].get("rowTitles", ())):
        if name not in names:
            yield Problem(f"{path}, column {name}", "is a key or title, and no column", _REMEDY)
    for key in tables[path].get("foreignKeys", ()):
        target = key["reference"]
        known = [column["name"] for column in tables.get(target["resource"], {}).get("columns", ())]
        if key["columnReference"] not in names or target["columnReference"] not in known:
            yield Problem(f"{path}, column {key['columnReference']}", "refers to a column that is not there", _REMEDY)


def _column_flaw(column: Json) -> str:
    base, pattern = _datatype(column)
    titles = column["titles"]
    if base not in _FITS:
        return f"has the type {base}, which is none of {', '.join(_FITS)}"
    if titles.get("und") != column["name"] or not all(titles.get(language) for language in ("vi", "en")):
        return "must have its name and a title in both languages as titles"
    try:
        re.compile(pattern)
    except re.error:
        return "has a pattern that is no regular expression"
    return ""


def _datatype(column: Json) -> tuple[str, str]:
    datatype = column["datatype"]
    return (datatype, "") if isinstance(datatype, str) else (datatype["base"], datatype["format"])


# What is in the file --------------------------------------------------------------------------------------------------


def _row_problems(
    connection: duckdb.DuckDBPyConnection, folder: Path, path: str, tables: Mapping[str, Json]
) -> Iterator[Problem]:
    """Yield how many rows break each rule, counted in one pass over the file; no value of them is told."""
    rules = list(_rules(folder, tables[path]))
    counts = ", ".join(f"count(*) filter (where {broken})" for _, _, broken in rules)
    found = connection.execute(f"select {counts} from {read_csv(folder / path, _OPTIONS)}").fetchone()
    assert found is not None
    for (name, rule, _), rows in zip(rules, found, strict=True):
        if rows:
            yield Problem(f"{path}, column {name}, {rows} rows", rule, _REMEDY)


def _rules(folder: Path, schema: Json) -> Iterator[tuple[str, str, str]]:
    """Yield a column, a rule that it has to keep, and SQL that is true where it does not."""
    for column in schema["columns"]:
        name, (base, pattern) = column["name"], _datatype(column)
        value = f'"{name}"'
        given = f"coalesce({value}, '') <> ''"
        yield name, f"must be of the type {base}", f"{given} and not coalesce({_FITS[base].format(value)}, false)"
        if column.get("required"):
            yield name, "must not be empty", f"not ({given})"
        if pattern:
            yield name, f"must match {pattern}", f"{given} and not regexp_matches({value}, '{pattern}')"
    for key in schema.get("foreignKeys", ()):
        name, target = key["columnReference"], key["reference"]
        known = f'select "{target["columnReference"]}" from {read_csv(folder / target["resource"], _OPTIONS)}'
        yield name, f"must have codes of {target['resource']}", f"coalesce(\"{name}\", '') not in ({known})"
