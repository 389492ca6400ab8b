"""How a release is cited: the one text that pages, BibTeX, charts, the API and the package's README are made of."""

from __future__ import annotations

from dataclasses import dataclass

from datasets.definition import Licence
from datasets.periods import in_a_sentence
from datasets.release import ReleaseDescription
from datasets.text import Bilingual, Language

LICENCE_NAMES: dict[Licence, str] = {
    "CC-BY-4.0": "CC BY 4.0",
    "CC-BY-SA-4.0": "CC BY-SA 4.0",
    "CC0-1.0": "CC0 1.0",
    "ODC-BY-1.0": "ODC-By 1.0",
}
"""How each licence is named in a sentence."""
_KIND = Bilingual(vi="tập dữ liệu", en="dataset")
_SYNTHETIC_KIND = Bilingual(vi="tập dữ liệu giả lập", en="synthetic dataset")
_PACKED = Bilingual(vi="phiên bản ghi trong ytemo-release.json", en="version as in ytemo-release.json")
"""The version inside a package: it is settled when the finished package is published."""


@dataclass(frozen=True)
class Citation:
    """A release, or with ``version`` None its package before it is published, as it is cited.

    ``year`` is that in which it appeared and ``url`` its address; each is left out where it is empty.
    """

    description: ReleaseDescription
    version: int | None = None
    year: str = ""

    def text(self, language: Language, *, url: str = "") -> str:
        """Return the citation of this version: who, when, what, which version, from which source, under what terms."""
        year = f" ({self.year})" if self.year else ""
        sentences = [
            f"{self._publisher(language)}{year}",
            f"{self._title(language)}, {self.edition(language)} [{self._kind(language)}]",
            *self.terms(language),
        ]
        return ". ".join(sentences) + "." + (f" {url}" if url else "")

    def of_dataset(self, language: Language, *, url: str) -> str:
        """Return the citation of the dataset, whichever version is the newest."""
        sentences = [
            self._publisher(language),
            f"{self._title(language)} [{self._kind(language)}]",
            *self.terms(language),
        ]
        return ". ".join(sentences) + f". {url}"

    def edition(self, language: Language) -> str:
        """Return edition and version in words."""
        edition = in_a_sentence(self.description.edition).of(language)
        if self.version is None:
            version = _PACKED.of(language)
        else:
            version = f"phiên bản {self.version}" if language == "vi" else f"version {self.version}"
        return f"kỳ {edition}, {version}" if language == "vi" else f"edition {edition}, {version}"

    def terms(self, language: Language) -> tuple[str, ...]:
        """Return the source of the data, where there is another than the publisher, and the licence, named once."""
        source, licence = self.source(language), LICENCE_NAMES[self.description.licence]
        named = (f"Nguồn: {source}" if language == "vi" else f"Source: {source}",) if source else ()
        if source.endswith(licence):
            return named
        return (*named, f"Giấy phép {licence}" if language == "vi" else f"Licence {licence}")

    def source(self, language: Language) -> str:
        """Return whose data it is as the licence of that data asks to say it; empty where it is the publisher's own."""
        attribution = self.description.attribution
        return attribution.of(language).rstrip(".") if attribution else ""

    def credit(self, language: Language) -> str:
        """Return the line under a drawing: the publisher, and the source of the data."""
        source, between = self.source(language), ", từ " if language == "vi" else ", from "
        return f"{self._publisher(language)}{between}{source}" if source else self._publisher(language)

    def _publisher(self, language: Language) -> str:
        return self.description.publisher.name.of(language)

    def _title(self, language: Language) -> str:
        return self.description.title.of(language)

    def _kind(self, language: Language) -> str:
        return (_SYNTHETIC_KIND if self.description.synthetic else _KIND).of(language)
