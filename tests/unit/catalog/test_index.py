"""The index on disk: built whole, swapped at once, refused when anything in it is not as it was built."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from catalog import generations, index
from catalog.generations import POINTER
from catalog.index import build_index
from catalog.search import SearchRequest, catalog_in_memory, open_catalog, open_without_index
from datasets.errors import CatalogUnavailable
from tests.support.catalog_records import few_records, record


def folders(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.glob("gen-*"))


def found(directory: Path, text: str) -> list[str]:
    catalog = open_catalog(directory)
    return [hit.record.id for hit in catalog.search(SearchRequest(text)).hits]


def test_a_build_can_be_opened_and_searched(tmp_path: Path) -> None:
    generation = build_index(few_records(), tmp_path / "index")
    assert generation.records == 4
    assert found(tmp_path / "index", "sot xuat huyet") == ["dengue"]


def test_an_empty_catalog_is_a_catalog(tmp_path: Path) -> None:
    build_index((), tmp_path)
    catalog = open_catalog(tmp_path)
    assert catalog.search(SearchRequest("dengue")).total == 0
    assert catalog.search(SearchRequest()).total == 0
    assert len(catalog) == 0


def test_a_new_generation_replaces_the_old_one_and_open_readers_finish(tmp_path: Path) -> None:
    build_index(few_records(), tmp_path)
    reader = open_catalog(tmp_path)
    build_index((record("polio", "Bại liệt", "Polio"),), tmp_path)
    assert len(folders(tmp_path)) == 1
    assert [hit.record.id for hit in reader.search(SearchRequest("nhà thuốc")).hits] == ["pharmacies"]
    assert {one.id for one in reader.all()} == {"dengue", "vaccination", "pharmacies", "rabies"}
    assert found(tmp_path, "bai liet") == ["polio"]


def test_a_failed_build_leaves_the_current_generation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_index(few_records(), tmp_path)
    before = folders(tmp_path)

    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(generations, "_point", no_space)
    with pytest.raises(CatalogUnavailable, match="could not be built"):
        build_index(few_records()[:1], tmp_path)
    assert folders(tmp_path) == before
    assert found(tmp_path, "rabies") == ["rabies"]


def test_what_a_killed_build_left_behind_goes_with_the_next(tmp_path: Path) -> None:
    build_index(few_records(), tmp_path)
    (tmp_path / "gen-7-00000000").mkdir()
    generation = build_index(few_records(), tmp_path)
    assert generation.name.startswith("gen-8-")
    assert folders(tmp_path) == [generation.name]


def test_two_records_with_one_identifier_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogUnavailable, match="dengue"):
        build_index((*few_records(), few_records()[0]), tmp_path)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CatalogUnavailable):
        build_index(few_records(), tmp_path / "file" / "index")


def test_a_missing_index_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(CatalogUnavailable):
        open_catalog(tmp_path)
    with pytest.raises(CatalogUnavailable):
        open_without_index(tmp_path)


def test_every_changed_or_missing_or_added_file_is_noticed(tmp_path: Path) -> None:
    generation = build_index(few_records(), tmp_path)
    files = [path for path in generation.path.rglob("*") if path.is_file()]
    assert len(files) >= 4
    for path in files:
        content = path.read_bytes()
        for changed in (content[:-1], bytes([content[0] ^ 1]) + content[1:]):
            path.write_bytes(changed)
            with pytest.raises(CatalogUnavailable):
                open_catalog(tmp_path)
        path.unlink()
        with pytest.raises(CatalogUnavailable):
            open_catalog(tmp_path)
        path.write_bytes(content)
    (generation.path / "whoosh" / "_MAIN_9.toc").write_bytes(b"from elsewhere")
    with pytest.raises(CatalogUnavailable):
        open_catalog(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"generation": "../../etc"}'])
def test_a_garbled_pointer_is_unavailable(tmp_path: Path, content: str) -> None:
    build_index(few_records(), tmp_path)
    (tmp_path / POINTER).write_text(content)
    with pytest.raises(CatalogUnavailable):
        open_catalog(tmp_path)


@pytest.mark.parametrize(
    ("key", "value"), [("analyzer", 0), ("format", "other/9"), ("generation", "../gen-1-00000000")]
)
def test_an_index_of_another_version_or_place_is_refused(tmp_path: Path, key: str, value: object) -> None:
    build_index(few_records(), tmp_path)
    pointer = json.loads((tmp_path / POINTER).read_text())
    (tmp_path / POINTER).write_text(json.dumps(pointer | {key: value}))
    with pytest.raises(CatalogUnavailable):
        open_catalog(tmp_path)


def test_an_index_that_everybody_may_write_is_not_opened(tmp_path: Path) -> None:
    generation = build_index(few_records(), tmp_path)
    generation.path.chmod(0o777)
    with pytest.raises(CatalogUnavailable, match="everybody"):
        open_catalog(tmp_path)


def test_whoosh_files_with_right_hashes_that_whoosh_cannot_read(tmp_path: Path) -> None:
    generation = build_index(few_records(), tmp_path)
    toc = next((generation.path / "whoosh").glob("*.toc"))
    toc.write_bytes(b"not an index")
    files = {name: generations._sync_and_hash(generation.path / name) for name in generations._files(generation.path)}
    pointer = json.loads((tmp_path / POINTER).read_text())
    (tmp_path / POINTER).write_text(json.dumps(pointer | {"files": files}))
    with pytest.raises(CatalogUnavailable):
        open_catalog(tmp_path)


def test_without_a_usable_index_the_records_are_searched_from_memory(tmp_path: Path) -> None:
    build_index(few_records(), tmp_path)
    whole = open_catalog(tmp_path)
    generation = tmp_path / folders(tmp_path)[0]
    for path in (generation / "whoosh").iterdir():
        path.write_bytes(b"")
    with pytest.raises(CatalogUnavailable):
        open_catalog(tmp_path)
    degraded = open_without_index(tmp_path)
    assert degraded.degraded
    for text in ("sot xuat huyet", "Đà Nẵng", "vaccine", "tiem chugn", ""):
        assert degraded.search(SearchRequest(text)) == whole.search(SearchRequest(text))


def test_an_index_of_several_segments_answers_like_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_BATCH", 3)
    records = [record(f"d-{number}", f"Bệnh số {number}, cúm", f"Disease {number}") for number in range(10)]
    build_index([*records, *few_records()], tmp_path)
    on_disk, in_memory = open_catalog(tmp_path), open_without_index(tmp_path)
    for text in ("cúm", "bệnh", "disease 7", "dengue", "Đà Nẵng", "rabies", "tiem chugn", ""):
        assert on_disk.search(SearchRequest(text)) == in_memory.search(SearchRequest(text))
    assert on_disk.search(SearchRequest("disease 7")).hits[0].record.id == "d-7"


def test_unreadable_records_are_passed_over_for_an_older_generation(tmp_path: Path) -> None:
    build_index(few_records(), tmp_path)
    newer = tmp_path / "gen-9-00000000"
    newer.mkdir()
    (newer / "columns.json").write_text("{}")
    assert len(open_without_index(tmp_path)) == 4


def test_everything_is_synced_before_the_pointer_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        real_sync(descriptor)

    def replace(self: Path, target: Path) -> Path:
        synced.append("swap")
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    generation = build_index(few_records(), tmp_path)
    before, after = synced[: synced.index("swap")], synced[synced.index("swap") + 1 :]
    names = {path.name for path in generation.path.rglob("*")} | {generation.name, "current.json.new"}
    assert names <= set(before)
    assert after == [tmp_path.name]


def test_readers_in_many_threads_agree_while_generations_change(tmp_path: Path) -> None:
    build_index(few_records(), tmp_path)
    failures: list[str] = []
    catalog = open_catalog(tmp_path)

    def read() -> None:
        for _ in range(20):
            for text, expected in (("dengue", "dengue"), ("nha thuoc", "pharmacies"), ("bệnh dại", "rabies")):
                if catalog.search(SearchRequest(text)).hits[0].record.id != expected:
                    failures.append(text)
            other = open_catalog(tmp_path)
            if len(other) != 4:
                failures.append("open")

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        build_index(few_records(), tmp_path)
    for thread in threads:
        thread.join()
    assert failures == []


def test_frequencies_are_those_of_memory_and_are_kept_within_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_CACHED_FREQUENCIES", 2)
    build_index(few_records(), tmp_path)
    on_disk, memory = open_catalog(tmp_path)._terms, catalog_in_memory(few_records())._terms
    for _ in range(2):
        for field, term in (("syllables", "ca"), ("pairs", "soca"), ("accented", "số"), ("syllables", "none")):
            assert on_disk.frequency(field, term) == memory.frequency(field, term)  # type: ignore[arg-type]
    assert len(on_disk._frequencies) <= 3  # type: ignore[attr-defined]


def test_an_index_that_breaks_while_it_is_read_is_an_error_of_the_catalog(tmp_path: Path) -> None:
    build_index(few_records(), tmp_path)
    terms = open_catalog(tmp_path)._terms
    terms._reader = None  # type: ignore[attr-defined]
    for ask in (terms.postings, terms.frequency):
        with pytest.raises(CatalogUnavailable, match="cannot be used"):
            ask("syllables", "ca")
