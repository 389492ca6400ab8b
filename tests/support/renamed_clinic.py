"""The dataset of the tutorial over the years: fields get other names and go, by real publication jobs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from datasets.definition_files import load_definition
from datasets.public_releases import PublicReleases
from datasets.release import PublicRelease
from portal.public.app import PortalOptions, create_app
from portal.query.run import EngineLimits
from publishers.job import Job
from publishers.limits import JobLimits
from tests.support.clinic import definition_text, methods_text, write_visits
from tests.support.http import Client, client_of
from tests.support.publication import Ministry

DATA = "/api/v1/datasets/clinic-visits/tables/by-sex-age/data"
ROWS = "/api/v1/datasets/clinic-visits/tables/by-sex-age/rows"
BASE_URL = "https://data.example.org"
FIRST = datetime(2027, 1, 10, 2, tzinfo=UTC)
TOLD = datetime(2028, 1, 10, 2, tzinfo=UTC)
"""When the release with the new names appears."""
LAST_DAY = "2028-06-30"
OVER = datetime(2028, 6, 30, 17, tzinfo=UTC)
"""The end of the last day in Viet Nam."""
REASON = {"vi": "Dùng số người.", "en": "Use the number of people."}


@dataclass(frozen=True)
class Clinic(Ministry):
    """A store, the folder of a definition, and the moment at which both are looked at."""

    folder: Path = Path()
    clock: list[datetime] = field(default_factory=lambda: [FIRST])

    @property
    def releases(self) -> PublicReleases:
        return PublicReleases(self.root, self.root / "public-key.pem", now=lambda: self.clock[0])

    @classmethod
    def at(cls, root: Path) -> Clinic:
        folder = root / "definition"
        folder.mkdir(parents=True)
        (folder / "methods.md").write_text(methods_text(), encoding="utf-8")
        clinic = cls(root / "store", folder)
        for year in (2026, 2027, 2028):
            write_visits(folder / f"visits-{year}.csv", rows=400, seed=year)
        return clinic

    def define(self, **changes: Any) -> None:
        """Write the definition of the tutorial with other top-level keys."""
        tree = yaml.safe_load(definition_text()) | changes
        (self.folder / "dataset.yaml").write_text(
            yaml.safe_dump(tree, allow_unicode=True, sort_keys=False), encoding="utf-8"
        )

    def put(self, edition: str, at: datetime, **changes: Any) -> PublicRelease:
        """Publish an edition at a moment, by a definition with ``changes``."""
        self.clock[0] = at
        self.define(**changes)
        return self.publish(self.folder, edition, self.folder, now=at)

    def job(self, edition: str, work: Path, at: datetime) -> Job:
        """Return the job of an edition by the definition as it is."""
        limits = JobLimits(1024, 2, work / "spill")
        return Job(load_definition(self.folder), edition, self.folder, work, limits, {}, at)

    @contextmanager
    def portal(self) -> Iterator[Client]:
        """Start the portal over the store; its day is that of the clock."""
        options = PortalOptions(self.root, self.root / "public-key.pem", BASE_URL, limits=EngineLimits(2, 256, 5))
        with client_of(create_app(options, self.releases)) as client:
            yield client


def other_names() -> dict[str, Any]:
    """Return what a definition has after ``sex`` and ``people`` were renamed, and while ``visits`` is about to go."""
    tree = yaml.safe_load(definition_text())
    dimensions, measures = tree["dimensions"], tree["measures"]
    return {
        "dimensions": {"gender": dimensions["sex"] | {"column": "sex"}, "age_group": dimensions["age_group"]},
        "measures": {"visits": measures["visits"], "persons": measures["people"]},
        "tables": {"by-sex-age": tree["tables"]["by-sex-age"] | {"dimensions": ["gender", "age_group"]}},
        "renamed": {
            "sex": {"to": "gender", "until": LAST_DAY},
            "people": {"to": "persons", "until": LAST_DAY},
        },
        "retiring": {"visits": {"until": LAST_DAY, "reason": REASON}},
    }
