"""Accept headers: what is asked for is what is given, or 406."""

from __future__ import annotations

import pytest

from datasets.errors import QueryInvalid
from portal.public.sdmx.media_types import OFFERED, negotiate
from portal.public.sdmx.refusals import Refusal

JSON = "application/vnd.sdmx.data+json"
CSV = "application/vnd.sdmx.data+csv"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", f"{JSON}; version=2.1.0"),
        ("*/*", f"{JSON}; version=2.1.0"),
        ("application/json", f"{JSON}; version=2.1.0"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "…xml; version=3.0.0"),
        ("text/csv", f"{CSV}; version=2.1.0; charset=utf-8"),
        (f"{JSON};version=2.0.0", f"{JSON}; version=2.0.0"),
        (f"{JSON}; version=2+.0.0", f"{JSON}; version=2.1.0"),
        (f"{JSON};version=2.0.0+", f"{JSON}; version=2.0.0"),
        (JSON, f"{JSON}; version=2.1.0"),
        (JSON.upper(), f"{JSON}; version=2.1.0"),
        (f"{JSON};version=9.0.0, {CSV};version=2.0.0", f"{CSV}; version=2.0.0; charset=utf-8"),
        (f"{JSON};q=0.1, {CSV};version=2.0.0;q=0.2", f"{CSV}; version=2.0.0; charset=utf-8"),
        (f"{JSON};q=0, */*;q=0.1", f"{JSON}; version=2.1.0"),
        (f"{CSV};version=2.0.0;labels=both;keys=obs", f"{CSV}; version=2.0.0; labels=both; keys=obs; charset=utf-8"),
        (f'{CSV};labels="name"', f"{CSV}; version=2.1.0; labels=name; charset=utf-8"),
        ("application/vnd.sdmx.data+xml;version=3.0.0", "…xml; version=3.0.0"),
    ],
)
def test_a_header_gets_a_format(accept: str, expected: str) -> None:
    assert negotiate(accept, "data", {}).header.endswith(expected.removeprefix("…"))


@pytest.mark.parametrize(
    "accept",
    [
        "image/png",
        f"{JSON};version=1.0.0",
        f"{JSON};version=x",
        f"{CSV};labels=short",
        f"{CSV};timeFormat=normalized",
        "application/vnd.sdmx.structure+json",
        f"{JSON};q=0",
        f"{JSON};q=2",
        "application/vnd.sdmx.genericdata+xml;version=2.1",
    ],
)
def test_what_is_not_offered_is_refused_with_what_is(accept: str) -> None:
    with pytest.raises(Refusal, match=r"application/vnd\.sdmx\.data\+json") as caught:
        negotiate(accept, "data", {})
    assert caught.value.status == 406


@pytest.mark.parametrize(
    ("given", "expected"),
    [("csvdata", CSV), ("jsondata", JSON), ("structurespecificdata", "application/vnd.sdmx.data+xml")],
)
def test_a_browser_may_name_the_format(given: str, expected: str) -> None:
    assert negotiate("text/html", "data", {"format": given}).essence == expected


def test_a_named_format_has_a_version_that_is_offered() -> None:
    named = {"format": "jsondata", "formatVersion": "2.0.0"}
    assert negotiate("", "data", named).version == "2.0.0"
    with pytest.raises(Refusal):
        negotiate("", "data", {**named, "formatVersion": "1.0.0"})
    with pytest.raises(QueryInvalid):
        negotiate("", "data", {"format": "jsonstructure"})


def test_everything_that_is_offered_can_be_asked_for_by_name() -> None:
    for each in OFFERED:
        assert negotiate(f"{each.essence};version={each.version}", each.content, {}) == each
