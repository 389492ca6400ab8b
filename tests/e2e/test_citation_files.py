"""Citations for reference managers: what each format demands, and the same facts in all of them."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.http import Client

PINNED = "/datasets/dengue-cases/releases/1994-2009.1"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_file_names_publisher_title_version_and_address(shipped: Client, language: str) -> None:
    base = PINNED if language == "vi" else f"/en{PINNED}"
    title = (
        "Số ca mắc sốt xuất huyết Dengue theo tỉnh và tháng"
        if language == "vi"
        else "Dengue cases by province and month"
    )
    for extension, media_type in (("bib", "x-bibtex"), ("ris", "x-research-info-systems"), ("json", "csl+json")):
        answer = shipped.get(f"{base}/cite.{extension}")
        assert media_type in answer.headers["content-type"]
        assert f'filename="dengue-cases-1994-2009.1.{extension}"' in answer.headers["content-disposition"]
        for fact in (title, "1994-2009.1", f"http://localhost{base}", "2026", "CC BY-SA 4.0"):
            assert fact in answer.text, (extension, fact)
        assert f'href="{base}/cite.{extension}"' in shipped.get(base).text


def test_ris_is_lines_of_tags_from_its_type_to_its_end(shipped: Client) -> None:
    text = shipped.get(f"{PINNED}/cite.ris").text
    lines = text.split("\r\n")
    assert lines.pop() == ""
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - [^\r\n]*", line) for line in lines)
    assert (lines[0], lines[-1]) == ("TY  - DATA", "ER  - ")
    assert re.search(r"DA  - 2026/\d\d/\d\d\r\n", text)


def test_csl_is_a_dataset_of_an_institution(shipped: Client) -> None:
    (item,) = json.loads(shipped.get(f"{PINNED}/cite.json").text)
    assert item["type"] == "dataset"
    assert item["author"] == [{"literal": "Dự án ytemo (trình diễn)"}]
    assert item["issued"]["date-parts"][0][0] == 2026


def test_there_is_no_other_format_and_no_citation_of_what_is_gone(shipped: Client) -> None:
    assert shipped.get(f"{PINNED}/cite.docx").status_code == 422
    assert shipped.get("/datasets/hospital-discharges/releases/2024.1/cite.bib").status_code == 410
