"""One secret and one file for all processes, and nothing that stays behind when the file is taken away."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from portal.public.subscriptions.database import Database, subscriptions_folder


def test_processes_that_begin_together_have_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        seals = list(threads.map(lambda _: Database(subscriptions_folder(tmp_path)).seal, range(32)))
    assert len({seal.secret for seal in seals}) == 1
    assert "secret" not in repr(seals[0])


def test_a_new_folder_has_a_new_secret(tmp_path: Path) -> None:
    database = Database(subscriptions_folder(tmp_path))
    before = database.seal
    shutil.rmtree(database.folder)
    assert not database.is_begun
    assert database.seal != before
