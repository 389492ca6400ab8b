"""Measuring the search: a corpus of records, queries with the datasets they should find, and three figures.

- hit@1: the share of queries whose first hit is an expected dataset;
- MRR: the mean over queries of 1 / rank of the first expected dataset, 0 where none is found;
- recall@5: the mean over queries of the share of expected datasets among the first five hits.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from catalog.record import CatalogField, CatalogRecord
from catalog.search import MAX_PAGE_SIZE, Catalog, SearchRequest
from catalog.vietnamese import words
from datasets.errors import Problem, SourceUnreadable
from datasets.text import Bilingual, BilingualList, Model

DEFINITIONS = {
    "hit@1": "share of queries whose first hit is expected",
    "MRR": "mean of 1 / rank of the first expected hit, 0 where none",
    "recall@5": "mean share of the expected datasets among the first five hits",
}
_FREQUENCIES = {"hang ngay": "daily", "hang tuan": "weekly", "hang thang": "monthly", "hang qui": "quarterly"}
_LEVELS = {"quoc": "country", "vung": "region", "tinh": "province", "phuong": "commune"}
_FREQUENCIES |= {"hang nam": "yearly"}


class CorpusRecord(Model):
    """One record of the evaluation corpus, in the labels of Vietnamese portals."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    tieu_de: str
    title_en: str
    mo_ta: str = ""
    linh_vuc: str = ""
    co_quan_cung_cap: str = ""
    tan_suat_cap_nhat: str = ""
    giai_doan: str = ""
    cap_dia_ly: str = ""
    the: tuple[str, ...] = ()
    cot_chieu: str = ""
    cot_do: str = ""


_CORPUS = TypeAdapter(list[CorpusRecord])


class Question(Model):
    """A query and the datasets that it should find."""

    query: str
    expected: tuple[str, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Miss:
    """A query whose first hit was not expected, or that left an expected dataset out of the first five."""

    query: str
    expected: tuple[str, ...]
    got: tuple[str, ...]


@dataclass(frozen=True)
class Evaluation:
    """The figures over all queries."""

    queries: int
    hit_at_1: float
    mean_reciprocal_rank: float
    recall_at_5: float
    without_results: int
    misses: tuple[Miss, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the figures with their definitions, to be printed as JSON."""
        return {
            "queries": self.queries,
            "hit@1": round(self.hit_at_1, 4),
            "MRR": round(self.mean_reciprocal_rank, 4),
            "recall@5": round(self.recall_at_5, 4),
            "queries_without_results": self.without_results,
            "misses": [{"query": miss.query, "expected": miss.expected, "got": miss.got} for miss in self.misses],
            "definitions": DEFINITIONS,
        }


def evaluate(catalog: Catalog, questions: Sequence[Question]) -> Evaluation:
    """Ask every question and return the figures."""
    hits, reciprocal, recall, empty = 0, 0.0, 0.0, 0
    misses: list[Miss] = []
    for question in questions:
        found = catalog.search(SearchRequest(question.query, page_size=MAX_PAGE_SIZE))
        got = [hit.record.id for hit in found.hits]
        ranks = [got.index(one) + 1 for one in question.expected if one in got]
        hits += 1 in ranks
        reciprocal += 1 / min(ranks) if ranks else 0.0
        in_five = sum(rank <= 5 for rank in ranks) / len(question.expected)
        recall += in_five
        empty += not got
        if 1 not in ranks or in_five < 1:
            misses.append(Miss(question.query, question.expected, tuple(got[:5])))
    number = max(len(questions), 1)
    return Evaluation(len(questions), hits / number, reciprocal / number, recall / number, empty, tuple(misses))


def read_corpus(path: Path) -> tuple[CatalogRecord, ...]:
    """Read a corpus of records; raises SourceUnreadable."""
    try:
        return tuple(_record(each) for each in _CORPUS.validate_json(path.read_bytes()))
    except (OSError, ValueError) as error:
        problem = Problem(path.name, "must be a JSON list of records with id, tieu_de and title_en", "correct it")
        raise SourceUnreadable("The corpus cannot be read.", problems=[problem]) from error


def read_questions(path: Path) -> tuple[Question, ...]:
    """Read queries from CSV with the columns query and expected_ids (separated by |); raises SourceUnreadable."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        return tuple(Question(query=row["query"], expected=tuple(row["expected_ids"].split("|"))) for row in rows)
    except (OSError, ValueError, KeyError, AttributeError) as error:
        problem = Problem(path.name, "must be UTF-8 CSV with the columns query and expected_ids", "correct it")
        raise SourceUnreadable("The queries cannot be read.", problems=[problem]) from error


def _record(source: CorpusRecord) -> CatalogRecord:
    start, end = _years(source.giai_doan)
    return CatalogRecord(
        id=source.id,
        kind=_kind(source),
        title=Bilingual(vi=source.tieu_de, en=source.title_en),
        summary=_same(source.mo_ta or source.tieu_de),
        keywords=BilingualList(vi=source.the),
        publisher_id=_slug(source.co_quan_cung_cap),
        publisher_name=_same(source.co_quan_cung_cap or "?"),
        theme=_slug(source.linh_vuc),
        theme_label=_same(source.linh_vuc or "?"),
        licence="",
        frequency=_FREQUENCIES.get(_slug(source.tan_suat_cap_nhat).replace("-", " "), "irregular"),
        coverage_start=start,
        coverage_end=end,
        geography_level=_same(source.cap_dia_ly) if source.cap_dia_ly.strip() else None,
        geography_code=_LEVELS.get(_slug(source.cap_dia_ly).partition("-")[0], ""),
        dimensions=_columns(source.cot_chieu),
        measures=_columns(source.cot_do),
        formats=("csv",),
    )


def _kind(source: CorpusRecord) -> Literal["statistics", "register", "codelist"]:
    first = _slug(source.tieu_de)
    if first.startswith("danh-sach"):
        return "register"
    return "codelist" if _slug(source.linh_vuc).startswith("danh-muc") else "statistics"


def _same(text: str) -> Bilingual:
    return Bilingual(vi=text, en=text)


def _columns(names: str) -> tuple[CatalogField, ...]:
    return tuple(
        CatalogField(name=name.strip(), title=_same(name.replace("_", " ")))
        for name in names.split(",")
        if name.strip()
    )


def _years(period: str) -> tuple[str | None, str | None]:
    years = re.findall(r"\b(?:19|20)\d\d\b", period)
    return (min(years), max(years)) if years else (None, None)


def _slug(text: str) -> str:
    return "-".join(word.folded for word in words(text)) or "unknown"
