"""OData over the demo portal: documents, entities, pages, keys, figures, versions, and what is refused."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests.support import odata_oracle
from tests.support.hostile_odata import APPLIES, EXPRESSIONS, OPTIONS, PATHS
from tests.support.http import Client

ROOT = "/odata/v4"
DISCHARGES = f"{ROOT}/hospital-discharges"
TABLE = f"{DISCHARGES}/by_age_sex_chapter"
KEY = ("age_group", "sex", "chapter")
REGISTER = f"{ROOT}/health-facilities/register"
NATIVE = "/api/v1/datasets/hospital-discharges/tables"
EXCEL = {
    "accept": "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,"
    "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7",
    "odata_maxversion": "4.0",
    "maxdataserviceversion": "3.0",
    "accept_encoding": "gzip, deflate",
    "user_agent": "Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)",
}
"""What Power Query sends, as servers have logged it: NLstn/go-odata, issue 874."""


def values(shipped: Client, url: str, **headers: str) -> list[dict[str, Any]]:
    answer = shipped.get(url, **headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["value"]
    return found


def pages(shipped: Client, url: str, **headers: str) -> list[list[dict[str, Any]]]:
    found = []
    while url:
        answer = shipped.get(url, **headers)
        assert answer.status_code == 200, answer.text
        found.append(answer.json()["value"])
        following = urlsplit(answer.json().get("@odata.nextLink", ""))
        assert len(found) < 100
        url = f"{following.path}?{following.query}" if following.path else ""
    return found


def where(url: str, **options: str) -> str:
    return f"{url}?" + "&".join(f"${name}={quote(text)}" for name, text in options.items())


def refusal(shipped: Client, url: str) -> Mapping[str, Any]:
    answer = shipped.get(url)
    assert answer.status_code == 400, answer.text
    error: Mapping[str, Any] = answer.json()["error"]
    return error


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


# Figures --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("transformations", "native"),
    [
        ("aggregate(stays with sum as n)", ""),
        ("aggregate(patients with sum as n)", "select=patients"),
        ("groupby((sex),aggregate(stays with sum as n))", "group=sex"),
        ("groupby((sex,chapter),aggregate(stays with sum as n,deaths as d))", "group=sex,chapter"),
        ("filter(sex eq 'F')/groupby((chapter),aggregate(stays with sum as n))", "group=chapter&sex=F"),
        ("filter(age_group in ('Y0T4','Y5T9'))/aggregate(stays with sum as n)", "age_group__in=Y0T4,Y5T9&select=stays"),
        (
            "filter(age_group eq 'Y0T4' or age_group eq 'Y5T9')/groupby((sex),aggregate(stays with sum as n))",
            "age_group__in=Y0T4,Y5T9&select=stays&group=sex",
        ),
        (
            "filter(chapter_label_en eq 'Total')/groupby((chapter,sex),aggregate(stays with sum as n))",
            "chapter=_T&group=chapter,sex",
        ),
        (
            "filter(not (chapter eq 'I'))/groupby((chapter),aggregate(stays with sum as n))",
            "group=chapter&chapter__ne=I",
        ),
        (
            "filter(startswith(chapter,'X') and chapter ne 'X')/groupby((chapter),aggregate(stays with sum as n))",
            "group=chapter&chapter__prefix=X&chapter__ne=X",
        ),
        ("aggregate(mean_days)", "select=mean_days"),
    ],
)
def test_figures_of_a_cube_are_those_that_it_publishes(shipped: Client, transformations: str, native: str) -> None:
    found = values(shipped, where(TABLE, apply=transformations))
    expected = shipped.json(f"{NATIVE}/by-age-sex-chapter/data?limit=5000&{native}")["data"]
    measure = "mean_days" if "mean_days" in native else "patients" if "patients" in native else "stays"
    name = "n" if " as n" in transformations else measure
    assert [(row[name], row[f"{name}_status"]) for row in found] == [
        (row[measure], row[f"{measure}_status"]) for row in expected
    ]


def test_figures_are_chosen_sorted_and_paged(shipped: Client) -> None:
    transformations = "groupby((sex,chapter,chapter_label_en),aggregate(stays with sum as n))"
    whole = values(shipped, where(TABLE, apply=transformations))
    assert whole[0].keys() == {"sex", "chapter", "chapter_label_en", "n", "n_status"}
    many = where(TABLE, apply=transformations, filter="n gt 300 and sex eq 'F'", orderby="n desc,chapter", select="n")
    expected = sorted((row["n"] for row in whole if row["sex"] == "F" and (row["n"] or 0) > 300), reverse=True)
    assert [row["n"] for row in values(shipped, many)] == expected
    found = pages(shipped, many, prefer="maxpagesize=4")
    assert [row["n"] for page in found for row in page] == expected
    assert len(found) > 1
    assert shipped.get(where(f"{TABLE}/$count", apply=transformations)).text == str(len(whole))


def test_a_sum_over_withheld_cells_is_withheld(shipped: Client) -> None:
    table = f"{DISCHARGES}/by_province_chapter_sex"
    rows = values(shipped, where(table, filter="stays eq null and sex eq '_T' and province ne '_T'"))
    chapter, province = rows[0]["chapter"], rows[0]["province"]
    other = "01" if province != "01" else "79"
    asked = f"filter(chapter eq '{chapter}' and province in ('{province}','{other}'))/aggregate(stays with sum as n)"
    assert values(shipped, where(table, apply=asked)) == [{"n": None, "n_status": "suppressed"}]


def test_groups_without_figures_are_what_there_is(shipped: Client) -> None:
    assert values(shipped, where(TABLE, apply="groupby((sex,sex_label_en))")) == [
        {"sex": "_T", "sex_label_en": "Total"},
        {"sex": "M", "sex_label_en": "Male"},
        {"sex": "F", "sex_label_en": "Female"},
    ]
    assert values(shipped, where(f"{TABLE}_without_totals", apply="groupby((sex))")) == [{"sex": "M"}, {"sex": "F"}]
    assert values(shipped, where(TABLE, apply="filter(sex ne 'M')/groupby((sex))", orderby="sex desc")) == [
        {"sex": "F"},
        {"sex": "_T"},
    ]
    types = values(shipped, where(REGISTER, apply="filter(beds gt 100)/groupby((type))", filter="type ne 'polyclinic'"))
    rows = values(shipped, where(REGISTER, filter="beds gt 100 and type ne 'polyclinic'"))
    assert {row["type"] for row in types} == {row["type"] for row in rows}


def test_filters_alone_filter(shipped: Client) -> None:
    both = where(TABLE, apply="filter(sex eq 'F')/identity/filter(stays gt 100)", filter="chapter eq 'I'")
    one = where(TABLE, filter="sex eq 'F' and stays gt 100 and chapter eq 'I'")
    assert values(shipped, both) == values(shipped, one) != []


def test_figures_of_a_register(shipped: Client) -> None:
    rows = values(shipped, REGISTER)
    figures = "$count as n,beds with sum as s,beds with min as least,beds with max as most,beds with average as mean"
    asked = f"groupby((type,type_label_vi),aggregate({figures},province with countdistinct as p))"
    found = values(shipped, where(REGISTER, apply=asked, orderby="n desc,type"))
    assert found == sorted(found, key=lambda row: (-row["n"], row["type"]))
    for row in found:
        beds = [each["beds"] for each in rows if each["type"] == row["type"] and each["beds"] is not None]
        assert row["s"] == (sum(beds) if beds else None)
        assert (row["least"], row["most"]) == ((min(beds), max(beds)) if beds else (None, None))
        assert row["mean"] == (pytest.approx(sum(beds) / len(beds)) if beds else None)
        assert row["n"] == sum(each["type"] == row["type"] for each in rows)
        assert row["p"] == len({each["province"] for each in rows if each["type"] == row["type"]})
    assert values(shipped, where(REGISTER, apply="aggregate($count as n)")) == [{"n": len(rows)}]
    grouped = where(REGISTER, apply="groupby((type),aggregate($count as n))", filter="type eq 'polyclinic'")
    assert [row["type"] for row in values(shipped, grouped)] == ["polyclinic"]


@pytest.mark.parametrize(
    ("transformations", "remedy"),
    [
        ("aggregate($count as n)", "stays with sum"),
        ("aggregate(stays with max as n)", "$orderby=stays desc&$top=1"),
        ("aggregate(mean_days with sum as n)", "aggregate(mean_days)"),
        ("filter(stays gt 5)/aggregate(stays)", "write $filter beside $apply"),
        ("groupby((sex_label_vi))", "Group by sex as well"),
        ("filter(age_group in ('Y0T4','Y5T9'))/aggregate(patients with sum as n)", "group=age_group"),
        ("filter(age_group in ('Y0T4','Y0T14'))/aggregate(stays with sum as n)", "Name members of one level"),
    ],
)
def test_what_has_no_right_answer_comes_with_the_remedy(shipped: Client, transformations: str, remedy: str) -> None:
    assert remedy in refusal(shipped, where(TABLE, apply=transformations))["message"]


@pytest.mark.parametrize(
    ("transformations", "condition"),
    [
        ("aggregate(name)", ""),
        ("aggregate(type_label_vi with max as n)", ""),
        ("aggregate(name with sum as n)", ""),
        ("groupby((type),aggregate($count as n))", "n gt 5"),
        ("groupby((type),aggregate($count as type))", ""),
    ],
)
def test_a_register_has_its_limits(shipped: Client, transformations: str, condition: str) -> None:
    options = {"filter": condition} if condition else {}
    assert refusal(shipped, where(REGISTER, apply=transformations, **options))["message"]


# Versions, formats, caches --------------------------------------------------------------------------------------------


def test_excel_connects(shipped: Client) -> None:
    """The requests that Power Query makes: the address as typed, the model, a preview, the rows."""
    service = shipped.get(f"{DISCHARGES}/", **EXCEL)
    assert service.status_code == 200
    assert service.headers.get_list("odata-version") == ["4.0"], "twice would be '4.0, 4.0', which Excel refuses"
    assert service.headers["content-type"] == "application/json;odata.metadata=minimal"
    context = urlsplit(service.json()["@odata.context"])
    assert context.netloc == "localhost", "the .NET library of OData wants the whole address"
    model = shipped.get(context.path, **EXCEL)
    assert model.headers["content-type"] == "application/xml"
    assert b'Version="4.0"' in model.content
    preview = shipped.get(f"{TABLE}?$top=1000", **EXCEL)
    assert len(preview.json()["value"]) == 1000
    assert preview.headers["odata-version"] == "4.0"
    folded = where(
        TABLE, filter="sex eq 'F' and contains(tolower(chapter_label_en),'chapter i')", select="stays,sex", top="1000"
    )
    assert shipped.get(folded, **EXCEL).json()["value"]


@pytest.mark.parametrize(
    ("asked", "spoken"), [("", "4.01"), ("4.01", "4.01"), ("4.0", "4.0"), ("4.1", "4.01"), ("5.0", "4.01")]
)
def test_the_newest_version_that_both_know_is_spoken(shipped: Client, asked: str, spoken: str) -> None:
    headers = {"odata_maxversion": asked} if asked else {}
    assert shipped.get(f"{TABLE}?$top=1", **headers).headers["odata-version"] == spoken
    assert f'Version="{spoken}"' in shipped.get(f"{DISCHARGES}/$metadata", **headers).text


@pytest.mark.parametrize("asked", ["3.0", "x", "4"])
def test_older_versions_are_not_spoken(shipped: Client, asked: str) -> None:
    for address in (TABLE, f"{DISCHARGES}/$metadata"):
        answer = shipped.get(address, odata_maxversion=asked)
        assert (answer.status_code, answer.json()["error"]["code"]) == (406, "not-acceptable")


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("*/*", 200),
        ("application/*", 200),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 200),
        ("application/json", 200),
        ("application/json;q=0.1", 200),
        ("application/atom+xml", 406),
        ("application/json;q=0", 406),
        ("application/json;q=x", 406),
        ("application/json;odata=verbose", 406),
        ("text/csv", 406),
    ],
)
def test_rows_are_json(shipped: Client, accept: str, status: int) -> None:
    assert shipped.get(f"{TABLE}?$top=1", accept=accept).status_code == status


@pytest.mark.parametrize(
    ("accept", "asked", "kind"),
    [
        ("", "", "application/xml"),
        ("application/json", "", "application/json"),
        ("application/json,*/*;q=0.1", "", "application/xml"),
        ("text/html", "", "application/xml"),
        ("", "json", "application/json"),
        ("application/json", "application/xml", "application/xml"),
        ("", "application/json", "application/json"),
    ],
)
def test_the_model_comes_as_xml_unless_json_is_asked_for(shipped: Client, accept: str, asked: str, kind: str) -> None:
    address = f"{DISCHARGES}/$metadata" + (f"?$format={asked}" if asked else "")
    assert shipped.get(address, **({"accept": accept} if accept else {})).headers["content-type"] == kind
    assert shipped.get(f"{DISCHARGES}/$metadata?$format=csv").status_code == 406


def test_what_has_not_changed_is_not_sent_again(shipped: Client) -> None:
    for address in (ROOT, f"{DISCHARGES}/", f"{DISCHARGES}/$metadata", f"{TABLE}?$top=1", f"{TABLE}/$count"):
        first = shipped.get(address)
        again = shipped.get(address, if_none_match=first.headers["etag"])
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        assert "odata-maxversion" in first.headers["vary"].lower()
    assert shipped.get(f"{TABLE}?$top=1").headers["etag"] != shipped.get(f"{TABLE}?$top=2").headers["etag"]


def test_pages_of_other_sites_may_read(shipped: Client) -> None:
    answer = shipped.get(f"{TABLE}?$top=1", origin="https://example.org")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "OData-Version" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_everything_is_read_only(shipped: Client, method: str) -> None:
    answer = shipped.request(method, TABLE)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert answer.json()["error"]["code"] == "method-not-allowed"


def test_problems_are_told_in_vietnamese_to_who_reads_it(shipped: Client) -> None:
    address = where(TABLE, filter="sex eq 'zz'")
    english = shipped.get(address).json()["error"]
    assert english["message"].startswith("sex: 'zz' is not known.")
    assert english["details"] == [{"code": "query-invalid", "target": "sex", "message": english["message"]}]
    for told in (shipped.get(f"{address}&lang=vi"), shipped.get(address, accept_language="vi-VN,vi;q=0.9")):
        assert told.json()["error"]["message"].startswith("sex: không có tên 'zz'")
        assert told.headers["cache-control"] == "no-store"
    assert shipped.get(f"{address}&lang=en", accept_language="vi").json()["error"] == english


# Harm -----------------------------------------------------------------------------------------------------------------


def _escaped(text: str, safe: str) -> str:
    return text if "%" in text else quote(text, safe=safe)


HOSTILE = [
    *(f"{TABLE}?$filter={quote(text)}" for text in EXPRESSIONS),
    *(f"{TABLE}?$apply={quote(text)}" for text in APPLIES),
    *(f"{ROOT}/{_escaped(text, '/()$,=')}" for text in PATHS),
    *(f"{TABLE}?{_escaped(text, '$=&,;()/')}" for text in OPTIONS),
]


@pytest.mark.parametrize("url", HOSTILE, ids=range(len(HOSTILE)))
def test_harm_is_refused(shipped: Client, url: str) -> None:
    answer = shipped.get(url)
    assert answer.status_code in {400, 404, 406}, answer.text[:500]
    error = answer.json()["error"]
    assert error["code"]
    assert error["message"]
    assert len(answer.content) < 20_000, "no more comes back than a message"
    assert "Traceback" not in answer.text


def test_there_is_enough_harm() -> None:
    assert len(EXPRESSIONS) > 150
    assert len(set(HOSTILE)) == len(HOSTILE) > 300
