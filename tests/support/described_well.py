"""A dataset that is described as well as can be, and the flaws that a publishable definition can have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from catalog.quality.evidence import Evidence
from datasets.codelist import Codelist, Member
from datasets.release import ReleaseDescription
from datasets.text import Bilingual

APPEARED = date(2026, 3, 1)
_LONG = {
    "vi": "Số liệu lấy từ hệ thống báo cáo bệnh truyền nhiễm của các tỉnh. " * 8,
    "en": "Counts come from the notification system of the provinces. " * 8,
}
METHODS = (
    f"# Phương pháp\n\n## Trước khi sử dụng\n\nCòn thiếu.\n\n## Nguồn\n\n{_LONG['vi']}\n\n"
    f"# Methods\n\n## Before you use it\n\nGaps.\n\n## Source\n\n{_LONG['en']}\n"
)
CODELISTS = {
    "provinces": Codelist(
        "provinces",
        Bilingual(vi="Tỉnh", en="Provinces"),
        (
            Member("_T", Bilingual(vi="Cả nước", en="Whole country")),
            Member("01", Bilingual(vi="An Giang", en="An Giang"), level="province"),
        ),
    ),
    "wards": Codelist(
        "wards",
        Bilingual(vi="Khoa", en="Wards"),
        (
            Member("ICU", Bilingual(vi="Hồi sức tích cực", en="Intensive care")),
            Member("HIV", Bilingual(vi="Khoa HIV", en="HIV ward")),
            Member("1-4", Bilingual(vi="1-4", en="1-4")),
        ),
    ),
}


def description(**changes: Any) -> ReleaseDescription:
    """Return the description of a table of cases by province and ward, one edition a year."""
    both = {"vi": "Bộ Y tế", "en": "Ministry of Health"}
    fields: dict[str, Any] = {
        "dataset": "cases",
        "kind": "statistics",
        "edition": "2025",
        "title": {"vi": "Số ca bệnh theo tỉnh và khoa", "en": "Cases by province and ward"},
        "summary": {
            "vi": "Số ca bệnh theo tỉnh và khoa điều trị, không gồm ca điều trị tại nhà.",
            "en": "Cases by province and ward; people who were treated at home are not in it.",
        },
        "keywords": {"vi": ["ca bệnh", "bệnh viện", "khoa"], "en": ["cases", "hospitals", "wards"]},
        "publisher": {"id": "moh", "name": both, "url": "https://moh.gov.vn"},
        "contact": {"name": both, "email": "data@moh.gov.vn"},
        "theme": "preventive-medicine",
        "licence": "CC-BY-4.0",
        "attribution": {"vi": "Cục Y tế dự phòng", "en": "Department of preventive medicine"},
        "frequency": "yearly",
        "coverage": {"area": {"vi": "Việt Nam", "en": "Viet Nam"}},
        "period_start": "2025-01-01",
        "period_end": "2025-12-31",
        "synthetic": False,
        "rules": [],
        "next_release": "2027-02-01",
        "dimensions": [
            _dimension("province", {"vi": "Tỉnh", "en": "Province"}, "provinces", "geography", ["province"]),
            _dimension("ward", {"vi": "Khoa điều trị", "en": "Ward"}, "wards", "other", [""]),
        ],
        "measures": [
            {
                "name": "cases",
                "title": {"vi": "Số ca", "en": "Cases"},
                "unit": {"vi": "ca", "en": "cases"},
                "type": "count",
                "field_type": "integer",
                "additive": True,
            }
        ],
        "tables": [
            {
                "id": "main",
                "title": {"vi": "Số ca theo tỉnh", "en": "Cases by province"},
                "dimensions": ["province", "ward"],
                "measures": ["cases"],
                "margins": "all",
                "rows": 6,
                "withheld": {},
                "parquet": "data/main.parquet",
                "csv": "data/main.csv",
            }
        ],
        "codelists": [
            {"id": each.id, "title": each.title, "path": f"codelists/{each.id}.csv", "rows": 2, "levels": []}
            for each in CODELISTS.values()
        ],
    }
    return ReleaseDescription.model_validate(fields | changes)


def _dimension(name: str, title: Mapping[str, str], codelist: str, role: str, levels: list[str]) -> dict[str, Any]:
    return {"name": name, "title": title, "codelist": codelist, "role": role, "total": True, "levels": levels}


def evidence(**changes: Any) -> Evidence:
    """Return what a dataset without flaws is judged by; ``changes`` are of its description."""
    return Evidence(description(**changes), CODELISTS, METHODS, APPEARED)


def told(found: Evidence, **changes: Any) -> Evidence:
    """Return ``found`` with another description."""
    raw = found.about.model_dump(by_alias=True) | changes
    return replace(found, about=ReleaseDescription.model_validate(raw))


@dataclass(frozen=True)
class Flaw:
    """Something that a definition can leave out or do badly, and what it costs."""

    criterion: str
    state: str
    places: tuple[str, ...]
    make: Callable[[Evidence], Evidence]


def _labels(found: Evidence, label: Bilingual) -> Evidence:
    wards = CODELISTS["wards"]
    members = tuple(replace(each, label=label) if each.code in ("ICU", "HIV") else each for each in wards.members)
    return replace(found, codelists={**found.codelists, "wards": replace(wards, members=members)})


def _names(found: Evidence, **changes: Bilingual) -> Evidence:
    measure = found.about.measures[0].model_copy(update=changes)
    return told(found, measures=[measure.model_dump()])


def _named(title: str, english: str) -> Callable[[Evidence], Evidence]:
    return lambda found: told(found, title={"vi": title, "en": english})


def _mailed(email: str) -> Callable[[Evidence], Evidence]:
    return lambda found: told(found, contact={**found.about.contact.model_dump(), "email": email})


def _written(*replacements: tuple[str, str]) -> Callable[[Evidence], Evidence]:
    """Replace texts in the methods."""

    def make(found: Evidence) -> Evidence:
        text = found.methods
        for before, after in replacements:
            text = text.replace(before, after)
        return replace(found, methods=text)

    return make


def _late(appeared: date, due: str) -> Callable[[Evidence], Evidence]:
    return lambda found: told(replace(found, appeared=appeared), next_release=due)


def _nowhere(found: Evidence) -> Evidence:
    """Take every place that a machine knows out of a dataset."""
    about = found.about
    table = about.tables[0].model_copy(update={"dimensions": ("ward",)})
    return told(
        found,
        coverage={"area": {"vi": "Ở đây", "en": "Here"}},
        dimensions=[each.model_dump() for each in about.dimensions if each.name == "ward"],
        tables=[table.model_dump()],
        codelists=[each.model_dump() for each in about.codelists if each.id == "wards"],
    )


_NO_CAVEATS = (("## Trước", "## Sau"), ("## Before you", "## If you"))
_SHORT = ((_LONG["vi"].strip(), "Sau."), (_LONG["en"].strip(), "Later."))
_AT = ("title.vi", "title.en")
FLAWS: tuple[Flaw, ...] = (
    Flaw("title", "not_met", _AT, _named("So ca benh", "So ca benh")),
    Flaw("title", "partly", ("title.en",), _named("Số ca bệnh theo tỉnh", "Cases")),
    Flaw("summary", "not_met", ("summary.vi", "summary.en"), lambda e: told(e, summary=e.about.title)),
    Flaw("summary", "partly", ("summary.en",), lambda e: told(e, summary={"vi": e.about.summary.vi, "en": "Short."})),
    Flaw("keywords", "not_met", ("keywords.vi", "keywords.en"), lambda e: told(e, keywords={"vi": [], "en": []})),
    Flaw("keywords", "partly", ("keywords.en",), lambda e: told(e, keywords={"vi": ["a", "b", "c"], "en": ["a"]})),
    Flaw("names", "partly", ("measures.cases.unit",), lambda e: _names(e, unit=Bilingual(vi="ca bệnh", en="ca bệnh"))),
    Flaw("names", "partly", ("measures.cases.title",), lambda e: _names(e, title=Bilingual(vi="cases", en="cases"))),
    Flaw("labels", "not_met", ("codelists/wards.csv",), lambda e: _labels(e, Bilingual(vi="Khoa A", en="Khoa A"))),
    Flaw("methods", "not_met", ("methods.md",), _written(*_SHORT)),
    Flaw("methods", "partly", ("methods.md",), _written(_SHORT[1])),
    Flaw("caveats", "not_met", ("methods.md",), _written(*_NO_CAVEATS)),
    Flaw("caveats", "partly", ("methods.md",), _written(_NO_CAVEATS[1])),
    Flaw("origin", "not_met", ("attribution", "rules"), lambda e: told(e, attribution=None)),
    Flaw("contact", "not_met", ("contact.email",), _mailed("a@ytemo.example")),
    Flaw("contact", "not_met", ("contact.email",), _mailed("a@example.org")),
    Flaw(
        "publisher",
        "not_met",
        ("publisher.url",),
        lambda e: told(e, publisher={**e.about.publisher.model_dump(), "url": ""}),
    ),
    Flaw("period", "not_met", ("coverage.start", "coverage.end"), lambda e: told(e, period_start="", period_end="")),
    Flaw("period", "partly", ("coverage.end",), lambda e: told(e, period_end="")),
    Flaw("place", "partly", ("coverage.area",), _nowhere),
    Flaw("rows", "partly", ("source.max_bad_rows",), lambda e: told(e, rows_left_out=3)),
    Flaw("calendar", "not_met", ("calendar",), lambda e: told(e, next_release="")),
    Flaw("frequency", "partly", ("frequency", "calendar"), _late(date(2024, 9, 1), "2025-12-01")),
    Flaw("frequency", "not_met", ("frequency", "calendar"), _late(date(2020, 9, 1), "2021-01-01")),
)
"""Every criterion can fail, at least in part, by what may be published."""
