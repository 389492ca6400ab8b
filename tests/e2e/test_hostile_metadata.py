"""Whatever a publisher writes into metadata, codes or register cells, pages show it as text and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from openapi_spec_validator import validate

from datasets.codelist import Codelist, Member
from datasets.definition import Definition
from datasets.release import DisclosureSummary
from datasets.text import LANGUAGES, Bilingual, Language
from portal.public.app import PortalOptions, create_app
from publishers.package.build import EditionContents
from tests.support.html_pages import Document, dangers, faults
from tests.support.http import Client, client_of
from tests.support.releases import (
    NOW,
    PROVINCES,
    add_edition,
    codelist_contents,
    disease_contents,
    disease_definition,
    loaded,
    open_demo_store,
    register_contents,
)

MARKUP = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title><script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "%(count)s %s %%",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "]]><!-- --><script>",
]
HOSTILE = [" ".join(MARKUP), "javascript:alert(1)"]
"""Together, because each store takes a while to make; the last must stand alone to be an address."""
DATASETS = ("notifiable-diseases", "licensed-facilities", "administrative-units")


def both(text: str) -> dict[str, str]:
    return {"vi": f"VI {text}", "en": f"EN {text}"}


def words(text: str) -> Bilingual:
    return Bilingual(**both(text))


def hostile_definition(definition: Definition, text: str) -> Definition:
    """Return ``definition`` with ``text`` in every field that people may write freely."""
    raw = definition.model_dump(mode="json", exclude_unset=True)
    raw |= {
        "title": both(text),
        "summary": both(text),
        "keywords": {"vi": [text], "en": [text]},
        "attribution": both(text),
        "coverage": {"area": both(text)},
        "publisher": {"id": "ministry-of-health", "name": both(text), "url": text},
        "contact": {"name": both(text), "email": "data@example.org"},
        "rules": [{"title": both(text), "citation": both(text), "valid_from": "2016-07-01", "valid_to": "2017-07-01"}],
    }
    for group in ("dimensions", "measures", "tables"):
        for item in raw.get(group, {}).values():
            item |= {name: both(text) for name in ("title", "unit") if name in item}
    for column in raw.get("source", {}).get("columns", {}).values():
        if "title" in column:
            column["title"] = both(text)
    return Definition.model_validate(raw)


def hostile_list(codelist: Codelist, text: str) -> Codelist:
    members = tuple(Member(**(vars(member) | {"label": words(text)})) for member in codelist.members)
    return Codelist(codelist.id, words(text), members, words(text))


def hostile(contents: EditionContents, text: str) -> EditionContents:
    definition = hostile_definition(contents.definition, text)
    lists = {name: hostile_list(codelist, text) for name, codelist in contents.codelists.items()}
    methods = words(f"## {text}\n\n{text}\n\n| {text} |\n|---|\n| {text} |\n\n[{text}]({text})")
    edition = loaded(definition, list(lists.values()))
    disclosure = contents.disclosure and DisclosureSummary(
        rules=contents.disclosure.rules.model_copy(update={"reason": words(text)}),
        citation=words(text),
        summary=words(text),
        audited=True,
    )
    changed = {"loaded": type(edition)(definition, edition.folder, methods, lists), "codelists": lists}
    return EditionContents(**(vars(contents) | changed | {"disclosure": disclosure}))


@pytest.fixture(scope="module", params=HOSTILE)
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, str]]:
    text: str = request.param
    demo = open_demo_store(tmp_path_factory.mktemp("store"))
    names = [text, "Bệnh viện", "Nhà thuốc", "Phòng khám"]
    for contents in (
        disease_contents(disease_definition(), "2024"),
        register_contents(name=names),
        codelist_contents(),
    ):
        add_edition(demo, hostile(contents, text), at=NOW)
    withdrawn = disease_contents(disease_definition(), "2023")
    add_edition(demo, withdrawn, at=NOW)
    demo.store.withdraw("notifiable-diseases", "2023", 1, reason=words(text), signer=demo.signer, now=NOW)
    app = create_app(PortalOptions(demo.root, demo.public_key), demo.releases)
    app.state.services.catalog.refresh()
    with client_of(app) as client:
        yield client, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_shown_and_does_nothing(asked: tuple[Client, str], language: Language) -> None:
    client, text = asked
    prefix = "" if language == "vi" else "/en"
    paths = [f"{prefix}/datasets/{dataset}" for dataset in DATASETS]
    docs = [f"{path}/api" for path in paths]
    around = [f"{prefix}/{each}" for each in ("publishers", "publishers/ministry-of-health", "report", "request")]
    letters = [f"{prefix}/{each}?dataset={dataset}" for each in ("report", "request") for dataset in DATASETS]
    for path in (prefix or "/", f"{prefix}/datasets", f"{prefix}/api", *paths, *docs, *around, *letters):
        response = client.get(path)
        assert response.status_code == 200, response.text
        document = Document(response.text)
        assert dangers(document) == []
        assert faults(document) == []
        assert f"{language.upper()} {text}" in "".join(document.all("main")[0].text), path
    assert any(text in name for name in Document(client.get(paths[1]).text).visible), "the cell of the register"
    for dataset in DATASETS:
        validate(client.json(f"/api/v1/datasets/{dataset}/openapi.json"))


def test_a_reason_for_withdrawal_is_text(asked: tuple[Client, str]) -> None:
    client, text = asked
    response = client.get("/en/datasets/notifiable-diseases/releases/2023.1")
    assert response.status_code == 410
    document = Document(response.text)
    assert dangers(document) == []
    assert text in document.all("main")[0].text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_stranger_searches_for_is_text(asked: tuple[Client, str], language: Language) -> None:
    client, text = asked
    prefix = "" if language == "vi" else "/en"
    for parameter in ("q", "theme", "publisher", "kind", "licence", "format", "frequency"):
        url = str(client.get("/").request.url.copy_with(path=f"{prefix}/datasets", params={parameter: text}))
        document = Document(client.get(url).text)
        assert dangers(document) == []
        assert faults(document) == []
    assert PROVINCES.id not in " ".join(document.visible)
