"""Figures over OData: sums that are published, what is withheld, and what has no right answer."""

from __future__ import annotations

import pytest

from tests.support.http import Client
from tests.support.odata_portal import DISCHARGES, NATIVE, REGISTER, TABLE, pages, refusal, values, where


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
