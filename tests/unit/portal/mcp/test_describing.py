"""What can be crossed is told where not everything can."""

from __future__ import annotations

from datasets.release import TableDescription
from datasets.text import Bilingual
from portal.public.mcp.describing import _crossings

TITLE = Bilingual(vi="Bảng", en="Table")


def table(margins: object) -> TableDescription:
    return TableDescription.model_validate(
        {
            "id": "by-a",
            "title": TITLE,
            "dimensions": ("a", "b"),
            "measures": ("m",),
            "margins": margins,
            "rows": 1,
            "withheld": {},
            "parquet": "t.parquet",
            "csv": "t.csv",
        }
    )


def test_a_table_with_all_margins_needs_no_list() -> None:
    assert _crossings(table("all")) == ()


def test_published_margins_are_listed_the_grand_total_as_its_code() -> None:
    assert _crossings(table(((), ("a",), ("a", "b")))) == ("_T", "a", "a × b")
