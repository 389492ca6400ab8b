"""A field gets another name, another one goes: nobody's question breaks before its day, and everybody is told."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from datasets import fingerprint
from datasets.errors import QueryInvalid, ReleaseRejected
from datasets.notices import Retirement
from portal.public.app import PortalOptions, create_app
from portal.public.table_questions import TableQuestion
from portal.shared.links import ODATA, PXWEB, SDMX
from tests.support.http import Client
from tests.support.renamed_clinic import DATA, LAST_DAY, OVER, ROWS, TOLD, Clinic, other_names

SUNSET = "Fri, 30 Jun 2028 17:00:00 GMT"
DEPRECATION = f"@{int(TOLD.timestamp())}"


def test_a_question_by_an_older_name_is_answered_by_it(portal: Client) -> None:
    old = portal.get(f"{DATA}?group=sex&select=people&order=sex&sex__in=F,M")
    new = portal.get(f"{DATA}?group=gender&select=persons&order=gender&gender__in=F,M")
    assert [(row["sex"], row["people"], row["people_status"]) for row in old.json()["data"]] == [
        (row["gender"], row["persons"], row["persons_status"]) for row in new.json()["data"]
    ]
    assert set(old.json()["data"][0]) == {"sex", "people", "people_status"}
    assert old.json()["selection"]["sex"]["use"] == "grouped"
    assert (old.headers["deprecation"], old.headers["sunset"]) == (DEPRECATION, SUNSET)
    page = "https://data.example.org/en/datasets/clinic-visits#notices"
    assert f'<{page}>; rel="deprecation"; type="text/html"' in old.headers["link"]
    assert f'<{page}>; rel="sunset"; type="text/html"' in old.headers["link"]
    assert not {"deprecation", "sunset", "link"} & set(new.headers)


def test_the_guide_shows_what_callers_see(portal: Client) -> None:
    guide = (Path(__file__).parents[3] / "docs" / "how-to" / "rename-or-retire-a-field.md").read_text(encoding="utf-8")
    headers = portal.get(f"{DATA}?select=people").headers
    for name in ("Deprecation", "Sunset"):
        assert f"{name}: {headers[name]}\n" in guide
    renamed, retiring = re.findall(r"^```yaml\n(.*?)^```$", guide, re.DOTALL | re.MULTILINE)
    assert yaml.safe_load(renamed)["renamed"]["people"] == {"to": "persons", "until": date(2028, 6, 30)}
    assert Retirement.model_validate(yaml.safe_load(retiring)["retiring"]["cost"]).until == date(2028, 6, 30)


def test_columns_under_older_names_say_what_they_are_called_now(portal: Client) -> None:
    fields = {each["name"]: each for each in portal.json(f"{DATA}?group=sex&select=people&lang=en")["fields"]}
    assert list(fields) == ["sex", "sex_label", "people", "people_status"]
    assert [fields[name]["renamed_to"] for name in fields] == ["gender", "gender_label", "persons", "persons_status"]
    assert {each["deprecated_until"] for each in fields.values()} == {LAST_DAY}
    assert fields["people"]["unit"]["en"] == "people"


def test_a_field_that_is_not_named_stands_under_both_names(portal: Client) -> None:
    answer = portal.get(f"{DATA}?group=age_group&limit=1")
    (row,) = answer.json()["data"]
    assert list(row) == [
        "age_group", "visits", "visits_status", "persons", "persons_status", "people", "people_status",
    ]  # fmt: skip
    assert row["people"] == row["persons"]
    assert answer.headers["sunset"] == SUNSET
    assert set(portal.json(f"{ROWS}?limit=1&names=present")["data"][0]) == {
        "gender", "age_group", "visits", "visits_status", "persons", "persons_status",
    }  # fmt: skip
    both = portal.json(f"{ROWS}?limit=1")["data"][0]
    assert both["sex"] == both["gender"]
    assert both["people"] == both["persons"]


def test_a_named_field_has_one_name(portal: Client) -> None:
    assert "people" not in portal.json(f"{DATA}?persons__gte=1&group=age_group")["data"][0]
    answer = portal.get(f"{DATA}?select=people&persons__gte=1&lang=en")
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["rule"] == "'people' is an older name of persons, which is named too"


@pytest.mark.parametrize(
    "question", ["select=visits", "visits__gte=5&select=persons", "select=persons&order=-visits,gender"]
)
def test_whoever_uses_a_field_that_goes_is_told(portal: Client, question: str) -> None:
    answer = portal.get(f"{ROWS}?{question}&names=present&limit=1")
    assert answer.status_code == 200, answer.text
    assert (answer.headers["deprecation"], answer.headers["sunset"]) == (DEPRECATION, SUNSET)


def test_every_format_has_the_older_name(portal: Client) -> None:
    text = portal.get(f"{DATA}?group=sex&select=people&format=csv").text
    assert next(csv.reader(io.StringIO(text))) == ["sex", "people", "people_status"]
    assert portal.get(f"{DATA}?group=sex&format=csv").text.splitlines()[0] == (
        "sex,visits,visits_status,persons,persons_status,people,people_status"
    )
    stat = portal.json(f"{DATA}?group=sex&select=people&format=json-stat")
    assert stat["id"] == ["sex", "ContentsCode"]
    assert list(stat["dimension"]["ContentsCode"]["category"]["index"]) == ["people"]
    whole = portal.json(f"{DATA}?group=gender&format=json-stat")
    assert list(whole["dimension"]["ContentsCode"]["category"]["index"]) == ["visits", "persons"]
    for name in ("jsonl", "parquet", "arrow", "xlsx"):
        assert portal.get(f"{DATA}?group=sex&format={name}").status_code == 200


def test_conditions_and_statistics_know_older_names(portal: Client) -> None:
    assert portal.json(f"{DATA}?group=sex&where=people%20%3E%200%20and%20not%20sex%20%3D%20%27F%27")["returned"] >= 1
    assert portal.json(f"{ROWS}?people_status=observed&select=people&limit=1")["fields"][-1]["name"] == "people_status"
    statistics = portal.get(f"{ROWS.removesuffix('rows')}statistics?select=people")
    names = {each["name"]: each.get("renamed_to") for each in statistics.json()["columns"]}
    assert names["people"] == "persons"
    assert statistics.headers["sunset"] == SUNSET


def test_pages_have_the_same_columns(portal: Client, clinic: Clinic) -> None:
    for moment in (TOLD, OVER):
        clinic.clock[0] = moment
        first = portal.json(f"{ROWS}?limit=2")
        second = portal.json(first["next"].removeprefix("https://data.example.org"))
        assert list(second["data"][0]) == list(first["data"][0])
        assert ("names=present" in first["next"]) == (moment is OVER)


def test_a_pinned_release_answers_the_same_for_ever(portal: Client, clinic: Clinic) -> None:
    asked = ["data?select=people&release=2027.1", "rows?limit=3&release=2027.1", "data?select=people&release=2026.1"]
    asked = [f"{DATA.removesuffix('data')}{question}" for question in asked]
    before = [portal.get(url) for url in asked]
    clinic.clock[0] = OVER + timedelta(days=400)
    after = [portal.get(url) for url in asked]
    assert [each.content for each in after] == [each.content for each in before]
    assert [each.headers["etag"] for each in after] == [each.headers["etag"] for each in before]
    assert all("immutable" in each.headers["cache-control"] for each in before)
    assert not any({"deprecation", "sunset"} & set(each.headers) for each in (*before, *after))


def test_on_the_day_after_the_older_name_is_over(portal: Client, clinic: Clinic) -> None:
    question = f"{DATA}?group=sex&select=people&lang=en"
    clinic.clock[0] = OVER - timedelta(seconds=1)
    last = portal.get(question)
    again = portal.get(question, if_none_match=last.headers["etag"])
    assert (last.status_code, again.status_code) == (200, 304)
    clinic.clock[0] = OVER
    for headers in ({}, {"if_none_match": last.headers["etag"]}):
        over = portal.get(question, **headers)
        assert over.status_code == 400
        (error,) = over.json()["errors"]
        assert (error["rule"], error["remedy"]) == ("'people' has another name now: persons", "Write persons")
    plain = portal.get(f"{DATA}?group=age_group")
    assert "people" not in plain.json()["data"][0]
    assert plain.headers["sunset"] == SUNSET, "visits may go any day, and is still there"


DATASTORE = "/api/3/action/datastore_search?resource_id=clinic-visits/by-sex-age"


def test_short_answers_are_given_at_once_by_the_same_rules(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint, "COARSEST_CLOCK", 0)
    app = create_app(PortalOptions(clinic.root, clinic.root / "public-key.pem"), clinic.releases)
    answers = app.state.services.tables
    asked = TableQuestion("clinic-visits", "by-sex-age", "data", (("group", "sex"), ("select", "people")))
    answers.submit(replace(asked, parameters=())).result()
    at_once, by_thread = answers.at_once(asked), answers.submit(asked).result()
    assert at_once is not None
    assert (at_once.body, dict(at_once.headers)) == (by_thread.body, dict(by_thread.headers))
    assert at_once.headers["Sunset"] == SUNSET
    assert answers.at_once(asked) is at_once, "it was kept"
    clinic.clock[0] = OVER
    with pytest.raises(QueryInvalid, match="another name now: persons"):
        answers.at_once(asked)
    pinned = replace(asked, parameters=(*asked.parameters, ("release", "2027.1")))
    assert "Sunset" not in answers.at_once(pinned).headers


def test_a_datastore_client_may_use_older_names(portal: Client, clinic: Clinic) -> None:
    answer = portal.get(f'{DATASTORE}&fields=sex,people&filters={{"sex":"F"}}&sort=people desc&limit=2')
    result = answer.json()["result"]
    assert [field["id"] for field in result["fields"]] == ["sex", "people", "people_status"]
    assert {row["sex"] for row in result["records"]} == {"F"}
    assert {notice["old"]: notice["until"] for notice in result["notices"]} == {"people": LAST_DAY, "sex": LAST_DAY}
    assert (answer.headers["deprecation"], answer.headers["sunset"]) == (DEPRECATION, SUNSET)
    names = [field["id"] for field in portal.json(DATASTORE)["result"]["fields"]]
    assert names[:4] == ["_id", "gender", "sex", "age_group"]
    dump = portal.get("/datastore/dump/clinic-visits/by-sex-age").text.splitlines()[0]
    assert dump.split(",")[:2] == ["_id", "gender"]
    assert "people" in dump
    clinic.clock[0] = OVER
    assert portal.get(f"{DATASTORE}&fields=sex").status_code == 409
    assert "sex" not in [field["id"] for field in portal.json(DATASTORE)["result"]["fields"]]


def test_what_breaks_questions_is_refused_before_anything_is_read(clinic: Clinic) -> None:
    names = other_names()
    del names["renamed"]
    with pytest.raises(ReleaseRejected) as caught:
        clinic.put("2028", OVER - timedelta(days=5), **names)
    places = sorted(problem.place for problem in caught.value.problems)
    assert places == ["tables.by-sex-age.dimensions", "tables.by-sex-age.fields"]
    assert f"Keep it under renamed until {LAST_DAY}" in caught.value.problems[0].remedy


@pytest.mark.parametrize(
    ("asked", "pinned"),
    [
        (f"{PXWEB}/tables/clinic-visits.by-sex-age/data", f"{PXWEB}/tables/clinic-visits.by-sex-age@2027.1/data"),
        (
            f"{SDMX}/data/dataflow/*/clinic-visits_by-sex-age/~",
            f"{SDMX}/data/dataflow/*/clinic-visits_by-sex-age/2027.0.1",
        ),
        (f"{ODATA}/clinic-visits/by_sex_age", f"{ODATA}/clinic-visits/releases/2027.1/by_sex_age"),
    ],
    ids=["PxWeb", "SDMX", "OData"],
)
def test_other_dialects_tell_what_will_go(portal: Client, asked: str, pinned: str) -> None:
    answer = portal.get(asked)
    assert answer.status_code == 200, answer.text
    assert (answer.headers["deprecation"], answer.headers["sunset"]) == (DEPRECATION, SUNSET)
    assert 'rel="sunset"' in answer.headers["link"]
    fixed = portal.get(pinned)
    assert fixed.status_code == 200, fixed.text
    assert "sunset" not in fixed.headers


def test_the_description_of_the_api_marks_what_will_go(portal: Client) -> None:
    document = portal.json("/api/v1/datasets/clinic-visits/openapi.json")
    parameters = {each["name"]: each for each in document["paths"][DATA]["get"]["parameters"]}
    assert parameters["sex"]["deprecated"]
    assert f"Older name of `gender`; answered until {LAST_DAY}" in parameters["sex"]["description"]
    assert {"gender", "sex"} <= set(parameters["group"]["schema"]["items"]["enum"])
    assert parameters["visits"]["deprecated"]
    assert "deprecated" not in parameters["persons"]
    rows = document["components"]["schemas"]["row_by-sex-age"]["properties"]
    assert {name for name, value in rows.items() if value.get("deprecated")} == {
        "visits", "sex", "people", "people_status",
    }  # fmt: skip


def test_the_page_tells_people_in_both_languages(portal: Client, clinic: Clinic) -> None:
    english, vietnamese = (portal.get(f"{path}/datasets/clinic-visits").text for path in ("/en", ""))
    assert 'id="notices"' in english
    assert "The column people is called persons now." in english
    assert "Cột visits chỉ chắc chắn còn đến hết ngày 30/06/2028. Dùng số người." in vietnamese
    assert "the column people is called persons now." in english
    before = portal.get("/en/datasets/clinic-visits")
    clinic.clock[0] = OVER
    after = portal.get("/en/datasets/clinic-visits", if_none_match=before.headers["etag"])
    assert after.status_code == 200
    assert "The column people is called" not in after.text
    assert "The column visits may go any day" in after.text
    assert 'id="notices"' not in portal.get("/en/datasets/clinic-visits/releases/2026.1").text
