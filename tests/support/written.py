"""An answer handed to a format, without a portal around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from datasets.text import Bilingual
from portal.query.plan import Column
from portal.query.written import Written

NOTES = (("Nguồn - Source", Bilingual(vi="Bộ Y tế", en="Ministry of Health")),)


def written(
    columns: Sequence[Column], chunks: Iterable[pa.Table], about: Mapping[str, object] | None = None, **style: Any
) -> Written:
    """Return what a format is given; ``style`` is made-up data, header or byte order mark."""
    return Written(about or {"total": 0}, lambda: NOTES, tuple(columns), chunks, **{"synthetic": False, **style})
