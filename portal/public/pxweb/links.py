"""The addresses of the PxWeb API, and the links of its documents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from datasets.text import LANGUAGES, Language
from portal.public.pxweb.names import CodelistId, TableId
from portal.shared.links import PXWEB, Links

_KEPT = "@,()*?"
"""Signs that the query of an address may hold as they are (RFC 3986)."""


@dataclass(frozen=True)
class PxLinks:
    """Addresses for one language."""

    links: Links
    language: Language

    def table(self, table: TableId, part: str = "") -> str:
        """Return the address of a table, or of its ``metadata``, ``data``, ``codelists`` or ``defaultselection``."""
        return self.address(f"tables/{table}" + (f"/{part}" if part else ""))

    def data(self, table: TableId, parameters: Iterable[tuple[str, str]]) -> str:
        """Return the address that asks for the same data of ``table``."""
        kept = [(name, value) for name, value in parameters if name != "lang"]
        return self.address(f"tables/{table}/data", kept)

    def address(
        self, path: str, parameters: Iterable[tuple[str, str]] = (), *, language: Language | None = None
    ) -> str:
        """Return an address below that of the API, with the language first among its parameters."""
        query = urlencode([("lang", language or self.language), *parameters], safe=_KEPT)
        return self.links.absolute(f"{PXWEB}/{quote(path, safe='/@')}?{query}")

    def link(self, rel: str, path: str, parameters: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
        return {"rel": rel, "hreflang": self.language, "href": self.address(path, parameters)}

    def itself(self, path: str) -> list[dict[str, str]]:
        """Return the links to a document and to the same in the other language."""
        others = [language for language in LANGUAGES if language != self.language]
        return [
            self.link("self", path),
            *({"rel": "alternate", "hreflang": other, "href": self.address(path, language=other)} for other in others),
        ]

    def of_table(self, table: TableId) -> list[dict[str, str]]:
        """Return the links of a table in a list."""
        path = f"tables/{table}"
        return [
            *self.itself(path),
            self.link("metadata", f"{path}/metadata"),
            self.link("data", f"{path}/data"),
            self.link("codelists", f"{path}/codelists"),
        ]

    def of_code_list(self, name: CodelistId) -> list[dict[str, str]]:
        return self.itself(f"codelists/{name}")
