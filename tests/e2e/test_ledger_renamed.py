"""One edition published twice under other names: dimensions, code lists and editions that the second time are called
otherwise, and an attacker who is not misled by names. Both releases together give nothing away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from publishers import job as jobs
from tests.e2e.test_ledger import CODELISTS, counted, download, old_provinces, visits, write
from tests.support.linked_attacker import Cell, Everything, Sum
from tests.support.publication import Ministry

BANDS = (CODELISTS / "age-bands.csv").read_text(encoding="utf-8")
GROUPS = [line.split(",") for line in BANDS.splitlines() if ",group," in line]


@dataclass(frozen=True)
class Change:
    """What the second definition calls otherwise, and how the attacker translates its cells back."""

    edition: str = "2024"
    text: Callable[[str], str] = str
    lists: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    late: int = 40
    """How many reports come late. Of other groups of the same people, some late reports are refused."""

    def translated(self, cell: Cell) -> Cell:
        return frozenset((self.names.get(name, name), self.codes.get(code, code)) for name, code in cell)

    def apply(self, folder: Path) -> None:
        """Change a definition, and give the source the name of the edition."""
        definition = folder / "dataset.yaml"
        definition.write_text(self.text(definition.read_text(encoding="utf-8")), encoding="utf-8")
        if self.edition != "2024":
            (folder / "visits-2024.csv").rename(folder / f"visits-{self.edition}.csv")
        if self.lists:
            (folder / "codelists").mkdir()
            index = "".join(f"  {one}: {{title: {{vi: D, en: L}}, source: {{vi: R, en: O}}}}\n" for one in self.lists)
            (folder / "codelists" / "index.yaml").write_text(f"codelists:\n{index}", encoding="utf-8")
        for name, content in self.lists.items():
            (folder / "codelists" / f"{name}.csv").write_text(content, encoding="utf-8")


def place_for_province(text: str) -> str:
    renamed = text.replace("  province:\n    title", "  place:\n    column: province\n    title")
    return renamed.replace("dimensions: [province,", "dimensions: [place,")


def of_list(name: str) -> Callable[[str], str]:
    return lambda text: text.replace("codelist: age-bands", f"codelist: {name}")


def wide_bands() -> str:
    """Return a list of the groups of the bands alone, by other codes and labels and without parents."""
    lines = [f"W{at},Nhóm {at},Group {at},{row[5]},{row[6]}" for at, row in enumerate(GROUPS)]
    return "\n".join(["code,label_vi,label_en,range_from,range_to", *lines]) + "\n"


def groups_alone(text: str) -> str:
    return text.replace("    match: range\n", "    match: range\n    levels: [group]\n")


CHANGES = {
    "a dimension is renamed": Change(text=place_for_province, names={"place": "province"}),
    "a list is copied": Change(text=of_list("own-bands"), lists={"own-bands": BANDS}),
    "a list is copied and has one more": Change(
        text=of_list("own-bands"), lists={"own-bands": BANDS + "U,Không rõ,Unknown,band,,,\n"}
    ),
    "ranges are put together": Change(
        text=of_list("wide"),
        lists={"wide": wide_bands()},
        codes={f"W{at}": row[0] for at, row in enumerate(GROUPS)},
        late=0,
    ),
    "another level": Change(text=groups_alone, late=0),
    "an edition of no period": Change(edition="2024-final"),
    "a misspelt edition": Change(edition="2024-h1"),
}


def groups_of_bands() -> list[Sum]:
    """Return which bands make up a group: everybody can read it off their ranges."""
    rows = [line.split(",") for line in BANDS.splitlines()[1:]]
    return [("age_group", group[0], tuple(row[0] for row in rows if row[4] == group[0])) for group in GROUPS]


def published_twice(root: Path, change: Change) -> Everything:
    """Publish an edition, then again with late reports and other names; the attacker knows which cells changed."""
    ministry = Ministry(root / "store")
    rows, late = visits(2, old_provinces()[:20], 1_500), visits(3, old_provinces()[:20], change.late)
    first = download(ministry, ministry.publish(write(root / "first", rows), "2024", root / "first"))
    folder = write(root / "second", [*rows, *late])
    change.apply(folder)
    second = download(ministry, ministry.publish(folder, change.edition, folder))
    before, after = counted(rows), counted([*rows, *late])

    def then(cell: Cell) -> Cell:
        return cell if before(cell) == after(cell) else cell | {("release", "first")}

    everything = Everything(groups_of_bands())
    everything.read_packages(first, "visits", then)
    everything.read_packages(second, "visits", change.translated)
    return everything


@pytest.mark.usefixtures("names_change_freely")
@pytest.mark.parametrize("name", CHANGES)
def test_names_hide_nothing_from_the_ledger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    monkeypatch.setattr(jobs, "secret_seed", lambda *given: 1)
    everything = published_twice(tmp_path, CHANGES[name])
    assert everything.withheld > 50
    assert everything.recovered() == {}
