"""Maps, several lines and small charts: what has no value is marked, never drawn as a zero or as the palest class."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

import pytest

from datasets.boundary_files import Boundaries, boundaries_of
from portal.public.charts.chart import Area, AreaMap, Break, Chart, Point, Strand, StrandsChart
from portal.public.charts.drawing import svg
from portal.public.charts.framing import framed, png
from portal.public.charts.map_marks import Place, with_room
from portal.public.charts.maps import degrees_of_pixel
from portal.public.charts.palette import AREA_GAP, CLASSES, QUIET
from portal.public.charts.single import labelled

SPACE = "{http://www.w3.org/2000/svg}"
BOUNDARIES = boundaries_of("provinces")
assert isinstance(BOUNDARIES, Boundaries)
AREAS = tuple(
    Area(code, f"Tỉnh {code}", None if code in {"01", "79"} else 0.0 if code == "48" else 10.0 + number, "[c]")
    for number, code in enumerate(sorted(BOUNDARIES.codes))
)
MAP = AreaMap(
    title="Bản đồ",
    description="Mô tả.",
    measure="Số ca (ca)",
    areas=tuple(replace(area, text="[c]" if area.value is None else f"{area.value:.0f}") for area in AREAS),
    limits=(10, 20, 30),
    class_labels=("0", "10 – 19", "20 – 29", "30 –"),
    gaps=(("[c]", "Không công bố"),),
    topology=BOUNDARIES.topology,
    places=tuple((code, *place) for code, place in BOUNDARIES.places.items()),
    names=tuple((each.label.vi, each.longitude, each.latitude) for each in BOUNDARIES.names),
    language="vi",
)
POINTS = tuple(Point(str(year), None if year == 2021 else float(year - 2015), "[c]") for year in range(2018, 2025))
STRANDS = StrandsChart(
    kind="lines",
    title="Nhiều đường",
    description="Mô tả.",
    dimension="Năm",
    measure="Số ca (ca)",
    strands=(Strand("Hà Nội", POINTS), Strand("Huế", tuple(replace(point, value=1.0) for point in POINTS))),
    language="vi",
)


def texts(drawing: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(drawing).iter(f"{SPACE}text")]


def areas(drawing: str) -> dict[str, str]:
    """Return the fill of each area, by what is told of it."""
    paths = ET.fromstring(drawing).iter(f"{SPACE}path")
    return {path.attrib["aria-label"]: path.attrib["fill"] for path in paths if "aria-label" in path.attrib}


@pytest.mark.parametrize("narrow", [False, True])
def test_a_withheld_area_has_its_mark_and_the_fill_of_no_class(narrow: bool) -> None:
    drawing = svg(replace(MAP, narrow=narrow))
    fills = areas(drawing)
    assert len(fills) == 34
    assert {told for told, fill in fills.items() if fill == AREA_GAP} == {"Tỉnh 01: [c]", "Tỉnh 79: [c]"}
    assert fills["Tỉnh 48: 0"] == CLASSES[0]
    assert set(fills.values()) <= {AREA_GAP, *CLASSES}
    assert texts(drawing).count("[c]") == 2
    assert "[c] Không công bố" in texts(drawing)


def test_every_map_names_the_islands() -> None:
    assert {"Quần đảo Hoàng Sa", "Quần đảo Trường Sa"} <= set(texts(svg(MAP)))


def test_islands_are_seen_whatever_their_fill_is() -> None:
    for drawing in (svg(MAP), svg(replace(MAP, areas=MAP.areas[:5]))):
        lines = [
            path.get("stroke")
            for path in ET.fromstring(drawing).iter(f"{SPACE}path")
            if path.get("stroke-width") == "0.8"
        ]
        assert len(lines) >= len(MAP.areas)
        assert set(lines) == {QUIET}


def test_labelled_years_are_as_far_apart_from_one_another() -> None:
    months = [f"{1 + month % 12}/{1994 + month // 12}" for month in range(17 * 12)]
    for labels, narrow, most in (
        (months, False, 12),
        (months, True, 5),
        (months[:12], False, 11),
        (months[:12], True, 5),
    ):
        places = [int(place) for place in labelled(labels, narrow=narrow)["values"]]
        assert len({after - before for before, after in pairwise(places)}) == 1
        assert 2 < len(places) <= most


def test_areas_that_are_not_asked_for_are_not_filled() -> None:
    assert len(areas(svg(replace(MAP, areas=MAP.areas[:5])))) == 5


def with_reasons(marks: str) -> AreaMap:
    """Return a map whose first areas have no value, each for a reason of its own."""
    gaps = tuple((f"[{mark}]", f"Lý do {mark}") for mark in marks)
    without = [replace(area, value=None, text=text) for area, (text, _) in zip(MAP.areas, gaps, strict=False)]
    others = [replace(area, value=10.0, text="10") for area in MAP.areas[len(gaps) :]]
    return replace(MAP, areas=(*without, *others), gaps=gaps)


def test_each_reason_has_a_fill_of_its_own_that_is_defined() -> None:
    drawing = svg(with_reasons("cxzu"))
    fills = {told.rpartition(" ")[2]: fill for told, fill in areas(drawing).items()}
    assert len({fills[f"[{mark}]"] for mark in "cxzu"} - set(CLASSES)) == 4
    used = set(re.findall(r"url\(#([\w-]+)\)", drawing))
    assert len(used) == 3
    assert used == set(re.findall(r'<pattern id="([\w-]+)"', drawing))
    legend = [text for text in texts(drawing) if "Lý do" in text]
    assert legend == ["[c] Lý do c", "[x] Lý do x", "[z] Lý do z", "[u] Lý do u"]


@pytest.mark.parametrize("narrow", [False, True])
def test_marks_stand_inside_their_areas_and_over_no_other(*, narrow: bool) -> None:
    boundaries = boundaries_of("provinces-legacy")
    assert boundaries is not None
    pixel = degrees_of_pixel(narrow=narrow)
    kept = list(with_room((Place(code, *at, boundaries.sizes[code]) for code, at in boundaries.places.items()), pixel))
    assert 3 < len(kept) < 63
    assert all(place.size >= 200 * pixel**2 for place in kept)
    for one, other in combinations(kept, 2):
        apart = abs(one.longitude - other.longitude) / pixel, abs(one.latitude - other.latitude) / pixel
        assert apart[0] >= 15 or apart[1] >= 11, (one, other)


def test_an_area_that_chance_may_have_coloured_is_hatched_over_its_class() -> None:
    hatched = replace(MAP.areas[3], by_chance=True)
    drawing = svg(replace(MAP, areas=(*MAP.areas[:3], hatched, *MAP.areas[4:]), chance="Gạch chéo: do ngẫu nhiên"))
    assert drawing.count('fill="url(#chance)"') == 1
    assert areas(drawing)[f"{hatched.label}: {hatched.text}"] in CLASSES
    assert "Gạch chéo: do ngẫu nhiên" in texts(drawing)
    assert "chance" not in svg(MAP)


@pytest.mark.parametrize("kind", ["line-panels", "lines"])
def test_a_gap_of_a_small_line_chart_has_the_fill_of_its_reason_and_a_mark_where_it_has_room(kind: str) -> None:
    points = tuple(Point(str(n), None if n < 30 or n == 60 else 1.0, "[z]" if n < 30 else "[x]") for n in range(100))
    drawing = svg(replace(STRANDS, kind=kind, strands=(Strand("Huế", points),)))  # type: ignore[arg-type]
    legend = 1 if kind == "line-panels" else 0
    assert (texts(drawing).count("[z]"), texts(drawing).count("[x]")) == (1 + legend, 1), "its one month has no room"
    if kind == "line-panels":
        assert {"url(#not-applicable)", "url(#missing)"} <= set(re.findall(r"url\(#[\w-]+\)", drawing))


@pytest.mark.parametrize("codelist", ["provinces", "provinces-legacy"])
def test_a_mark_stands_within_its_area(codelist: str) -> None:
    boundaries = boundaries_of(codelist)
    assert boundaries is not None
    assert boundaries.places.keys() == boundaries.codes
    assert all(102 < longitude < 110 and 8 < latitude < 24 for longitude, latitude in boundaries.places.values())


def test_a_list_without_boundaries_has_none() -> None:
    assert boundaries_of("sex") is None


def test_a_gap_in_one_of_several_lines_is_marked_in_its_colour() -> None:
    drawing = svg(STRANDS)
    assert texts(drawing).count("[c]") == 1
    assert {"Hà Nội", "Huế"} <= set(texts(drawing))
    lines = [path for path in ET.fromstring(drawing).iter(f"{SPACE}path") if path.attrib.get("stroke-width") == "2"]
    broken = [path for path in lines if path.attrib["d"].count("M") == 2]
    assert broken, "the line with a gap is in two parts"


@pytest.mark.parametrize("kind", ["line-panels", "bar-panels"])
@pytest.mark.parametrize("narrow", [False, True])
def test_small_charts_stand_in_the_order_given(kind: str, narrow: bool) -> None:
    strands = tuple(Strand(f"Tỉnh {number}", POINTS) for number in range(13))
    drawing = svg(replace(STRANDS, kind=kind, strands=strands, narrow=narrow))  # type: ignore[arg-type]
    titles = [text for text in texts(drawing) if text.startswith("Tỉnh ")]
    assert titles == [f"Tỉnh {number}" for number in range(13)]


@pytest.mark.parametrize("narrow", [False, True])
def test_each_gap_of_small_bar_charts_is_its_mark_and_each_zero_a_zero(*, narrow: bool) -> None:
    points = tuple(
        Point(f"Tỉnh {number}", value, "[c]" if value is None else f"{value:.0f}")
        for number, value in enumerate([0.0, None, None, None, 7.0, 0.0, None])
    )
    strands = (Strand("Nam", points), Strand("Nữ", points[::-1]))
    drawing = svg(replace(STRANDS, kind="bar-panels", strands=strands, narrow=narrow))
    beside = [text.text for text in ET.fromstring(drawing).iter(f"{SPACE}text") if text.attrib["font-size"] == "11px"]
    assert (beside.count("[c]"), beside.count("0"), beside.count("7")) == (8, 4, 2)


@pytest.mark.parametrize("kind", ["lines", "line-panels", "bar-panels"])
def test_several_strands_say_what_their_numbers_are(kind: str) -> None:
    assert "Số ca (ca)" in texts(svg(replace(STRANDS, kind=kind)))  # type: ignore[arg-type]


LONG = "Chương XVIII: Triệu chứng, dấu hiệu và kết quả bất thường chưa xếp nơi khác, không kể những gì đã nói"


@pytest.mark.parametrize("kind", ["bars", "lines", "line-panels", "bar-panels"])
@pytest.mark.parametrize("narrow", [False, True])
def test_a_long_name_is_told_to_its_end(kind: str, *, narrow: bool) -> None:
    points = (Point(LONG, 1.0, "1"), Point("Ngắn", 2.0, "2"))
    bars = Chart("bars", "Cột", "Mô tả", "Chương", "Số ca", points, "vi", narrow=narrow)
    named = points if kind == "bar-panels" else POINTS
    several = replace(STRANDS, strands=(Strand(LONG, named), Strand("Ngắn", named)), narrow=narrow)
    drawing = svg(bars if kind == "bars" else replace(several, kind=kind))  # type: ignore[arg-type]
    told = " ".join(line for text in ET.fromstring(drawing).iter(f"{SPACE}text") for line in text.itertext())
    assert LONG in told
    assert "…" not in told


def test_a_break_is_marked_where_it_is() -> None:
    chart = Chart("line", "Đường", "Mô tả", "Năm", "Số ca", POINTS, "vi", breaks=(Break(3, "Đổi địa giới"),))
    assert "[b]" in texts(svg(chart))


def years(drawing: str) -> list[str]:
    """Return how the label of each year is placed."""
    found = [each for each in ET.fromstring(drawing).iter(f"{SPACE}text") if re.fullmatch(r"20\d\d", each.text or "")]
    return [each.attrib["text-anchor"] for each in found]


@pytest.mark.parametrize("narrow", [False, True])
def test_a_year_stands_below_its_number_also_where_a_break_is_marked(*, narrow: bool) -> None:
    chart = Chart("line", "Đường", "Mô tả", "Năm", "Số ca", POINTS, "vi", narrow=narrow)
    breaks = (Break(3, "Đổi địa giới"),)
    for broken in (replace(chart, breaks=breaks), replace(STRANDS, narrow=narrow, breaks=breaks)):
        assert set(years(svg(broken))) == {"middle"}


def test_a_drawing_is_passed_on_with_title_and_source() -> None:
    title = "Số ca mắc <theo> tỉnh & tháng, một tiêu đề dài đến mức phải xuống dòng thứ hai hay thứ ba"
    address = f"https://data.example.org/x?a=1&b={'2' * 200}"
    whole = framed(svg(MAP), about="Tập dữ liệu – Năm 2025", title=title, notes=["Nguồn: Bộ Y tế.", address])
    said = " ".join(texts(whole))
    assert title in said
    assert "Tập dữ liệu – Năm 2025" in said
    assert "Nguồn: Bộ Y tế." in said
    assert address in said.replace(" ", ""), "an address that is longer than a line goes on in the next"
    address = (
        "https://data.example.org/datasets/a-dataset/releases/2025.1/explore?table=of-months&show=map&rows=province"
    )
    lines = texts(framed(svg(MAP), about="", title="", notes=[address]))[-2:]
    assert "".join(lines) == address
    assert lines[0][-1] in "/?&", "it goes on where a part of it ends"
    assert png(whole).startswith(b"\x89PNG")
