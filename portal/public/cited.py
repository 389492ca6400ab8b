"""A public release as it is cited, by pages and the API alike."""

from __future__ import annotations

from datasets.citation import Citation
from datasets.moments import VIETNAM_TIME
from datasets.public_releases import PublicRelease


def cite(release: PublicRelease) -> Citation:
    """Return the citation of ``release``, with the year in which it appeared in Viet Nam."""
    year = release.manifest.available_from.astimezone(VIETNAM_TIME).year
    return Citation(release.description, release.version, str(year))
