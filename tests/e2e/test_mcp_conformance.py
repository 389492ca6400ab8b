"""The official conformance suite of the Model Context Protocol, at every revision that it knows, all of it.

Most scenarios of the suite call tools that a server must have for them alone, and the portal has none of these. So
what applies to any server must pass at the portal, calls must pass at a fixture server behind the same door, and of
the rest it is said here why it applies to neither.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.shared.links import MCP
from tests.support.mcp_conformance import Scenario, run_suite
from tests.support.mcp_fixture import fixture_server
from tests.support.publication import Ministry
from tests.support.served import served
from tests.support.shipped_portal import shipped_app

BEFORE, LAST_WITH_HANDSHAKE, NEWEST = REVISIONS = ("2025-06-18", "2025-11-25", "2026-07-28")
_HANDSHAKE = {"server-initialize", "ping", "tools-list", "resources-list", "prompts-list"}
AT_THE_PORTAL = {
    BEFORE: _HANDSHAKE,
    LAST_WITH_HANDSHAKE: _HANDSHAKE | {"dns-rebinding-protection"},
    NEWEST: {
        "tools-list",
        "resources-list",
        "prompts-list",
        "dns-rebinding-protection",
        "caching",
        "http-header-validation",
        "sep-2164-resource-not-found",
    },
}
"""What a read-only server without tools of the suite's own can be asked."""
_CALLS = {
    "tools-call-simple-text",
    "tools-call-image",
    "tools-call-audio",
    "tools-call-embedded-resource",
    "tools-call-mixed-content",
    "tools-call-error",
}
AT_THE_FIXTURE = {
    BEFORE: _CALLS,
    LAST_WITH_HANDSHAKE: _CALLS | {"json-schema-2020-12"},
    NEWEST: _CALLS
    | {"json-schema-2020-12", "server-stateless", "http-header-validation", "http-custom-header-server-validation"},
}
APPLIES_TO_NEITHER = {
    "server-session-lifecycle": "there are no sessions: every request stands for itself",
    "server-sse": "answers are JSON, not streams",
    "tools-call-with-logging": "answers are JSON, so nothing is told before the answer",
    "tools-call-with-progress": "answers are JSON, so nothing is told before the answer",
    "logging-set-level": "nothing is logged to clients; the protocol gives it up",
    "tools-call-sampling": "the portal asks nothing of a client",
    "tools-call-elicitation": "the portal asks nothing of a client",
    "elicitation-": "the portal asks nothing of a client",
    "input-required-result-": "the portal asks nothing of a client",
    "completion-complete": "arguments are not completed",
    "resources-subscribe": "changes are not told",
    "resources-unsubscribe": "changes are not told",
    "resources-read-": "reads resources of the suite's own",
    "resources-templates-read": "reads resources of the suite's own",
    "prompts-get-": "wants prompts of the suite's own",
}
WANTS_A_FIXTURE = {
    "sep-2575-server-rejects-undeclared-capability",
    "sep-2575-missing-capability-http-400",
    "sep-2575-http-server-no-independent-requests-on-stream",
    "sep-2575-server-no-log-without-loglevel",
}
"""What `server-stateless` cannot look at without tools of its own."""


@pytest.fixture(scope="module")
def portal(shipped_ministry: Ministry) -> Iterator[dict[str, dict[str, Scenario]]]:
    with served(shipped_app(shipped_ministry)) as address:
        yield {revision: run_suite(f"{address}{MCP}", revision) for revision in REVISIONS}


@pytest.fixture(scope="module")
def fixture() -> Iterator[dict[str, dict[str, Scenario]]]:
    with fixture_server() as address:
        yield {revision: run_suite(address, revision) for revision in REVISIONS}


def passes(scenario: Scenario) -> None:
    assert scenario.failed == {}
    assert scenario.passed, "nothing was looked at"


@pytest.mark.parametrize(
    ("revision", "scenario"), [(revision, name) for revision in REVISIONS for name in sorted(AT_THE_PORTAL[revision])]
)
def test_the_portal_passes(portal: dict[str, dict[str, Scenario]], revision: str, scenario: str) -> None:
    passes(portal[revision][scenario])


@pytest.mark.parametrize(
    ("revision", "scenario"), [(revision, name) for revision in REVISIONS for name in sorted(AT_THE_FIXTURE[revision])]
)
def test_calls_pass_through_the_same_door(
    fixture: dict[str, dict[str, Scenario]], revision: str, scenario: str
) -> None:
    passes(fixture[revision][scenario])


@pytest.mark.parametrize("revision", REVISIONS)
def test_no_scenario_is_passed_over_in_silence(portal: dict[str, dict[str, Scenario]], revision: str) -> None:
    left = set(portal[revision]) - AT_THE_PORTAL[revision] - AT_THE_FIXTURE[revision]
    assert {name for name in left if not name.startswith(tuple(APPLIES_TO_NEITHER))} == set()


def test_the_portal_keeps_no_state(portal: dict[str, dict[str, Scenario]]) -> None:
    found = portal[NEWEST]["server-stateless"]
    assert set(found.failed) == WANTS_A_FIXTURE
    assert all(message.startswith("Not testable") for message in found.failed.values())
    assert found.passed >= 20


def test_the_suite_notices_what_is_missing(fixture: dict[str, dict[str, Scenario]]) -> None:
    assert fixture[NEWEST]["caching"].failed
    assert fixture[LAST_WITH_HANDSHAKE]["prompts-list"].failed
