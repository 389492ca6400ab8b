"""A later version of the edition that is shown: who reads corrected numbers is told so before quoting them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import Field

from datasets.public_releases import PublicRelease
from datasets.text import Model
from portal.shared.links import Links
from portal.shared.wording import Wording


class CorrectionView(Model):
    """The version that stands in the place of the one that is shown."""

    text: str = Field(description="That the numbers were corrected, and when.")
    version: str = Field(description="The number of that version.")
    url: str = Field(description="The same of that version.")
    compare: str = Field(description="What changed, cell by cell.")


@dataclass(frozen=True)
class Correction:
    """A release and the version of its edition that corrects it."""

    release: PublicRelease
    later: PublicRelease

    def view(self, links: Links, words: Wording, address: Callable[[str], str]) -> CorrectionView:
        """Return it as pages show it; ``address`` makes that of the same page from the name of a release."""
        number = str(self.later.version)
        text = words.gettext("These numbers were corrected in version %(number)s, published on %(day)s.")
        changed = (("from", self.release.name), ("to", self.later.name))
        return CorrectionView(
            text=text % {"number": number, "day": words.day(self.later.manifest.available_from)},
            version=number,
            url=address(self.later.name),
            compare=links.compare(self.release.dataset, words.language, changed),
        )


def is_older(release: PublicRelease, correction: Correction | None, newest: str) -> bool:
    """Return whether ``newest`` names another release than ``release`` and what corrects it."""
    return newest not in (release.name, correction.later.name if correction else "")


def standing_version(release: PublicRelease, siblings: Sequence[PublicRelease]) -> PublicRelease | None:
    """Return the newest version of the edition of ``release`` that is not withdrawn; None where all of them are."""
    standing = (each for each in siblings if each.edition == release.edition and each.withdrawal is None)
    return max(standing, key=lambda each: each.version, default=None)


def correction_of(release: PublicRelease, siblings: Sequence[PublicRelease]) -> Correction | None:
    """Return what corrects ``release`` among all releases of its dataset; None where nothing does."""
    later = standing_version(release, siblings)
    return Correction(release, later) if later is not None and later.version > release.version else None
