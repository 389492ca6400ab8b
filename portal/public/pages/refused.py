"""What is wrong with the address of a page, by the words that stand on pages; programs are told by its parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datasets.errors import YtemoError
from datasets.hints import nearest
from datasets.public_releases import PublicReleases
from portal.public.pages.citation_files import CITATION_FILES
from portal.public.pages.listing import FACETS, SORTS
from portal.shared.error_page import ErrorDetail, Meant
from portal.shared.labels import N_
from portal.shared.links import Links
from portal.shared.validation import allowed, refusals
from portal.shared.wording import Wording

NAMES: Mapping[str, str] = {
    **FACETS,
    "q": N_("Search words"),
    "sort": N_("Order"),
    "page": N_("Page number"),
    "extension": N_("Form of the file"),
    "from": N_("Earlier release"),
    "to": N_("Later release"),
    "table": N_("Table"),
    "measure": N_("Measure"),
    "kind": N_("Kind"),
    "dataset": N_("Dataset"),
    "release": N_("Release"),
    "address": N_("Page that the letter is about"),
    "about": N_("Search words"),
}
"""What the parameters of pages are called where people set them."""
_VALUES: Mapping[str, Mapping[str, str]] = {
    "sort": {str(name): title for name, title in SORTS.items()},
    "extension": CITATION_FILES | {"svg": "SVG", "png": "PNG", "json": "JSON"},
}
_NEITHER = N_("Other part of the address")


def refused_parts(errors: Sequence[Mapping[str, Any]], words: Wording) -> tuple[ErrorDetail, ...]:
    """Return what the errors of a validation mean, in words that a page uses."""
    return tuple(
        ErrorDetail(
            place=words.gettext(NAMES.get(refusal.place, _NEITHER)),
            rule=refusal.rule,
            remedy=_remedy(refusal.place, allowed(error), words),
        )
        for refusal, error in zip(refusals(errors, words), errors, strict=False)
    )


def _remedy(place: str, values: Sequence[str], words: Wording) -> str:
    known = _VALUES.get(place, {})
    shown = [words.gettext(known[value]) for value in values if value in known]
    return words.gettext("Known here: %(names)s.") % {"names": "; ".join(shown)} if shown else ""


def dataset_meant(path: str, releases: PublicReleases, links: Links, words: Wording) -> Meant | None:
    """Return the dataset that an address which leads nowhere is of, or the one with the nearest name."""
    parts = [part for part in path.split("/") if part]
    if "datasets" not in parts[:2]:
        return None
    asked = (parts[parts.index("datasets") + 1 :] or [""])[0][:100]
    try:
        known = releases.datasets()
        meant = asked if asked in known else nearest(asked, known)
        title = releases.latest(meant).description.title if meant else None
    except YtemoError:
        return None
    return Meant(title=words.of(title), url=links.dataset(meant, words.language)) if title else None
