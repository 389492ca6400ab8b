"""The clinic of the tutorial with counts that are changed: its definition, its source, and its true counts.

The records are counted here by plain Python, so that every published number is held against the true one.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from datasets.release import PublicRelease
from tests.support.clinic import definition_text, methods_text, write_visits
from tests.support.publication import Ministry

REASON = {"vi": "Bạn đọc cần mọi số của bảng nhỏ này.", "en": "Readers need every number of this small table."}
RANDOM = {"policy": "vn_proposed", "method": "random_rounding", "base": 5, "reason": REASON}
KEY = {
    "policy": "vn_proposed",
    "method": "cell_key",
    "record_key": "visit",
    "variance": 2,
    "largest": 5,
    "reason": REASON,
}
TABLES = {
    "by-sex-age": {"title": {"vi": "Theo giới và tuổi", "en": "By sex and age"}, "dimensions": ["sex", "age_group"]},
    "by-age": {"title": {"vi": "Theo tuổi", "en": "By age"}, "dimensions": ["age_group"]},
}
Cells = dict[tuple[str, ...], int]


@dataclass
class Clinic:
    """The dataset of the tutorial in a folder, with a number for each visit, and a store to publish it in."""

    folder: Path
    ministry: Ministry
    key: dict[str, Any]
    """What the definition says of the column `visit`."""

    @classmethod
    def at(
        cls,
        root: Path,
        disclosure: dict[str, Any],
        *,
        rows: int = 400,
        key: dict[str, Any] | None = None,
        **changes: Any,
    ) -> Clinic:
        clinic = cls(root / "visits", Ministry(root / "store"), key or {"unique": True})
        clinic.folder.mkdir()
        (clinic.folder / "methods.md").write_text(methods_text(), encoding="utf-8")
        write_visits(clinic.source("2026"), rows=rows)
        clinic.define(disclosure, **changes)
        numbered = [f"{line},v{number}" for number, line in enumerate(clinic.lines("2026"))]
        clinic.write("2026", numbered)
        return clinic

    def source(self, edition: str) -> Path:
        return self.folder / f"visits-{edition}.csv"

    def lines(self, edition: str) -> list[str]:
        return self.source(edition).read_text(encoding="utf-8").splitlines()[1:]

    def write(self, edition: str, lines: list[str]) -> None:
        text = "\n".join(["patient,sex,age,visit", *lines]) + "\n"
        self.source(edition).write_text(text, encoding="utf-8")

    def define(self, disclosure: dict[str, Any], **changes: Any) -> None:
        tree = yaml.safe_load(definition_text())
        tree["source"]["columns"]["visit"] = self.key
        tree |= {"tables": TABLES, "disclosure": disclosure, **changes}
        tree = {name: own for name, own in tree.items() if own is not None}
        (self.folder / "dataset.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")

    def publish(self, edition: str = "2026") -> PublicRelease:
        return self.ministry.publish(self.folder, edition, self.folder)

    def file(self, release: PublicRelease, path: str) -> str:
        with zipfile.ZipFile(self.ministry.releases.package_zip(release).path) as package:
            return package.read(path).decode("utf-8")

    def cells(self, release: PublicRelease, table: str, measure: str) -> Cells:
        """Return the published numbers by their codes that are no totals; every one must be marked as changed."""
        rows = list(csv.DictReader(io.StringIO(self.file(release, f"data/{table}.csv"))))
        assert {row[f"{measure}_status"] for row in rows} == {"perturbed"}
        names = TABLES[table]["dimensions"]
        return {tuple(row[name] for name in names if row[name] != "_T"): int(row[measure]) for row in rows}

    def visits(self, edition: str = "2026") -> Cells:
        """Count visits by sex and age group with all margins."""
        found: Counter[tuple[str, ...]] = Counter()
        for _, sex, age, *_ in (line.split(",") for line in self.lines(edition)):
            low = int(age) // 5 * 5
            group = "Y_GE85" if low >= 85 else f"Y{low}T{low + 4}"
            found.update([(), (sex,), (group,), (sex, group)])
        return dict(found)
