"""Parameters are taken as CKAN's clients write them, and refused in CKAN's words."""

from __future__ import annotations

from typing import Any

import pytest

from portal.public.ckan.failures import ActionFailed, RequestUnusable
from portal.public.ckan.parameters import (
    flag,
    gathered,
    integer,
    names_of,
    natural,
    read_body,
    required,
    text,
)


@pytest.mark.parametrize(
    ("body", "kind", "given"),
    [
        (b"", "application/json", {}),
        (b" \n", "", {}),
        (b'{"a": 1}', "application/json", {"a": 1}),
        (b'{"a": 1}', "", {"a": 1}),
        (b'{"a": 1}', "application/x-www-form-urlencoded", {"a": 1}),
        (b"a=1&b=x%20y&b=z", "application/x-www-form-urlencoded; charset=utf-8", {"a": "1", "b": ["x y", "z"]}),
        (b"a=", "application/x-www-form-urlencoded", {"a": ""}),
    ],
)
def test_bodies(body: bytes, kind: str, given: dict[str, Any]) -> None:
    assert read_body(body, kind) == given


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", ""),
        (b"[1]", ""),
        (b"NaN", ""),
        (b"x", "multipart/form-data"),
        (b"a=\xff", "application/x-www-form-urlencoded"),
    ],
)
def test_bodies_that_are_none(body: bytes, kind: str) -> None:
    with pytest.raises(RequestUnusable):
        read_body(body, kind)


def test_too_many_parameters() -> None:
    assert gathered([("a", "1"), ("a", "2"), ("a", "3")]) == {"a": ["1", "2", "3"]}
    with pytest.raises(RequestUnusable):
        gathered((str(number), "") for number in range(501))


@pytest.mark.parametrize(("value", "number"), [("7", 7), (7, 7), (7.0, 7), ("-7", -7), (None, 5), ("", 5)])
def test_numbers(value: Any, number: int) -> None:
    assert integer({"n": value}, "n", 5) == number


@pytest.mark.parametrize("value", ["x", "1.5", 1.5, True, [1], {}, "1" * 30, "٣"])
def test_what_is_no_number(value: Any) -> None:
    with pytest.raises(ActionFailed) as caught:
        integer({"n": value}, "n")
    assert caught.value.error["n"] == ["Invalid integer"]


def test_natural_numbers() -> None:
    assert natural({"n": 0}, "n", 1) == 0
    assert natural({}, "n", 1) == 1
    with pytest.raises(ActionFailed):
        natural({"n": -1}, "n", 1)


@pytest.mark.parametrize(
    ("value", "meant"),
    [(True, True), (False, False), ("true", True), ("Yes", True), ("0", False), ("", False), (1, True), (None, True)],
)
def test_flags(value: Any, meant: bool) -> None:
    assert flag({"f": value}, "f", default=True) is meant


def test_a_flag_that_is_none() -> None:
    with pytest.raises(ActionFailed):
        flag({"f": "perhaps"}, "f")


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (None, ()),
        ("", ()),
        ("a, b", ("a", "b")),
        (["a", "b"], ("a", "b")),
        ('["a","b"]', ("a", "b")),
        ("[a", ("[a",)),
        (7, ("7",)),
    ],
)
def test_lists_of_names(value: Any, names: tuple[str, ...]) -> None:
    assert names_of({"n": value}, "n") == names


@pytest.mark.parametrize("value", [{"a": 1}, [["a"]], [None], True])
def test_what_is_no_list_of_names(value: Any) -> None:
    with pytest.raises(ActionFailed):
        names_of({"n": value}, "n")


def test_texts() -> None:
    assert text({"t": 1}, "t") == "1"
    assert text({"t": None}, "t", "x") == "x"
    assert required({"a": "", "b": "x"}, "a", "b") == "x"
    with pytest.raises(ActionFailed):
        text({"t": ["x"]}, "t")
    with pytest.raises(ActionFailed) as caught:
        required({}, "a", "b")
    assert caught.value.error["b"] == ["Missing value"]
