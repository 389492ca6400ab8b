"""YAML read as a tree of plain text that remembers its lines: no types guessed, no tags, no anchors, no key twice."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from datasets.bounded_files import read_bounded_text
from datasets.errors import DefinitionInvalid, Problem

MAX_BYTES = 256 * 1024
"""The largest file that is read; the longest definition of this repository is a twentieth of it."""
MAX_DEPTH = 20
"""The deepest nesting that is read; a definition needs seven levels."""

_MESSAGE = "The file cannot be read as YAML"


@dataclass(frozen=True)
class Text:
    """A scalar: always text, in Unicode NFC, whatever YAML would have made of it."""

    line: int
    text: str


@dataclass(frozen=True)
class Items:
    """A sequence."""

    line: int
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Entries:
    """A mapping; each value comes with the line of its key."""

    line: int
    entries: dict[str, tuple[int, Node]]


Node = Text | Items | Entries


def read_yaml(path: Path, *, within: Path | None = None, first: str = "id") -> Entries:
    """Read a YAML file whose top level is a mapping; no link may lead it out of ``within``, its own folder if absent.

    ``first`` is the key that such a file is advised to start with.

    Raises:
        DefinitionInvalid: The file cannot be read, is larger than ``MAX_BYTES``, is not UTF-8 or not YAML, or uses
            something other than mappings, sequences and text. Names the file and the line.
    """
    return parse_yaml(
        read_bounded_text(path, within=within or path.parent, most=MAX_BYTES, message=_MESSAGE), str(path), first=first
    )


def parse_yaml(text: str, place: str, *, first: str = "id") -> Entries:
    """Do as ``read_yaml`` does with a text; ``place`` is what problems call the file."""
    try:
        node = _Reader(place).document(yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{place} line {mark.line + 1}" if mark else place
        raise _unreadable(where, f"is not YAML: {error.problem or error.context}", "correct the line") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _unreadable(f"{place} line {line}", "holds a control character", "remove it") from None
    except (ValueError, OverflowError):
        # PyYAML lets chr() fail on an escape such as "\UFFFFFFFF".
        raise _unreadable(place, "holds an escape that is no character", "write the character itself") from None
    if not isinstance(node, Entries):
        raise _unreadable(place, "must be a mapping: lines of the form key: value", f"start with the key {first}")
    return node


def plain(node: Node) -> Any:
    """Return the tree as dict, list and str."""
    if isinstance(node, Text):
        return node.text
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, (_, value) in node.entries.items()}


def locate(node: Node, keys: Sequence[str | int]) -> tuple[int, str]:
    """Return the line and the name of what ``keys`` lead to; of what encloses it where the last ones do not exist.

    Items of a sequence are counted from 0 in ``keys`` and from 1 in the name.
    """
    line, name = node.line, ""
    for key in keys:
        if isinstance(node, Entries) and key in node.entries:
            line, node = node.entries[str(key)]
            name = f"{name}.{key}" if name else str(key)
        elif isinstance(node, Items) and isinstance(key, int) and key < len(node.items):
            node = node.items[key]
            line, name = node.line, f"{name}[{key + 1}]"
        # Anything else is a step that only the checker knows, such as the branch of a union.
    return line, name


def _unreadable(place: str, rule: str, remedy: str) -> DefinitionInvalid:
    return DefinitionInvalid(_MESSAGE, problems=[Problem(place, rule, remedy)])


class _Reader:
    """Builds the tree from PyYAML's events, refusing whatever is not mapping, sequence or text."""

    def __init__(self, place: str) -> None:
        self._place = place

    def document(self, events: Iterator[yaml.Event]) -> Node:
        root: Node = Text(1, "")
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._refuse(event, "holds a second document", "leave out the line ---")
            elif isinstance(event, yaml.NodeEvent):
                root = self._node(event, events, depth=0)
        return root

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], *, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self._refuse(event, f"is nested more than {MAX_DEPTH} deep", "no key needs that")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise self._refuse(event, "uses an anchor (& or *)", "repeat the text, or put it in quotation marks")
        if getattr(event, "tag", None) is not None:
            raise self._refuse(event, "uses a tag (!)", "every value is read as text: leave the tag out")
        if isinstance(event, yaml.ScalarEvent):
            return Text(_line(event), self._text(event))
        if isinstance(event, yaml.SequenceStartEvent):
            return self._items(event, events, depth=depth)
        return self._entries(event, events, depth=depth)

    def _items(self, start: yaml.Event, events: Iterator[yaml.Event], *, depth: int) -> Items:
        items = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._node(event, events, depth=depth + 1))
        return Items(_line(start), tuple(items))

    def _entries(self, start: yaml.Event, events: Iterator[yaml.Event], *, depth: int) -> Entries:
        entries: dict[str, tuple[int, Node]] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._node(event, events, depth=depth + 1)
            if not isinstance(key, Text):
                raise self._refuse(event, "has a key that is not text", "write key: value")
            if key.text in entries:
                first = entries[key.text][0]
                raise self._refuse(event, f"repeats the key {key.text}, which is also on line {first}", "keep one")
            entries[key.text] = (key.line, self._node(next(events), events, depth=depth + 1))
        return Entries(_line(start), entries)

    def _text(self, event: yaml.ScalarEvent) -> str:
        text = unicodedata.normalize("NFC", event.value)
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise self._refuse(event, "holds half a character (a surrogate)", "write the character itself") from None
        return text

    def _refuse(self, event: yaml.Event, rule: str, remedy: str) -> DefinitionInvalid:
        return _unreadable(f"{self._place} line {_line(event)}", rule, remedy)


def _line(event: yaml.Event) -> int:
    mark: Any = event.start_mark
    return int(mark.line) + 1
