"""Values are kept within a bound of bytes; those asked for longest ago go first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from portal.public.bounded_memory import BoundedMemory

STEPS = st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans()), max_size=40)
SIZES = {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 9}


@given(STEPS)
def test_it_holds_what_was_asked_for_last_and_fits(steps: list[tuple[str, bool]]) -> None:
    memory = BoundedMemory[str](10, SIZES.__getitem__, each=5)
    expected: list[str] = []  # What was asked for last stands last.
    for name, keeps in steps:
        if keeps and SIZES[name] <= 5:
            expected += [] if name in expected else [name]
            while sum(map(SIZES.__getitem__, expected)) > 10:
                expected.pop(0)
        if keeps:
            assert memory.keep(name, name) == name
        else:
            assert memory.get(name) == (name if name in expected else None)
            expected.sort(key=lambda held, name=name: held == name)  # type: ignore[misc]
    assert [memory.get(name) for name in SIZES] == [name if name in expected else None for name in SIZES]
