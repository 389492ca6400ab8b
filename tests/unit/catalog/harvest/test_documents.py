"""Documents of remotes are read as what they are, or refused with a rule: encodings, depth, entities."""

from __future__ import annotations

import pytest

from catalog.harvest.documents import UNREADABLE, json_of, text_of, xml_of
from catalog.harvest.faults import ContentFault
from catalog.harvest.rdf_graphs import graph_of
from datasets.outbound.faults import RemoteFault
from tests.support.remote_records import answer


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("sởi".encode(), ""),
        ("sởi".encode("utf-8-sig"), ""),
        ("sởi".encode("utf-16"), ""),
        (b"\xfe\xff" + "sởi".encode("utf-16-be"), ""),
        ("sởi".encode(), "application/json; charset=latin1"),
        ("sởi".encode(), "application/json; charset=no-such-thing"),
    ],
)
def test_text_is_read_in_its_encoding(content: bytes, kind: str) -> None:
    assert text_of(answer(content, kind)) == "sởi"


def test_an_encoding_that_is_declared_is_taken_where_it_is_not_utf_8() -> None:
    decomposed = "đư\u01a1\u0300ng"
    assert text_of(answer(decomposed.encode("cp1258"), 'text/plain; charset="windows-1258"')) == decomposed
    for kind in ("", "text/plain; charset=rot13", "text/plain; charset=utf-7", "text/plain; charset=unknown"):
        assert UNREADABLE in text_of(answer("đ".encode("cp1258"), kind))


@pytest.mark.parametrize("text", ["", "{", '{"a": ', "<html>", "1e999999999x", "[" * 5 + "]", "9" * 5_000])
def test_what_is_no_json_is_told(text: str) -> None:
    with pytest.raises(ContentFault, match="not JSON"):
        json_of(answer(text))


@pytest.mark.parametrize("depth", [65, 2_000, 200_000])
def test_deep_json_is_refused(depth: int) -> None:
    for text in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
        with pytest.raises(RemoteFault, match="nested more than 64 deep"):
            json_of(answer(text))
    assert json_of(answer("[" * 63 + "]" * 63))


BILLION = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (BILLION, "document type"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "document type"),
        ('<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1/">]><x>&e;</x>', "document type"),
        ("<a>" * 65 + "</a>" * 65, "deep"),
        ("<a>" * 100_000, "deep"),
        ("<a>", "not XML"),
        ("", "not XML"),
        ("<a>&e;</a>", "not XML"),
        ('<?xml version="1.0" encoding="no-such"?><a/>', "encoding|XML"),
    ],
)
def test_dangerous_xml_is_refused(text: str, rule: str) -> None:
    with pytest.raises(RemoteFault, match=rule):
        xml_of(answer(text))
    with pytest.raises(RemoteFault, match=rule):
        graph_of(answer(text, "application/rdf+xml"))


def test_xml_in_another_encoding_is_read() -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?><a>sởi</a>'
    assert xml_of(answer(text.encode("utf-16"))).text == "sởi"
