"""Topics from the search to the answer: pages, questions that the explorer answers, feeds, and what is planned."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import quote

import pytest

from portal.public.app import PortalOptions, create_app
from portal.public.topics.topic import Question, load_topics
from portal.shared.links import Links
from tests.support.html_pages import Document, dangers, faults
from tests.support.http import Client, client_of
from tests.support.publication import Ministry

SHOWN = {"dengue", "diabetes", "hospital-stays", "health-insurance", "health-facilities", "provinces"}
QUESTIONS = [(topic.id, question) for topic in load_topics() for question in topic.questions]
PLANNED = """\
planned:
  - id: malaria-cases
    title: {vi: Số ca <b>sốt rét</b>, en: Cases of <b>malaria</b>}
    summary: {vi: Theo tỉnh., en: By province.}
    publisher: {vi: Bộ Y tế, en: Ministry of Health}
    theme: preventive-medicine
    frequency: yearly
    expected: 2027-Q1
"""


@pytest.fixture(scope="module")
def planning(shipped_ministry: Ministry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A portal with a plan of its own."""
    file = tmp_path_factory.mktemp("planned") / "planned.yaml"
    file.write_text(PLANNED, encoding="utf-8")
    root = shipped_ministry.root
    options = PortalOptions(root, root / "public-key.pem", "http://localhost", planned_file=file)
    with client_of(create_app(options)) as client:
        yield client


def leads(html: str) -> set[str]:
    return set(re.findall(r'href="(?:/en)?/topics/([a-z-]+)"', html))


@pytest.mark.parametrize("language", ["", "/en"])
def test_every_topic_has_a_sound_page(shipped: Client, language: str) -> None:
    listed = shipped.get(f"{language}/topics").text
    assert leads(listed) == SHOWN
    for path in (f"{language}/topics", *(f"{language}/topics/{topic}" for topic in SHOWN)):
        answer = shipped.get(path)
        assert answer.status_code == 200
        assert faults(Document(answer.text)) == []
        assert dangers(Document(answer.text)) == []
        assert shipped.get(path, if_none_match=answer.headers["etag"]).status_code == 304


def test_a_topic_begins_with_viet_nam(shipped: Client) -> None:
    """One of its datasets is of hospitals abroad; made-up numbers at least say what they are."""
    first = shipped.get("/en/topics/hospital-stays").text.partition('class="cards')[0]
    assert "/en/datasets/hospital-discharges/explore" in first
    assert "diabetes-hospital-encounters/releases" not in first


def test_a_topic_gathers_chart_questions_datasets_and_what_comes_next(shipped: Client) -> None:
    html = shipped.get("/en/topics/hospital-stays").text
    assert "For what people are admitted to hospital" in html
    assert "/en/datasets/hospital-discharges/releases/2025.1/charts/" in html
    assert 'href="/en/datasets/hospital-discharges/releases/2025.1/explore?table=' in html
    assert 'href="/en/datasets/diabetes-hospital-encounters"' in html
    assert "Newest edition" in html
    assert "31 March 2027" in html
    assert 'href="/en/glossary#icd-10"' in html
    assert 'href="/en/feeds/topics/hospital-stays.atom"' in html


@pytest.mark.parametrize("language", ["", "/en"])
def test_a_chart_of_more_than_the_topic_is_not_its_chart(shipped: Client, language: str) -> None:
    """All discharges of a province would be quoted as those of the insured."""
    html = shipped.get(f"{language}/topics/health-insurance").text
    assert "/charts/" not in html
    assert "explore?table=by-month-province-insurance" in html


@pytest.mark.parametrize(("topic", "question"), QUESTIONS)
def test_the_explorer_answers_every_question(shipped: Client, topic: str, question: Question) -> None:
    address = Links().explore(question.dataset, "en", question.explore.items())
    assert address in unescape(shipped.get(f"/en/topics/{topic}").text)
    html = shipped.get(address).text
    assert "There is no" not in html
    numbers = re.findall(r'<td class="number">[\d.,]+', html)
    assert len(numbers) >= 2, "what is withheld answers nothing"
    pinned = re.search(r"/releases/[^/]+/explore\?([^\s<]+)", html)
    assert pinned
    settled = dict(each.split("=") for each in unescape(pinned[1]).split("&"))
    assert question.explore.items() <= settled.items()


@pytest.mark.parametrize("page", ["/", "/en", "/datasets", "/en/datasets?q=zzzz"])
def test_each_example_beside_a_search_finds_something(shipped: Client, page: str) -> None:
    hint = re.search(r'id="q-hint"[^>]*>(.*?)</p>', shipped.get(page).text)
    assert hint
    examples = re.findall("“(.+?)”", unescape(hint[1]))
    assert len(examples) >= 3
    for each in examples:
        assert shipped.get(f"/api/v1/search?q={quote(each)}").json()["total"] >= 1, each


def test_a_search_for_a_topic_leads_to_it(shipped: Client) -> None:
    for typed in ("sot xuat huyet", "sxh", "sot xuat huyt"):
        html = shipped.get(f"/datasets?q={quote(typed)}").text
        assert html.index('href="/topics/dengue"') < html.index('href="/datasets/dengue-cases"')
    assert leads(shipped.get("/datasets?q=giuong+benh").text) == set()
    assert leads(shipped.get("/datasets").text) == set()


def test_first_page_themes_and_sitemap_lead_to_topics(shipped: Client) -> None:
    assert leads(shipped.get("/en").text) == SHOWN
    assert leads(shipped.get("/themes/preventive-medicine").text) == {"dengue"}
    assert leads(shipped.get("/themes/vaccination").text) == set()
    sitemap = shipped.get("/sitemap.xml").text
    assert set(re.findall(r"<loc>http://localhost/en/topics/([a-z-]+)</loc>", sitemap)) == SHOWN


def test_the_feed_of_a_topic_tells_of_its_datasets_alone(shipped: Client) -> None:
    feed = shipped.get("/en/feeds/topics/hospital-stays.atom")
    assert "<title>Hospital stays" in feed.text
    assert "hospital-discharges" in feed.text
    assert "diabetes-hospital-encounters" in feed.text
    assert "dengue-cases" not in feed.text
    assert shipped.get("/feeds/topics/malaria.atom").status_code == 404


@pytest.mark.parametrize("path", ["/topics/malaria", "/topics/nothing"])
def test_of_what_nothing_is_published_or_planned_there_is_no_page(shipped: Client, path: str) -> None:
    assert shipped.get(path).status_code == 404


def test_a_topic_of_which_nothing_is_published_says_what_is_planned_and_when(planning: Client) -> None:
    assert leads(planning.get("/en/topics").text) == SHOWN | {"malaria"}
    html = planning.get("/en/topics/malaria").text
    assert faults(Document(html)) == []
    assert "Cases of &lt;b&gt;malaria" in html
    assert "Quarter 1" in html or "First quarter" in html
    assert "Số ca &lt;b&gt;sốt rét" in planning.get("/plan").text
    assert "malaria-cases,Cases of <b>malaria</b>" in planning.get("/en/plan.csv").text
    assert leads(planning.get("/datasets?q=sot+ret").text) == {"malaria"}
    assert "<entry>" not in planning.get("/feeds/topics/malaria.atom").text


def test_the_shipped_plan_holds_the_usage_of_the_portal(shipped: Client) -> None:
    assert "Lượt sử dụng dữ liệu trên cổng theo tháng" in shipped.get("/plan").text
    assert "portal-usage" in shipped.get("/plan.csv").text
