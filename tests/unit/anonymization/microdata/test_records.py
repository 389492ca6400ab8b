"""Records as columns of codes: every type is coded in the order of its values, and what has no order is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from anonymization.microdata.classes import group, group_codes, spread
from anonymization.microdata.numbering import number_rows, numbered
from anonymization.microdata.records import WITHHELD, Column, encode
from datasets.errors import DisclosureRuleInvalid

RANDOM = np.random.default_rng(3)
COLUMNS: dict[str, npt.NDArray[Any]] = {
    "small numbers": RANDOM.integers(-5, 5, 200),
    "unsigned": RANDOM.integers(0, 9, 200).astype(np.uint8),
    "far apart": RANDOM.choice(np.array([-(2**62), 3, 2**62]), 200),
    "beyond int64": RANDOM.choice(np.array([2**64 - 1, 2**64 - 3], dtype=np.uint64), 200),
    "floats": RANDOM.choice(np.array([0.5, -1.25, 3.0]), 200),
    "booleans": RANDOM.integers(0, 2, 200).astype(bool),
    "text": RANDOM.choice(np.array(["Hà Nội", "Huế", "", "Hue", "z" * 30]), 200),
    "empty text": np.full(200, ""),
    "foreign byte order": RANDOM.choice(np.array(["ab", "ba", "b"]), 200).astype(">U2"),
    "many texts": RANDOM.integers(0, 10**9, 200).astype("U10"),
}


@pytest.mark.parametrize("name", list(COLUMNS))
def test_codes_are_in_the_order_of_the_values(name: str) -> None:
    values = COLUMNS[name]
    column = encode({name: values}).column(name)
    categories, codes = np.unique(values, return_inverse=True)
    assert column.categories.tolist() == categories.tolist()
    assert column.codes.tolist() == codes.tolist()
    assert column.codes.dtype == np.int64


def test_text_marks_what_is_withheld() -> None:
    column = Column(np.array([1, WITHHELD, 0]), np.array([30, 41]))
    assert column.text().tolist() == ["41", "*", "30"]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"a": np.zeros(0, np.int64)},
        {"a": np.zeros(2, np.int64), "b": np.zeros(3, np.int64)},
        {"a": np.array([1.0, np.nan])},
        {"a": np.array([1.0, np.inf])},
        {"a": np.array(["x", None], dtype=object)},
        {"a": np.array(["x", "*"])},
        {"a": np.array([1j, 2j])},
        {"a": np.ma.masked_array([1, 2], [True, False])},
        {"a": np.zeros(2, np.int64), "b": np.zeros((2, 2), np.int64)},
    ],
)
def test_what_cannot_be_coded_is_refused(data: dict[str, npt.NDArray[Any]]) -> None:
    with pytest.raises(DisclosureRuleInvalid, match="cannot be read"):
        encode(data)


def test_no_value_stands_in_an_error() -> None:
    with pytest.raises(DisclosureRuleInvalid) as told:
        encode({"name": np.array(["Nguyễn", "*"]), "income": np.array([123456.0, np.nan])})
    assert "123456" not in str(told.value)
    assert "Nguyễn" not in str(told.value)
    assert len(told.value.problems) == 2


def test_records_are_chosen_and_named() -> None:
    records = encode({"a": np.array([5, 6, 7]), "b": np.array(["x", "y", "z"])})
    assert len(records) == 3
    assert records.take(np.array([2, 0])).column("b").text().tolist() == ["z", "x"]
    assert records.take(np.array([False, True, False])).column("a").text().tolist() == ["6"]
    with pytest.raises(DisclosureRuleInvalid, match="column 'c': is not in the records"):
        records.column("c")


@pytest.mark.parametrize("largest", [3, 10**5, 10**12])
def test_numbers_keep_the_order(largest: int) -> None:
    keys = np.random.default_rng(1).integers(0, largest, 500)
    assert numbered(keys).tolist() == np.unique(keys, return_inverse=True)[1].tolist()


@pytest.mark.parametrize("widths", [(3, 4), (500, 900, 700), (1, 1), (10**6, 10**6, 10**6, 10**6)])
def test_rows_are_numbered_in_the_order_of_their_values(widths: tuple[int, ...]) -> None:
    random = np.random.default_rng(2)
    columns = [random.integers(0, width, 400) for width in widths]
    expected = np.unique(np.column_stack(columns), axis=0, return_inverse=True)[1].reshape(-1)
    assert number_rows(columns, 400).tolist() == expected.tolist()
    assert group_codes(columns).sizes.tolist() == np.bincount(expected).tolist()


@pytest.mark.parametrize("width", [4, 10**6])
def test_a_sensitive_column_is_counted_in_each_class(width: int) -> None:
    random = np.random.default_rng(4)
    data = {"known": random.integers(0, 30_000, 40_000), "learnt": random.integers(0, width, 40_000)}
    records = encode(data)
    found = spread(group(records, ["known"]), records.column("learnt"))
    pairs, counts = np.unique(np.column_stack([data["known"], data["learnt"]]), axis=0, return_counts=True)
    assert found.counts.tolist() == counts.tolist()
    assert found.classes.tolist() == np.unique(pairs[:, 0], return_inverse=True)[1].tolist()
    assert found.values.tolist() == np.unique(pairs[:, 1], return_inverse=True)[1].tolist()
    assert found.width == len(np.unique(data["learnt"]))


@pytest.mark.parametrize("names", [[], ["a", "a"], ["b"]])
def test_classes_need_columns(names: list[str]) -> None:
    with pytest.raises(DisclosureRuleInvalid):
        group(encode({"a": np.array([1])}), names)
