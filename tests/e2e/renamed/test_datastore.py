"""Clients of CKAN's datastore ask by older names in every way in which they asked before, and are told of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.http import Client
from tests.support.renamed_clinic import OVER, Clinic

SEARCH = "/api/3/action/datastore_search?resource_id=clinic-visits/by-sex-age"
SQL = "/api/3/action/datastore_search_sql"
DUMP = "/datastore/dump/clinic-visits/by-sex-age"
TABLE = '"clinic-visits/by-sex-age"'
SUNSET = "Fri, 30 Jun 2028 17:00:00 GMT"
OLDER = {"gender": "sex", "persons": "people"}


def by_older_names(text: str) -> str:
    for new, old in OLDER.items():
        text = text.replace(new, old)
    return text


def asked(portal: Client, statement: str) -> Any:
    return portal.get(f"{SQL}?{urlencode({'sql': statement})}")


@pytest.mark.parametrize(
    "question",
    [
        "q={%22gender%22:%22F%22}&fields=persons",
        "q={%22persons%22:%225%22}&fields=gender",
        "q={%22persons_status%22:%22suppressed%22}&fields=age_group",
        "q=F&fields=gender,persons&sort=persons",
        "q=nam&filters={%22gender%22:%22M%22}&fields=gender",
    ],
)
def test_words_are_looked_for_by_any_name(portal: Client, question: str) -> None:
    new, old = (portal.get(f"{SEARCH}&{text}") for text in (question, by_older_names(question)))
    assert new.status_code == old.status_code == 200, old.text
    was, now = old.json()["result"], new.json()["result"]
    assert was["total"] == now["total"] > 0
    assert [list(row.values()) for row in was["records"]] == [list(row.values()) for row in now["records"]]
    assert old.headers["sunset"] == SUNSET


def test_words_that_are_looked_for_everywhere_name_no_column(portal: Client) -> None:
    names = [field["id"] for field in portal.json(f"{SEARCH}&q=F")["result"]["fields"]]
    assert {"gender", "sex", "persons", "people"} <= set(names)


@pytest.mark.parametrize(
    "statement",
    [
        f"SELECT gender, persons FROM {TABLE} WHERE gender = 'F' ORDER BY persons DESC, age_group",
        f"SELECT gender, SUM(persons) FROM {TABLE} GROUP BY gender ORDER BY 2",
        f"SELECT COUNT(*) FROM {TABLE} WHERE persons > 5 AND NOT gender = 'F'",
        f"SELECT COUNT(DISTINCT gender) FROM {TABLE}",
        f"SELECT DISTINCT gender FROM {TABLE} ORDER BY gender",
        f"SELECT persons_status AS s FROM {TABLE} WHERE gender IN ('F', 'M') LIMIT 3",
    ],
)
def test_a_statement_by_older_names_is_answered_by_them(portal: Client, statement: str) -> None:
    old, new = asked(portal, by_older_names(statement)), asked(portal, statement)
    assert old.status_code == new.status_code == 200, old.text
    was, now = old.json()["result"], new.json()["result"]
    assert was["records"] == [{by_older_names(name): value for name, value in row.items()} for row in now["records"]]
    assert old.headers["sunset"] == SUNSET
    assert {notice["old"] for notice in was["notices"]} <= {"sex", "people"}
    assert "sunset" not in new.headers


def test_a_statement_that_names_no_column_has_both_names(portal: Client, clinic: Clinic) -> None:
    (row,) = asked(portal, f"SELECT * FROM {TABLE} LIMIT 1").json()["result"]["records"]
    assert (row["sex"], row["people"]) == (row["gender"], row["persons"])
    (row,) = asked(portal, f"SELECT * FROM {TABLE} WHERE sex = 'F' LIMIT 1").json()["result"]["records"]
    assert {"sex", "persons", "people"} <= set(row)
    assert "gender" not in row
    assert asked(portal, f"SELECT COUNT(*) FROM {TABLE}").json()["result"].get("notices", []) == []
    for twice in (f"SELECT sex FROM {TABLE} WHERE gender = 'F'", f"SELECT people, persons FROM {TABLE}"):
        assert asked(portal, twice).status_code == 409
    clinic.clock[0] = OVER
    assert "sex" not in asked(portal, f"SELECT * FROM {TABLE} LIMIT 1").json()["result"]["records"][0]
    over = asked(portal, f"SELECT sex FROM {TABLE}")
    assert over.status_code == 409
    assert "gender" in over.text


def test_a_dump_tells_of_its_older_names(portal: Client, clinic: Clinic) -> None:
    assert portal.get(DUMP).headers["sunset"] == SUNSET
    assert portal.get(f"{DUMP}?fields=sex").headers["sunset"] == SUNSET
    assert "sunset" not in portal.get(f"{DUMP}?fields=gender").headers
    clinic.clock[0] = OVER
    assert "sunset" not in portal.get(f"{DUMP}?fields=gender,persons").headers
