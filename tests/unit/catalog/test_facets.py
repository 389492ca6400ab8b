"""The values of facets, what counts as complete, and the mild boosts of new and good records."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import numpy as np
import pytest

from catalog.completeness import completeness
from catalog.facets import FACETS, covered_years, facet_labels, facet_values
from catalog.origin import Origin
from catalog.record import CatalogField, CatalogRecord
from catalog.search import SearchRequest
from catalog.shelf import FRESH, GOOD, MAX_VALUES, Facet, FacetColumn
from datasets.text import Bilingual, BilingualList
from tests.support.catalog_records import record
from tests.unit.catalog.test_search import catalog_of, found


def dimension(name: str, role: Any = "other") -> CatalogField:
    return CatalogField(name=name, title=Bilingual(vi=f"{name} vi", en=f"{name} en"), role=role)


def full() -> CatalogRecord:
    return record(
        "full",
        "Số ca sởi",
        "Measles cases",
        coverage_start="2019-06-01",
        coverage_end="2021-01-31",
        geography_code="province",
        geography_level=Bilingual(vi="Tỉnh", en="Province"),
        keywords=BilingualList(vi=("sởi",), en=("measles",)),
        dimensions=(
            dimension("area", "geography"),
            dimension("age_band", "age"),
            dimension("vaccine"),
            dimension("address", "column"),
        ),
        measures=(dimension("cases"),),
        latest_version=2,
        synthetic=True,
    )


def test_every_facet_has_its_values() -> None:
    values = facet_values(full())
    assert tuple(values) == FACETS
    assert values["geography"] == ("province",)
    assert values["period"] == ("2019", "2020", "2021")
    assert values["dimension"] == ("geography", "age", "vaccine")
    assert values["status"] == ("revised", "made-up")
    bare = facet_values(record("bare", "Một", "One", licence=""))
    assert bare["status"] == ("original",)
    assert bare["geography"] == bare["period"] == bare["licence"] == bare["dimension"] == ()


def test_values_are_called_what_people_call_them() -> None:
    labels = facet_labels([full()])
    assert labels["dimension"]["vaccine"].en == "vaccine en"
    assert labels["dimension"]["age"].vi == "Tuổi"
    assert labels["geography"]["province"].vi == "Tỉnh, thành phố"
    assert set(labels["status"]) == {"original", "revised", "made-up", "harvested"}


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [
        ("1999", "2001-05", [1999, 2000, 2001]),
        (None, "2001", [2001]),
        ("2001", None, [2001]),
        (None, None, []),
        ("long ago", "2001", []),
        ("0001", "9999", list(range(1900, 2101))),
    ],
)
def test_the_years_of_a_record_are_bounded(start: str | None, end: str | None, years: list[int]) -> None:
    assert list(covered_years(record("a", "A", "A", coverage_start=start, coverage_end=end))) == years


def test_the_most_complete_record_comes_first_when_that_is_asked() -> None:
    poor = record("poor", "Sởi", "Sởi", licence="", frequency="irregular", published_at="", formats=("csv",))
    catalog = catalog_of(poor, full())
    assert completeness(full()) == 1.0
    assert completeness(poor) < 0.5
    assert found(catalog, "", sort="complete") == ["full", "poor"]


def test_counts_follow_every_other_facet() -> None:
    other = record("other", "Số ca cúm", "Flu cases", geography_code="country", coverage_start="2021")
    results = catalog_of(full(), other).search(
        SearchRequest("", filters={"geography": ("country",), "period": ("2021",)})
    )
    assert [hit.record.id for hit in results.hits] == ["other"]
    assert results.facets["geography"] == (("country", 1), ("province", 1))
    assert results.facets["period"] == (("2021", 1),)
    assert results.facets["status"] == (("original", 1),)
    assert results.facets["dimension"] == ()


def test_between_equals_the_newer_and_the_better_come_first() -> None:
    def one(identifier: str, day: str, quality: float | None) -> CatalogRecord:
        return record(identifier, "Số ca sởi", "Measles cases", published_at=day, quality=quality)

    same_day = catalog_of(one("a", "2026-01-01", None), one("b", "2026-01-01", 0.9), one("c", "2026-01-01", 0.1))
    assert found(same_day, "soi") == ["b", "a", "c"]
    by_day = catalog_of(one("old", "2010-01-01", None), one("new", "2026-01-01", None), one("none", "no date", None))
    assert found(by_day, "soi") == ["new", "old", "none"]


def test_ours_comes_first_of_equals_however_poor_and_old_it_is() -> None:
    origin = Origin(
        source="there",
        source_title=Bilingual(vi="Nơi khác", en="Elsewhere"),
        protocol="ckan",
        remote_id="1",
        first_received="2026-01-01",
        received="2026-01-01",
    )
    ours = record("ours", "Số ca sởi", "Measles", quality=0.0, published_at="1990-01-01")
    theirs = record("there~1", "Số ca sởi", "Measles", quality=1.0, published_at="2026-01-01", harvested=origin)
    assert found(catalog_of(theirs, ours), "sởi") == ["ours", "there~1"]


def test_a_boost_never_outweighs_a_better_match() -> None:
    catalog = catalog_of(
        record("summary", "Một", "One", summary=Bilingual(vi="Có sởi.", en="x"), quality=1.0),
        record("title", "Số ca sởi", "Measles", quality=0.0, published_at="1990-01-01"),
    )
    assert found(catalog, "sởi") == ["title", "summary"]
    boosts = catalog._shelf.boosts
    assert np.all(boosts <= 1 + FRESH + GOOD + 1e-6)
    assert np.all(boosts >= 1 - GOOD - 1e-6)


@pytest.mark.parametrize(
    ("counts", "numbers"), [((1, 1), (0,)), ((1,), (1,)), ((2,), (0,))], ids=["too few", "no such value", "too many"]
)
def test_a_facet_that_does_not_fit_is_refused(counts: tuple[int, ...], numbers: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        Facet(FacetColumn(values=("a",), counts=counts, numbers=numbers))


def test_few_and_many_records_are_counted_alike() -> None:
    chance = Random(3)
    held = [tuple(chance.sample(range(5), chance.randint(0, 3))) for _ in range(200)]
    numbers = tuple(number for each in held for number in each)
    facet = Facet(FacetColumn(values=tuple("abcde"), counts=tuple(map(len, held)), numbers=numbers))
    for wanted in (0, 1, 5, 24, 25, 26, 100, 200):
        mask = np.zeros(200, np.bool_)
        mask[chance.sample(range(200), wanted)] = True
        expected = Counter("abcde"[number] for at in np.flatnonzero(mask) for number in held[at])
        assert dict(facet.counts(mask)) == dict(expected)


def test_the_most_frequent_of_many_values_are_told() -> None:
    values = tuple(f"{number:04}" for number in range(MAX_VALUES + 50))
    last = len(values) - 1
    column = FacetColumn(values=values, counts=(1,) * (len(values) + 1), numbers=(*range(len(values)), last))
    counted = Facet(column).counts(np.ones(len(values) + 1, np.bool_))
    assert counted == ((values[last], 2), *((value, 1) for value in values[: MAX_VALUES - 1]))


def test_a_value_that_shows_nothing_costs_no_search() -> None:
    catalog = catalog_of(record("a", "Số ca sởi", "Measles", licence="\u200b"))
    (counted,) = catalog.search(SearchRequest()).facets["licence"]
    assert catalog.label("licence", counted[0]).en == "(no name)"
