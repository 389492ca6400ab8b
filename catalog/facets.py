"""By what hits can be narrowed and counted: the values of each facet that a record has, and what people call them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from catalog.record import LEVEL_LABELS, CatalogRecord
from datasets.text import Bilingual

FACETS = (
    "theme",
    "publisher",
    "kind",
    "geography",
    "period",
    "frequency",
    "dimension",
    "format",
    "licence",
    "status",
    "source",
)

DIMENSION_LABELS: Mapping[str, Bilingual] = {
    "geography": Bilingual(vi="Địa bàn", en="Place"),
    "time": Bilingual(vi="Thời gian trong kỳ", en="Time within the period"),
    "sex": Bilingual(vi="Giới tính", en="Sex"),
    "age": Bilingual(vi="Tuổi", en="Age"),
}
"""Dimensions of one role are one value, whatever each dataset calls its own: ``age_group``, ``age_band``."""
STATUS_LABELS: Mapping[str, Bilingual] = {
    "original": Bilingual(vi="Công bố lần đầu", en="As first published"),
    "revised": Bilingual(vi="Đã sửa đổi", en="Revised"),
    "made-up": Bilingual(vi="Dữ liệu giả lập", en="Made-up data"),
    "harvested": Bilingual(vi="Từ danh mục khác", en="From another catalog"),
}
OURS: Mapping[str, tuple[str, ...]] = {"status": ("original", "revised")}
"""The filters that leave out what was harvested from other catalogs."""
HARVESTED: Mapping[str, tuple[str, ...]] = {"status": ("harvested",)}
"""The filters that leave in nothing else."""


def facet_values(record: CatalogRecord) -> dict[str, tuple[str, ...]]:
    """Return, for every facet, the values that ``record`` has; none where it says nothing of that."""
    return {
        "theme": (record.theme,),
        "publisher": (record.publisher_id,),
        "kind": (record.kind,) if record.kind != "unknown" else (),
        "geography": (record.geography_code,) if record.geography_code else (),
        "period": tuple(map(str, covered_years(record))),
        "frequency": (record.frequency,) if record.frequency else (),
        "dimension": tuple(dict.fromkeys(_dimensions(record))),
        "format": tuple(dict.fromkeys(record.formats)),
        "licence": (record.licence,) if record.licence else (),
        "status": tuple(_statuses(record)),
        "source": (record.harvested.source,) if record.harvested else (),
    }


def facet_labels(records: Iterable[CatalogRecord]) -> dict[str, dict[str, Bilingual]]:
    """Return what people call the values of facets, where the records say so."""
    labels: dict[str, dict[str, Bilingual]] = {"theme": {}, "publisher": {}, "dimension": dict(DIMENSION_LABELS)}
    labels["geography"], labels["status"] = dict(LEVEL_LABELS), dict(STATUS_LABELS)
    labels["source"] = {}
    for record in records:
        labels["theme"].setdefault(record.theme, record.theme_label)
        labels["publisher"].setdefault(record.publisher_id, _publisher(record))
        if record.harvested:
            labels["source"].setdefault(record.harvested.source, record.harvested.source_title)
        for dimension in record.dimensions:
            if dimension.role == "other":
                labels["dimension"].setdefault(dimension.name, dimension.title)
    return labels


def covered_years(record: CatalogRecord) -> range:
    """Return the years that the record covers, so that ``dengue 2009`` finds a series from 1994 to 2010."""
    first = (record.coverage_start or record.coverage_end or "")[:4]
    last = (record.coverage_end or record.coverage_start or "")[:4]
    if not (first.isdecimal() and last.isdecimal() and len(first) == len(last) == 4):
        return range(0)
    return range(max(int(first), 1900), min(int(last), 2100) + 1)


def _dimensions(record: CatalogRecord) -> Iterable[str]:
    for dimension in record.dimensions:
        if dimension.role == "other":
            yield dimension.name
        elif dimension.role != "column":
            yield dimension.role


def _publisher(record: CatalogRecord) -> Bilingual:
    """Return the name of a publisher; one that another catalog names stands beside that catalog's own name."""
    name, origin = record.publisher_name, record.harvested
    if origin is None or name == origin.source_title:
        return name
    return Bilingual(vi=f"{name.vi} ({origin.source_title.vi})", en=f"{name.en} ({origin.source_title.en})")


def _statuses(record: CatalogRecord) -> Iterable[str]:
    if record.harvested:
        yield "harvested"
        return
    yield "revised" if record.latest_version > 1 else "original"
    if record.synthetic:
        yield "made-up"
