"""Files reach the public as they were signed, or not at all, whatever happens to the disk."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from datasets import fingerprint, public_releases, verified_objects, verified_reads
from datasets.errors import (
    FileNotFound,
    StoreUnavailable,
    VerificationFailed,
)
from datasets.package_verification import verify_package
from datasets.public_releases import PublicFile, PublicRelease
from tests.support.public_scene import PublicScene, spoil
from tests.support.tiny_releases import NOW

# Files ----------------------------------------------------------------------------------------------------------------


def test_a_file_has_a_name_that_tells_what_it_is(public: PublicScene) -> None:
    public.add("1")
    file = public.releases.file(public.releases.latest("sexes"), "codelists/sex.csv")

    assert file.name == "sexes-2025.1-sex.csv"
    assert file.path.read_bytes().startswith(b"code,")
    assert file.path.stat().st_size == file.bytes
    assert file.media_type == "text/plain"


@pytest.mark.parametrize("path", ["", "none", "../README.md", "/README.md", "README.md/", "readme.md", "x\n" * 99])
def test_there_is_no_other_file(public: PublicScene, path: str) -> None:
    public.add("1")
    with pytest.raises(FileNotFound) as caught:
        public.releases.file(public.releases.latest("sexes"), path)

    problem = caught.value.problems[0]
    assert "\n" not in caught.value.message + str(problem)
    assert problem.remedy.endswith("Known here: README.md, codelists/sex.csv")


def test_a_code_list_is_that_of_its_release(public: PublicScene) -> None:
    public.add("1")
    public.add("2")
    for version in (1, 2):
        codelist = public.releases.codelist(public.releases.get("sexes", "2025", version), "sex")
        assert codelist.label("M").en == f"Male {version}"
    again = public.releases.latest("sexes")
    assert public.releases.codelist(again, "sex") is public.releases.codelist(again, "sex")
    with pytest.raises(FileNotFound, match="ages"):
        public.releases.codelist(again, "ages")


@pytest.mark.usefixtures("age")
def test_a_package_is_one_file_with_its_signature(public: PublicScene) -> None:
    public.add("1")
    release = public.releases.latest("sexes")
    package = public.releases.package_zip(release)

    assert package.name == "sexes-2025.1.zip"
    assert verify_package(package.path, public.root / "public-key.pem").failures == ()
    assert public.releases.package_zip(release) == package
    assert public.open().package_zip(release) == package


def test_a_package_is_the_same_wherever_it_is_made(public: PublicScene) -> None:
    public.add("1")
    release = public.releases.latest("sexes")
    first = public.releases.package_zip(release)
    shutil.rmtree(public.root / "derived")

    assert public.open().package_zip(release) == first


@pytest.mark.usefixtures("age")
def test_a_spoiled_package_is_made_again(public: PublicScene) -> None:
    public.add("1")
    release = public.releases.latest("sexes")
    sound = public.releases.package_zip(release)
    spoil(sound.path)

    assert public.releases.package_zip(release) == sound
    spoil(sound.path)
    assert public.open().package_zip(release) == sound
    assert verify_package(sound.path, public.root / "public-key.pem").failures == ()


@pytest.mark.usefixtures("age")
@pytest.mark.parametrize("swap", ["pipe", "other", "gone"])
def test_a_package_that_is_swapped_before_it_is_opened_is_made_again(
    public: PublicScene, monkeypatch: pytest.MonkeyPatch, swap: str
) -> None:
    public.add("1")
    release = public.releases.latest("sexes")
    sound = public.releases.package_zip(release).path.read_bytes()
    make, left = public.releases.package_zip, [1]

    def make_and_swap(asked: PublicRelease) -> PublicFile:
        package = make(asked)
        if left[0]:
            left[0] -= 1
            package.path.unlink()
            if swap == "pipe":
                os.mkfifo(package.path)
            if swap == "other":
                package.path.write_bytes(b"x" * len(sound))
        return package

    monkeypatch.setattr(public.releases, "package_zip", make_and_swap)
    _, opened = public.releases.open_package(release)
    with opened:
        assert opened.read() == sound
    left[0] = 9
    with pytest.raises(StoreUnavailable, match="Ask again"):
        public.releases.open_package(release)


def test_a_package_of_another_release_is_not_taken_for_this_one(public: PublicScene) -> None:
    public.add("1")
    public.add("2")
    first, second = (public.releases.get("sexes", "2025", version) for version in (1, 2))
    path = public.releases.package_zip(second).path
    path.write_bytes(public.releases.package_zip(first).path.read_bytes())

    assert b"2025.2" not in path.read_bytes()
    assert public.open().package_zip(second).sha256 != public.open().package_zip(first).sha256


def test_a_package_that_cannot_be_kept_says_so(public: PublicScene) -> None:
    public.add("1")
    (public.root / "derived").write_text("no folder")
    with pytest.raises(StoreUnavailable, match="derived"):
        public.releases.package_zip(public.releases.latest("sexes"))


# Damage ---------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("age")
@pytest.mark.parametrize("damage", ["spoilt", "gone", "longer", "link", "pipe", "folder"])
def test_a_damaged_object_is_never_served_and_others_are(public: PublicScene, damage: str) -> None:
    public.add("1")
    release = public.releases.latest("sexes")
    public.releases.file(release, "codelists/sex.csv")
    path = public.object("codelists/sex.csv")
    path.chmod(0o644)
    if damage == "spoilt":
        spoil(path)
    elif damage == "longer":
        path.write_bytes(path.read_bytes() + b"more")
    else:
        path.rename(path.with_name("moved"))
        if damage == "link":
            path.symlink_to("moved")
        if damage == "pipe":
            os.mkfifo(path)
        if damage == "folder":
            path.mkdir()

    for ask in (
        lambda: public.releases.file(release, "codelists/sex.csv"),
        lambda: public.releases.open(release, "codelists/sex.csv"),
        lambda: public.releases.codelist(release, "sex"),
        lambda: public.releases.check_files(release),
    ):
        with pytest.raises(VerificationFailed, match=path.name):
            ask()
    with pytest.raises(VerificationFailed, match=path.name):
        public.releases.package_zip(release)
    assert public.releases.file(release, "README.md").bytes > 0


@pytest.mark.usefixtures("age")
def test_a_damaged_envelope_is_never_shown_and_others_are(public: PublicScene) -> None:
    public.add("1")
    public.add("2")
    assert public.releases.latest("sexes").version == 2
    held = public.releases.get("sexes", "2025", 2)
    spoil(public.envelope("2025.2"))

    for ask in (
        lambda: public.releases.get("sexes", "2025", 2),
        lambda: public.releases.file(held, "README.md"),
        lambda: public.releases.envelope(held),
        lambda: public.open().get("sexes", "2025", 2),
    ):
        with pytest.raises(VerificationFailed, match=r"2025\.2\.json"):
            ask()
    assert public.releases.get("sexes", "2025", 1).version == 1
    assert public.open().latest("sexes").version == 1
    assert [problem.place for problem in public.open().problems()] == [str(public.envelope("2025.2"))]


def test_a_dataset_whose_only_release_is_damaged_fails(public: PublicScene) -> None:
    public.add("1")
    spoil(public.envelope("2025.1"))

    assert public.releases.datasets() == ()
    with pytest.raises(VerificationFailed, match=r"2025\.1\.json"):
        public.releases.latest("sexes")


@pytest.mark.parametrize("damage", ["spoilt", "folder", "link"])
def test_a_damaged_tombstone_does_not_bring_a_release_back(public: PublicScene, damage: str) -> None:
    public.add("1")
    public.add("2")
    public.withdraw(2)
    path = public.envelope("2025.2.withdrawn")
    if damage == "spoilt":
        spoil(path)
    else:
        path.unlink()
        if damage == "folder":
            path.mkdir()
        else:
            path.symlink_to("nowhere")

    with pytest.raises(VerificationFailed, match="withdrawn"):
        public.releases.get("sexes", "2025", 2)
    assert public.releases.latest("sexes").version == 1


def test_a_signed_file_at_another_place_is_refused(public: PublicScene) -> None:
    public.add("1")
    public.add("2")
    public.withdraw(1)
    shutil.copy(public.envelope("2025.2"), public.envelope("2026.1"))
    shutil.copy(public.envelope("2025.1.withdrawn"), public.envelope("2025.2.withdrawn"))

    with pytest.raises(VerificationFailed, match=r"at the place of sexes 2025\.2"):
        public.releases.get("sexes", "2026", 1)
    with pytest.raises(VerificationFailed, match=r"at the place of sexes 2025\.1"):
        public.releases.get("sexes", "2025", 2)


def test_a_tombstone_of_another_envelope_is_refused(public: PublicScene, tmp_path: Path) -> None:
    public.add("1")
    other = PublicScene(tmp_path / "other")
    other.signer = public.signer
    (other.root / "public-key.pem").unlink()
    other.add("2")
    other.withdraw(1)
    shutil.copy(other.envelope("2025.1.withdrawn"), public.envelope("2025.1.withdrawn"))

    with pytest.raises(VerificationFailed, match="withdraw the envelope beside it"):
        public.releases.get("sexes", "2025", 1)


def test_an_envelope_that_cannot_be_read_is_named(public: PublicScene, monkeypatch: pytest.MonkeyPatch) -> None:
    public.add("1")

    assert public.releases.get("sexes", "2025", 1).version == 1

    def refuse(*args: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(verified_reads, "open_regular", refuse)
    monkeypatch.setattr(fingerprint, "COARSEST_CLOCK", -1)
    public.envelope("2025.1").touch()
    with pytest.raises(VerificationFailed, match="Permission denied"):
        public.releases.get("sexes", "2025", 1)


def test_a_file_that_is_open_stays_what_was_checked(public: PublicScene) -> None:
    public.add("1")
    release = public.releases.latest("sexes")
    sound = public.object("codelists/sex.csv").read_bytes()
    file, opened = public.releases.open(release, "codelists/sex.csv")
    with opened:
        path = public.object("codelists/sex.csv")
        path.unlink()
        os.mkfifo(path)
        assert opened.read() == sound
    assert file.bytes == len(sound)


def test_a_file_that_changes_while_it_is_read_is_not_believed(public: PublicScene) -> None:
    public.add("1")
    release = public.releases.latest("sexes")
    reading = public.releases.reading(release, "codelists/sex.csv")
    reading.__enter__().read(1)
    spoil(public.object("codelists/sex.csv"))
    with pytest.raises(VerificationFailed, match="must not change while it is read"):
        reading.__exit__(None, None, None)


def test_a_damaged_file_is_hashed_once_and_served_when_it_is_restored(
    public: PublicScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprint, "COARSEST_CLOCK", -1)
    public.add("1")
    release = public.releases.latest("sexes")
    path = public.object("README.md")
    sound = path.read_bytes()
    spoil(path)
    with pytest.raises(VerificationFailed):
        public.releases.file(release, "README.md")
    with monkeypatch.context() as patch:
        patch.setattr(verified_objects, "sha256_of_stream", lambda _: pytest.fail("hashed again"))
        for _ in range(2):
            with pytest.raises(VerificationFailed):
                public.releases.file(release, "README.md")
    path.write_bytes(sound)
    assert public.releases.file(release, "README.md").bytes == len(sound)


@pytest.mark.usefixtures("age")
def test_an_envelope_that_is_mended_in_its_place_is_shown_again(public: PublicScene) -> None:
    public.add("1")
    path = public.envelope("2025.1")
    sound = path.read_bytes()
    spoil(path)
    for _ in range(2):
        with pytest.raises(VerificationFailed):
            public.releases.latest("sexes")
    path.write_bytes(sound)
    assert public.releases.latest("sexes").version == 1


def test_strangers_in_the_folders_are_not_releases(public: PublicScene) -> None:
    public.add("1")
    (public.root / "releases" / "sexes" / "2026.1.json~").write_text("{}")
    (public.root / "releases" / "README").write_text("")
    (public.root / "releases" / "ages").write_text("no folder")

    assert public.releases.datasets() == ("sexes",)
    assert len(public.releases.releases("sexes")) == 1


# Threads and cost -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("age")
def test_many_threads_get_the_same_answers(public: PublicScene) -> None:
    for number in range(4):
        public.add(str(number))

    def ask(number: int) -> tuple[str, str, int]:
        release = public.releases.get("sexes", "2025", number % 4 + 1)
        file = public.releases.file(release, "README.md")
        return (
            file.sha256,
            public.releases.package_zip(release).sha256,
            len(public.releases.codelist(release, "sex").members),
        )

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(64)))

    assert len(set(answers)) == 4
    assert not list((public.root / "derived").rglob("*.zip.*"))


def test_what_does_not_change_is_checked_once(public: PublicScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint, "COARSEST_CLOCK", -1)
    public.add("1")
    release = public.releases.latest("sexes")
    public.releases.file(release, "README.md")

    def no_more(*args: object) -> None:
        raise AssertionError("checked again")

    monkeypatch.setattr(verified_reads, "unseal", no_more)
    monkeypatch.setattr(verified_objects, "sha256_of_stream", no_more)
    assert public.releases.find("sexes", "2025.1") == release
    assert public.releases.file(release, "README.md").bytes > 0


def test_the_clock_is_that_of_the_machine_by_default(public: PublicScene) -> None:
    public.add("1", available_from=datetime(2000, 1, 1, tzinfo=NOW.tzinfo))
    releases = public_releases.PublicReleases(public.root, public.root / "public-key.pem")

    assert releases.datasets() == ("sexes",)
