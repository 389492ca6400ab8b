"""The list of sources is read strictly: every mistake is told with file, line, key and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.harvest.sources import load_sources
from datasets.errors import DefinitionInvalid

GOOD = """sources:
  - id: data-gov
    title: {vi: Cổng dữ liệu quốc gia, en: National data portal}
    protocol: ckan
    address: https://data.example.org
  - id: archive
    title: {vi: Kho lưu trữ, en: Archive}
    protocol: oai-pmh
    address: https://archive.example.org/oai
    set: health
    full_after_days: 30
    allow_private: true
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "sources.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_list_is_read(tmp_path: Path) -> None:
    first, second = load_sources(written(tmp_path, GOOD))
    assert (first.id, first.protocol, first.full_after_days, first.allow_private) == ("data-gov", "ckan", 7, False)
    assert (second.set, second.full_after_days, second.allow_private) == ("health", 30, True)


@pytest.mark.parametrize(
    ("old", "new", "place", "rule"),
    [
        ("protocol: ckan", "protocol: csw", "line 4, key sources[1].protocol", "is not allowed here"),
        (
            "address: https://data.example.org",
            "address: ftp://x",
            "line 5, key sources[1].address",
            "address of the web",
        ),
        ("address: https://data.example.org", "adress: https://data.example.org", "line 5", "is not a key here"),
        ("id: archive", "id: data-gov", "line 6, key sources[2].id", "is the id of source 1 too"),
        ("id: archive", "id: ../x", "line 6, key sources[2].id", ""),
        ("full_after_days: 30", "full_after_days: -1", "line 11", ""),
        ("allow_private: true", "allow_private: perhaps", "line 12", ""),
        ("protocol: oai-pmh", "protocol: dcat", "line 10, key sources[2].set", "is for protocol: oai-pmh"),
        (", en: Archive}", "}", "line 7", ""),
        (GOOD, "sources: []\n", "line 1, key sources", "must not be empty"),
        (GOOD, "sources: &a [x]\n", "line 1", "anchor"),
        (GOOD, "- x\n", "", "must be a mapping"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, old: str, new: str, place: str, rule: str) -> None:
    assert old in GOOD
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(DefinitionInvalid) as caught:
        load_sources(path)
    told = caught.value.problems[0]
    assert str(path) in told.place
    assert place in told.place
    assert rule in told.rule
    assert told.rule


def test_a_list_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DefinitionInvalid, match="cannot be read"):
        load_sources(tmp_path / "none.yaml")
