"""A condition written as in SQL becomes values of a query; whatever else SQL can say is refused."""

from __future__ import annotations

import pytest

from datasets.errors import QueryInvalid
from portal.query.model import MAX_DEPTH, AllOf, AnyOf, Filter, Not, Term
from portal.query.sql_conditions import read_condition

A = Filter("a", "eq", ("1",))
B = Filter("b", "gt", ("2",))


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("a = 1", A),
        ("(a = 1)", A),
        ("2 < b", B),
        ("a = '1'", A),
        ("t.a = 1 -- a remark", A),
        ('"a" = 1 and b > 2', AllOf((A, B))),
        ("a = 1 or b > 2 or a = 1", AnyOf((A, B, A))),
        ("not (a = 1 and b > 2)", Not(AllOf((A, B)))),
        ("a = 1 and (b > 2 or not a = 1)", AllOf((A, AnyOf((B, Not(A)))))),
        ("a <> -1.5", Filter("a", "ne", ("-1.5",))),
        ("a in (1, 'x', 1)", Filter("a", "in", ("1", "x"))),
        ("a not in (1)", Not(Filter("a", "in", ("1",)))),
        ("a between '01' and '05'", AllOf((Filter("a", "gte", ("01",)), Filter("a", "lte", ("05",))))),
        ("a is null", Filter("a", "null", ("true",))),
        ("a is not null", Filter("a", "null", ("false",))),
        ("a like '2025-%'", Filter("a", "prefix", ("2025-",))),
        ("a ilike '%viện%'", Filter("a", "contains", ("viện",))),
        ("a = 'it''s; DROP TABLE x --'", Filter("a", "eq", ("it's; DROP TABLE x --",))),
    ],
)
def test_what_is_understood(text: str, term: Term) -> None:
    assert read_condition(text) == term


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "cannot be read"),
        ("a =", "cannot be read"),
        ("a = 'x", "cannot be read"),
        ("a = 1; drop table x", "cannot be read"),
        ("a = 1 limit 5", "cannot be read"),
        ("a", "'a' is not understood"),
        ("a and b = 1", "'a' is not understood"),
        ("a = b", "'b' is not understood"),
        ("a.b.c = 1", "'a.b.c' is not understood"),
        ("a + 1 = 2", "'a + 1' is not understood"),
        ("lower(a) = 'x'", "'LOWER(a)' is not understood"),
        ("a::text = '1'", "'CAST(a AS TEXT)' is not understood"),
        ("a = (select 1)", "'SELECT 1' is not understood"),
        ("a in (select 1)", "'a IN (SELECT 1)' is not understood"),
        ("a in ()", "'a IN ()' is not understood"),
        ("exists (select 1)", "'EXISTS(SELECT 1)' is not understood"),
        ("a between symmetric 5 and 1", "'a BETWEEN SYMMETRIC 5 AND 1' is not understood"),
        ("a is true", "'a IS TRUE' is not understood"),
        ("a = any(array['1'])", "'[' is not understood"),
        ("a = {'x': 1}", "'{' is not understood"),
        ("a = $1", "'$1' is not understood"),
        ("a ~ 'x'", "'a ~ 'x'' is not understood"),
        ("- 'x' = a", "is not understood"),
        ("a like '%x'", "'%x' is not a pattern"),
        ("a like 'x_%'", "'x_%' is not a pattern"),
        ("a like '%x%'", "'%x%' is not a pattern"),
        ("a ilike '%%'", "'%%' is not a pattern"),
        ("a = '\x00'", "has a character that no text holds"),
        (f"a = '{'x' * 501}'", "has too long a value"),
        (f"a in ({', '.join(['1'] * 5000)})", "has more than 1200 words and signs"),
        ("a = 1 or " * 3000 + "a = 1", "is too long"),
        ("(" * (MAX_DEPTH + 1) + "a = 1" + ")" * (MAX_DEPTH + 1), "is nested more than 20 deep"),
        ("not " * 600 + "a = 1", "is nested more than 20 deep"),
        ("- " * 600 + "1 = a", "is nested more than 20 deep"),
    ],
)
def test_what_is_refused(text: str, rule: str) -> None:
    with pytest.raises(QueryInvalid) as caught:
        read_condition(text)
    (problem,) = caught.value.problems
    assert problem.place == "where"
    assert rule in problem.rule
    assert problem.remedy


def test_as_deep_as_allowed_is_read() -> None:
    assert read_condition("(" * MAX_DEPTH + "a = 1" + ")" * MAX_DEPTH) == A
    assert read_condition(" or ".join(["a = 1"] * 300)) == AnyOf((A,) * 300)
