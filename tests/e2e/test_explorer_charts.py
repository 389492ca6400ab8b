"""What the explorer draws, over the shipped datasets: small, honest where chance is large, and in the page's words."""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from hashlib import sha256
from html import unescape
from xml.etree import ElementTree as ET

import pytest

from portal.public.charts.palette import GAP
from tests.support.http import Client

STAYS = "/datasets/hospital-discharges/releases/2025.1/explore"
DENGUE = "/datasets/dengue-cases/releases/1994-2009.1/explore"
MOST_BYTES = 15_000
"""Of a compressed map: with it a first visit of the explorer stays within 100 kB (``make bench``)."""


@pytest.mark.parametrize("path", [STAYS, DENGUE])
@pytest.mark.parametrize("width", ["", "&width=narrow"])
def test_a_map_is_light(shipped: Client, path: str, width: str) -> None:
    drawing = shipped.get(f"{path}.svg?show=map{width}")
    assert len(gzip.compress(drawing.content, 6)) < MOST_BYTES


def hatched(shipped: Client, query: str) -> tuple[int, int]:
    """Return how many areas of a map of stays are hatched, and how many its page tells of."""
    drawing = ET.fromstring(shipped.get(f"/en{STAYS}.svg?{query}").text)
    drawn = sum(path.attrib.get("fill") == "url(#chance)" for path in drawing.iter("{http://www.w3.org/2000/svg}path"))
    told = re.search(r">(\d+) of \d+ areas with a rate are hatched", shipped.get(f"/en{STAYS}?{query}").text)
    return drawn, int(told[1]) if told else 0


def intervals(page: str) -> list[tuple[float, float]]:
    return [(float(low), float(high)) for low, high in re.findall(r'<td class="number">([\d.]+) – ([\d.]+)</td>', page)]


def test_a_rate_that_chance_could_have_made_is_hatched(shipped: Client) -> None:
    query = "show=map&measure=rate&at.chapter=X"
    *provinces, (low, high) = intervals(shipped.get(f"/en{STAYS}?{query}").text)
    whole = (low + high) / 2
    # Printed limits are rounded: those that are printed as the whole may lie on either side of it.
    surely = sum(low < whole - 0.1 and whole + 0.1 < high for low, high in provinces)
    perhaps = sum(low <= whole + 0.1 and whole - 0.1 <= high for low, high in provinces)
    drawn, told = hatched(shipped, query)
    assert 0 < surely <= drawn == told <= perhaps


@pytest.mark.parametrize("chapter", ["XV", "X", "VII"])
def test_what_is_hatched_is_what_the_table_prints(shipped: Client, chapter: str) -> None:
    query = f"table=by-province-chapter-sex&show=map&measure=rate&at.chapter={chapter}"
    page = shipped.get(f"/en{STAYS}?{query}").text
    foot = page[page.index("<tfoot>") :]
    whole = float(re.findall(r'<td class="number">([\d.]+)', foot)[0])
    *provinces, _ = intervals(page)
    held = sum(low <= whole <= high for low, high in provinces)
    assert hatched(shipped, query) == (held, held)


def test_without_a_rate_of_the_whole_few_cases_are_hatched(shipped: Client) -> None:
    assert hatched(shipped, "show=map&measure=rate&at.chapter=XVI&in.province=01,79,12") == (1, 1), (
        "Lai Châu has no case, the others have 23 and 34"
    )
    page = shipped.get(f"/en{STAYS}?show=map&measure=rate&at.chapter=XVI&in.province=01,79,12").text
    assert "wider than the rate itself" in page


def test_counts_are_not_hatched(shipped: Client) -> None:
    assert hatched(shipped, "show=map&measure=stays&at.chapter=X") == (0, 0)


def test_a_drawing_that_leaves_has_its_letters_with_it(shipped: Client) -> None:
    taken = shipped.get(f"{STAYS}.svg?show=bars&rows=sex&source=1")
    faces = re.findall(r"src: url\(data:font/woff2;base64,([^)]+)\)", taken.text)
    assert len(faces) == 2, "none of the words has a rare letter"
    style = re.search(r"<style>(.*?)</style>", taken.text, flags=re.DOTALL)
    assert style
    digest = b64encode(sha256(style[1].encode()).digest()).decode()
    assert taken.headers["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; font-src data:"
    )
    assert "data:font" not in shipped.get(f"{STAYS}.svg?show=bars&rows=sex").text, "on our pages it has theirs"


def test_months_beside_one_another_are_short_and_in_one_line(shipped: Client) -> None:
    page = shipped.get(f"{DENGUE}?show=table&rows=province&columns=month&level.month=month&from.month=2009-11").text
    assert re.findall(r">(1[12]/2009)</a>", page) == ["11/2009", "12/2009"]
    quarters = shipped.get(f"/en{DENGUE}?show=table&rows=province&columns=month&level.month=quarter").text
    heading = quarters[quarters.index("<thead>") : quarters.index("</thead>")]
    assert all(" " not in label for label in re.findall(r'class="number"[^>]*><a [^>]*>([^<]+)</a>', heading))


def test_what_is_taken_along_is_all_that_is_shown(shipped: Client) -> None:
    page = shipped.get(f"{DENGUE}?show=table&rows=month&columns=province&level.month=quarter").text
    taken = [unescape(each) for each in re.findall(r'<li><a href="([^"]*/data[?][^"]*)"', page)]
    assert len(taken) == 3
    for address in taken:
        told = shipped.get(address).headers
        assert (told["ytemo-returned"], told["ytemo-truncated"]) == (told["ytemo-total"], "false")
    assert int(told["ytemo-total"]) > 1_000


def test_a_map_says_where_its_boundaries_are_from(shipped: Client) -> None:
    source = "Boundaries on the map: Simplified from vietnamese-provinces-database"
    for path in (STAYS, "/embed/hospital-discharges"):
        assert source in shipped.get(f"/en{path}?show=map").text
        assert "Boundaries on the map" not in shipped.get(f"/en{path}?show=bars&rows=province").text
    taken = ET.fromstring(shipped.get(f"/en{STAYS}.svg?show=map&source=1").text)
    assert source in " ".join(text.text or "" for text in taken.iter("{http://www.w3.org/2000/svg}text"))


def test_a_map_stays_one_however_many_provinces_are_withheld(shipped: Client) -> None:
    page = shipped.get(f"{STAYS}?show=map&at.chapter=XVI").text
    assert "level.province=province" in page
    assert 'class="chart' in page


def test_one_value_alone_is_said_in_words_and_drawn_among_its_neighbours(shipped: Client) -> None:
    query = "show=map&measure=stays&at.chapter=X&in.province=01"
    assert "The map has a value of one area alone: Hanoi: " in shipped.get(f"/en{STAYS}?{query}").text
    drawing = shipped.get(f"/en{STAYS}.svg?{query}").text
    assert drawing.count('aria-label="') == 1
    assert drawing.count(f' fill="{GAP}"') == 33, "the others are there, without a colour"
    equal = shipped.get(f"/en{STAYS}?show=map&measure=stays&at.chapter=XVI&in.province=31,38").text
    assert "All areas of the map that have a value have the same: 13." in equal
    assert "have the same" not in shipped.get(f"/en{STAYS}?show=map&measure=stays&at.chapter=X").text


def test_a_unit_is_not_said_twice(shipped: Client) -> None:
    page = shipped.get(f"{STAYS}?show=bars&rows=sex&measure=rate").text
    assert "trên 100.000 dân (" not in page
    assert "Số ca mắc (ca mắc được báo cáo)" in shipped.get(f"{DENGUE}?show=line").text


@pytest.mark.parametrize(
    "query",
    [
        "table=by-age-sex-chapter&rows=age_group&columns=sex",
        "table=by-province-chapter-sex&rows=province&columns=sex",
        "table=by-age-sex-chapter&rows=age_group",
    ],
)
@pytest.mark.parametrize("width", ["", "&width=narrow"])
def test_bars_have_a_mark_for_each_cell_that_has_no_value_and_a_zero_for_each_zero(
    shipped: Client, query: str, width: str
) -> None:
    query = f"show=bars&measure=deaths&{query}"
    page = shipped.get(f"{STAYS}?{query}").text
    cells = re.findall(r"<td[^>]*>(.*?)</td>", page[page.index("<tbody>") : page.index("</tbody>")], flags=re.DOTALL)
    table = [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells]
    drawing = ET.fromstring(shipped.get(f"{STAYS}.svg?{query}{width}").text)
    drawn = [text.text or "" for text in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert drawn.count("[c]") == sum("[c]" in cell for cell in table) > 2
    assert drawn.count("0") >= table.count("0")


def taken(shipped: Client, address: str) -> str:
    """Return what a drawing that is taken along says."""
    drawing = ET.fromstring(shipped.get(address).text)
    return " ".join(" ".join(text.itertext()) for text in drawing.iter("{http://www.w3.org/2000/svg}text"))


def test_a_map_that_is_taken_along_says_what_its_page_says(shipped: Client) -> None:
    page, said = shipped.get(f"/en{DENGUE}?show=map").text, taken(shipped, f"/en{DENGUE}.svg?show=map&source=1")
    for note in ("The map is filled by numbers, not by risks", "Not on the map", "Ha Tay"):
        assert note in page
        assert note in said


@pytest.mark.parametrize("query", ["show=map", "show=map&geography=2025", "show=map&at.month=1994"])
def test_a_mark_below_a_map_that_is_taken_along_stands_in_its_legend(shipped: Client, query: str) -> None:
    legend = taken(shipped, f"{DENGUE}.svg?{query}")
    for mark in re.findall(r"\[[a-z]\]", taken(shipped, f"{DENGUE}.svg?{query}&source=1")):
        assert mark in legend


def test_a_map_says_of_numbers_that_are_not_complete_what_they_are(shipped: Client) -> None:
    said = taken(shipped, f"{DENGUE}.svg?show=map&at.month=1994&source=1")
    assert "Ở một số nơi: Chưa đủ: chỉ tính phần đã báo cáo." in said


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("show=line", "[e] (hollow circle) Incomplete: only what was reported"),
        (
            "show=line&columns=province&in.province=01,79&level.month=year",
            "[e] (hollow circle) Incomplete: only what was reported",
        ),
        ("show=panels&columns=province&level.month=year", "Of some numbers: Incomplete: only what was reported."),
    ],
)
def test_a_drawing_that_is_taken_along_names_the_circle_of_a_mark(shipped: Client, query: str, told: str) -> None:
    said = taken(shipped, f"/en{DENGUE}.svg?{query}&source=1")
    assert told in said
    if "circle" in told:
        assert "[e] (hollow circle): Incomplete" in shipped.get(f"/en{DENGUE}?{query}").text


def test_a_drawing_without_its_page_says_what_is_counted_and_what_its_methods_stress(shipped: Client) -> None:
    said = taken(shipped, f"/en{DENGUE}.svg?show=line&source=1")
    embedded = " ".join(unescape(shipped.get("/en/embed/dengue-cases?show=line").text).split())
    for words in ("Dengue cases by month", "Note: 1999: the months add up to 35,868 cases for the country, 72"):
        assert words in said
        assert words in embedded
    assert "5 %" not in said, "what is not stressed stays with the methods"
    of_several = taken(shipped, f"/en{STAYS}.svg?show=bars&rows=sex&source=1")
    assert "Hospital" in of_several.split(":")[0]


def test_what_is_stressed_is_seen_where_the_caveats_are_folded_and_the_newest_period_stands_first(
    shipped: Client,
) -> None:
    page = shipped.get(f"/en{DENGUE}?show=map").text
    assert re.search(r'<details class="note warn"><summary>Note: 1999: the months add up', page)
    periods = page[page.index('name="at.month"') :]
    assert [re.findall(r"<option[^>]*>([^<]*)", group)[0] for group in periods.split("<optgroup")[1:4]] == [
        "2009",
        "Quarter 4, 2009",
        "December 2009",
    ]
