"""Numbers of earlier releases that the present one lacks: marks tell which of them a correction left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anonymization.ledger import EarlierRelease
from anonymization.published import as_earlier, publish
from anonymization.table import TableSet
from datasets.signing import Signer
from publishers.ledger_versions import ReadRelease, SameNumbers, with_same, with_versions
from publishers.value_marks import Marker, Marks, contributors_of, knowing_changes
from tests.unit.anonymization.builders import cube, flat, release, rules, table
from tests.unit.publishers.test_value_marks import codes_of

THEN = cube([[3, 20, 30], [10, 11, 40]])
NOW = cube([[4, 20, 30], [10, 11, 40]])
LATER = release([flat("a", 2)], [table("others", [flat("a", 2)], {"all": [54, 61]})])
"""It has margins of the others alone."""
HIDDEN = np.arange(12) % 4 > 0
FIRST, SECOND = "ab" * 32, "cd" * 32


def read(tables: TableSet, name: str, content: str, marks: tuple[Marks, Marker] | None, hidden: object) -> ReadRelease:
    earlier = as_earlier(publish(tables, np.array(hidden), rules()), name)
    return ReadRelease(earlier, codes_of(tables), content, marks)


def marks_of_second(signer: Signer) -> tuple[Marks, Marker]:
    """The job of the second release, which knows the first by its marks."""
    marker = Marker.of(signer, FIRST)
    first = as_earlier(publish(THEN, HIDDEN, rules()), "2025.1")
    known = knowing_changes(first, codes_of(THEN), NOW, (Marks.of(THEN, marker), marker))
    assert known is not None
    own = Marker.of(signer, SECOND)
    same = SameNumbers.of(known, codes_of(THEN), NOW, FIRST)
    return with_same(Marks.of(NOW, own), own, [same]), own


def versions(release_: EarlierRelease) -> list[list[int]]:
    (one,) = release_.tables
    return [one.versions["all"].tolist(), one.versions_of_values["n_all"].tolist()]


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer.generate(tmp_path / "key.pem", tmp_path / "public.pem")


def test_what_a_correction_changed_is_another_number_for_ever(signer: Signer) -> None:
    first = read(THEN, "2025.1", FIRST, None, HIDDEN)
    second = read(NOW, "2025.2", SECOND, marks_of_second(signer), HIDDEN)
    before, after = with_versions([first, second], LATER)
    changed = (THEN.contributors != NOW.contributors).astype(int).tolist()
    assert sum(changed) == 4
    assert versions(before) == [[0] * 12] * 2
    assert versions(after) == [changed] * 2


def test_marks_of_places_have_names_of_their_own_and_no_values(signer: Signer) -> None:
    marks, marker = marks_of_second(signer)
    plain = Marks.of(NOW, marker)
    assert marks.names - plain.names == {f"same as {FIRST}: {name}" for name in (contributors_of("all"), "n_all")}
    assert set(plain.values.tolist()) < set(marks.values.tolist())
    assert len(marks.values) == len(plain.values) + 2 * 8
    assert Marks.from_bytes(marks.to_bytes(marker), marker).names == marks.names


def test_without_marks_a_number_is_the_same_unless_another_shown_one_is_not() -> None:
    first, again = (read(THEN, f"2025.{one}", str(one), None, HIDDEN) for one in (1, 2))
    gone = np.flatnonzero(HIDDEN)
    _, after = with_versions([first, again], LATER)
    assert [np.array(one)[gone].tolist() for one in versions(after)] == [[0] * 9] * 2
    revised = read(NOW, "2025.2", "2", None, HIDDEN)
    assert [np.array(one)[gone].tolist() for one in versions(with_versions([first, revised], LATER)[1])] == [
        [1] * 9
    ] * 2


def test_one_release_needs_no_versions() -> None:
    only = read(THEN, "2025.1", FIRST, None, HIDDEN)
    assert with_versions([only], LATER) == [only.release]


def test_amounts_that_were_shown_are_compared_as_they_were_published(signer: Signer) -> None:
    marker = Marker.of(signer, FIRST)
    first = as_earlier(publish(THEN, ~HIDDEN, rules()), "2025.1")
    known = knowing_changes(first, codes_of(THEN), NOW, (Marks.of(THEN, marker), marker))
    assert known is not None
    (one,) = known.tables
    for off, count in ((0.0, 8), (1.0, 10)):
        rounded = replace(known, tables=(replace(one, rounding={"n_all": off}),))
        rows = SameNumbers.of(rounded, codes_of(THEN), NOW, FIRST).rows["n_all", "cases"]
        assert int(rows.sum()) == count
