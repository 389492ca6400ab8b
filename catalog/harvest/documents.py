"""Reading what a remote sent as text, JSON or XML: bounded depth, no entities, encodings as they are met."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any
from xml.etree import ElementTree as ET

from catalog.harvest.faults import ContentFault
from catalog.harvest.limits import MAX_DEPTH
from datasets.outbound.faults import RemoteFault
from datasets.outbound.transport import Answer

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_ENCODINGS = frozenset({"utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii", "iso8859-1", "cp1252", "cp1258"})
UNREADABLE = "\ufffd"
"""What stands for bytes that are no character; records that hold it are not taken."""


def text_of(answer: Answer) -> str:
    """Return the text of an answer in the encoding that it has or says; bytes that are none become ``UNREADABLE``."""
    content = answer.content
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode(_declared(answer) or "utf-8", "replace")


def json_of(answer: Answer) -> Any:
    """Return the JSON of an answer; raises ContentFault where it is none, and RemoteFault where it is nested deeply."""
    return parsed_json(text_of(answer))


def parsed_json(text: str) -> Any:
    """Do as ``json_of`` does with a text."""
    try:
        found = json.loads(text)
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise ContentFault("is not JSON, or was cut short") from None
    _check_depth(found)
    return found


def xml_of(answer: Answer) -> ET.Element:
    """Return the XML of an answer as a tree. A document type, with which entities come, is refused."""
    # The target refuses what makes XML dangerous before anything of it is expanded.
    parser = ET.XMLParser(target=_Bounded())  # noqa: S314
    try:
        parser.feed(answer.content)
        return parser.close()
    except ET.ParseError:
        raise ContentFault("is not XML, or was cut short") from None
    except (LookupError, ValueError):
        raise ContentFault("is in an encoding that is not known") from None


class _Bounded(ET.TreeBuilder):
    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: str, attrs: dict[Any, Any], /) -> ET.Element:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _too_deep()
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ET.Element:
        self._depth -= 1
        return super().end(tag)

    def doctype(self, *_: object) -> None:
        raise RemoteFault("declares a document type, with which entities come", "tell those who keep the catalog")


def _check_depth(found: Any) -> None:
    level = [found]
    for _ in range(MAX_DEPTH):
        level = [inner for each in level if isinstance(each, dict | list) for inner in _inner(each)]
        if not level:
            return
    raise _too_deep()


def _inner(each: dict[str, Any] | list[Any]) -> list[Any]:
    return list(each.values()) if isinstance(each, dict) else each


def _too_deep() -> RemoteFault:
    return RemoteFault(f"is nested more than {MAX_DEPTH} deep", "tell those who keep the catalog")


def _declared(answer: Answer) -> str:
    found = _CHARSET.search(answer.headers.get("content-type", ""))
    try:
        name = codecs.lookup(found[1]).name if found else ""
    except LookupError:
        return ""
    return name if name in _ENCODINGS else ""
