"""The sentence of the first page tells published numbers: a withheld cell has no say in it, in either language."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from catalog.quality.timeliness import Expected
from catalog.schedule import Schedule, Standing, schedule_of
from datasets.cell_status import CellStatus
from datasets.codelist import Member
from datasets.text import Bilingual, Language
from portal.public.pages.contents import ContentsReader
from portal.public.pages.headline import headline, sentences
from portal.public.pages.series import Cell, Series
from portal.shared.links import Links
from portal.shared.wording import wording
from tests.support.releases import DemoStore, make_demo_store

SUPPRESSED = CellStatus.SUPPRESSED
OBSERVED = CellStatus.OBSERVED


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoStore:
    return make_demo_store(tmp_path_factory.mktemp("store"))


def cell(month: int, value: float | None, status: CellStatus = OBSERVED) -> Cell:
    label = Bilingual(vi=f"Tháng {month} năm 2024", en=f"2024, month {month}")
    return Cell(Member(f"2024-{month:02}", label), value, status)


def told(demo: DemoStore, *cells: Cell, language: Language = "en", along: str = "month") -> str:
    about = demo.releases.latest("notifiable-diseases").description
    series = Series(about.dimension(along), "cases", cells)
    return " ".join(sentences(series, about.measure("cases"), wording(language)))


def test_the_highest_and_the_newest_number_are_told(demo: DemoStore) -> None:
    cells = (cell(1, 1200), cell(2, 4500), cell(3, 800))
    assert told(demo, *cells) == (
        "The highest published number is 4,500 cases (2024, month 2)."
        " The newest period with a published number is 2024, month 3: 800 cases."
    )
    assert told(demo, *cells, language="vi") == (
        "Số cao nhất đã công bố là 4.500 ca (tháng 2 năm 2024). Kỳ mới nhất có số liệu là tháng 3 năm 2024: 800 ca."
    )


def test_the_newest_is_not_told_twice(demo: DemoStore) -> None:
    assert told(demo, cell(1, 12), cell(2, 45)) == "The highest published number is 45 cases (2024, month 2)."
    # Of two that are equal the later one is told.
    assert told(demo, cell(1, 45), cell(2, 45)) == "The highest published number is 45 cases (2024, month 2)."


def test_a_withheld_cell_has_no_say(demo: DemoStore) -> None:
    text = told(demo, cell(1, 30), cell(2, 20), cell(3, None, SUPPRESSED))
    assert text == (
        "The highest published number is 30 cases (2024, month 1)."
        " The newest period with a published number is 2024, month 2: 20 cases."
    )


def test_what_a_number_is_marked_with_is_told_with_it(demo: DemoStore) -> None:
    text = told(demo, cell(1, 30, CellStatus.ESTIMATED), cell(2, 20))
    assert "30 [e] cases" in text


def test_places_have_no_newest(demo: DemoStore) -> None:
    text = told(demo, cell(1, 30), cell(2, 20), along="sex")
    assert text == "The highest published number is 30 cases (2024, month 1)."


def test_all_numbers_and_names_of_the_chart_are_published_ones(demo: DemoStore) -> None:
    releases = demo.releases
    shown = headline(schedule_of(releases, releases.today()), ContentsReader(releases), Links(), wording("en"))
    assert shown is not None
    assert shown.name.url == "/en/datasets/notifiable-diseases"
    values = {view.text for _, view in shown.figure.rows}
    assert shown.sentence.split("is ")[1].split(" ")[0] in values
    assert shown.explore == "/en/datasets/notifiable-diseases/explore?table=by-month"


def test_made_up_statistics_are_shown_only_where_there_are_no_others(demo: DemoStore) -> None:
    releases = demo.releases
    full = schedule_of(releases, releases.today())
    made_up = tuple(each for each in full.standings if each.release.description.synthetic)
    assert made_up
    shown = headline(Schedule(full.today, made_up, ()), ContentsReader(releases), Links(), wording("en"))
    assert shown is not None
    assert shown.name.synthetic


def test_what_is_damaged_is_passed_over(tmp_path: Path) -> None:
    own = make_demo_store(tmp_path / "store")
    schedule = schedule_of(own.releases, own.releases.today())
    for file in (own.root / "objects").rglob("*"):
        if file.is_file():
            file.chmod(0o644)
            file.write_bytes(b"damaged")
    assert headline(schedule, ContentsReader(own.releases), Links(), wording("en")) is None


def test_a_register_is_no_headline(demo: DemoStore) -> None:
    release = demo.releases.latest("notifiable-diseases")
    about = release.description.model_copy(update={"kind": "register"})
    register = type(release)(release.manifest.model_copy(update={"description": about}), release.envelope_sha256)
    standing = Standing(register, date(2026, 1, 1), Expected(date(2027, 1, 1), announced=True, grace=1), "current")
    schedule = Schedule(date(2026, 2, 1), (standing,), ())
    assert headline(schedule, ContentsReader(demo.releases), Links(), wording("en")) is None


def test_how_the_ministry_is_run_comes_after_health(demo: DemoStore) -> None:
    release = demo.releases.latest("notifiable-diseases")
    about = release.description.model_copy(update={"theme": "administration"})
    run = type(release)(release.manifest.model_copy(update={"description": about}), release.envelope_sha256)
    expected = Expected(date(2027, 1, 1), announced=True, grace=1)
    health = Standing(demo.releases.find("notifiable-diseases", "2024.1"), date(2026, 1, 1), expected, "current")
    newer = Standing(run, date(2026, 2, 1), expected, "current")
    for standings in ((health, newer), (newer, health)):
        shown = headline(
            Schedule(date(2026, 3, 1), standings, ()), ContentsReader(demo.releases), Links(), wording("en")
        )
        assert shown is not None
        assert "/releases/2024.1/" in shown.permanent
