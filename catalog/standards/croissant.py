"""A release as Croissant 1.1 describes it, for tools of machine learning: its files with hashes, and every column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from catalog.standards import vocabularies
from catalog.standards.addresses import Addresses
from catalog.standards.described import Described, data_files
from datasets.cell_status import status_column
from datasets.citation import Citation
from datasets.codelist import COLUMNS
from datasets.names import SYNTHETIC
from datasets.release import TableDescription
from datasets.text import LANGUAGES, Bilingual

PROFILE = "http://mlcommons.org/croissant/1.1"
_IN_BOTH = {"@container": "@language"}
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    **{
        term: f"cr:{term}"
        for term in (
            "arrayShape",
            "citeAs",
            "column",
            "containedIn",
            "equivalentProperty",
            "extract",
            "field",
            "fileProperty",
            "fileObject",
            "fileSet",
            "format",
            "includes",
            "isArray",
            "isLiveDataset",
            "jsonPath",
            "key",
            "md5",
            "parentField",
            "path",
            "recordSet",
            "references",
            "regex",
            "repeated",
            "replace",
            "samplingRate",
            "separator",
            "source",
            "subField",
            "transform",
        )
    },
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": _IN_BOTH,
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": _IN_BOTH,
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
}
_TYPES = {
    "string": "sc:Text",
    "integer": "sc:Integer",
    "number": "sc:Float",
    "date": "sc:Date",
    "boolean": "sc:Boolean",
}
_OTHER_NAMES = {"Parquet": ("application/x-parquet",)}
"""What tools of Croissant call a format that has been registered since under another name."""
_STATUS = Bilingual(
    vi="Vì sao ô trống, hay số thuộc loại nào: ô bị che không phải là số 0.",
    en="Why a cell is empty, or of what kind its number is: a withheld cell is not a zero.",
)
_MADE_UP = Bilingual(vi="Đúng ở mọi dòng: dữ liệu giả lập.", en="True in every row: the data is made up.")
_LIST_COLUMNS = {
    "code": Bilingual(vi="Mã", en="Code"),
    "label_vi": Bilingual(vi="Tên tiếng Việt", en="Vietnamese label"),
    "label_en": Bilingual(vi="Tên tiếng Anh", en="English label"),
    "level": Bilingual(vi="Cấp", en="Level"),
    "parent": Bilingual(vi="Mã cấp trên", en="Code above it"),
}


@dataclass(frozen=True)
class Column:
    """A column of a file; ``codelist`` is the code list that its values are codes of, if any."""

    name: str
    kind: str
    title: Bilingual
    codelist: str = ""


def croissant(described: Described, addresses: Addresses) -> dict[str, Any]:
    """Return the description of a release, in both languages."""
    release, about = described.release, described.about
    page = addresses.absolute(addresses.release(release.dataset, release.name, "vi"))
    year = str(release.manifest.available_from.year)
    synthetic = {"rai:dataCollectionType": "Synthetic"} if about.synthetic else {}
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "@id": page,
        "conformsTo": PROFILE,
        "name": about.title.model_dump(),
        "description": {each: vocabularies.description(about, each) for each in LANGUAGES},
        "url": page,
        "sameAs": addresses.absolute(addresses.release(release.dataset, release.name, "en")),
        "version": f"{release.version}.0.0",
        "alternateName": f"{release.dataset} {release.name}",
        "datePublished": release.manifest.available_from.isoformat(),
        "dateModified": release.manifest.available_from.isoformat(),
        "license": vocabularies.LICENCES[about.licence].url,
        "citeAs": Citation(about, release.version, year).text("en", url=page),
        "inLanguage": list(LANGUAGES),
        "isLiveDataset": False,
        "keywords": [*about.keywords.vi, *about.keywords.en],
        "creator": {"@type": "sc:Organization", "name": about.publisher.name.model_dump()},
        "publisher": {"@type": "sc:Organization", "name": about.publisher.name.model_dump()},
        **synthetic,
        "distribution": list(_files(described, addresses)),
        "recordSet": list(_record_sets(described)),
    }


def _files(described: Described, addresses: Addresses) -> Iterator[dict[str, Any]]:
    release = described.release
    paths = [path for path, _ in data_files(release)] + [each.path for each in described.about.codelists]
    for path in dict.fromkeys(paths):
        entry, kind = release.manifest.file(path), vocabularies.file_kind(path)
        if entry is None or kind is None:
            continue
        yield {
            "@type": "cr:FileObject",
            "@id": path,
            "name": path,
            "contentUrl": addresses.absolute(addresses.file(release.dataset, release.name, path)),
            "contentSize": f"{entry.bytes} B",
            "encodingFormat": [kind.media_type, *_OTHER_NAMES.get(kind.name, ())],
            "sha256": entry.sha256,
        }


def _record_sets(described: Described) -> Iterator[dict[str, Any]]:
    """Yield what each file holds; tables from their Parquet files, whose readers do not take the code 01 for 1."""
    about = described.about
    for table in about.tables:
        key = [f"table-{table.id}/{name}" for name in table.dimensions]
        yield _record_set(f"table-{table.id}", table.title, table.parquet, _columns(described, table)) | _key(key)
    if register := about.register_:
        columns = [Column(each.name, each.type, each.title, each.codelist or "") for each in register.fields]
        key = [f"register/{name}" for name in register.key]
        yield _record_set("register", about.title, register.parquet, [*columns, *_made_up(described)]) | _key(key)
    for codelist in about.codelists:
        columns = [Column(name, "string", title) for name, title in _LIST_COLUMNS.items() if name in COLUMNS]
        name = f"codelist-{codelist.id}"
        yield _record_set(name, codelist.title, codelist.path, columns) | _key([f"{name}/code"])


def _columns(described: Described, table: TableDescription) -> Iterator[Column]:
    about = described.about
    for name in table.dimensions:
        dimension = about.dimension(name)
        yield Column(name, "string", dimension.title, dimension.codelist)
    for name in table.measures:
        measure = about.measure(name)
        yield Column(name, measure.field_type, measure.title)
        yield Column(status_column(name), "string", _STATUS)
    yield from _made_up(described)


def _made_up(described: Described) -> Iterator[Column]:
    if described.about.synthetic:
        yield Column(SYNTHETIC, "boolean", _MADE_UP)


def _record_set(name: str, title: Bilingual, path: str, columns: Iterable[Column]) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": title.model_dump(),
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{column.name}",
                "name": column.name,
                "description": column.title.model_dump(),
                "dataType": _TYPES[column.kind],
                "source": {"fileObject": {"@id": path}, "extract": {"column": column.name}},
                **({"references": {"field": {"@id": f"codelist-{column.codelist}/code"}}} if column.codelist else {}),
            }
            for column in columns
        ],
    }


def _key(fields: Iterable[str]) -> dict[str, Any]:
    return {"key": [{"@id": field} for field in fields]}
