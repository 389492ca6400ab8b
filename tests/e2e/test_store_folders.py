"""Who can read a store does not depend on who published into it, and nobody else's files are touched."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from typer.testing import CliRunner

from portal.cli import app
from tests.support.clinic import write_clinic


def publish(folder: Path) -> tuple[int, str]:
    clinic = write_clinic(folder / "visits")
    ended = CliRunner().invoke(app, ["publish", str(clinic), "--edition", "2026", "--data-dir", str(folder / "store")])
    return ended.exit_code, ended.output


def test_a_strict_umask_hides_no_release_from_the_portal(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        assert publish(tmp_path)[0] == 0
    finally:
        os.umask(before)
    store = tmp_path / "store"
    private = {store / "private", store / "staging"}
    for path in (store, *store.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        if path in private:
            assert mode == 0o700, path
        elif store / "private" in path.parents:
            assert mode == (0o700 if path.is_dir() else 0o600), path
        else:
            assert mode == (0o755 if path.is_dir() else 0o444), path


def test_a_staging_area_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "thesis").mkdir(parents=True)
    (home / "thesis" / "chapter-1").write_text("mine", encoding="utf-8")
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "staging").symlink_to(home)
    code, output = publish(tmp_path)
    assert (code, "must be a folder, not a link to one" in output) == (50, True)
    assert (home / "thesis" / "chapter-1").read_text(encoding="utf-8") == "mine"
