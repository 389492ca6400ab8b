"""What of two releases is compared and what is not: fields by other names, other lists, other ways of counting."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from datasets.notices import RenamedField
from datasets.perturbation_choice import PerturbationRules
from datasets.public_releases import PublicRelease
from datasets.text import Bilingual
from portal.public.compare.csv_file import told_apart
from portal.public.compare.matching import Matched, matches
from portal.public.compare.pairing import Pair, paired
from portal.public.pages.compare_cells import percent
from portal.public.pages.compare_words import cautions, make_up
from portal.public.table_reading import TableReading
from portal.query.difference import Compared
from portal.query.schema import Cube, Register, read_schema
from portal.shared.wording import wording
from tests.support.releases import DemoStore, make_demo_store

UNTIL = date(2026, 12, 31)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoStore:
    return make_demo_store(tmp_path_factory.mktemp("matched") / "data")


class Described(TableReading):
    """Takes a release at its word, also one that is in no store."""

    def __init__(self, demo: DemoStore) -> None:
        self._demo = demo

    def schema(self, release: PublicRelease, table: str, *, pinned: bool = False) -> Cube | Register:
        assert pinned
        stored = {each.edition: each for each in self._demo.releases.editions(release.dataset)}
        real = stored.get(release.edition) or self._demo.releases.latest(release.dataset)
        lists = partial(self._demo.releases.codelist, real)
        return read_schema(release.description, table, release="", codelist=lists)


@pytest.fixture
def reading(demo: DemoStore) -> TableReading:
    return Described(demo)


def pair(demo: DemoStore, dataset: str = "notifiable-diseases", old: str = "2024.1", new: str = "2024.2") -> Pair:
    return Pair(demo.releases.find(dataset, old), demo.releases.find(dataset, new))


def altered(release: PublicRelease, **changes: Any) -> PublicRelease:
    """Return a release that describes itself otherwise; it is another one by its hash."""
    description = release.description.model_copy(update=changes)
    manifest = release.manifest.model_copy(update={"description": description})
    return PublicRelease(manifest, repr(sorted(changes)))


def with_measure(release: PublicRelease, **changes: Any) -> PublicRelease:
    cases, *others = release.description.measures
    return altered(release, measures=(cases.model_copy(update=changes), *others))


def matched(reading: TableReading, pair: Pair) -> Matched:
    return next(table for table in matches(reading, pair) if table.name in ("by-month", "register"))


def told(demo: DemoStore, reading: TableReading, pair: Pair) -> str:
    return "\n".join(make_up(demo.releases, pair, matches(reading, pair), wording("en")))


def test_versions_of_an_edition_match(demo: DemoStore, reading: TableReading) -> None:
    found = matched(reading, pair(demo))
    assert (found.obstacle, found.without_total, found.apart) == (None, "", ())
    assert found.keys == (("province", "province"), ("month", "month"), ("sex", "sex"))
    assert found.columns == (Compared("cases", "cases", True, True), Compared("mean_stay", "mean_stay", True, True))
    assert found.values == 2 * 273 * 5
    assert told(demo, reading, pair(demo)) == ""


def test_a_field_is_known_by_its_older_name(demo: DemoStore, reading: TableReading) -> None:
    now = pair(demo)
    tables = tuple(
        table.model_copy(
            update={
                "measures": tuple("ill" if name == "cases" else name for name in table.measures),
                "dimensions": tuple("gender" if name == "sex" else name for name in table.dimensions),
            }
        )
        for table in now.new.description.tables
    )
    cases, stay = now.new.description.measures
    dimensions = tuple(
        each.model_copy(update={"name": "gender"}) if each.name == "sex" else each
        for each in now.new.description.dimensions
    )
    renamed = (RenamedField(old="cases", new="ill", until=UNTIL), RenamedField(old="sex", new="gender", until=UNTIL))
    new = altered(
        now.new,
        tables=tables,
        measures=(cases.model_copy(update={"name": "ill"}), stay),
        dimensions=dimensions,
        renamed=renamed,
    )
    found = matched(reading, Pair(now.old, new))
    assert found.keys[-1] == ("sex", "gender")
    assert found.columns[0] == Compared("ill", "cases", numeric=True, has_status=True)
    assert "the column “Cases” was called cases in files and is called ill now." in told(
        demo, reading, Pair(now.old, new)
    )


def test_what_is_counted_otherwise_is_not_compared(demo: DemoStore, reading: TableReading) -> None:
    now = pair(demo)
    other = Pair(now.old, with_measure(now.new, type="rate", per=1000))
    found = matched(reading, other)
    assert found.apart == ("cases",)
    assert [column.name for column in found.columns] == ["mean_stay"]
    text = told(demo, reading, other)
    assert "not compared, because it is counted or written otherwise now: Cases." in text
    assert "of “Cases” changed: the way in which it is counted" in text


def test_a_population_stands_once_along_what_it_does_not_differ_by(demo: DemoStore, reading: TableReading) -> None:
    now = pair(demo)
    found = matched(reading, Pair(now.old, with_measure(now.new, dimensions=("province", "month"))))
    assert [(column.name, column.once) for column in found.columns] == [("cases", ("sex",)), ("mean_stay", ())]


def test_another_unit_is_told_and_compared(demo: DemoStore, reading: TableReading) -> None:
    now = pair(demo)
    other = Pair(now.old, with_measure(now.new, unit=Bilingual(vi="lượt", en="episodes")))
    assert matched(reading, other).apart == ()
    assert "of “Cases” changed: its unit." in told(demo, reading, other)


def test_other_dimensions_lists_and_measures_keep_cells_apart(demo: DemoStore, reading: TableReading) -> None:
    now = pair(demo)
    first, second = now.new.description.tables
    fewer = first.model_copy(update={"dimensions": ("province", "month")})
    without = Pair(now.old, altered(now.new, tables=(fewer, second)))
    assert matched(reading, without).obstacle == "dimensions"
    assert "columns removed: Sex." in told(demo, reading, without)
    assert matched(reading, Pair(without.new, now.new)).obstacle == "dimensions"
    assert "columns added: Sex." in told(demo, reading, Pair(without.new, now.new))
    province, *others = now.new.description.dimensions
    listed = province.model_copy(update={"codelist": "sex-demo", "levels": ()})
    assert matched(reading, Pair(now.old, altered(now.new, dimensions=(listed, *others)))).obstacle == "codelists"
    alone = Pair(
        altered(now.old, tables=(first.model_copy(update={"measures": ("cases",)}), second)),
        altered(now.new, tables=(first.model_copy(update={"measures": ("mean_stay",)}), second), summary=None),
    )
    assert matched(reading, alone).obstacle == "columns"


def test_tables_of_one_release_alone_are_told(demo: DemoStore, reading: TableReading) -> None:
    now = pair(demo)
    one = altered(now.new, tables=now.new.description.tables[:1])
    assert told(demo, reading, Pair(now.old, one)) == "Only the older release has these tables: By province."
    assert told(demo, reading, Pair(one, now.new)) == "Only the newer release has these tables: By province."


def test_editions_share_periods_or_none(demo: DemoStore, reading: TableReading) -> None:
    apart = pair(demo, old="2023.1")
    assert not apart.same_period
    assert matched(reading, apart).obstacle == "periods"
    year = {"period_start": "2024-01-01", "period_end": "2024-12-31"}
    before = altered(apart.new, edition="2024-07", **year)
    again = altered(before, **year)
    moved = Pair(
        PublicRelease(before.manifest.model_copy(update={"edition": "2024-07"}), before.envelope_sha256),
        PublicRelease(again.manifest.model_copy(update={"edition": "2024-08"}), again.envelope_sha256),
    )
    assert moved.same_period


def test_totals_of_different_times_are_left_out(demo: DemoStore, reading: TableReading) -> None:
    now = pair(demo)
    manifest = now.old.manifest.model_copy(
        update={
            "edition": "2024-07",
            "description": now.old.description.model_copy(update={"period_start": "2023-08-01"}),
        }
    )
    found = matched(reading, Pair(PublicRelease(manifest, "other"), now.new))
    assert (found.obstacle, found.without_total) == (None, "month")


def test_a_year_in_editions_of_its_parts_is_left_out(demo: DemoStore, reading: TableReading) -> None:
    now = pair(demo)
    months = {"levels": ("year", "month")}
    dimensions = tuple(
        each.model_copy(update=months if each.name == "month" else {}) for each in now.new.description.dimensions
    )

    def part(start: str, end: str) -> PublicRelease:
        made = altered(now.new, dimensions=dimensions, period_start=f"2024-{start}", period_end=f"2024-{end}")
        return PublicRelease(made.manifest.model_copy(update={"edition": end}), made.envelope_sha256)

    found = matched(reading, Pair(part("01-01", "06-30"), part("04-01", "09-30")))
    assert found.partly == ("2024", "2024-01", "2024-02", "2024-03", *(f"2024-{month:02d}" for month in range(7, 13)))
    apart = matched(reading, Pair(part("01-01", "01-01"), part("12-31", "12-31")))
    assert (apart.obstacle, apart.without_total) == ("periods", "")


def test_what_was_published_between_two_releases_is_known(demo: DemoStore) -> None:
    found = paired(demo.releases, "hospital-visits", "2023.1", "2024.2").pair
    assert found is not None
    assert [each.name for each in found.between] == ["2024.1"]


def test_a_measure_with_the_name_of_another_one_is_another_one(demo: DemoStore, reading: TableReading) -> None:
    now = pair(demo, old="2024.1", new="2024.2")
    renamed = (RenamedField(old="mean_stay", new="cases", until=UNTIL),)
    taken = altered(now.old, renamed=renamed)
    found = matched(reading, Pair(now.old, now.new, (taken,)))
    # Cases are what the mean was, which is of another kind than what the newer release says of cases.
    assert (found.apart, found.columns, found.changes.columns_removed) == (("cases",), (), ("cases",))


def test_counts_that_were_changed_are_told_before_their_differences(demo: DemoStore) -> None:
    now = pair(demo)
    assert list(cautions(now, wording("en"))) == []
    disclosure = now.new.description.disclosure
    assert disclosure is not None
    rules = disclosure.rules.model_copy(update={"perturbation": PerturbationRules(base=5)})
    changed = altered(now.new, disclosure=disclosure.model_copy(update={"rules": rules}))
    for either in (Pair(now.old, changed), Pair(changed, now.new)):
        (text,) = cautions(either, wording("en"))
        assert "A small difference can come from that alone" in text


def test_no_heading_of_a_file_stands_twice() -> None:
    assert told_apart(["column", "area", "area_label", "column", "column"]) == [
        "column",
        "area",
        "area_label",
        "column_",
        "column__",
    ]


def test_a_register_without_a_key_is_not_compared(demo: DemoStore, reading: TableReading) -> None:
    release = demo.releases.latest("licensed-facilities")
    register = release.description.register_
    assert register is not None
    keyless = altered(release, register_=register.model_copy(update={"key": ()}))
    other = altered(release, register_=register.model_copy(update={"key": ("name",)}), summary=None)
    assert matched(reading, Pair(keyless, keyless)).obstacle == "key"
    assert matched(reading, Pair(release, other)).obstacle == "key"
    text = tuple(
        field.model_copy(update={"type": "string"}) if field.name == "beds" else field for field in register.fields
    )
    written = altered(release, register_=register.model_copy(update={"fields": text}), licence=None)
    assert matched(reading, Pair(release, written)).apart == ("beds",)
    numbered = tuple(
        field.model_copy(update={"type": "integer"}) if field.name == "licence_number" else field
        for field in register.fields
    )
    other = altered(release, register_=register.model_copy(update={"fields": numbered}), licence=None)
    assert matched(reading, Pair(release, other)).obstacle == "key"


@pytest.mark.parametrize(
    ("value", "vi", "en"),
    [
        ("-0.0426", "−0,04%", "−0.04 %"),
        ("0.0004", "+0,0004%", "+0.0004 %"),
        ("0", "0,0%", "0.0 %"),
        ("12.345", "+12,3%", "+12.3 %"),
    ],
)
def test_a_small_difference_is_never_told_as_none(value: str, vi: str, en: str) -> None:
    assert (percent(Decimal(value), wording("vi")), percent(Decimal(value), wording("en"))) == (vi, en)
