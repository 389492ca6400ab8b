"""The files of a release as people download them."""

from __future__ import annotations

from pydantic import Field

from datasets.public_releases import PublicFile, PublicRelease
from datasets.text import Bilingual, Model
from portal.shared import labels
from portal.shared.links import Links
from portal.shared.wording import Wording


class Download(Model):
    """One file."""

    format: str = Field(description="What people call its format.")
    name: str = Field(description="Its file name.")
    url: str = Field(description="The address of this version of it, which never changes.")
    size: str = Field(description="How large it is.")
    sha256: str = Field(description="The SHA-256 of its content, to check a copy by.")


class DownloadGroup(Model):
    """The forms of one table, register or code list."""

    title: str = Field(description="What the files hold.")
    files: tuple[Download, ...] = Field(description="The same content in each format.")
    lists: bool = Field(description="Whether it is a code list beside the data.")


def download_groups(release: PublicRelease, links: Links, words: Wording) -> tuple[DownloadGroup, ...]:
    """Return the data files of ``release``: each table or the register in its formats, then the code lists."""
    description = release.description
    groups: list[tuple[Bilingual, tuple[str, ...]]] = [
        (table.title, (table.csv, table.xlsx, table.parquet)) for table in description.tables
    ]
    if register := description.register_:
        groups.append((description.title, (register.csv, register.xlsx, register.parquet)))
    groups += [(codelist.title, (codelist.path,)) for codelist in description.codelists]
    data = len(description.tables) + bool(description.register_) or len(groups)
    return tuple(
        DownloadGroup(
            title=words.of(title),
            files=tuple(_download(release, path, links, words) for path in paths if path),
            lists=place >= data,
        )
        for place, (title, paths) in enumerate(groups)
    )


def package_download(release: PublicRelease, package: PublicFile, links: Links, words: Wording) -> Download:
    """Return the whole release as one file."""
    return Download(
        format=labels.file_format("zip", words),
        name=package.name,
        url=links.package(release.dataset, release.name),
        size=words.size(package.bytes),
        sha256=package.sha256,
    )


def _download(release: PublicRelease, path: str, links: Links, words: Wording) -> Download:
    entry = release.manifest.file(path)
    if entry is None:
        raise LookupError(f"the release {release.dataset} {release.name} describes {path}, which it does not hold")
    return Download(
        format=labels.file_format(path.rpartition(".")[2], words),
        name=path.rpartition("/")[2],
        url=links.file(release.dataset, release.name, path),
        size=words.size(entry.bytes),
        sha256=entry.sha256,
    )
