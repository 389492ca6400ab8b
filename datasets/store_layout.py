"""Where things are in a release store, and which release a file name stands for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from datasets.names import check_edition

ENVELOPE_NAME = "ytemo-release.json"
"""The name of the signed envelope inside a downloaded package."""

_RELEASE_FILE = re.compile(r"([0-9A-Za-z][0-9A-Za-z-]{0,31})\.([1-9][0-9]{0,8})(\.withdrawn)?\.json")
_OBJECT = re.compile(r"[0-9a-f]{64}")
_DATASET = re.compile(r"[a-z][a-z0-9-]{1,62}[a-z0-9]")


@dataclass(frozen=True, order=True)
class ReleaseFile:
    """What the name of a file under ``releases/<dataset>/`` says."""

    edition: str
    version: int
    withdrawn: bool


@dataclass(frozen=True)
class StoreLayout:
    """The paths of the store under ``root``."""

    root: Path

    @property
    def objects(self) -> Path:
        return self.root / "objects"

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def staging(self) -> Path:
        """Work in progress, mode 0700: never readable by the public process."""
        return self.root / "staging"

    @property
    def derived(self) -> Path:
        """The search index, zips and caches: all of it can be deleted at any time."""
        return self.root / "derived"

    @property
    def marks(self) -> Path:
        """Marks of what releases withheld, mode 0700: beside the signing key, never on a web server."""
        return self.root / "private" / "marks"

    @property
    def budgets(self) -> Path:
        """What releases have spent of the privacy of their people, mode 0700: beside the signing key."""
        return self.root / "private" / "budgets"

    @property
    def public_key(self) -> Path:
        return self.root / "public-key.pem"

    @property
    def head(self) -> Path:
        """Which envelope is the newest, signed: it shows that none was taken away."""
        return self.root / "head.json"

    @property
    def chain_lock(self) -> Path:
        return self.staging / "chain.ytemo-lock"

    @lru_cache(maxsize=65_536)  # noqa: B019
    def object(self, sha256: str) -> Path:
        """Return the path of the content with this SHA-256 (64 hexadecimal digits)."""
        if not is_object_name(sha256):
            raise ValueError("must be 64 hexadecimal digits")
        return self.objects / sha256[:2] / sha256

    @lru_cache(maxsize=65_536)  # noqa: B019 - a process has a few layouts, and asks for the same paths all day
    def dataset(self, dataset: str) -> Path:
        """Return the folder of a dataset's envelopes; a text that names no dataset raises ValueError."""
        if not is_dataset_name(dataset):
            raise ValueError("must be 3 to 64 small letters, digits and hyphens")
        return self.releases / dataset

    @lru_cache(maxsize=65_536)  # noqa: B019
    def envelope(self, dataset: str, edition: str, version: int) -> Path:
        return self.dataset(dataset) / f"{check_edition(edition)}.{version}.json"

    @lru_cache(maxsize=65_536)  # noqa: B019
    def withdrawal(self, dataset: str, edition: str, version: int) -> Path:
        return self.dataset(dataset) / f"{check_edition(edition)}.{version}.withdrawn.json"


def parse_release_file(name: str) -> ReleaseFile | None:
    """Return what a file name under ``releases/<dataset>/`` stands for; None where it is no such name."""
    match = _RELEASE_FILE.fullmatch(name)
    return ReleaseFile(match[1], int(match[2]), withdrawn=match[3] is not None) if match else None


def is_dataset_name(text: str) -> bool:
    return _DATASET.fullmatch(text) is not None


def is_object_name(text: str) -> bool:
    return _OBJECT.fullmatch(text) is not None
