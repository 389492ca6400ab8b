"""What a page says on paper."""

from __future__ import annotations

from portal.public.charts import palette
from tests.support.browser import Visit

_DISPLAY = "part => getComputedStyle(part).display"


def test_a_total_stands_once_at_the_end_of_its_table(visit: Visit) -> None:
    """Browsers repeat the foot of a table on every sheet, where the total of all reads as that of the sheet."""
    page = visit("/datasets/dengue-cases/explore")
    page.emulate_media(media="print")
    assert page.locator("#numbers tfoot").evaluate(_DISPLAY) == "table-row-group"
    assert page.locator("#numbers thead").evaluate(_DISPLAY) == "table-header-group"


def test_what_must_be_known_before_is_folded_but_for_its_warning_and_whole_on_paper(visit: Visit) -> None:
    page = visit("/datasets/dengue-cases/explore")
    caveats = page.locator("details.note .prose")
    assert not caveats.is_visible()
    assert "1999" in page.locator("details.note > summary").inner_text()
    page.emulate_media(media="print")
    assert caveats.is_visible()


def test_a_dark_screen_leaves_paper_as_it_is(visit: Visit) -> None:
    page = visit("/datasets/dengue-cases", dark=True)
    drawn, told = page.locator("figure .live [fill]").first, page.locator(".chart .hint").first
    fill = drawn.get_attribute("fill")
    assert fill in palette.DARK
    page.emulate_media(media="print", color_scheme="dark")
    for part, light, name in ((drawn, fill, "fill"), (told, palette.QUIET, "color")):
        red, green, blue = (int(light[at : at + 2], 16) for at in (1, 3, 5))
        assert part.evaluate("(part, name) => getComputedStyle(part)[name]", name) == f"rgb({red}, {green}, {blue})"
    assert palette.STYLE.startswith("@media screen")
