"""What people call each file of a package, and what it holds, in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from datasets.package_files import CSVW
from datasets.release import RegisterDescription, ReleaseDescription, TableDescription
from datasets.text import Bilingual

CHECKSUMS = "checksums.txt"

_DOCUMENTS: Mapping[str, Bilingual] = {
    "CHANGELOG.md": Bilingual(vi="Thay đổi so với lần công bố trước", en="What changed since the release before"),
    "README.md": Bilingual(vi="Đọc trước", en="Read this first"),
    "changelog.json": Bilingual(vi="Thay đổi, cho phần mềm đọc", en="What changed, for programs"),
    CHECKSUMS: Bilingual(vi="SHA-256 của mọi tệp khác", en="SHA-256 of every other file"),
    CSVW: Bilingual(vi="Mô tả các tệp CSV theo CSV on the Web", en="The CSV files, as CSV on the Web"),
    "datapackage.json": Bilingual(vi="Mô tả gói theo Data Package", en="The package, as a Data Package"),
    "disclosure-report.json": Bilingual(vi="Báo cáo bảo vệ người bệnh", en="Report on the protection of people"),
    "methods.md": Bilingual(vi="Phương pháp", en="Methods"),
}
_FORMATS: Mapping[str, tuple[str, Bilingual]] = {
    "csv": (
        "CSV",
        Bilingual(
            vi="Văn bản UTF-8; csv-metadata.json mô tả từng cột.",
            en="UTF-8 text; csv-metadata.json describes each column.",
        ),
    ),
    "parquet": ("Parquet", Bilingual(vi="Cùng bảng, có kiểu dữ liệu.", en="The same table, with its types.")),
    "xlsx": (
        "Excel",
        Bilingual(vi="Cùng bảng, kèm tên và ghi chú.", en="The same table, with labels and notes."),
    ),
}
"""What each format of data is called, and what its files hold."""


def file_names(description: ReleaseDescription) -> Iterator[tuple[str, Bilingual]]:
    """Yield every path that a package may hold, with what people call the file."""
    yield from _DOCUMENTS.items()
    tables: list[tuple[TableDescription | RegisterDescription, Bilingual]] = [
        (table, table.title) for table in description.tables
    ]
    if description.register_ is not None:
        tables.append((description.register_, description.title))
    for table, title in tables:
        yield from ((path, _as_format(title, path)) for path in (table.csv, table.parquet, table.xlsx) if path)
    for codelist in description.codelists:
        yield codelist.path, _as_format(codelist.title, codelist.path)


def _as_format(title: Bilingual, path: str) -> Bilingual:
    form, _ = _FORMATS[path.rpartition(".")[2]]
    return Bilingual(vi=f"{title.vi} ({form})", en=f"{title.en} ({form})")


def file_content(path: str, name: Bilingual) -> Bilingual:
    """Return what the file at ``path``, which people call ``name``, holds."""
    form = _FORMATS.get(path.rpartition(".")[2])
    return form[1] if form else Bilingual(vi=f"{name.vi}.", en=f"{name.en}.")


def checksum_line(sha256: str, path: str) -> str:
    """Return a line of the list of checksums, in the form that ``sha256sum -c`` reads."""
    return f"{sha256}  {path}\n"
