"""The licences that data is published under, as CKAN lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datasets.definition import Licence

_TITLES: Mapping[Licence, tuple[str, str]] = {
    "CC-BY-4.0": (
        "Creative Commons Attribution 4.0 International",
        "https://creativecommons.org/licenses/by/4.0/",
    ),
    "CC-BY-SA-4.0": (
        "Creative Commons Attribution-ShareAlike 4.0 International",
        "https://creativecommons.org/licenses/by-sa/4.0/",
    ),
    "CC0-1.0": ("Creative Commons Zero 1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "ODC-BY-1.0": (
        "Open Data Commons Attribution License 1.0",
        "https://opendatacommons.org/licenses/by/1-0/",
    ),
}


def licence_fields(licence: Licence) -> dict[str, Any]:
    """Return what a package says of its licence."""
    title, url = _TITLES[licence]
    return {"license_id": licence, "license_title": title, "license_url": url, "isopen": True}


def licence_list() -> list[dict[str, str]]:
    """Return every licence. CKAN writes its flags as texts."""
    return [
        {
            "id": licence,
            "title": title,
            "url": url,
            "status": "active",
            "maintainer": "",
            "family": "",
            "domain_content": "True",
            "domain_data": "True",
            "domain_software": "False",
            "is_generic": "False",
            "od_conformance": "approved",
            "osd_conformance": "not reviewed",
        }
        for licence, (title, url) in _TITLES.items()
    ]
