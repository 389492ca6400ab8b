"""A release that counted other people under the same names: known by its marks, and refused or compared as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from datasets.definition_files import load_definition
from datasets.errors import DisclosureRuleInvalid
from datasets.store_layout import StoreLayout
from publishers.counted_otherwise import CountedThen
from publishers.counted_people import CountedPeople
from publishers.ledger import Store
from publishers.tabulate.plan import plan
from publishers.value_marks import Marks
from tests.support.counted_clinic import Then, both, definition, mapped, measured, where, write


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
