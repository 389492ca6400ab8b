"""A whole store is checked: every signature, object and chain, and that nothing else is there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from datasets.release_store import ReleaseStore
from datasets.signing import Signer
from datasets.verification import verify_store
from tests.support.tiny_releases import NOW, REASON, add_tiny, new_keys, tiny_package


class Scene:
    """A store with two versions of one edition, the second withdrawn, and another dataset."""

    def __init__(self, tmp_path: Path) -> None:
        self.root = tmp_path / "store"
        self.signer: Signer = new_keys(self.root)
        store = ReleaseStore(self.root)
        for content in ("1", "2"):
            add_tiny(store, tiny_package(tmp_path / content, content=content), self.signer)
        store.withdraw("sexes", "2025", 2, reason=REASON, signer=self.signer, now=NOW)
        add_tiny(store, tiny_package(tmp_path / "ages", dataset="ages"), self.signer)
        self.sexes = self.root / "releases" / "sexes"

    def failures(self) -> list[str]:
        return [str(problem) for problem in verify_store(self.root, self.root / "public-key.pem").failures]

    def objects(self) -> list[Path]:
        return sorted((self.root / "objects").glob("*/*"))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_a_whole_store_passes(scene: Scene) -> None:
    report = verify_store(scene.root, scene.root / "public-key.pem")

    assert report.failures == ()
    assert report.checked == 3 + len(scene.objects())


def test_an_empty_store_passes(tmp_path: Path) -> None:
    new_keys(tmp_path)

    assert verify_store(tmp_path, tmp_path / "public-key.pem").checked == 0


def test_a_missing_object_is_named(scene: Scene) -> None:
    path = scene.objects()[0]
    path.unlink()

    assert any(path.name in failure for failure in scene.failures())


def test_an_object_of_another_length_is_named(scene: Scene) -> None:
    path = scene.objects()[0]
    path.chmod(0o644)
    path.write_bytes(b"")

    assert any(path.name in failure and "bytes" in failure for failure in scene.failures())


def test_an_object_that_nobody_needs_is_checked_too(scene: Scene) -> None:
    path = scene.root / "objects" / "00" / ("00" + "1" * 62)
    path.parent.mkdir()
    path.write_bytes(b"x")

    assert any(path.name in failure for failure in scene.failures())


def test_a_missing_version_is_named(scene: Scene) -> None:
    (scene.sexes / "2025.1.json").unlink()

    assert scene.failures() == [
        "sexes/2025.2.json: must follow version 1, whose envelope is missing. Restore it from a backup or a mirror",
        "releases, number 1 of 4: is missing: a release or a withdrawal that was put in between the beginning and"
        " sexes/2025.2.json. Restore it from a backup or a mirror",
    ]


def test_a_missing_envelope_of_a_withdrawal_is_named(scene: Scene) -> None:
    (scene.sexes / "2025.2.json").unlink()

    assert any("2025.2.withdrawn.json" in failure for failure in scene.failures())


def test_a_version_that_was_signed_anew_breaks_the_chain(scene: Scene, tmp_path: Path) -> None:
    """Even who holds the key cannot rewrite a version that has a successor."""
    other = tmp_path / "other"
    other.mkdir()
    add_tiny(ReleaseStore(other), tiny_package(tmp_path / "rewritten", content="3"), scene.signer)
    (scene.sexes / "2025.1.json").unlink()
    shutil.copy(other / "releases" / "sexes" / "2025.1.json", scene.sexes / "2025.1.json")
    shutil.copytree(other / "objects", scene.root / "objects", dirs_exist_ok=True)

    assert [failure for failure in scene.failures() if "2025.1.json: must be the envelope" in failure]


def test_a_damaged_version_is_named_and_the_chain_goes_on(scene: Scene) -> None:
    path = scene.sexes / "2025.1.json"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1])

    assert all("2025.1.json" in failure for failure in scene.failures())


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("objects/file", "file"),
        ("objects/00/stranger", "file"),
        ("objects/zz", "link"),
        ("releases/file", "file"),
        ("releases/Other", "folder"),
        ("releases/sexes/2025.1.json.bak", "file"),
        ("releases/sexes/notes", "folder"),
    ],
)
def test_what_does_not_belong_there_is_named(scene: Scene, name: str, kind: str) -> None:
    path = scene.root / name
    path.parent.mkdir(exist_ok=True)
    if kind == "file":
        path.write_text("x")
    elif kind == "link":
        path.symlink_to("elsewhere")
    else:
        path.mkdir()

    assert len(scene.failures()) == 1
    assert name in scene.failures()[0]


def test_an_object_in_the_wrong_folder_is_named(scene: Scene) -> None:
    path = scene.objects()[0]
    (scene.root / "objects" / "zz").mkdir()
    path.rename(scene.root / "objects" / "zz" / path.name)

    assert len(scene.failures()) == 2


def test_an_object_that_cannot_be_read_is_named(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("datasets.verification.sha256_of_file", refuse)

    assert len(scene.failures()) == len(scene.objects())
    assert all("Permission denied" in failure for failure in scene.failures())
