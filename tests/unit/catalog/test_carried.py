"""A build that takes over unchanged records answers as one that begins from nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from catalog import carried
from catalog.index import build_index
from catalog.record import CatalogRecord
from catalog.search import Catalog, SearchRequest, catalog_in_memory, open_catalog
from catalog.shelf import COLUMNS, Columns, FacetColumn, read_shelf
from datasets.errors import CatalogUnavailable
from tests.support.catalog_records import record

DISEASES = ("sởi", "ho gà", "bạch hầu", "quai bị", "thủy đậu", "sốt rét", "dại", "cúm", "lao", "tả")
QUERIES = ("sởi", "ho ga", "bach hau", "benh dai", "so ca theo tinh", "soi", "quai bj", "2021", "")


def one(number: int, disease: str) -> CatalogRecord:
    title = f"Số ca {disease} theo tỉnh {number}"
    return record(f"d{number:03}", title, f"Cases {number}", published_at=f"2026-01-{1 + number % 28:02}")


def many(number: int = 60) -> list[CatalogRecord]:
    return [one(at, DISEASES[at % len(DISEASES)]) for at in range(number)]


def answers(catalog: Catalog) -> list[tuple[int, tuple[tuple[str, float], ...], object]]:
    found = [catalog.search(SearchRequest(text, page_size=100)) for text in QUERIES]
    return [
        (each.total, tuple((hit.record.id, hit.score) for hit in each.hits), tuple(each.facets.items()))
        for each in found
    ]


def segments(directory: Path) -> int:
    return len(list(directory.glob("gen-*/whoosh/*.seg")))


def built(records: Sequence[CatalogRecord], directory: Path) -> Catalog:
    build_index(records, directory)
    return open_catalog(directory)


def test_any_course_of_changes_ends_as_if_built_at_once(tmp_path: Path) -> None:
    chance = Random(5)
    records = many()
    built(records, tmp_path)
    carried_over = 0
    for step in range(12):
        before = segments(tmp_path)
        at = chance.randrange(len(records))
        match step % 4:
            case 0:
                records[at] = one(int(records[at].id[1:]), chance.choice(DISEASES) + f" mới {step}")
            case 1:
                del records[at]
            case 2:
                records.insert(at, one(100 + step, chance.choice(DISEASES)))
            case _:
                chance.shuffle(records)
        catalog = built(records, tmp_path)
        carried_over += segments(tmp_path) >= before > 0
        assert answers(catalog) == answers(catalog_in_memory(records))
        assert [each.id for each in catalog.all()] == [each.id for each in catalog_in_memory(records).all()]
    assert carried_over >= 8


def test_one_changed_record_adds_one_small_segment(tmp_path: Path) -> None:
    records = many()
    built(records, tmp_path)
    records[7] = one(7, "đậu mùa khỉ")
    catalog = built(records, tmp_path)
    assert segments(tmp_path) == 2
    assert [hit.record.id for hit in catalog.search(SearchRequest("dau mua khi")).hits] == ["d007"]
    built(records, tmp_path)
    assert segments(tmp_path) == 2


def test_what_was_removed_is_not_found(tmp_path: Path) -> None:
    records = [*many(), record("polio", "Bại liệt", "Polio")]
    assert built(records, tmp_path).search(SearchRequest("bai liet")).total == 1
    assert built(records[:-1], tmp_path).search(SearchRequest("bai liet")).total == 0
    assert segments(tmp_path) == 1


def test_many_changes_build_everything_again(tmp_path: Path) -> None:
    records = many()
    built(records, tmp_path)
    records[:20] = [one(at, "đậu mùa khỉ") for at in range(20)]
    assert answers(built(records, tmp_path)) == answers(catalog_in_memory(records))
    assert segments(tmp_path) == 1


def test_segments_do_not_pile_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carried, "MAX_SEGMENTS", 3)
    records = many()
    counts = []
    for step in range(6):
        records[step] = one(step, f"bệnh mới {step}")
        built(records, tmp_path)
        counts.append(segments(tmp_path))
    assert max(counts) == 3
    assert counts.count(1) >= 2


def test_a_damaged_generation_gives_nothing_to_take_over(tmp_path: Path) -> None:
    records = many()
    built(records, tmp_path)
    (segment,) = tmp_path.glob("gen-*/whoosh/*.seg")
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 0x10
    segment.write_bytes(content)
    records[0] = one(0, "cúm")
    assert answers(built(records, tmp_path)) == answers(catalog_in_memory(records))
    assert segments(tmp_path) == 1


def test_documents_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    build_index(many(3), tmp_path)
    (folder,) = tmp_path.glob("gen-*")
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    columns = Columns.model_validate_json(files[COLUMNS])
    for documents in ((0, 1), (0, 1, 3), (-1, 0, 1)):
        broken = columns.model_copy(update={"documents": documents})
        with pytest.raises(CatalogUnavailable):
            read_shelf({**files, COLUMNS: broken.model_dump_json().encode()}, "gen")
    facets = {**columns.facets, "theme": FacetColumn(values=(), counts=(1, 1, 1), numbers=(0, 0, 0))}
    with pytest.raises(CatalogUnavailable):
        read_shelf({**files, COLUMNS: columns.model_copy(update={"facets": facets}).model_dump_json().encode()}, "gen")
