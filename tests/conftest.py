"""Which tests one worker runs together, where several run at once: those that share what takes long to make."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SHARED_BY_FOLDERS = "session"
SHARED_IN_A_FILE = "module"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests with a common fixture a common group, so that it is made once."""
    for item in items:
        if (group := _group(item)) is not None:
            item.add_marker(pytest.mark.xdist_group(group))


def _group(item: pytest.Item) -> str | None:
    """Return the fixture that tests of several files share, or the file whose tests share one, or None."""
    scopes: dict[str, str] = {}
    for name, definitions in item._fixtureinfo.name2fixturedefs.items():  # type: ignore[attr-defined]
        if definitions[-1].baseid.startswith(TESTS.name):
            scopes.setdefault(definitions[-1].scope, name)
    if SHARED_BY_FOLDERS in scopes:
        return str(scopes[SHARED_BY_FOLDERS])
    return item.nodeid.partition("::")[0] if SHARED_IN_A_FILE in scopes else None
