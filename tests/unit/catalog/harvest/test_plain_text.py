"""Texts and addresses of others are made fit to be shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.harvest.plain_text import plain_line, plain_text, safe_address
from datasets.text import unfit


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        ("Sởi &amp; rubella", "Sởi & rubella"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<p>a</p>\n\n<p>b</p>", "a\nb"),
        ("<ScRiPt>alert(1)</sCrIpT>x", "x"),
        ("<style>p{}</style><b onclick=alert(1)>x</b>", "x"),
        ("x <3 y & z", "x <3 y & z"),
        ("a\u202eb\x00c\x1b[31m", "abc[31m"),
        ("e\u0302\u0301", "ế"),
        ("  a \t\u00a0 b\r\n\r\n c ", "a b\nc"),
        ("\u200b\u200b", ""),
        ("<img src=x onerror=alert(1)>", ""),
        ("&lt;script&gt;", "<script>"),
    ],
)
def test_text_is_made_plain(given_: str, wanted: str) -> None:
    assert plain_text(given_) == wanted


@given(st.text(max_size=300) | st.text(alphabet="<>&;/= \"'aбđscriptonp\n\u202e", max_size=300))
def test_whatever_comes_is_fit_to_be_shown(text: str) -> None:
    found = plain_text(text, most=50)
    assert len(found) <= 50
    assert unfit(found) is None
    assert found == found.strip()
    assert "\n" not in plain_line(text)


def test_text_is_bounded_and_quickly_read() -> None:
    assert plain_text("x" * 10_000_000) == "x" * 4_999 + "…"
    assert len(plain_text("<b>" * 1_000_000 + "x")) <= 5_000
    assert len(plain_line("x" * 10_000)) == 500
    assert plain_line("\u200b" * 500 + "x") == ""


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//x",
        "x",
        "http://a b",
        "http://" + "x" * 2_000,
        'http://x/"onmouseover=',
    ],
)
def test_addresses_that_no_page_may_link_to_are_left_out(address: str) -> None:
    assert safe_address(address) == ""
    assert safe_address(" https://x.example.org/a?b=c ") == "https://x.example.org/a?b=c"
