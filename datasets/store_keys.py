"""The keys of a store at the start of a job: opened, made for a new store, or completed after a stopped first run."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from datasets import disk
from datasets.envelope import unseal
from datasets.errors import Problem, SigningKeyUnavailable, VerificationFailed
from datasets.release import Manifest
from datasets.signing import Signer, leftover_keys
from datasets.store_layout import StoreLayout, parse_release_file


def open_signer(root: Path, private: Path, public: Path) -> Signer:
    """Return the signer of the store at ``root``; a new store gets a new pair of keys at ``private`` and ``public``.

    Where only the private key is there, as a first run leaves it that was stopped, the public one is written from it.
    No key is ever overwritten. Raises SigningKeyUnavailable where the private key is missing, or is not the one that
    signed the releases that are there.
    """
    if private.exists():
        signer = Signer.from_file(private)
        if not public.exists():
            _check_signed_by(signer, root)
            signer.publish_key(public)
    else:
        signer = Signer.generate(private, public)
    for left in (*leftover_keys(private), *leftover_keys(public)):
        # Where keys may only be read, a second name of one does no harm.
        with suppress(OSError):
            disk.unlink(left)
    return signer


def _check_signed_by(signer: Signer, root: Path) -> None:
    """A store that lost its public key must not get that of another private key: readers would trust nothing."""
    found = sorted(path for path in StoreLayout(root).releases.glob("*/*.json") if _is_release(path.name))
    if not found:
        return
    try:
        unseal(found[0].read_bytes(), signer.public_key, Manifest, str(found[0]))
    except VerificationFailed:
        rule = f"must be signed with the key {signer.public_key.id}, as the public key of this store is missing"
        remedy = (
            "Restore the store's public key from its backup, or name the key that signed it in YTEMO_SIGNING_KEY_FILE"
        )
        raise SigningKeyUnavailable(
            "The signing key is not the key of this store", problems=[Problem(str(found[0]), rule, remedy)]
        ) from None


def _is_release(name: str) -> bool:
    file = parse_release_file(name)
    return file is not None and not file.withdrawn
