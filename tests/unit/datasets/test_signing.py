"""Keys are made once, kept private, and refused when they are not what they should be."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from datasets.errors import SigningKeyUnavailable, VerificationFailed
from datasets.signing import PublicKey, Signer


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    private, public = tmp_path / "private" / "signing-key.pem", tmp_path / "public-key.pem"
    Signer.generate(private, public)
    return private, public


def rsa_pem(*, private: bool) -> bytes:
    key = generate_private_key(65537, 2048)
    if private:
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_a_new_pair_signs_and_verifies(keys: tuple[Path, Path]) -> None:
    signer, public = Signer.from_file(keys[0]), PublicKey.from_file(keys[1])

    assert public == signer.public_key
    assert public.verifies(signer.sign(b"message"), b"message")
    assert not public.verifies(signer.sign(b"message"), b"another message")
    assert not public.verifies(b"no signature", b"message")


def test_only_its_owner_can_read_the_private_key(keys: tuple[Path, Path]) -> None:
    private, public = keys

    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert stat.S_IMODE(private.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(public.stat().st_mode) == 0o444


def test_a_key_is_never_overwritten(keys: tuple[Path, Path]) -> None:
    before = keys[0].read_bytes()
    with pytest.raises(SigningKeyUnavailable, match="never overwritten"):
        Signer.generate(*keys)

    assert keys[0].read_bytes() == before


def test_a_published_key_is_never_overwritten_and_no_private_key_stays(keys: tuple[Path, Path]) -> None:
    private, public = keys
    private.unlink()
    with pytest.raises(SigningKeyUnavailable, match=r"public-key\.pem"):
        Signer.generate(private, public)

    assert not private.exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SigningKeyUnavailable, match="cannot be written"):
        Signer.generate(tmp_path / "file" / "key.pem", tmp_path / "public.pem")


def test_the_id_is_of_the_key_alone(keys: tuple[Path, Path]) -> None:
    known = PublicKey(bytes(32))

    assert known.id == "66687aadf862bd77"  # of 32 zero bytes, from sha256sum
    assert len(PublicKey.from_file(keys[1]).id) == 16


def test_a_signer_never_shows_its_key(keys: tuple[Path, Path]) -> None:
    signer = Signer.from_file(keys[0])

    assert repr(signer) == f"Signer({signer.public_key.id})"


@pytest.mark.parametrize(
    "content",
    [b"", b"no key", rsa_pem(private=True), rsa_pem(private=False)],
    ids=["empty", "text", "private", "public"],
)
def test_another_private_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(content)
    with pytest.raises(SigningKeyUnavailable, match=r"key\.pem"):
        Signer.from_file(path)


def test_an_encrypted_private_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    encrypted = BestAvailableEncryption(b"secret")
    path.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encrypted))
    with pytest.raises(SigningKeyUnavailable, match="unencrypted"):
        Signer.from_file(path)


def test_a_missing_key_is_named_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(SigningKeyUnavailable, match="YTEMO_SIGNING_KEY_FILE"):
        Signer.from_file(tmp_path / "none.pem")
    with pytest.raises(VerificationFailed, match=r"none\.pem"):
        PublicKey.from_file(tmp_path / "none.pem")


@pytest.mark.parametrize("content", [b"", b"no key", rsa_pem(private=False)], ids=["empty", "text", "private"])
def test_another_public_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "public.pem"
    path.write_bytes(content)
    with pytest.raises(VerificationFailed, match=r"public\.pem"):
        PublicKey.from_file(path)


def test_a_public_key_with_stray_bytes_is_refused(keys: tuple[Path, Path]) -> None:
    path = keys[1].with_name("stray.pem")
    path.write_bytes(keys[1].read_bytes() + b"\n")
    with pytest.raises(VerificationFailed, match="exactly"):
        PublicKey.from_file(path)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def zeros(path: Path) -> None:
    path.symlink_to("/dev/zero")


def folder(path: Path) -> None:
    path.mkdir()


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(3 << 30)


@pytest.mark.parametrize("trap", [pipe, zeros, folder, huge])
def test_what_is_no_small_file_is_no_key_and_is_not_waited_for(tmp_path: Path, trap: Callable[[Path], None]) -> None:
    path = tmp_path / "key.pem"
    trap(path)
    rule = "is larger than 16384 bytes" if trap is huge else "must be a file, not a folder, a pipe or a device"
    with pytest.raises(VerificationFailed, match=rule):
        PublicKey.from_file(path)
    with pytest.raises(SigningKeyUnavailable, match=rule):
        Signer.from_file(path)


def test_a_name_that_no_file_can_have_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(VerificationFailed, match="no file can have this name"):
        PublicKey.from_file(tmp_path / "a\0b")
