"""Every kind of page, in Vietnamese, over the shipped datasets: nothing untranslated and nothing for machines."""

from __future__ import annotations

import re

import pytest

from portal.shared.templating import TEMPLATES
from portal.shared.translations import translations
from tests.support.http import Client
from tests.support.shipped_portal import EDITIONS, WITHDRAWN
from tests.support.vietnamese_text import SpokenText, foreign_words, is_vietnamese, machine_looking

PAGES: dict[str, tuple[str, ...]] = {
    "home": ("/",),
    "datasets": ("/datasets", "/datasets?q=xuat+vien", "/datasets?q=zzzz", "/datasets?theme=registers&sort=title"),
    "release": (
        *(f"/datasets/{dataset}" for dataset in EDITIONS),
        *(f"/datasets/{dataset}/releases/{edition}.1" for dataset, edition in EDITIONS.items()),
    ),
    "withdrawn": ("/datasets/{}/releases/{}.{}".format(*WITHDRAWN),),
    "explore": (
        "/datasets/dengue-cases/explore",
        "/datasets/dengue-cases/explore?show=map&rows=zzzz",
        "/datasets/hospital-discharges/explore?show=map&measure=rate",
        "/datasets/hospital-discharges/explore?show=panels",
        "/datasets/hospital-discharges/explore?show=bars&rows=age_group&table=by-age-sex-chapter",
    ),
    # Two releases of one dataset are compared in tests/e2e/test_compare.py.
    "compare": ("/datasets/hospital-discharges/compare",),
    "embed": (
        "/embed/dengue-cases?show=map&geography=2025",
        "/embed/hospital-discharges/releases/2025.1?at.chapter=XVI",
    ),
    "embed_withdrawn": ("/embed/{}/releases/{}.{}".format(*WITHDRAWN),),
    "calendar": ("/calendar",),
    "plan": ("/plan",),
    "usage": ("/usage",),
    "about": ("/about",),
    "collection": ("/publishers/ytemo-demonstration", "/themes/registers", "/themes/vaccination"),
    "collections": ("/publishers", "/themes", "/topics"),
    "reuses": ("/reuses",),
    "topic": ("/topics/dengue", "/topics/hospital-stays", "/topics/provinces"),
    "text": (
        "/glossary",
        "/help",
        "/accessibility",
        "/report",
        "/report?dataset=dengue-cases&release=1994-2009.1",
        "/request",
        "/request?dataset=hospital-discharges",
    ),
    "developers": ("/api",),
    "dataset_api": tuple(f"/datasets/{dataset}/api" for dataset in EDITIONS),
    # Nothing is harvested here: tests/e2e/test_harvested_records.py looks at it.
    "harvested": (),
    # No letters are sent here: tests/e2e/test_letters.py looks at their pages.
    "subscribe": (),
    "subscription": (),
    "error": ("/nothing-here", "/datasets?page=0", "/datasets/nothing"),
}
"""The addresses that show each template of ``templates/pages``."""
CHARTS = (
    "/datasets/dengue-cases/releases/1994-2009.1/charts/by-province-and-month.svg",
    "/datasets/hospital-discharges/releases/2025.1/charts/by-province-chapter-sex.svg?width=narrow",
    "/datasets/hospital-discharges/releases/2025.1/explore.svg?show=map&at.chapter=XVI",
    "/datasets/dengue-cases/releases/1994-2009.1/explore.svg?show=panels&columns=province",
)
NAMES = frozenset(
    {
        "ytemo",
        "Excel",
        "Parquet",
        "Python",
        "pandas",
        "readr",
        "curl",
        "BibTeX",
        "JavaScript",
        "OpenAPI",
        "JSON",
        "CSV",
        "XLSX",
        "ZIP",
        "SVG",
        "RFC",
        "SHA",
        "ICD",
        "MIT",
        "UCI",
        "CDC",
        "Web",
        "Creative",
        "Commons",
        "Open",
        "Data",
        "Zero",
        "kB",
        "MB",
        "PyPI",
        "NOTICE",
        "SDMX",
        "Turtle",
        "LD",
        "RDF",
        "XML",
        "Atom",
        "iCalendar",
        "NĐ",
        "TP",
        "CP",
        "PMH",
        "Dengue",
        "SXH",
        "vaccine",
        "latest",
        "Latinh",
        "Đắk",
        "Lắk",
        "zzzz",
        "API",
        "OData",
        "CKAN",
        "PxWeb",
        "Power",
        "BI",
        "Tableau",
        "Postman",
        "ckanapi",
        "ckanr",
        "pxwebpy",
        "stat",
        "rjstat",
        "sdmx",
        "rsdmx",
        "pysdmx",
        "DuckDB",
        "Polars",
        "Arrow",
        "HTTP",
        "Range",
        "MCP",
        "FAIR",
        "DCAT",
        "AP",
        "schema",
        "org",
        "Croissant",
        "Byar",
        "cookie",
        "RIS",
        "Zotero",
        "EndNote",
        "Mendeley",
        "CSL",
        "PNG",
        "HTML",
        "iframe",
        "DataCite",
        "Unicode",
        "UTF",
        "WCAG",
        "AA",
        "axe",
    }
)
"""Names, abbreviations, units, and words in quotation marks that Vietnamese texts use as they are."""


def said(html: str) -> list[str]:
    return SpokenText(html).pieces


def without_names(text: str) -> str:
    """Leave out addresses, titles of cited works, and names of people and places abroad: they are not translated."""
    for shape in CITED:
        text = re.sub(shape, " ", text)
    return text


CITED = (
    r"https?://\S+|\S+@\S+|\b\d+/\d{4}/[A-Z\d-]+|\bwonder\.cdc\.gov\b",
    r"vietnamadminunits|thanglequoc/\S+|vietnamese-provinces-database",
    r"Tran Ngoc Minh Hieu|Thang Le Quoc|Clore|Cios|DeShazo|Strack|Clarke|OpenDengue|Project Tycho",
    r"“## Before you use it”",
    r"Diabetes 130-US Hospitals for Years 1999[-–]2008|UCI Machine Learning Repository",
    r"BioMed Research International|Scientific Data|CDC WONDER|CC BY(-SA)? 4\.0|spatial extract",
)


def test_every_kind_of_page_is_looked_at() -> None:
    assert {file.stem for file in (TEMPLATES / "pages").glob("*.html")} == set(PAGES)


@pytest.mark.parametrize("path", [path for paths in PAGES.values() for path in paths] + list(CHARTS))
def test_a_vietnamese_page_says_nothing_in_english_or_in_code(shipped: Client, path: str) -> None:
    pieces = said(shipped.get(path).text)
    assert len(" ".join(pieces)) > 100
    text = without_names(" ".join(pieces))
    assert foreign_words(text, NAMES) == []
    assert machine_looking(text) == []


@pytest.mark.parametrize("path", ["/datasets/dengue-cases", "/about", "/nothing-here"])
def test_the_check_sees_what_the_same_page_says_in_english(shipped: Client, path: str) -> None:
    html = shipped.get(f"/en{path}").text.replace('lang="en"', "")
    assert len(set(foreign_words(" ".join(said(html)), NAMES))) > 20


@pytest.mark.parametrize(
    "text",
    ["Tần suất: monthly", "Withheld to protect people", "Nguồn: Compiled for ytemo.", "a true zero is not shown"],
)
def test_english_is_seen(text: str) -> None:
    assert foreign_words(text, NAMES)


@pytest.mark.parametrize(
    "text",
    ["suppressed_primary", "_T", "Ngày 2026-11-23", "Tháng 2026-07", "2024-Q1", "CC-BY-4.0", "CC0-1.0", "Số: None"],
)
def test_codes_are_seen(text: str) -> None:
    assert machine_looking(text)


def test_vietnamese_is_not_taken_for_english() -> None:
    text = "Những người bệnh được khám, chữa bệnh ở phường Nguyễn Trãi; quyết định, khuỷu, nghiêng, giặt, quạ, XIV"
    assert foreign_words(text, frozenset()) == []


def test_no_message_was_left_as_it_is_in_english() -> None:
    """Only names and abbreviations may be written alike in both languages."""
    messages = translations("vi")._catalog  # type: ignore[attr-defined]
    same = [one for one, other in messages.items() if isinstance(one, str) and one and one == other]
    words = [word for text in same for word in re.findall(r"[^\W\d_]+", text)]
    assert [word for word in words if word not in NAMES and not is_vietnamese(word)] == []
