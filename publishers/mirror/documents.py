"""What a CKAN should hold of a dataset: its package by the newest release, or a tombstone where all are withdrawn."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from datasets.definition import Licence
from datasets.moments import VIETNAM_TIME
from datasets.release import PublicRelease, ReleaseDescription
from datasets.text import Bilingual
from publishers.mirror.addresses import Addresses

MARK = "ytemo_mirror"
"""The extra that says who made a package or an organisation: the id of the key that signs the releases."""
FILE = "ytemo_file"
"""The field of a resource that says which file of the package it stands for; what lacks it is not ours."""
PACKAGE_ZIP = "package.zip"

_EXTRAS = (
    MARK, "ytemo_dataset", "release", "release_url", "envelope_sha256", "kind", "theme", "licence", "frequency",
    "synthetic", "title_vi", "title_en", "notes_vi", "notes_en", "spatial_text", "temporal_start", "temporal_end",
    "next_release", "attribution_vi", "attribution_en", "disclosure_vi", "disclosure_en",
    "withdrawn", "withdrawn_releases",
)  # fmt: skip
"""Every extra that the mirror writes, without a prefix; others are left as they are."""

_LICENCES: Mapping[Licence, str] = {
    "CC-BY-4.0": "cc-by",
    "CC-BY-SA-4.0": "cc-by-sa",
    "CC0-1.0": "cc-zero",
    "ODC-BY-1.0": "odc-by",
}
"""As CKAN's own list of licences calls them; the version is in the extra ``licence``."""
_FORMATS = {
    "csv": ("CSV", "text/csv"),
    "parquet": ("PARQUET", "application/vnd.apache.parquet"),
    "xlsx": ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "zip": ("ZIP", "application/zip"),
}
_MADE_UP = Bilingual(
    vi="Số liệu minh hoạ, không phải số liệu thật.", en="Made-up data for demonstration, not real figures."
)
_WITHHELD = Bilingual(
    vi="Ô trống là ô không công bố hoặc không có số liệu, không phải số 0: xem cột `_status`.",
    en="An empty cell is withheld or has no figure, and is never zero: see its `_status` column.",
)
_WITHDRAWN = Bilingual(vi="Đã thu hồi.", en="Withdrawn.")
_NO_TAG = re.compile(r"[^\w .\-]+")


@dataclass(frozen=True)
class Wanted:
    """A package as it should be; resources hold the fields that the mirror writes."""

    fields: Mapping[str, Any]
    tags: tuple[str, ...]
    extras: Mapping[str, str]
    resources: tuple[Mapping[str, Any], ...] = ()
    ours: frozenset[str] = frozenset()
    """Every extra that the mirror might write: one that is not wanted is taken away."""
    known: Mapping[str, str] = field(default_factory=dict)
    """The files of all releases that were ever seen, by their addresses."""
    withdrawn: bool = False

    @property
    def name(self) -> str:
        return str(self.fields["name"])


@dataclass(frozen=True)
class Naming:
    """Whose packages these are, and how they are called at the target."""

    mark: str
    addresses: Addresses
    prefix: str = ""
    organization: str = ""
    """An organisation of the target that takes all packages; each publisher's own where empty."""
    extras_prefix: str = ""
    """What extras begin with, for a target whose own schema has fields of the same names."""

    def name_of(self, key: str) -> str:
        """Return the name of an extra at the target; those that say whose a package is have the same everywhere."""
        return key if key.startswith("ytemo_") else self.extras_prefix + key

    @property
    def extras(self) -> frozenset[str]:
        """The names of all extras that the mirror might write."""
        return frozenset(map(self.name_of, _EXTRAS))

    def given(self, extras: Mapping[str, str]) -> dict[str, str]:
        """Return extras under their names at the target, without those that are empty."""
        # CKAN keeps no space around a text, and refuses an extra without one.
        return {self.name_of(key): value.strip() for key, value in extras.items() if value.strip()}


def package(release: PublicRelease, releases: Sequence[PublicRelease], naming: Naming) -> Wanted:
    """Return the package of a dataset by ``release``, the newest that stands; ``releases`` are all that were seen."""
    about = release.description
    return Wanted(
        fields={
            **_fields(release, naming),
            "notes": _paragraphs(_MADE_UP if about.synthetic else None, about.summary, _withheld(about)),
            "version": release.name,
        },
        tags=_tags(about),
        extras=naming.given({**_extras(release, naming), **_standing(release, naming), **_withdrawals(releases)}),
        ours=naming.extras,
        known=_known(releases, naming.addresses),
        resources=tuple(_resources(release, naming.addresses)),
    )


def tombstone(releases: Sequence[PublicRelease], naming: Naming) -> Wanted:
    """Return what stays of a dataset whose releases are all withdrawn: its name, that it was withdrawn, and why."""
    newest = releases[0]
    assert newest.withdrawal is not None
    about = newest.description
    return Wanted(
        fields={
            **_fields(newest, naming),
            "notes": _paragraphs(_WITHDRAWN, newest.withdrawal.reason, _MADE_UP if about.synthetic else None),
            "version": "",
        },
        tags=_tags(about),
        extras=naming.given({**_extras(newest, naming), "withdrawn": "true", **_withdrawals(releases)}),
        ours=naming.extras,
        known=_known(releases, naming.addresses),
        withdrawn=True,
    )


def organization(about: ReleaseDescription, mark: str) -> dict[str, Any]:
    """Return a publisher as an organisation that the mirror makes where the target has none of its name."""
    publisher = about.publisher
    parts = filter(None, (publisher.name.en, publisher.url))
    return {
        "name": publisher.id,
        "title": publisher.name.vi,
        "description": " · ".join(parts),
        "extras": [{"key": MARK, "value": mark}],
    }


def _fields(release: PublicRelease, naming: Naming) -> dict[str, Any]:
    about, address = release.description, naming.addresses
    return {
        "name": naming.prefix + release.dataset,
        "title": about.title.vi,
        "url": address.absolute(address.dataset(release.dataset, "vi")),
        "owner_org": naming.organization or about.publisher.id,
        "author": about.publisher.name.vi,
        "maintainer": about.contact.name.vi,
        "maintainer_email": about.contact.email,
        "license_id": _LICENCES[about.licence],
        "state": "active",
    }


def _extras(release: PublicRelease, naming: Naming) -> dict[str, str]:
    about = release.description
    return {
        MARK: naming.mark,
        "ytemo_dataset": release.dataset,
        "kind": about.kind,
        "theme": about.theme,
        "licence": about.licence,
        "frequency": about.frequency,
        "synthetic": "true" if about.synthetic else "false",
        "title_vi": about.title.vi,
        "title_en": about.title.en,
        "notes_vi": about.summary.vi,
        "notes_en": about.summary.en,
        "spatial_text": about.coverage.area.vi,
        "attribution_vi": about.attribution.vi if about.attribution else "",
        "attribution_en": about.attribution.en if about.attribution else "",
    }


def _standing(release: PublicRelease, naming: Naming) -> dict[str, str]:
    about, address = release.description, naming.addresses
    return {
        "release": release.name,
        "release_url": address.absolute(address.release(release.dataset, release.name, "vi")),
        "envelope_sha256": release.envelope_sha256,
        "temporal_start": about.period_start or about.coverage.start,
        "temporal_end": about.period_end or about.coverage.end,
        "next_release": about.next_release,
        "disclosure_vi": about.disclosure.summary.vi if about.disclosure else "",
        "disclosure_en": about.disclosure.summary.en if about.disclosure else "",
    }


def _withdrawals(releases: Sequence[PublicRelease]) -> dict[str, str]:
    told = [
        f"{each.name} ({each.withdrawal.withdrawn_at.astimezone(VIETNAM_TIME).date().isoformat()}): "
        f"{each.withdrawal.reason.vi} / {each.withdrawal.reason.en}"
        for each in releases
        if each.withdrawal is not None
    ]
    return {"withdrawn_releases": "\n".join(told)}


def _paragraphs(*parts: Bilingual | None) -> str:
    given = [part for part in parts if part is not None]
    return "\n\n".join([*(part.vi for part in given), *(part.en for part in given)])


def _withheld(about: ReleaseDescription) -> Bilingual | None:
    return _WITHHELD if about.kind == "statistics" else None


def _tags(about: ReleaseDescription) -> tuple[str, ...]:
    """Return the keywords of both languages as CKAN takes them: letters, digits, spaces and - _ . and 2 to 100 long."""
    words = (
        " ".join(_NO_TAG.sub(" ", word).split())[:100].strip() for word in (*about.keywords.vi, *about.keywords.en)
    )
    return tuple(sorted({word for word in words if len(word) > 1}))


# Resources ------------------------------------------------------------------------------------------------------------


def _resources(release: PublicRelease, address: Addresses) -> Iterator[dict[str, Any]]:
    dataset, name = release.dataset, release.name
    for path, title in _files(release.description):
        entry = release.manifest.file(path)
        assert entry is not None
        fields = {"hash": f"sha256:{entry.sha256}", "size": entry.bytes}
        yield {**_resource(path, title, address.absolute(address.file(dataset, name, path))), **fields}
    whole = Bilingual(vi="Toàn bộ bản phát hành, có chữ ký", en="The whole release, signed")
    yield _resource(PACKAGE_ZIP, whole, address.absolute(address.package(dataset, name)))


def _known(releases: Sequence[PublicRelease], address: Addresses) -> dict[str, str]:
    return {str(each["url"]): str(each[FILE]) for release in releases for each in _resources(release, address)}


def _files(about: ReleaseDescription) -> Iterator[tuple[str, Bilingual]]:
    for table in about.tables:
        yield from ((path, table.title) for path in (table.csv, table.parquet, table.xlsx) if path)
    if register := about.register_:
        yield from ((path, about.title) for path in (register.csv, register.parquet, register.xlsx) if path)
    yield from ((each.path, each.title) for each in about.codelists)


def _resource(path: str, title: Bilingual, url: str) -> dict[str, Any]:
    kind, media_type = _FORMATS[path.rpartition(".")[2]]
    return {
        FILE: path,
        "name": path.rpartition("/")[2],
        "description": f"{title.vi}\n\n{title.en}",
        "url": url,
        "format": kind,
        "mimetype": media_type,
    }
