"""From counts of uses to the source of a dataset: complete months alone, and the datasets by their titles."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from io import StringIO

from datasets.moments import VIETNAM_TIME
from datasets.text import Bilingual
from portal.public.usage.counts import Used

SETTLED_AFTER = timedelta(hours=1)
"""Each process keeps its last counts of a month within minutes after its end."""
_OF_BEFORE = {"download": "download-other"}
"""Uses as they were told before downloads were counted by format."""


def complete_months(used: Sequence[Used], now: datetime) -> tuple[str, ...]:
    """Return the months that were counted from their first day to their last; ``now`` is in any time zone.

    The first month of all is none of them, as the portal may have begun to count in its midst.
    """
    months = sorted({each.month for each in used})
    current = f"{(now - SETTLED_AFTER).astimezone(VIETNAM_TIME):%Y-%m}"
    return tuple(month for month in months[1:] if month < current)


def month_csv(used: Sequence[Used], month: str, datasets: Mapping[str, Bilingual]) -> str:
    """Return the uses of a month, a row for each dataset and use; what is none of ``datasets`` is left out."""
    counts: Counter[tuple[str, str]] = Counter()
    for each in used:
        if each.month == month and each.dataset in datasets:
            counts[each.dataset, _OF_BEFORE.get(each.use, each.use)] += each.times
    return _csv(("dataset", "use", "times"), ((*key, str(times)) for key, times in sorted(counts.items())))


def datasets_csv(datasets: Mapping[str, Bilingual]) -> str:
    """Return the code list of datasets."""
    return _csv(("code", "label_vi", "label_en"), ((name, title.vi, title.en) for name, title in datasets.items()))


def _csv(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
