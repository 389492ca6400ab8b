"""Extraction for any cells: what a CSV writer wrote comes back, exactly, in every encoding that can hold it."""

from __future__ import annotations

import csv
import io
import tempfile
import unicodedata
from pathlib import Path

import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.errors import SourceInvalid
from datasets.source import Column, Source
from publishers.extract.extract import extract
from publishers.extract.syllables import is_syllable
from publishers.limits import JobLimits

_CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufeff"), max_size=12)


def _extract(content: bytes, columns: dict[str, Column], **given: object) -> list[tuple[object, ...]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "x.csv").write_bytes(content)
        source = Source.model_validate({"path": "x.csv", "columns": columns, **given})
        limits = JobLimits(memory_mb=256, threads=1, temp=folder / "spill")
        found = extract(source, folder=folder, edition="1", work=folder / "work", environ={}, limits=limits)
        table = pq.read_table(found.path)
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _clean(cell: str) -> str | None:
    """Say independently what a cell becomes: NFC, trimmed, nothing for nothing."""
    return unicodedata.normalize("NFC", cell).strip(" \t\r\n\u00a0") or None


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(st.tuples(_CELL, _CELL), min_size=1, max_size=6),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_texts_come_back(rows: list[tuple[str, str]], delimiter: str, encoding: str, newline: str) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL)
    writer.writerows([("key", "a", "b"), *(("k", *row) for row in rows)])
    columns = {"key": Column(), "a": Column(required=False), "b": Column(required=False)}
    read = _extract(stream.getvalue().encode(encoding), columns)
    assert read == [("k", _clean(first), _clean(second)) for first, second in rows]


@settings(max_examples=25, deadline=None)
@given(
    numbers=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=20),
    fractions=st.floats(allow_nan=False, allow_infinity=False),
)
def test_numbers_come_back_exactly(numbers: list[int], fractions: float) -> None:
    content = "a,b\n" + "".join(f"{number},{fractions!r}\n" for number in numbers)
    columns = {"a": Column(type="integer"), "b": Column(type="number")}
    assert _extract(content.encode(), columns) == [(number, fractions) for number in numbers]


@settings(max_examples=25, deadline=None)
@given(bad=st.sets(st.integers(0, 29), min_size=1))
def test_exactly_the_bad_rows_are_named(bad: set[int]) -> None:
    content = "a\n" + "".join("x\n" if row in bad else f"{row}\n" for row in range(30))
    try:
        _extract(content.encode(), {"a": Column(type="integer")})
    except SourceInvalid as error:
        (problem,) = error.problems
        told = problem.place.partition("row")[2].lstrip("s: ").partition(" and")[0]
        assert [int(row) for row in told.split(", ")] == sorted(row + 2 for row in bad)[:20]
        assert problem.place.count(f"{len(bad)} rows") == (len(bad) > 1)
    else:
        raise AssertionError


@given(word=st.text(max_size=10))
def test_any_word_can_be_asked(word: str) -> None:
    assert is_syllable(word) in {True, False}
