"""The resources of the API: what each answer holds, typed and described."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from datasets.codelist import Codelist
from datasets.errors import DatasetNotFound, ReleaseNotFound, ReleaseWithdrawn, VerificationFailed
from datasets.public_releases import PublicRelease, PublicReleases
from datasets.release import ReleaseDescription
from datasets.text import Bilingual, Language
from portal.public.cited import cite
from portal.query.schema import table_names
from portal.shared.links import Links

DatasetId = Annotated[str, Path(description="The dataset's name.", max_length=200)]
TableName = Annotated[str, Path(description="The table's name; a register's is `register`.", max_length=200)]
ReleaseName = Annotated[
    str, Query(description="`latest`, an edition (`2024`) or a release (`2024.1`).", max_length=100)
]


class Resource(BaseModel):
    model_config = ConfigDict(frozen=True)


class ReleaseLinks(Resource):
    """Where a release and its parts are."""

    api: str = Field(description="Its description.")
    page: str = Field(description="Its page, in Vietnamese.")
    package: str = Field(description="All its files in one ZIP.")
    openapi: str = Field(description="Its API in OpenAPI 3.1: tables, columns, codes, answers that were given.")
    developers: str = Field(description="The page for developers of its dataset, in Vietnamese: code to copy.")


class TableLink(Resource):
    """Where a table can be asked."""

    id: str
    data: str
    rows: str


class FileLink(Resource):
    """One file of a release."""

    path: str
    url: str
    bytes: int
    sha256: str
    media_type: str


class WithdrawalNote(Resource):
    """Why a release is no longer there."""

    withdrawn_at: datetime
    reason: Bilingual


class ReleaseSummary(Resource):
    """One release of a dataset."""

    dataset: str
    release: str = Field(description="Edition and version.", examples=["2024.1"])
    edition: str
    version: int
    published_at: datetime
    available_from: datetime
    changes: Bilingual = Field(description="What changed since the release before.")
    withdrawn: WithdrawalNote | None = None
    links: ReleaseLinks | None = Field(default=None, description="Absent when it was withdrawn.")


class ReleaseResource(ReleaseSummary):
    """One release, with all that it says of itself."""

    envelope_sha256: str = Field(description="SHA-256 of the signed envelope.")
    citation: Bilingual = Field(description="How to cite it, as its page does.")
    description: ReleaseDescription
    tables: tuple[TableLink, ...]
    files: tuple[FileLink, ...]


class DatasetSummary(Resource):
    """One dataset in a list, by its newest release."""

    dataset: str
    kind: Literal["statistics", "register", "codelist"]
    title: Bilingual
    summary: Bilingual
    theme: str
    synthetic: bool
    release: str
    published_at: datetime
    url: str


class DatasetList(Resource):
    """The datasets, in alphabetical order of their names."""

    total: int
    returned: int
    truncated: bool
    next: str | None = Field(description="The address of the next page.")
    datasets: tuple[DatasetSummary, ...]


class ReleaseList(Resource):
    """All releases of a dataset, newest first, withdrawn ones marked."""

    dataset: str
    releases: tuple[ReleaseSummary, ...]


class CodelistMember(Resource):
    """One code."""

    code: str
    label: Bilingual
    level: str = ""
    parent: str = ""


class CodelistResource(Resource):
    """A code list as it was when the release was made."""

    dataset: str
    release: str
    id: str
    title: Bilingual
    levels: tuple[str, ...]
    members: tuple[CodelistMember, ...]


class FieldNote(Resource):
    """One column of an answer."""

    name: str
    kind: Literal["dimension", "measure", "status", "field", "label", "aggregate"]
    type: Literal["string", "integer", "number", "date"]
    title: Bilingual
    unit: Bilingual | None = Field(default=None, description="What a measure counts.")
    numerator: str | None = Field(default=None, description="Of a rate or mean: the measure above the line.")
    denominator: str | None = Field(
        default=None, description="Of a rate or mean: the measure below the line, where it is published."
    )
    denominator_source: Bilingual | None = Field(
        default=None, description="Of a rate or a population: where the population is from."
    )
    per: int | None = Field(default=None, description="Of a rate: per how many.")
    renamed_to: str | None = Field(
        default=None, description="Of a column under an older name: what it is called now. Both hold the same."
    )
    deprecated_until: date | None = Field(
        default=None, description="Of a column under an older name: the last day, in Viet Nam, on which it is answered."
    )


class SelectionNote(Resource):
    """How a dimension took part in an answer."""

    use: Literal["total", "pinned", "grouped", "folded", "summed"] = Field(
        description="At its published total; at one member; a row for each member; several members that together are "
        "a published one; several members added up."
    )
    count: int
    members: tuple[str, ...] = Field(description="The first hundred.")
    parts: dict[str, tuple[str, ...]] | None = Field(
        default=None, description="The stored members that each is a sum of, where `geography` names another list."
    )


class TableDocument(Resource):
    """The answer to a question about a table."""

    dataset: str
    release: str = Field(description="The release that the answer comes from; `release=` pins it.")
    table: str
    synthetic: bool = Field(description="Whether the data is made up.")
    total: int = Field(description="How many rows the whole answer has.")
    returned: int
    truncated: bool
    next: str | None = Field(description="The address of the next page.")
    selection: dict[str, SelectionNote] | None = None
    fields: tuple[FieldNote, ...]
    data: tuple[dict[str, Any], ...] = Field(
        description="A row each.", examples=[[{"sex": "F", "cases": None, "cases_status": "suppressed"}]]
    )


class JsonStatDocument(Resource):
    """An answer as JSON-stat 2.0, where `format=json-stat` asks for it."""

    version: Literal["2.0"]
    class_: Literal["dataset"] = Field(alias="class")
    id: tuple[str, ...] = Field(description="The dimensions, the measures among them as `ContentsCode`.")
    size: tuple[int, ...]
    dimension: dict[str, Any]
    value: tuple[float | None, ...] = Field(description="The last dimension fastest; null is not zero.")
    status: dict[str, str] = Field(description="By the place of a cell: why it has no number, or what kind it is.")
    extension: dict[str, Any] = Field(description="Release, citation, legend, and what was added up.")


def release_summary(release: PublicRelease, links: Links) -> ReleaseSummary:
    return ReleaseSummary(**_summary(release, links))


def release_resource(release: PublicRelease, links: Links) -> ReleaseResource:
    dataset, name = release.dataset, release.name
    pinned = (("release", name),)
    return ReleaseResource(
        **_summary(release, links),
        envelope_sha256=release.envelope_sha256,
        citation=_citation(release, links),
        description=release.description,
        tables=tuple(
            TableLink(
                id=table,
                data=links.absolute(links.table(dataset, table, "data", pinned)),
                rows=links.absolute(links.table(dataset, table, "rows", pinned)),
            )
            for table in table_names(release.description)
        ),
        files=tuple(
            FileLink(
                path=entry.path,
                url=links.absolute(links.file(dataset, name, entry.path)),
                bytes=entry.bytes,
                sha256=entry.sha256,
                media_type=entry.media_type,
            )
            for entry in release.manifest.files
        ),
    )


def _citation(release: PublicRelease, links: Links) -> Bilingual:
    def text(language: Language) -> str:
        page = links.absolute(links.release(release.dataset, release.name, language))
        return cite(release).text(language, url=page if links.base_url else "")

    return Bilingual(vi=text("vi"), en=text("en"))


def dataset_summary(release: PublicRelease, links: Links) -> DatasetSummary:
    about = release.description
    return DatasetSummary(
        dataset=release.dataset,
        kind=about.kind,
        title=about.title,
        summary=about.summary,
        theme=about.theme,
        synthetic=about.synthetic,
        release=release.name,
        published_at=release.manifest.published_at,
        url=links.absolute(links.api(f"datasets/{release.dataset}")),
    )


def release_list(dataset: str, releases: Iterable[PublicRelease], links: Links) -> ReleaseList:
    return ReleaseList(dataset=dataset, releases=tuple(release_summary(release, links) for release in releases))


def _summary(release: PublicRelease, links: Links) -> dict[str, Any]:
    dataset, name, gone = release.dataset, release.name, release.withdrawal
    return {
        "dataset": dataset,
        "release": name,
        "edition": release.edition,
        "version": release.version,
        "published_at": release.manifest.published_at,
        "available_from": release.manifest.available_from,
        "changes": release.manifest.changes,
        "withdrawn": WithdrawalNote(withdrawn_at=gone.withdrawn_at, reason=gone.reason) if gone else None,
        "links": None
        if gone
        else ReleaseLinks(
            api=links.absolute(links.api(f"datasets/{dataset}/releases/{name}")),
            page=links.absolute(links.release(dataset, name, "vi")),
            package=links.absolute(links.package(dataset, name)),
            openapi=links.absolute(links.dataset_openapi(dataset, name)),
            developers=links.absolute(links.dataset_api(dataset, "vi")),
        ),
    }


def codelist_resource(release: PublicRelease, codelist: Codelist) -> CodelistResource:
    return CodelistResource(
        dataset=release.dataset,
        release=release.name,
        id=codelist.id,
        title=codelist.title,
        levels=codelist.levels,
        members=tuple(
            CodelistMember(code=member.code, label=member.label, level=member.level, parent=member.parent)
            for member in codelist.members
        ),
    )


def dataset_list(releases: PublicReleases, links: Links, *, limit: int, after: str) -> DatasetList:
    """List datasets by name, from the one behind ``after``; one that is withdrawn or damaged meanwhile is left out."""
    names = releases.datasets()
    left = [name for name in names if name > after]
    found = []
    for name in left[:limit]:
        with suppress(DatasetNotFound, ReleaseNotFound, ReleaseWithdrawn, VerificationFailed):
            found.append(dataset_summary(releases.latest(name), links))
    truncated = len(left) > limit
    following = links.absolute(links.api("datasets", limit=limit, after=left[limit - 1])) if truncated else None
    return DatasetList(
        total=len(names), returned=len(found), truncated=truncated, next=following, datasets=tuple(found)
    )
