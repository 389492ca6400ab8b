"""An envelope opens only as it was sealed: with its key, of its kind, to the byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datasets import envelope as module
from datasets.envelope import as_json, canonical, seal, sha256_of, unseal
from datasets.errors import VerificationFailed
from datasets.release import Manifest, Withdrawal
from datasets.signing import PublicKey, Signer
from tests.support.tiny_releases import CHANGES, NOW, REASON, new_keys, tiny_package


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return new_keys(tmp_path)


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    package = tiny_package(tmp_path / "package")
    return Manifest(
        dataset="sexes",
        edition="2025",
        version=1,
        published_at=NOW,
        available_from=NOW,
        changes=CHANGES,
        files=package.files,
        description=package.description,
    )


def test_what_was_sealed_opens(signer: Signer, manifest: Manifest) -> None:
    sealed = seal(manifest, signer)

    assert unseal(sealed, signer.public_key, Manifest, "x.json") == manifest
    assert sealed == seal(manifest, signer)
    assert sealed == canonical(json.loads(sealed))
    assert len(sha256_of(sealed)) == 64


def test_the_register_keeps_its_name_in_files(manifest: Manifest) -> None:
    assert "register" in as_json(manifest)["description"]


def test_a_signature_of_one_kind_is_none_of_another(signer: Signer, manifest: Manifest) -> None:
    withdrawal = Withdrawal(
        dataset="sexes", edition="2025", version=1, withdrawn_at=NOW, envelope="0" * 64, reason=REASON
    )

    with pytest.raises(VerificationFailed, match=r"x\.json"):
        unseal(seal(withdrawal, signer), signer.public_key, Manifest, "x.json")
    with pytest.raises(VerificationFailed, match=r"x\.json"):
        unseal(seal(manifest, signer), signer.public_key, Withdrawal, "x.json")


def test_another_key_does_not_open_it(signer: Signer, manifest: Manifest) -> None:
    with pytest.raises(VerificationFailed, match="must be signed with the key 66687aadf862bd77"):
        unseal(seal(manifest, signer), PublicKey(bytes(32)), Manifest, "x.json")


def changed(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    def apply(sealed: bytes) -> bytes:
        parsed = json.loads(sealed)
        change(parsed)
        return canonical(parsed)

    return apply


ALTERATIONS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "content": (changed(lambda e: e["content"].update(version=2)), "signature must be that of its content"),
    "more keys": (changed(lambda e: e.update(more=1)), "content and signature, nothing else"),
    "less keys": (changed(lambda e: e.pop("signature")), "content and signature, nothing else"),
    "signature keys": (changed(lambda e: e["signature"].update(more=1)), "algorithm, key and value"),
    "signature type": (changed(lambda e: e.update(signature="x")), "algorithm, key and value"),
    "algorithm": (changed(lambda e: e["signature"].update(algorithm="none")), "signed with ed25519"),
    "key": (changed(lambda e: e["signature"].update(key="0" * 16)), "signed with the key"),
    "large digits": (changed(lambda e: e["signature"].update(value=e["signature"]["value"].upper())), "signature must"),
    "no digits": (changed(lambda e: e["signature"].update(value="zz")), "signature must"),
    "no text": (changed(lambda e: e["signature"].update(value=7)), "signature must"),
    "spaces": (lambda sealed: sealed + b"\n", "canonical JSON"),
    "twice a key": (lambda sealed: sealed.replace(b'{"content":', b'{"content":1,"content":', 1), "canonical JSON"),
    "a list": (lambda _: b"[]", "content and signature"),
    "nothing": (lambda _: b"", "must be JSON"),
    "no UTF-8": (lambda _: b'"\xff"', "must be JSON"),
    "too deep": (lambda _: b"[" * 100_000, "must be JSON"),
    "no number": (lambda _: b"NaN", "must be JSON"),
}


@pytest.mark.parametrize("name", ALTERATIONS)
def test_an_altered_envelope_is_refused(signer: Signer, manifest: Manifest, name: str) -> None:
    alter, rule = ALTERATIONS[name]
    with pytest.raises(VerificationFailed, match=rule) as caught:
        unseal(alter(seal(manifest, signer)), signer.public_key, Manifest, "2025.1.json")

    assert caught.value.problems[0].place == "2025.1.json"


def test_signed_content_of_another_form_is_refused(signer: Signer) -> None:
    body = {"format": "ytemo-release/9"}
    signature = {"algorithm": "ed25519", "key": signer.public_key.id, "value": signer.sign(canonical(body)).hex()}
    with pytest.raises(VerificationFailed, match="format"):
        unseal(canonical({"content": body, "signature": signature}), signer.public_key, Manifest, "x.json")


def test_a_huge_envelope_is_refused_before_it_is_parsed(
    signer: Signer, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_ENVELOPE_BYTES", 10)
    with pytest.raises(VerificationFailed, match="at most 10 bytes"):
        unseal(seal(manifest, signer), signer.public_key, Manifest, "x.json")
