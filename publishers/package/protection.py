"""How people were protected, as the files of a package tell it."""

from __future__ import annotations

from datasets.release import DisclosureSummary
from datasets.text import Bilingual


def protection(disclosure: DisclosureSummary) -> Bilingual:
    """Return how people were protected, and why by rules of its own where the dataset gives a reason."""
    reason, summary = disclosure.rules.reason, disclosure.summary
    if reason is None or disclosure.rules.method == "none":  # its summary gives the reason
        return summary
    return Bilingual(
        vi=f"{summary.vi}\n\nVì sao tập dữ liệu này có quy tắc riêng: {reason.vi}",
        en=f"{summary.en}\n\nWhy this dataset has rules of its own: {reason.en}",
    )
