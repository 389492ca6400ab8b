"""The engines that the search is measured beside answer the questions that they are asked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.bench_catalog import KINDS, measured_ours, measured_peer, questions, renamed
from benchmarks.catalog_peers import FACETS, PEERS, folded_texts
from benchmarks.catalog_records import made_up_records
from catalog.facets import facet_values
from catalog.record import CatalogRecord
from catalog.vietnamese import words

RECORDS = tuple(made_up_records(120))


def holding(text: str) -> list[CatalogRecord]:
    folded = " ".join(word.folded for word in words(text))
    return [each for each in RECORDS if any(f" {folded} " in f" {part} " for part in folded_texts(each))]


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_finds_what_holds_the_words(name: str, tmp_path: Path) -> None:
    peer = PEERS[name](tmp_path)
    peer.build(RECORDS)
    for text in ("sốt xuất huyết", "giường bệnh", "Can Tho"):
        expected = holding(text)
        first, total, _ = peer.ask("phrase", text)
        assert expected
        assert total == len(expected)
        assert set(first) <= {each.id for each in expected}
    _, _, counts = peer.ask("5 facets", "soi")
    narrowed = [each for each in holding("soi") if each.theme in ("pharmacy", "vaccination")]
    for facet in FACETS:
        expected_counts = Counter(value for each in narrowed for value in facet_values(each)[facet])
        assert dict(counts[facet]) == dict(expected_counts)
    assert peer.ask("typo", "giuong bnh")[1] >= len(holding("giuong benh"))
    peer.update(renamed(RECORDS[0]))
    assert peer.ask("phrase", "đậu mùa khỉ")[0] == [RECORDS[0].id]


def test_all_are_asked_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.bench_catalog.ROUNDS", 5)
    for kind in KINDS:
        assert list(questions(kind)) == list(questions(kind))
    columns = [measured_ours(RECORDS), *(measured_peer(peer, RECORDS) for peer in PEERS.values())]
    assert all(set(KINDS) <= set(rows) for rows in columns)
