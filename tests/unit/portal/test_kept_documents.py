"""Documents are made once, kept within a bound, and made anew when nobody could make them."""

from __future__ import annotations

import threading

import pytest

from portal.public.kept_documents import KeptDocuments


def test_a_document_is_made_once() -> None:
    kept, made = KeptDocuments(), []

    def make() -> bytes:
        made.append(1)
        return b"text"

    assert [kept.get("a", make) for _ in range(3)] == [b"text"] * 3
    assert len(made) == 1
    kept.get("b", make)
    assert len(made) == 2


def test_who_asks_at_the_same_time_waits_for_the_one_that_makes_it() -> None:
    kept, made, gate = KeptDocuments(), [], threading.Event()

    def make() -> bytes:
        made.append(1)
        gate.wait(10)
        return b"text"

    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(kept.get("a", make))) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert kept.get("another", lambda: b"other") == b"other"  # It waits for nobody.
    gate.set()
    for thread in threads:
        thread.join(10)
    assert found == [b"text"] * 4
    assert len(made) == 1


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    kept, made = KeptDocuments(most=10), []

    def make(name: str, size: int) -> bytes:
        made.append(name)
        return b"x" * size

    for name in ("a", "b", "a", "c", "a", "b"):
        kept.get(name, lambda name=name: make(name, 5))  # type: ignore[misc]
    assert made == ["a", "b", "c", "b"]
    assert len(kept.get("large", lambda: make("large", 11))) == 11
    kept.get("large", lambda: make("large", 11))
    assert made[4:] == ["large", "large"]
    kept.get("b", lambda: make("b", 5))
    assert made[6:] == []


def test_a_fault_is_not_kept() -> None:
    kept = KeptDocuments()

    def fails() -> bytes:
        raise ValueError("once")

    with pytest.raises(ValueError, match="once"):
        kept.get("a", fails)
    assert kept.get("a", lambda: b"text") == b"text"
