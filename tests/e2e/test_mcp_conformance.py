"""The official conformance suite of the Model Context Protocol, at every revision that clients speak over HTTP.

Most scenarios of the suite call tools that a server must have for them alone, and the portal has none of these. So
what applies to any server runs against the portal, and the calls run against a fixture server behind the same door.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.public.app import PortalOptions, create_app
from portal.shared.links import MCP
from tests.support.mcp_conformance import Check, broken, run
from tests.support.mcp_fixture import fixture_server
from tests.support.publication import Ministry
from tests.support.served import served

BEFORE, LAST_WITH_HANDSHAKE, NEWEST = "2025-06-18", "2025-11-25", "2026-07-28"
OF_ANY_SERVER = [
    *[(scenario, BEFORE) for scenario in ("server-initialize", "ping", "tools-list", "resources-list", "prompts-list")],
    *[
        (scenario, LAST_WITH_HANDSHAKE)
        for scenario in (
            "server-initialize",
            "ping",
            "tools-list",
            "resources-list",
            "prompts-list",
            "dns-rebinding-protection",
        )
    ],
    *[
        (scenario, NEWEST)
        for scenario in (
            "tools-list",
            "resources-list",
            "prompts-list",
            "dns-rebinding-protection",
            "caching",
            "http-header-validation",
            "sep-2164-resource-not-found",
        )
    ],
]
OF_A_FIXTURE = [
    (scenario, revision)
    for revision in (BEFORE, LAST_WITH_HANDSHAKE, NEWEST)
    for scenario in (
        "tools-call-simple-text",
        "tools-call-image",
        "tools-call-audio",
        "tools-call-embedded-resource",
        "tools-call-mixed-content",
        "tools-call-error",
    )
] + [
    ("json-schema-2020-12", LAST_WITH_HANDSHAKE),
    ("json-schema-2020-12", NEWEST),
    ("server-stateless", NEWEST),
    ("http-header-validation", NEWEST),
    ("http-custom-header-server-validation", NEWEST),
]
WANTS_A_FIXTURE = {
    "sep-2575-server-rejects-undeclared-capability",
    "sep-2575-missing-capability-http-400",
    "sep-2575-http-server-no-independent-requests-on-stream",
    "sep-2575-server-no-log-without-loglevel",
}
"""What `server-stateless` cannot look at without tools of its own."""


@pytest.fixture(scope="module")
def address(shipped_ministry: Ministry) -> Iterator[str]:
    root = shipped_ministry.root
    app = create_app(PortalOptions(root, root / "public-key.pem"), shipped_ministry.releases)
    app.state.services.catalog.refresh()
    with served(app) as found:
        yield f"{found}{MCP}"


@pytest.fixture(scope="module")
def fixture() -> Iterator[str]:
    with fixture_server() as address:
        yield address


def passes(checks: list[Check]) -> None:
    assert broken(checks) == {}
    assert any(check.status == "SUCCESS" for check in checks), "nothing was looked at"


@pytest.mark.parametrize(("scenario", "revision"), OF_ANY_SERVER)
def test_the_portal_passes(address: str, scenario: str, revision: str) -> None:
    passes(run(address, scenario, revision))


def test_the_portal_keeps_no_state(address: str) -> None:
    checks = run(address, "server-stateless", NEWEST)
    assert set(broken(checks)) == WANTS_A_FIXTURE
    assert all(message.startswith("Not testable") for message in broken(checks).values())
    assert sum(check.status == "SUCCESS" for check in checks) >= 20


def test_the_portal_has_no_sessions(address: str) -> None:
    (told,) = run(address, "server-session-lifecycle", LAST_WITH_HANDSHAKE)
    assert (told.identifier, told.status) == ("server-session-lifecycle-skipped", "INFO")


@pytest.mark.parametrize(("scenario", "revision"), OF_A_FIXTURE)
def test_calls_pass_through_the_same_door(fixture: str, scenario: str, revision: str) -> None:
    passes(run(fixture, scenario, revision))


def test_the_suite_notices_what_is_missing(fixture: str) -> None:
    assert broken(run(fixture, "prompts-list", NEWEST))
    assert broken(run(fixture, "tools-call-with-progress", LAST_WITH_HANDSHAKE))
