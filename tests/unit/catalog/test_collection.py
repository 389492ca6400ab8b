"""From public releases to records, an index and an answer; and what a damaged or withdrawn release does to it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from importlib.metadata import distributions, version
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner

from catalog.cli import app
from catalog.collection import collect
from catalog.record import MAX_MEMBERS, THEME_LABELS, CatalogField, record_of
from datasets.codelist import Codelist, Member
from datasets.codelist_files import codelist_csv
from datasets.definition import Theme
from datasets.public_releases import PublicReleases
from datasets.release import FileEntry, ReleaseDescription
from datasets.release_store import ReleaseStore
from datasets.signing import Signer
from datasets.text import Bilingual

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def same(text: str) -> dict[str, str]:
    return {"vi": text, "en": text}


PROVINCES = Codelist(
    id="provinces",
    title=Bilingual(vi="Tỉnh", en="Provinces"),
    members=(
        Member("_T", Bilingual(vi="Tất cả", en="All")),
        Member("VN", Bilingual(vi="Việt Nam", en="Viet Nam"), level="country"),
        Member("48", Bilingual(vi="Đà Nẵng", en="Da Nang"), level="province", parent="VN"),
    ),
)
MONTHS = Codelist(
    id="months",
    title=Bilingual(vi="Tháng", en="Months"),
    members=(Member("2025-01", Bilingual(vi="Tháng giêng", en="January")),),
)


def description(dataset: str = "dengue-cases", **changes: Any) -> ReleaseDescription:
    """Describe a release of one table by province and month."""
    fields: dict[str, Any] = {
        "dataset": dataset,
        "kind": "statistics",
        "edition": "2025",
        "title": {"vi": "Số ca sốt xuất huyết", "en": "Dengue cases"},
        "summary": {"vi": "Số ca theo tỉnh.", "en": "Cases by province."},
        "keywords": {"vi": ["dịch bệnh"], "en": ["epidemic"]},
        "publisher": {"id": "moh", "name": {"vi": "Bộ Y tế", "en": "Ministry of Health"}},
        "contact": {"name": same("Office"), "email": "data@example.org"},
        "theme": "preventive-medicine",
        "licence": "CC-BY-4.0",
        "attribution": None,
        "frequency": "yearly",
        "coverage": {"area": {"vi": "Việt Nam", "en": "Viet Nam"}, "start": "2020"},
        "period_start": "2025-01-01",
        "period_end": "2025-12-31",
        "synthetic": True,
        "rules": [],
        "dimensions": [
            {
                "name": "province",
                "title": {"vi": "Tỉnh", "en": "Province"},
                "codelist": "provinces",
                "role": "geography",
                "total": True,
                "levels": ["country", "province"],
            },
            {
                "name": "month",
                "title": {"vi": "Tháng", "en": "Month"},
                "codelist": "months",
                "role": "time",
                "total": True,
                "levels": [],
            },
        ],
        "measures": [
            {
                "name": "cases",
                "title": {"vi": "Ca mắc", "en": "Cases"},
                "unit": same("people"),
                "type": "count",
                "field_type": "integer",
                "additive": True,
            }
        ],
        "tables": [
            {
                "id": "by-province",
                "title": same("By province"),
                "dimensions": ["province", "month"],
                "measures": ["cases"],
                "margins": "all",
                "rows": 1,
                "withheld": {"cases": 0},
                "parquet": "data/by-province.parquet",
                "csv": "data/by-province.csv",
            }
        ],
        "codelists": [
            {"id": each.id, "title": each.title, "path": f"codelists/{each.id}.csv", "rows": 2, "levels": each.levels}
            for each in (PROVINCES, MONTHS)
        ],
    }
    return ReleaseDescription.model_validate(fields | changes)


class Ministry:
    """A release store with its key, into which releases are put."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "data"
        self.root.mkdir()
        self.signer = Signer.generate(self.root / "private" / "signing-key.pem", self.root / "public-key.pem")
        self.store = ReleaseStore(self.root)
        self._package = folder / "package"

    def publish(self, about: ReleaseDescription, available_from: datetime | None = None) -> None:
        entries = []
        for codelist in (PROVINCES, MONTHS):
            path = f"codelists/{codelist.id}.csv"
            content = codelist_csv(codelist).encode()
            (self._package / path).parent.mkdir(parents=True, exist_ok=True)
            (self._package / path).write_bytes(content)
            digest = hashlib.sha256(content).hexdigest()
            entries.append(FileEntry(path=path, sha256=digest, bytes=len(content), media_type="text/csv"))
        self.store.add(
            self._package,
            files=entries,
            description=about,
            changes=Bilingual(vi="Đầu tiên", en="First"),
            signer=self.signer,
            now=NOW,
            available_from=available_from,
        )

    def releases(self) -> PublicReleases:
        return PublicReleases(self.root, self.root / "public-key.pem", now=lambda: NOW + timedelta(days=1))


@pytest.fixture
def ministry(tmp_path: Path) -> Ministry:
    return Ministry(tmp_path)


def test_a_record_says_what_the_release_says(ministry: Ministry) -> None:
    ministry.publish(description(edition="2024", period_start="2024-01-01", period_end="2024-12-31"))
    ministry.publish(description())
    (record,) = collect(ministry.releases()).records
    assert record.id == "dengue-cases"
    assert (record.title.vi, record.title.en) == ("Số ca sốt xuất huyết", "Dengue cases")
    assert record.theme_label.vi == "Y tế dự phòng"
    assert (record.coverage_start, record.coverage_end) == ("2024-01-01", "2025-12-31")
    assert (record.latest_edition, record.latest_version, record.editions) == ("2025", 1, 2)
    assert record.published_at == "2026-05-01T00:00:00+00:00"
    assert record.geography_level == Bilingual(vi="Tỉnh, thành phố", en="Province")
    assert [each.name for each in record.dimensions] == ["province", "month"]
    assert record.measures == (CatalogField(name="cases", title=Bilingual(vi="Ca mắc", en="Cases")),)
    assert [each.vi for each in record.members] == ["Việt Nam", "Đà Nẵng"]
    assert record.formats == ("csv", "parquet")
    assert record.synthetic


def test_a_register_has_its_columns_and_an_area(ministry: Ministry) -> None:
    register = {
        "fields": [{"name": "area", "title": same("Area"), "type": "string", "codelist": "provinces"}],
        "key": ["area"],
        "rows": 1,
        "parquet": "data/register.parquet",
        "csv": "data/register.csv",
        "xlsx": "data/register.xlsx",
    }
    ministry.publish(description(kind="register", dimensions=[], measures=[], tables=[], register=register))
    (record,) = collect(ministry.releases()).records
    assert [each.name for each in record.dimensions] == ["area"]
    assert [each.en for each in record.members] == ["Viet Nam", "Da Nang"]
    assert record.formats == ("csv", "parquet", "xlsx")
    assert record.geography_level == Bilingual(vi="Việt Nam", en="Viet Nam")


def test_a_code_list_has_its_members_and_no_period(ministry: Ministry) -> None:
    about = description(
        kind="codelist",
        dimensions=[],
        measures=[],
        tables=[],
        period_start="",
        period_end="",
        coverage={"area": same("VN")},
    )
    ministry.publish(about)
    (record,) = collect(ministry.releases()).records
    assert {each.en for each in record.members} == {"Viet Nam", "Da Nang", "January"}
    assert record.formats == ("csv",)
    assert (record.coverage_start, record.coverage_end) == (None, None)


def test_a_long_code_list_is_cut(ministry: Ministry) -> None:
    ministry.publish(description())
    manifest = ministry.releases().latest("dengue-cases").manifest
    label = Bilingual(vi="Xã", en="Commune")
    members = tuple(Member(f"{number:05}", label, level="province") for number in range(MAX_MEMBERS + 5))
    record = record_of([manifest], [Codelist("provinces", label, members)])
    assert len(record.members) == MAX_MEMBERS


def test_every_theme_has_a_label() -> None:
    assert set(THEME_LABELS) == set(get_args(Theme))


def test_embargoed_and_withdrawn_releases_have_no_record(ministry: Ministry) -> None:
    ministry.publish(description("under-embargo"), available_from=NOW + timedelta(days=9))
    ministry.publish(description("withdrawn-one"))
    reason = Bilingual(vi="Sai", en="Wrong")
    ministry.store.withdraw("withdrawn-one", "2025", 1, reason=reason, signer=ministry.signer, now=NOW)
    assert collect(ministry.releases()).records == ()


def test_a_damaged_release_is_named_and_the_others_go_on(ministry: Ministry) -> None:
    ministry.publish(description("good-one"))
    other = MONTHS.members[0].label.vi.encode()
    ministry.publish(description("bad-one", dimensions=[], codelists=[]))
    for path in (ministry.root / "objects").rglob("*"):
        if path.is_file() and other in path.read_bytes():
            path.chmod(0o644)
            path.write_bytes(b"code,label_vi,label_en\n")
    found = collect(ministry.releases())
    assert [each.id for each in found.records] == ["bad-one"]
    assert found.problems


def test_the_build_command_makes_an_index_that_the_search_command_reads(ministry: Ministry, tmp_path: Path) -> None:
    ministry.publish(description())
    for place in ([], ["--index", str(tmp_path / "index")]):
        options = ["--data-dir", str(ministry.root), *place]
        built = CliRunner().invoke(app, ["build", *options])
        assert built.exit_code == 0, built.output
        assert "1 dataset in" in built.output
        searched = CliRunner().invoke(app, ["search", "SXH Da Nang", *options])
        assert "dengue-cases" in searched.output


def test_the_build_command_names_what_it_left_out(ministry: Ministry, monkeypatch: pytest.MonkeyPatch) -> None:
    ministry.publish(description())
    for path in (ministry.root / "objects").rglob("*"):
        if path.is_file():
            path.chmod(0o644)
            path.write_bytes(b"")
    monkeypatch.setenv("YTEMO_DATA_DIR", str(ministry.root))
    built = CliRunner().invoke(app, ["build"])
    assert "left out: " in built.output
    assert "0 datasets" in built.output


def test_one_whoosh_is_installed_and_it_is_the_one_we_measured() -> None:
    names = {str(each.metadata["Name"]).lower() for each in distributions()}
    assert names & {"whoosh", "whoosh-reloaded", "whoosh3"} == {"whoosh3"}
    assert version("whoosh3") == "3.54.0"


def test_the_quality_of_the_newest_release_is_told_from_outside(tmp_path: Path) -> None:
    ministry = Ministry(tmp_path)
    ministry.publish(description())
    assert [each.quality for each in collect(ministry.releases()).records] == [None]
    assert [each.quality for each in collect(ministry.releases(), lambda release: 0.75).records] == [0.75]
