"""Charts show what is published and mark what is not, as safe and self-contained SVG."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import portal.shared
from portal.public.bounded_memory import BoundedMemory
from portal.public.charts import drawing as drawings
from portal.public.charts.chart import NARROW, WIDE, Chart, Point
from portal.public.charts.drawing import svg, vega_lite
from portal.public.charts.outlines import HALVES, shortened
from portal.public.charts.palette import FONT, GAP, STYLE
from portal.public.charts.single import height

SPACE = "{http://www.w3.org/2000/svg}"
BARS = Chart(
    kind="bars",
    title="Số ca mắc theo tỉnh",
    description="Biểu đồ cột.",
    dimension="Tỉnh",
    measure="Số ca mắc (ca)",
    points=(Point("Hà Nội", 1234.5, "1.234,5"), Point("Huế", 0, "0"), Point("Lai Châu", None, "[c]")),
    language="vi",
)
MONTHS = tuple(
    Point(f"{month}/2024", None if month == 5 else 1000.0 * month, "[c]" if month == 5 else "") for month in range(1, 9)
)
LINE = replace(BARS, kind="line", dimension="Tháng", points=MONTHS)


@pytest.mark.parametrize("chart", [BARS, LINE])
@pytest.mark.parametrize("narrow", [False, True])
def test_a_page_knows_how_large_a_drawing_is_before_it_is_there(chart: Chart, narrow: bool) -> None:
    drawn = ET.fromstring(svg(replace(chart, narrow=narrow)))
    width = NARROW if narrow else WIDE
    assert (drawn.get("width"), drawn.get("height")) == (str(width), str(height(replace(chart, narrow=narrow))))


def texts(drawing: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(drawing).iter(f"{SPACE}text")]


def marks(drawing: str, role: str) -> list[ET.Element]:
    root = ET.fromstring(drawing)
    groups = [group for group in root.iter(f"{SPACE}g") if f"mark-{role} role-mark" in group.attrib.get("class", "")]
    return [mark for group in groups for mark in group]


def test_text_stays_text_in_our_own_font() -> None:
    drawing = svg(BARS)
    assert {"Hà Nội", "Huế", "Lai Châu", "Số ca mắc (ca)", "1.234,5"} <= set(texts(drawing))
    fonts = {element.attrib["font-family"] for element in ET.fromstring(drawing).iter(f"{SPACE}text")}
    assert fonts == {FONT}


def test_numbers_on_the_axis_follow_the_language() -> None:
    assert "1.000" in texts(svg(BARS))
    assert "1,000" in texts(svg(replace(BARS, language="en")))


def test_a_withheld_bar_is_a_mark_and_a_zero_is_a_zero() -> None:
    drawing = svg(BARS)
    assert len(marks(drawing, "rect")) == 2
    assert [text for text in texts(drawing) if text.startswith("[")] == ["[c]"]
    assert texts(drawing).count("0") == 2  # on the axis, and beside Huế


def test_a_withheld_month_is_a_marked_gap_in_the_line() -> None:
    drawing = svg(LINE)
    assert len(marks(drawing, "symbol")) == 7
    assert len(marks(drawing, "rect")) == 1
    assert [text for text in texts(drawing) if text.startswith("[")] == ["[c]"]
    (line,) = marks(drawing, "line")
    assert line.attrib["d"].count("M") == 2, "the line must break at the gap"


def test_the_mark_of_a_wide_gap_stands_at_the_axis_and_is_no_remark_about_a_peak() -> None:
    points = tuple(Point(str(n), None if n < 100 or n == 150 else 9.0, "[z]" if n < 100 else "[x]") for n in range(200))
    drawing = ET.fromstring(svg(replace(LINE, points=points)))
    placed = {text.text: text.attrib["transform"] for text in drawing.iter(f"{SPACE}text")}
    high = {mark: float(placed[mark].strip(")").split(",")[1]) for mark in ("[z]", "[x]")}
    assert high["[x]"] < 20
    assert high["[z]"] > 200


def test_a_month_between_two_gaps_is_still_seen() -> None:
    points = (Point("1", 5.0, "5"), Point("2", None, "[c]"), Point("3", 6.0, "6"), Point("4", None, "[x]"))
    drawing = svg(replace(LINE, points=points))
    assert len([mark for mark in marks(drawing, "symbol") if mark.attrib["fill"] != GAP]) == 2
    assert [text for text in texts(drawing) if text.startswith("[")] == ["[c]", "[x]"]


def test_a_long_series_has_one_mark_for_each_gap_and_dots_only_where_no_line_is() -> None:
    values: list[float | None] = [float(n) for n in range(60)]
    values[10:22] = [None] * 12
    values[30] = values[32] = None
    points = tuple(Point(str(n), value, "[c]" if value is None else str(value)) for n, value in enumerate(values))
    drawing = svg(replace(LINE, points=points))
    assert [text for text in texts(drawing) if text.startswith("[")] == ["[c]"] * 3
    assert len(marks(drawing, "rect")) == 14
    assert len(marks(drawing, "symbol")) == 1


def test_the_drawing_names_and_describes_itself() -> None:
    root = ET.fromstring(svg(BARS))
    assert (root.attrib["role"], root.attrib["lang"]) == ("img", "vi")
    named = {element.attrib["id"]: element.text for element in root if "id" in element.attrib}
    assert named == {"chart-title": BARS.title, "chart-description": BARS.description}
    assert root.attrib["aria-labelledby"].split() == list(named)


@pytest.mark.parametrize("chart", [BARS, LINE])
@pytest.mark.parametrize(("narrow", "width"), [(False, WIDE), (True, NARROW)])
def test_a_drawing_has_the_width_of_its_screen_and_scales(chart: Chart, narrow: bool, width: int) -> None:
    root = ET.fromstring(svg(replace(chart, narrow=narrow)))
    assert float(root.attrib["width"]) == width
    assert root.attrib["viewBox"] == f"0 0 {root.attrib['width']} {root.attrib['height']}"
    sizes = {text.attrib["font-size"] for text in root.iter(f"{SPACE}text")}
    assert sizes == {"12px"}, "letters are as large on a telephone as elsewhere"


def test_labels_on_a_small_screen_are_whole_and_beside_their_bars() -> None:
    long = "Chương XIV: Bệnh của hệ tiết niệu và sinh dục"
    points = (Point(long, 1234567.0, "1.234.567"), Point("Khác", None, "[c]"))
    drawing = svg(replace(BARS, points=points, narrow=True))
    assert {long, "Khác", "1.234.567", "[c]"} <= set(texts(drawing))
    (bar,) = marks(drawing, "rect")
    right_end = float(bar.attrib["d"].partition("h")[2].partition("v")[0])
    assert right_end < 0.8 * NARROW, "the number of the longest bar has room beside it"


def test_a_long_series_of_months_names_its_januaries() -> None:
    points = tuple(Point(f"{n % 12 + 1}/{2000 + n // 12}", float(n), str(n)) for n in range(60))
    labels = [text for text in texts(svg(replace(LINE, points=points))) if "/" in text]
    assert labels
    assert all(label.startswith("1/") for label in labels)


def test_members_of_one_name_stay_apart() -> None:
    points = (Point("Khác", 3.0, "3"), Point("Khác", 2.0, "2"), Point("Khác", 1.0, "1"))
    drawing = svg(replace(BARS, points=points))
    assert len(marks(drawing, "rect")) == 3
    assert texts(drawing).count("Khác") == 3


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "]]><script>",
        "&lt;b&gt;",
        "</title></svg><script>alert(1)</script>",
        "datum.value + data('points')[0].value",
        "\x00\x0b\ufffe\x1b[31m",
        "'];alert(1);['",
        "javascript:alert(1)",
    ],
)
def test_text_of_a_dataset_can_do_nothing(hostile: str) -> None:
    for kind in (BARS, LINE):
        points = tuple(replace(point, label=hostile) for point in kind.points)
        drawing = svg(
            replace(kind, title=hostile, description=hostile, dimension=hostile, measure=hostile, points=points)
        )
        root = ET.fromstring(drawing)
        tags = {element.tag.removeprefix(SPACE) for element in root.iter()}
        assert tags <= {"svg", "title", "desc", "style", "g", "rect", "path", "line", "text"}
        assert not [
            name for element in root.iter() for name in element.attrib if name.startswith("on") or "href" in name
        ]
        shown = "".join(character for character in hostile if character.isprintable() and character != "\ufffe")
        assert root.findtext(f"{SPACE}title") == shown


def test_no_text_of_a_dataset_is_part_of_an_expression() -> None:
    assert "Hà Nội" not in str(vega_lite(BARS)["layer"])


def test_a_drawing_needs_nothing_from_elsewhere() -> None:
    for chart in (BARS, LINE):
        assert "href" not in svg(chart)
        assert "url(" not in svg(chart)


def test_the_same_chart_is_drawn_once_and_always_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    first = svg(BARS)
    with monkeypatch.context() as nothing_draws:
        nothing_draws.setattr(drawings, "renderer", None)
        assert svg(replace(BARS)) == first
    monkeypatch.setattr(drawings, "_kept", BoundedMemory(0, len))
    assert svg(BARS) == first


def test_outlines_are_short_and_where_they_were() -> None:
    exact = '<path d="M1.26,2L3.04,2.5L3.01,2.5L1,2ZM5,5"/><text> d="M1.26,2L3,2"</text>'
    assert shortened(exact) == '<path d="M1.3 2l1.7.5-2-.5zM5 5"/><text> d="M1.26,2L3,2"</text>'
    assert shortened(exact, HALVES) == '<path d="M1.5 2l1.5.5-2-.5zM5 5"/><text> d="M1.26,2L3,2"</text>'
    straight = '<path d="M0,0L10,0.01L20,0L20,0L30,0L20,0L20,-0.4"/>'
    assert shortened(straight) == '<path d="M0 0l30 0-10 0 0-.4"/>', "points on the way to others are left out"
    coast = [f"{number * 0.34:.3f},{number * 0.47:.3f}" for number in range(1000)]
    steps = re.findall(r"-?(?:\d+(?:\.\d)?|\.\d)", shortened(f'<path d="M{"L".join(coast)}"/>').partition("l")[2])
    ends = [sum(map(float, steps[axis::2])) for axis in (0, 1)]
    assert ends == pytest.approx([999 * 0.34, 999 * 0.47], abs=0.06), "what is left out does not add up"


def test_the_policy_allows_the_style_of_the_drawing() -> None:
    assert f"<style>{STYLE}</style>" in svg(BARS)
    assert drawings.POLICY.startswith("default-src 'none'; style-src 'sha256-")


def test_an_unknown_renderer_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other:
        @staticmethod
        def draw(*_: object, **__: object) -> bytes:
            return b"<svg/>"

    monkeypatch.setattr(drawings, "renderer", Other)
    with pytest.raises(RuntimeError, match="vl-convert"):
        svg(replace(BARS, title="another chart"))


def test_what_browsers_draw_from_says_how_numbers_are_written() -> None:
    for language, decimal in (("vi", ","), ("en", ".")):
        chart = replace(BARS, language=language)  # type: ignore[arg-type]
        assert vega_lite(chart)["usermeta"]["embedOptions"]["formatLocale"]["decimal"] == decimal
    script = (Path(portal.shared.__file__).parent / "static" / "explore.js").read_text(encoding="utf-8")
    assert "thousands" not in script, "it is said once"
