"""Numbers stand where their scale says: bars begin at zero on either side of it, zeros are at the foot of a line."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from portal.public.charts.chart import NARROW, WIDE, Chart, Point, Strand, StrandsChart
from portal.public.charts.drawing import spark_svg, svg
from tests.unit.portal.test_charts import BARS, LINE, SPACE, marks

HUGE = (9_123_456_789_012.5, 4_561_728_394_506.2, 0.0)
PANELS = StrandsChart("bar-panels", "Tên", "Mô tả.", "Nhóm", "Số tiền (đồng)", (), "vi")


def points(*values: float) -> tuple[Point, ...]:
    return tuple(
        Point(f"Chương {place}: Bệnh của hệ tiết niệu", value, f"{value:,.1f} [e]")
        for place, value in enumerate(values)
    )


def bars(drawing: str) -> list[tuple[float, float]]:
    """Return the left and the right end of each bar, from the left of its panel."""
    shapes = [re.match(r"M([-\d.]+),[-\d.]+h([-\d.]+)", bar.attrib["d"]) for bar in marks(drawing, "rect")]
    return [(float(shape[1]), float(shape[1]) + float(shape[2])) for shape in shapes if shape]


def numbers(drawing: str) -> list[tuple[str, float]]:
    """Return how each number at the end of a bar is aligned, and where."""
    found = [each for each in ET.fromstring(drawing).iter(f"{SPACE}text") if "[e]" in (each.text or "")]
    places = [re.match(r"translate\(([-\d.]+),", each.attrib["transform"]) for each in found]
    return [(each.attrib["text-anchor"], float(place[1])) for each, place in zip(found, places, strict=True) if place]


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("panels", [False, True])
@pytest.mark.parametrize("values", [(-0.67, -0.22), (2.0, -3.0)])
def test_a_bar_below_zero_ends_left_of_it_with_its_number_beyond(
    values: tuple[float, ...], *, panels: bool, narrow: bool
) -> None:
    chart = PANELS if panels else BARS
    made = {"strands": (Strand("A", points(*values)),)} if panels else {"points": points(*values)}
    drawing = svg(replace(chart, narrow=narrow, **made))
    ends = [left if value < 0 else right for value, (left, right) in zip(values, bars(drawing), strict=True)]
    zeros = [right if value < 0 else left for value, (left, right) in zip(values, bars(drawing), strict=True)]
    assert zeros[0] == pytest.approx(zeros[1], abs=0.2)
    assert (ends[0] - zeros[0]) / (ends[1] - zeros[1]) == pytest.approx(values[0] / values[1], rel=0.02)
    assert min(ends) > 0
    assert max(zeros) < (NARROW if narrow else WIDE)
    for value, end, (side, place) in zip(values, ends, numbers(drawing), strict=True):
        assert side == ("end" if value < 0 else "start")
        assert (place < end) if value < 0 else (place > end)


@pytest.mark.parametrize("narrow", [False, True])
def test_bars_are_as_long_as_their_numbers_are_large_however_much_room_these_take(*, narrow: bool) -> None:
    strands = tuple(Strand(f"Bảng {number}", points(*HUGE)) for number in range(4))
    found = [right - left for left, right in bars(svg(replace(PANELS, strands=strands, narrow=narrow)))]
    longest = max(found)
    assert longest > 20
    assert found == pytest.approx([longest * value / max(HUGE) for _ in strands for value in HUGE], abs=0.5)


def test_zeros_alone_are_at_the_foot_of_a_chart() -> None:
    zeros = points(0.0, 0.0, 0.0)
    one, panels = replace(LINE, points=zeros), replace(PANELS, kind="line-panels", strands=(Strand("A", zeros),))
    for chart in (one, panels, replace(panels, kind="lines")):
        assert isinstance(chart, Chart | StrandsChart)
        drawing = svg(chart)
        (line,) = marks(drawing, "line")
        heights = re.findall(r'class="background"[^>]* d="M0,0h[\d.]+v([\d.]+)h', drawing)
        start = re.match(r"M[\d.]+[ ,]([\d.]+)", line.attrib["d"])
        assert start
        assert float(start[1]) == max(map(float, heights))


def test_a_value_between_two_gaps_is_seen_in_small_charts_too() -> None:
    series = (*points(2.0, 3.0), Point("Gap", None, "[c]"), *points(1.0))
    panels = replace(PANELS, kind="line-panels", strands=(Strand("A", series), Strand("B", series)))
    for drawing, charts in ((svg(panels), 2), (spark_svg(replace(LINE, points=series)), 1)):
        seen = [mark for mark in marks(drawing, "symbol") if mark.attrib["opacity"] == "1"]
        assert len(seen) == charts
