"""What of the counts of uses is published: whole months alone, of datasets of the portal, nothing that came late."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from datasets.definition_files import builtin_definitions, load_definition
from datasets.text import Bilingual
from portal.public.pages.usage import KINDS_NAMED
from portal.public.usage.counts import Used
from portal.public.usage.source import complete_months, datasets_csv, month_csv
from portal.public.usage.uses import KINDS, USES

TITLES = {"a": Bilingual(vi="Số ca, theo tỉnh", en="Cases, by province")}


def used(*months: str) -> list[Used]:
    return [Used(month, "a", "page", 1) for month in months]


@pytest.mark.parametrize(
    ("now", "months"),
    [
        ("2026-11-30T17:30", ()),  # December has begun in Viet Nam, and the last counts may not be kept yet.
        ("2026-11-30T18:30", ("2026-11",)),
        ("2027-01-15T00:00", ("2026-11", "2026-12")),
    ],
)
def test_a_month_is_complete_an_hour_after_its_end_in_viet_nam(now: str, months: tuple[str, ...]) -> None:
    counted = used("2026-12", "2026-10", "2026-11")
    assert complete_months(counted, datetime.fromisoformat(now).replace(tzinfo=UTC)) == months


def test_the_month_in_which_counting_began_is_never_complete() -> None:
    now = datetime(2027, 6, 1, tzinfo=UTC)
    assert complete_months([], now) == ()
    assert complete_months(used("2026-10"), now) == ()
    assert complete_months(used("2026-10", "2027-02"), now) == ("2027-02",)


def test_uses_of_a_month_are_told_by_dataset_and_use() -> None:
    counted = [
        Used("2026-10", "a", "page", 9),
        Used("2026-11", "a", "page", 3),
        Used("2026-11", "a", "download", 2),
        Used("2026-11", "a", "download-other", 5),
        Used("2026-11", "other.harvested", "page", 7),
    ]
    assert month_csv(counted, "2026-11", TITLES) == "dataset,use,times\na,download-other,7\na,page,3\n"


def test_datasets_are_listed_by_their_titles() -> None:
    expected = 'code,label_vi,label_en\na,"Số ca, theo tỉnh","Cases, by province"\n'
    assert datasets_csv(TITLES) == expected


def test_every_use_that_is_counted_is_a_code_of_the_definition_and_of_a_kind_with_a_name() -> None:
    (folder,) = (path for path in builtin_definitions() if path.name == "portal-usage")
    assert tuple(each.code for each in load_definition(folder).codelists["uses"].members) == USES
    assert tuple(KINDS_NAMED) == KINDS == tuple(dict.fromkeys(Used("", "", use, 1).kind for use in USES))
