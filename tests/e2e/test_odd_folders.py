"""What folders are called changes no number, wherever the source, the store or the portal are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from portal.cli import app
from portal.public.app import PortalOptions, create_app
from tests.support.clinic import write_clinic
from tests.support.http import client_of

ODD = [
    "age=34",
    "sex=F",
    "people=7/age_group=_T/visits_status=zero",
    "a[b]?*c",
    "plan#2",
    "$HOME",
    "100%",
    "it's a\\ store",
    "Y tế",
]


def run(*arguments: str | Path) -> str:
    ended = CliRunner().invoke(app, list(map(str, arguments)))
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def objects(store: Path) -> list[str]:
    return sorted(path.name for path in (store / "objects").rglob("*") if path.is_file())


def publish_twice(folder: Path) -> Path:
    """Publish from and into ``folder``, and a correction, which is compared with the first."""
    clinic, store = write_clinic(folder / "input"), folder / "store"
    for rows in (3_000, 3_001):
        write_clinic(clinic, rows=rows)
        run("publish", clinic, "--edition", "2026", "--data-dir", store)
    return store


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_twice(tmp_path_factory.mktemp("plain"))


def answers(store: Path) -> list[Any]:
    """Return all rows of every table, and an answer that has to be added up."""
    table = "/api/v1/datasets/clinic-visits/tables/by-sex-age/data"
    with client_of(create_app(PortalOptions(store, store / "public-key.pem"))) as client:
        asked = (f"{table}?group=sex,age_group&limit=1000", f"{table}?group=age_group&visits__gt=100&order=-visits")
        return [client.json(question)["data"] for question in asked]


@pytest.mark.parametrize("name", ODD)
def test_a_folder_s_name_changes_nothing(name: str, plain: Path, tmp_path: Path) -> None:
    store = publish_twice(tmp_path / name)
    assert objects(store) == objects(plain)
    assert "is what was signed" in run("verify", store)
    found = answers(store)
    assert found == answers(plain)
    assert all(found)
