"""A release that counted other people under the same names: known by its marks, and refused or compared as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from datasets.definition_files import load_definition
from datasets.errors import DisclosureRuleInvalid, Problem
from datasets.store_layout import StoreLayout
from publishers import job as jobs
from publishers.counted_otherwise import CountedThen
from publishers.counted_people import CountedPeople
from publishers.ledger import Before, Store, earlier_releases
from publishers.limits import JobLimits
from publishers.steps import extracted_source, tabulated
from publishers.tabulate.plan import plan
from publishers.tabulate.run import table_set
from publishers.value_marks import Marks
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


@pytest.fixture
def then(tmp_path: Path) -> Then:
    return Then(tmp_path)


ALL = definition("place", "age")
BY_KIND = definition("place", "age", "kind")


# Rows -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [where, lambda tree, **texts: measured(tree, where={**texts})])
def test_other_rows_under_the_same_name_are_refused(then: Then, by: Callable[..., dict[str, object]]) -> None:
    """Who has the inpatients, the outpatients and all of them subtracts; the definition is no part of a release."""
    then.publish(by(ALL, kind=["in"]))
    problem = then.refused(by(ALL, kind=["out"]))
    assert problem.place == "clinic-visits 2026.1, measure visits"
    assert problem.rule.startswith("counted rows whose kind is in, and now it counts rows whose kind is out: whoever")
    assert problem.remedy == (
        "count the same rows as then, and others with an edition of other people, such as the next year; or publish all"
        " rows with kind as a dimension beside the others, so that all parts are protected together"
    )
    assert "and now it counts all rows" in then.refused(ALL).rule


def test_rows_that_are_left_out_later_are_refused_too(then: Then) -> None:
    then.publish(ALL)
    assert (
        "counted all rows, and now it counts rows whose kind is in or out"
        in then.refused(where(ALL, kind=["out", "in"])).rule
    )


def test_the_same_rows_are_the_same_wherever_and_however_the_definition_says_so(then: Then) -> None:
    then.publish(where(ALL, kind=["in", "out"]))
    same = measured(where(ALL, kind=["out", "in", "day"]), where={"kind": ["in", "out", "in"]})
    for tree in (where(ALL, kind=["out", "in"]), measured(ALL, where={"kind": ["out", "in"]}), same):
        assert then.read(tree).warnings == ()


def test_a_condition_that_every_row_must_meet_is_none(then: Then) -> None:
    then.publish(ALL)
    told = where(ALL, kind=["in", "out", "day"])
    told["source"]["columns"]["kind"] = {"values": ["in", "out", "day"]}  # type: ignore[index]
    assert then.read(told).releases


# All rows, with what was counted then as a member ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "tree", [where(ALL, kind=["in"]), measured(ALL, where={"kind": ["in"]})], ids=["source", "measure"]
)
def test_rows_that_are_a_member_now_are_that_member(then: Then, tree: dict[str, object]) -> None:
    """The remedy that the refusal names."""
    then.publish(tree)
    before = then.read(BY_KIND)
    (release,) = before.releases
    assert before.warnings == ()
    assert release.changes_known
    kind = next(one for one in release.dimensions if one.name == "kind")
    assert (kind.members, kind.sums) == (("in",), ())
    (table,) = release.tables
    assert set(table.dimensions) == {"place", "age", "kind"}
    assert set(table.coordinates["kind"].tolist()) == {0}


def test_several_kinds_are_their_sum(then: Then) -> None:
    then.publish(where(ALL, kind=["in", "day"]))
    (release,) = then.read(BY_KIND).releases
    kind = next(one for one in release.dimensions if one.name == "kind")
    assert (kind.members, kind.sums) == (("in + day",), (("in + day", ("in", "day")),))


def test_what_changed_is_found_by_the_marks_of_then(then: Then) -> None:
    """Contributors of then are marked with their condition in the name."""
    then.publish(measured(ALL, where={"kind": ["in"]}))
    assert [one for one in then.publish(BY_KIND, rows=250) if "marks" in one.rule] == []
    assert then.ministry.releases.get("clinic-visits", "2026").version == 2


@pytest.mark.parametrize(
    "now",
    [
        mapped("kind", BY_KIND, map={"inpatient": "in"}),  # it has rows that were not counted then
        mapped("kind", BY_KIND, unknown="in"),
        {
            **BY_KIND,
            "tables": {
                "one": {"title": both("A"), "dimensions": ["place", "age"]},
                "two": {"title": both("B"), "dimensions": ["kind"]},
            },
        },
        {
            **BY_KIND,
            "tables": {
                "one": {
                    "title": both("A"),
                    "dimensions": ["place", "age", "kind"],
                    "margins": [["place", "age"], ["kind"]],
                }
            },
        },
    ],
    ids=["other texts", "missing values", "not crossed", "no such margin"],
)
def test_a_dimension_that_leaves_something_over_is_not_enough(then: Then, now: dict[str, object]) -> None:
    then.publish(where(ALL, kind=["in"]))
    assert "whoever has both can subtract" in then.refused(now).rule


# Texts ----------------------------------------------------------------------------------------------------------------


def test_a_map_that_exchanged_two_districts_cannot_be_corrected_in_the_same_edition(then: Then) -> None:
    then.publish(mapped("place", ALL, map={"A2": "B1", "B1": "A2"}))
    problem = then.refused(ALL)
    assert problem.place == "clinic-visits 2026.1, dimension place"
    assert problem.rule.startswith("counted A2 as B1 (now as A2), B1 as A2 (now as B1): whoever has both releases")
    assert (problem.remedy or "").startswith("keep map and unknown as they were then")


def test_texts_that_are_new_or_gone_or_mapped_to_themselves_change_nobody(then: Then) -> None:
    then.publish(mapped("place", ALL, map={"A2": "A1", "old": "B1"}))
    assert then.read(mapped("place", ALL, map={"A2": "A1", "new": "C1", "C2": "C2"}, unknown="C1")).releases


def test_a_text_in_the_whole_of_its_member_is_the_same(then: Then) -> None:
    then.publish(mapped("place", ALL, map={"x": "A1"}))
    assert then.read(mapped("place", ALL, map={"x": "A1"}, levels=["province"])).releases
    assert "counted x as A1 (now as B)" in then.refused(mapped("place", ALL, map={"x": "B2"}, levels=["province"])).rule


def test_missing_values_are_a_text_too_and_many_are_counted(then: Then) -> None:
    texts = {f"t{number}": "A1" for number in range(4)}
    then.publish(mapped("place", ALL, unknown="A1", map=texts))
    problem = then.refused(mapped("place", ALL, unknown="B1", map=dict.fromkeys(texts, "B1")))
    assert "counted t0 as A1 (now as B1), t1 as A1 (now as B1), t2 as A1 (now as B1) and 2 more:" in problem.rule
    assert "missing values as A1 (now as B1)" in then.refused(mapped("place", ALL, unknown="B1", map=texts)).rule


def test_numbers_are_found_in_their_ranges(then: Then) -> None:
    then.publish(mapped("age", ALL, map={"70": "o", "none": "y"}))
    assert then.read(ALL).releases
    assert "counted 70 as o (now as y)" in then.refused(mapped("age", ALL, map={"70": "y"})).rule
    assert "counted 3 as y (now as g)" in then.refused(mapped("age", ALL, map={"3": "g", "few": "g"})).rule


# Dimensions that take the place of others -----------------------------------------------------------------------------


def test_a_dimension_that_shows_the_cells_of_another_by_other_codes_is_refused(then: Then) -> None:
    then.publish(definition("place", "kind"))
    with pytest.raises(DisclosureRuleInvalid, match="cannot be compared") as caught:
        then.read(definition("place", "ward"))
    (problem,) = caught.value.problems
    assert problem.place == "clinic-visits 2026.1, dimension kind"
    assert problem.rule.startswith("ward has its numbers: it shows the same people by other codes")


def test_so_is_one_that_was_two_and_one_that_late_reports_have_changed(then: Then) -> None:
    then.publish(definition("place", "kind", "payer"))
    with pytest.raises(DisclosureRuleInvalid, match="dimension kind and payer: ward has its numbers"):
        then.read(definition("place", "ward"))
    with pytest.raises(DisclosureRuleInvalid, match="ward has its numbers"):
        then.read(definition("place", "ward"), rows=252)


def test_a_dimension_that_stays_in_a_smaller_table_hides_nothing(then: Then) -> None:
    then.publish(definition("place", "kind"))
    tables: dict[str, object] = {
        "one": {"title": both("A"), "dimensions": ["place", "ward"]},
        "two": {"title": both("B"), "dimensions": ["kind"]},
    }
    with pytest.raises(DisclosureRuleInvalid, match="ward has its numbers"):
        then.read({**definition("place", "kind", "ward"), "tables": tables})
    tables["two"] = {"title": both("B"), "dimensions": ["place", "kind"]}
    assert then.read({**definition("place", "kind", "ward"), "tables": tables}).warnings == ()


def test_one_column_for_two_is_refused_although_the_table_of_both_is_kept(then: Then) -> None:
    """The job sees that a column tells another, and not that it tells two others together."""
    then.publish(definition("place", "payer", "kind"))
    tables = {
        "one": {"title": both("A"), "dimensions": ["place", "payer", "kind"]},
        "two": {"title": both("B"), "dimensions": ["place", "both"]},
    }
    with pytest.raises(DisclosureRuleInvalid, match="dimension kind and payer: both has its numbers"):
        then.read({**definition("place", "payer", "kind", "both"), "tables": tables})


def test_a_dimension_of_something_else_is_told_and_compared_by_totals(then: Then) -> None:
    then.publish(definition("place", "kind"))
    (warning,) = then.read(definition("place", "payer")).warnings
    assert warning.rule.startswith("is gone, and payer is new: what was published by kind is compared by totals alone")
    assert "withheld cells can be worked out" in warning.rule


def test_in_few_cells_numbers_are_the_same_by_chance(then: Then) -> None:
    then.publish(definition("kind"))
    (warning,) = then.read(definition("ward")).warnings
    assert "withheld cells can be worked out" in warning.rule


@pytest.mark.parametrize(("before", "after"), [("age", "kind"), ("kind", "age")])
def test_what_has_a_role_is_not_exchanged_for_what_has_none(then: Then, before: str, after: str) -> None:
    """Age and sex in one column of no role, or the way back: nothing but the names tells that it is so."""
    then.publish(definition("place", before))
    with pytest.raises(DisclosureRuleInvalid, match="cannot be compared") as caught:
        then.read(definition("place", after))
    (problem,) = caught.value.problems
    assert problem.rule == f"is gone, and {after} is new: nothing tells whether it shows the same people by other codes"
    assert f"keep the tables with {before} beside the new ones" in (problem.remedy or "")
    tables = {
        "one": {"title": both("A"), "dimensions": ["place", after]},
        "two": {"title": both("B"), "dimensions": ["place", before]},
    }
    assert then.read({**definition("place", before, after), "tables": tables}).warnings == ()
    tables["two"] = {"title": both("B"), "dimensions": [before]}
    with pytest.raises(
        DisclosureRuleInvalid, match=f"is not crossed any more with all that it was, and {after} is new"
    ):
        then.read({**definition("place", before, after), "tables": tables})


# Marks ----------------------------------------------------------------------------------------------------------------


def old_marks(then: Then, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let jobs leave marks as they did before they said whom they count."""
    original = Marks.of
    monkeypatch.setattr(Marks, "of", lambda tables, marker, people=None: original(tables, marker))


def test_old_marks_say_nothing_of_whom_they_count_and_are_read(then: Then, monkeypatch: pytest.MonkeyPatch) -> None:
    old_marks(then, monkeypatch)
    then.publish(where(mapped("place", ALL, map={"A2": "B1", "B1": "A2"}), kind=["in"]))
    (path,) = (then.ministry.root / "private" / "marks").rglob("*.marks")
    header, _, values = path.read_bytes().partition(b"\n")
    assert b'"people":null' in header
    path.write_bytes(header.replace(b'"people":null,', b"") + b"\n" + values)  # as it was then
    before = then.read(ALL)
    assert before.warnings == ()
    assert before.releases[0].changes_known


def test_sound_marks_of_other_contributors_are_not_called_damaged(then: Then, monkeypatch: pytest.MonkeyPatch) -> None:
    old_marks(then, monkeypatch)
    then.publish(measured(ALL, where={"kind": ["in"]}))
    (warning,) = then.read(ALL).warnings
    assert "its marks are sound and of other contributors than those now (rows, kind is in)" in warning.rule
    assert "backup" not in (warning.remedy or "")


def test_whom_marks_count_is_sealed_with_them(then: Then) -> None:
    then.publish(where(ALL, kind=["in"]))
    (path,) = (then.ministry.root / "private" / "marks").rglob("*.marks")
    content = path.read_bytes()
    assert b'"kind":["in"]' in content
    harmed = content.replace(b'"kind":["in"]', b'"kind":["on"]')
    release = then.ministry.releases.get("clinic-visits", "2026")
    store = Store.of(StoreLayout(then.ministry.root), then.ministry.signer())
    assert store.marks is not None
    assert store.marks.of(release.manifest) is not None
    path.write_bytes(harmed)
    assert store.marks.of(release.manifest) is None


def test_another_query_is_told(then: Then) -> None:
    then.publish(ALL)
    loaded = load_definition(write(then.root / "now", ALL))
    source = loaded.definition.source
    assert source is not None
    planned = plan(loaded, "2026")
    release = then.ministry.releases.get("clinic-visits", "2026")
    queries = ("SELECT a\n FROM t", "SELECT a FROM t", "SELECT a FROM t WHERE b")
    people = [
        CountedPeople.of(
            loaded.definition.model_copy(update={"source": source.model_copy(update={"query": query})}), planned
        )
        for query in queries
    ]
    assert people[0] == people[1] != people[2]
    (warning,) = CountedThen(release, people[0], loaded.definition, planned).warnings()
    assert warning.rule.startswith("was read with another query of the source")
    assert list(CountedThen(release, None, loaded.definition, planned).warnings()) == []
