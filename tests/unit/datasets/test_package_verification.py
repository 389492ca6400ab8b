"""A downloaded package is checked offline: signature, every file, nothing more, and no tricks with paths."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from pathlib import Path

import pytest

from datasets.errors import VerificationFailed
from datasets.package_verification import SEAL_BYTES, sealed_digest, verify_package
from datasets.package_zip import write_package_zip
from datasets.release_store import ReleaseStore
from datasets.store_layout import ENVELOPE_NAME, StoreLayout
from tests.support.tiny_releases import add_tiny, new_keys, tiny_package


class Download:
    """A package as ZIP file and as folder, and the key to check it with."""

    def __init__(self, tmp_path: Path) -> None:
        root = tmp_path / "store"
        signer = new_keys(root)
        package = tiny_package(tmp_path / "package", content="=" * 3000)
        manifest = add_tiny(ReleaseStore(root), package, signer)
        self.key = root / "public-key.pem"
        self.envelope = StoreLayout(root).envelope("sexes", "2025", 1).read_bytes()
        self.zip = tmp_path / "sexes-2025.1.zip"
        write_package_zip(
            self.zip, self.envelope, [(entry.path, package.folder / entry.path) for entry in manifest.files]
        )
        self.folder = tmp_path / "unpacked"
        with zipfile.ZipFile(self.zip) as archive:
            archive.extractall(self.folder)

    def failures(self, path: Path) -> list[str]:
        return [problem.place for problem in verify_package(path, self.key).failures]

    def pack_elsewhere(
        self, top: str = "", change: dict[str, bytes] | None = None, method: int = zipfile.ZIP_DEFLATED
    ) -> Path:
        """Pack the files as any other program does: another order, folders as members, no modes, no seal."""
        path = self.zip.with_name("elsewhere.zip")
        names = sorted((name for name in self.folder.rglob("*") if name.is_file()), reverse=True)
        with zipfile.ZipFile(path, "w") as archive:
            for folder in (top, f"{top}codelists/"):
                if folder:
                    archive.writestr(zipfile.ZipInfo(folder), b"")
            for name in names:
                inside = name.relative_to(self.folder).as_posix()
                info = zipfile.ZipInfo(top + inside, (2026, 1, 2, 3, 4, 6))
                info.compress_type = method
                info.create_system, info.external_attr = 0, 0x20
                archive.writestr(info, (change or {}).get(inside, name.read_bytes()))
        return path

    def pack_again(self, change: dict[str, bytes | None], *, extra: tuple[zipfile.ZipInfo, ...] = ()) -> Path:
        """Pack the files with another program: some replaced, left out (None) or added, and sealed as ytemo does."""
        path = self.zip.with_name("again.zip")
        files: dict[str, bytes | None] = {
            name.relative_to(self.folder).as_posix(): name.read_bytes()
            for name in self.folder.rglob("*")
            if name.is_file()
        }
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in (files | change).items():
                if content is not None:
                    archive.writestr(regular(name), content)
            for member in extra:
                archive.writestr(member, "README.md")
            archive.comment = bytes(SEAL_BYTES)
        with path.open("r+b") as file:
            digest = sealed_digest(file)
            file.seek(-SEAL_BYTES, 2)
            file.write(digest)
        return path


def regular(name: str, mode: int = stat.S_IFREG) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (mode | 0o644) << 16
    return info


@pytest.fixture
def download(tmp_path: Path) -> Download:
    return Download(tmp_path)


def test_a_whole_package_passes(download: Download) -> None:
    for path in (download.zip, download.folder, download.pack_again({})):
        report = verify_package(path, download.key)
        assert report.failures == ()
        assert report.checked == 3


@pytest.mark.parametrize("top", ["", "sexes-2025/"])
def test_a_package_that_another_program_packed_passes_and_says_so(download: Download, top: str) -> None:
    report = verify_package(download.pack_elsewhere(top), download.key)
    assert (report.failures, report.checked, report.sealed) == ((), 3, False)
    assert verify_package(download.zip, download.key).sealed


@pytest.mark.parametrize("name", ["README.md", "codelists/sex.csv"])
def test_a_changed_file_in_it_is_named_alone(download: Download, name: str) -> None:
    sound = (download.folder / name).read_bytes()
    for place in range(len(sound)):
        changed = bytearray(sound)
        changed[place] ^= 1
        assert download.failures(download.pack_elsewhere(change={name: bytes(changed)})) == [name]


def test_a_flipped_byte_of_its_packed_content_fails_and_names_the_file(download: Download) -> None:
    path = download.pack_elsewhere(method=zipfile.ZIP_STORED)
    sound = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        member = archive.getinfo("codelists/sex.csv")
    start = sound.index(b"codelists/sex.csv", member.header_offset) + len(member.filename)
    for place in range(start, start + member.compress_size):
        changed = bytearray(sound)
        changed[place] ^= 0x55
        path.write_bytes(bytes(changed))
        assert download.failures(path) == ["codelists/sex.csv"]


def test_a_folder_with_content_is_no_folder(download: Download) -> None:
    path = download.pack_elsewhere()
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("data/", b"x")
    assert set(download.failures(path)) == {"data/"}


def test_where_only_the_zip_differs_the_files_are_called_sound(download: Download) -> None:
    content = bytearray(download.zip.read_bytes())
    content[10] ^= 1  # The time of the first member: no content.
    download.zip.write_bytes(bytes(content))
    (problem,) = verify_package(download.zip, download.key).failures
    assert problem.place == download.zip.name
    assert "Its 3 files are all as they were signed; what differs is the ZIP around them" in problem.rule


def test_a_seal_that_was_cut_off_is_missed(download: Download) -> None:
    content = bytearray(download.zip.read_bytes())
    content[-SEAL_BYTES - 2] = 0  # The length of the comment: the seal is now behind the end.
    download.zip.write_bytes(bytes(content))
    assert download.failures(download.zip) == [download.zip.name]


def test_any_program_can_unpack_it(download: Download) -> None:
    with zipfile.ZipFile(download.zip) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["README.md", "codelists/sex.csv", ENVELOPE_NAME]


@pytest.mark.parametrize("name", ["README.md", "codelists/sex.csv"])
def test_a_changed_file_is_named(download: Download, name: str) -> None:
    path = download.folder / name
    same_length = b"x" * path.stat().st_size
    for content in (same_length, same_length + b"x", b"", path.read_bytes()[:-1] + b"\x00"):
        assert download.failures(download.pack_again({name: content})) == [name]
    path.write_bytes(same_length)
    assert download.failures(download.folder) == [name]


@pytest.mark.parametrize("name", ["README.md", ENVELOPE_NAME])
def test_a_missing_file_is_named(download: Download, name: str) -> None:
    assert download.failures(download.pack_again({name: None})) == [name]
    (download.folder / name).unlink()
    assert download.failures(download.folder) == [name]


def test_a_file_that_was_not_signed_is_named(download: Download) -> None:
    assert download.failures(download.pack_again({"data/more.csv": b""})) == ["data/more.csv"]
    (download.folder / ".DS_Store").write_text("")
    assert download.failures(download.folder) == [".DS_Store"]


@pytest.mark.parametrize("name", ["../README.md", "/etc/passwd", "README.md/../../x", "codelists\\sex.csv"])
def test_a_name_that_leads_elsewhere_is_refused_and_nothing_is_written(download: Download, name: str) -> None:
    before = sorted(download.zip.parent.rglob("*"))
    again = download.pack_again({name: b"x"})

    assert download.failures(again)
    assert sorted(download.zip.parent.rglob("*")) == sorted([*before, again])


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_named(download: Download) -> None:
    assert "README.md" in download.failures(download.pack_again({}, extra=(regular("README.md"),)))


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO])
def test_links_and_folders_in_the_archive_are_named(download: Download, mode: int) -> None:
    assert "link" in download.failures(download.pack_again({}, extra=(regular("link", mode),)))


def test_links_in_a_folder_are_named(download: Download) -> None:
    path = download.folder / "README.md"
    path.rename(path.with_name("moved"))
    path.symlink_to("moved")

    assert sorted(download.failures(download.folder)) == ["README.md", "README.md", "moved"]


def test_a_linked_folder_is_not_entered(download: Download, tmp_path: Path) -> None:
    shutil.move(download.folder / "codelists", tmp_path / "moved")
    (download.folder / "codelists").symlink_to(tmp_path / "moved")

    assert sorted(download.failures(download.folder)) == ["codelists", "codelists/sex.csv"]


def test_a_file_that_unpacks_to_too_much_is_not_read_to_its_end(download: Download) -> None:
    assert download.failures(download.pack_again({"README.md": bytes(50_000_000)})) == ["README.md"]


def test_an_envelope_of_another_key_fails(download: Download, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger"
    new_keys(stranger)

    assert [problem.place for problem in verify_package(download.zip, stranger / "public-key.pem").failures] == [
        ENVELOPE_NAME
    ]


def test_bytes_outside_of_the_files_are_sealed(download: Download) -> None:
    content = download.zip.read_bytes()
    for changed in (content + b"x", b"x" + content, content[:-1] + b"x"):
        download.zip.write_bytes(changed)
        assert download.zip.name in download.failures(download.zip)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_package_fails(download: Download, content: bytes) -> None:
    download.zip.write_bytes(content)

    assert download.failures(download.zip)


def test_what_is_not_there_fails(download: Download) -> None:
    assert download.failures(download.zip.with_name("none.zip")) == ["none.zip"]


def test_a_key_that_cannot_be_read_stops_everything(download: Download) -> None:
    with pytest.raises(VerificationFailed, match=r"none\.pem"):
        verify_package(download.zip, download.key.with_name("none.pem"))


def test_an_encrypted_member_is_named(download: Download) -> None:
    content = bytearray(download.pack_again({}).read_bytes())
    # Bit 0 of the flags in the first local and central header says that the member is encrypted.
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    download.zip.write_bytes(bytes(content))

    assert len(download.failures(download.zip)) >= 2


@pytest.mark.parametrize("device", ["pipe", "/dev/zero"])
def test_what_is_no_file_is_not_waited_for(download: Download, tmp_path: Path, device: str) -> None:
    path = Path(device)
    if device == "pipe":
        path = tmp_path / device
        os.mkfifo(path)
    (failure,) = verify_package(path, download.key).failures
    assert failure.place == path.name
    assert failure.rule == "must be a ZIP file, not a pipe or a device"


def test_a_link_to_a_package_is_followed(download: Download, tmp_path: Path) -> None:
    (tmp_path / "latest.zip").symlink_to(download.zip)
    assert download.failures(tmp_path / "latest.zip") == []
