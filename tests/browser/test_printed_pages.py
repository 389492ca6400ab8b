"""What a page says on paper."""

from __future__ import annotations

from tests.support.browser import Visit

_DISPLAY = "part => getComputedStyle(part).display"


def test_a_total_stands_once_at_the_end_of_its_table(visit: Visit) -> None:
    """Browsers repeat the foot of a table on every sheet, where the total of all reads as that of the sheet."""
    page = visit("/datasets/dengue-cases/explore")
    page.emulate_media(media="print")
    assert page.locator("#numbers tfoot").evaluate(_DISPLAY) == "table-row-group"
    assert page.locator("#numbers thead").evaluate(_DISPLAY) == "table-header-group"
