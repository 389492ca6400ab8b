"""What can be chosen in the explorer is read whole: no name is cut or stands on a border."""

from __future__ import annotations

from tests.support.browser import Visit

_CUT = """form => [...form.querySelectorAll("select")].filter(select => {
  const style = getComputedStyle(select), pen = document.createElement("canvas").getContext("2d");
  pen.font = style.font;
  const arrow = 16, room = select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - arrow;
  return pen.measureText(select.selectedOptions[0].text).width > room;
}).map(select => select.selectedOptions[0].text)"""
_OUTSIDE = """form => [...form.querySelectorAll("fieldset:not(.shows)")].filter(group =>
  group.querySelector("legend").getBoundingClientRect().top <= group.getBoundingClientRect().top
).length"""


def test_choices_beside_the_chart_are_read_whole(visit: Visit) -> None:
    page = visit("/datasets/dengue-cases/explore?rows=month&columns=province")
    page.set_viewport_size({"width": 1280, "height": 900})
    form = page.locator("#explore-form")
    assert form.evaluate(_CUT) == []
    assert form.evaluate(_OUTSIDE) == 0
