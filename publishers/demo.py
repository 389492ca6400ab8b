"""The demo: which definitions it publishes, in which editions, and where their input comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from publishers.synthetic import write_discharges, write_facilities

Progress = Callable[[str, float | None], None]

DISCHARGES = 200_000
"""Made-up hospital stays in each edition."""
SEED = 20_261_123


@dataclass(frozen=True)
class DemoRelease:
    """One release of the demo; ``prepare`` writes its input into a folder, where it does not come with ytemo."""

    definition: str
    edition: str
    prepare: Callable[[Path], None] | None = None


def demo_releases() -> Iterator[DemoRelease]:
    """Yield the releases in the order in which they are published."""
    yield DemoRelease("administrative-units", "2026-07")
    yield DemoRelease("diabetes-hospital-encounters", "1999-2008")
    yield DemoRelease("dengue-cases", "1994-2009")
    yield DemoRelease("dengue-cases", "1994-2010")
    yield DemoRelease("health-facilities", "2026", _facilities("2026"))
    yield DemoRelease("hospital-discharges", "2024", _discharges("2024"))
    yield DemoRelease("hospital-discharges", "2025", _discharges("2025"))


def _discharges(edition: str) -> Callable[[Path], None]:
    def prepare(folder: Path) -> None:
        path = folder / f"hospital-discharges-{edition}.parquet"
        write_discharges(path, rows=DISCHARGES, edition=edition, seed=SEED + int(edition))

    return prepare


def _facilities(edition: str) -> Callable[[Path], None]:
    def prepare(folder: Path) -> None:
        write_facilities(folder / f"health-facilities-{edition}.csv", edition=edition, seed=SEED)

    return prepare
