"""What the PxWeb API tells of itself: its version, languages, formats and the limits that it keeps to."""

from __future__ import annotations

from collections.abc import Iterable

import datasets
from datasets.definition import Licence
from portal.public.allowances import MINUTE
from portal.public.pxweb.choices import MAX_DATA_CELLS
from portal.public.pxweb.data_answers import OUTPUT_FORMATS
from portal.public.pxweb.requests import DEFAULT_LANGUAGE
from portal.shared.labels import LICENCE_URLS

API_VERSION = "2.2.0"
_ANY_NUMBER = 1_000_000
_LANGUAGES = [{"id": "vi", "label": "Tiếng Việt"}, {"id": "en", "label": "English"}]
_REFERENCES = [
    {"language": "vi", "text": "Mỗi bảng nêu cách trích dẫn riêng tại extension.citation."},
    {"language": "en", "text": "Each table says how to cite it, in extension.citation."},
]


def configuration(licences: Iterable[Licence], calls: int) -> dict[str, object]:
    """Return the configuration; ``licences`` are those of the public datasets, and each table names its own.

    ``calls`` may be made in a minute, 0 for any number, which the specification of PxWeb cannot say.
    """
    return {
        "apiVersion": API_VERSION,
        "appVersion": datasets.__version__,
        "languages": _LANGUAGES,
        "defaultLanguage": DEFAULT_LANGUAGE,
        "maxDataCells": MAX_DATA_CELLS,
        "maxCallsPerTimeWindow": calls or _ANY_NUMBER,
        "timeWindow": MINUTE,
        "license": " ".join(LICENCE_URLS[licence] for licence in sorted(set(licences))),
        "sourceReferences": _REFERENCES,
        "defaultDataFormat": OUTPUT_FORMATS[0],
        "dataFormats": OUTPUT_FORMATS,
        "features": [{"id": "CORS", "params": [{"key": "enabled", "value": "True"}]}],
    }
