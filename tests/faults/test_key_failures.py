"""A first run that is stopped while it makes the keys leaves a store that the next run can use."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from datasets.errors import SigningKeyUnavailable, StoreUnavailable, VerificationFailed
from datasets.release_store import ReleaseStore
from datasets.signing import PublicKey, Signer
from datasets.store_keys import open_signer
from tests.support.disk_faults import DISK_ERRORS, NthCall, kill, refuse, replaced
from tests.support.killed import in_killed_child
from tests.support.tiny_releases import add_tiny, new_keys, tiny_package


def opened(root: Path) -> Signer:
    return open_signer(root, private(root), root / "public-key.pem")


def private(root: Path) -> Path:
    return root / "private" / "signing-key.pem"


def changes(root: Path) -> list[str]:
    """Return every change of the disk that making the keys takes."""
    root.mkdir()
    counter = NthCall(0, kill)
    with replaced(counter):
        opened(root)
    return counter.calls


def check_usable(root: Path) -> None:
    """A run finds or makes one pair of keys that fit, and keeps a private key that was there."""
    before = private(root).read_bytes() if private(root).exists() else None
    signer = opened(root)
    assert before in (None, private(root).read_bytes())
    assert PublicKey.from_file(root / "public-key.pem") == signer.public_key
    assert opened(root).public_key == signer.public_key
    assert private(root).stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in root.rglob("*.pem*")) == ["public-key.pem", "signing-key.pem"]


def test_a_killed_first_run_leaves_a_usable_store(tmp_path: Path) -> None:
    calls = changes(tmp_path / "counted")
    root = tmp_path / "store"
    root.mkdir()
    killed = in_killed_child("keys", root, tmp_path, len(calls))
    between = [state for state in killed if private(state).exists() and not (state / "public-key.pem").exists()]
    assert len(killed) == len(calls)
    assert between
    for state in killed:
        check_usable(state)


@pytest.mark.parametrize("code", DISK_ERRORS, ids=errno.errorcode.get)
def test_a_refused_change_leaves_a_usable_store(tmp_path: Path, code: int) -> None:
    for number in range(1, len(changes(tmp_path / "counted")) + 1):
        root = tmp_path / str(number)
        root.mkdir()
        with replaced(NthCall(number, refuse(code))), pytest.raises(SigningKeyUnavailable, match="cannot be written"):
            opened(root)
        check_usable(root)


def test_a_public_key_without_its_private_key_stays_and_the_remedy_is_told(tmp_path: Path) -> None:
    new_keys(tmp_path)
    public = (tmp_path / "public-key.pem").read_bytes()
    private(tmp_path).unlink()
    with pytest.raises(SigningKeyUnavailable) as caught:
        opened(tmp_path)
    (problem,) = caught.value.problems
    assert problem.place == str(tmp_path / "public-key.pem")
    assert problem.remedy.startswith(f"Restore the private key to {private(tmp_path)} from its backup")
    assert (tmp_path / "public-key.pem").read_bytes() == public
    assert not private(tmp_path).exists()


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A store with a release whose public key was lost."""
    root = tmp_path / "store"
    add_tiny(ReleaseStore(root), tiny_package(tmp_path / "package"), new_keys(root))
    (root / "public-key.pem").unlink()
    return root


def test_a_lost_public_key_is_written_again(published: Path) -> None:
    check_usable(published)


def test_a_lost_public_key_is_not_replaced_by_that_of_another_private_key(published: Path, tmp_path: Path) -> None:
    Signer.generate(tmp_path / "other.pem", tmp_path / "other-public.pem")
    with pytest.raises(SigningKeyUnavailable, match="not the key of this store"):
        open_signer(published, tmp_path / "other.pem", published / "public-key.pem")
    assert not (published / "public-key.pem").exists()


@pytest.mark.parametrize("left", ["releases", "head.json", "budgets", "marks", "everything"])
def test_a_store_that_lost_both_keys_gets_no_new_ones(published: Path, left: str) -> None:
    """They would vouch for nothing of it, and stand in the way of the old ones."""
    kept = private(published).read_bytes()
    for name in ("budgets/patients/ledger.json", "marks/sexes/2025.marks"):
        (published / "private" / name).parent.mkdir(parents=True)
        (published / "private" / name).write_bytes(b"")
    places = {"releases": "releases", "head.json": "head.json", "budgets": "private/budgets", "marks": "private/marks"}
    for name in places.keys() - {left} if left != "everything" else ():
        path = published / places[name]
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    private(published).unlink()
    with pytest.raises(SigningKeyUnavailable, match="The keys of this store are missing") as caught:
        opened(published)
    (problem,) = caught.value.problems
    assert problem.place.startswith(str(published / places.get(left, "head.json")))
    assert problem.remedy.startswith("Restore both from their backup; the private key is enough")
    assert not list(published.rglob("*.pem*"))
    # What the remedy says helps.
    private(published).write_bytes(kept)
    private(published).chmod(0o600)
    check_usable(published)


def test_a_lost_public_key_is_told_by_the_head_where_no_release_is_left(published: Path, tmp_path: Path) -> None:
    shutil.rmtree(published / "releases")
    Signer.generate(tmp_path / "other.pem", tmp_path / "other-public.pem")
    with pytest.raises(SigningKeyUnavailable, match="not the key of this store") as caught:
        open_signer(published, tmp_path / "other.pem", published / "public-key.pem")
    assert caught.value.problems[0].place == str(published / "head.json")
    check_usable(published)


@pytest.mark.parametrize("refused", [False, True])
def test_an_envelope_that_cannot_be_read_does_not_tell_whose_key_it_is(
    published: Path, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = published.glob("releases/*/*.json")
    path.unlink()
    os.mkfifo(path)
    if refused:

        def refuse(path: Path, most: int) -> bytes:
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr("datasets.store_keys.read_stored", refuse)
    with pytest.raises(StoreUnavailable if refused else VerificationFailed) as caught:
        opened(published)
    assert caught.value.problems[0].place == str(path)
    assert not (published / "public-key.pem").exists()


def test_of_two_first_runs_one_is_told_to_run_again(tmp_path: Path) -> None:
    first = new_keys(tmp_path / "first")
    with pytest.raises(SigningKeyUnavailable, match="Run the job again"):
        first.publish_key(new_keys_elsewhere(tmp_path))


def new_keys_elsewhere(tmp_path: Path) -> Path:
    new_keys(tmp_path / "second")
    return tmp_path / "second" / "public-key.pem"
