"""Which version, form and page a request gets, where no test over HTTP shows it."""

from __future__ import annotations

import pytest

from portal.public.odata.negotiation import DEFAULT_PAGE, MAX_PAGE, Form, read_form, wants_xml


def test_who_says_nothing_gets_what_everybody_reads() -> None:
    assert read_form({}, "") == Form("4.01", "minimal", strings=False, page=DEFAULT_PAGE, applied="")
    assert wants_xml({}, "")


@pytest.mark.parametrize(
    ("preferences", "page"),
    [
        ("odata.maxpagesize=50", 50),
        ("maxpagesize=50", 50),
        ('respond-async, odata.maxpagesize="50"', 50),
        ("return=minimal; maxpagesize=50", 50),
        ("maxpagesize=999999999", MAX_PAGE),
        ("maxpagesize=0", DEFAULT_PAGE),
        ("maxpagesize=-1", DEFAULT_PAGE),
        ("maxpagesize=9999999999", DEFAULT_PAGE),
        ("maxpagesize=x", DEFAULT_PAGE),
        ("," * 2_000 + "maxpagesize=50", DEFAULT_PAGE),
    ],
)
def test_pages_are_as_large_as_is_preferred(preferences: str, page: int) -> None:
    form = read_form({"prefer": preferences}, "")
    assert form.page == page
    assert form.applied == ("" if page == DEFAULT_PAGE else f"maxpagesize={page}")


@pytest.mark.parametrize(
    ("accept", "metadata", "strings"),
    [
        ("application/json;q=0.5,application/json;odata.metadata=full", "full", False),
        ("application/json;odata.metadata=none;q=0.1,*/*;q=0.9", "minimal", False),
        ('application/json; odata.metadata="none"; IEEE754Compatible=TRUE', "none", True),
        ("application/json;metadata=full;ExponentialDecimals=true", "full", False),
        ("application/json;streaming=true", "minimal", False),
    ],
)
def test_the_form_that_is_liked_best_is_written(accept: str, metadata: str, strings: bool) -> None:
    form = read_form({"accept": accept}, "")
    assert (form.metadata, form.strings) == (metadata, strings)
    assert f"odata.metadata={metadata}" in form.media_type
