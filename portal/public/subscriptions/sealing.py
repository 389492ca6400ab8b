"""Sealed words in links of letters: nobody else can make or read them, and they end by themselves.

What a link says of somebody is encrypted, as addresses of pages are kept in logs and histories of browsers.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
from dataclasses import dataclass, field
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Purpose = Literal["confirm", "refuse"]
LONGEST_WORD = 800
"""Characters of a sealed word; what is longer is none of ours."""
_NONCE = 12


@dataclass(frozen=True)
class Seal:
    """Seals and opens words by keys that are worked out of one secret."""

    secret: bytes = field(repr=False)

    def close(self, purpose: Purpose, words: tuple[str, ...], ends: float) -> str:
        """Return ``words`` so that they can be opened for this purpose until ``ends``, seconds since 1970."""
        nonce = os.urandom(_NONCE)
        plain = json.dumps([int(ends), *words], ensure_ascii=False, separators=(",", ":")).encode()
        sealed = nonce + self._cipher().encrypt(nonce, plain, purpose.encode())
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, purpose: Purpose, sealed: str, now: float) -> tuple[str, ...] | None:
        """Return the words; None for what was not sealed here for this purpose, or has ended."""
        content = _decoded(sealed)
        try:
            plain = self._cipher().decrypt(content[:_NONCE], content[_NONCE:], purpose.encode())
        except (InvalidTag, ValueError):
            return None
        ends, *words = json.loads(plain)
        return tuple(words) if now < ends else None

    def hashed(self, text: str) -> bytes:
        """Return what tells ``text`` apart from others, and tells it to nobody who has not the secret."""
        return hmac.digest(self._key(b"hash"), text.encode(), hashlib.sha256)

    def _cipher(self) -> ChaCha20Poly1305:
        return ChaCha20Poly1305(self._key(b"seal"))

    def _key(self, what: bytes) -> bytes:
        return HKDF(SHA256(), 32, salt=None, info=b"ytemo subscriptions " + what).derive(self.secret)


def _decoded(sealed: str) -> bytes:
    if len(sealed) > LONGEST_WORD or not sealed.isascii():
        return b""
    try:
        return base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return b""
