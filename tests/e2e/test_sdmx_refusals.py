"""What SDMX-REST refuses, and that whatever strangers send is answered."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.errors import QueryTimeout
from portal.public.dependencies import CallerLeft
from portal.public.routers import sdmx as sdmx_router
from portal.public.sdmx.data_query import PARAMETERS
from tests.support.http import Client
from tests.support.sdmx_messages import json_faults, xml_faults
from tests.support.sdmx_portal import AGENCY, BEFORE, CSV, DATA, FLOW, SDMX, XML, error_of

# What is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        (f"data/dataflow/x/{FLOW}", 404, "ministry-of-health"),
        ("data/dataflow/*/notifiable-disease_by-month", 404, "Did you mean notifiable-diseases"),
        ("data/dataflow/*/notifiable-diseases_by-mont", 404, "Did you mean by-month"),
        ("data/dataflow/*/notifiable-diseases", 404, "by-month"),
        ("data/dataflow/*/licensed-facilities_register", 404, "register"),
        (f"data/dataflow/*/{FLOW}/*/M.case", 404, "Did you mean cases"),
        (f"data/dataflow/*/{FLOW}/*?c[PROVINCE]=1", 404, "PROVINCE has no published code"),
        (f"data/dataflow/*/{FLOW}/*/a.b.c.d.e.f", 400, "FREQ.INDICATOR.PROVINCE.SEX"),
        (f"data/dataflow/*/{FLOW}/*?c[AGE]=1", 400, "Known here: FREQ"),
        (f"data/dataflow/*/{FLOW}/*?c[SEX]=", 400, "has no value"),
        (f"data/dataflow/*/{FLOW}/*?c[SEX]=F&c[SEX]=M", 400, "more than once"),
        (f"data/dataflow/*/{FLOW}/*?c[TIME_PERIOD]=ge:soon", 400, "is not a time"),
        (f"data/dataflow/*/{FLOW}/*?c[OBS_VALUE]=ge:many", 400, "must be a number"),
        (f"data/dataflow/*/{FLOW}/*?c[OBS_VALUE]=co:1", 400, "co is not for numbers"),
        (f"data/dataflow/*/{FLOW}/*?c[OBS_STATUS]={'A' * 501}", 400, "empty or too long"),
        (f"data/dataflow/*/{FLOW}/*?" + "&".join(f"c[D{n}]=1" for n in range(101)), 400, "more than 100 parameters"),
        (f"structure/codelist/{','.join(['a'] * 101)}", 400, "names more than"),
        (f"structure/codelist?references={','.join(['all'] * 101)}", 400, "names more than"),
        ("structure/conceptscheme/*/*/9.9.9", 404, "no artefact of this name"),
        (f"data/dataflow/*/{FLOW}/*?limit=0", 400, "limit: must be a whole number"),
        (f"data/dataflow/*/{FLOW}/*?offset=-1", 400, "offset: must be a whole number"),
        (f"data/dataflow/*/{FLOW}/*?firstNObservations=x", 400, "firstNObservations"),
        (f"data/dataflow/*/{FLOW}/*?asOf=yesterday", 400, "2026-01-31T09:30:00Z"),
        (f"data/dataflow/*/{FLOW}/*?attributes=x", 400, "OBS_STATUS"),
        (f"data/dataflow/*/{FLOW}/*?measures=x", 400, "OBS_VALUE"),
        (f"data/dataflow/*/{FLOW}/*?measures=none,all", 400, "cannot be joined"),
        (f"data/dataflow/*/{FLOW}/*?detail=full", 400, "'detail' is not known"),
        (f"data/dataflow/*/{FLOW}/*?includeHistory=x", 400, "includeHistory"),
        (f"data/dataflow/*/{FLOW}/x.y", 400, "is not a version"),
        (f"data/flow/*/{FLOW}", 400, "dataflow"),
        (f"data/provisionagreement/*/{FLOW}", 404, "provisionagreement"),
        (f"data/dataflow/*/{FLOW}/2023.0.1,2024.0.1", 501, "several versions"),
        ("data/dataflow/*/*", 501, "several dataflows"),
        ("data", 501, "several dataflows"),
        (f"data/dataflow/*/{FLOW}/*?includeHistory=true", 501, "includeHistory"),
        (f"data/dataflow/*/{FLOW}/*?sort=SEX", 501, "sort"),
        (f"data/dataflow/*/{FLOW}/*?dimensionAtObservation=INDICATOR", 501, "INDICATOR"),
        (f"data/dataflow/*/{FLOW}/*?dimensionAtObservation=SEX&firstNObservations=1", 501, "SEX"),
        (f"data/dataflow/*/{FLOW}/*/*/x", 404, "nothing at this address"),
        (f"schema/dataflow/*/{FLOW}", 501, "schema"),
        ("metadata/metadataset", 501, "metadata"),
        ("", 404, "nothing at this address"),
        ("x" * 9_000, 414, "longer than"),
        ("structure/codelis", 400, "Did you mean codelist"),
        ("structure/categoryscheme", 404, "nothing of the type"),
        ("structure/codelist/*/CL_notifiable-diseases_sex", 404, "Did you mean CL_notifiable-diseases_sex-demo"),
        ("structure/codelist/ministry", 404, "ministry-of-health"),
        ("structure/dataflow?references=friends", 400, "references"),
        ("structure/dataflow?detail=more", 400, "detail"),
        ("structure/dataflow?c[SEX]=F", 400, "is not known"),
    ],
)
def test_a_refusal_says_what_to_do(client: Client, path: str, status: int, told: str) -> None:
    assert told in error_of(client, f"{SDMX}/{path}".rstrip("/"), status)


def test_a_refusal_is_told_in_xml_and_in_vietnamese(client: Client) -> None:
    answer = client.get(f"{DATA}/*/M.<b>", accept=XML, accept_language="vi")
    assert answer.status_code == 404
    assert xml_faults(answer.content) == []
    assert "<b>" not in answer.text
    assert 'code="100"' in answer.text
    assert 'xml:lang="vi"' in answer.text
    assert "không" in answer.text


@pytest.mark.parametrize("accept", ["image/png", "application/vnd.sdmx.data+json;version=1.0.0", "text/html"])
def test_a_format_that_is_not_offered(client: Client, accept: str) -> None:
    assert "application/vnd.sdmx.data+csv" in error_of(client, DATA, 406, accept=accept)


def test_too_many_codes_are_refused_before_anything_is_read(client: Client) -> None:
    assert "names more than" in error_of(client, f"{DATA}/*/{'+'.join(['a'] * 2)},{'b,' * 99}b", 400)
    many = "+".join(f"x{number}" for number in range(1_100))
    assert "names more than" in error_of(client, f"{DATA}/*/{many}", 400)


def test_nothing_changed_is_said_without_reading(client: Client) -> None:
    for path in (DATA, f"{SDMX}/structure/dataflow"):
        first = client.get(path)
        again = client.get(path, if_none_match=first.headers["etag"])
        assert (again.status_code, again.content) == (304, b"")
        assert "Accept" in again.headers["vary"]
        other = client.get(path, if_none_match=first.headers["etag"], accept=XML)
        assert other.status_code == 200


def test_what_is_pinned_may_be_kept_for_ever(client: Client) -> None:
    assert "immutable" in client.get(f"{DATA}/2024.0.2").headers["cache-control"]
    assert "immutable" not in client.get(DATA).headers["cache-control"]
    assert client.request("HEAD", DATA).status_code == 200
    assert client.get(DATA, origin="https://example.org").headers["access-control-allow-origin"] == "*"


# What strangers send --------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=12)
"""No route takes an address with a line feed: the framework itself answers 404."""
ODD = st.one_of(
    st.sampled_from(
        ["", "*", "~", "+", "all", AGENCY, FLOW, f"DSD_{FLOW}", "2024.0.2", "M.cases", "..", "'", "%00", "�", "a" * 300]
    ),
    TEXT,
)
NAMES = st.one_of(
    st.sampled_from(
        [
            *PARAMETERS,
            "detail",
            "references",
            "mode",
            "startPeriod",
            "c[SEX]",
            "c[TIME_PERIOD]",
            "c[OBS_VALUE]",
            "c[",
            "x",
        ]
    ),
    TEXT,
)
VALUES = st.one_of(
    st.sampled_from(
        ["1", "0", "-1", "99999999999999999999", "true", "ge:2024+le:x", "eq:", ":", "all", "F", "2024-01-01"]
    ),
    TEXT,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.tuples(
        st.sampled_from([SDMX, BEFORE]),
        st.sampled_from(["structure", "data", "availability", "schema", ""]),
        st.sampled_from(["dataflow", "datastructure", "codelist", "*", "x"]),
    ),
    parts=st.lists(ODD, max_size=6),
    parameters=st.lists(st.tuples(NAMES, VALUES), max_size=4),
    accept=st.sampled_from(["", "*/*", XML, CSV, "x", ";;,", "application/json;q=x"]),
)
def test_whatever_is_sent_is_answered(
    client: Client, start: tuple[str, str, str], parts: list[str], parameters: list[tuple[str, str]], accept: str
) -> None:
    # A bare ".." never arrives: clients take it for the folder above, and would ask another address.
    path = "/".join(quote(part, safe="").replace(".", "%2E") for part in (*start[1:], *parts))
    query = urlencode(parameters, errors="replace")
    answer = client.get(f"{start[0]}/{path}?{query}", accept=accept)
    assert answer.status_code in {200, 204, 308, 400, 404, 406, 410, 413, 414, 501}, answer.text
    if answer.status_code >= 400:
        if "xml" in answer.headers["content-type"]:
            assert xml_faults(answer.content, "2.1" if start[0] == BEFORE else "3.0") == []
        else:
            assert json_faults(answer.json(), "data", "2.1.0") == []


# What goes wrong on our side ------------------------------------------------------------------------------------------


def test_a_question_that_takes_too_long_is_told_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow(*_: object) -> None:
        raise QueryTimeout("The question took too long")

    monkeypatch.setattr(sdmx_router, "finished", slow)
    assert "took too long" in error_of(client, DATA, 503)
    assert client.get(DATA).headers["retry-after"] == "10"


def test_nobody_is_answered_who_has_left(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def left(*_: object) -> None:
        raise CallerLeft

    monkeypatch.setattr(sdmx_router, "finished", left)
    assert client.get(DATA).status_code == 499
