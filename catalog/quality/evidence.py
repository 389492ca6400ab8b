"""What the quality of a dataset is judged by: what its newest release says of itself, and when that appeared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from datasets.codelist import Codelist
from datasets.release import ReleaseDescription


@dataclass(frozen=True)
class Evidence:
    """The newest edition of a dataset."""

    about: ReleaseDescription
    codelists: Mapping[str, Codelist]
    """By code list id."""
    methods: str
    """The whole of ``methods.md``; empty where there is none."""
    appeared: date
    """The day in Viet Nam on which the edition first appeared; a correction does not make it newer."""
