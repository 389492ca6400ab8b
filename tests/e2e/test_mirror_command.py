"""``ytemo mirror`` as staff type it, and the guide to it, run as it is written."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from portal.cli import app
from publishers.mirror.target import alone_at
from tests.support.ckan_target import ADMIN_TOKEN, Ckan
from tests.support.releases import DemoStore

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "mirror-to-ckan.md"
SETTINGS = {"YTEMO_BASE_URL": "https://data.example.gov.vn", "CKAN_API_TOKEN": ADMIN_TOKEN}


def ytemo(demo: DemoStore, *arguments: str, **settings: str) -> Result:
    environ = {**SETTINGS, "YTEMO_DATA_DIR": str(demo.root), **settings}
    return CliRunner().invoke(app, ["mirror", *arguments], env=environ)


def test_the_second_run_says_that_nothing_was_written(demo: DemoStore, ckan: Ckan) -> None:
    first = json.loads(ytemo(demo, ckan.address, "--rows", "--json").stdout)
    assert len(first["written"]) == len(ckan.writes())
    assert first["unchanged"] == []
    second = json.loads(ytemo(demo, ckan.address, "--rows", "--json").stdout)
    assert (second["written"], second["changed"]) == ([], [])
    assert second["unchanged"] == first["changed"] == sorted(ckan.packages)
    assert second["reads"] == len(ckan.calls) - len(ckan.writes()) - first["reads"]


def test_what_is_refused_ends_with_code_54_and_says_what_was_written(demo: DemoStore, ckan: Ckan) -> None:
    ckan.organization_create("admin", {"name": "ministry-of-health"})
    ckan.package_create("admin", {"name": "hospital-visits", "owner_org": "ministry-of-health"})
    ended = ytemo(demo, ckan.address)
    assert ended.exit_code == 54
    assert "Wrote: package_create notifiable-diseases" in ended.stderr
    assert "hospital-visits: is a package of the target that this mirror did not make" in ended.stderr
    assert "Traceback" not in ended.stderr
    told: dict[str, Any] = json.loads(ytemo(demo, ckan.address, "--json").stdout)["error"]
    assert (told["code"], len(told["problems"])) == ("mirror-failed", 1)


@pytest.mark.parametrize(
    ("arguments", "settings", "code", "words"),
    [
        (["data.example.org"], {}, 12, "must be the address of a CKAN"),
        (["http://ckan.example.org"], {}, 12, "--plain-http"),
        (["https://ckan.example.org"], {"CKAN_API_TOKEN": ""}, 12, "holds no token"),
        (["https://ckan.example.org"], {"YTEMO_BASE_URL": ""}, 11, "YTEMO_BASE_URL"),
        (["https://ckan.example.org", "--prefix", "A b"], {}, 12, "--prefix"),
        (["http://127.0.0.1:9", "--dataset", "no-such"], {}, 41, "no-such"),
    ],
)
def test_what_cannot_be_asked_is_told(
    demo: DemoStore, arguments: list[str], settings: dict[str, str], code: int, words: str
) -> None:
    ended = ytemo(demo, *arguments, **settings)
    assert ended.exit_code == code, ended.stderr
    assert words in " ".join(ended.stderr.split())


def test_no_failure_shows_the_token(demo: DemoStore, ckan: Ckan) -> None:
    ckan.fault = lambda _: "before:400"
    ended = ytemo(demo, ckan.address)
    assert ended.exit_code == 54
    assert ADMIN_TOKEN not in ended.stdout + ended.stderr


def test_a_second_mirror_at_the_same_time_writes_nothing(demo: DemoStore, ckan: Ckan) -> None:
    with alone_at(ckan.address, demo.root):
        ended = ytemo(demo, ckan.address)
        assert ended.exit_code == 40
        assert ckan.calls == []
        assert ytemo(demo, ckan.address, "--dry-run").exit_code == 0
    assert ytemo(demo, ckan.address).exit_code == 0


def test_the_guide_does_what_it_says(demo: DemoStore, ckan: Ckan, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(ADMIN_TOKEN, encoding="utf-8")
    commands = re.findall(r"^ytemo mirror (.*)$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(commands) >= 5
    ckan.organization_create("admin", {"name": "bo-y-te"})
    for command in commands:
        written = command.replace("https://ckan.example.org", ckan.address).replace("/etc/ytemo/ckan-token", str(token))
        before = len(ckan.writes())
        ended = ytemo(demo, *shlex.split(written, comments=True))
        assert ended.exit_code == 0, (command, ended.stderr)
        if "--dry-run" in command:
            assert len(ckan.writes()) == before
    assert "byt-notifiable-diseases" in ckan.packages
