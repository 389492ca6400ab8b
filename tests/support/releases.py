"""A small, realistic release store for tests: statistics with withheld cells, a register, code lists, made-up data."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from datasets.codelist import Codelist, Member
from datasets.definition import Definition
from datasets.definition_files import LoadedDefinition
from datasets.disclosure import DisclosureRules
from datasets.moments import VIETNAM_TIME
from datasets.periods import time_codelist
from datasets.public_releases import PublicReleases
from datasets.release import DisclosureSummary, Manifest
from datasets.release_store import ReleaseStore
from datasets.signing import Signer
from datasets.text import Bilingual
from publishers.package.build import EditionContents, PreviousRelease
from publishers.public_table import PublicTable
from tests.support.demo_cubes import demo_cube, nothing
from tests.support.packages import build_package

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
"""When the demo store is read; everything but the embargoed edition was published before."""
EMBARGO = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
"""When the embargoed edition ``notifiable-diseases`` 2025 appears."""

PUBLISHED = date(2025, 1, 6)
"""When contents appear that no test publishes."""

_MADE_FOR_TESTS = Bilingual(vi="ytemo soạn để thử, CC0 1.0", en="Made for the tests of ytemo, CC0 1.0")
PROVINCES = Codelist(
    id="provinces-demo",
    title=Bilingual(vi="Tỉnh, thành phố", en="Provinces"),
    members=(
        Member("N", Bilingual(vi="Miền Bắc", en="North"), level="region"),
        Member("01", Bilingual(vi="Hà Nội", en="Ha Noi"), level="province", parent="N"),
        Member("22", Bilingual(vi="Quảng Ninh", en="Quang Ninh"), level="province", parent="N"),
        Member("S", Bilingual(vi="Miền Nam", en="South"), level="region"),
        Member("48", Bilingual(vi="Đà Nẵng", en="Da Nang"), level="province", parent="S"),
        Member("79", Bilingual(vi="TP. Hồ Chí Minh", en="Ho Chi Minh City"), level="province", parent="S"),
    ),
    source=_MADE_FOR_TESTS,
)
SEX = Codelist(
    id="sex-demo",
    title=Bilingual(vi="Giới tính", en="Sex"),
    members=(Member("M", Bilingual(vi="Nam", en="Male")), Member("F", Bilingual(vi="Nữ", en="Female"))),
    source=_MADE_FOR_TESTS,
)
_METHODS = Bilingual(
    vi="## Nguồn\n\nSố liệu lấy từ hệ thống báo cáo bệnh truyền nhiễm.",
    en="## Source\n\nCounts come from the notification system.",
)
_COMMON: dict[str, Any] = {
    "publisher": {
        "id": "ministry-of-health",
        "name": {"vi": "Bộ Y tế", "en": "Ministry of Health"},
        "url": "https://moh.gov.vn",
    },
    "contact": {"name": {"vi": "Phòng Thống kê", "en": "Statistics Unit"}, "email": "statistics@example.org"},
    "licence": "CC-BY-4.0",
    "coverage": {"area": {"vi": "Cả nước", "en": "Whole country"}},
}
_MEASURES: dict[str, Any] = {
    "cases": {
        "title": {"vi": "Số ca mắc", "en": "Cases"},
        "unit": {"vi": "ca", "en": "cases"},
        "type": "count",
    },
    "mean_stay": {
        "title": {"vi": "Số ngày nằm viện trung bình", "en": "Mean length of stay"},
        "unit": {"vi": "ngày", "en": "days"},
        "type": "mean",
        "column": "stay",
        "decimals": 1,
    },
}

_TABLES: dict[str, Any] = {
    "by-month": {
        "title": {"vi": "Theo tỉnh, tháng và giới tính", "en": "By province, month and sex"},
        "dimensions": ["province", "month", "sex"],
    },
    "by-province": {
        "title": {"vi": "Theo tỉnh", "en": "By province"},
        "dimensions": ["province"],
        "measures": ["cases"],
    },
}


@dataclass(frozen=True)
class DemoStore:
    """A store on disk, its keys, and both sides of it."""

    root: Path
    public_key: Path
    signer: Signer
    store: ReleaseStore
    releases: PublicReleases
    """Reads as of ``NOW``."""


def make_demo_store(root: Path, *, now: Callable[[], datetime] = lambda: NOW) -> DemoStore:
    """Make a store in the new folder ``root``: a copy of one that a process makes once, for it takes a second.

    ``notifiable-diseases``: editions 2023, 2024 (versions 1 and 2, in table ``by-month``: province × month × sex and in
    ``by-province``: province) and 2025 (under embargo until ``EMBARGO``). ``hospital-visits``: synthetic, by quarter;
    2024.1 is withdrawn, 2024.2 stands, and so does 2023.1. ``licensed-facilities``: a register, edition 2025-06.
    ``administrative-units``: code lists, edition 2025.
    """
    shutil.copytree(_first_demo_store().name, root, dirs_exist_ok=True)
    key, private = root / "public-key.pem", root / "private" / "signing-key.pem"
    return DemoStore(root, key, Signer.from_file(private), ReleaseStore(root), PublicReleases(root, key, now))


@cache
def _first_demo_store() -> TemporaryDirectory[str]:
    """Make the demo store that is copied, in a folder that goes with the process."""
    folder: TemporaryDirectory[str] = TemporaryDirectory(prefix="ytemo-demo-store-")
    fill_demo_store(open_demo_store(Path(folder.name)))
    return folder


def fill_demo_store(demo: DemoStore) -> None:
    """Publish what ``make_demo_store`` describes into an empty store with a key of its own."""
    diseases = disease_definition()
    for edition, day in (("2023", 5), ("2024", 6)):
        add_edition(demo, disease_contents(diseases, edition), at=datetime(2025, 1, day, tzinfo=UTC))
    corrected = disease_contents(diseases, "2024", correction=3)
    add_edition(demo, corrected, at=datetime(2025, 2, 1, tzinfo=UTC))
    add_edition(demo, disease_contents(diseases, "2025"), at=datetime(2026, 2, 1, tzinfo=UTC), available_from=EMBARGO)
    visits = visit_definition()
    add_edition(demo, visit_contents(visits, "2023"), at=datetime(2025, 3, 1, tzinfo=UTC))
    add_edition(demo, visit_contents(visits, "2024", correction=7), at=datetime(2025, 3, 2, tzinfo=UTC))
    reason = Bilingual(vi="Sai mẫu số quý 2.", en="Wrong denominator in quarter 2.")
    demo.store.withdraw(visits.id, "2024", 1, reason=reason, signer=demo.signer, now=datetime(2025, 3, 3, tzinfo=UTC))
    add_edition(demo, visit_contents(visits, "2024"), at=datetime(2025, 3, 4, tzinfo=UTC))
    add_edition(demo, register_contents(), at=datetime(2025, 7, 1, tzinfo=UTC))
    add_edition(demo, codelist_contents(), at=datetime(2025, 7, 2, tzinfo=UTC))


def open_demo_store(root: Path, *, now: Callable[[], datetime] = lambda: NOW) -> DemoStore:
    """Make an empty store with a new key pair in the new folder ``root``."""
    public_key = root / "public-key.pem"
    signer = Signer.generate(root / "private" / "signing-key.pem", public_key)
    return DemoStore(root, public_key, signer, ReleaseStore(root), PublicReleases(root, public_key, now))


def add_edition(
    demo: DemoStore, contents: EditionContents, *, at: datetime, available_from: datetime | None = None
) -> Manifest:
    """Package ``contents``, compared with what stands in the store, and publish it."""
    stage = demo.store.stage(f"{contents.definition.id}-{contents.edition}")
    appears = (available_from or at).astimezone(VIETNAM_TIME).date()
    contents = replace(contents, previous=_previous(demo, contents), published=appears)
    package = build_package(contents, stage / "package")
    manifest = demo.store.add(
        package.folder,
        files=package.files,
        description=package.description,
        changes=package.changes,
        signer=demo.signer,
        now=at,
        available_from=available_from,
    )
    demo.store.discard(stage)
    return manifest


def _previous(demo: DemoStore, contents: EditionContents) -> PreviousRelease | None:
    if contents.definition.id not in demo.releases.datasets():
        return None
    newest = demo.releases.editions(contents.definition.id)
    same = [release for release in newest if release.edition == contents.edition]
    return PreviousRelease.of(demo.releases, (same or newest)[0])


# Definitions ----------------------------------------------------------------------------------------------------------


def disease_definition(**changes: Any) -> Definition:
    """Return the definition of ``notifiable-diseases``; ``changes`` replace top-level keys."""
    province = {
        "title": {"vi": "Tỉnh, thành phố", "en": "Province"},
        "codelist": PROVINCES.id,
        "levels": ["region", "province"],
        "role": "geography",
    }
    month = {"title": {"vi": "Tháng", "en": "Month"}, "codelist": "months", "match": "month", "role": "time"}
    sex = {"title": {"vi": "Giới tính", "en": "Sex"}, "codelist": SEX.id, "role": "sex"}
    return Definition.model_validate(
        {
            **_COMMON,
            "id": "notifiable-diseases",
            "kind": "statistics",
            "title": {"vi": "Bệnh truyền nhiễm phải báo cáo", "en": "Notifiable diseases"},
            "summary": {
                "vi": "Số ca mắc sốt xuất huyết theo tỉnh, tháng và giới tính.",
                "en": "Cases of dengue by province, month and sex.",
            },
            "keywords": {"vi": ["sốt xuất huyết", "bệnh truyền nhiễm"], "en": ["dengue", "communicable diseases"]},
            "theme": "preventive-medicine",
            "frequency": "yearly",
            "attribution": {"vi": "Cục Phòng bệnh", "en": "Department of Disease Prevention"},
            "rules": [
                {
                    "title": {"vi": "Thông tư 54/2015/TT-BYT", "en": "Circular 54/2015/TT-BYT"},
                    "citation": {"vi": "số 54/2015/TT-BYT", "en": "No. 54/2015/TT-BYT"},
                    "valid_from": "2016-07-01",
                }
            ],
            "calendar": [{"edition": "2026", "due": "2027-01-15"}],
            "source": {"path": "cases.csv", "columns": {name: {} for name in ("province", "month", "sex")} | _STAY},
            "dimensions": {"province": province, "month": month, "sex": sex},
            "measures": _MEASURES,
            "tables": _TABLES,
            "disclosure": {"policy": "strict"},
            **changes,
        }
    )


_STAY: dict[str, Any] = {"stay": {"type": "number"}}


def visit_definition() -> Definition:
    """Return the definition of ``hospital-visits``, which is synthetic."""
    province = {"title": {"vi": "Tỉnh, thành phố", "en": "Province"}, "codelist": PROVINCES.id, "role": "geography"}
    quarter = {"title": {"vi": "Quý", "en": "Quarter"}, "codelist": "quarters", "match": "quarter", "role": "time"}
    return Definition.model_validate(
        {
            **_COMMON,
            "id": "hospital-visits",
            "kind": "statistics",
            "title": {"vi": "Lượt khám chữa bệnh", "en": "Hospital visits"},
            "summary": {"vi": "Số lượt khám theo tỉnh và quý.", "en": "Visits by province and quarter."},
            "theme": "examination-treatment",
            "frequency": "yearly",
            "synthetic": True,
            "source": {"path": "visits.csv", "columns": {"province": {}, "quarter": {}}},
            "dimensions": {"province": {**province, "levels": ["province"]}, "quarter": quarter},
            "measures": {
                "visits": {
                    "title": {"vi": "Lượt khám", "en": "Visits"},
                    "unit": {"vi": "lượt", "en": "visits"},
                    "type": "count",
                }
            },
            "tables": {
                "visits": {
                    "title": {"vi": "Lượt khám theo tỉnh và quý", "en": "Visits by province and quarter"},
                    "dimensions": ["province", "quarter"],
                }
            },
            "disclosure": {"policy": "strict"},
        }
    )


# Contents -------------------------------------------------------------------------------------------------------------


def loaded(definition: Definition, codelists: Sequence[Codelist]) -> LoadedDefinition:
    """Return ``definition`` as if it had been read from a folder."""
    return LoadedDefinition(definition, Path("definitions") / definition.id, _METHODS, {c.id: c for c in codelists})


def disease_contents(definition: Definition, edition: str, *, correction: int = 0) -> EditionContents:
    """Return an edition of ``notifiable-diseases``: cells below 10 in Đà Nẵng are withheld in three months."""
    months = time_codelist("months", date(int(edition), 1, 1), date(int(edition), 12, 31))
    lists = {"province": PROVINCES, "month": months, "sex": SEX}

    def cases(province: str, month: str, sex: str) -> int:
        if (province, sex) == ("22", "F") and month.endswith("-04"):
            return 0
        size = {"01": 400, "22": 60, "48": 30, "79": 900}[province]
        extra = correction if (province, month[-2:], sex) == ("01", "01", "M") else 0
        return size + 7 * int(month[-2:]) + int(edition) % 10 + (sex == "F") * 11 + extra

    def withheld(province: str, month: str, sex: str) -> bool:
        return province in ("48", "22") and month[-3:] in ("-01", "-02", "-03") and sex in ("M", "F")

    by_month = demo_cube("by-month", lists, cases, withheld, levels={"month": ("month",)}, stays=True)
    by_province = demo_cube(
        "by-province",
        {"province": PROVINCES},
        lambda province: sum(cases(province, m.code, s.code) for m in months.at_levels(["month"]) for s in SEX.members),
        nothing,
    )
    return _statistics(definition, edition, [by_month, by_province], [PROVINCES, months, SEX])


def visit_contents(definition: Definition, edition: str, *, correction: int = 0) -> EditionContents:
    """Return an edition of ``hospital-visits``."""
    quarters = time_codelist("quarters", date(int(edition), 1, 1), date(int(edition), 12, 31))
    table = demo_cube(
        "visits",
        {"province": PROVINCES, "quarter": quarters},
        lambda province, quarter: 1000 + 13 * int(province) + 100 * int(quarter[-1]) + correction,
        nothing,
        levels={"province": ("province",), "quarter": ("quarter",)},
        measure="visits",
    )
    return _statistics(definition, edition, [table], [PROVINCES, quarters])


_ARROW_TYPES = {"string": pa.string(), "integer": pa.int64(), "date": pa.date32()}


def register_contents(*, types: Mapping[str, str] | None = None, **columns: Sequence[Any]) -> EditionContents:
    """Return an edition of the register ``licensed-facilities``; ``columns`` replace columns of its four rows, and
    ``types`` the types of fields."""
    rows: dict[str, Sequence[Any]] = {
        "licence_number": ["01234/BYT-GPHĐ", "00007/SYT-GPHĐ", "00450/SYT-GPHĐ", "00451/SYT-GPHĐ"],
        "name": ["Bệnh viện Bạch Mai", 'Phòng khám "An, Bình"', "Nhà thuốc số 5", "Phòng khám Đa khoa"],
        "beds": [3200, None, 0, 15],
        "issued": [date(2014, 5, 1), date(2020, 1, 2), date(2021, 2, 3), None],
        **columns,
    }
    typed = {"licence_number": "string", "name": "string", "beds": "integer", "issued": "date", **(types or {})}
    table = pa.table({name: pa.array(values, _ARROW_TYPES[typed[name]]) for name, values in rows.items()})
    titles = {
        "licence_number": ("Số giấy phép", "Licence number"),
        "name": ("Tên cơ sở", "Name of the facility"),
        "beds": ("Số giường", "Beds"),
        "issued": ("Ngày cấp", "Date of issue"),
    }
    definition = Definition.model_validate(
        {
            **_COMMON,
            "id": "licensed-facilities",
            "kind": "register",
            "title": {"vi": "Cơ sở khám chữa bệnh được cấp phép", "en": "Licensed health facilities"},
            "summary": {"vi": "Danh sách cơ sở đã được cấp phép.", "en": "The facilities that hold a licence."},
            "theme": "registers",
            "frequency": "monthly",
            "source": {
                "path": "facilities.csv",
                "columns": {
                    name: {
                        "type": typed[name],
                        "title": {"vi": vi, "en": en},
                        "required": name in ("licence_number", "name"),
                    }
                    for name, (vi, en) in titles.items()
                },
            },
            "key": ["licence_number"],
            "fields": list(titles),
        }
    )
    return EditionContents(loaded(definition, []), "2025-06", {}, table, {}, None, None, None, PUBLISHED)


def codelist_contents() -> EditionContents:
    """Return an edition of the code lists ``administrative-units``."""
    definition = Definition.model_validate(
        {
            **_COMMON,
            "id": "administrative-units",
            "kind": "codelist",
            "title": {"vi": "Danh mục đơn vị hành chính", "en": "Administrative units"},
            "summary": {"vi": "Mã tỉnh, thành phố.", "en": "Codes of provinces."},
            "theme": "administration",
            "frequency": "irregular",
            "codelists": [PROVINCES.id],
        }
    )
    return EditionContents(
        loaded(definition, [PROVINCES]), "2025", {}, None, {PROVINCES.id: PROVINCES}, None, None, None, PUBLISHED
    )


def _statistics(
    definition: Definition, edition: str, tables: Sequence[PublicTable], codelists: Sequence[Codelist]
) -> EditionContents:
    summary = DisclosureSummary(
        rules=DisclosureRules(policy="strict", method="suppression", threshold=10, zeros="publish"),
        citation=Bilingual(vi="Quy tắc của phép thử.", en="The policy of a test."),
        summary=Bilingual(vi="Ô dưới 10 ca không được công bố.", en="Cells below 10 cases are withheld."),
        audited=True,
    )
    return EditionContents(
        loaded=loaded(definition, codelists),
        edition=edition,
        tables={table.id: table for table in tables},
        register=None,
        codelists={codelist.id: codelist for codelist in codelists},
        disclosure=summary,
        disclosure_report={"policy": "strict", "withheld": {table.id: dict(table.withheld) for table in tables}},
        previous=None,
        published=PUBLISHED,
    )
