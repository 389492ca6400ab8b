"""Which columns are withheld in the end, in one sum worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anonymization.secondary.interval import choose
from anonymization.secondary.interval.choose import mended, widen
from tests.unit.anonymization.secondary.interval.test_pattern_worked import INF, demand, flags, marks


def chosen(withheld: str, effort: int = 0, **given: float) -> tuple[str, list[tuple[int, int]]]:
    found, lost = widen(demand(**given), flags(withheld), seed=1, effort=effort)  # type: ignore[arg-type]
    return marks(found), lost


def test_beginning_with_nothing_is_tried_as_well_and_the_cheaper_pattern_kept() -> None:
    assert chosen(".....") == ("xx...", [])
    assert chosen("....x") == ("xx...", [])
    assert chosen(".xxxx") == ("xx...", [])


def test_in_large_systems_only_what_was_given_is_begun_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "MANY", 5)
    assert chosen("....x") == ("xx...", [])
    monkeypatch.setattr(choose, "MANY", 4)
    assert chosen("....x") == ("x...x", [])
    # The search finds the cheaper one after all, where it may.
    assert chosen("....x", effort=1_000_000) == ("xx...", [])


def test_thinning_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "MANY", 0)
    two = demand(fall=[INF, 1.0, 1.0, INF, INF])  # the first two together would do, the third alone does as well
    together = flags(".xx.x")
    assert marks(widen(two, together, seed=1, effort=0)[0]) == "xxx.."
    short = demand(fall=[INF, 1.0, INF, INF, INF])  # the deviation goes through two, and one of them would do
    assert marks(widen(short, flags(".x.x."), seed=1, effort=0)[0]) == "x..x."
    monkeypatch.setattr(choose, "THINNING", 0)
    assert marks(widen(short, flags(".x.x."), seed=1, effort=0)[0]) == "xx.x."


def test_what_protects_nothing_is_published() -> None:
    assert chosen("..x.x", up=0.0) == ("x....", [])
    nothing, _ = mended(demand(up=0.0), flags("..x.x"))
    assert nothing is not None
    assert marks(nothing) == "x...."


def test_where_a_side_is_beyond_help_it_is_told_and_what_was_given_stays() -> None:
    hopeless = replace(demand(), fall=np.array([INF, 0.0, 0.0, 0.0, 0.0]), rise=np.array([INF, INF, INF, INF, 0.0]))
    found, lost = widen(hopeless, flags("..x.."), seed=1, effort=0)
    assert (marks(found), lost) == ("x.x..", [(0, 1)])
    pattern, work = mended(hopeless, flags("..x.."))
    assert pattern is None
    assert work > 0


def test_mending_keeps_what_it_was_given_as_far_as_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    for withheld, expected in (("....x", "x...x"), (".....", "xx..."), (".xxxx", "xx..."), ("..xx.", "x..x.")):
        pattern, work = mended(demand(), flags(withheld))
        assert pattern is not None
        assert marks(pattern) == expected
        assert work > 0
    monkeypatch.setattr(choose, "MENDING", 0)
    pattern, _ = mended(demand(fall=[INF, 1.0, INF, INF, INF]), flags(".x.x."))
    assert pattern is not None
    assert marks(pattern) == "xx.x."
