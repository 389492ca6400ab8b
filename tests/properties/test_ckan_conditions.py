"""Whatever conditions a client of CKAN writes, as filters or in SQL, it gets the rows for which they hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.public.app import PortalOptions, create_app
from tests.support.http import Client, client_of
from tests.support.releases import make_demo_store

TABLE = "notifiable-diseases/by-month"
MEMBERS = {
    "province": ["_T", "N", "01", "22", "S", "48", "79"],
    "sex": ["_T", "M", "F"],
    "month": ["_T", "2024-01", "2024-04", "2024-12"],
    "cases_status": ["observed", "suppressed", "zero"],
}
NUMBERS = st.sampled_from([0, 1, 99, 414, 500, 914, 38540, 2.5])
SIGNS = {"eq": "=", "ne": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
Row = dict[str, Any]


def _of(name: str, condition: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return condition.map(lambda each: {name: each})


def _about_codes(name: str, codes: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    code = st.sampled_from(codes)
    return _of(name, code | st.lists(code, min_size=1, max_size=4) | code.map(lambda each: {"ne": each}))


FIELD_CONDITIONS = st.one_of(
    *(_about_codes(name, codes) for name, codes in MEMBERS.items()),
    _of("cases", st.dictionaries(st.sampled_from(sorted(SIGNS)), NUMBERS.filter(lambda each: each != 2.5), min_size=1)),
    _of("mean_stay", st.dictionaries(st.sampled_from(sorted(SIGNS)), NUMBERS, min_size=1)),
    st.sampled_from([{"cases": None}, {"cases": {"ne": None}}, {"cases": [None, 414]}]),
)
FILTERS = st.recursive(
    FIELD_CONDITIONS,
    lambda inner: st.tuples(st.sampled_from(["$or", "$and"]), st.lists(inner, min_size=1, max_size=3)).map(
        lambda pair: {pair[0]: pair[1]}
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    demo = make_demo_store(Path(tmp_path_factory.mktemp("store")) / "data")
    with client_of(create_app(PortalOptions(demo.root, demo.public_key), demo.releases)) as client:
        yield client


def asked(client: Client, action: str, **given: Any) -> Any:
    send = client._client.post
    response = client._portal.call(lambda: send(f"/api/3/action/{action}", content=json.dumps(given)))
    assert response.status_code == 200, response.text
    return response.json()["result"]


@cache
def published(client: Client) -> list[Row]:
    return list(asked(client, "datastore_search", resource_id=TABLE, limit=32_000)["records"])


def holds(condition: Any, row: Row) -> bool:
    """Say by hand whether a condition holds for a row: what has no value satisfies no comparison."""
    if "$or" in condition:
        return any(holds(part, row) for part in condition["$or"])
    if "$and" in condition:
        return all(holds(part, row) for part in condition["$and"])
    ((name, wanted),) = condition.items()
    value = row[name]
    if isinstance(wanted, list):
        return any(value is None if each is None else value == each for each in wanted)
    if not isinstance(wanted, dict):
        return bool(value is None if wanted is None else value == wanted)
    return all(_compares(key, value, each) for key, each in wanted.items())


def _compares(key: str, value: Any, wanted: Any) -> bool:
    if wanted is None:
        return value is not None
    if value is None:
        return False
    results = {"eq": value == wanted, "ne": value != wanted}
    if key in results:
        return bool(results[key])
    return bool({"gt": value > wanted, "gte": value >= wanted, "lt": value < wanted, "lte": value <= wanted}[key])


def as_sql(condition: Any) -> str:
    for key, join in (("$or", " OR "), ("$and", " AND ")):
        if key in condition:
            return "(" + join.join(as_sql(part) for part in condition[key]) + ")"
    ((name, wanted),) = condition.items()
    if isinstance(wanted, list):
        return "(" + " OR ".join(_single(name, "eq", each) for each in wanted) + ")"
    if not isinstance(wanted, dict):
        return _single(name, "eq", wanted)
    return "(" + " AND ".join(_single(name, key, each) for key, each in wanted.items()) + ")"


def _single(name: str, key: str, wanted: Any) -> str:
    if wanted is None:
        return f"{name} IS {'NOT ' if key == 'ne' else ''}NULL"
    return f"{name} {SIGNS[key]} " + (f"'{wanted}'" if isinstance(wanted, str) else str(wanted))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filters=FILTERS)
def test_filters_find_the_rows_for_which_they_hold(client: Client, filters: Any) -> None:
    wanted = [row for row in published(client) if holds(filters, row)]
    found = asked(client, "datastore_search", resource_id=TABLE, filters=filters, limit=32_000)
    assert found["records"] == wanted
    assert found["total"] == len(wanted)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filters=FILTERS)
def test_sql_finds_the_rows_for_which_its_condition_holds(client: Client, filters: Any) -> None:
    condition = as_sql(filters)
    wanted = [row for row in published(client) if holds(filters, row)]
    found = asked(client, "datastore_search_sql", sql=f'SELECT * FROM "{TABLE}" WHERE {condition}')
    assert found["records"] == wanted
    counted = asked(client, "datastore_search_sql", sql=f'SELECT COUNT(*) AS n FROM "{TABLE}" WHERE {condition}')
    assert counted["records"] == [{"n": len(wanted)}]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    filters=FILTERS,
    limit=st.integers(1, 40),
    sort=st.sampled_from(["", "cases desc", "sex, cases", "month desc"]),
)
def test_pages_hold_every_row_once(client: Client, filters: Any, limit: int, sort: str) -> None:
    whole = asked(client, "datastore_search", resource_id=TABLE, filters=filters, sort=sort, limit=32_000)
    seen: list[Row] = []
    for offset in range(0, len(whole["records"]) + limit, limit):
        page = asked(
            client, "datastore_search", resource_id=TABLE, filters=filters, sort=sort, limit=limit, offset=offset
        )
        seen += page["records"]
    assert seen == whole["records"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["cases", "_id", "province desc", "true", "1", "$or", TABLE]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["cases", "province", "_id", "$or", "$and", "gt", "in", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)
NAMES = st.sampled_from(
    [
        "resource_id",
        "filters",
        "q",
        "fields",
        "sort",
        "limit",
        "offset",
        "distinct",
        "records_format",
        "id",
        "fq",
        "rows",
        "start",
        "facet.field",
        "facet.limit",
        "fl",
        "query",
        "name",
        "release",
        "include_total",
        "full_text",
        "sql",
    ]
)
ACTIONS = st.sampled_from(
    [
        "datastore_search",
        "datastore_info",
        "datastore_search_sql",
        "package_search",
        "package_show",
        "resource_search",
        "resource_show",
        "tag_list",
        "group_list",
        "package_list",
    ]
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(action=ACTIONS, given_=st.dictionaries(NAMES, JSON, max_size=5), known=st.booleans())
def test_nothing_that_is_sent_is_our_fault(client: Client, action: str, given_: Any, known: bool) -> None:
    sent = {**given_, "resource_id": TABLE} if known and action == "datastore_search" else given_
    send = client._client.post
    body = json.dumps(sent).encode("utf-8", "surrogatepass")
    response = client._portal.call(lambda: send(f"/api/action/{action}", content=body))
    assert response.status_code in {200, 400, 403, 404, 409}, (sent, response.text)
