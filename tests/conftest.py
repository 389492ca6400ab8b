"""Which tests one worker runs together, where several run at once: those that share what takes long to make."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from publishers.promise_keeping import Promises

TESTS = Path(__file__).parent
SHARED_BY_FOLDERS = "session"
SHARED_IN_A_FILE = "module"


@pytest.fixture
def names_change_freely(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let releases break what callers rely on, for tests of what else must hold when names or code lists change."""
    monkeypatch.setattr(Promises, "made", classmethod(lambda cls, *given: cls(None)))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Give tests with a common fixture a common group, so that it is made once."""
    grouped = []
    for item in items:
        if (group := _group(item)) is not None:
            item.add_marker(pytest.mark.xdist_group(group))
            grouped.append(item)
    yield
    # pytest-xdist tells a group by the end of a name, and not every pytest lets it write there: then all is made twice.
    if getattr(config.option, "loadgroup", False) and not all("@" in item.nodeid for item in grouped):
        raise pytest.UsageError("pytest-xdist does not group tests with this version of pytest")


def _group(item: pytest.Item) -> str | None:
    """Return the fixture that tests of several files share, or the file whose tests share one, or None."""
    scopes: dict[str, str] = {}
    for name, definitions in item._fixtureinfo.name2fixturedefs.items():  # type: ignore[attr-defined]
        if definitions[-1].baseid.startswith(TESTS.name):
            scopes.setdefault(definitions[-1].scope, name)
    if SHARED_BY_FOLDERS in scopes:
        return str(scopes[SHARED_BY_FOLDERS])
    return item.nodeid.partition("::")[0] if SHARED_IN_A_FILE in scopes else None
