"""A letter that a page begins has one receiver and one subject, whatever stands in titles and addresses."""

from __future__ import annotations

from email.message import EmailMessage
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.text import unfit
from portal.public.letters import LONGEST_ADDRESS, Letter, mailto

HOSTILE = [
    "a&cc=other@example.org",
    "a?bcc=other@example.org",
    "a\r\nBcc: other@example.org",
    "a%0d%0aBcc:%20other@example.org",
    "a&subject=other&body=other#here",
    "a\u2028Bcc: other@example.org",
]


def headers(address: str) -> dict[str, str]:
    """Return what a mail program reads, which takes each header once."""
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("mailto", "", "")
    fields = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True)
    assert len(fields) == len(dict(fields))
    return dict(fields) | {"to": unquote(parts.path)}


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_adds_a_header(text: str) -> None:
    read = headers(Letter("data@example.vn", text, (text, text)).address)
    assert set(read) == {"to", "subject", "body"}
    assert read["to"] == "data@example.vn"
    assert "\r" not in read["subject"]
    assert "\n" not in read["subject"]
    assert read["body"].count("\r\n") == 1
    message = EmailMessage()
    message["Subject"] = read["subject"]
    assert message.keys() == ["Subject"]


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_letter_is_read_as_it_was_written(subject: str, line: str) -> None:
    letter = Letter("data@example.vn", subject, (line,))
    read = headers(letter.address)
    assert unfit(read["subject"]) is None
    assert (read["subject"], read["body"]) == tuple(letter.text.split("\n\n", 1))


def test_a_receiver_is_one_receiver() -> None:
    assert mailto("data@example.vn?cc=other@example.org") == "mailto:data@example.vn%3Fcc%3Dother@example.org"
    assert "," not in mailto("data@example.vn,other@example.org")


def test_of_a_long_letter_the_link_has_the_subject_alone() -> None:
    letter = Letter("data@example.vn", "Báo lỗi", ("ố" * LONGEST_ADDRESS,))
    assert set(headers(letter.address)) == {"to", "subject"}
    assert "ốố" in letter.text
