"""What is due and overdue follows from the releases that are out, and agrees with what quality says of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.quality.timeliness import PROMISES, expected_edition, frequency_finding
from catalog.schedule import SOON, Schedule, schedule_of, state_of
from datasets.public_releases import PublicReleases
from datasets.release_store import ReleaseStore
from tests.support.tiny_releases import NOW, REASON, add_tiny, new_keys, tiny_package

TODAY = NOW.date()
DAY = timedelta(days=1)
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


class Scene:
    """A store whose releases a test chooses."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.signer = new_keys(root)
        self.store = ReleaseStore(root)

    def publish(
        self, dataset: str, edition: str, now: datetime = NOW, *, available_from: datetime | None = None, **about: Any
    ) -> None:
        stamp = f"{now:%Y%m%d%H}"
        folder = self.store.stage(f"{dataset}-{edition}-{stamp}")
        made = tiny_package(folder, dataset=dataset, edition=edition, content=stamp)
        made = type(made)(made.folder, made.files, made.description.model_copy(update=about))
        add_tiny(self.store, made, self.signer, now=now, available_from=available_from)

    def schedule(self, today: date = TODAY) -> Schedule:
        noon = datetime(today.year, today.month, today.day, 5, tzinfo=UTC) + timedelta(hours=10)
        releases = PublicReleases(self.root, self.root / "public-key.pem", now=lambda: noon)
        return schedule_of(releases, today)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "store")


def names(standings: Any) -> list[str]:
    return [each.release.dataset for each in standings]


def on(day: date) -> dict[str, Any]:
    return {"frequency": "yearly", "next_release": day.isoformat()}


def test_what_comes_next_stands_by_its_day_and_overdue_by_itself(scene: Scene) -> None:
    scene.publish("later", "2025", **on(TODAY + 90 * DAY))
    scene.publish("soon", "2025", **on(TODAY + SOON * DAY))
    scene.publish("late", "2024", NOW - 300 * DAY, **on(TODAY - 3 * DAY))
    scene.publish("missed", "2024", NOW - 300 * DAY, **on(TODAY - 93 * DAY))
    scene.publish("regular", "2025", frequency="monthly")
    scene.publish("single", "2025", frequency="once")
    scene.publish("ended", "2009", frequency="yearly")
    scene.publish("resumed", "2009", **on(TODAY + 120 * DAY))
    found = scene.schedule()
    assert names(found.coming) == ["late", "soon", "later", "resumed"]
    assert names(found.overdue) == ["missed"]
    assert names(found.unannounced) == ["regular"]
    states = {each.release.dataset: each.state for each in found.standings}
    assert [each.expected for each in found.standings if each.state == "stopped"] == [None]
    assert states == {
        "ended": "stopped",
        "late": "due",
        "later": "current",
        "missed": "overdue",
        "regular": "unannounced",
        "resumed": "current",
        "single": "unpromised",
        "soon": "soon",
    }


def test_an_edition_under_embargo_changes_nothing(scene: Scene) -> None:
    scene.publish("series", "2024", NOW - 300 * DAY, **on(TODAY - 93 * DAY))
    before = scene.schedule()
    scene.publish("series", "2025", NOW, available_from=NOW + 10 * DAY, **on(TODAY + 300 * DAY))
    scene.publish("secret", "2025", NOW, available_from=NOW + 10 * DAY, **on(TODAY + 300 * DAY))
    assert scene.schedule() == before
    after = scene.schedule(TODAY + 11 * DAY)
    assert names(after.overdue) == []
    assert names(after.coming) == ["secret", "series"]


def test_a_withdrawn_release_is_told_and_leaves_its_dataset_to_the_one_before(scene: Scene) -> None:
    scene.publish("series", "2024", NOW - 20 * DAY, **on(TODAY + 5 * DAY))
    scene.publish("series", "2025", NOW - 10 * DAY, **on(TODAY + 50 * DAY))
    scene.publish("gone", "2025", NOW - 10 * DAY)
    for dataset in ("series", "gone"):
        scene.store.withdraw(dataset, "2025", 1, reason=REASON, signer=scene.signer, now=NOW - DAY)
    found = scene.schedule()
    assert [(each.release.dataset, each.release.edition) for each in found.standings] == [("series", "2024")]
    told = [(each.release.dataset, each.release.name, each.release.withdrawal is None) for each in found.appeared]
    assert told == [("gone", "2025.1", False), ("series", "2025.1", False), ("series", "2024.1", True)]


def test_only_the_past_year_came_out_and_a_correction_is_no_newer_edition(scene: Scene) -> None:
    scene.publish("series", "2023", NOW - 400 * DAY, frequency="yearly")
    scene.publish("series", "2024", NOW - 30 * DAY, frequency="yearly")
    scene.publish("series", "2024", NOW - DAY, frequency="yearly")
    scene.publish("series", "2024", NOW - DAY + timedelta(hours=1), frequency="yearly")
    found = scene.schedule()
    assert [each.release.name for each in found.appeared] == ["2024.3", "2024.2", "2024.1"]
    (standing,) = found.standings
    assert standing.appeared == TODAY - 30 * DAY
    assert standing.expected is not None
    assert standing.expected.day == standing.appeared + timedelta(days=PROMISES["yearly"].days)


def test_a_damaged_dataset_is_left_out(scene: Scene) -> None:
    scene.publish("broken", "2025")
    scene.publish("sound", "2025")
    for envelope in (scene.root / "releases" / "broken").iterdir():
        envelope.chmod(0o644)
        envelope.write_bytes(b"{}")
    assert names(scene.schedule().standings) == ["sound"]


@given(frequency=st.sampled_from([*PROMISES, "once"]), appeared=DAYS, today=DAYS, announced=st.none() | DAYS)
def test_what_is_overdue_here_is_what_quality_finds_late(
    frequency: str, appeared: date, today: date, announced: date | None
) -> None:
    state = state_of(expected_edition(frequency, appeared, announced), today)
    found = frequency_finding(frequency, appeared, today, announced).state
    if frequency == "once":
        assert found == "not_asked"
    else:
        assert (state == "overdue") == (found in {"partly", "not_met"})
    if announced is None or announced <= appeared:
        assert state not in {"current", "soon"}


@pytest.mark.parametrize(
    ("shift", "state"),
    [(-SOON - 1, "current"), (-SOON, "soon"), (0, "soon"), (1, "due"), (15, "due"), (16, "overdue")],
)
def test_a_state_lasts_until_its_day_ends(shift: int, state: str) -> None:
    day = date(2026, 6, 15)
    expected = expected_edition("monthly", date(2026, 5, 1), day)
    assert state_of(expected, day + timedelta(days=shift)) == state


def test_without_a_promise_the_announced_day_itself_is_the_last() -> None:
    day, of = date(2026, 6, 15), expected_edition
    expected = of("irregular", date(2026, 5, 1), day)
    assert [state_of(expected, day), state_of(expected, day + DAY)] == ["soon", "overdue"]
    assert of("irregular", day, day) is None
