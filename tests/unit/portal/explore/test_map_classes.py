"""The classes of maps part what they are given, and their limits are plain numbers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from portal.public.charts.maps import MOST_CLASSES, class_of
from portal.public.explore.map_classes import class_limits, plainest

NUMBERS = st.lists(
    st.integers(0, 10**7) | st.floats(0, 1e6, allow_nan=False).map(lambda value: round(value, 1)),
    min_size=1,
    max_size=70,
)


@given(NUMBERS)
def test_classes_part_the_values_and_none_is_empty(values: list[float]) -> None:
    limits = class_limits(values)
    assert limits is not None
    assert len(limits) < MOST_CLASSES
    assert list(limits) == sorted(set(limits))
    assert {class_of(value, limits) for value in values} == set(range(len(limits) + 1))
    if len(set(values)) > 1:
        assert limits, "different values are of different classes"


@given(st.lists(st.integers(0, 50), min_size=2))
def test_zeros_are_a_class_of_their_own(values: list[int]) -> None:
    limits = class_limits([0, *values])
    assert limits is not None
    assert {value for value in values if class_of(value, limits) == 0} <= {0}


@given(st.floats(0, 1e7), st.floats(0, 1e7))
def test_a_limit_is_above_the_one_and_not_above_the_other(one: float, other: float) -> None:
    below, value = sorted((round(one, 2), round(other, 2)))
    if below < value:
        assert below < plainest(below, value) <= value


def test_limits_are_plain_numbers() -> None:
    limits = class_limits([17.3 * number for number in range(1, 64)]) or ()
    assert all(len(f"{limit:.10g}".replace(".", "").rstrip("0")) <= 2 for limit in limits)
    assert all(limit < later for limit, later in pairwise(limits))
