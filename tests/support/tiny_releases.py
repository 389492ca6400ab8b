"""The smallest releases that a store takes: two text files each, made without any of the packaging code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from datasets.definition import Contact, Coverage, Organisation
from datasets.release import CodelistDescription, FileEntry, Manifest, ReleaseDescription
from datasets.release_store import ReleaseStore
from datasets.signing import Signer
from datasets.text import Bilingual, BilingualList

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
CHANGES = Bilingual(vi="Lần đầu.", en="First.")
REASON = Bilingual(vi="Sai số liệu.", en="Wrong figures.")


@dataclass(frozen=True)
class TinyPackage:
    """A package in a folder, ready for ``ReleaseStore.add``."""

    folder: Path
    files: tuple[FileEntry, ...]
    description: ReleaseDescription


def tiny_package(folder: Path, *, dataset: str = "sexes", edition: str = "2025", content: str = "1") -> TinyPackage:
    """Write a package whose code list holds ``content`` as a label."""
    texts = {
        "README.md": f"# {dataset} {edition}\n",
        "codelists/sex.csv": f"code,label_vi,label_en\nM,Nam,Male {content}\nF,Nữ,Female\n",
    }
    entries = []
    for path, text in texts.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        data = text.encode()
        entries.append(FileEntry(path=path, sha256=sha256(data).hexdigest(), bytes=len(data), media_type="text/plain"))
    return TinyPackage(folder, tuple(entries), tiny_description(dataset, edition))


def tiny_description(dataset: str = "sexes", edition: str = "2025") -> ReleaseDescription:
    """Return the description of a release that holds one code list."""
    both = Bilingual(vi="Giới tính", en="Sex")
    return ReleaseDescription(
        dataset=dataset,
        kind="codelist",
        edition=edition,
        title=both,
        summary=both,
        keywords=BilingualList(),
        publisher=Organisation(id="ministry-of-health", name=both),
        contact=Contact(name=both, email="statistics@example.org"),
        theme="administration",
        licence="CC0-1.0",
        attribution=None,
        frequency="irregular",
        coverage=Coverage(area=both),
        period_start=f"{edition[:4]}-01-01",
        period_end=f"{edition[:4]}-12-31",
        synthetic=False,
        rules=(),
        codelists=(CodelistDescription(id="sex", title=both, path="codelists/sex.csv", rows=2, levels=()),),
    )


def add_tiny(
    store: ReleaseStore,
    package: TinyPackage,
    signer: Signer,
    *,
    now: datetime = NOW,
    available_from: datetime | None = None,
) -> Manifest:
    """Publish ``package``."""
    return store.add(
        package.folder,
        files=package.files,
        description=package.description,
        changes=CHANGES,
        signer=signer,
        now=now,
        available_from=available_from,
    )


def new_keys(root: Path) -> Signer:
    """Make the key pair of a new store."""
    return Signer.generate(root / "private" / "signing-key.pem", root / "public-key.pem")
