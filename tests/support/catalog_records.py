"""Small catalog records for tests."""

from __future__ import annotations

from typing import Any

from catalog.record import CatalogRecord
from datasets.text import Bilingual, BilingualList


def record(identifier: str, vi: str, en: str, **changes: Any) -> CatalogRecord:
    """Return a record with the given titles; ``changes`` replace any other field."""
    fields: dict[str, Any] = {
        "id": identifier,
        "kind": "statistics",
        "title": Bilingual(vi=vi, en=en),
        "summary": Bilingual(vi="Bảng số liệu.", en="A table."),
        "keywords": BilingualList(),
        "publisher_id": "moh",
        "publisher_name": Bilingual(vi="Bộ Y tế", en="Ministry of Health"),
        "theme": "preventive-medicine",
        "theme_label": Bilingual(vi="Y tế dự phòng", en="Preventive medicine"),
        "licence": "CC-BY-4.0",
        "frequency": "monthly",
        "formats": ("csv", "parquet"),
        "published_at": "2026-01-01T00:00:00+00:00",
    }
    return CatalogRecord(**(fields | changes))


def few_records() -> tuple[CatalogRecord, ...]:
    """Return four records that differ in everything that can be searched and filtered."""
    areas = (Bilingual(vi="Đà Nẵng", en="Da Nang"), Bilingual(vi="Hà Nội", en="Hanoi"))
    return (
        record("dengue", "Số ca sốt xuất huyết theo tỉnh", "Dengue cases by province", members=areas),
        record(
            "vaccination",
            "Tỷ lệ tiêm chủng đầy đủ",
            "Vaccination coverage",
            theme="vaccination",
            theme_label=Bilingual(vi="Tiêm chủng", en="Vaccination"),
            frequency="yearly",
            published_at="2026-03-01T00:00:00+00:00",
        ),
        record(
            "pharmacies",
            "Danh sách nhà thuốc",
            "Licensed pharmacies",
            kind="register",
            theme="pharmacy",
            theme_label=Bilingual(vi="Dược", en="Pharmacy"),
            publisher_id="hcmc",
            publisher_name=Bilingual(vi="Sở Y tế TP.HCM", en="Health department of HCMC"),
            licence="CC0-1.0",
            formats=("csv", "xlsx"),
            published_at="2026-02-01T00:00:00+00:00",
        ),
        record(
            "rabies", "Số ca tử vong do bệnh dại", "Rabies deaths", coverage_start="2010-01", coverage_end="2017-12"
        ),
    )
