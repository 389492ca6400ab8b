"""Texts of CKAN's search mean what they mean to Solr, as far as clients use them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from portal.public.ckan.failures import ActionFailed
from portal.public.ckan.solr_query import MAX_LENGTH, read_test

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FIELDS = frozenset({"name", "title", "text", "tags", "metadata_modified", "res_format"})
DOCUMENT = {
    "name": ("dengue-cases",),
    "title": ("Số ca mắc sốt xuất huyết", "Dengue cases"),
    "text": ("dengue-cases Số ca mắc sốt xuất huyết Dengue cases fever",),
    "tags": ("dengue", "infectious disease"),
    "res_format": ("CSV", "XLSX"),
    "metadata_modified": ("2026-02-20T09:30:00.000000",),
    "extras_kind": ("statistics",),
}


def holds(text: str) -> bool:
    return read_test(text, fields=FIELDS, now=NOW)(DOCUMENT)


@pytest.mark.parametrize(
    "text",
    [
        "*:*",
        "name:*",
        "name:dengue-cases",
        "name:Dengue-Cases",
        'name:"dengue-cases"',
        "name:dengue*",
        "name:*cases",
        "name:d?ngue-cases",
        "+name:dengue-cases",
        "-name:other",
        "!name:other",
        "NOT name:other",
        "- - name:dengue-cases",
        "name:other OR tags:dengue",
        "name:other || tags:dengue",
        "name:dengue-cases AND tags:dengue",
        "name:dengue-cases && tags:dengue",
        "name:dengue-cases tags:dengue",
        'tags:"infectious disease"',
        "tags:infectious\\ disease",
        "tags:(other OR dengue)",
        "(name:other OR (tags:dengue AND res_format:CSV))",
        "res_format:csv",
        "title:sot xuat huyet",
        'title:"xuất huyết"',
        "title:sốt* fever",
        "extras_kind:statistics",
        "-extras_other:x",
        "metadata_modified:[2026-01-01T00:00:00Z TO *]",
        "metadata_modified:[* TO 2026-12-31]",
        "metadata_modified:[2026-02-20T09:30:00Z TO 2026-02-20T09:30:00Z]",
        "metadata_modified:{2026-02-20T09:29:59Z TO *}",
        'metadata_modified:["2026-02-20T09:30:00.000000" TO NOW]',
        "metadata_modified:[NOW-10DAYS TO NOW]",
        "metadata_modified:[NOW-1YEAR TO NOW+1MONTH]",
        "name:[dengue TO dengueish]",
        "-metadata_modified:[NOW-1HOUR TO *]",
    ],
)
def test_what_holds(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "name:other",
        "name:dengue",
        "-name:dengue-cases",
        "name:other tags:dengue",
        "name:dengue-cases AND tags:other",
        "tags:infectious",
        'title:"huyết xuất"',
        "title:malaria",
        "malaria",
        "extras_other:*",
        "name:*x*",
        "metadata_modified:{2026-02-20T09:30:00Z TO *}",
        "metadata_modified:[2026-01-01 TO 2026-02-20T09:30:00Z}",
        "metadata_modified:[NOW TO *]",
        'name:"dengue*"',
        "name:dengu[e]",
    ],
)
def test_what_does_not(text: str) -> None:
    try:
        assert not holds(text)
    except ActionFailed:
        assert "[" in text, "a bracket begins a range"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("nope:x", "undefined field nope"),
        ("name:", "a value is missing"),
        ("name: )", "a value is missing"),
        ("(name:x", "not closed"),
        ("name:x)", "was not opened"),
        ("()", "a condition is missing"),
        ("AND", "a condition is missing"),
        ("OR name:x", "a condition is missing"),
        ("name:(", "a condition is missing"),
        (":x", "a value is missing"),
        ('name:"x', "cannot be read at"),
        ("name:[1 TO", "cannot be read at"),
        ("name:\\", "cannot be read at"),
        ("name:&&", "stands where a value should"),
        ("((((((((((((name:x))))))))))))", "nested more than 10"),
        ("name:" * 20 + "x", "nested"),
        ("name:a " * 201, "more than 200 conditions"),
        ("name:a*b*c*d*e*f*", "wildcards"),
        ("metadata_modified:[NOW/DAY TO *]", "is no moment"),
        ("metadata_modified:[NOW-999999YEARS TO *]", "too far away"),
        ("x" * (MAX_LENGTH + 1), "longer than"),
    ],
)
def test_what_cannot_be_read_is_told(text: str, rule: str) -> None:
    with pytest.raises(ActionFailed) as caught:
        holds(text)
    assert caught.value.status == 409
    assert caught.value.error["__type"] == "Search Error"
    assert rule in caught.value.error["message"]
