"""What every server is asked: one question about made-up places and times, as an address of each."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from benchmarks.peers_data import CELLS, DATASETS, DAYS, KINDS, REGISTER, day

OURS, DATASETTE, POSTGRES, FLOOR = "ytemo", "Datasette", "PostgreSQL", "empty route"
Values = Mapping[str, str]
_LEAVES = "month < '_' AND age <> '_T' AND sex <> '_T'"
_PLAIN = {"_shape": "objects", "_nocount": "1", "_nofacet": "1", "_nosuggest": "1"}
"""Without these Datasette would count and suggest beside what is asked."""


@dataclass(frozen=True)
class Question:
    """One kind of question; ``addresses`` make the path of it for each server, from the values that were drawn."""

    name: str
    table: str
    draw: Callable[[random.Random, int], Values]
    addresses: Mapping[str, Callable[[Values], str]]
    figures: tuple[str, ...]
    """What the rows of the answers must agree in, added up."""


def drawn(question: Question, count: int, *, months: int, seed: int) -> list[Values]:
    """Return values for so many questions, no two alike."""
    chance = random.Random(f"{question.name} {question.table} {seed}")  # noqa: S311 - keys, no secrets
    found: dict[str, Values] = {}
    for _ in range(count * 2):
        values = question.draw(chance, months)
        found[json.dumps(values)] = values
    return list(found.values())[:count]


def summed(question: Question, body: bytes) -> tuple[int, ...]:
    """Return the number of rows of an answer, and what their figures add up to."""
    document = json.loads(body)
    rows: list[dict[str, Any]] = document["data"] if "data" in document else document["rows"]
    return len(rows), *(sum(row[name] or 0 for row in rows) for name in question.figures)


def _month(number: int) -> str:
    return f"{2015 + number // 12}-{number % 12 + 1:02d}"


def _place(chance: random.Random) -> dict[str, str]:
    return {"province": f"p{chance.randrange(63):02d}", "chapter": chance.choice(("I", "II"))}


def _point(chance: random.Random, months: int) -> Values:
    rest = {
        "month": _month(chance.randrange(months)),
        "age": f"a{chance.randrange(18):02d}",
        "sex": chance.choice("FM"),
    }
    return _place(chance) | rest


def _since(chance: random.Random, months: int) -> Values:
    # Late enough in the list that a page of 100 is full, early enough that no two are alike for long.
    return _place(chance) | {"since": _month(chance.randrange(months - 3))}


def _years(chance: random.Random, months: int) -> Values:
    first = chance.randrange(months - 60)
    return _place(chance) | {"since": _month(first), "until": _month(first + 59)}


def _code(chance: random.Random, _: int) -> Values:
    return {"code": f"F{chance.randrange(1_000_000):07d}"}


def _kind(chance: random.Random, _: int) -> Values:
    beds = str(chance.randrange(1, 60))
    return {"province": f"p{chance.randrange(63):02d}", "kind": chance.choice(KINDS), "beds": beds}


def _opened(chance: random.Random, _: int) -> Values:
    return {"province": f"p{chance.randrange(63):02d}", "since": day(chance.randrange(DAYS - 500))}


def _ours(table: str, **asked: str) -> Callable[[Values], str]:
    dataset, name = DATASETS[table]
    return _address(f"/api/v1/datasets/{dataset}/tables/{name}/data", asked)


def _app(table: str, name: str) -> Callable[[Values], str]:
    return lambda values: f"/{table}/{name}?{urlencode(values)}"


def _listed(table: str, **asked: str) -> Callable[[Values], str]:
    return _address(f"/bench/{table}.json", asked | _PLAIN)


def _sql(sql: str) -> Callable[[Values], str]:
    return lambda values: f"/bench.json?{urlencode({'sql': sql, '_shape': 'objects', **values})}"


def _address(path: str, asked: Mapping[str, str]) -> Callable[[Values], str]:
    """Return what writes an address: ``{name}`` in a value stands for what was drawn."""
    return lambda values: (
        f"{path}?{urlencode({name: text.format(**values) for name, text in asked.items()}, safe=',-')}"
    )


_CELL = {"province": "{province}", "chapter": "{chapter}"}
_EVERY_CELL = {"group": "month,age,sex", "select": "cases"}
_SUMS = f"""SELECT age, sex, CASE WHEN count(cases) = count(*) THEN sum(cases) END AS cases,
CASE WHEN count(cases) = count(*) THEN 'observed' ELSE 'suppressed' END AS cases_status FROM cells
WHERE province = :province AND chapter = :chapter AND month >= :since AND month <= :until AND {_LEAVES}
GROUP BY age, sex ORDER BY age, sex"""
# The plus keeps SQLite from reading the whole range of the primary key, where the index gives the largest first.
_TOP = f"""SELECT * FROM cells WHERE province = :province AND chapter = :chapter AND +month >= :since AND +{_LEAVES}
ORDER BY cases DESC LIMIT 10"""
_KINDS = """SELECT kind, count(*) AS count, sum(beds) AS beds_sum FROM register
WHERE province = :province AND opened >= :since GROUP BY kind ORDER BY kind"""
_LARGEST = """SELECT * FROM register INDEXED BY largest WHERE province = :province AND opened >= :since
ORDER BY beds DESC LIMIT 10"""

QUESTIONS = (
    Question(
        "point lookup",
        CELLS,
        _point,
        {
            OURS: _ours(CELLS, **_CELL, month="{month}", age="{age}", sex="{sex}", select="cases"),
            DATASETTE: _listed(CELLS, **_CELL, month="{month}", age="{age}", sex="{sex}"),
            POSTGRES: _app(CELLS, "point"),
        },
        ("cases",),
    ),
    Question(
        "filter + page of 100",
        CELLS,
        _since,
        {
            OURS: _ours(CELLS, **_CELL, month__gte="{since}", **_EVERY_CELL, limit="100"),
            DATASETTE: _listed(
                CELLS, **_CELL, month__gte="{since}", month__lt="_", age__not="_T", sex__not="_T", _size="100"
            ),
            POSTGRES: _app(CELLS, "page"),
        },
        ("cases",),
    ),
    Question(
        "group by (2,160 cells)",
        CELLS,
        _years,
        {
            OURS: _ours(CELLS, **_CELL, month__gte="{since}", month__lte="{until}", group="age,sex", select="cases"),
            DATASETTE: _sql(_SUMS),
            POSTGRES: _app(CELLS, "group"),
        },
        ("cases",),
    ),
    Question(
        "top 10",
        CELLS,
        _since,
        {
            OURS: _ours(CELLS, **_CELL, month__gte="{since}", **_EVERY_CELL, order="-cases", limit="10"),
            DATASETTE: _sql(_TOP),
            POSTGRES: _app(CELLS, "top"),
        },
        ("cases",),
    ),
    Question(
        "point lookup",
        REGISTER,
        _code,
        {
            OURS: _ours(REGISTER, code="{code}"),
            DATASETTE: _listed(REGISTER, code="{code}"),
            POSTGRES: _app(REGISTER, "point"),
        },
        ("beds", "score"),
    ),
    Question(
        "filter + page of 100",
        REGISTER,
        _kind,
        {
            OURS: _ours(REGISTER, province="{province}", kind="{kind}", beds__gte="{beds}", limit="100"),
            DATASETTE: _listed(REGISTER, province="{province}", kind="{kind}", beds__gte="{beds}", _size="100"),
            POSTGRES: _app(REGISTER, "page"),
        },
        ("beds",),
    ),
    Question(
        "group by",
        REGISTER,
        _opened,
        {
            OURS: _ours(
                REGISTER, province="{province}", opened__gte="{since}", group="kind", aggregate="count,sum(beds)"
            ),
            DATASETTE: _sql(_KINDS),
            POSTGRES: _app(REGISTER, "group"),
        },
        ("count", "beds_sum"),
    ),
    Question(
        "top 10",
        REGISTER,
        _opened,
        {
            OURS: _ours(REGISTER, province="{province}", opened__gte="{since}", order="-beds", limit="10"),
            DATASETTE: _sql(_LARGEST),
            POSTGRES: _app(REGISTER, "top"),
        },
        ("beds",),
    ),
)
DOWNLOADS: Mapping[str, Mapping[str, str]] = {
    table: {
        OURS: "/api/v1/datasets/{}/tables/{}/rows?format=csv&limit=all".format(*DATASETS[table]),
        DATASETTE: f"/bench/{table}.csv?_stream=1&_size=max",
        POSTGRES: f"/{table}.csv",
    }
    for table in (REGISTER, CELLS)
}


def paths(question: Question, server: str, values: Iterable[Values]) -> list[str]:
    """Return the address of each question on one server."""
    if server == FLOOR:
        return ["/" for _ in values]
    return [question.addresses[server](each) for each in values]
