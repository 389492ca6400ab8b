"""Page, BibTeX, chart, API and README cite a release alike, and name whose data it is."""

from __future__ import annotations

import pytest

from tests.e2e.test_shipped_datasets import package
from tests.support.html_pages import Document
from tests.support.http import Client

SOURCES = {
    "dengue-cases": ("1994-2009", "https://doi.org/10.6084/m9.figshare.24259573", "CC BY-SA 4.0"),
    "diabetes-hospital-encounters": ("1999-2008", "https://doi.org/10.1155/2014/781670", "CC BY 4.0"),
}


@pytest.mark.parametrize("dataset", SOURCES)
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_every_citation_names_source_licence_and_version(shipped: Client, dataset: str, prefix: str) -> None:
    edition, source, licence = SOURCES[dataset]
    page = Document(shipped.get(f"{prefix}/datasets/{dataset}").text)
    pieces = {pre.attributes["id"]: pre.text for pre in page.all("pre")}
    language = "en" if prefix else "vi"
    period = edition.replace("-", "–")
    version = f"edition {period}, version 1" if prefix else f"kỳ {period}, phiên bản 1"
    cited = pieces["cite-text"]
    for text in (cited, pieces["cite-bibtex"].replace("\\_", "_")):
        assert source in text
        assert licence in text
        assert version in text
        assert f"{prefix}/datasets/{dataset}/releases/{edition}.1" in text
    assert source in pieces["cite-latest"]
    answer = shipped.json(f"/api/v1/datasets/{dataset}")["citation"][language]
    assert cited.startswith(answer)
    readme = package(shipped, dataset)["README.md"].decode()
    start, end = answer.split(f"{version} ")[0].partition(" (")[0], answer.partition("[")[2]
    assert start in readme
    assert end in readme
    assert "ytemo-release.json" in readme


@pytest.mark.parametrize("dataset", SOURCES)
def test_the_line_under_a_chart_names_the_source(shipped: Client, dataset: str) -> None:
    page = Document(shipped.get(f"/en/datasets/{dataset}").text)
    (figure, *_) = page.all("figure")
    assert "Source: The ytemo project (demonstration), from " in figure.text
    assert SOURCES[dataset][1] in figure.text
