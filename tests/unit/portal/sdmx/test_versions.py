"""Versions as SDMX asks for them, against the table of the standard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.errors import QueryInvalid
from portal.public.sdmx.naming import release_version
from portal.public.sdmx.versions import chosen_versions, read_versions

NEWEST_FIRST = ("2025.0.2", "2025.0.1", "2024.3.1", "2024.2.1", "1.0.1-ed-spring")


def chosen(text: str) -> tuple[str, ...]:
    return chosen_versions(read_versions(text), NEWEST_FIRST)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025.0.1", ("2025.0.1",)),
        ("2025", ()),
        ("2025.0", ()),
        ("1.0.1-ed-spring", ("1.0.1-ed-spring",)),
        ("+", ("2025.0.2",)),
        ("~", ("2025.0.2",)),
        ("latest", ("2025.0.2",)),
        ("*", NEWEST_FIRST),
        ("all", NEWEST_FIRST),
        ("+.0.0", ("2025.0.2",)),
        ("1+.0.0", ("2025.0.2",)),
        ("2024.+.0", ("2024.3.1",)),
        ("2024.0+.0", ("2024.3.1",)),
        ("2024.2.+", ("2024.2.1",)),
        ("2024.2.2+", ()),
        ("2024.*.0", ("2024.3.1", "2024.2.1")),
        ("2024.3*.0", ("2024.3.1",)),
        ("2025.0.1*", ("2025.0.2", "2025.0.1")),
        ("2024*.3.0", ("2025.0.2", "2025.0.1", "2024.3.1")),
        ("1.0.~", ("1.0.1-ed-spring",)),
        ("1.0.+", ()),
        ("2025.~", ()),
        ("~.0", ()),
        ("2024.2.1,2025.0.1", ("2025.0.1", "2024.2.1")),
        ("9.9.9", ()),
    ],
)
def test_an_expression_means_these_versions(text: str, expected: tuple[str, ...]) -> None:
    assert chosen(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "x", "1.2.3.4", "+.2.3", "1.+.3", "~.2.3", "*.2.3", "~.0.*", "3.2*.1+", "01.0.0", "1..2", "-1.0.0", "2+2"],
)
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(QueryInvalid, match="version"):
        read_versions(text)


def test_more_versions_than_anyone_needs_are_refused() -> None:
    with pytest.raises(QueryInvalid):
        read_versions(",".join(["1.0.0"] * 21))


EDITIONS = st.one_of(
    st.dates().map(str),
    st.dates().map(lambda day: str(day)[:7]),
    st.dates().map(lambda day: str(day)[:4]),
    st.dates().map(lambda day: f"{day.year:04}-Q{(day.month + 2) // 3}"),
    st.dates().map(lambda day: f"{day.year:04}-W{min(52, day.isocalendar().week):02}"),
    st.tuples(st.integers(1, 999), st.integers(1000, 9999)).map(lambda span: f"{span[0]:04}-{span[1]:04}"),
    st.from_regex(r"[0-9A-Za-z][0-9A-Za-z-]{0,31}", fullmatch=True),
)


@given(st.lists(st.tuples(EDITIONS, st.integers(1, 99)), min_size=2, max_size=2, unique=True))
def test_no_two_releases_have_the_same_version(releases: list[tuple[str, int]]) -> None:
    first, second = (release_version(*release) for release in releases)
    assert first != second


@given(EDITIONS, st.integers(1, 99))
def test_every_version_can_be_asked_for(edition: str, version: int) -> None:
    written = release_version(edition, version)
    assert chosen_versions(read_versions(written), [written, "1.1.1"]) == (written,)
    assert chosen_versions(read_versions("*"), [written]) == (written,)
