"""One SELECT statement over one table becomes a value; whatever else SQL can say is refused, and at once."""

from __future__ import annotations

import logging
import time
from contextlib import suppress

import pytest

from datasets.errors import QueryInvalid
from portal.query.model import MAX_OFFSET, AllOf, AnyOf, Filter
from portal.query.sql_conditions import MAX_WORDS
from portal.query.sql_select import Output, Select, SortKey, SqlForbidden, read_select
from tests.support.hostile_sql import HOSTILE_SQL

A, B = Output("a", "a"), Output("b", "b")
N, S = Output("n", "", "count"), Output("sum", "b", "sum")
A_IS_1 = Filter("a", "eq", ("1",))
NULLS_OR_FIRST = AnyOf((Filter("a", "eq", ("nulls",)), Filter("a", "eq", ("first",))))


@pytest.mark.parametrize(
    ("text", "select"),
    [
        ("SELECT * FROM x", Select("x")),
        ("select x.* from x;", Select("x")),
        ('SELECT a, b FROM "x/1-y" AS x', Select("x/1-y", (A, B))),
        ("SELECT a c, b AS a FROM x", Select("x", (Output("c", "a"), Output("a", "b")))),
        ("SELECT (a) FROM x", Select("x", (A,))),
        ("SELECT DISTINCT a FROM x", Select("x", (A,), distinct=True)),
        ("SELECT a FROM x WHERE a = 1", Select("x", (A,), where=A_IS_1)),
        ("SELECT a FROM x LIMIT 5 OFFSET 3", Select("x", (A,), limit=5, offset=3)),
        ("SELECT a FROM x LIMIT ALL", Select("x", (A,))),
        ("SELECT a FROM x LIMIT 0", Select("x", (A,), limit=0)),
        ("SELECT a FROM x ORDER BY b, a DESC", Select("x", (A,), order=(SortKey(B, False), SortKey(A, True)))),
        ("SELECT a FROM x ORDER BY 1", Select("x", (A,), order=(SortKey(A, False),))),
        ("SELECT a FROM x ORDER BY a DESC NULLS LAST", Select("x", (A,), order=(SortKey(A, True),))),
        ("SELECT a FROM x ORDER BY a NULLS LAST", Select("x", (A,), order=(SortKey(A, False),))),
        ('SELECT "nulls" FROM x', Select("x", (Output("nulls", "nulls"),))),
        ("SELECT a FROM x WHERE a = 'nulls' OR a = 'first'", Select("x", (A,), where=NULLS_OR_FIRST)),
        ("SELECT COUNT(*) n FROM x", Select("x", (N,))),
        ("SELECT count(1) FROM x", Select("x", (Output("count", "", "count"),))),
        ("SELECT count(DISTINCT a) FROM x", Select("x", (Output("count", "a", "count_distinct"),))),
        ("SELECT a, sum(b) FROM x GROUP BY a", Select("x", (A, S), group=("a",))),
        ("SELECT sum(b) FROM x GROUP BY a, a", Select("x", (S,), group=("a",))),
        ("SELECT a c, sum(b) FROM x GROUP BY c", Select("x", (Output("c", "a"), S), group=("a",))),
        (
            "SELECT a, sum(b) FROM x GROUP BY 1 ORDER BY SUM(b)",
            Select("x", (A, S), group=("a",), order=(SortKey(S, False),)),
        ),
        (
            "SELECT a, count(*) AS n FROM x GROUP BY a ORDER BY n DESC",
            Select("x", (A, N), group=("a",), order=(SortKey(N, True),)),
        ),
        (
            "SELECT min(a), max(b), avg(a) m FROM x",
            Select("x", (Output("min", "a", "min"), Output("max", "b", "max"), Output("m", "a", "avg"))),
        ),
        (
            "SELECT a FROM x WHERE a BETWEEN 1 AND 2",
            Select("x", (A,), where=AllOf((Filter("a", "gte", ("1",)), Filter("a", "lte", ("2",))))),
        ),
    ],
)
def test_what_is_understood(text: str, select: Select) -> None:
    assert read_select(text) == select


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "is no SELECT statement"),
        ("SELECT", "names no table"),
        ("SELECT a", "names no table"),
        ("SELECT 'x", "cannot be read"),
        ("SELECT a FROM WHERE", "cannot be read"),
        ("SELECT a FROM x; SELECT 1", "is more than one statement"),
        ("SELECT a FROM x UNION SELECT 1", "'UNION' is not understood"),
        ("SELECT a FROM x, y", "'JOINS' is not understood"),
        ("SELECT a FROM (SELECT 1) x", "'(SELECT 1) AS x' is not understood"),
        ("SELECT a FROM y.x", "'y.x' is not understood"),
        ("SELECT a FROM x ORDER BY a NULLS FIRST", "NULLS FIRST cannot be had: rows without a value come last"),
        ("SELECT a FROM x ORDER BY a DESC nulls first", "NULLS FIRST cannot be had: rows without a value come last"),
        ("SELECT a FROM x ORDER BY 2", "'ORDER BY 2' is not understood"),
        ("SELECT a FROM x ORDER BY 0", "'ORDER BY 0' is not understood"),
        ("SELECT a FROM x ORDER BY 'a'", "'ORDER BY 'a'' is not understood"),
        ("SELECT a FROM x ORDER BY sum(a)", "'ORDER BY SUM(a)' is not understood"),
        ("SELECT a FROM x ORDER BY a + 1", "'ORDER BY a + 1' is not understood"),
        ("SELECT a FROM x GROUP BY a + 1", "'a + 1' is not understood"),
        ("SELECT a, sum(b) FROM x GROUP BY 2", "'2' is not understood"),
        ("SELECT a FROM x GROUP BY CUBE (a)", "'CUBE (a)' is not understood"),
        ("SELECT a FROM x LIMIT 1 + 1", "'LIMIT 1 + 1' is not understood"),
        ("SELECT a FROM x LIMIT 1.5", "'LIMIT 1.5' is not understood"),
        (f"SELECT a FROM x OFFSET {MAX_OFFSET + 1}", f"OFFSET must be at most {MAX_OFFSET}"),
        ("SELECT a FROM x OFFSET 99999999999999999999", "is not understood"),
        ("SELECT a, a FROM x", "names two columns alike: 'a'"),
        ("SELECT a, sum(b) FROM x", "'a' is neither a figure nor one of the groups"),
        ("SELECT a, b FROM x GROUP BY a", "'b' is neither a figure nor one of the groups"),
        ("SELECT DISTINCT sum(b) FROM x", "'DISTINCT' is not understood"),
        ("SELECT * FROM x GROUP BY a", "groups rows and names no columns"),
        ("SELECT *, a FROM x", "names columns beside *"),
        ("SELECT count(a) FROM x", "'COUNT(a)' is not understood"),
        ("SELECT count(DISTINCT a, b) FROM x", "'COUNT(DISTINCT CASE"),
        ("SELECT min(a, b) FROM x", "'LEAST(a, b)' is not understood"),
        ("SELECT a::int" + "::int" * 200 + " FROM x", "is not understood"),
        ("SELECT a FROM x " + "-- " * 9000, "is too long"),
        ("SELECT " + "a " * (MAX_WORDS + 1), f"has more than {MAX_WORDS} words and signs"),
    ],
)
def test_what_is_refused(text: str, rule: str) -> None:
    with pytest.raises(QueryInvalid) as caught:
        read_select(text)
    (problem,) = caught.value.problems
    assert problem.place == "sql"
    assert rule in problem.rule
    assert problem.remedy


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("SELECT pg_sleep(1)", "function", "pg_sleep"),
        ("SELECT a FROM x WHERE lower(a) = 'x'", "function", "lower"),
        ("SELECT a FROM x ORDER BY Evil(a)", "function", "Evil"),
        ("SELECT * FROM pg_tables", "table", "pg_tables"),
        ("SELECT * FROM PG_Catalog.x", "table", "PG_Catalog.x"),
        ("SELECT * FROM (SELECT * FROM information_schema.tables) x", "table", "information_schema.tables"),
    ],
)
def test_functions_and_tables_of_the_system_are_forbidden(text: str, kind: str, name: str) -> None:
    with pytest.raises(SqlForbidden) as caught:
        read_select(text)
    assert (caught.value.kind, caught.value.name) == (kind, name)


def test_a_list_as_long_as_fits_is_read() -> None:
    listed = ", ".join(f"'{number}'" for number in range(590))
    select = read_select(f"SELECT a FROM x WHERE a IN ({listed})")
    assert isinstance(select.where, Filter)
    assert len(select.where.values) == 590


@pytest.mark.parametrize("number", range(len(HOSTILE_SQL)))
def test_what_is_hostile_is_settled_at_once(number: int, caplog: pytest.LogCaptureFixture) -> None:
    text = HOSTILE_SQL[number].replace("{t}", '"x"')
    with caplog.at_level(logging.DEBUG):
        assert min(_seconds(text) for _ in range(3)) < 0.05
    assert not caplog.records, "what strangers send is not for the log"


def _seconds(text: str) -> float:
    """Return the time of the processor that reading takes; others work on this machine too."""
    begun = time.thread_time()
    with suppress(QueryInvalid):
        read_select(text)
    return time.thread_time() - begun


def test_there_are_many_hostile_texts() -> None:
    assert len(set(HOSTILE_SQL)) == len(HOSTILE_SQL) > 200
