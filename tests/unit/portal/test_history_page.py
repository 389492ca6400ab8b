"""What people read of changes and notices, in both languages."""

from __future__ import annotations

from datetime import date

from datasets.changes import Changes, CodelistChanges, TableChanges
from datasets.notices import RenamedField, RetiringPart
from datasets.release import ReleaseDescription, TableDescription
from datasets.text import Bilingual
from portal.public.pages.history import change_texts
from portal.public.pages.notices import notice_texts
from portal.shared.wording import wording
from tests.support.tiny_releases import tiny_description

VI, EN = wording("vi"), wording("en")
TABLE = TableDescription(
    id="by-sex",
    title=Bilingual(vi="Theo giới tính", en="By sex"),
    dimensions=("sex",),
    measures=("cases",),
    margins="all",
    rows=3,
    withheld={},
    parquet="data/by-sex.parquet",
    csv="data/by-sex.csv",
)
DESCRIPTION = tiny_description().model_copy(update={"tables": (TABLE,)})
REASON = Bilingual(vi="Thôi ghi.", en="No longer recorded.")


def test_each_change_is_a_sentence() -> None:
    changes = Changes(
        previous="2025.1",
        same_edition=True,
        tables_added=("by-sex",),
        tables_removed=("by-age",),
        tables={
            "by-sex": TableChanges(
                columns_added=("deaths", "deaths_status"),
                columns_removed=("cost", "cost_status"),
                columns_renamed={"people": "persons", "people_status": "persons_status"},
                columns_changed={"sex": ("title", "codelist")},
                rows_added=1200,
                rows_removed=1,
                by_measure={"cases": {"values": 3, "statuses": 1}},
            )
        },
        codelists={"sex": CodelistChanges(added=tuple("ABCDEFGHIJ"), removed=("X",), relabelled=("F",))},
    )
    assert change_texts(changes, DESCRIPTION, EN) == (
        "Tables added: By sex.",
        "Tables removed: by-age.",
        "By sex: columns added: deaths, deaths_status.",
        "By sex: columns removed: cost.",
        "By sex: the column people is called persons now.",
        "By sex: of the column sex changed: its title, its code list.",
        "By sex: rows added: 1,200, rows removed: 1.",
        "By sex: cases: 3 numbers and 1 statuses changed.",
        "Sex: codes added: A, B, C, D, E, F, G, H and 2 more. codes removed: X. codes with another name: F.",
    )
    assert "Theo giới tính: cột people nay tên là persons." in change_texts(changes, DESCRIPTION, VI)
    assert change_texts(Changes(), DESCRIPTION, EN) == ()


def noticed(*places: str) -> ReleaseDescription:
    until = date(2028, 6, 30)
    return DESCRIPTION.model_copy(
        update={
            "renamed": (RenamedField(old="people", new="persons", until=until),),
            "retiring": tuple(RetiringPart(place=place, until=until, reason=REASON) for place in places),
        }
    )


def test_each_notice_says_what_goes_and_when() -> None:
    description = noticed("cost", "tables.by-sex", "tables.by-sex.cost", "codelists.sex")
    texts = notice_texts(description, date(2028, 6, 30), EN)
    assert texts[0].startswith("The column people is called persons now.")
    assert [text.partition(" is sure")[0] for text in texts[1:]] == [
        "The column cost",
        "The table “By sex”",
        "The column cost of the table “By sex”",
        "The code list sex",
    ]
    assert all(text.endswith("No longer recorded.") for text in texts[1:])


def test_a_notice_that_is_over_says_so_and_an_older_name_no_more() -> None:
    (text,) = notice_texts(noticed("cost"), date(2028, 7, 1), VI)
    assert text == "Cột cost có thể bị bỏ bất cứ lúc nào: thời hạn báo trước đã hết ngày 30/06/2028. Thôi ghi."
