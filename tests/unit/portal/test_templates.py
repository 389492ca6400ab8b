"""Templates stay small, say nothing that is not translated, and use exactly what their page offers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from jinja2 import Environment, UndefinedError, meta, nodes
from pydantic import BaseModel

from datasets.text import LANGUAGES, Language
from portal.public.pages.about import AboutPage
from portal.public.pages.calendar import CalendarPage
from portal.public.pages.collection import CollectionPage
from portal.public.pages.collections import CollectionsPage
from portal.public.pages.compare import ComparePage
from portal.public.pages.dataset_api import DatasetApiPage
from portal.public.pages.developers import DevelopersPage
from portal.public.pages.embed import EmbedPage
from portal.public.pages.explore import ExplorePage
from portal.public.pages.harvested import HarvestedPage
from portal.public.pages.home import HomePage
from portal.public.pages.listing import DatasetsPage
from portal.public.pages.plan import PlanPage
from portal.public.pages.release import ReleasePage
from portal.public.pages.reuses import ReusesPage
from portal.public.pages.subscribe import SubscribePage, SubscriptionPage
from portal.public.pages.text import TextPage
from portal.public.pages.topic import TopicPage
from portal.public.pages.usage import UsagePage
from portal.public.pages.withdrawn import WithdrawnPage
from portal.shared.error_page import ErrorPage, error_page
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.templating import TEMPLATES, environment, render
from portal.shared.wording import wording

PAGES: dict[str, type[Page]] = {
    "about": AboutPage,
    "calendar": CalendarPage,
    "collection": CollectionPage,
    "collections": CollectionsPage,
    "compare": ComparePage,
    "dataset_api": DatasetApiPage,
    "datasets": DatasetsPage,
    "developers": DevelopersPage,
    "embed": EmbedPage,
    "embed_withdrawn": WithdrawnPage,
    "error": ErrorPage,
    "explore": ExplorePage,
    "harvested": HarvestedPage,
    "home": HomePage,
    "plan": PlanPage,
    "release": ReleasePage,
    "reuses": ReusesPage,
    "subscribe": SubscribePage,
    "subscription": SubscriptionPage,
    "text": TextPage,
    "topic": TopicPage,
    "usage": UsagePage,
    "withdrawn": WithdrawnPage,
}
IMPORTED = {"parts", "release", "data", "rated", "explorer", "topics", "corrections"}
OTHER_PARTS = {
    "release": ("release_parts.html", "release_data.html"),
    "topic": ("pages/collection.html",),
    "embed_withdrawn": ("pages/withdrawn.html",),
    "withdrawn": ("pages/embed_withdrawn.html",),
}
"""Where else a page shows its fields."""
STANDARDS = {"DCAT (Turtle)", "DCAT (JSON-LD)", "DCAT (RDF/XML)", "OAI-PMH", "data.json"}
SAID_IN_ONE_LANGUAGE = {"ytemo", "English", "Tiếng Việt", *STANDARDS}
SOURCES = {
    path.relative_to(TEMPLATES).as_posix(): path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html")
}


def test_there_is_a_page_class_for_each_template() -> None:
    assert {f"pages/{name}.html" for name in PAGES} == {name for name in SOURCES if name.startswith("pages/")}


@pytest.mark.parametrize("name", SOURCES)
def test_a_template_is_small(name: str) -> None:
    assert len(SOURCES[name].splitlines()) <= 150


@pytest.mark.parametrize("name", SOURCES)
def test_a_template_says_nothing_that_is_not_translated(name: str) -> None:
    code = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", SOURCES[name], flags=re.DOTALL)
    visible = re.sub(r"<[^>]*>", "\n", code)
    said = {line.strip() for line in visible.splitlines() if re.search(r"[^\W\d_]", line)}
    assert said <= SAID_IN_ONE_LANGUAGE
    attributes = re.findall(r'(?:alt|aria-label|title|placeholder|value|content)="([^"]*)"', code)
    assert {text for text in attributes if re.search(r"[^\W\d_]", text)} <= {
        "width=device-width, initial-scale=1",
        "noindex",
        "light dark",
    }


@pytest.mark.parametrize("name", PAGES)
def test_a_template_uses_only_its_page_and_links(name: str) -> None:
    tree = environment("vi").parse(SOURCES[f"pages/{name}.html"])
    assert meta.find_undeclared_variables(tree) <= {"page", "links", "_", *IMPORTED}
    sources = [f"pages/{name}.html", "base.html", *OTHER_PARTS.get(name, ())]
    used = {attribute for source in sources for attribute in page_attributes(SOURCES[source])}
    assert used <= set(PAGES[name].model_fields)


@pytest.mark.parametrize("name", PAGES)
def test_every_field_of_a_page_is_described_and_shown(name: str) -> None:
    for model in models_of(PAGES[name]):
        assert [field for field, about in model.model_fields.items() if not about.description] == []
        assert model.model_config["frozen"]
    sources = [f"pages/{name}.html", "base.html", *OTHER_PARTS.get(name, ())]
    used = {attribute for source in sources for attribute in page_attributes(SOURCES[source])}
    assert set(PAGES[name].model_fields) - used == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_missing_value_is_an_error_and_every_value_is_escaped(language: Language) -> None:
    templates: Environment = environment(language)
    with pytest.raises(UndefinedError):
        templates.from_string("{{ page.nothing }}").render(page=error_page(404, Links(), wording(language)))
    hostile = "<b>&\"'"
    written = templates.from_string('{{ a }}{{ _("Reason: %(reason)s", reason=a) }}').render(a=hostile)
    assert "<b>" not in written
    assert written.count("&lt;b&gt;&amp;&#34;&#39;") == 2


@pytest.mark.parametrize("status", [400, 404, 405, 410, 418, 422, 429, 500, 503, 599])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_page_helps(status: int, language: Language) -> None:
    page = error_page(status, Links(), wording(language))
    html = render("error", page, Links())
    assert page.title in html
    assert str(status) in html
    assert f'action="{Links().datasets(language)}"' in html
    assert 'name="robots" content="noindex"' in html


def page_attributes(source: str) -> Iterator[str]:
    for node in environment("vi").parse(source).find_all(nodes.Getattr):
        if isinstance(node.node, nodes.Name) and node.node.name == "page":
            yield node.attr


def models_of(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield ``model`` and every model that its fields hold."""
    yield model
    for field in model.model_fields.values():
        for part in re.findall(r"portal\.[\w.]+", str(field.annotation)):
            module, _, name = part.rpartition(".")
            yield from models_of(getattr(__import__(module, fromlist=[name]), name))
