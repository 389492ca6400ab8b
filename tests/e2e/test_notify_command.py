"""``ytemo notify`` as staff type it, killed in the middle, and the guide to it, run as it is written."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from datasets.verification import verify_store
from portal.cli import app
from publishers.webhooks.subscribers import Subscriber, load_subscribers
from tests.support.foreign_programs import ProgramFailed, run_javascript
from tests.support.guides import Guide
from tests.support.notified_store import NotifiedStore
from tests.support.webhooks import SECRET, Had, Receiver, Reply, is_signed, receiving

GUIDE = Guide("notify-by-webhook.md")
TOKEN = "T0K3N-in-the-query"


@pytest.fixture
def store(tmp_path: Path) -> NotifiedStore:
    return NotifiedStore(tmp_path / "store", now=datetime.now(UTC) - timedelta(hours=1))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def listed(store: NotifiedStore, *urls: str, **given: Any) -> Path:
    """Write a list of subscribers: ``portal-1`` and so on."""
    path = store.root.parent / "subscribers.yaml"
    whom = [
        {
            "id": f"portal-{number}",
            "url": f"{url}?key={TOKEN}",
            "secret_variable": "HOOK",
            "allow_private": True,
            **given,
        }
        for number, url in enumerate(urls, start=1)
    ]
    path.write_text(yaml.safe_dump({"subscribers": whom}), encoding="utf-8")
    return path


def environ(store: NotifiedStore) -> dict[str, str]:
    return {"YTEMO_DATA_DIR": str(store.root), "YTEMO_BASE_URL": "https://data.example.gov.vn", "HOOK": SECRET}


def ytemo(store: NotifiedStore, *arguments: object, **settings: str) -> Result:
    ended = CliRunner().invoke(app, ["notify", *map(str, arguments)], env={**environ(store), **settings})
    for hidden in (TOKEN, SECRET):
        assert hidden not in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    return ended


def reports(ended: Result) -> list[dict[str, Any]]:
    return list(json.loads(ended.stdout)["subscribers"])


def test_releases_are_told_of_once(store: NotifiedStore, receiver: Receiver) -> None:
    path = listed(store, receiver.address)
    store.publish("ages")
    assert "begins now, 1 earlier events are not sent" in ytemo(store, path).stdout
    store.publish()
    store.publish(embargo=48)
    store.withdraw("ages")
    assert "2 waiting" in ytemo(store, path, "--list").stdout
    (report,) = reports(ytemo(store, path, "--json"))
    assert report["delivered"] == ["release sexes 2025.1", "withdrawal ages 2025.1"]
    assert reports(ytemo(store, path, "--json"))[0]["delivered"] == []
    assert [each.event["subject"] for each in receiver.had] == ["sexes/2025.1", "ages/2025.1"]
    assert all(map(is_signed, receiver.had))
    assert receiver.had[0].event["source"] == "https://data.example.gov.vn"
    assert verify_store(store.root, store.root / "public-key.pem").failures == ()
    log = (store.folder / "portal-1.jsonl").read_text(encoding="utf-8")
    assert TOKEN not in log
    assert SECRET not in log


def test_what_needs_somebody_ends_with_code_55(store: NotifiedStore, receiver: Receiver) -> None:
    path = listed(store, receiver.address)
    ytemo(store, path)
    store.publish()
    receiver.answer = lambda _number, _had: Reply(500)
    ended = ytemo(store, path)
    assert ended.exit_code == 0
    assert "Warning: portal-1 (http://127.0.0.1" in ended.stderr
    assert "answered 500; release sexes 2025.1 is tried again after" in ended.stderr
    assert "failing" in ytemo(store, path, "--list").stdout
    receiver.answer = lambda _number, _had: Reply(410)
    ended = ytemo(store, path, "--only", "portal-1", "--since", "2026-01-01")
    assert ended.exit_code == 55
    assert "answered 410, Gone" in " ".join(ended.stderr.split())
    ended = ytemo(store, path, "--test", "portal-1")
    assert ended.exit_code == 55
    assert json.loads(ytemo(store, path, "--test", "portal-1", "--json").stdout)["error"]["code"] == "delivery-failed"
    receiver.answer = lambda _number, _had: Reply()
    assert "took the ping" in ytemo(store, path, "--test", "portal-1").stdout


@pytest.mark.parametrize(
    ("arguments", "settings", "told"),
    [
        (["--only", "portal-9"], {}, (12, "portal-9: is no subscriber of the list. it has: portal-1")),
        (["--test", "portal-9"], {}, (12, "is no subscriber of the list")),
        (["--since", "2026-01-01"], {}, (12, "needs --only")),
        (["--only", "portal-1", "--since", "soon"], {}, (12, "write 2027-03-01")),
        (["--test", "portal-1", "--list"], {}, (12, "goes with neither --only nor --list")),
        ([], {"YTEMO_BASE_URL": ""}, (11, "YTEMO_BASE_URL")),
        ([], {"HOOK": ""}, (55, "HOOK, the secret_variable of portal-1: holds no secret")),
        (["--test", "portal-1"], {"HOOK": "hunter2hunter2"}, (12, "whsec_ and 24 to 64 bytes")),
    ],
)
def test_what_cannot_be_asked_is_told(
    store: NotifiedStore, receiver: Receiver, arguments: list[str], settings: dict[str, str], told: tuple[int, str]
) -> None:
    code, words = told
    ended = ytemo(store, listed(store, receiver.address), *arguments, **settings)
    assert ended.exit_code == code, ended.stderr
    assert words in " ".join(ended.stderr.split())
    assert "hunter2" not in ended.stderr
    assert receiver.had == []


def test_a_mistake_in_the_list_and_a_misspelt_dataset_are_told(store: NotifiedStore, receiver: Receiver) -> None:
    path = listed(store, receiver.address, datasets=["sexs"])
    assert "datasets of portal-1: names what has no release yet: sexs" in ytemo(store, path).stderr
    path = listed(store, receiver.address, dataset=["sexes"])
    ended = ytemo(store, path)
    assert ended.exit_code == 10
    assert "Did you mean datasets?" in ended.stderr


def test_a_process_that_is_killed_is_gone_on_with(store: NotifiedStore, receiver: Receiver) -> None:
    path = listed(store, receiver.address)
    ytemo(store, path)
    for number in range(4):
        store.publish(f"ages-{number}")
    receiver.answer = lambda number, _had: Reply(wait=30.0 if number == 3 else 0.0)
    for number in (signal.SIGKILL, signal.SIGTERM):
        had = len(receiver.had)
        command = [str(Path(sys.executable).with_name("ytemo")), "notify", str(path)]
        running = subprocess.Popen(command, env={**os.environ, **environ(store)}, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 30
        while len(receiver.had) < had + (3 if had == 0 else 1) and time.monotonic() < deadline:
            time.sleep(0.02)
        running.send_signal(number)
        _, said = running.communicate(timeout=30)
        assert running.returncode in (-signal.SIGKILL, 143)
        assert "Traceback" not in said
        receiver.answer = lambda number, _had: Reply(wait=30.0 if number == 4 else 0.0)
    receiver.answer = lambda _number, _had: Reply()
    ytemo(store, path)
    subjects = [each.event["subject"].partition("/")[0] for each in receiver.had]
    assert subjects == ["ages-0", "ages-1", "ages-2", "ages-2", "ages-2", "ages-3"]
    assert len({each.id for each in receiver.had if each.event["subject"].startswith("ages-2/")}) == 1
    assert len({each.body for each in receiver.had}) == 4


# The guide ------------------------------------------------------------------------------------------------------------


def test_the_guide_s_commands_do_what_it_says(
    store: NotifiedStore, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (make_secret,) = re.findall(r"^ *```bash\n(.*?)^ *```$", GUIDE.text, re.MULTILINE | re.DOTALL)
    subprocess.run(["bash", "-euc", make_secret.strip()], check=True)
    assert (tmp_path / "national-portal.secret").stat().st_mode & 0o777 == 0o600
    (shown,) = re.findall(r"^   ```yaml\n(.*?)^   ```$", GUIDE.text, re.MULTILINE | re.DOTALL)
    Path("subscribers.yaml").write_text(re.sub("^   ", "", shown, flags=re.MULTILINE), encoding="utf-8")
    assert [each.id for each in load_subscribers(Path("subscribers.yaml"))] == [
        "national-portal", "vaccination-team", "warehouse",
    ]  # fmt: skip
    text = Path("subscribers.yaml").read_text(encoding="utf-8")
    local = text.replace("https://portal.example.org/hooks/health", f"{receiver.address}\n    allow_private: true")
    local = local.partition("  - id: vaccination-team")[0]
    Path("subscribers.yaml").write_text(local, encoding="utf-8")
    commands = re.findall(r"^ *ytemo notify (.*)$", GUIDE.text, re.MULTILINE)
    assert len(commands) == 5
    for command in commands:
        ended = ytemo(store, *shlex.split(command))
        assert ended.exit_code == 0, (command, ended.stderr)
    assert len(receiver.had) == 1


def test_the_guide_names_every_key() -> None:
    for key in Subscriber.model_fields:
        assert f"`{key}`" in GUIDE.text, key


def delivered(store: NotifiedStore, receiver: Receiver) -> Had:
    path = listed(store, receiver.address)
    ytemo(store, path)
    store.publish()
    ytemo(store, path)
    (had,) = receiver.had
    return had


def test_the_guide_s_programs_tell_what_is_ours_from_what_is_not(store: NotifiedStore, receiver: Receiver) -> None:
    had = delivered(store, receiver)
    (python,) = GUIDE.blocks("python")
    (javascript,) = GUIDE.blocks("javascript")
    scope: dict[str, Any] = {}
    exec(compile(python, GUIDE.name, "exec"), scope)
    verified = scope["verified"]
    assert verified(had.headers, had.body, SECRET)["data"]["dataset"] == "sexes"
    other = "whsec_" + "A" * 32
    old = {**had.headers, "webhook-timestamp": "1614265330"}
    wrong = ((had.headers, had.body + b" ", SECRET), (had.headers, had.body, other), (old, had.body, SECRET))
    for headers, body, secret in wrong:
        with pytest.raises(ValueError, match=r"not signed by this secret|sent too long ago"):
            verified(headers, body, secret)

    def asking(headers: dict[str, str], body: bytes, secret: str) -> str:
        given = ", ".join(map(json.dumps, (headers, body.decode(), secret)))
        return f"{javascript}\nconsole.log(verified({given}).data.dataset);"

    assert run_javascript([asking(had.headers, had.body, SECRET)]) == ['"sexes"']
    for each in wrong:
        with pytest.raises(ProgramFailed, match=r"not signed by this secret|sent too long ago"):
            run_javascript([asking(*each)])
