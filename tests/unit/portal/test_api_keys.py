"""The file of keys: what it may hold, what is told of what it may not, and that it never holds a key itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from datasets.errors import SettingInvalid
from portal.public.api_keys import (
    MAX_KEY_LENGTH,
    MAX_KEYS,
    KeyEntry,
    KeyRing,
    entry_text,
    hash_of,
    new_key,
    parse_keys,
    read_keys,
)

ENTRY = KeyEntry(sha256=hash_of("ytemo_right"), per_minute=100, per_day=8)


def test_a_file_says_what_was_written() -> None:
    (key,) = parse_keys(entry_text("clinic", ENTRY), "f").values()
    assert (key.name, key.hash, key.per_minute, key.per_day) == ("clinic", hash_of("ytemo_right"), 100, 8)
    assert key.allowance(4).at_once == 4


@pytest.mark.parametrize("text", ["", "\n \n", "# none yet\n  # at all"])
def test_a_file_may_have_no_keys(text: str) -> None:
    assert parse_keys(text, "f") == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a", "must be a mapping"),
        ("a: [", "is not YAML"),
        ("A b: {}", "small letters"),
        ("a: {per_minute: 1}", "line 1, a"),
        ("a:\n  sha256: ytemo_secret\n  per_minute: 1", "line 2, a sha256"),
        (f"a:\n  sha256: {ENTRY.sha256}\n  per_minute: 0", "line 3, a per_minute"),
        (f"a:\n  sha256: {ENTRY.sha256}\n  per_minute: 1.000", "line 3, a per_minute"),
        (f"a:\n  sha256: {ENTRY.sha256}\n  per_minute: 1\n  per_hour: 5", "line 4, a per_hour"),
        (f"a:\n  sha256: {ENTRY.sha256}\n  per_minute: 1\n  per_day: -1", "line 4, a per_day"),
        ("a: text", "line 1, a"),
        (entry_text("a", ENTRY) + entry_text("b", ENTRY), "has the key of a"),
        (entry_text("a", ENTRY) * 2, "line 5"),
        ("".join(f"k{number}: {{}}\n" for number in range(MAX_KEYS + 1)), "more than 1000 keys"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_line_and_never_repeated(text: str, told: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        parse_keys(text, "f")
    assert told in str(caught.value)
    assert "ytemo_secret" not in str(caught.value)


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match="cannot be read"):
        read_keys(tmp_path / "none.yaml")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingInvalid, match="UTF-8"):
        read_keys(tmp_path / "bytes")
    with pytest.raises(SettingInvalid, match="folder"):
        KeyRing(tmp_path)


def test_no_two_keys_are_the_same() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(key.startswith("ytemo_") and len(key) == 49 for key in keys)


def test_a_ring_knows_its_keys_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.yaml"
    path.write_text(entry_text("clinic", ENTRY))
    ring = KeyRing(path)
    found = ring.find("ytemo_right")
    assert found is not None
    assert found.name == "clinic"
    for other in ("", "ytemo_righ", "ytemo_right ", ENTRY.sha256, "x" * (MAX_KEY_LENGTH + 1)):
        assert ring.find(other) is None
    assert KeyRing(None).find("ytemo_right") is None


def test_the_file_is_looked_at_once_a_second_and_read_only_when_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "keys.yaml"
    path.write_text(entry_text("clinic", ENTRY))
    ring = KeyRing(path)
    reads: list[Path] = []

    def read(file: Path) -> dict[str, object]:
        reads.append(file)
        return {}

    assert [ring.is_due(now) for now in (10.0, 10.5, 11.1, 5.0)] == [True, False, True, True]
    monkeypatch.setattr("portal.public.api_keys.read_keys", read)
    ring.refresh()
    assert reads == []
    os.utime(path, ns=(1, 1))
    ring.refresh()
    ring.refresh()
    assert reads == [path]
    assert not KeyRing(None).is_due(0.0)
    KeyRing(None).refresh()
