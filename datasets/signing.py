"""Ed25519 keys: the private key that signs releases inside the ministry, and the public key that anyone checks with."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from datasets import disk
from datasets.bounded_files import read_regular
from datasets.errors import Problem, SigningKeyUnavailable, VerificationFailed, YtemoError

MAX_KEY_BYTES = 16 * 1024
"""The largest key file that is read: ed25519 keys in PEM take about 120 bytes, other keys some thousands."""


@dataclass(frozen=True)
class PublicKey:
    """A public key and its id, the first 16 hexadecimal digits of the SHA-256 of its 32 raw bytes."""

    raw: bytes

    @classmethod
    def from_file(cls, path: Path) -> PublicKey:
        """Read a PEM file exactly as ``Signer.generate`` writes it; any other byte raises VerificationFailed."""
        pem = _read_key(path, _bad_public_key)
        try:
            key = load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm):
            raise _bad_public_key(path, "must be a public key in PEM form") from None
        if not isinstance(key, Ed25519PublicKey):
            raise _bad_public_key(path, "must be an ed25519 key")
        public = cls(key.public_bytes(Encoding.Raw, PublicFormat.Raw))
        # PEM readers forgive stray bytes; a key that was altered in any byte must be noticed.
        if public.pem != pem:
            raise _bad_public_key(path, "must be written exactly as ytemo writes it")
        return public

    @property
    def id(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()[:16]

    @property
    def pem(self) -> bytes:
        key = Ed25519PublicKey.from_public_bytes(self.raw)
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Say whether ``signature`` (64 bytes) is this key's signature of ``message``."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Signer:
    """Signs with one private key, which it never shows."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = PublicKey(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def __repr__(self) -> str:
        return f"Signer({self.public_key.id})"

    @classmethod
    def from_file(cls, path: Path) -> Signer:
        """Read an unencrypted PKCS #8 PEM file; raise SigningKeyUnavailable when it is not an ed25519 key."""
        pem = _read_key(path, _bad_private_key)
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise _bad_private_key(path, "must be an unencrypted private key in PEM form") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise _bad_private_key(path, "must be an ed25519 key")
        return cls(key)

    @classmethod
    def generate(cls, private_path: Path, public_path: Path) -> Signer:
        """Make a new key pair: ``private_path`` with mode 0600, ``public_path`` with mode 0444; never overwrite one.

        The private key comes first and whole: whatever is stopped later, ``publish_key`` can finish from it.
        """
        if private_path.exists():
            raise _bad_private_key(private_path, "already exists and is never overwritten")
        if public_path.exists():
            raise _lost_private_key(private_path, public_path)
        signer = cls(Ed25519PrivateKey.generate())
        pem = signer._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _put_key(private_path, pem, mode=0o600, folder_mode=0o700)
        signer.publish_key(public_path)
        return signer

    def publish_key(self, path: Path) -> None:
        """Write the public key to ``path``; another key that another job put there meanwhile is refused."""
        _put_key(path, self.public_key.pem, mode=0o444, folder_mode=0o755)

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of the signature of ``message``."""
        return self._key.sign(message)


def _read_key(path: Path, refuse: Callable[[Path, str], YtemoError]) -> bytes:
    """Return the content of a key file, which no pipe can make wait and no device make endless."""
    try:
        pem = read_regular(path, MAX_KEY_BYTES)
    except OSError as error:
        raise refuse(path, f"cannot be read: {error.strerror}") from None
    except ValueError:
        raise refuse(path, "cannot be read: no file can have this name") from None
    if pem is None:
        raise refuse(path, "must be a file, not a folder, a pipe or a device")
    if len(pem) > MAX_KEY_BYTES:
        raise refuse(path, f"is larger than {MAX_KEY_BYTES} bytes: it is no key file")
    return pem


def _put_key(path: Path, pem: bytes, *, mode: int, folder_mode: int) -> None:
    """Put a whole key in its place at once, by a link that overwrites nothing: half a key could never be used."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        disk.make_folders(path.parent, mode=folder_mode)
        try:
            disk.write_new(part, pem, mode=mode)
            _link(part, path, pem)
        finally:
            disk.unlink(part)
        disk.sync_folder(path.parent)
    except OSError as error:
        raise _bad_private_key(path, f"cannot be written: {error.strerror}") from None


def _link(part: Path, path: Path, pem: bytes) -> None:
    try:
        disk.link(part, path)
    except FileExistsError:
        if read_regular(path, MAX_KEY_BYTES) != pem:
            raise _lost_key_race(path) from None


def leftover_keys(path: Path) -> list[Path]:
    """Return what jobs that were killed while they wrote the key at ``path`` left beside it."""
    return [left for left in path.parent.glob(f".{path.name}.*") if re.fullmatch("[0-9a-f]{16}", left.suffix[1:])]


def _bad_public_key(path: Path, rule: str) -> VerificationFailed:
    remedy = "Take the file again from where the ministry publishes its key"
    return VerificationFailed("The public key cannot be used", problems=[Problem(str(path), rule, remedy)])


def _lost_private_key(private: Path, public: Path) -> SigningKeyUnavailable:
    remedy = (
        f"Restore the private key to {private} from its backup, or name it in YTEMO_SIGNING_KEY_FILE. If it is lost,"
        " begin a new store: what this one holds stays valid, but nothing can be added to it"
    )
    problem = Problem(str(public), f"exists, but its private key {private} does not", remedy)
    return SigningKeyUnavailable("The signing key is missing", problems=[problem])


def _lost_key_race(path: Path) -> SigningKeyUnavailable:
    problem = Problem(str(path), "was written by another job meanwhile and is never overwritten", "Run the job again")
    return SigningKeyUnavailable("Two jobs made the keys of this store", problems=[problem])


def _bad_private_key(path: Path, rule: str) -> SigningKeyUnavailable:
    remedy = "Name the key file in YTEMO_SIGNING_KEY_FILE, or move the old files away and make a new pair"
    return SigningKeyUnavailable("The signing key cannot be used", problems=[Problem(str(path), rule, remedy)])
