"""What each licence is called, where its text is, and what it asks of people in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from datasets.definition import Licence
from datasets.text import Bilingual


@dataclass(frozen=True)
class LicenceText:
    """A licence as readers meet it."""

    title: str
    url: str
    meaning: Bilingual


_ATTRIBUTION = Bilingual(
    vi="Được dùng, sao chép và sửa đổi cho mọi mục đích, miễn là nêu nguồn.",
    en="You may use, copy and change it for any purpose, as long as you name the source.",
)
_SHARE_ALIKE = Bilingual(
    vi="Được dùng, sao chép và sửa đổi cho mọi mục đích, miễn là nêu nguồn và chia sẻ lại theo cùng giấy phép.",
    en="You may use, copy and change it for any purpose, if you name the source and share under the same licence.",
)
_NO_CONDITIONS = Bilingual(
    vi="Được dùng, sao chép và sửa đổi cho mọi mục đích, không điều kiện.",
    en="You may use, copy and change it for any purpose, without conditions.",
)

LICENCES: dict[Licence, LicenceText] = {
    "CC-BY-4.0": LicenceText(
        "Creative Commons Attribution 4.0", "https://creativecommons.org/licenses/by/4.0/", _ATTRIBUTION
    ),
    "CC-BY-SA-4.0": LicenceText(
        "Creative Commons Attribution-ShareAlike 4.0", "https://creativecommons.org/licenses/by-sa/4.0/", _SHARE_ALIKE
    ),
    "CC0-1.0": LicenceText(
        "Creative Commons Zero 1.0", "https://creativecommons.org/publicdomain/zero/1.0/", _NO_CONDITIONS
    ),
    "ODC-BY-1.0": LicenceText(
        "Open Data Commons Attribution 1.0", "https://opendatacommons.org/licenses/by/1-0/", _ATTRIBUTION
    ),
}
