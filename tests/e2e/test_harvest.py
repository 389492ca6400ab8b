"""Show 5: a CKAN of 5,000 records and a DCAT catalog that fail in every way are harvested, and then what changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from catalog.harvest.limits import Limits
from catalog.harvest.run import Conditions, Report, harvest
from catalog.harvest.sources import Source
from catalog.harvest.state import read_state
from catalog.harvest.store import Harvested, read_harvested
from tests.support.remote_catalogs import BEGAN, Ckan, Dcat, Remote, Reply, listening, package

RECORDS = 5_000
LIMITS = Limits(idle=0.4, request=3.0, pause=0.001)
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)><p>Bảng <b>số</b> liệu</p>&lt;b&gt;"
DCAT_HOST = "https://dcat.example.org/dataset"


class Scene:
    """Two remotes, the folder of what is known of them, and a clock."""

    def __init__(self, root: Path, ckan: Remote, dcat: Remote) -> None:
        self.root, self.ckan, self.dcat = root, ckan, dcat
        self.now = BEGAN
        self.sources = (source("ckan", "ckan", ckan.address), source("dcat", "dcat", f"{dcat.address}/catalog.ttl"))

    def harvest(self, number: int, **options: Any) -> Report:
        conditions = Conditions(now=self._time, sleep=lambda _: None, limits=LIMITS, **options)
        return harvest(self.sources[number], self.root / self.sources[number].id, conditions)

    def later(self, **after: float) -> None:
        self.now += timedelta(**after)
        self.ckan.now = self.dcat.now = self.now
        for remote in (self.ckan, self.dcat):
            remote.reset()
            remote.fault = None

    def found(self) -> Harvested:
        return read_harvested(self.root, self.sources)

    def titles(self, id_: str) -> set[str]:
        return {e.harvested.record.title.vi for e in self.found().found if e.harvested.provenance.source == id_}

    def _time(self) -> datetime:
        return self.now


def source(id_: str, protocol: Any, address: str) -> Source:
    title: Any = {"vi": f"Cổng {id_}", "en": f"Portal {id_}"}
    return Source(id=id_, title=title, protocol=protocol, address=address, allow_private=True)


def failing(every: int, number: int, path: str, reply: Reply) -> Reply:
    """Every so many requests one fails, each time in another way."""
    if number % every:
        return reply
    return (
        replace(reply, status=500, body=b"<h1>oops</h1>", kind="text/html"),
        replace(reply, cut=len(reply.body) // 3, headers={**reply.headers, "Content-Encoding": "identity"}),
        replace(reply, wait=0.7),
        replace(reply, body=reply.body[: len(reply.body) // 2]),
        replace(reply, status=503, headers={"Retry-After": "7"}),
        replace(reply, status=429, body=b"", headers={}),
    )[number // every % 6]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    packages = {each["id"]: each for each in map(package, range(RECORDS))}
    bad = list(packages.values())
    bad[10]["notes"] = HOSTILE
    bad[11]["metadata_modified"] = "hôm qua"
    bad[12]["title"], bad[12]["name"] = "<script>x</script>", ""
    bad[13]["resources"] = [{"name": "x", "url": "javascript:alert(1)", "format": "CSV"}]
    bad[14]["title"] = "S\ufffdi"
    bad[15] |= {"title": ["a", "list"], "extras": "none", "tags": {"a": 1}, "organization": 5}
    titles = {f"{DCAT_HOST}/{n}": f"Bộ DCAT {n}" for n in range(500)}
    with (
        listening(Remote(Ckan(packages), partial(failing, 7))) as ckan,
        listening(Remote(Dcat(titles), partial(failing, 2))) as dcat,
    ):
        yield Scene(tmp_path_factory.mktemp("harvest"), ckan, dcat)


def packages_of(scene: Scene) -> dict[str, dict[str, Any]]:
    answer: Any = scene.ckan.answer
    found: dict[str, dict[str, Any]] = answer.packages
    return found


def test_everything_arrives_although_requests_fail(scene: Scene) -> None:
    first, second = scene.harvest(0), scene.harvest(1)
    assert first.failure is None
    assert second.failure is None
    # One has no title, one holds bytes that are no characters.
    assert (first.counts.new, first.counts.refused, first.counts.present) == (RECORDS - 2, 2, RECORDS - 2)
    assert second.counts.new == second.counts.present == 500
    assert first.traffic.retries >= 7
    assert second.traffic.retries >= 4
    told = {problem.place.rpartition("-")[2].lstrip("0"): problem for problem in first.problems}
    assert set(told) == {"11", "12", "13", "14"}
    assert all(problem.rule and problem.remedy for problem in told.values())
    assert told["12"].rule == "has no title"
    assert len(scene.found().found) == RECORDS - 2 + 500


def test_what_is_hostile_is_plain_text(scene: Scene) -> None:
    by_name = {each.harvested.landing_page.rpartition("-")[2]: each for each in scene.found().found}
    assert by_name["10"].record.summary.vi == "Bảng số liệu\n<b>"
    assert by_name["11"].record.published_at == ""
    assert by_name["13"].harvested.files == ()
    assert by_name["15"].record.title.vi == "bo-du-lieu-15"
    sound = by_name["20"].harvested
    assert sound.record.publisher_name.vi == "Sở Y tế"
    assert (sound.record.licence, sound.record.frequency, sound.record.theme) == (
        "CC-BY-4.0",
        "monthly",
        "preventive-medicine",
    )
    assert sound.files[0].address == "https://remote.example.org/20.csv"
    assert (sound.provenance.source, len(sound.provenance.sha256)) == ("ckan", 64)


def test_the_second_run_transfers_what_changed(scene: Scene) -> None:
    whole = scene.ckan.sent, scene.dcat.sent
    scene.later(days=1)
    packages = packages_of(scene)
    keys = sorted(packages)
    packages[keys[100]] = package(100, modified="2026-11-01T12:00:00", title="Tên mới")
    fresh = package(9_999, modified="2026-11-01T13:00:00", title="Mới thêm")
    packages[fresh["id"]] = fresh
    del packages[keys[200]]
    dcat: Any = scene.dcat.answer
    dcat.titles[f"{DCAT_HOST}/150"] = "Tên DCAT mới"
    del dcat.titles[f"{DCAT_HOST}/499"]

    first, second = scene.harvest(0), scene.harvest(1)

    assert (first.counts.new, first.counts.changed, first.counts.gone) == (1, 1, 1)
    assert first.counts.present == RECORDS - 2
    # The changed ones, how many there are, and their names, because there is one less than expected.
    assert [path.split("?")[0].rpartition("/")[2] for path in scene.ckan.asked] == [
        "package_search",
        "package_search",
        "package_list",
    ]
    assert first.traffic.received < 20_000
    assert scene.ckan.sent < whole[0] / 4
    assert (second.counts.changed, second.counts.gone, second.counts.present) == (1, 1, 499)
    assert (second.traffic.requests, second.traffic.not_modified) == (5, 3)
    assert scene.dcat.sent < whole[1]
    assert {"Tên mới", "Mới thêm"} <= scene.titles("ckan")
    assert "Số ca sốt xuất huyết tại tỉnh 200" not in scene.titles("ckan")
    gone = read_harvested(scene.root, scene.sources, with_gone=True)
    marked = {each.record.title.vi: each.gone_since for each in gone.found if each.gone_since}
    assert marked == {"Số ca sốt xuất huyết tại tỉnh 200": "2026-11-02T00:00:00+00:00",
                      "Bộ DCAT 499": "2026-11-02T00:00:00+00:00"}  # fmt: skip


def test_the_third_run_transfers_next_to_nothing(scene: Scene) -> None:
    scene.later(days=1)
    first, second = scene.harvest(0), scene.harvest(1)
    assert (first.counts.changed, first.counts.new, first.counts.gone) == (0, 0, 0)
    assert (first.traffic.requests, second.traffic.requests, second.traffic.not_modified) == (2, 5, 5)
    assert first.traffic.received < 2_000
    assert second.traffic.received < 2_000
    assert (len(scene.ckan.connections), len(scene.dcat.connections)) == (1, 1)


def test_a_broken_remote_takes_nothing_away(scene: Scene) -> None:
    scene.later(hours=1)
    before = json.dumps(sorted(each.record.id for each in scene.found().found))
    for broken in (
        lambda n, path, reply: Reply(500),
        lambda n, path, reply: Reply(
            body=b'{"success": true, "result": {"count": 0, "results": []}}', kind="text/turtle"
        ),
        lambda n, path, reply: Reply(body=b"[" * 100_000, kind="application/ld+json"),
        lambda n, path, reply: Reply(404, b"<h1>gone</h1>", kind="text/html"),
    ):
        scene.ckan.fault = scene.dcat.fault = broken
        first, second = scene.harvest(0), scene.harvest(1)
        assert first.failure or first.problems
        assert second.failure
        assert json.dumps(sorted(each.record.id for each in scene.found().found)) == before


def test_a_list_that_shrinks_at_once_is_not_believed(scene: Scene) -> None:
    scene.later(hours=1)
    packages = packages_of(scene)
    kept = dict(packages)
    for key in list(packages)[:-100]:
        del packages[key]
    report = scene.harvest(0)
    assert report.counts.gone == 0
    assert report.counts.present == RECORDS - 2
    (told,) = [each for each in report.problems if "too many" in each.rule]
    assert "--accept-fewer" in told.remedy
    packages.update(kept)
    again = scene.harvest(0)
    assert (again.counts.gone, again.counts.present) == (0, RECORDS - 2)
    for key in list(packages)[:-100]:
        del packages[key]
    believed = scene.harvest(0, accept_fewer=True)
    assert believed.counts.present == len(packages)
    packages.update(kept)
    back = scene.harvest(0, everything=True)
    assert back.counts.returned == believed.counts.gone
    assert back.counts.present == RECORDS - 2


def test_pages_in_a_circle_end(scene: Scene) -> None:
    scene.later(hours=1)
    dcat: Any = scene.dcat.answer
    dcat.next_of = {3: "/catalog.ttl?page=1"}
    report = scene.harvest(1)
    assert report.counts.gone == 0
    assert report.counts.present == 499
    assert [each.rule for each in report.problems] == ["the pages of the list lead in a circle"]
    dcat.next_of = {3: "https://elsewhere.example.org/catalog.ttl"}
    report = scene.harvest(1)
    assert [each.rule for each in report.problems] == ["the pages of the list lead to another host"]
    dcat.next_of = {}
    assert scene.harvest(1).problems == ()


def test_the_state_is_the_same_as_of_a_fresh_harvest(scene: Scene, tmp_path: Path) -> None:
    scene.later(hours=1)
    conditions = Conditions(now=lambda: scene.now, limits=LIMITS)
    for each in scene.sources:
        harvest(each, tmp_path / each.id, conditions)
    fresh = {each.record.id: each.record for each in read_harvested(tmp_path, scene.sources).found}
    assert {each.record.id: each.record for each in scene.found().found} == fresh
    assert read_state(scene.root / "ckan").problems == ()
