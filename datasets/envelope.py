"""The signed envelope around a manifest or a withdrawal: canonical JSON, so that no byte of it can change unnoticed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

import rfc8785
from pydantic import BaseModel, ValidationError

from datasets.errors import Problem, VerificationFailed
from datasets.release import Head, Manifest, Withdrawal
from datasets.signing import PublicKey, Signer

Content = TypeVar("Content", Manifest, Withdrawal, Head)

MAX_ENVELOPE_BYTES = 64 << 20
"""An envelope describes files and does not hold them; a larger one is refused before it is parsed."""

_MOMENT = re.compile(rb'"(available_from|published_at)":"([0-9T:.-]{19,26}Z)"')
"""Quotation marks inside texts are escaped, so no text of a description looks like this."""
_KEYS = {"content", "signature"}
_SIGNATURE_KEYS = {"algorithm", "key", "value"}


def canonical(value: object) -> bytes:
    """Return ``value`` (what JSON can hold) as the one sequence of bytes that RFC 8785 allows."""
    return rfc8785.dumps(value)  # type: ignore[arg-type]


def as_json(model: BaseModel) -> dict[str, Any]:
    """Return ``model`` as what JSON can hold, under the names that its file uses."""
    return model.model_dump(mode="json", by_alias=True)


def seal(content: Manifest | Withdrawal | Head, signer: Signer) -> bytes:
    """Return the bytes of the signed envelope of ``content``; the same content and key give the same bytes."""
    body = as_json(content)
    # The content names its own format, so a signature of a manifest is never one of a withdrawal.
    signature = {
        "algorithm": "ed25519",
        "key": signer.public_key.id,
        "value": signer.sign(canonical(body)).hex(),
    }
    return canonical({"content": body, "signature": signature})


def unseal(envelope: bytes, key: PublicKey, kind: type[Content], place: str) -> Content:
    """Check form and signature of ``envelope`` and return its content; ``place`` names the file in errors.

    Raises VerificationFailed unless the bytes are exactly what ``seal`` wrote with the private half of ``key``.
    """
    parsed = _parse(envelope, place)
    body, signature = parsed["content"], parsed["signature"]
    if signature["algorithm"] != "ed25519":
        raise _failure(place, "must be signed with ed25519")
    if signature["key"] != key.id:
        raise _failure(place, f"must be signed with the key {key.id}")
    if not key.verifies(_from_hex(signature["value"]), _signed(envelope, signature)):
        raise _failure(place, "the signature must be that of its content")
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise _failure(place, f"{where}: {error.errors()[0]['msg']}") from None


def legible_appearance(envelope: bytes) -> datetime | None:
    """Return the end of the embargo that a damaged manifest still tells legibly and without contradiction, else None.

    Nothing vouches for it. A release does not appear before it is published, which most damage to a date gives away.
    """
    found = [(match[1], _moment(match[2])) for match in _MOMENT.finditer(envelope)]
    moments = dict(found)
    appears, published = moments.get(b"available_from"), moments.get(b"published_at")
    if len(found) != 2 or appears is None or published is None:
        return None
    return appears if published <= appears else None


def _moment(text: bytes) -> datetime | None:
    try:
        return datetime.fromisoformat(text.decode("ascii"))
    except ValueError:
        return None


def sha256_of(envelope: bytes) -> str:
    """Return the SHA-256 of ``envelope`` in hexadecimal, by which the next version names it."""
    return hashlib.sha256(envelope).hexdigest()


def _parse(envelope: bytes, place: str) -> Mapping[str, Any]:
    if len(envelope) > MAX_ENVELOPE_BYTES:
        raise _failure(place, f"must have at most {MAX_ENVELOPE_BYTES} bytes")
    try:
        parsed = json.loads(envelope)
        # Also refuses duplicate keys, other spacing, other number forms and a byte order mark.
        exact = canonical(parsed) == envelope
    except (ValueError, RecursionError, rfc8785.CanonicalizationError):
        raise _failure(place, "must be JSON") from None
    if not exact:
        raise _failure(place, "must be canonical JSON (RFC 8785), to the byte")
    if not isinstance(parsed, dict) or parsed.keys() != _KEYS:
        raise _failure(place, "must hold content and signature, nothing else")
    signature = parsed["signature"]
    if not isinstance(signature, dict) or signature.keys() != _SIGNATURE_KEYS:
        raise _failure(place, "its signature must hold algorithm, key and value, nothing else")
    return parsed


def _signed(envelope: bytes, signature: Mapping[str, Any]) -> bytes:
    """Return the canonical bytes of the content: as the envelope is canonical too, they are what stands in it.

    To write a content anew takes as long as all other checks of its envelope together, and jobs check every envelope.
    """
    return envelope[len(b'{"content":') : -len(b',"signature":' + canonical(signature) + b"}")]


def _from_hex(text: object) -> bytes:
    """Return the bytes of ``text``; empty, which verifies nothing, unless it is small hexadecimal digits."""
    try:
        value = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        return b""
    return value if value.hex() == text else b""


def _failure(place: str, rule: str) -> VerificationFailed:
    remedy = "Restore the file from a backup or a mirror; never edit it"
    return VerificationFailed("A signed file is not what was signed", problems=[Problem(place, rule, remedy)])
