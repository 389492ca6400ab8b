"""Datasets through which an attacker worked out withheld cells, published by the whole job: refused, or safe by now.

What is safe is attacked again: of the numbers that the attack subtracts, one is withheld.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from datasets.errors import DisclosureRuleInvalid
from tests.support.publication import Ministry

EDITION = "2025"
Rows = list[dict[str, object]]
Place = tuple[str, str, Mapping[str, str]]
"""A table, a measure, and the members of dimensions that are not at their total."""


def text(words: str) -> dict[str, str]:
    return {"vi": words, "en": words}


def measure(kind: str = "count", **keys: Any) -> dict[str, Any]:
    return {"title": text("m"), "unit": text("u"), "type": kind, **keys}


def table(*dimensions: str, **keys: Any) -> dict[str, Any]:
    return {"title": text("Table"), "dimensions": list(dimensions), **keys}


def times(columns: str, *groups: Sequence[object]) -> Rows:
    """Make rows of the same values: each group has one value for each column, then how many rows there are."""
    names = columns.split()
    return [dict(zip(names, values, strict=True)) for *values, rows in groups for _ in range(int(str(rows)))]


@dataclass(frozen=True)
class Case:
    """A dataset: its rows, tables, and what is counted. Columns named after no dimension are read as they are."""

    rows: Rows
    tables: Mapping[str, dict[str, Any]]
    measures: Mapping[str, dict[str, Any]] = field(default_factory=lambda: {"n": measure()})
    numbers: tuple[str, ...] = ()
    person: str | None = None
    zeros: str = "publish"

    def write(self, folder: Path) -> Path:
        names = list(dict.fromkeys(name for one in self.tables.values() for name in one["dimensions"]))
        lists = {name: sorted({str(row[name]) for row in self.rows}) for name in names}
        (folder / "codelists").mkdir(parents=True)
        index = {"codelists": {f"{name}-list": {"title": text(name), "source": text("made up")} for name in names}}
        (folder / "codelists" / "index.yaml").write_text(yaml.safe_dump(index), encoding="utf-8")
        for name, codes in lists.items():
            lines = ["code,label_vi,label_en", *(f"{code},{code},{code}" for code in codes)]
            (folder / "codelists" / f"{name}-list.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        definition = {
            "id": "attacked",
            "kind": "statistics",
            "title": text("Attacked"),
            "summary": text("Attacked."),
            "publisher": {"id": "ministry", "name": text("Ministry")},
            "contact": {"name": text("Desk"), "email": "desk@example.org"},
            "theme": "examination-treatment",
            "licence": "CC-BY-4.0",
            "frequency": "yearly",
            "coverage": {"area": text("Here")},
            "source": {
                "path": "rows-{edition}.csv",
                "columns": {name: {"type": "integer"} if name in self.numbers else {} for name in self.rows[0]},
            },
            "dimensions": {name: {"title": text(name), "codelist": f"{name}-list"} for name in names},
            "measures": dict(self.measures),
            "tables": dict(self.tables),
            "disclosure": {"policy": "vn_proposed"} | ({} if self.zeros == "publish" else {"zeros": self.zeros}),
        }
        if self.person:
            definition["person"] = self.person
        # Written as JSON, which is YAML without anchors.
        (folder / "dataset.yaml").write_text(json.dumps(definition, ensure_ascii=False), encoding="utf-8")
        (folder / "methods.md").write_text("# Phương pháp\n\nĐếm.\n\n# Methods\n\nCounted.\n", encoding="utf-8")
        with (folder / f"rows-{EDITION}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(self.rows[0]))
            writer.writeheader()
            writer.writerows(self.rows)
        return folder


SUM = measure("sum", column="fee")
AB = ("a", "b")
PLACES = times("sex place region", *((s, p, f"R{int(p[1]) // 3}", n) for s, p, n in [
    ("F", "P0", 3), ("F", "P1", 20), ("F", "P3", 8), ("F", "P4", 25), ("F", "P6", 30), ("F", "P7", 22),
    ("M", "P0", 30), ("M", "P1", 50), ("M", "P3", 9), ("M", "P4", 45), ("M", "P6", 41), ("M", "P7", 42),
]))  # fmt: skip
WRONG = times("sex place region", ("M", "P0", "R1", 1), ("M", "P3", "R2", 1), ("M", "P6", "R0", 1))
ADULTS = [("F", "adult", fee, 7) for fee in (5, 7, 9)] + [("M", "adult", fee, 15) for fee in (5, 6)]
OLD = [("F", "old", fee, 5) for fee in (4, 3, 8)] + [("M", "old", fee, 11) for fee in (3, 9)]

REFUSED = {
    "a sum in fewer margins than the counts": (
        Case(
            times("a b fee", *((a, b, fee, 9) for a in "12" for b in "12" for fee in (1, 2, 4, 5))),
            {"fees": table(*AB, measures=["fees"], margins=[[*AB], []]), "counts": table(*AB, measures=["n"])},
            {"n": measure(), "fees": SUM},
            ("fee",),
        ),
        "but not a",
    ),
    "men in obstetrics": (
        Case(
            times("sex ward", ("F", "birth", 30), ("F", "knife", 40), ("F", "eye", 25), ("M", "knife", 50),
                  ("M", "eye", 3)),
            {"one": table("sex", "ward")},
            zeros="protect",
        ),
        "some of their members never occur together",
    ),
    "a tariff": (
        Case(
            times("sex place fee", *((s, p, f, n) for p, f in [("A", 1), ("B", 2), ("C", 5), ("D", 6)]
                                     for s, n in [("F", 12), ("M", 30)]), ("M", "A", 9, 1)),
            {"one": table("sex", "place")},
            {"n": measure(), "fees": SUM},
            ("fee",),
        ),
        "whose value the members of place tell",
    ),
    "a flag with a wrong row": (
        Case(
            times("ward fee", ("A", 1, 3), ("A", 0, 37), ("B", 1, 20), ("B", 0, 29), ("B", 2, 1)),
            {"one": table("ward")},
            {"n": measure(), "fees": SUM},
            ("fee",),
        ),
        "it counts people unprotected",
    ),
    "provinces and regions with wrong rows": (
        Case([*PLACES, *WRONG], {"places": table("place", "sex"), "regions": table("region", "sex")}),
        "but for few rows",
    ),
}  # fmt: skip


def at(name: str, **members: str) -> Place:
    return name, "n", members


SAFE: dict[str, tuple[Case, list[Place]]] = {
    "a cell that no table shows": (
        Case(
            times("a b c", (0, 0, 0, 30), (0, 0, 1, 1), (0, 1, 1, 30), (1, 0, 1, 12), (1, 1, 1, 12)),
            {"a-by-b": table("a", "b"), "b-by-c": table("b", "c"), "a-by-c": table("a", "c")},
        ),
        [at("a-by-b", a="0", b="0"), at("a-by-c", c="0"), at("a-by-c", a="1", c="0"), at("b-by-c", b="1", c="0")],
    ),
    "planned visits of few": (
        Case(
            times("pid ward kind", *((f"a{n}", "A", "urgent", 2) for n in range(10)),
                  *((f"a{n}", "A", "planned", 1) for n in range(2)),
                  *((f"b{n}", "B", "urgent" if n % 2 else "planned", 2) for n in range(30))),
            {"one": table("ward")},
            {"n": measure(), "urgent": measure(where={"kind": ["urgent"]})},
            person="pid",
        ),
        [at("one", ward="A"), ("one", "urgent", {"ward": "A"})],
    ),
    "a disease of which all die": (
        Case(
            times("dis end", ("rabies", "died", 13), ("cholera", "died", 4), ("cholera", "alive", 9),
                  ("flu", "died", 20), ("flu", "alive", 20)),
            {"one": table("dis")},
            {"n": measure(), "deaths": measure(where={"end": ["died"]})},
        ),
        [at("one", dis="rabies"), ("one", "deaths", {}), ("one", "deaths", {"dis": "flu"})],
    ),
    "children who pay nothing": (
        Case(
            times("sex age fee", ("F", "child", 0, 3), ("M", "child", 0, 40), *ADULTS, *OLD),
            {"one": table("sex", "age")},
            {"n": measure(), "fees": SUM},
            ("fee",),
        ),
        [("one", "fees", {"sex": "F"}), ("one", "fees", {"sex": "F", "age": "adult"})],
    ),
    "intensive care and ventilation": (
        Case(
            times("ward vent", ("general", "no", 100), ("icu", "no", 2), ("icu", "yes", 18)),
            {"wards": table("ward"), "vents": table("vent")},
        ),
        [at("wards", ward="icu"), at("vents", vent="yes")],
    ),
    "wards and diagnoses that exclude each other": (
        Case(
            times("sex p d", ("F", "P1", "D1", 3), ("F", "P2", "D3", 20), ("F", "P3", "D5", 8), ("F", "P4", "D5", 30),
                  ("M", "P1", "D1", 20), ("M", "P1", "D2", 15), ("M", "P2", "D2", 14), ("M", "P2", "D3", 17),
                  ("M", "P2", "D4", 12), ("M", "P3", "D4", 16), ("M", "P3", "D5", 9), ("M", "P4", "D4", 11),
                  ("M", "P4", "D5", 13)),
            {"by-p": table("p", "sex"), "by-d": table("d", "sex")},
        ),
        [at("by-d", sex="F"), at("by-d", sex="F", d="D5"), at("by-p", sex="F", p="P2")],
    ),
    "prices in ten thousands": (
        Case(
            times("a b fee", *((a, b, fee, 1) for a in "12" for b in "12" for fee in (10000, 0, 0)),
                  *((a, b, 10000 * fee, 5) for a, b in ("13", "23", "31", "32", "33") for fee in (0, 1, 2, 5))),
            {"one": table("a", "b")},
            {"n": measure(), "fees": SUM},
            ("fee",),
        ),
        [("one", "fees", {"a": "1"}), ("one", "fees", {"a": "1", "b": "3"})],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_protected_is_refused(tmp_path: Path, name: str) -> None:
    case, reason = REFUSED[name]
    folder, ministry = case.write(tmp_path / "attacked"), Ministry(tmp_path / "store")
    with pytest.raises(DisclosureRuleInvalid) as caught:
        ministry.publish(folder, EDITION, folder)
    assert reason in str(caught.value)
    assert all(problem.remedy for problem in caught.value.problems)


@pytest.mark.parametrize("name", SAFE)
def test_the_attack_lacks_a_number(tmp_path: Path, name: str) -> None:
    case, needed = SAFE[name]
    folder, ministry = case.write(tmp_path / "attacked"), Ministry(tmp_path / "store")
    release = ministry.publish(folder, EDITION, folder)
    statuses = [_status(ministry.releases.package_zip(release).path, *place) for place in needed]
    assert "suppressed" in statuses


def _status(package: Path, table_id: str, name: str, members: Mapping[str, str]) -> str:
    with zipfile.ZipFile(package) as archive:
        described = json.loads(archive.read("ytemo-release.json"))["content"]["description"]["tables"]
        (own,) = [one for one in described if one["id"] == table_id]
        rows: Iterable[dict[str, str]] = csv.DictReader(io.StringIO(archive.read(own["csv"]).decode("utf-8-sig")))
        (row,) = [row for row in rows if all(row[one] == members.get(one, "_T") for one in own["dimensions"])]
    return row[f"{name}_status"]
