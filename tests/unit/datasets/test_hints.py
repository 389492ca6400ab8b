"""A wrong name is answered with the right one, however it was misspelt, and with a list of bounded length."""

from __future__ import annotations

import time

import pytest

from datasets.hints import hint, listed, nearest

NAMES = ["province", "cases_status", "Đồng Tháp", "age-band"]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("provinc", "province"),
        ("PROVINCE", "province"),
        ("cases-status", "cases_status"),
        ("dong thap", "Đồng Tháp"),
        ("ageband", "age-band"),
        ("nothing like it", ""),
        ("", ""),
        ("x" * 100_000, ""),
    ],
)
def test_the_nearest_name(given: str, meant: str) -> None:
    assert nearest(given, NAMES) == meant


def test_a_list_is_bounded() -> None:
    assert listed(f"n{number}" for number in range(50)).endswith("n39 and 10 more")
    assert listed(["", "a"]) == "a"
    assert hint("a", []) == "None is known here"


def test_many_names_cost_little() -> None:
    names = [f"member-{number}" for number in range(1_000_000)]
    begun = time.process_time()
    assert nearest("MEMBER-7", names) == "member-7"
    assert nearest("membre-7", names) == "member-7"
    assert nearest("MEMBER-999999", names) != "member-999999", "only the first ones are looked at"
    assert time.process_time() - begun < 3
