"""A store of tiny releases with both of its sides, and a clock that the test moves."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from datasets.public_releases import PublicReleases
from datasets.release import Manifest
from datasets.release_store import ReleaseStore
from tests.support.tiny_releases import NOW, REASON, add_tiny, new_keys, tiny_package


class PublicScene:
    """A store, both of its sides, and a clock that the test moves."""

    def __init__(self, tmp_path: Path) -> None:
        self.root = tmp_path / "store"
        self.signer = new_keys(self.root)
        self.store = ReleaseStore(self.root)
        self.now = NOW
        self._packages = tmp_path / "packages"
        self.releases = self.open()

    def open(self) -> PublicReleases:
        return PublicReleases(self.root, self.root / "public-key.pem", lambda: self.now)

    def add(
        self,
        content: str = "1",
        *,
        edition: str = "2025",
        dataset: str = "sexes",
        available_from: datetime | None = None,
    ) -> Manifest:
        package = tiny_package(self._packages / dataset / content, dataset=dataset, edition=edition, content=content)
        return add_tiny(self.store, package, self.signer, available_from=available_from)

    def withdraw(self, version: int, *, edition: str = "2025") -> None:
        self.store.withdraw("sexes", edition, version, reason=REASON, signer=self.signer, now=NOW)

    def envelope(self, name: str) -> Path:
        return self.root / "releases" / "sexes" / f"{name}.json"

    def object(self, path: str) -> Path:
        entry = self.releases.latest("sexes").manifest.file(path)
        assert entry is not None
        return self.root / "objects" / entry.sha256[:2] / entry.sha256


def spoil(path: Path) -> None:
    """Change one byte in the middle of a file, keeping its length."""
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    # As a clock that counts in coarse steps would not: the test must not depend on it.
    os.utime(path, ns=(1, 1))
