"""The guides for journalists, in both languages: their addresses answer, their figures are those of the portal."""

from __future__ import annotations

import csv
import io
import re

import pytest

from datasets.cell_status import STATUS_MEANINGS, CellStatus
from portal.shared.translations import translations
from tests.support.guides import Guide
from tests.support.http import Client

VIETNAMESE = Guide("so-lieu-cho-nha-bao.md")
ENGLISH = Guide("use-data-in-journalism.md")
BOTH = pytest.mark.parametrize("guide", [VIETNAMESE, ENGLISH], ids=["vi", "en"])
DENGUE = "/api/v1/datasets/dengue-cases/tables/by-province-and-month/data?release=1994-2009.1"


def rows(client: Client, path: str) -> list[dict[str, str]]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment"), "the guide says that it is downloaded"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@BOTH
def test_every_command_answers(shipped: Client, guide: Guide) -> None:
    assert len(guide.asked) == guide.text.count("$ curl") == guide.block_count == 5
    largest, withheld, quoted, cited, series = guide.asked
    assert shipped.get(largest).content.startswith(b"\xef\xbb\xbf"), "the mark by which Excel knows UTF-8"
    assert next(row["cases"] for row in rows(shipped, largest)) == "24562"
    found = rows(shipped, withheld)
    assert len(found) > 3
    assert {(row["deaths"], row["deaths_status"]) for row in found} == {("", "suppressed")}
    assert shipped.json(quoted)["data"][0]["cases"] == 234_920
    assert "1994–2009" in shipped.json(cited)["citation"]["vi"]
    assert len(rows(shipped, series)) == 16
    assert shipped.get(largest.replace("format=csv", "format=xlsx").replace("&bom=true", "")).status_code == 200


def test_the_quoted_figures_are_those_that_are_published(shipped: Client) -> None:
    country = shipped.json(f"{DENGUE}&month=1998")["data"][0]["cases"]
    (largest,) = shipped.json(f"{DENGUE}&month=1998&group=province&order=-cases&limit=1&lang=vi")["data"]
    assert largest["province_label"] == "Bến Tre"
    for guide, mark in ((VIETNAMESE, "."), (ENGLISH, ",")):
        for number in (country, largest["cases"]):
            assert f"{number:,}".replace(",", mark) in guide.text


def test_the_incomplete_years_are_those_that_the_guides_name(shipped: Client) -> None:
    years = shipped.json(f"{DENGUE}&group=month&month__level=year")["data"]
    incomplete = [row["month"] for row in years if row["cases_status"] == "estimated"]
    assert incomplete == ["1994", "1995", "1996", "1997", "2008"]
    assert "1994 đến 1997 và 2008" in VIETNAMESE.text
    assert "1994 to 1997, and 2008" in ENGLISH.text


@BOTH
def test_every_status_is_explained_with_its_mark(guide: Guide) -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| (?:`(\[\w\])` )?\|", guide.text, re.MULTILINE))
    assert set(told) == set(CellStatus)
    for status, meaning in STATUS_MEANINGS.items():
        assert told[status] == (f"[{meaning.letter}]" if meaning.letter else "")


def test_parts_of_pages_are_called_as_the_pages_call_them() -> None:
    vietnamese = translations("vi").gettext
    for name in ("Download", "Use and cite"):
        assert f"*{name}*" in ENGLISH.text
        assert f"*{vietnamese(name)}*" in VIETNAMESE.text
    for name in ("The numbers of this chart", "Before you use it"):
        assert f'"{name}"' in ENGLISH.text
        assert f'"{vietnamese(name)}"' in VIETNAMESE.text


def test_both_guides_ask_the_same(shipped: Client) -> None:
    for one, other in zip(VIETNAMESE.asked, ENGLISH.asked, strict=True):
        assert one.replace("lang=vi", "lang=en").replace("header=vi", "header=en") == other
