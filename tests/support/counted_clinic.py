"""A clinic whose visits are counted by one definition, and then by another."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from datasets.definition_files import load_definition
from datasets.errors import DisclosureRuleInvalid, Problem
from datasets.store_layout import StoreLayout
from publishers import job as jobs
from publishers.ledger import Before, Store, earlier_releases
from publishers.limits import JobLimits
from publishers.steps import extracted_source, tabulated
from publishers.tabulate.run import table_set
from tests.e2e.test_ledger import METHODS
from tests.support.publication import NOW, Ministry

Tree = dict[str, object]


def both(text: str) -> dict[str, str]:
    return {"vi": text, "en": text}


def dimension(codelist: str, column: str, **more: object) -> Tree:
    return {"title": both(codelist), "codelist": codelist, "column": column, **more}


def definition(*dimensions: str, **changed: object) -> dict[str, object]:
    """Return a definition with one table of some of its dimensions; a ward takes one kind of visit."""
    known = {
        "place": dimension("places", "district", role="geography", levels=["province", "district"]),
        "age": dimension("ages", "age", role="age", match="range"),
        "kind": dimension("kinds", "kind"),
        "ward": dimension("wards", "ward"),
        "payer": dimension("payers", "payer"),
        "both": dimension("boths", "both"),
    }
    source = {
        "path": "visits.csv",
        "columns": {"district": {}, "age": {"type": "integer"}, "kind": {}, "ward": {}, "payer": {}, "both": {}},
    }
    measures = {"visits": {"title": both("Visits"), "unit": both("visits"), "type": "count"}}
    return {
        "id": "clinic-visits",
        "kind": "statistics",
        "title": both("Visits"),
        "summary": both("Visits."),
        "publisher": {"id": "example-clinic", "name": both("Clinic")},
        "contact": {"name": both("Desk"), "email": "data@clinic.example"},
        "theme": "examination-treatment",
        "licence": "CC-BY-4.0",
        "frequency": "yearly",
        "coverage": {"area": both("VN")},
        "source": source,
        "dimensions": {name: known[name] for name in dimensions},
        "measures": measures,
        "tables": {"all": {"title": both("All"), "dimensions": list(dimensions)}},
        "disclosure": {"policy": "vn_proposed"},
        **changed,
    }


def where(tree: dict[str, object], **texts: list[str]) -> dict[str, object]:
    return {**tree, "source": {**tree["source"], "where": texts}}  # type: ignore[dict-item]


def measured(tree: dict[str, object], **more: object) -> dict[str, object]:
    return {**tree, "measures": {"visits": {**tree["measures"]["visits"], **more}}}  # type: ignore[index]


def mapped(name: str, tree: dict[str, object], **more: object) -> dict[str, object]:
    own = {**tree["dimensions"][name], **more}  # type: ignore[index]
    return {**tree, "dimensions": {**tree["dimensions"], name: own}}  # type: ignore[dict-item]


LISTS = {
    "places": [
        "code,label_vi,label_en,level,parent",
        *("A,A,A,province,", "B,B,B,province,", "C,C,C,province,"),
        *(f"{code},{code},{code},district,{code[0]}" for code in ("A1", "A2", "B1", "B2", "C1", "C2")),
    ],
    "ages": ["code,label_vi,label_en,range_from,range_to", "y,y,y,0,19", "g,g,g,20,59", "o,o,o,60,"],
    "wards": ["code,label_vi,label_en", "w1,w1,w1", "w2,w2,w2", "w3,w3,w3"],
    "boths": ["code,label_vi,label_en", *(f"{a}{b},{a}{b},{a}{b}" for a in "xz" for b in ("in", "out", "day"))],
    "payers": ["code,label_vi,label_en", "x,x,x", "z,z,z"],
    "kinds": ["code,label_vi,label_en", "in,in,in", "out,out,out", "day,day,day"],
}


def write(folder: Path, tree: dict[str, object], *, rows: int = 240) -> Path:
    (folder / "codelists").mkdir(parents=True, exist_ok=True)
    (folder / "dataset.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    (folder / "methods.md").write_text(METHODS, encoding="utf-8")
    for name, lines in LISTS.items():
        (folder / "codelists" / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    index = {name: {"title": both("L"), "source": both("O")} for name in LISTS}
    (folder / "codelists" / "index.yaml").write_text(yaml.safe_dump({"codelists": index}), encoding="utf-8")
    districts, kinds = ("A1", "A1", "A2", "B1", "B1", "B1", "B2", "C1", "C2"), ("in", "out", "out", "day", "out")
    wards = {"in": "w1", "out": "w2", "day": "w3"}
    lines = [
        f"{districts[at * 7 % 9]},{at * 13 % 83},{kind},{wards[kind]},{payer},{payer}{kind}"
        for at, kind, payer in ((at, kinds[at * 11 % 5], "xz"[at % 7 > 2]) for at in range(rows))
    ]
    (folder / "visits.csv").write_text(
        "\n".join(["district,age,kind,ward,payer,both", *lines]) + "\n", encoding="utf-8"
    )
    return folder


class Then:
    """An edition that was published by one definition, and what the job for another makes of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ministry = Ministry(root / "store")

    def publish(self, tree: dict[str, object], **more: int) -> tuple[Problem, ...]:
        folder = write(self.root / "clinic", tree, **more)
        warnings: list[Problem] = []
        self.ministry.publish(folder, "2026", folder, told=lambda outcome: warnings.extend(outcome.warnings))
        return tuple(warnings)

    def read(self, tree: dict[str, object], **more: int) -> Before:
        folder = write(self.root / "now", tree, **more)
        work = self.root / f"work-{len(list(self.root.iterdir()))}"
        work.mkdir()
        limits = JobLimits(1024, 2, work / "spill")
        job = jobs.Job(load_definition(folder), "2026", folder, work, limits, environ={}, now=NOW)
        tabulation = tabulated(job, extracted_source(job))
        store = Store.of(StoreLayout(self.ministry.root), self.ministry.signer())
        found = store.releases_of_the_same_people(tabulation.plan)
        return earlier_releases(
            store, found, definition=job.loaded.definition, plan=tabulation.plan, tables=table_set(tabulation)
        )

    def refused(self, tree: dict[str, object]) -> Problem:
        with pytest.raises(DisclosureRuleInvalid, match="counted other people") as caught:
            self.read(tree)
        (problem,) = caught.value.problems
        return problem
