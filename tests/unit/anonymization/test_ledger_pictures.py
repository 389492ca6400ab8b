"""Corrections of parts and then of the whole: which releases add up, and which numbers of them are the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from anonymization import ledger_cells, ledger_sums, protect
from anonymization.attack_pictures import Pictures, choices
from anonymization.audit import AuditReport, audit
from anonymization.dimension import TOTAL
from anonymization.ledger import EarlierDimension, EarlierRelease, EarlierTable
from anonymization.ledger_cells import CONTRIBUTORS
from anonymization.ledger_pictures import Taken, pictures, that_hold
from anonymization.published import publish, with_contributors
from anonymization.relations import Flags, Ints
from anonymization.secondary.knowledge import Knowledge, what_is_known
from anonymization.table import TableSet
from datasets.errors import DisclosureRisk
from tests.unit.anonymization.builders import flat, release, rules, table

SEX = flat("sex", 2)
TIME = "time"
NOW = release([SEX], [table("cases", [SEX], {"all": [12, 41]})])
"""The quarter as it was corrected last: by sex, and in all."""
QUARTER = ((TOTAL, ("m1", "m2")),)


def earlier(name: str, period: str, values: Mapping[str, float | None], versions: list[int]) -> EarlierRelease:
    """A release of one period by sex; None is withheld. `versions` are those of its cells: total, and each sex."""
    dimensions = [EarlierDimension.of(SEX)]
    names: tuple[str, ...] = ("sex",)
    at = {"sex": np.arange(3, dtype=np.int32)}
    if period != TOTAL:
        dimensions.append(EarlierDimension(TIME, (period,), QUARTER))
        names, at = (*names, TIME), {**at, TIME: np.zeros(3, dtype=np.int32)}
    told = [values[one] for one in ("_T", "sex1", "sex2")]
    gone = np.array([one is None for one in told])
    numbers = np.array([np.nan if one is None else one for one in told])
    own = np.array(versions)
    cells = EarlierTable(
        "cases",
        names,
        at,
        {"all": gone},
        {"n_all": numbers},
        versions={"all": own},
        versions_of_values={"n_all": own},
    )
    return EarlierRelease(name, tuple(dimensions), (cells,), "publish", changes_known=True)


def corrected(*, same: bool = False) -> TableSet:
    """Nobody of sex 1 in the first month, then one; of the second month 11 were withheld, and still are."""
    first = earlier("m1.1", "m1", {"_T": 20, "sex1": 0, "sex2": 20}, [0, 0, 0])
    second = earlier("m2.1", "m2", {"_T": 31, "sex1": None, "sex2": None}, [0, 0, 0])
    whole = earlier("q.1", TOTAL, {"_T": 51, "sex1": 11, "sex2": 40}, [0, 0, 0])
    late = earlier("m1.2", "m1", {"_T": 22, "sex1": None, "sex2": None}, [1, 0 if same else 1, 1])
    again = earlier("m2.2", "m2", {"_T": 31, "sex1": None, "sex2": None}, [0, 0, 0])
    return replace(NOW, earlier=(first, second, whole, late, again))


def attacked(tables: TableSet, hidden: list[int]) -> AuditReport:
    withheld = np.isin(np.arange(len(tables.nodes)), hidden)
    return audit(with_contributors(publish(tables, withheld, rules()), tables))


def test_the_quarter_of_then_less_that_of_now_tells_who_came_late_in_a_month() -> None:
    """Of sex 1: 11 = 0 + second, 12 = first + second, and the second month is the same; so of sex 2."""
    lost = attacked(corrected(), [])
    assert {one.table: one.cells for one in lost.recovered} == {"cases of m1.2": 2}
    assert attacked(corrected(), [1, 2]).passed


def test_protection_withholds_what_would_tell() -> None:
    assert protect(corrected(), rules()).table("cases").withheld("all").tolist() == [False, True, True]


def test_the_audit_refuses_what_looks_at_the_newest_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def newest(carried: Sequence[Flags], here: Flags) -> Iterator[Ints]:
        yield next(pictures(carried, here))

    monkeypatch.setattr(ledger_sums, "pictures", newest)
    with pytest.raises(DisclosureRisk, match="2 withheld cells can be derived"):
        protect(corrected(), rules())


def test_the_audit_refuses_what_takes_all_versions_for_one_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def alike(tables: TableSet, blocks: Sequence[object], size: tuple[int, int]) -> dict[str, Ints]:
        return dict.fromkeys((CONTRIBUTORS, "n_all"), np.where(np.arange(size[1]) < len(tables.nodes), -1 - size[0], 0))

    monkeypatch.setattr(ledger_cells, "_versions", alike)
    with pytest.raises(DisclosureRisk, match="2 withheld cells can be derived"):
        protect(corrected(), rules())


def guarded(tables: TableSet) -> list[Knowledge]:
    return [one for one in what_is_known(tables, rules()) if one.counting]


def test_protection_has_the_same_sums() -> None:
    """One unknown for the second month, one for what came late; their sums are of then and of now."""
    (known,) = guarded(corrected())
    assert not (known.matrix @ known.truth).any()
    told = set(known.told.tolist())
    unseen = [at for at in range(len(NOW.nodes), len(known.truth)) if at not in told]
    assert len(unseen) == 4
    assert sorted(known.truth[unseen].tolist()) == [1, 11, 20, 21]
    assert known.truth[unseen][known.guarded[unseen]].tolist() == [1, 21]


def test_what_a_correction_left_alone_is_known_from_before() -> None:
    """The first month had nobody of sex 1, and its marks say that this is still so: nothing is left to tell."""
    assert attacked(replace(corrected(same=True)), []).recovered == ()


@pytest.mark.parametrize(
    ("release_", "found"), [(2, [(2, 0, 1), (2, 3, 4)]), (0, [(2, 0, 1)]), (3, [(2, 3, 1), (5, 3, 4)])]
)
def test_a_sum_is_taken_as_it_was_and_as_it_is_with_what_came_next(release_: int, found: list[tuple[int, ...]]) -> None:
    assert choices([[2, 5], [0, 3], [1, 4]], release_) == found


def test_of_two_ways_to_add_up_the_one_that_was_out_then_counts_unless_numbers_speak_for_the_other() -> None:
    """A whole (1) came out between a part (0) and its correction (2)."""
    owners = [[[1], [0, 2]]]
    for fits, expected in (
        ({}, [(1, 0)]),
        ({(1, 0): True, (1, 2): False}, [(1, 0)]),
        ({(1, 0): False, (1, 2): True}, [(1, 2)]),
        ({(1, 2): True}, [(1, 2)]),
        ({(1, 0): False, (1, 2): False}, [(1, 2)]),
    ):
        found = Pictures(owners, lambda at, picture, fits=fits: fits.get(picture))  # type: ignore[misc]
        assert list(found.of(0, lambda picture: picture, 1)) == expected


# From which release each cell is taken --------------------------------------------------------------------------------

FLAGS = st.lists(st.booleans(), min_size=3, max_size=3)


@given(carried=st.lists(FLAGS, max_size=5), here=FLAGS)
def test_each_cell_is_taken_from_the_newest_or_from_what_was_there_then_or_came_next(
    carried: list[list[bool]], here: list[bool]
) -> None:
    found = [one.tolist() for one in pictures([np.array(own) for own in carried], np.array(here))]
    every = [*carried, here]
    having = [[number for number, own in enumerate(every) if own[cell]] for cell in range(3)]
    expected = [[max(numbers, default=-1) for numbers in having]]
    for number in range(len(carried)):
        before = [max((one for one in numbers if one <= number), default=-1) for numbers in having]
        after = [min((one for one in numbers if one >= number), default=-1) for numbers in having]
        expected.append([b if b >= 0 else a for b, a in zip(before, after, strict=True)])
        expected.append([a if a >= 0 else b for b, a in zip(before, after, strict=True)])
    assert found == expected


SUMS = sparse.csr_array(np.array([[-1.0, 1, 0, 0], [0, 0, -1, 1]]))
"""Cell 0 is cell 1, which the first release has; cell 2 is cell 3, which the second one has."""
CARRIED = [np.array([True, True, False, False]), np.array([False, False, True, True])]
NEWEST = sparse.csr_array(np.array([[-1.0, 1, 0, 0, 0, 0], [0, 0, -1, 1, 0, 0]]))
PARTS = sparse.csr_array(np.array([[-1.0, 0, 0, 0, 1, 0], [0, 0, -1, 0, 0, 1]]))
"""The parts are taken from elsewhere."""
BOTH = sparse.csr_array(np.array([[0.0, 0, 0, 0, 1, -1], [0, 0, 0, 0, -1, 1]]))


def taken(matrix: sparse.csr_array, wrong: bool = False, right: bool = False, allowed: bool = True) -> Taken:
    return Taken(np.array([0, 0, 1, 1]), matrix, np.full(2, allowed), wrong=np.full(2, wrong), right=np.full(2, right))


def held(newest: Taken, *others: Taken) -> list[list[bool]]:
    return [one.tolist() for one in that_hold(SUMS, [newest, *others], CARRIED)]


def test_the_sums_of_the_newest_hold_where_no_other_picture_differs() -> None:
    newest = taken(NEWEST)
    same = [taken(NEWEST.copy())] * 4
    assert held(newest, *same) == [[True, True], *[[False, False]] * 4]
    assert held(taken(NEWEST, allowed=False), *same)[0] == [False, False]


def test_a_picture_in_which_parts_come_from_elsewhere_takes_the_place_of_the_newest() -> None:
    """Only sums that the release has a part in are looked at, so that each is kept once."""
    newest, other = taken(NEWEST), taken(PARTS)
    assert held(newest, other, other, other, other) == [
        [False, False], [True, False], [False, False], [False, True], [False, False]
    ]  # fmt: skip


def test_what_came_next_is_looked_at_where_what_was_there_is_the_newest_and_denied() -> None:
    newest = taken(NEWEST, wrong=True, allowed=False)
    other = taken(PARTS)
    found = held(newest, newest, other, newest, other)
    assert found == [[False, False], [False, False], [True, False], [False, False], [False, True]]
    sound = taken(NEWEST)
    assert held(sound, sound, other, sound, other) == [[True, True], *[[False, False]] * 4]


def test_numbers_that_are_shown_decide_between_two_pictures() -> None:
    proved, newest = taken(NEWEST, right=True), taken(NEWEST)
    denied, agreed = taken(PARTS, wrong=True), taken(PARTS, right=True)
    nothing = [[False, False]] * 4
    assert held(proved, *[taken(PARTS)] * 4) == [[True, True], *nothing]
    assert held(newest, *[denied] * 4) == [[True, True], *nothing]
    assert held(proved, *[agreed] * 4)[:2] == [[False, False], [True, False]]


def test_both_sides_from_elsewhere_are_another_sum_beside_the_newest() -> None:
    other = taken(BOTH)
    assert held(taken(NEWEST), other, other, other, other)[:3] == [[True, True], [True, False], [False, False]]
