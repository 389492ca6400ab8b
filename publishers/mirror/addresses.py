"""Where the things that a mirror points to are: the portal builds every address, this package only names them."""

from __future__ import annotations

from typing import Protocol

from datasets.text import Language


class Addresses(Protocol):
    """The addresses that a mirror holds; `portal.shared.links.Links` has them all."""

    def absolute(self, path: str) -> str:
        """Return ``path`` with the public address of the portal before it."""

    def dataset(self, dataset: str, language: Language) -> str: ...

    def release(self, dataset: str, release: str, language: Language) -> str: ...

    def file(self, dataset: str, release: str, path: str) -> str: ...

    def package(self, dataset: str, release: str) -> str: ...
