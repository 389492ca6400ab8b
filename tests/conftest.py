"""Which tests one worker runs together, where several run at once: those that share what takes long to make."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from publishers.promise_keeping import Promises

TESTS = Path(__file__).parent
LONGEST_NAME = 500
SHARED_BY_FOLDERS = "session"
SHARED_IN_A_FILE = "module"
MADE_ONCE = "shipped_ministry"
"""The fixture that takes a minute in the first worker that asks, while others wait for it."""


@pytest.fixture
def names_change_freely(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let releases break what callers rely on, for tests of what else must hold when names or code lists change."""
    monkeypatch.setattr(Promises, "made", classmethod(lambda cls, *given: cls(None)))


def pytest_make_parametrize_id(val: object) -> str | None:
    """Call what is long by its beginning: names of tests go from process to process, and some held megabytes."""
    return ascii(val[:LONGEST_NAME]) if isinstance(val, str | bytes) and len(val) > LONGEST_NAME else None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Give tests with a common fixture a common group, so that it is made once."""
    grouped = []
    for item in items:
        if (group := _group(item)) is not None:
            item.add_marker(pytest.mark.xdist_group(group))
            grouped.append(item)
    yield
    if getattr(config.option, "loadgroup", False):
        items.sort(key=_turns(items))
    # pytest-xdist tells a group by the end of a name, and not every pytest lets it write there: then all is made twice.
    if getattr(config.option, "loadgroup", False) and not all("@" in item.nodeid for item in grouped):
        raise pytest.UsageError("pytest-xdist does not group tests with this version of pytest")


def _turns(items: list[pytest.Item]) -> Callable[[pytest.Item], int]:
    """Return when each takes its turn: one group makes the store that others wait for, others run meanwhile."""
    groups = {item: item.nodeid.rpartition("@")[2] for item in items if item.get_closest_marker("xdist_group")}
    waiting = [groups[item] for item in groups if MADE_ONCE in item.fixturenames]  # type: ignore[attr-defined]
    first, late = waiting[:1], set(waiting)

    def turn(item: pytest.Item) -> int:
        if item not in groups:
            return 3
        return 0 if groups[item] in first else 2 if groups[item] in late else 1

    return turn


def _group(item: pytest.Item) -> str | None:
    """Return the fixture that tests of several files share, or the file whose tests share one, or None."""
    scopes: dict[str, str] = {}
    for name, definitions in item._fixtureinfo.name2fixturedefs.items():  # type: ignore[attr-defined]
        if definitions[-1].baseid.startswith(TESTS.name):
            scopes.setdefault(definitions[-1].scope, name)
    if SHARED_BY_FOLDERS in scopes:
        return str(scopes[SHARED_BY_FOLDERS])
    return item.nodeid.partition("::")[0] if SHARED_IN_A_FILE in scopes else None
