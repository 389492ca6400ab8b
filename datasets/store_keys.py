"""The keys of a store at the start of a job: opened, made for a new store, or completed after a stopped first run."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from datasets import disk
from datasets.bounded_files import read_stored
from datasets.chain import release_files, unreadable
from datasets.envelope import MAX_ENVELOPE_BYTES, unseal
from datasets.errors import Problem, SigningKeyUnavailable, VerificationFailed
from datasets.release import Head, Manifest
from datasets.signing import Signer, leftover_keys
from datasets.store_layout import StoreLayout

_WRITTEN = ("budgets/*/ledger.json", "marks/*/*.marks")
"""What jobs leave below `private/` that only their signing key can read or check."""


def open_signer(root: Path, private: Path, public: Path) -> Signer:
    """Return the signer of the store at ``root``; a new store gets a new pair of keys at ``private`` and ``public``.

    Where only the private key is there, as a first run leaves it that was stopped, the public one is written from it.
    No key is ever overwritten, and none is made for a store that has something of an earlier one. Raises
    SigningKeyUnavailable where the private key is missing, or is not the one that signed the releases that are there.
    """
    # First of all: another job may make the keys and publish while this one looks.
    used = _made_with_a_key(StoreLayout(root))
    if private.exists():
        signer = Signer.from_file(private)
        if not public.exists():
            _check_signed_by(signer, root)
            signer.publish_key(public)
    elif used is not None and not public.exists():
        raise _keys_gone(used, private, public)
    else:
        signer = Signer.generate(private, public)
    for left in (*leftover_keys(private), *leftover_keys(public)):
        # Where keys may only be read, a second name of one does no harm.
        with suppress(OSError):
            disk.unlink(left)
    return signer


def _check_signed_by(signer: Signer, root: Path) -> None:
    """A store that lost its public key must not get that of another private key: readers would trust nothing."""
    layout = StoreLayout(root)
    found = sorted(path for path, name in release_files(layout) if not name.withdrawn)
    if not found and not os.path.lexists(layout.head):
        return
    signed = found[0] if found else layout.head
    try:
        content = read_stored(signed, MAX_ENVELOPE_BYTES)
    except OSError as error:
        raise unreadable(error, signed) from None
    try:
        if found:
            unseal(content, signer.public_key, Manifest, str(signed))
        else:
            unseal(content, signer.public_key, Head, str(signed))
    except VerificationFailed:
        rule = f"must be signed with the key {signer.public_key.id}, as the public key of this store is missing"
        remedy = (
            "Restore the store's public key from its backup, or name the key that signed it in YTEMO_SIGNING_KEY_FILE"
        )
        raise SigningKeyUnavailable(
            "The signing key is not the key of this store", problems=[Problem(str(signed), rule, remedy)]
        ) from None


def _made_with_a_key(layout: StoreLayout) -> Path | None:
    """Return something in the store that was made with its key, if there is anything."""
    if os.path.lexists(layout.head):
        return layout.head
    kept = (path for pattern in _WRITTEN for path in sorted((layout.root / "private").glob(pattern)))
    return next((path for path, _ in release_files(layout)), None) or next(kept, None)


def _keys_gone(used: Path, private: Path, public: Path) -> SigningKeyUnavailable:
    """A new key would trust nothing of what is there, and would stand in the way of the old one."""
    rule = f"was made with a signing key, and neither {private} nor {public} is there: no other key can take its place"
    remedy = (
        f"Restore both from their backup; the private key is enough, in {private} or named in YTEMO_SIGNING_KEY_FILE."
        " If it is lost, begin a new store in another folder: what this one holds stays valid, but nothing can be added"
    )
    return SigningKeyUnavailable("The keys of this store are missing", problems=[Problem(str(used), rule, remedy)])
