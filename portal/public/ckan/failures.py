"""How CKAN says that something is wrong: a status and an error with a type, which its clients turn into exceptions.

Statuses below 500 are CKAN's own and differ from ours; what is our fault has the status that it has everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datasets.errors import (
    DatasetNotFound,
    FileNotFound,
    QueryInvalid,
    ReleaseNotFound,
    ReleaseWithdrawn,
    YtemoError,
)
from portal.query.sql_select import SEVERAL, SqlForbidden
from portal.shared.problems import outcome_of

_MISSING = (DatasetNotFound, FileNotFound, ReleaseNotFound, ReleaseWithdrawn)


class ActionFailed(Exception):
    """An action that was not done: the status of the answer and the ``error`` of its envelope."""

    def __init__(self, status: int, kind: str, details: Mapping[str, Any], *, retry_after: int = 0) -> None:
        super().__init__(kind)
        self.status = status
        self.error = {**details, "__type": kind}
        self.retry_after = retry_after
        """Seconds after which asking again makes sense."""


class RequestUnusable(Exception):
    """A request that names no action, or is none: CKAN answers it with a bare text."""


def not_found(message: str = "") -> ActionFailed:
    """Make the failure for something that does not exist."""
    return ActionFailed(404, "Not Found Error", {"message": f"Not found: {message}" if message else "Not found"})


def invalid_field(**messages: Sequence[str]) -> ActionFailed:
    """Make the failure for parameters that cannot be used: what is wrong with each."""
    return ActionFailed(409, "Validation Error", {name: list(texts) for name, texts in messages.items()})


def denied(message: str) -> ActionFailed:
    """Make the failure for what strangers may not do."""
    return ActionFailed(403, "Authorization Error", {"message": f"Access denied: {message}"})


def bad_search(message: str) -> ActionFailed:
    """Make the failure for parameters of a search that do not exist or cannot be used."""
    return ActionFailed(400, "Search Query Error", {"message": f"Search Query is invalid: {message!r}"})


def unreadable_search(message: str) -> ActionFailed:
    """Make the failure for a search whose text cannot be read."""
    return ActionFailed(409, "Search Error", {"message": f"Search error: {message!r}"})


def failure_of(error: YtemoError, *, statement: str = "") -> ActionFailed:
    """Return how CKAN would say ``error``; ``statement`` is the SQL that was asked, if any."""
    if isinstance(error, SqlForbidden):
        system = "access system tables" if error.kind == "table" else f"call function {error.name[:60]}"
        return denied(f"Not authorized to {system}")
    if isinstance(error, QueryInvalid):
        return _invalid_query(error, statement)
    if isinstance(error, _MISSING):
        return not_found(str(error.message))
    outcome = outcome_of(error)
    message = str(error.message) if outcome.told else "The portal cannot answer at the moment"
    return ActionFailed(outcome.status, "Service Unavailable", {"message": message}, retry_after=outcome.retry_after)


def _invalid_query(error: QueryInvalid, statement: str) -> ActionFailed:
    texts = [str(problem) for problem in error.problems] or [error.message]
    details: dict[str, Any] = {"query": texts}
    if statement:
        info = {"statement": [statement[:1000]], "params": [{}], "orig": texts}
        several = any(problem.rule == SEVERAL for problem in error.problems)
        details["message"] = "Query is not a single statement" if several else f"Invalid SQL: {texts[0]}"
        details["info"] = info
    return ActionFailed(409, "Validation Error", details)
