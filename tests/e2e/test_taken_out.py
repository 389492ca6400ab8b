"""The command `verify` notices what was taken out of a store, against its own head and against one kept elsewhere."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from portal.cli import app
from tests.support.clinic import write_clinic


def ytemo(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one release, withdrawn, and the release after it."""
    folder = tmp_path_factory.mktemp("made")
    clinic, store = write_clinic(folder / "visits"), folder / "store"
    publish = ("publish", clinic, "--edition", "2026", "--data-dir", store)
    assert ytemo(*publish).exit_code == 0
    shutil.copy(store / "head.json", folder / "first-head.json")
    why = ("--reason-vi", "Sai số.", "--reason-en", "Wrong number.")
    assert ytemo("withdraw", "clinic-visits", "2026.1", "--data-dir", store, *why).exit_code == 0
    write_clinic(clinic, rows=3_001)
    assert ytemo(*publish).exit_code == 0
    return folder


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made / "store", tmp_path / "store")


def test_a_store_holds_what_was_noted_of_it(made: Path, store: Path) -> None:
    newest = sha256((store / "releases" / "clinic-visits" / "2026.2.json").read_bytes()).hexdigest()
    for note in (made / "first-head.json", store / "head.json", newest):
        assert ytemo("verify", store, "--head", note).exit_code == 0


@pytest.mark.parametrize("gone", ["2026.1.withdrawn.json", "2026.1.json", "2026.2.json", ""])
def test_what_was_taken_out_fails(store: Path, gone: str) -> None:
    path = store / "releases" / "clinic-visits" / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    ended = ytemo("verify", store, "--json")
    assert ended.exit_code == 60
    assert "is missing" in json.dumps(json.loads(ended.stdout)["error"]["problems"])


@pytest.mark.parametrize("gone", ["2026.1.withdrawn.json", "2026.1.json", "2026.2.json", "", "the store"])
def test_no_job_goes_on_without_what_was_taken_out(made: Path, store: Path, gone: str) -> None:
    """Least of all without the newest release, which no later version would miss."""
    path = store / "releases" / ("" if gone == "the store" else f"clinic-visits/{gone}")
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    before = sorted(store.rglob("*.json"))
    job = (made / "visits", "--edition", "2027", "--data-dir", store, "--json")
    write_clinic(made / "visits", edition="2027")
    for ended in (ytemo("publish", *job), ytemo("build", *job, "--output", store.parent / "package")):
        assert ended.exit_code == 60
        (first, *_) = json.loads(ended.stdout)["error"]["problems"]
        assert "is missing" in first["rule"]
        assert first["remedy"] == "Restore it from a backup or a mirror"
    assert sorted(store.rglob("*.json")) == before


@pytest.mark.parametrize(
    ("name", "moved_to"),
    [
        ("clinic-visits/2026.2.json", "clinic-visits/2026.2.withdrawn.json"),
        ("clinic-visits/2026.2.json", "other-visits/2026.2.json"),
        ("clinic-visits", "clinic-visits-old"),
    ],
)
def test_no_job_goes_on_where_a_release_has_another_name(made: Path, store: Path, name: str, moved_to: str) -> None:
    """As many files are there as the head says: the release would be published anew, with other cells withheld."""
    (store / "releases" / "other-visits").mkdir()
    (store / "releases" / name).rename(store / "releases" / moved_to)
    write_clinic(made / "visits", rows=3_002)
    ended = ytemo("publish", made / "visits", "--edition", "2026", "--data-dir", store, "--json")
    assert ended.exit_code == 60
    assert moved_to in json.dumps(json.loads(ended.stdout)["error"]["problems"])


def test_a_job_goes_on_where_one_was_killed_before_it_wrote_the_head(made: Path, store: Path) -> None:
    (store / "head.json").unlink()
    ended = ytemo("publish", made / "visits", "--edition", "2025", "--data-dir", store)
    assert ended.exit_code == 60, "a head is missing that was there for three envelopes"
    for name in ("2026.2.json", "2026.1.withdrawn.json"):
        (store / "releases" / "clinic-visits" / name).unlink()
    write_clinic(made / "visits", edition="2025", seed=2)
    assert ytemo("publish", made / "visits", "--edition", "2025", "--data-dir", store).exit_code == 0
    assert ytemo("verify", store).exit_code == 0


@pytest.mark.parametrize("kept", ["nothing", "the first release"])
def test_what_vanished_with_the_head_is_a_warning_where_marks_tell_of_it(made: Path, store: Path, kept: str) -> None:
    (store / "head.json").unlink()
    for name in ("2026.1.withdrawn.json", "2026.2.json", *(["2026.1.json"] if kept == "nothing" else [])):
        (store / "releases" / "clinic-visits" / name).unlink()
    write_clinic(made / "visits", rows=3_002)
    job = (made / "visits", "--edition", "2026", "--data-dir", store, "--json")
    for ended in (ytemo("build", *job, "--output", store.parent / "package"), ytemo("publish", *job)):
        assert ended.exit_code == 0
        (warning,) = [one for one in json.loads(ended.stdout)["warnings"] if "of releases that the store lacks" in one]
        assert warning.count(".marks,") + 1 == (2 if kept == "nothing" else 1)


def test_a_store_without_the_file_of_its_public_key_is_looked_at_where_the_signing_key_is(
    made: Path, store: Path
) -> None:
    write_clinic(made / "visits", rows=3_002)
    (store / "public-key.pem").unlink()
    build = ("build", made / "visits", "--edition", "2026", "--data-dir", store, "--output")
    ended = ytemo(*build, store.parent / "package")
    assert (ended.exit_code, "reckoned with" in ended.output) == (0, False)
    (store / "releases" / "clinic-visits" / "2026.2.json").unlink()
    assert ytemo(*build, store.parent / "another").exit_code == 60


def test_all_releases_taken_out_with_their_folder_fails(store: Path) -> None:
    shutil.rmtree(store / "releases")
    assert ytemo("verify", store).exit_code == 60


def test_an_end_that_was_taken_with_its_head_fails_against_a_note(made: Path, store: Path) -> None:
    kept = shutil.copy(store / "head.json", made / "kept.json")
    for name in ("2026.2.json", "2026.1.withdrawn.json"):
        (store / "releases" / "clinic-visits" / name).unlink()
    (store / "head.json").unlink()
    shutil.copy(made / "first-head.json", store / "head.json")
    assert ytemo("verify", store).exit_code == 0
    assert ytemo("verify", store, "--head", kept).exit_code == 60


@pytest.mark.parametrize("note", ["nowhere.json", "0123", ""])
def test_a_note_that_is_none_is_wrong_usage(store: Path, note: str) -> None:
    assert ytemo("verify", store, "--head", note).exit_code == 12


def test_a_note_that_was_changed_is_told(made: Path, store: Path) -> None:
    changed = made / "changed.json"
    changed.write_bytes((store / "head.json").read_bytes().replace(b'"number":3', b'"number":2'))
    assert ytemo("verify", store, "--head", changed).exit_code == 60


def test_a_package_has_no_head(store: Path) -> None:
    ended = ytemo("verify", store / "objects", "--public-key", store / "public-key.pem", "--head", "0" * 64)
    assert ended.exit_code == 12
