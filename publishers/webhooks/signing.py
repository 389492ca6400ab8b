"""How a delivery is signed, after the Standard Webhooks: HMAC-SHA256 of id, time and body, by each secret in use."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from datasets.bounded_files import read_regular
from datasets.errors import Problem, UsageInvalid
from publishers.webhooks.subscribers import Subscriber

MAX_SECRETS = 3
"""As many as a change of secrets needs, and one more."""
_LONGEST = 8_192
_SECRET = re.compile(r"whsec_([A-Za-z0-9+/]{32,88}={0,2})")
_FEWEST_BYTES, _MOST_BYTES = 24, 64


@dataclass(frozen=True)
class Secrets:
    """The secrets that one subscriber and we share, the newest first."""

    keys: tuple[bytes, ...] = field(repr=False)

    def signature(self, webhook_id: str, timestamp: int, body: bytes) -> str:
        """Return what the header ``webhook-signature`` says: one signature for each secret."""
        signed = f"{webhook_id}.{timestamp}.".encode() + body
        digests = (hmac.new(key, signed, hashlib.sha256).digest() for key in self.keys)
        return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def read_secrets(subscriber: Subscriber, folder: Path, environ: Mapping[str, str]) -> Secrets:
    """Return the secrets of a subscriber; ``folder`` is that of the list.

    Raises UsageInvalid, which quotes nothing of what it read.
    """
    if subscriber.secret_file:
        place, text = f"secret_file of {subscriber.id}", _read(subscriber, folder / subscriber.secret_file)
    else:
        place = f"{subscriber.secret_variable}, the secret_variable of {subscriber.id}"
        text = environ.get(subscriber.secret_variable, "")
    words = text.split()
    if not words:
        raise _refused(place, "holds no secret")
    keys = tuple(key for word in words[: MAX_SECRETS + 1] if (key := _key(word)))
    if len(keys) < len(words):
        raise _refused(place, f"must hold one to {MAX_SECRETS} secrets: whsec_ and 24 to 64 bytes in base64")
    if len(keys) > MAX_SECRETS:
        raise _refused(place, f"must hold at most {MAX_SECRETS} secrets")
    return Secrets(keys)


def _key(word: str) -> bytes | None:
    found = _SECRET.fullmatch(word)
    try:
        key = base64.b64decode(found[1], validate=True) if found else b""
    except binascii.Error:
        return None
    return key if _FEWEST_BYTES <= len(key) <= _MOST_BYTES else None


def _read(subscriber: Subscriber, path: Path) -> str:
    try:
        content = read_regular(path, _LONGEST)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "refused"
        raise _refused(f"secret_file of {subscriber.id}", f"cannot be read: {why}") from None
    if content is None or len(content) > _LONGEST:
        raise _refused(f"secret_file of {subscriber.id}", "is no small file of text")
    return content.decode("ascii", "replace")


def _refused(place: str, rule: str) -> UsageInvalid:
    remedy = "make one as docs/how-to/notify-by-webhook.md shows, and give the same to the receiver"
    return UsageInvalid("A webhook cannot be signed", problems=[Problem(place, rule, remedy)])
