"""Topics and planned datasets: a list is refused with place and remedy, and gathers what names the topic, no more."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from catalog.evaluation import read_corpus
from catalog.schedule import Schedule, schedule_of
from datasets.errors import SettingInvalid
from datasets.text import Bilingual, BilingualList
from portal.public.planned import Planned, PlannedList, load_planned
from portal.public.topics.gathering import Topics, answerable, asked_for, is_about
from portal.public.topics.topic import Question, Topic, load_topics
from tests.support.releases import make_demo_store
from tests.support.shared import SHARED

TODAY = date(2026, 7, 1)
ONE = """\
topics:
  - id: dengue
    title: {vi: Sốt xuất huyết, en: Dengue}
    sentence: {vi: Bao nhiêu ca., en: How many cases.}
    terms: [sốt xuất huyết]
    glossary: [missing]
    questions:
      - ask: {vi: Ở đâu, en: Where}
        dataset: notifiable-diseases
        explore: {show: map, measure: cases, rows: province}
"""
TO_COME = """\
planned:
  - id: malaria-cases
    title: {vi: Số ca sốt rét, en: Cases of malaria}
    summary: {vi: Theo tỉnh., en: By province.}
    publisher: {vi: Bộ Y tế, en: Ministry of Health}
    theme: preventive-medicine
    frequency: yearly
    expected: 2027-Q1
"""


@pytest.fixture(scope="module")
def schedule(tmp_path_factory: pytest.TempPathFactory) -> Schedule:
    return schedule_of(make_demo_store(tmp_path_factory.mktemp("store")).releases, TODAY)


@pytest.fixture(scope="module")
def shipped() -> dict[str, Topic]:
    return {topic.id: topic for topic in load_topics()}


def written(folder: Path, text: str) -> Path:
    file = folder / "list.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def to_come(*titles: str) -> PlannedList:
    return PlannedList(planned=tuple(planned(at, title) for at, title in enumerate(titles)))


def planned(at: int, title: str, keyword: str = "") -> Planned:
    return Planned(
        id=f"planned-{at}",
        title=Bilingual(vi=title, en="Some cases"),
        summary=Bilingual(vi="Theo tỉnh.", en="By province."),
        keywords=BilingualList(vi=(keyword,) if keyword else ()),
        publisher=Bilingual(vi="Bộ Y tế", en="Ministry of Health"),
        theme="preventive-medicine",
        frequency="yearly",
        expected="2027",
    )


# Lists ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "place", "told"),
    [
        ("show: map", "show: globe", "key topics[1].questions[1].explore", "line, bars, panels, map, table"),
        ("rows: province", "row: province", "key topics[1].questions[1].explore", "'row' is no parameter"),
        ("rows: province", "level.: province", "key topics[1].questions[1].explore", "level.DIMENSION"),
        ("terms: [sốt", "term: [sốt", "line 5, key topics[1].term", "Did you mean terms?"),
        ("[sốt xuất huyết]", "[]", "line 5, key topics[1].terms", ""),
        ("[sốt xuất huyết]", "['--']", "line 5, key topics[1].terms", "must hold a word"),
        ("glossary: [missing]", "glossary: [mising]", "key topics[1].glossary", "Did you mean missing?"),
        ("en: Dengue", "de: Dengue", "line 3, key topics[1].title", "de is not a key here"),
        ("id: dengue", "id: Dengue fever", "line 2, key topics[1].id", ""),
    ],
)
def test_a_list_of_topics_is_refused_with_place_and_remedy(
    tmp_path: Path, old: str, new: str, place: str, told: str
) -> None:
    with pytest.raises(SettingInvalid) as refused:
        load_topics(written(tmp_path, ONE.replace(old, new)))
    problems = [f"{each.place} {each.rule} {each.remedy}" for each in refused.value.problems]
    assert any(place in each and told in each for each in problems), problems


def test_two_topics_never_answer_to_one_name(tmp_path: Path) -> None:
    other = ONE.removeprefix("topics:\n").replace("id: dengue", "id: dhf").replace("Sốt xuất huyết", "Sốt nặng")
    other = other.replace("en: Dengue", "en: Severe fever").replace("[sốt xuất huyết]", "[SXH]")
    with pytest.raises(SettingInvalid, match="cannot be used") as refused:
        load_topics(written(tmp_path, ONE + other))
    assert "“sốt xuất huyết” is a name of dengue too" in {each.rule for each in refused.value.problems}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("expected: 2027-Q1", "expected: soon", "2027-Q1"),
        ("    expected: 2027-Q1\n", "", "must say when it comes"),
        ("theme: preventive-medicine", "theme: preventive", "Did you mean preventive-medicine?"),
    ],
)
def test_a_list_of_planned_datasets_is_refused_with_place_and_remedy(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    with pytest.raises(SettingInvalid) as refused:
        load_planned(written(tmp_path, TO_COME.replace(old, new)))
    assert any("planned[1]" in each.place and told in f"{each.rule} {each.remedy}" for each in refused.value.problems)


def test_a_planned_dataset_is_due_by_the_end_of_its_period(tmp_path: Path) -> None:
    (found,) = load_planned(written(tmp_path, TO_COME)).planned
    assert found.due == date(2027, 3, 31)


# What a topic gathers -------------------------------------------------------------------------------------------------


def test_a_topic_gathers_what_names_it_in_the_whole_corpus(shipped: dict[str, Topic]) -> None:
    records = list(read_corpus(SHARED / "data" / "vi_search_corpus" / "catalogue_fixture_vi_en.json"))

    def found(topic: str) -> set[str]:
        return {each.id for each in records if is_about(shipped[topic], each)}

    assert found("dengue") == {"btn-dengue", "dengue-tuan", "dengue-thang-tinh"}
    assert found("malaria") == {"btn-malaria"}
    assert found("measles") == {"btn-measles"}
    assert found("health-workers") == {"gso-health-6", "gso-health-7", "gso-health-8"}
    assert found("childhood-vaccination") == {"gso-health-14", "covid-vacxin-ngay"}


@pytest.mark.parametrize(
    ("title", "about"),
    [("Số ca SXH theo tỉnh", True), ("Số ca DENGUE", True), ("Sốt và xuất huyết", False), ("Sot xuat huyet", False)],
)
def test_a_dataset_names_its_topic_letter_for_letter(shipped: dict[str, Topic], title: str, about: bool) -> None:
    assert is_about(shipped["dengue"], planned(1, title)) is about
    assert is_about(shipped["dengue"], planned(1, "Bệnh truyền nhiễm", title)) is about


def test_a_topic_is_listed_while_something_of_it_is_published_or_planned(schedule: Schedule) -> None:
    topics = Topics(load_topics(), to_come("Số ca sốt rét"))
    assert {each.topic.id for each in topics.gathered(schedule) if each.planned} == {"malaria"}
    assert "medicines" not in {each.topic.id for each in topics.gathered(schedule)}
    assert topics.gathered(replace(schedule, standings=()))[0].standings == ()


def test_what_is_published_is_planned_no_longer(schedule: Schedule) -> None:
    there = planned(1, "Số ca sốt rét").model_copy(update={"id": schedule.standings[0].release.dataset})
    topics = Topics(load_topics(), PlannedList(planned=(there, planned(2, "Số ca sởi"))))
    assert [each.id for each in topics.planned(schedule)] == ["planned-2"]


def test_the_stamp_differs_with_either_list() -> None:
    one, other = Topics(load_topics(), to_come("a")), Topics(load_topics(), to_come("b"))
    assert len({one.stamp, other.stamp, Topics((), to_come("a")).stamp}) == 3


# What a search is about -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "topic"),
    [
        ("sot xuat huyet", "dengue"),
        ("SXH Hà Nội 2009", "dengue"),
        ("tiểu đường", "diabetes"),
        ("soi", "measles"),
        ("sởi", "measles"),
        ("soi theo tinh", None),
        ("sỏi", None),
        ("sỏi thận", None),
        ("bệnh viện", None),
        ("", None),
        ("%", None),
    ],
)
def test_a_search_leads_to_the_topic_that_it_names(schedule: Schedule, query: str, topic: str | None) -> None:
    topics = Topics(load_topics(), to_come("Số ca sốt xuất huyết", "Số ca sởi", "Đái tháo đường"))
    found = asked_for(topics.gathered(schedule), query)
    assert (found.topic.id if found else None) == topic


# Questions ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("explore", "answered"),
    [
        ({"measure": "cases"}, True),
        ({"measure": "deaths-of-cattle"}, False),
        ({"rows": "planet"}, False),
        ({"level.planet": "province"}, False),
        ({"table": "by-planet"}, False),
    ],
)
def test_a_question_is_shown_while_its_dataset_has_what_it_names(
    schedule: Schedule, explore: dict[str, str], answered: bool
) -> None:
    asked = Question(ask=Bilingual(vi="Ở đâu", en="Where"), dataset="notifiable-diseases", explore=explore)
    assert bool(answerable(asked, schedule.standings)) is answered
    assert answerable(asked.model_copy(update={"dataset": "nothing"}), schedule.standings) is None


def test_the_lists_of_the_guide_are_lists(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[3] / "docs" / "how-to" / "write-a-topic.md").read_text(encoding="utf-8")
    topics, to_come = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    assert [each.id for each in load_topics(written(tmp_path, topics))] == ["dengue"]
    assert [each.id for each in load_planned(written(tmp_path, to_come)).planned] == ["malaria-cases"]
