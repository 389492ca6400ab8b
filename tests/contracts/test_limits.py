"""No limit is kept in secret: each constant of the portal that is one is told at /api/v1/limits, or says why not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from portal.public.dialects import FREE, dialect_of
from portal.public.limits import Limit, all_limits, kept_constants
from portal.public.metering import CallerLimits
from portal.public.routers import (
    ckan,
    data,
    dataset_docs,
    downloads,
    mcp,
    metadata,
    odata,
    pxweb,
    quality,
    sdmx,
    search,
    site,
    status,
)
from portal.public.routers import limits as limits_router
from portal.query.run import EngineLimits
from portal.shared.problems import OUTCOMES
from portal.shared.wording import wording

ROOT = Path(__file__).parents[2]
NAMED_AS_A_LIMIT = re.compile(r"_?(MAX|MOST|LONGEST|LARGEST)(_[A-Z_]+)?|[A-Z_]+_LIMIT")
NOT_FOR_CALLERS = {
    "portal.public.api_keys:MAX_KEYS": "of the operator's file",
    "portal.public.api_keys:MAX_UNITS": "of the operator's file",
    "portal.public.api_keys:_MAX_BYTES": "of the operator's file",
    "portal.public.callers:_MAX_ADDRESS": "what is longer is no address; whose it is stays unknown",
    "portal.public.ckan.catalog_actions:_MOST_SUGGESTED": "how many are given where no limit is named",
    "portal.public.ckan.directory:_MOST": "how many lists are kept in memory",
    "portal.public.charts.drawing_process:MOST_MEBIBYTES": "after which a process begins anew; no drawing is refused",
    "portal.public.charts.maps:MOST_CLASSES": "of fills that people can tell apart",
    "portal.public.charts.renderer:MOST_WAITING": "of drawings that wait; as with questions, more come in a moment",
    "portal.public.charts.spark:MOST_BARS": "of a drawing that has no room for more",
    "portal.public.charts.strands:MOST_LINES": "of lines that people can tell apart; more become small charts",
    "portal.public.explore.areas_then:MOST_PLACES": "of places that are named in a note",
    "portal.public.explore.asked:MOST_CHARACTERS": "what is longer names nothing that a table has",
    "portal.public.explore.asked:MOST_PARAMETERS": "more than any state of the explorer has",
    "portal.public.explore.settling:MOST_BARS": "of what one chart shows; its table has the others",
    "portal.public.explore.grid:MOST_CELLS": "of what a page shows; the page says so, and the file has all",
    "portal.public.explore.settling:MOST_PANELS": "of what one chart shows; its table has the others",
    "portal.public.explore.settling:MOST_ROWS": "of levels that are shown without being asked for",
    "portal.public.explore.telling:MOST_NAMED": "of members that are named in a title",
    "portal.public.letters:LONGEST_ADDRESS": "of a longer letter the link has the subject; its text is on the page",
    "portal.public.pages.letter:MOST_WANTED": "of what a search did not find, in a letter; its page leaves out more",
    "portal.public.pages.search_examples:MOST_EXAMPLES": "so many words beside a search",
    "portal.public.pages.letter:MOST_CHARACTERS": "of an address in a letter; the explorer leaves out a longer one",
    "portal.public.reuses:MAX_REUSES": "of the operator's file",
    "portal.public.planned:MAX_PLANNED": "of the operator's file",
    "portal.public.topics.topic:MAX_TOPICS": "of the operator's file",
    "portal.public.kept_documents:MOST_BYTES": "of descriptions that are kept in memory",
    "portal.public.live_catalog:_LONGEST_PAUSE": "between two tries to build an index",
    "portal.public.metering:MAX_CALLERS": "how many callers are kept in memory",
    "portal.public.odata.comparisons:_LARGEST": "of numbers in data; what is compared with a larger one is settled",
    "portal.public.mcp.messages:_LARGEST_ID": "beyond it a number is no identifier that JSON can hold",
    "portal.public.mcp.searching:_MOST_ELSEWHERE": "of what other catalogs list; the native API finds all of it",
    "portal.public.pages.calendar:MOST_SHOWN": "of what a page shows; the page says so, and each dataset lists all",
    "portal.public.pages.explore_table:MOST_SHOWN_ROWS": "of what a page shows; the page says so, and the file has all",
    "portal.public.pages.explore_form:MOST_BOXES": "of what a form offers; addresses may name any",
    "portal.public.pages.listing:MAX_CHOICES": "of values that a page shows; the API tells more",
    "portal.public.pxweb.data_answers:_LONGEST_ADDRESS": "of an address that we write",
    "portal.public.pxweb.names:_LONGEST": "what is longer is the name of no table",
    "portal.public.pxweb.tables_list:_MOST_DAYS": "since before there was any data",
    "portal.public.pxweb.tables_list:_MOST_PAGES": "more pages than there can be",
    "portal.public.routers.oai:_MOST_ARGUMENTS": "no verb of the protocol takes so many",
    "portal.public.routers.oai:_MOST_SENT": "what is longer is no question of the protocol",
    "portal.public.routers.standards:_MOST_PAGES": "more pages than there can be",
    "portal.public.routers.site:_MOST": "of addresses in one sitemap; people do not meet it",
    "portal.public.sdmx.observations:_NO_LIMIT": "stands for none",
    "portal.letter_rounds:MOST_REFUSALS": "of mail servers of others",
    "portal.public.routers.subscribe:_MOST_FIELDS": "of a form of ours that has two",
    "portal.public.routers.subscribe:_MOST_SENT": "of a form of ours that has two short fields",
    "portal.public.subscriptions.door:MAX_ASKERS": "how many callers are kept in memory",
    "portal.public.subscriptions.letter_texts:MOST_TOLD": "of what a letter tells; the calendar has all",
    "portal.public.subscriptions.letter_texts:_LONGEST_SUBJECT": "of a head; the text has the whole title",
    "portal.public.subscriptions.mail_addresses:LONGEST_MAILBOX": "of what mail servers take",
    "portal.public.subscriptions.mail_addresses:_LONGEST_LOCAL": "of what mail servers take",
    "portal.public.subscriptions.outbox:MOST_IN_AN_HOUR": "others are sent later",
    "portal.public.subscriptions.outbox:MOST_TO_ONE": "the page that follows the form says so",
    "portal.public.subscriptions.outbox:MOST_WAITING": "more are taken once the mail server is back",
    "portal.public.subscriptions.sealing:LONGEST_WORD": "what is longer was not made here",
    "portal.query.cell_reader:MAX_COMBINATIONS": "beyond it the same is answered in another way",
    "portal.query.cell_reader:_LARGEST": "of sums that numbers can hold",
    "portal.query.ratio_cells:_LARGEST": "of quotients that numbers can hold",
    "portal.query.selection:_LONGEST_NAME": "of a name beside its code in an error; it is cut, nothing is refused",
}
"""Each with its reason."""


def constants() -> Iterator[str]:
    """Yield every constant of the portal whose name says that it is a limit."""
    for path in sorted((ROOT / "portal").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if isinstance(node, ast.Assign | ast.AnnAssign):
                names = [each.id for each in targets if isinstance(each, ast.Name)]
                yield from (f"{module}:{name}" for name in names if NAMED_AS_A_LIMIT.fullmatch(name))


def limits() -> tuple[Limit, ...]:
    return all_limits(EngineLimits(), CallerLimits(per_minute=1_200, at_once=32))


def test_every_limit_is_told_or_says_why_not() -> None:
    found = set(constants())
    assert len(found) > 50
    assert found - kept_constants() - set(NOT_FOR_CALLERS) == set(), "tell it in portal/public/limits_kept.py"
    assert set(NOT_FOR_CALLERS) - found == set()
    assert set(NOT_FOR_CALLERS) & kept_constants() == set()


def test_a_limit_is_what_its_constant_says() -> None:
    for limit in limits():
        if limit.source:
            module, _, name = limit.source.partition(":")
            assert limit.value == getattr(import_module(module), name)
        assert limit.value > 0


def test_a_limit_has_one_name_and_is_told_in_both_languages() -> None:
    names = [(limit.dialect, limit.name) for limit in limits()]
    assert len(set(names)) == len(names)
    for limit in limits():
        for text in (limit.meaning, limit.remedy):
            assert wording("vi").gettext(text) != text, text
        assert limit.status is None or 400 <= limit.status <= 503 or limit.dialect == "mcp"


@pytest.mark.parametrize("name", ["units-per-minute", "at-once"])
def test_what_is_not_limited_is_not_told(name: str) -> None:
    told = {limit.name for limit in all_limits(EngineLimits(), CallerLimits())}
    assert name not in told
    assert name in {limit.name for limit in limits()}


# What is counted ------------------------------------------------------------------------------------------------------

DOWNLOADS = ("/files/",)
OF_A_SITE = ("/health", "/robots.txt", "/sitemap.xml", "/favicon.ico")
PAGES = ("/datasets/", "/en/datasets/", "/dataset", "/organization/", "/group/")
"""Pages for people; the last three are CKAN's addresses, which lead to ours."""


def routes() -> Iterator[str]:
    """Yield the path of every route but those of pages."""
    native = (data, dataset_docs, downloads, limits_router, metadata, quality, search, site, status)
    routers = (*native, ckan, mcp, odata, pxweb, sdmx)
    waiting: list[BaseRoute] = [route for module in routers for route in module.router.routes]
    for route in waiting:
        if isinstance(route, APIRoute):
            yield route.path
        else:
            waiting.extend(vars(route)["original_router"].routes)


def test_every_address_that_answers_questions_is_counted() -> None:
    found = set(routes())
    assert len(found) > 50
    free = {path for path in found if not dialect_of(path)}
    assert {path for path in free if not path.startswith((*DOWNLOADS, *OF_A_SITE, *PAGES))} == {FREE[0], "/api/3"}
    for prefix in (
        "/api/v1/datasets",
        "/api/3/action/",
        "/api/action/",
        "/datastore/",
        "/sdmx/v2",
        "/odata/v4",
        "/mcp",
    ):
        assert any(path.startswith(prefix) and dialect_of(path) for path in found), prefix


# 503 ------------------------------------------------------------------------------------------------------------------

ANSWERS_503 = {"portal/header_deadline.py", "portal/shared/problems.py"}
"""Where the portal decides on this status; the dialects take status and time from the table of errors."""
TELLS_503 = {"portal/shared/error_page.py", "portal/public/limits.py", "portal/public/limits_kept.py"}


def test_every_error_that_may_pass_says_when_to_come_back() -> None:
    assert all(outcome.retry_after > 0 for outcome in OUTCOMES.values() if outcome.status == 503)


def test_nobody_else_decides_on_503() -> None:
    """Descriptions of answers name it as the key of a mapping, with what it means."""
    found = set()
    for path in sorted((ROOT / "portal").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        keys = {id(key) for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and node.value == 503 and id(node) not in keys:
                found.add(str(path.relative_to(ROOT)))
    assert found - TELLS_503 == ANSWERS_503
