"""The API and the pages call the values of a facet by the same names, in both languages."""

from __future__ import annotations

import pytest

from tests.support.html_pages import Document
from tests.support.http import Client


@pytest.mark.parametrize(("language", "path"), [("vi", "/datasets"), ("en", "/en/datasets")])
def test_pages_and_api_name_the_values_of_facets_alike(shipped: Client, language: str, path: str) -> None:
    page = Document(shipped.get(path).text)
    shown = {link.children[0].text if link.children else link.text.strip() for link in page.all("a")}
    facets = shipped.json("/api/v1/search")["facets"]
    labels = {each["label"][language] for values in facets.values() if len(values) > 1 for each in values}
    assert len(labels) > 10
    assert {label for label in labels if not any(text.startswith(label) for text in shown)} == set()


def test_no_label_is_a_code(shipped: Client) -> None:
    facets = shipped.json("/api/v1/search")["facets"]
    codes = [
        each["value"]
        for name in ("theme", "publisher", "kind", "frequency", "licence", "format")
        for each in facets[name]
        if each["value"] in each["label"].values()
    ]
    assert codes == []
    kinds = {each["value"]: each["label"] for each in facets["kind"]}
    assert kinds["statistics"] == {"vi": "Số liệu thống kê", "en": "Statistics"}
