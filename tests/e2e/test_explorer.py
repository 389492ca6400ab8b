"""The explorer over the shipped datasets: its numbers are the API's, its gaps are marked, its states are addresses."""

from __future__ import annotations

import csv
import re
from html import unescape
from io import StringIO
from urllib.parse import parse_qsl, quote
from xml.etree import ElementTree as ET

import pytest

from portal.public.charts.palette import AREA_GAP
from tests.support.http import Client

DENGUE = "/datasets/dengue-cases/explore"
STAYS = "/datasets/hospital-discharges/explore"
PINNED = "/datasets/hospital-discharges/releases/2025.1/explore"
PINNED_DENGUE = "/datasets/dengue-cases/releases/1994-2009.1/explore"
SPACE = "{http://www.w3.org/2000/svg}"
STATES = [
    (DENGUE, "rows=month&columns=province&in.province=01&in.province=79&from.month=2007&level.month=quarter"),
    (DENGUE, "show=map&at.month=2009-08"),
    (DENGUE, "show=map&geography=2025"),
    (STAYS, "show=map&at.chapter=XVI"),
    (STAYS, "show=bars&measure=rate&columns=sex"),
    (STAYS, "table=by-age-sex-chapter&rows=age_group&columns=chapter&measure=mean_days&show=table"),
]


def links(html: str, text: str) -> list[str]:
    return [unescape(found) for found in re.findall(rf'<a href="([^"]+)"[^>]*>{text}</a>', html)]


def cells(html: str) -> list[list[str]]:
    """Return the numbers and marks of each row of the page's table."""
    body = html[html.index('id="numbers"') :]
    body = body[body.index("<tbody>") : body.index("</tbody>")]
    rows = re.findall(r"<tr>(.*?)</tr>", body, flags=re.DOTALL)
    return [re.findall(r'<td class="number">(?:<span class="mark">)?([^<]*)', row) for row in rows]


@pytest.mark.parametrize(("path", "query"), STATES)
def test_the_page_shows_what_its_file_holds(shipped: Client, path: str, query: str) -> None:
    page = shipped.get(f"/en{path}?{query}").text
    (address,) = links(page, "These numbers as CSV")
    answer = shipped.get(address)
    rows = list(csv.DictReader(StringIO(answer.text)))
    parameters = dict(parse_qsl(address.partition("?")[2]))
    name = parameters["select"]
    for dimension in reversed(parameters["group"].split(",")):
        codes = dict.fromkeys(row[dimension] for row in rows)
        rows = [row for code in codes for row in rows if row[dimension] == code]
    told = [cell for row in cells(page) for cell in row if "–" not in cell]
    assert len(told) == len(rows)
    for cell, row in zip(told, rows, strict=True):
        if row[name] == "":
            assert cell.startswith("["), row
        else:
            assert float(cell.partition(" ")[0].replace(",", "")) == float(row[name])


@pytest.mark.parametrize(("path", "query"), STATES)
def test_a_state_is_an_address_that_stays(shipped: Client, path: str, query: str) -> None:
    page = shipped.get(f"{path}?{query}").text
    found = re.search(r'<pre id="permanent"[^>]*><code>([^<]+)', page)
    assert found
    kept = shipped.get(unescape(found[1]))
    assert kept.status_code == 200
    assert cells(kept.text) == cells(page)
    assert kept.text.count('class="note warn"') == page.count('class="note warn"')


def test_a_withheld_cell_is_a_mark_in_page_drawing_and_map(shipped: Client) -> None:
    query = "show=map&at.chapter=XVI"
    page = shipped.get(f"/en{STAYS}?{query}").text
    withheld = sum(row == ["[c]"] for row in cells(page))
    assert withheld > 5
    drawing = shipped.get(f"/en{PINNED}.svg?{query}").text
    paths = [path for path in ET.fromstring(drawing).iter(f"{SPACE}path") if "aria-label" in path.attrib]
    gaps = [path.attrib["aria-label"] for path in paths if path.attrib["fill"] == AREA_GAP]
    assert len(gaps) == withheld
    assert all(gap.endswith(": [c] Withheld to protect people") for gap in gaps)
    bars = shipped.get(f"/en{PINNED}.svg?show=bars&rows=province&at.chapter=XVI").text
    texts = [element.text for element in ET.fromstring(bars).iter(f"{SPACE}text")]
    assert texts.count("[c]") == withheld


def test_a_drawing_is_for_ever_and_a_page_is_not(shipped: Client) -> None:
    drawing = shipped.get(f"{PINNED}.svg?show=map")
    assert drawing.headers["content-type"] == "image/svg+xml"
    assert "immutable" in drawing.headers["cache-control"]
    assert "default-src 'none'" in drawing.headers["content-security-policy"]
    assert "immutable" not in shipped.get(f"{PINNED}?show=map").headers["cache-control"]
    assert shipped.get(f"{PINNED}.svg?show=map", if_none_match=drawing.headers["etag"]).status_code == 304


def test_a_picture_is_taken_along_with_its_source(shipped: Client) -> None:
    assert shipped.get(f"{PINNED}.png?show=map").content.startswith(b"\x89PNG")
    texts = " ".join(
        element.text or "" for element in ET.fromstring(shipped.get(f"{PINNED}.svg?show=map&source=1").text).iter()
    )
    assert "Nguồn: Dự án ytemo (trình diễn)" in texts
    assert "/datasets/hospital-discharges/releases/2025.1/explore?" in texts


def test_nothing_is_drawn_of_a_table_alone(shipped: Client) -> None:
    assert shipped.get(f"{PINNED}.svg?show=table").status_code == 404
    assert 'class="chart' not in shipped.get(f"{STAYS}?show=table").text


def test_other_sites_may_show_a_chart_and_nothing_else(shipped: Client) -> None:
    embedded = shipped.get("/embed/hospital-discharges/releases/2025.1?show=map").headers
    assert "frame-ancestors *" in embedded["content-security-policy"]
    assert "script-src 'self'" in embedded["content-security-policy"]
    assert "x-frame-options" not in embedded
    usual = shipped.get(STAYS).headers
    assert "frame-ancestors 'none'" in usual["content-security-policy"]
    assert usual["x-frame-options"] == "DENY"


def test_numbers_that_are_not_there_are_refused_with_the_reason(shipped: Client) -> None:
    answer = shipped.get(f"{DENGUE}?rows=month&columns=province&geography=2025&show=line")
    assert answer.status_code == 400
    assert "Không có số liệu như vậy." in answer.text
    reason = "Trước ngày 01/08/2008, địa giới các tỉnh khác với sau này. Hãy chọn thời kỳ sau đó, hoặc chọn 63 tỉnh ở"
    assert f"{reason} mục “Địa giới”." in answer.text
    told = re.findall(r'class="note warn"><p>.*?</div>', answer.text, flags=re.DOTALL)
    assert "geography" not in "".join(told), "parameters are for programs"


def test_a_table_that_is_not_there_is_told_like_anything_unknown(shipped: Client) -> None:
    page = shipped.get(f"{STAYS}?table=by-moon-phase&measure=stays").text
    assert re.search(r'class="note warn">[^<]*by-moon-phase', page)
    assert "by-moon-phase" not in shipped.get(f"{STAYS}?table=by-province-chapter-sex").text


def test_a_register_has_nothing_to_explore(shipped: Client) -> None:
    assert shipped.get("/datasets/health-facilities/explore").status_code == 404
    assert shipped.get("/datasets/nothing/explore").status_code == 404
    assert shipped.get("/datasets/hospital-discharges/releases/2024.1/explore").status_code == 410


@pytest.mark.parametrize(
    "value",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "%00", "javascript:alert(1)", "'" * 600],
)
def test_what_a_stranger_writes_is_text(shipped: Client, value: str) -> None:
    names = [
        "table",
        "show",
        "measure",
        "rows",
        "columns",
        "sort",
        "in.province",
        "at.month",
        "from.month",
        "geography",
    ]
    for path in (DENGUE, "/embed/dengue-cases"):
        answer = shipped.get(f"{path}?{'&'.join(f'{name}={quote(value)}' for name in names)}")
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
        assert "49" not in re.findall(r"note warn\">([^<]*)", answer.text)


def test_a_list_shows_the_shape_of_numbers(shipped: Client) -> None:
    page = shipped.get("/datasets").text
    stamps = re.findall(r'<img class="spark" src="([^"]+)" alt=""', page)
    assert len(stamps) == 3, "registers and code lists have none"
    for stamp in stamps:
        answer = shipped.get(unescape(stamp))
        assert "immutable" in answer.headers["cache-control"]
        assert len(list(ET.fromstring(answer.text).iter(f"{SPACE}path"))) > 1
        assert not list(ET.fromstring(answer.text).iter(f"{SPACE}text"))


def test_a_stamp_of_a_register_is_empty(shipped: Client) -> None:
    answer = shipped.get("/datasets/health-facilities/releases/2026.1/spark.svg")
    assert answer.status_code == 200
    assert list(ET.fromstring(answer.text)) == []


LINES = "rows=month&level.month=year&columns=province&show=line&in.province="
HANOI = "August 2008, Hanoi: Ha Tay became a part of Hanoi on 1 August 2008."


def test_a_break_is_told_in_note_legend_table_and_drawing(shipped: Client) -> None:
    page = unescape(shipped.get(f"/en{DENGUE}?{LINES}01,79").text)
    assert f"[b] {HANOI}" in page
    assert "[b]: From here on numbers cannot be compared with those before" in page
    (row,) = re.findall(r"<tr><th scope=\"row\"[^>]*>2008</th>(.*?)</tr>", page, flags=re.DOTALL)
    marked, unmarked = re.findall(r"<td.*?</td>", row, flags=re.DOTALL)
    assert f'<span class="mark break">[b]</span><span class="unseen"> Break in series: {HANOI}</span>' in marked
    assert "[b]" not in unmarked
    assert page.count('class="mark break"') == 1
    drawing = ET.fromstring(shipped.get(f"/en{PINNED_DENGUE}.svg?{LINES}01,79&source=1").text)
    texts = [element.text or "" for element in drawing.iter(f"{SPACE}text")]
    assert texts.count("[b]") == 1
    assert any(HANOI in text for text in texts)


def test_only_what_is_shown_breaks(shipped: Client) -> None:
    assert "[b]" not in shipped.get(f"/en{DENGUE}?{LINES}79,48&from.month=2000").text
    assert "[b]" not in shipped.get(f"/en{DENGUE}?rows=month&show=line").text
    panels = f"/en{PINNED_DENGUE}.svg?show=panels&columns=province&in.province="
    assert shipped.get(f"{panels}01,79").text.count(">[b]<") == 1
    assert shipped.get(f"{panels}01,66,06").text.count(">[b]<") == 3


def test_a_line_of_one_member_has_the_mark_beside_its_period(shipped: Client) -> None:
    page = shipped.get(f"/en{DENGUE}?rows=month&level.month=year&at.province=66&show=bars").text
    assert re.search(r'<th scope="row"[^>]*>2004 <span class="mark break">\[b\]</span>', page)
    drawing = shipped.get(f"/en{PINNED_DENGUE}.svg?rows=month&level.month=year&at.province=66&show=bars").text
    assert len(re.findall(r">[^<]+ \[b\]<", drawing)) == 1


def test_a_release_tells_its_breaks_to_people_and_programs(shipped: Client) -> None:
    page = unescape(shipped.get("/en/datasets/dengue-cases").text)
    assert f"Break in series: {HANOI}" in page
    description = shipped.get("/api/v1/datasets/dengue-cases/releases/latest").json()["description"]
    assert [(each["from"], each["members"]) for each in description["breaks"]][-1] == ("2008-08", {"province": ["01"]})
    assert shipped.get("/api/v1/datasets/hospital-discharges/releases/latest").json()["description"]["breaks"] == []


def totals(html: str) -> list[str]:
    found = re.search(r"<tfoot><tr>(.*?)</tfoot>", html, flags=re.DOTALL)
    return re.findall(r'<td class="number">(?:<span class="mark">)?([^<]*)', found[1]) if found else []


def test_the_total_is_the_published_one_in_a_row_of_its_own(shipped: Client) -> None:
    page = shipped.get(f"{STAYS}?rows=province&show=table&at.chapter=XVI").text
    assert re.search(r'<tfoot><tr><th scope="row">Cả nước</th>', page)
    (address,) = links(page, "Số liệu này qua API \\(JSON\\)")
    asked = dict(parse_qsl(address.partition("?")[2]))
    kept = "&".join(f"{name}={value}" for name, value in asked.items() if name in {"select", "year", "chapter"})
    (row,) = shipped.get(f"{address.partition('?')[0]}?{kept}").json()["data"]
    (total,) = totals(page)
    told = total.replace(".", "") if row[asked["select"]] is not None else total
    assert told == str(row[asked["select"]] if row[asked["select"]] is not None else "[c]")
    assert len(cells(page)) == len(shipped.get(address).json()["data"])


def test_below_a_part_of_the_members_there_is_no_total(shipped: Client) -> None:
    assert totals(shipped.get(f"{STAYS}?rows=province&show=table&in.province=01,79").text) == []
    assert totals(shipped.get(f"{DENGUE}?rows=month&show=table&from.month=2008").text) == []
    assert len(totals(shipped.get(f"{DENGUE}?rows=province&columns=month&level.month=year&show=table").text)) == 16


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("", "Số ca mắc theo 34 tỉnh, thành phố (địa giới từ 1/7/2025)"),
        ("/en", "Cases by the 34 provinces (boundaries of 1 July 2025)"),
    ],
)
def test_borders_that_numbers_are_read_by_do_not_read_as_their_time(
    shipped: Client, language: str, expected: str
) -> None:
    page = shipped.get(f"{language}{DENGUE}?show=map&geography=2025&at.month=2009").text
    assert f"<h1>{expected}</h1>" in page
    assert not re.search("(từ ngày|since) 1 (tháng 7 năm|July) 2025[^)]*2009", page)


def test_provinces_of_a_list_without_older_ones_did_not_break(shipped: Client) -> None:
    page = shipped.get(f"{STAYS}?table=by-month-province-insurance&show=table&rows=month&at.province=25").text
    assert "Tháng 6 năm 2025" in page
    assert "[b]" not in page


@pytest.mark.parametrize("show", ["map", "bars", "table"])
def test_numbers_of_one_period_say_whose_area_was_another(shipped: Client, show: str) -> None:
    asked = f"show={show}&rows=province&at.month="
    notes = re.findall(
        r'<p class="hint">(The borders of .*? changed after .*?)</p>', shipped.get(f"/en{DENGUE}?{asked}1995").text
    )
    divided = next(note for note in notes if "in January 1997: eight provinces were divided" in note)
    for name in ("Vinh Phuc", "Bac Giang", "Binh Duong", "Quang Nam"):
        assert name in divided.partition(":")[0]
    assert not any(name in note.partition(":")[0] for note in notes for name in ("Phu Tho", "Bac Ninh", "Da Nang"))
    assert any("Hanoi changed after the time shown, in August 2008: Ha Tay became" in note for note in notes)
    assert "changed after the time shown" not in shipped.get(f"/en{DENGUE}?{asked}2009").text
    assert (
        "changed after the time shown, in January 1997: eight"
        in shipped.get(f"/en/embed/dengue-cases?{asked}1995").text
    )


def test_an_embedded_chart_leads_to_what_must_be_known_before(shipped: Client) -> None:
    page = shipped.get("/en/embed/dengue-cases").text
    address = re.search('href="([^"]+)#caveats"[^>]*>Before you use it', page)
    assert address is not None
    assert 'id="caveats"' in shipped.get(address[1]).text


def test_a_dimension_of_time_is_called_by_what_it_is_at_every_level(shipped: Client) -> None:
    page = shipped.get(f"{DENGUE}?show=line&rows=month&level.month=year").text
    form = page[page.index('id="explore-form"') :]
    assert ">Thời gian</option>" in form
    assert ">Tháng</option>" not in form[: form.index("</select>", form.index('name="rows"'))]
    assert re.search("<legend>Thời gian <", form)
    assert re.search(r"<label>[^<]*\s<select name=\"level.month\">", form)
    assert "<label>Cấp" not in form
    assert "Cả nước." in shipped.get("/datasets/dengue-cases").text
    assert "Gồm tất cả: chương bệnh ICD-10, giới tính." in unescape(shipped.get("/datasets/hospital-discharges").text)
    held = shipped.get(f"{DENGUE}?show=map&at.month=2008").text
    assert re.search(r"<label>Thời gian\s<select name=\"at.month\">", held)
