"""Ed25519 keys: the private key that signs releases inside the ministry, and the public key that anyone checks with."""

from __future__ import annotations

import hashlib
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
from datasets.errors import Problem, SigningKeyUnavailable, VerificationFailed


@dataclass(frozen=True)
class PublicKey:
    """A public key and its id, the first 16 hexadecimal digits of the SHA-256 of its 32 raw bytes."""

    raw: bytes

    @classmethod
    def from_file(cls, path: Path) -> PublicKey:
        """Read a PEM file exactly as ``Signer.generate`` writes it; any other byte raises VerificationFailed."""
        try:
            pem = path.read_bytes()
        except OSError as error:
            raise _bad_public_key(path, f"cannot be read: {error.strerror}") from None
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
        try:
            pem = path.read_bytes()
        except OSError as error:
            raise _bad_private_key(path, f"cannot be read: {error.strerror}") from None
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise _bad_private_key(path, "must be an unencrypted private key in PEM form") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise _bad_private_key(path, "must be an ed25519 key")
        return cls(key)

    @classmethod
    def generate(cls, private_path: Path, public_path: Path) -> Signer:
        """Make a new key pair: ``private_path`` with mode 0600, ``public_path`` with mode 0444; never overwrite one."""
        for path in (private_path, public_path):
            if path.exists():
                raise _bad_private_key(path, "already exists and is never overwritten")
        signer = cls(Ed25519PrivateKey.generate())
        pem = signer._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        try:
            _write_key(private_path, pem, mode=0o600, folder_mode=0o700)
            _write_key(public_path, signer.public_key.pem, mode=0o444, folder_mode=0o755)
        except OSError as error:
            raise _bad_private_key(private_path, f"cannot be written: {error.strerror}") from None
        return signer

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of the signature of ``message``."""
        return self._key.sign(message)


def _write_key(path: Path, pem: bytes, *, mode: int, folder_mode: int) -> None:
    disk.make_folders(path.parent, mode=folder_mode)
    disk.write_new(path, pem, mode=mode)
    disk.sync_folder(path.parent)


def _bad_public_key(path: Path, rule: str) -> VerificationFailed:
    remedy = "Take the file again from where the ministry publishes its key"
    return VerificationFailed("The public key cannot be used", problems=[Problem(str(path), rule, remedy)])


def _bad_private_key(path: Path, rule: str) -> SigningKeyUnavailable:
    remedy = "Name the key file in YTEMO_SIGNING_KEY_FILE, or move the old files away and make a new pair"
    return SigningKeyUnavailable("The signing key cannot be used", problems=[Problem(str(path), rule, remedy)])
