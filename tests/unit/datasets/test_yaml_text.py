"""YAML as a tree of plain text: what is read, what is refused, and at which line."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from datasets.errors import DefinitionInvalid
from datasets.yaml_text import MAX_BYTES, MAX_DEPTH, Entries, locate, parse_yaml, plain, read_yaml


def refused(text: str) -> str:
    with pytest.raises(DefinitionInvalid) as caught:
        parse_yaml(text, "x.yaml")
    (problem,) = caught.value.problems
    return f"{problem.place}: {problem.rule}"


def test_every_scalar_is_text() -> None:
    tree = parse_yaml("a: no\nb: 010\nc: 2024-01-01\nd: null\ne:\nf: [true, 1.50]\n", "x.yaml")
    assert plain(tree) == {"a": "no", "b": "010", "c": "2024-01-01", "d": "null", "e": "", "f": ["true", "1.50"]}


def test_quoted_and_block_text_is_read() -> None:
    tree = parse_yaml("a: \"x: y\"\nb: 'it''s'\nc: >-\n  one\n  two\nd: |\n  three\n", "x.yaml")
    assert plain(tree) == {"a": "x: y", "b": "it's", "c": "one two", "d": "three\n"}


def test_text_is_in_nfc() -> None:
    assert plain(parse_yaml("a: Hoa\u0300\n", "x.yaml")) == {"a": "Hoà"}


def test_places_are_found_by_line_and_name() -> None:
    tree = parse_yaml("a:\n  b:\n    - c: 1\n    - d: 2\n", "x.yaml")
    assert locate(tree, ["a", "b", 1, "d"]) == (4, "a.b[2].d")
    assert locate(tree, ["a", "b", 1]) == (4, "a.b[2]")
    assert locate(tree, ["a", "b", 7]) == (2, "a.b")
    assert locate(tree, ["a", "absent"]) == (1, "a")
    assert locate(tree, ["a", "b", 0, "c", "[key]"]) == (3, "a.b[1].c")
    assert locate(tree, []) == (1, "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: !!python/object:os.system x\n", "x.yaml line 1: uses a tag (!)"),
        ("a: !!int 3\n", "x.yaml line 1: uses a tag (!)"),
        ("a: 1\nb: &anchor 2\n", "x.yaml line 2: uses an anchor (& or *)"),
        ("a: 1\nb: *anchor\n", "x.yaml line 2: uses an anchor (& or *)"),
        ("a: 1\nb: &m {c: 1}\n", "x.yaml line 2: uses an anchor (& or *)"),
        ("a: 1\nb: 2\na: 3\n", "x.yaml line 3: repeats the key a, which is also on line 1"),
        ("a: 1\n---\nb: 2\n", "x.yaml line 2: holds a second document"),
        ("? [a, b]\n: 1\n", "x.yaml line 1: has a key that is not text"),
        ("- a\n- b\n", "x.yaml: must be a mapping: lines of the form key: value"),
        ("just text", "x.yaml: must be a mapping: lines of the form key: value"),
        ("", "x.yaml: must be a mapping: lines of the form key: value"),
        ("a: [1, 2\n", "x.yaml line 2: is not YAML: expected ',' or ']', but got '<stream end>'"),
        ("a: 1\nb: \x07\n", "x.yaml line 2: holds a control character"),
        ('a: "\\UFFFFFFFF"\n', "x.yaml: holds an escape that is no character"),
        ('a: "\\uD800"\n', "x.yaml line 1: holds half a character (a surrogate)"),
        ("a: " + "[" * 40 + "]" * 40, f"x.yaml line 1: is nested more than {MAX_DEPTH} deep"),
    ],
)
def test_anything_else_is_refused(text: str, message: str) -> None:
    assert refused(text) == message


@pytest.mark.parametrize("text", ["a: " + "[" * 100_000, "a: " + "{a: " * 60_000, "- " * 100_000, "? " * 100_000])
def test_any_nesting_is_refused_quickly(text: str) -> None:
    started = time.process_time()
    assert refused(text) == f"x.yaml line 1: is nested more than {MAX_DEPTH} deep"
    assert time.process_time() - started < 3


def test_a_file_is_read_with_or_without_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert plain(read_yaml(file)) == {"a": "1"}


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"a: 1\nb: \xff\n", "line 2: is not UTF-8"),
        (b"a: " + b"x" * MAX_BYTES, f": is larger than {MAX_BYTES} bytes"),
    ],
)
def test_a_file_that_is_not_a_small_text_is_refused(tmp_path: Path, content: bytes, rule: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(content)
    with pytest.raises(DefinitionInvalid, match=r"cannot be read as YAML") as caught:
        read_yaml(file)
    assert rule in str(caught.value)


def test_a_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionInvalid, match="No such file") as caught:
        read_yaml(tmp_path / "absent.yaml")
    assert str(tmp_path / "absent.yaml") in str(caught.value)


def test_a_tree_knows_the_line_of_each_key() -> None:
    tree = parse_yaml("a: 1\n\nb:\n  c: 2\n", "x.yaml")
    assert isinstance(tree, Entries)
    assert [line for line, _ in tree.entries.values()] == [1, 3]
