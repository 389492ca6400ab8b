"""A release whose records would be invalid does not go out: the command says what is wrong; nothing is published."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from catalog.standards import checks
from catalog.standards.addresses import Addresses
from catalog.standards.dcat import dataset_graph
from catalog.standards.described import Described
from catalog.standards.rdf import DCTERMS, Description
from datasets.errors import DefinitionInvalid, ReleaseRejected
from portal.cli import app, record_check
from publishers import release_checks
from publishers.terminal import EXIT_CODES
from tests.support.clinic import write_clinic


def publish(definition: Path, store: Path) -> tuple[int, str]:
    arguments = ["publish", str(definition), "--edition", "2026", "--data-dir", str(store)]
    ended = CliRunner().invoke(app, arguments)
    return ended.exit_code, ended.stdout + ended.stderr


@pytest.mark.parametrize("url", ["moh.gov.vn", "https://moh.gov.vn/a b", "javascript:alert(1)"])
def test_what_the_definition_tells_is_refused_before_any_data_is_read(tmp_path: Path, url: str) -> None:
    definition = write_clinic(tmp_path / "visits")
    file = definition / "dataset.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("\npublisher:\n", f"\npublisher:\n  url: '{url}'\n"), encoding="utf-8")
    code, told = publish(definition, tmp_path / "store")
    assert code == EXIT_CODES[DefinitionInvalid]
    assert "must be an address of the web" in " ".join(told.split())
    assert not (tmp_path / "store" / "releases").exists()


def test_it_is_refused_with_place_and_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    definition = write_clinic(tmp_path / "visits")

    def without_titles(described: Described, addresses: Addresses) -> Description:
        graph = dataset_graph(described, addresses)
        graph.remove((None, DCTERMS.title, None))
        return graph

    with monkeypatch.context() as patch:
        patch.setattr(checks, "dataset_graph", without_titles)
        code, told = publish(definition, tmp_path / "store")
    assert code == EXIT_CODES[ReleaseRejected]
    assert "release.ttl" in told
    assert "must have title in both languages" in " ".join(told.split())
    assert not list((tmp_path / "store" / "releases").rglob("*.json"))
    assert publish(definition, tmp_path / "store")[0] == 0


def test_the_check_is_asked_once() -> None:
    assert release_checks.asked.count(record_check) == 1
