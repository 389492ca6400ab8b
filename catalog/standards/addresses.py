"""Where the things that records speak of are: the portal builds every address, records only name what they need."""

from __future__ import annotations

from typing import Protocol

from datasets.text import Language


class Addresses(Protocol):
    """The addresses that records hold; `portal.shared.links.Links` has them all."""

    def absolute(self, path: str) -> str:
        """Return ``path`` with the public address of the portal before it."""

    def home(self, language: Language) -> str: ...

    def dataset(self, dataset: str, language: Language) -> str: ...

    def release(self, dataset: str, release: str, language: Language) -> str: ...

    def file(self, dataset: str, release: str, path: str) -> str: ...

    def package(self, dataset: str, release: str) -> str: ...

    def api_index(self) -> str: ...

    def api(self, path: str) -> str: ...

    def openapi(self) -> str: ...

    def dataset_openapi(self, dataset: str, release: str = "") -> str: ...

    def public_key(self) -> str: ...

    def catalog_record(self, extension: str = "", page: int = 1) -> str:
        """Return the address of the description of the whole catalog."""

    def dataset_record(self, dataset: str, extension: str, release: str = "") -> str:
        """Return the address of the description of a dataset, or of one release, in a format."""

    def record(self, standard: str, dataset: str, release: str = "") -> str:
        """Return the address of a dataset's record in another standard, such as ``croissant.json``."""

    def feed(self, language: Language, kind: str = "", name: str = "") -> str:
        """Return the address of a feed: of all, or of one dataset, publisher or theme."""

    def calendar_file(self, language: Language) -> str:
        """Return the address of the release calendar as iCalendar."""

    def harvest(self) -> str:
        """Return where OAI-PMH is spoken."""

    def data_json(self) -> str:
        """Return where the catalog is one file in the shape of DCAT-US."""

    def services(self) -> tuple[tuple[str, str, str, str], ...]:
        """Return each API that answers from every dataset: name, address, description, and the rules that it keeps."""
