"""Names of tables and code lists part in one way only, and what is no such name is none."""

from __future__ import annotations

import pytest

from portal.public.pxweb.names import CodelistId, TableId, read_codelist_id, read_table_id


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("dengue.by-month", TableId("dengue", "by-month")),
        ("dengue.by-month@2024-01.2", TableId("dengue", "by-month", "2024-01.2")),
        ("dengue.by-month@2024", TableId("dengue", "by-month", "2024")),
    ],
)
def test_a_table_is_named_by_dataset_and_table_and_perhaps_a_release(text: str, parts: TableId) -> None:
    assert read_table_id(text) == parts
    assert str(parts) == text


@pytest.mark.parametrize("text", ["", "dengue", ".x", "x.", "a.b.c", "a.b@", "@", "a@b.c.d", "a.b" + "x" * 300])
def test_what_is_no_name_of_a_table(text: str) -> None:
    assert read_table_id(text) is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("vs_d.t.province.region", CodelistId("vs", TableId("d", "t"), "province", "region")),
        ("agg_d.t.age.five.years@2024.1", CodelistId("agg", TableId("d", "t", "2024.1"), "age", "five.years")),
    ],
)
def test_a_code_list_is_named_by_its_level(text: str, parts: CodelistId) -> None:
    assert read_codelist_id(text) == parts
    assert str(parts) == text


@pytest.mark.parametrize(
    "text", ["", "vs_", "vs_a.b.c", "vs_a.b.c.", "xs_a.b.c.d", "vs_a.b.c.d@", "agg_" + "a.b.c." * 99]
)
def test_what_is_no_name_of_a_code_list(text: str) -> None:
    assert read_codelist_id(text) is None
