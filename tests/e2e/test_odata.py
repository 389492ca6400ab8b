"""OData over the demo portal: documents, entities, pages and keys."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support import odata_oracle
from tests.support.http import Client
from tests.support.odata_portal import DISCHARGES, KEY, NATIVE, REGISTER, ROOT, TABLE, pages, refusal, values, where

# Documents ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [ROOT, f"{ROOT}/"])
def test_the_root_lists_the_feeds(shipped: Client, address: str) -> None:
    document = shipped.json(address)
    assert document["@odata.context"] == f"http://localhost{ROOT}/$metadata"
    names = {element["name"]: element for element in document["value"]}
    assert names["Feeds"] == {"name": "Feeds", "kind": "EntitySet", "url": "Feeds"}
    assert names["dengue-cases"]["kind"] == "ServiceDocument"
    assert names["dengue-cases"]["url"] == "dengue-cases/"
    assert "administrative-units" not in names, "it has no tables"


def test_a_feed_leads_to_its_tables(shipped: Client) -> None:
    feeds = values(shipped, f"{ROOT}/Feeds")
    assert {(feed["dataset"], feed["entity_set"]) for feed in feeds} >= {
        ("hospital-discharges", "by_age_sex_chapter"),
        ("health-facilities", "register"),
    }
    for feed in feeds:
        assert values(shipped, f"{urlsplit(feed['feed']).path}{feed['entity_set']}?$top=1")
    assert shipped.get(f"{ROOT}/Feeds/$count").text == str(len(feeds))
    (first,) = values(shipped, f"{ROOT}/Feeds?$top=1&$skip=1&$select=dataset,feed")
    assert first == {name: feeds[1][name] for name in ("dataset", "feed")}
    counted = shipped.json(f"{ROOT}/Feeds?$count=true&$top=0")
    assert (counted["@odata.count"], counted["value"]) == (len(feeds), [])


def test_the_list_of_feeds_has_pages_and_keys(shipped: Client) -> None:
    feeds = values(shipped, f"{ROOT}/Feeds")
    found = pages(shipped, f"{ROOT}/Feeds", prefer="maxpagesize=3")
    assert [len(page) for page in found[:-1]] == [3] * (len(found) - 1)
    assert [feed for page in found for feed in page] == feeds
    some = pages(shipped, f"{ROOT}/Feeds?$top=4&$skip=1", prefer="maxpagesize=3")
    assert [feed for page in some for feed in page] == feeds[1:5]
    key = "Feeds(dataset='dengue-cases',entity_set='by_province_and_month')"
    one = shipped.json(f"{ROOT}/{key}")
    assert one.pop("@odata.context").endswith("$metadata#Feeds/$entity")
    assert one in feeds
    assert shipped.get(f"{ROOT}/{key}/dataset").status_code == 404


@pytest.mark.parametrize("option", ["$filter=true", "$orderby=dataset", "$select=nothing", "$skiptoken=x"])
def test_the_list_of_feeds_is_a_list_and_no_more(shipped: Client, option: str) -> None:
    assert refusal(shipped, f"{ROOT}/Feeds?{option}")["target"] == option.partition("=")[0]


def test_a_service_names_each_table_with_and_without_totals(shipped: Client) -> None:
    names = [element["name"] for element in shipped.json(f"{DISCHARGES}/")["value"]]
    assert names == sorted(names)
    assert {"by_age_sex_chapter", "by_age_sex_chapter_without_totals"} <= set(names)
    assert [each["name"] for each in shipped.json(f"{ROOT}/health-facilities/")["value"]] == ["register"]


def test_a_release_has_a_service_of_its_own(shipped: Client) -> None:
    pinned = shipped.get(f"{DISCHARGES}/releases/2025.1/by_age_sex_chapter?$top=1")
    newest = shipped.get(f"{TABLE}?$top=1")
    assert pinned.json()["value"] == newest.json()["value"]
    assert pinned.json()["@odata.context"].endswith("/hospital-discharges/releases/2025.1/$metadata#by_age_sex_chapter")
    assert "immutable" in pinned.headers["cache-control"]
    assert "immutable" not in newest.headers["cache-control"]
    assert shipped.get(f"{DISCHARGES}/releases/2025/").status_code == 200
    withdrawn = shipped.get(f"{DISCHARGES}/releases/2024.1/")
    assert (withdrawn.status_code, withdrawn.json()["error"]["code"]) == (410, "release-withdrawn")


def test_made_up_data_says_so_in_every_row(shipped: Client) -> None:
    answer = shipped.get(f"{TABLE}?$top=3")
    assert [row["synthetic"] for row in answer.json()["value"]] == [True] * 3
    assert answer.headers["ytemo-synthetic"] == "true"
    assert answer.headers["ytemo-release"] == "hospital-discharges 2025.1"
    assert "synthetic" not in values(shipped, f"{ROOT}/dengue-cases/by_province_and_month?$top=1")[0]
    assert shipped.get(f"{TABLE}/$count?$filter=synthetic").text == shipped.get(f"{TABLE}/$count").text
    assert shipped.get(f"{TABLE}/$count?$filter=synthetic eq false or not synthetic").text == "0"


# Entities -------------------------------------------------------------------------------------------------------------


def test_entities_are_the_published_rows(shipped: Client) -> None:
    found = values(shipped, TABLE)
    native = shipped.json(f"{NATIVE}/by-age-sex-chapter/rows?limit=5000&lang=vi")["data"]
    assert len(found) == len(native) == int(shipped.get(f"{TABLE}/$count").text)
    for ours, theirs in zip(found, native, strict=True):
        assert {name: value for name, value in ours.items() if "_label" not in name and name != "synthetic"} == {
            name: value for name, value in theirs.items() if "_label" not in name
        }
        assert {name: ours[f"{name}_label_vi"] for name in KEY} == {name: theirs[f"{name}_label"] for name in KEY}


def test_without_totals_there_is_only_the_finest_level(shipped: Client) -> None:
    found = values(shipped, f"{TABLE}_without_totals")
    whole = values(shipped, TABLE)
    assert found == [
        row for row in whole if not {row[name] for name in KEY} & {"_T", "Y0T14", "Y15T24", "Y25T64", "Y_GE65"}
    ]
    assert sum(row["stays"] or 0 for row in found) <= next(row["stays"] for row in whole)
    assert any(row["stays_status"] == "suppressed" for row in found)


def test_pages_join_to_the_whole(shipped: Client) -> None:
    whole = values(shipped, TABLE)
    found = pages(shipped, TABLE, prefer="odata.maxpagesize=200")
    assert [len(page) for page in found] == [200] * 7 + [187]
    assert [row for page in found for row in page] == whole
    some = pages(shipped, where(TABLE, top="450", skip="10", orderby="stays desc"), prefer="odata.maxpagesize=200")
    assert [len(page) for page in some] == [200, 200, 50]
    ordered = values(shipped, where(TABLE, orderby="stays desc"))
    assert [row for page in some for row in page] == ordered[10:460]
    assert shipped.get(f"{TABLE}?$top=1", prefer="odata.maxpagesize=7").headers["preference-applied"] == "maxpagesize=7"


def test_pages_never_mix_two_releases(shipped: Client) -> None:
    following = shipped.get(TABLE, prefer="maxpagesize=5").json()["@odata.nextLink"]
    assert "$skiptoken=2025.1~" in following
    withdrawn = following.replace("$skiptoken=2025.1~", "$skiptoken=2024.1~")
    assert shipped.get(withdrawn.removeprefix("http://localhost")).status_code == 410


def test_a_count_is_of_all_that_satisfies(shipped: Client) -> None:
    condition = "stays_status eq 'suppressed'"
    answer = shipped.json(where(TABLE, filter=condition, count="true", top="3"))
    assert len(answer["value"]) == 3
    assert shipped.get(where(f"{TABLE}/$count", filter=condition)).text == str(answer["@odata.count"])
    assert shipped.get(where(f"{TABLE}/$count", filter=condition, top="1", orderby="sex")).text == str(
        answer["@odata.count"]
    )
    nothing = shipped.json(where(TABLE, filter=condition, count="true", top="0"))
    assert (nothing["value"], nothing["@odata.count"], "@odata.nextLink" in nothing) == (
        [],
        answer["@odata.count"],
        False,
    )


def test_withheld_is_null_and_says_why(shipped: Client) -> None:
    found = values(shipped, where(TABLE, filter="deaths eq null", select="deaths,deaths_status"))
    assert found
    assert {row["deaths"] for row in found} == {None}
    assert {row["deaths_status"] for row in found} == {"suppressed"}
    assert values(shipped, where(TABLE, filter="deaths lt 100000 and deaths_status eq 'suppressed'")) == []


def test_options_do_without_dollar_signs_in_4_01(shipped: Client) -> None:
    assert values(shipped, f"{TABLE}?top=2&Select=sex&%24orderby=sex desc") == [{"sex": "F"}, {"sex": "F"}]


@pytest.mark.parametrize(
    ("table", "columns", "key"),
    [
        (
            TABLE,
            {"sex": "text", "age_group": "text", "chapter": "text", "chapter_label_vi": "text", "stays": "number",
             "deaths": "number", "mean_days": "number", "stays_status": "text"},
            KEY,
        ),
        (
            REGISTER,
            {"type": "text", "type_label_en": "text", "province": "text", "province_label_vi": "text",
             "beds": "number"},
            ("code",),
        ),
    ],
)  # fmt: skip
def test_conditions_mean_what_odata_says(
    shipped: Client, table: str, columns: Mapping[str, str], key: tuple[str, ...]
) -> None:
    rows, chance = values(shipped, table), random.Random(20261126)
    for _ in range(150):
        wanted = odata_oracle.random_expression(chance, rows, columns, 3)
        found = values(shipped, where(table, filter=wanted.text, select=",".join(key)))
        expected = [tuple(row[name] for name in key) for row in rows if wanted.holds(row) is True]
        assert [tuple(row[name] for name in key) for row in found] == expected, wanted.text


@pytest.mark.parametrize(
    ("condition", "python"),
    [
        ("year(licensed_on) eq 2010", lambda day: day[:4] == "2010"),
        ("year(licensed_on) in (2010,2012)", lambda day: day[:4] in {"2010", "2012"}),
        ("not (year(licensed_on) ne 2010)", lambda day: day[:4] == "2010"),
        ("year(licensed_on) gt 2010", lambda day: day[:4] > "2010"),
        ("2010 ge year(licensed_on)", lambda day: day[:4] <= "2010"),
        ("year(licensed_on) lt 2012", lambda day: day[:4] < "2012"),
        ("year(licensed_on) ge 2012", lambda day: day[:4] >= "2012"),
        ("licensed_on ge 2010-06-01T00:00:00Z", lambda day: day >= "2010-06-01"),
        ("licensed_on lt 2010-06-01", lambda day: day < "2010-06-01"),
    ],
)
def test_days_are_compared_as_days(shipped: Client, condition: str, python: Any) -> None:
    days = [row["licensed_on"] for row in values(shipped, REGISTER)]
    found = [row["licensed_on"] for row in values(shipped, where(REGISTER, filter=condition))]
    assert found == [day for day in days if python(day)]
    assert 0 < len(found) < len(days)


@pytest.mark.parametrize(
    ("condition", "same"),
    [
        ("contains(name,'benh vien')", "name__contains=benh%20vien"),
        ("contains(tolower(name),'bệnh viện')", "name__contains=b%E1%BB%87nh%20vi%E1%BB%87n"),
        ("startswith(name,'Bệnh')", "name__prefix=B%E1%BB%87nh"),
        ("startswith(name,'Bệnh') eq true and not (startswith(name,'Bệnh') eq false)", "name__prefix=B%E1%BB%87nh"),
        ("startswith(name,'')", ""),
        ("code in ()", "code=nothing"),
    ],
)
def test_text_without_codes_is_searched_as_everywhere(shipped: Client, condition: str, same: str) -> None:
    native = shipped.json(f"/api/v1/datasets/health-facilities/tables/register/data?{same}&limit=1")
    assert shipped.get(where(f"{REGISTER}/$count", filter=condition)).text == str(native["total"])


def test_a_long_list_of_names_is_not_searched_for_ever(shipped: Client) -> None:
    several = " or ".join(f"contains(commune_label_vi,'{number}')" for number in range(100))
    assert "too many times" in refusal(shipped, where(REGISTER, filter=several))["message"]
    assert (
        "more than 1000 codes"
        in refusal(shipped, where(REGISTER, filter="contains(commune_label_en,'Commune')"))["message"]
    )


# Single entities ------------------------------------------------------------------------------------------------------


def test_an_entity_is_found_by_its_key(shipped: Client) -> None:
    (row,) = values(shipped, where(TABLE, filter="age_group eq '_T' and sex eq 'F' and chapter eq 'I'"))
    address = f"{TABLE}(sex='F',age_group='_T',chapter='I')"
    entity = shipped.json(address)
    assert entity.pop("@odata.context").endswith("$metadata#by_age_sex_chapter/$entity")
    assert entity == row
    assert shipped.json(f"{address}?$select=stays")["stays"] == row["stays"]
    facility = values(shipped, f"{REGISTER}?$top=1")[0]
    assert shipped.json(f"{REGISTER}('{facility['code']}')")["name"] == facility["name"]
    assert shipped.json(f"{REGISTER}(code='{facility['code']}')")["name"] == facility["name"]


def test_a_property_has_an_address(shipped: Client) -> None:
    address = f"{TABLE}(sex='_T',age_group='_T',chapter='_T')"
    told = shipped.get(f"{address}/stays")
    assert told.json()["value"] == 20_000
    assert told.headers["ytemo-status"] == "observed"
    raw = shipped.get(f"{address}/stays/$value")
    assert (raw.text, raw.headers["content-type"]) == ("20000", "text/plain; charset=utf-8")
    assert shipped.get(f"{address}/synthetic/$value").text == "true"
    assert shipped.get(f"{address}/sex_label_en/$value").text == "Total"
    for withheld in (f"{address}/deaths", f"{address}/deaths/$value"):
        nothing = shipped.get(withheld)
        assert (nothing.status_code, nothing.content, nothing.headers["ytemo-status"]) == (204, b"", "suppressed")


def test_an_entity_has_an_address_where_all_is_told(shipped: Client) -> None:
    full = "application/json;odata.metadata=full"
    for row in values(shipped, f"{TABLE}?$top=3", accept=full):
        assert row["@odata.type"] == "#ytemo.hospital_discharges.by_age_sex_chapter"
        assert row["stays@odata.type"] == "#Int64"
        assert shipped.json(f"{DISCHARGES}/{row['@odata.id']}")["stays"] == row["stays"]
    grouped = where(TABLE, apply="groupby((sex),aggregate(stays with sum as n))")
    assert [row["@odata.id"] for row in values(shipped, grouped, accept=full)] == [None, None]
    none = shipped.get(f"{TABLE}?$top=1", accept="application/json;odata.metadata=none")
    assert none.json().keys() == {"value"}
    assert none.headers["content-type"] == "application/json;odata.metadata=none"


def test_integers_are_strings_for_those_who_ask(shipped: Client) -> None:
    answer = shipped.get(f"{TABLE}?$top=1&$count=true", accept="application/json;IEEE754Compatible=true")
    (row,) = answer.json()["value"]
    assert (answer.json()["@odata.count"], row["stays"], row["deaths"], row["mean_days"]) == (
        "1587",
        "20000",
        None,
        6.3,
    )
    assert answer.headers["content-type"].endswith("IEEE754Compatible=true")
