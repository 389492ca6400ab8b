"""What must be known before a dataset is used stands where its page begins, and nothing is said twice."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.support.html_pages import Document
from tests.support.http import Client
from tests.support.shipped_portal import EDITIONS


def section(page: Document, heading: str) -> str:
    headings = (heading, f"{heading}-heading")
    (found,) = [each for each in page.all("section") if each.attributes.get("aria-labelledby") in headings]
    return found.text


@pytest.mark.parametrize(("prefix", "number"), [("", "72%"), ("/en", "72 % more")])
def test_the_doubtful_total_of_1999_is_told_before_anything_is_used(shipped: Client, prefix: str, number: str) -> None:
    html = shipped.get(f"{prefix}/datasets/dengue-cases").text
    page = Document(html)
    told = section(page, "caveats")
    assert "1999" in told
    assert number in told
    assert number not in section(page, "methods")
    assert html.index(number) < html.index('id="downloads"')


@pytest.mark.parametrize("dataset", EDITIONS)
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_no_heading_comes_twice_in_a_row(shipped: Client, dataset: str, prefix: str) -> None:
    page = Document(shipped.get(f"{prefix}/datasets/{dataset}").text)
    headings = [each.text.strip() for each in page.all("h1", "h2", "h3", "h4")]
    assert [one for one, other in pairwise(headings) if one == other] == []
    protected = [
        each
        for each in headings
        if each in ("Người bệnh được bảo vệ thế nào", "Bảo vệ người bệnh", "How people are protected")
    ]
    assert len(protected) <= 1


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_numbers_of_the_policy_do_not_pass_for_those_of_the_dataset(shipped: Client, prefix: str) -> None:
    text = section(Document(shipped.get(f"{prefix}/datasets/diabetes-hospital-encounters").text), "disclosure")
    own, of_policy, between = (
        ("fewer than 10", "Fewer than 5", "take the place of those of the policy")
        if prefix
        else ("dưới 10", "dưới 5 người thì", "thay cho quy tắc của chính sách")
    )
    assert text.index(own) < text.index(between) < text.rindex(of_policy)
