"""What we call an error is answered as CKAN would call it; what is our fault keeps its status and tells nothing."""

from __future__ import annotations

from typing import Any

import pytest

from datasets.errors import (
    CatalogUnavailable,
    DatasetNotFound,
    Problem,
    QueryInvalid,
    QueryTimeout,
    VerificationFailed,
    YtemoError,
)
from portal.public.ckan.failures import failure_of
from portal.query.sql_select import SqlForbidden


@pytest.mark.parametrize(
    ("error", "status", "details"),
    [
        (DatasetNotFound("Gone"), 404, {"__type": "Not Found Error", "message": "Not found: Gone"}),
        (QueryInvalid("x", problems=[Problem("a", "is wrong", "Mend it")]), 409,
         {"__type": "Validation Error", "query": ["a: is wrong. Mend it"]}),
        (QueryInvalid("is wrong"), 409, {"__type": "Validation Error", "query": ["is wrong"]}),
        (SqlForbidden("table", "pg_x"), 403,
         {"__type": "Authorization Error", "message": "Access denied: Not authorized to access system tables"}),
        (SqlForbidden("function", "f"), 403,
         {"__type": "Authorization Error", "message": "Access denied: Not authorized to call function f"}),
        (QueryTimeout("Too slow"), 503, {"__type": "Service Unavailable", "message": "Too slow"}),
        (CatalogUnavailable("/secret/place"), 503,
         {"__type": "Service Unavailable", "message": "The portal cannot answer at the moment"}),
        (VerificationFailed("object ab/cd"), 503,
         {"__type": "Service Unavailable", "message": "The portal cannot answer at the moment"}),
    ],
)  # fmt: skip
def test_an_error_as_ckan_says_it(error: YtemoError, status: int, details: dict[str, Any]) -> None:
    failure = failure_of(error)
    assert (failure.status, failure.error) == (status, details)
    assert (failure.retry_after > 0) is (status == 503)


def test_what_is_wrong_with_a_statement_names_it() -> None:
    failure = failure_of(QueryInvalid("x", problems=[Problem("sql", "cannot be read")]), statement="SELEC" * 1000)
    assert failure.error["message"] == "Invalid SQL: sql: cannot be read"
    assert failure.error["info"]["statement"] == [("SELEC" * 1000)[:1000]]
