"""Signatures are those of Standard Webhooks; secrets are read from their place alone and shown nowhere."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from datasets.errors import UsageInvalid
from publishers.webhooks.signing import MAX_SECRETS, Secrets, read_secrets
from tests.support.webhooks import KEY, SECRET, subscriber

IN_FILE = {"secret_variable": "", "secret_file": "secret"}


def test_the_example_that_the_reference_implementations_share() -> None:
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signature = Secrets((key,)).signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_secrets_change_both_sign() -> None:
    old, new = b"o" * 32, b"n" * 32
    both = Secrets((new, old)).signature("msg_1", 1, b"x").split(" ")
    assert both == [Secrets((new,)).signature("msg_1", 1, b"x"), Secrets((old,)).signature("msg_1", 1, b"x")]


def test_secrets_come_from_a_variable_or_a_file(tmp_path: Path) -> None:
    assert read_secrets(subscriber(), tmp_path, {"HOOK": f" {SECRET}\n"}).keys == (KEY,)
    other = f"whsec_{base64.b64encode(b'x' * 24).decode()}"
    (tmp_path / "secret").write_text(f"{SECRET}\n{other}\n")
    found = read_secrets(subscriber(**IN_FILE), tmp_path, {})
    assert found.keys == (KEY, b"x" * 24)
    assert "0123" not in repr(found)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "holds no secret"),
        ("hunter2", "whsec_ and 24 to 64 bytes"),
        ("whsec_aGFsbG8=", "whsec_ and 24 to 64 bytes"),
        ("whsec_" + "A" * 400, "whsec_ and 24 to 64 bytes"),
        ("whsec_" + "A" * 33, "whsec_ and 24 to 64 bytes"),
        (f"{SECRET} hunter2", "whsec_ and 24 to 64 bytes"),
        (" ".join([SECRET] * (MAX_SECRETS + 1)), "at most 3 secrets"),
        (" ".join([SECRET] * 9), "one to 3 secrets"),
        ("x" * 9_000, "small file"),
    ],
)
def test_what_is_no_secret_is_refused_and_not_shown(tmp_path: Path, text: str, rule: str) -> None:
    (tmp_path / "secret").write_text(text)
    with pytest.raises(UsageInvalid) as caught:
        read_secrets(subscriber(**IN_FILE), tmp_path, {})
    message = str(caught.value)
    assert rule in message
    assert "secret_file of portal" in message
    for word in text.split():
        assert word not in message


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, rule in (("none", "No such file"), ("pipe", "is no small file"), (".", "is no small file")):
        with pytest.raises(UsageInvalid, match=rule):
            read_secrets(subscriber(**{**IN_FILE, "secret_file": name}), tmp_path, {})
    with pytest.raises(UsageInvalid, match="HOOK, the secret_variable of portal"):
        read_secrets(subscriber(), tmp_path, {})
