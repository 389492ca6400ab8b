"""The formats of answers: a table of small objects, each with its key, its media type and its writer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from datasets.errors import NotAcceptable, Problem
from datasets.said import said
from portal.query.formats import csv_parts, json_lines_parts, json_parts
from portal.query.formats_columnar import arrow_parts, parquet_parts
from portal.query.formats_json_stat import json_stat_parts, shape_of
from portal.query.formats_workbook import workbook_parts
from portal.query.model import MOST_ROWS, UNPAGED, FormatKey, invalid, unknown
from portal.query.written import Written
from portal.shared.accept import read_accept


@dataclass(frozen=True)
class AnswerFormat:
    """One format; ``most`` rows go into one answer."""

    key: FormatKey
    media_type: str
    write: Callable[[Written], Iterator[bytes]]
    saved: bool = True
    """Whether a browser saves it unless told otherwise."""
    streams: bool = True
    """Whether it is sent while it is written."""
    light: bool = False
    """Whether a thousand rows of it are written in a moment."""
    negotiated: bool = True
    """Whether an Accept header can ask for it; two formats of one media type cannot be told apart there."""

    @property
    def suffix(self) -> str:
        """How names of files of it end: JSON-stat is JSON."""
        return self.key.partition("-")[0]

    @property
    def most(self) -> int:
        return MOST_ROWS[self.key]


def _whole_cross_product(written: Written) -> Iterator[bytes]:
    """Write JSON-stat, or raise QueryInvalid where the answer is no cross product of cells or only a page of one."""
    if written.cells is None:
        rule = said("JSON-stat is for tables of cells, and a register has rows")
        others = ", ".join(each for each in MOST_ROWS if each not in UNPAGED)
        raise invalid("format", rule, said("Known here: %(names)s", names=others))
    cells = written.cells()
    if written.about["truncated"]:
        rule = said("JSON-stat holds a whole answer, and this one has more than %(most)s rows", most=cells.plan.limit)
        raise invalid("format", rule, said("Choose fewer members, or another format"))
    yield from json_stat_parts(shape_of(cells.plan), written.chunks, cells.about)


_ALL = (
    AnswerFormat("json", "application/json", json_parts, saved=False, light=True),
    AnswerFormat("csv", "text/csv; charset=utf-8", csv_parts, light=True),
    AnswerFormat("jsonl", "application/x-ndjson", json_lines_parts, light=True),
    AnswerFormat(
        "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook_parts, streams=False
    ),
    AnswerFormat("parquet", "application/vnd.apache.parquet", parquet_parts),
    AnswerFormat("arrow", "application/vnd.apache.arrow.stream", arrow_parts),
    AnswerFormat("json-stat", "application/json", _whole_cross_product, saved=False, streams=False, negotiated=False),
)
FORMATS: dict[FormatKey, AnswerFormat] = {each.key: each for each in _ALL}
JSON = FORMATS["json"]


def named_format(text: str) -> AnswerFormat:
    """Return the format of this key, or raise QueryInvalid."""
    for key, found in FORMATS.items():
        if text == key:
            return found
    raise unknown("format", text, FORMATS)


@lru_cache(maxsize=128)
def accepted_format(accept: str) -> AnswerFormat:
    """Return the format that an Accept header likes best, JSON where it does not care (RFC 9110, section 12.5.1).

    A header that takes none of them raises NotAcceptable.
    """
    wishes = {wish.media_range: wish.weight for wish in read_accept(accept if accept.strip() else "*/*")}
    offered = [each for each in FORMATS.values() if each.negotiated]
    best = max(offered, key=lambda each: _liking(each, wishes))
    if _liking(best, wishes) > 0:
        return best
    known = ", ".join(each.media_type.partition(";")[0] for each in offered)
    problem = Problem("Accept", said("names no format that there is"), said("Known here: %(names)s", names=known))
    raise NotAcceptable(said("The answer can be given in none of the formats asked for"), problems=[problem])


def _liking(answer_format: AnswerFormat, wishes: Mapping[str, float]) -> float:
    media_type = answer_format.media_type.partition(";")[0]
    ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((wishes[each] for each in ranges if each in wishes), 0.0)
