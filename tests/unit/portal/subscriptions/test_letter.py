"""Addresses, sealed words and letters: whatever a stranger or a title holds, a head stays a head."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.public.subscriptions.letter import Letter, Sender
from portal.public.subscriptions.mail_addresses import mail_address, mailbox
from portal.public.subscriptions.sealing import Seal
from portal.public.subscriptions.subjects import EVERYTHING, Subject, subject

SENDER = Sender("news@example.gov.vn", "https://data.example.gov.vn")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SEAL = Seal(b"s" * 32)


def letter(subject: str = "x", text: str = "y", sender: str = "Dữ liệu") -> Letter:
    stop = f"{SENDER.site}/unsubscribe/key"
    return Letter("lan@example.org", "name", sender, subject, (text,), stop, "vi")


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=80))
def test_no_title_adds_a_line_to_the_head(subject: str, text: str, sender: str) -> None:
    content = letter(subject, text, sender).content(SENDER, NOW)
    usual = message_from_bytes(letter().content(SENDER, NOW), policy=policy.default)
    message = message_from_bytes(content, policy=policy.default)
    assert message.keys() == usual.keys()
    assert message.defects == []
    assert (message["to"], message["list-unsubscribe"]) == (usual["to"], usual["list-unsubscribe"])
    assert message["from"].addresses[0].addr_spec == SENDER.address
    assert len(message["from"].addresses) == 1
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))


@pytest.mark.parametrize(
    "title", ["Số liệu tử vong theo tháng", "A title\r\nBcc: x@example.org", "=?utf-8?q?x?=", "\u202eevil"]
)
def test_a_title_is_read_as_it_was_written_but_for_what_controls_screens(title: str) -> None:
    message = message_from_bytes(letter(title).content(SENDER, NOW), policy=policy.default)
    assert message["subject"] == " ".join(title.split()).replace("\u202e", "\\u202e")
    assert "bcc" not in message


def test_a_long_text_flows() -> None:
    text = "Một đoạn văn dài để xem thư có xuống dòng đúng cách hay không. " * 8
    message = message_from_bytes(letter(text=text).content(SENDER, NOW), policy=policy.default)
    body = message.get_content().replace("\r\n", "\n")
    assert max(map(len, body.splitlines())) <= 78
    assert body.replace(" \n", " ").strip() == text.strip()


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("Lan.Nguyen@Example.ORG", "Lan.Nguyen@example.org"),
        ("o'brien+x@sub.example.org", "o'brien+x@sub.example.org"),
        ("lan@bộ-y-tế.vn", "lan@xn--b-y-t-s61b7g.vn"),
        (f"{'l' * 64}@example.org", f"{'l' * 64}@example.org"),
    ],
)
def test_addresses_are_taken(given_: str, kept: str) -> None:
    assert mail_address(given_) == kept


@pytest.mark.parametrize(
    "given_",
    ["", "@", "lan", "lan@", "@example.org", "lan@localhost", "lan@example", "lan@1.2.3.4", "lan@[127.0.0.1]",
     "lan@-a.org",
     "Lan <lan@example.org>", "lan@example.org, binh@example.org", "lan@example.org\nBcc: x@example.org", "lan@a_b.org",
     '"lan binh"@example.org', '"lan"@example.org', "lân@example.org", ".lan@example.org", "lan..x@example.org",
     "lan@example..org", "lan@example.org.", "lan (x)@example.org", "lan@example.org\x00", "la\x00n@example.org",
     "lan@exa\u200bmple..org", "a@b@example.org", f"{'l' * 65}@example.org", f"lan@{'e' * 64}.org",
     f"lan@{'.'.join(['e' * 60] * 5)}.org", "l@" + "é" * 100_000 + ".org"],
)  # fmt: skip
def test_what_is_no_address_is_refused(given_: str) -> None:
    assert mail_address(given_) is None


@given(st.text(max_size=80))
def test_an_address_that_is_kept_is_plain(text: str) -> None:
    known = mail_address(f"{text}@example.org")
    if known is not None:
        assert known.isascii()
        assert known.isprintable()
        assert not set(known) & set(' <>(),;:\\"[]')
        assert mail_address(known) == known
        assert mail_address(mailbox(known)) or known.startswith(("+", "."))


@given(st.tuples(st.text(), st.text()), st.integers(1, 10**10))
def test_a_sealed_word_opens_for_its_purpose_until_it_ends(words: tuple[str, str], ends: int) -> None:
    try:
        "".join(words).encode()
    except UnicodeEncodeError:
        return
    sealed = SEAL.close("confirm", words, ends)
    assert SEAL.open("confirm", sealed, ends - 1) == words or len(sealed) > 800
    assert SEAL.open("confirm", sealed, ends) is None
    assert SEAL.open("refuse", sealed, ends - 1) is None
    assert Seal(b"t" * 32).open("confirm", sealed, ends - 1) is None


@given(st.text(max_size=100) | st.binary(max_size=100).map(lambda data: data.decode("latin-1")))
def test_nothing_else_opens(text: str) -> None:
    assert SEAL.open("confirm", text, 0) is None


def test_a_sealed_word_says_nothing_and_cannot_be_changed() -> None:
    sealed = SEAL.close("confirm", ("canary@example.org", "all"), 100)
    assert sealed != SEAL.close("confirm", ("canary@example.org", "all"), 100)
    for place in range(len(sealed)):
        other = "A" if sealed[place] != "A" else "B"
        changed = f"{sealed[:place]}{other}{sealed[place + 1 :]}"
        # The last character may have bits that stand for nothing.
        assert SEAL.open("confirm", changed, 1) is None or place == len(sealed) - 1


def test_subjects_are_written_as_they_are_read() -> None:
    for about in (EVERYTHING, Subject("datasets", "ages"), Subject("themes", "x"), Subject("topics", "dengue")):
        assert subject(str(about)) == about
    for text in ("", "all/x", "datasets", "datasets/", "datasets/../x", "themes/A", "publishers/x", "datasets/x\n"):
        assert subject(text) is None
