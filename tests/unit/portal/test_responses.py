"""Validators: two answers never share one, whatever strangers write."""

from __future__ import annotations

from portal.shared.responses import strong_tag, weak_tag


def test_no_part_can_be_taken_for_two() -> None:
    assert strong_tag("name", "a", "limit", "5") != strong_tag("name", "a\nlimit", "5")
    assert strong_tag("name", "a\n5:limit", "5") != strong_tag("name", "a", "limit", "5")
    assert strong_tag("a", "") != strong_tag("a") != strong_tag("", "a")
    assert weak_tag("a", "b") != weak_tag("a\nb")


def test_the_same_parts_have_the_same_validator() -> None:
    assert strong_tag("Hà Nội", "a\n") == strong_tag("Hà Nội", "a\n")
    assert weak_tag("a") == f"W/{strong_tag('a')}"
