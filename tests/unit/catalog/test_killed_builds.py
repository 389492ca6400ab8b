"""Whatever is killed, flipped or deleted: the index opens as some whole generation, or is built again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from catalog.index import build_index
from catalog.search import SearchRequest, catalog_in_memory, open_catalog, open_without_index
from datasets.errors import CatalogUnavailable
from tests.support.catalog_records import few_records, record

_BUILDING = """
import sys
from pathlib import Path
from catalog.index import build_index
from tests.support.catalog_records import record
print("ready", flush=True)
for step in range(10_000):
    records = [record(f"d{at}", f"Số ca sởi {at} bản {step}", f"Cases {at}") for at in range(40)]
    build_index(records, Path(sys.argv[1]))
"""


def found(directory: Path) -> int:
    return open_catalog(directory).search(SearchRequest("so ca soi", page_size=100)).total


def test_a_build_that_is_killed_leaves_a_whole_generation(tmp_path: Path) -> None:
    build_index([record("d0", "Số ca sởi", "Cases")], tmp_path)
    chance = Random(11)
    for _ in range(4):
        builder = subprocess.Popen([sys.executable, "-c", _BUILDING, str(tmp_path)], stdout=subprocess.PIPE)
        assert builder.stdout is not None
        assert builder.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0.0, 0.4))
        os.kill(builder.pid, signal.SIGKILL)
        builder.communicate()
        assert found(tmp_path) in (1, 40)
    build_index(few_records(), tmp_path)
    assert len(list(tmp_path.glob("gen-*"))) == 1
    assert open_catalog(tmp_path).search(SearchRequest("benh dai")).hits[0].record.id == "rabies"


@pytest.mark.parametrize("seed", range(3))
def test_flipped_and_deleted_bytes_never_give_a_wrong_answer(tmp_path: Path, seed: int) -> None:
    right = catalog_in_memory(few_records()).search(SearchRequest("sot xuat huyet"))
    chance = Random(seed)
    for _ in range(30):
        build_index(few_records(), tmp_path)
        files = sorted(path for path in tmp_path.rglob("*") if path.is_file() and path.name != "build.lock")
        harmed = chance.choice(files)
        content = bytearray(harmed.read_bytes())
        at = chance.randrange(len(content))
        match chance.randrange(3):
            case 0:
                content[at] ^= 1 << chance.randrange(8)
                harmed.write_bytes(content)
            case 1:
                harmed.write_bytes(content[:at])
            case _:
                harmed.unlink()
        try:
            opened = open_catalog(tmp_path)
        except CatalogUnavailable:
            pass
        else:
            # The only byte that may differ unnoticed is one that the pointer does not speak of.
            assert harmed.name == "current.json"
            assert opened.search(SearchRequest("sot xuat huyet")).hits == right.hits


def test_a_degraded_catalog_gives_the_answers_of_the_index(tmp_path: Path) -> None:
    build_index(few_records(), tmp_path)
    (tmp_path / "current.json").unlink()
    degraded = open_without_index(tmp_path)
    assert degraded.degraded
    for text in ("sot xuat huyet", "tiem chugn", "Đà Nẵng", ""):
        assert degraded.search(SearchRequest(text)) == catalog_in_memory(few_records()).search(SearchRequest(text))
