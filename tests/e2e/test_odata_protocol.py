"""How OData is spoken: versions, formats, caches, languages, and whatever harm is sent."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest

from tests.support.hostile_odata import APPLIES, EXPRESSIONS, OPTIONS, PATHS
from tests.support.http import Client
from tests.support.odata_portal import DISCHARGES, ROOT, TABLE, where

EXCEL = {
    "accept": "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,"
    "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7",
    "odata_maxversion": "4.0",
    "maxdataserviceversion": "3.0",
    "accept_encoding": "gzip, deflate",
    "user_agent": "Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)",
}
"""What Power Query sends, as servers have logged it: NLstn/go-odata, issue 874."""


# Versions, formats, caches --------------------------------------------------------------------------------------------


def test_excel_connects(shipped: Client) -> None:
    """The requests that Power Query makes: the address as typed, the model, a preview, the rows."""
    service = shipped.get(f"{DISCHARGES}/", **EXCEL)
    assert service.status_code == 200
    assert service.headers.get_list("odata-version") == ["4.0"], "twice would be '4.0, 4.0', which Excel refuses"
    assert service.headers["content-type"] == "application/json;odata.metadata=minimal"
    context = urlsplit(service.json()["@odata.context"])
    assert context.netloc == "localhost", "the .NET library of OData wants the whole address"
    model = shipped.get(context.path, **EXCEL)
    assert model.headers["content-type"] == "application/xml"
    assert b'Version="4.0"' in model.content
    preview = shipped.get(f"{TABLE}?$top=1000", **EXCEL)
    assert len(preview.json()["value"]) == 1000
    assert preview.headers["odata-version"] == "4.0"
    folded = where(
        TABLE, filter="sex eq 'F' and contains(tolower(chapter_label_en),'chapter i')", select="stays,sex", top="1000"
    )
    assert shipped.get(folded, **EXCEL).json()["value"]


@pytest.mark.parametrize(
    ("asked", "spoken"), [("", "4.01"), ("4.01", "4.01"), ("4.0", "4.0"), ("4.1", "4.01"), ("5.0", "4.01")]
)
def test_the_newest_version_that_both_know_is_spoken(shipped: Client, asked: str, spoken: str) -> None:
    headers = {"odata_maxversion": asked} if asked else {}
    assert shipped.get(f"{TABLE}?$top=1", **headers).headers["odata-version"] == spoken
    assert f'Version="{spoken}"' in shipped.get(f"{DISCHARGES}/$metadata", **headers).text


@pytest.mark.parametrize("asked", ["3.0", "x", "4"])
def test_older_versions_are_not_spoken(shipped: Client, asked: str) -> None:
    for address in (TABLE, f"{DISCHARGES}/$metadata"):
        answer = shipped.get(address, odata_maxversion=asked)
        assert (answer.status_code, answer.json()["error"]["code"]) == (406, "not-acceptable")


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("*/*", 200),
        ("application/*", 200),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 200),
        ("application/json", 200),
        ("application/json;q=0.1", 200),
        ("application/atom+xml", 406),
        ("application/json;q=0", 406),
        ("application/json;q=x", 406),
        ("application/json;odata=verbose", 406),
        ("text/csv", 406),
    ],
)
def test_rows_are_json(shipped: Client, accept: str, status: int) -> None:
    assert shipped.get(f"{TABLE}?$top=1", accept=accept).status_code == status


@pytest.mark.parametrize(
    ("accept", "asked", "kind"),
    [
        ("", "", "application/xml"),
        ("application/json", "", "application/json"),
        ("application/json,*/*;q=0.1", "", "application/xml"),
        ("text/html", "", "application/xml"),
        ("", "json", "application/json"),
        ("application/json", "application/xml", "application/xml"),
        ("", "application/json", "application/json"),
    ],
)
def test_the_model_comes_as_xml_unless_json_is_asked_for(shipped: Client, accept: str, asked: str, kind: str) -> None:
    address = f"{DISCHARGES}/$metadata" + (f"?$format={asked}" if asked else "")
    assert shipped.get(address, **({"accept": accept} if accept else {})).headers["content-type"] == kind
    assert shipped.get(f"{DISCHARGES}/$metadata?$format=csv").status_code == 406


def test_what_has_not_changed_is_not_sent_again(shipped: Client) -> None:
    for address in (ROOT, f"{DISCHARGES}/", f"{DISCHARGES}/$metadata", f"{TABLE}?$top=1", f"{TABLE}/$count"):
        first = shipped.get(address)
        again = shipped.get(address, if_none_match=first.headers["etag"])
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        assert "odata-maxversion" in first.headers["vary"].lower()
    assert shipped.get(f"{TABLE}?$top=1").headers["etag"] != shipped.get(f"{TABLE}?$top=2").headers["etag"]


def test_pages_of_other_sites_may_read(shipped: Client) -> None:
    answer = shipped.get(f"{TABLE}?$top=1", origin="https://example.org")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "OData-Version" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_everything_is_read_only(shipped: Client, method: str) -> None:
    answer = shipped.request(method, TABLE)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert answer.json()["error"]["code"] == "method-not-allowed"


def test_problems_are_told_in_vietnamese_to_who_reads_it(shipped: Client) -> None:
    address = where(TABLE, filter="sex eq 'zz'")
    english = shipped.get(address).json()["error"]
    assert english["message"].startswith("sex: 'zz' is not known.")
    assert english["details"] == [{"code": "query-invalid", "target": "sex", "message": english["message"]}]
    for told in (shipped.get(f"{address}&lang=vi"), shipped.get(address, accept_language="vi-VN,vi;q=0.9")):
        assert told.json()["error"]["message"].startswith("sex: không có tên 'zz'")
        assert told.headers["cache-control"] == "no-store"
    assert shipped.get(f"{address}&lang=en", accept_language="vi").json()["error"] == english


# Harm -----------------------------------------------------------------------------------------------------------------


def _escaped(text: str, safe: str) -> str:
    return text if "%" in text else quote(text, safe=safe)


HOSTILE = [
    *(f"{TABLE}?$filter={quote(text)}" for text in EXPRESSIONS),
    *(f"{TABLE}?$apply={quote(text)}" for text in APPLIES),
    *(f"{ROOT}/{_escaped(text, '/()$,=')}" for text in PATHS),
    *(f"{TABLE}?{_escaped(text, '$=&,;()/')}" for text in OPTIONS),
]


@pytest.mark.parametrize("url", HOSTILE, ids=range(len(HOSTILE)))
def test_harm_is_refused(shipped: Client, url: str) -> None:
    answer = shipped.get(url)
    assert answer.status_code in {400, 404, 406}, answer.text[:500]
    error = answer.json()["error"]
    assert error["code"]
    assert error["message"]
    assert len(answer.content) < 20_000, "no more comes back than a message"
    assert "Traceback" not in answer.text


def test_there_is_enough_harm() -> None:
    assert len(EXPRESSIONS) > 150
    assert len(set(HOSTILE)) == len(HOSTILE) > 300
