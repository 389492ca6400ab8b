"""Whole numbers in definitions are digits alone."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from datasets.text import Whole


@pytest.mark.parametrize("written", ["1.000", "10.000", "5_0", "+1.5", "1.000.000"])
def test_a_whole_number_with_points_or_lines_could_mean_two(written: str) -> None:
    with pytest.raises(ValidationError, match="in digits alone"):
        TypeAdapter(Whole).validate_python(written)


@pytest.mark.parametrize(("written", "number"), [("1000", 1000), (" 7", 7), (5, 5), ("-3", -3)])
def test_whole_numbers_are_read(written: str | int, number: int) -> None:
    assert TypeAdapter(Whole).validate_python(written) == number
