"""The catalog record: what the catalog knows of one dataset, whether it is ours or was harvested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from pydantic import Field

from catalog.origin import Origin
from datasets.codelist import Codelist
from datasets.names import TOTAL
from datasets.release import Manifest, ReleaseDescription
from datasets.text import Bilingual, BilingualList, Model

Kind = Literal["statistics", "register", "codelist", "unknown"]
"""What a dataset is; of those that other catalogs list, that is not known."""
GeographyLevel = Literal["country", "region", "province", "commune"]
Role = Literal["geography", "time", "sex", "age", "other", "column"]
"""What a dimension is of; a column of a register that has no code list is just a column."""


class CatalogField(Model):
    """A dimension or a measure, or a column of a register, as far as people search for it."""

    name: str
    title: Bilingual
    role: Role = "other"


class CatalogRecord(Model):
    """One dataset as the catalog lists it; its newest edition speaks for it."""

    id: str = Field(min_length=1)
    kind: Kind
    title: Bilingual
    summary: Bilingual
    keywords: BilingualList = BilingualList()
    publisher_id: str
    publisher_name: Bilingual
    theme: str
    theme_label: Bilingual
    licence: str
    frequency: str
    synthetic: bool = False
    coverage_start: str | None = Field(default=None, description="ISO 8601 day, month or year.")
    coverage_end: str | None = Field(default=None, description="ISO 8601 day, month or year.")
    geography_level: Bilingual | None = None
    geography_code: str = Field(
        default="", description="The finest level of place: country, region, province, commune."
    )
    dimensions: tuple[CatalogField, ...] = ()
    measures: tuple[CatalogField, ...] = ()
    members: tuple[Bilingual, ...] = Field(
        default=(), description="Labels of members of its code lists worth finding: provinces, diseases."
    )
    formats: tuple[str, ...] = ()
    latest_edition: str = ""
    latest_version: int = 1
    published_at: str = Field(default="", description="When the newest edition appeared, ISO 8601, UTC.")
    editions: int = Field(default=1, ge=0)
    quality: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="How good the record is, from 0 to 1; unknown counts as neither good nor bad.",
    )
    harvested: Origin | None = Field(
        default=None, description="Where a record of another catalog comes from; null for our own datasets."
    )


THEME_LABELS: Mapping[str, Bilingual] = {
    "examination-treatment": Bilingual(vi="Khám bệnh, chữa bệnh", en="Examination and treatment"),
    "preventive-medicine": Bilingual(vi="Y tế dự phòng", en="Preventive medicine"),
    "vaccination": Bilingual(vi="Tiêm chủng", en="Vaccination"),
    "health-insurance": Bilingual(vi="Bảo hiểm y tế", en="Health insurance"),
    "health-workforce": Bilingual(vi="Nhân lực y tế", en="Health workforce"),
    "medical-equipment": Bilingual(vi="Thiết bị y tế", en="Medical equipment"),
    "pharmacy": Bilingual(vi="Dược", en="Pharmacy"),
    "commune-health": Bilingual(vi="Y tế cơ sở", en="Commune health"),
    "registers": Bilingual(vi="Danh sách, sổ đăng ký", en="Registers"),
    "administration": Bilingual(vi="Hành chính, quản lý", en="Administration"),
}
LEVEL_LABELS: Mapping[str, Bilingual] = {
    "country": Bilingual(vi="Cả nước", en="Country"),
    "region": Bilingual(vi="Vùng", en="Region"),
    "province": Bilingual(vi="Tỉnh, thành phố", en="Province"),
    "commune": Bilingual(vi="Xã, phường, đặc khu", en="Commune"),
}
MAX_MEMBERS = 400
"""Labels taken from one code list, the first ones; 3,321 communes would make every commune find every dataset."""
_ROLES_NOT_SEARCHED = frozenset({"time", "age", "sex"})


def record_of(
    editions: Sequence[Manifest], codelists: Iterable[Codelist], *, quality: float | None = None
) -> CatalogRecord:
    """Return the catalog record of one dataset.

    ``editions`` are the manifests of its visible editions, the newest first and at least one; ``codelists`` the code
    lists of the newest; ``quality`` is a score from 0 to 1 where there is one. Raises KeyError for a theme without a
    label.
    """
    newest = editions[0]
    about = newest.description
    known = {each.id: each for each in codelists}
    starts, ends = _periods(editions)
    return CatalogRecord(
        id=newest.dataset,
        kind=about.kind,
        title=about.title,
        summary=about.summary,
        keywords=about.keywords,
        publisher_id=about.publisher.id,
        publisher_name=about.publisher.name,
        theme=about.theme,
        theme_label=THEME_LABELS[about.theme],
        licence=about.licence,
        frequency=about.frequency,
        synthetic=about.synthetic,
        coverage_start=min(starts, default=None),
        coverage_end=max(ends, default=None),
        geography_level=_geography_level(about),
        geography_code=geography_code(about, known),
        dimensions=_fields(about),
        measures=tuple(CatalogField(name=each.name, title=each.title) for each in about.measures),
        members=tuple(_members(about, known)),
        formats=_formats(newest),
        latest_edition=newest.edition,
        latest_version=newest.version,
        published_at=newest.published_at.isoformat(),
        editions=len(editions),
        quality=quality,
    )


def _periods(editions: Sequence[Manifest]) -> tuple[list[str], list[str]]:
    about = [manifest.description for manifest in editions]
    starts = [each.period_start or each.coverage.start for each in about]
    ends = [each.period_end or each.coverage.end for each in about]
    return [start for start in starts if start], [end for end in ends if end]


def _geography_level(about: ReleaseDescription) -> Bilingual | None:
    """Return the finest level of place that is published; the area in words where there is no such dimension."""
    for dimension in about.dimensions:
        finest = dimension.levels[-1] if dimension.levels else ""
        if dimension.role == "geography" and finest:
            return LEVEL_LABELS.get(finest) or Bilingual(vi=finest, en=finest)
    return about.coverage.area


def geography_code(about: ReleaseDescription, codelists: Mapping[str, Codelist]) -> str:
    """Return the finest level of place that is published, of a table, a register or a code list; empty without one."""
    published = [each.levels for each in about.dimensions if each.role == "geography"]
    coded = {each.codelist for each in about.register_.fields if each.codelist} if about.register_ else set()
    if about.kind == "codelist":
        coded = set(codelists)
    published += [codelists[each].levels for each in sorted(coded & set(codelists))]
    found = [level for levels in published for level in levels if level in LEVEL_LABELS]
    return max(found, key=list(LEVEL_LABELS).index, default="")


def _fields(about: ReleaseDescription) -> tuple[CatalogField, ...]:
    dimensions = [CatalogField(name=each.name, title=each.title, role=each.role) for each in about.dimensions]
    columns = [
        CatalogField(name=each.name, title=each.title, role="other" if each.codelist else "column")
        for each in (about.register_.fields if about.register_ else ())
    ]
    return (*dimensions, *columns)


def _members(about: ReleaseDescription, codelists: Mapping[str, Codelist]) -> Iterator[Bilingual]:
    """Yield the labels that people search by: places, diseases, facility types; not months, ages and sexes."""
    listed: dict[str, tuple[str, ...]] = {}
    for dimension in about.dimensions:
        if dimension.role not in _ROLES_NOT_SEARCHED:
            listed[dimension.codelist] = dimension.levels
    for column in about.register_.fields if about.register_ else ():
        if column.codelist:
            listed[column.codelist] = ()
    if about.kind == "codelist":
        listed |= {each.id: () for each in about.codelists}
    for identifier, levels in listed.items():
        if identifier in codelists:
            codelist = codelists[identifier]
            members = codelist.at_levels(levels) if levels else codelist.members
            yield from (member.label for member in members[:MAX_MEMBERS] if member.code != TOTAL)


def _formats(manifest: Manifest) -> tuple[str, ...]:
    """Return the formats of the data, not of the documents beside it."""
    about = manifest.description
    paths = [path for table in about.tables for path in (table.csv, table.parquet, table.xlsx)]
    if about.register_:
        paths += [about.register_.csv, about.register_.parquet, about.register_.xlsx]
    paths += [each.path for each in about.codelists] if about.kind == "codelist" else []
    return tuple(dict.fromkeys(path.rpartition(".")[2] for path in paths if path))
