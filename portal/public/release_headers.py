"""What the headers of every answer, in whatever dialect, say of the release that it is from."""

from __future__ import annotations

from datasets.public_releases import PublicRelease


def release_headers(release: PublicRelease) -> dict[str, str]:
    """Return the headers that name ``release`` and say whether its data is made up."""
    return {
        "Ytemo-Release": f"{release.dataset} {release.name}",
        "Ytemo-Synthetic": str(release.description.synthetic).lower(),
    }
