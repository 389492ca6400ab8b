"""What a run brings is added to what was had; datasets that several sources list are found once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.harvest.description import Description, item_of
from catalog.harvest.merging import merge
from catalog.harvest.records import Page, Told
from catalog.harvest.run import Conditions, Report, harvest
from catalog.harvest.sources import Source
from catalog.harvest.state import Header, write_state
from catalog.harvest.store import read_harvested
from catalog.origin import is_harvested
from datasets import disk
from datasets.text import Bilingual
from tests.support.remote_catalogs import BEGAN, Ckan, Oai, Remote, Reply, listening, package

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def source(
    id_: str, protocol: Any = "dcat", address: str = "https://there.example.org/catalog.ttl", **more: Any
) -> Source:
    title = Bilingual(vi=f"Cổng {id_}", en=f"Portal {id_}")
    return Source(id=id_, title=title, protocol=protocol, address=address, allow_private=True, **more)


def item(remote_id: str, title: str = "Sởi", *, source_: str = "there", **more: Any) -> Any:
    return item_of(Description(remote_id=remote_id, titles={"vi": title}, **more), source(source_), NOW)


def page(*items: Any, **more: Any) -> Page:
    return Page(items=items, **more)


def test_new_changed_unchanged_refused_and_gone() -> None:
    first = merge({}, [page(*(item(f"r{n}") for n in range(5)), is_whole=True)], moment="2026-01-01")
    assert (first.counts.new, first.counts.present) == (5, 5)
    second = merge(
        first.entries,
        [page(item("r0"), item("r1", "Mới"), item("r2", ""), item("r9"), is_whole=True)],
        moment="2026-01-02",
    )
    counts = second.counts
    assert (counts.unchanged, counts.changed, counts.refused, counts.new, counts.gone) == (1, 1, 1, 1, 2)
    kept = second.entries["r2"]
    assert kept.record is not None
    assert kept.record.record.title.vi == "Sởi"
    assert kept.told[0].is_refusal
    assert second.entries["r3"].gone_since == "2026-01-02"
    third = merge(second.entries, [page(item("r3"), listed=("r4",), is_whole=False)], moment="2026-01-03")
    assert (third.counts.returned, third.counts.present) == (2, 6)


def test_a_record_that_was_refused_counts_as_new_when_it_is_mended() -> None:
    first = merge({}, [page(item("r0", ""), is_whole=True)], moment="2026-01-01")
    assert (first.counts.refused, first.counts.present) == (1, 0)
    second = merge(first.entries, [page(item("r0"), is_whole=True)], moment="2026-01-02")
    assert (second.counts.new, second.entries["r0"].told) == (1, ())


def test_when_it_was_first_had_stays() -> None:
    first = merge({}, [page(item("r0"))], moment="2026-01-01")
    later = item_of(Description(remote_id="r0", titles={"vi": "Mới"}), source("there"), NOW + timedelta(days=1))
    record = merge(first.entries, [page(later)], moment="2026-01-02").entries["r0"].record
    assert record is not None
    assert record.provenance.first_received == "2026-11-26T00:00:00+00:00"
    assert record.provenance.received == "2026-11-27T00:00:00+00:00"


@pytest.mark.parametrize(
    ("had", "left", "is_believed"), [(10, 5, True), (10, 4, False), (3, 1, True), (3, 0, False), (1, 0, False)]
)
def test_a_list_that_shrinks_is_believed_to_a_degree(had: int, left: int, is_believed: bool) -> None:
    first = merge({}, [page(*(item(f"r{n}") for n in range(had)))], moment="2026-01-01")
    last = page(*(item(f"r{n}") for n in range(left)), is_whole=True)
    found = merge(first.entries, [last], moment="2026-01-02")
    assert found.counts.present == (left if is_believed else had)
    assert found.disbelieved == (0 if is_believed else had - left)
    forced = merge(first.entries, [last], moment="2026-01-02", accept_fewer=True)
    assert forced.counts.present == left


def test_a_list_that_broke_off_takes_nothing_away() -> None:
    first = merge({}, [page(item("r0"), item("r1"), item("r2"))], moment="2026-01-01")
    assert merge(first.entries, [page(item("r0"))], moment="2026-01-02").counts.gone == 0
    assert merge(first.entries, [], moment="2026-01-02").counts.present == 3
    said = merge(first.entries, [page(gone=("r1", "never-had"))], moment="2026-01-02")
    assert (said.counts.gone, said.counts.present) == (1, 2)


def test_no_more_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.harvest.merging.MAX_RECORDS", 2)
    found = merge({}, [page(item("r0"), item("r1"), item("r2"))], moment="2026-01-01")
    assert (len(found.entries), found.overflow) == (2, True)


# Each dataset once ----------------------------------------------------------------------------------------------------


def stored(root: Path, **records: list[Any]) -> list[Source]:
    for name, items in records.items():
        disk.make_folders(root / name)
        write_state(root / name, Header(), merge({}, [page(*items)], moment="x").entries, after=0)
    return [source(name) for name in records]


def ids(root: Path, sources: list[Source], **more: Any) -> list[tuple[str, int]]:
    return [
        (each.harvested.provenance.remote_id, len(each.also_in)) for each in read_harvested(root, sources, **more).found
    ]


def test_a_dataset_of_two_sources_is_found_once_and_the_first_source_counts(tmp_path: Path) -> None:
    sources = stored(
        tmp_path,
        a=[item("a1", source_="a", identifiers=("https://doi.org/10.1234/ABC",)), item("a2", source_="a")],
        b=[
            item("b1", source_="b", identifiers=("doi:10.1234/abc", "https://x.example.org/soi/")),
            item("https://www.x.example.org/soi", source_="b"),
            item("b3", source_="b", identifiers=("1", "soi")),
        ],
        c=[
            item("c1", source_="c", landing_page="http://x.example.org/soi"),
            item("c3", source_="c", identifiers=("1",)),
        ],
    )
    found = read_harvested(tmp_path, sources).found
    # Within source b the address is used twice, so that there it says nothing.
    assert ids(tmp_path, sources) == [
        ("a1", 1),
        ("a2", 0),
        ("b3", 0),
        ("https://www.x.example.org/soi", 0),
        ("c1", 0),
        ("c3", 0),
    ]
    assert found[0].record.id.startswith("a~")
    assert found[0].also_in[0].provenance.source == "b"
    assert found[0].source_title.vi == "Cổng a"
    assert all(is_harvested(each.record.id) for each in found)
    assert not is_harvested("dengue-cases")


def test_datasets_are_joined_over_others(tmp_path: Path) -> None:
    uuid = "0F8FAD5B-D9CB-469F-A165-70867728950E"
    sources = stored(
        tmp_path,
        a=[item("a1", source_="a", identifiers=(uuid,))],
        b=[item("b1", source_="b", landing_page="https://x.example.org/d?id=5")],
        c=[item(uuid.lower(), source_="c", landing_page="http://x.example.org/d?id=5", identifiers=("http://[::1",))],
        d=[item("d1", source_="d", landing_page="http://x.example.org/d?id=6")],
        e=[item("e1", source_="e", landing_page="https://x.example.org/")],
        f=[item("f1", source_="f", landing_page="https://x.example.org")],
    )
    a, b, c, *others = sources
    assert ids(tmp_path, [a, c, b, *others]) == [("a1", 2), ("d1", 0), ("e1", 0), ("f1", 0)]
    assert ids(tmp_path, sources[:1]) == [("a1", 0)]
    # Who comes later does not say that two who are trusted more have the same.
    assert ids(tmp_path, [a, b, c]) == [("a1", 1), ("b1", 0)]


def test_who_is_trusted_less_hides_no_record_and_parts_none(tmp_path: Path) -> None:
    dois = [f"10.1234/{n}" for n in range(3)]
    sources = stored(
        tmp_path,
        a=[item(f"a{n}", source_="a", identifiers=(doi,)) for n, doi in enumerate(dois)],
        b=[item("b0", source_="b", identifiers=(dois[0],))],
        hostile=[item("all", source_="hostile", identifiers=tuple(dois))]
        + [item(f"twice{n}", source_="hostile", identifiers=(dois[0],)) for n in range(2)],
    )
    found = ids(tmp_path, sources)
    assert [each for each in found if each[0].startswith("a")] == [("a0", 1), ("a1", 1), ("a2", 0)]
    assert not any(each[0] == "b0" for each in found)


def test_what_others_have_of_us_is_not_harvested_back(tmp_path: Path) -> None:
    sources = stored(
        tmp_path,
        a=[item("a1", source_="a", landing_page="https://ours.example.org/datasets/x"), item("a2", source_="a")],
    )
    assert ids(tmp_path, sources, own_address="https://ours.example.org") == [("a2", 0)]
    assert len(ids(tmp_path, sources, own_address="https://ours.example.or")) == 2


# Runs that meet a remote's own ways -----------------------------------------------------------------------------------


def runner(root: Path, source_: Source) -> Callable[..., Report]:
    def run(*, days: float = 0, **options: Any) -> Report:
        conditions = Conditions(now=lambda: BEGAN + timedelta(days=days), sleep=lambda _: None, **options)
        return harvest(source_, root / source_.id, conditions)

    return run


@pytest.fixture
def oai() -> Iterator[tuple[Oai, Remote]]:
    answer = Oai({f"oai:r:{n}": (f"Bộ {n}", "2026-10-01T00:00:00Z") for n in range(120)})
    with listening(Remote(answer)) as remote:
        yield answer, remote


@pytest.mark.parametrize("keeps_deleted", [True, False])
def test_a_repository_is_harvested_with_its_deletions(
    oai: tuple[Oai, Remote], tmp_path: Path, keeps_deleted: bool
) -> None:
    answer, remote = oai
    answer.keeps_deleted = keeps_deleted
    run = runner(tmp_path, source("oai", "oai-pmh", f"{remote.address}/oai"))
    assert run().counts.new == 120
    remote.reset()
    stamp = "2026-11-01T12:00:00Z"
    answer.records["oai:r:1"] = ("Mới", stamp)
    answer.records["oai:r:2"] = (None, stamp)
    second = run(days=1)
    assert (second.counts.changed, second.counts.gone, second.counts.present) == (1, 1, 119)
    assert len(remote.asked) == (2 if keeps_deleted else 5)
    assert "from=2026-10-31T23%3A50%3A00Z" in remote.asked[1]
    remote.now = BEGAN + timedelta(days=1)
    assert run(days=1).counts.changed == 0
    # After a week everything is asked, and a deletion that was overlooked is found.
    del answer.records["oai:r:3"]
    week = run(days=9)
    assert (week.everything, week.counts.gone) == (True, 1)


def test_a_repository_that_leads_in_a_circle_or_forgets_its_tokens(oai: tuple[Oai, Remote], tmp_path: Path) -> None:
    answer, remote = oai
    run = runner(tmp_path, source("oai", "oai-pmh", f"{remote.address}/oai", set="health"))
    answer.same_token = True
    first = run()
    assert (first.counts.present, [each.rule for each in first.problems]) == (
        100,
        ["the pages of the list lead in a circle"],
    )
    assert "set=health" in remote.asked[1]
    answer.same_token, answer.refuse_tokens = False, 1
    assert run().counts.present == 120
    answer.refuse_tokens = 2
    failed = run(days=9)
    assert failed.failure is not None
    assert "resumption token" in failed.failure.rule
    answer.refuse_tokens = 1
    resumed = run(days=9)
    assert (resumed.resumed, resumed.counts.unchanged) == (2, 120)


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"<html/>", "no answer of OAI-PMH"),
        (b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="badArgument"/></OAI-PMH>', "badArgument"),
        (b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="&lt;b&gt;"/></OAI-PMH>', "an error"),
    ],
)
def test_an_answer_that_is_no_list_is_told(tmp_path: Path, body: bytes, rule: str) -> None:
    with listening(Remote(lambda path, headers, remote: Reply(body=body, kind="text/xml"))) as remote:
        report = runner(tmp_path, source("oai", "oai-pmh", f"{remote.address}/oai?x=1"))()
    assert report.failure is not None
    assert rule in report.failure.rule
    assert not report.is_done


def test_a_package_that_breaks_its_page_is_named_and_the_others_are_had(tmp_path: Path) -> None:
    packages = {each["id"]: each for each in map(package, range(150))}
    hidden = package(500)
    packages[hidden["id"]] = hidden
    answer = Ckan(packages)

    def breaking(_number: int, path: str, reply: Reply) -> Reply:
        return (
            Reply(500)
            if "rows=0" not in path and b'bo-du-lieu-42"' in reply.body and "package_list" not in path
            else reply
        )

    with listening(Remote(answer)) as remote:
        run = runner(tmp_path, source("ckan", "ckan", remote.address))
        assert run().counts.present == 151
        remote.fault = breaking
        report = run(days=9)
        assert report.is_done
        assert (report.counts.present, report.counts.gone) == (151, 0)
        rules = [each.rule for each in report.problems]
        assert any("at place 43 of the list cannot be had: it answered 500" in each for each in rules)
        assert any(each.startswith("package bo-du-lieu-42:") for each in rules)
        remote.fault = lambda number, path, reply: Reply(500) if "rows=0" not in path else reply
        assert run(days=20).failure is not None


def test_a_portal_that_gives_fewer_at_a_time_is_read_to_its_end(tmp_path: Path) -> None:
    packages = {each["id"]: each for each in map(package, range(130))}
    with listening(Remote(Ckan(packages, most_rows=40))) as remote:
        report = runner(tmp_path, source("ckan", "ckan", remote.address))()
        assert (report.is_done, report.counts.present) == (True, 130)
        assert [path for path in remote.asked if "package_show" in path] == []
        assert len([path for path in remote.asked if "package_search" in path]) == 5


def test_packages_that_the_index_lacks_are_asked_for_by_name(tmp_path: Path) -> None:
    packages = {each["id"]: each for each in map(package, range(20))}
    answer = Ckan(packages, hidden_from_search={package(7)["id"]})
    with listening(Remote(answer)) as remote:
        run = runner(tmp_path, source("ckan", "ckan", remote.address))
        # As many as are known, so that nothing tells of the one that is hidden; it is no longer hidden later.
        assert run().counts.present == 19
        answer.hidden_from_search.clear()
        assert run(days=1).counts.present == 20
        assert remote.asked[-1].endswith("package_show?id=bo-du-lieu-7")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, b'{"success": false, "error": {"__type": "Authorization Error", "message": "Access denied"}}'),
        (200, b'{"success": true}'),
        (200, b'{"success": true, "result": []}'),
        (200, b'{"success": true, "result": {"count": 3, "results": 5}}'),
        (200, b'{"success": false, "error": "no"}'),
        (200, b'"Bad request"'),
        (404, b"<h1>not here</h1>"),
        (200, b"[]"),
    ],
)
def test_what_is_no_ckan_is_told(tmp_path: Path, status: int, body: bytes) -> None:
    with listening(Remote(lambda path, headers, remote: Reply(status, body))) as remote:
        report = runner(tmp_path, source("ckan", "ckan", remote.address))()
    assert report.failure is not None
    assert report.failure.remedy
    assert report.counts.present == 0


def test_a_data_package_keeps_its_name_wherever_its_address_leads(tmp_path: Path) -> None:
    def answer(path: str, _headers: Any, remote: Remote) -> Reply:
        if "signed" in path:
            return Reply(body=b'{"name": "soi", "resources": [{"path": "a.csv"}]}')
        return Reply(302, headers={"Location": f"/files/datapackage.json?signed={len(remote.asked)}"})

    with listening(Remote(answer)) as remote:
        run = runner(tmp_path, source("fp", "frictionless", f"{remote.address}/datapackage.json"))
        assert [(run(days=day * 9).counts.present, day) for day in range(2)] == [(1, 0), (1, 1)]
        (found,) = read_harvested(tmp_path, [source("fp")]).found
    assert found.harvested.landing_page == f"{remote.address}/datapackage.json"
    assert found.harvested.files[0].address == f"{remote.address}/files/a.csv"


def test_a_data_package_is_harvested_and_asked_if_it_changed(tmp_path: Path) -> None:
    def answer(_path: str, headers: Any, _remote: Remote) -> Reply:
        if headers.get("if-none-match") == '"1"' and headers.get("if-modified-since") == "yesterday":
            return Reply(304)
        body = b'{"name": "soi", "resources": [], "title": "S\xe1\xbb\x9fi"}'
        return Reply(body=body, headers={"ETag": '"1"', "Last-Modified": "yesterday"})

    with listening(Remote(answer)) as remote:
        run = runner(tmp_path, source("fp", "frictionless", f"{remote.address}/datapackage.json"))
        assert run().counts.new == 1
        second = run(days=1)
        assert (second.counts.unchanged, second.traffic.not_modified) == (1, 1)
        remote.fault = lambda number, path, reply: Reply(body=b"{}")
        assert run(days=2).failure is not None
        assert len(read_harvested(tmp_path, [source("fp")]).found) == 1


def test_records_without_a_name_are_told(tmp_path: Path) -> None:
    packages = {"x": {**package(1), "id": "", "name": ""}, **{each["id"]: each for each in map(package, range(2, 5))}}
    with listening(Remote(Ckan(packages))) as remote:
        report = runner(tmp_path, source("ckan", "ckan", remote.address))()
    assert report.counts.present == 3
    assert "1 records have no identifier" in [each.rule for each in report.problems]
    assert Told(rule="r", remedy="m").is_refusal is False


def test_what_nobody_thought_of_ends_the_run_of_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def strange(_package: object, _address: str) -> Description:
        raise ZeroDivisionError

    monkeypatch.setattr("catalog.harvest.ckan.describe", strange)
    with listening(Remote(Ckan({"x": package(1)}))) as remote:
        report = runner(tmp_path, source("ckan", "ckan", remote.address))()
    assert report.failure is not None
    assert "does not understand (ZeroDivisionError)" in report.failure.rule


@pytest.mark.parametrize("error", [MemoryError, OSError])
def test_what_is_wrong_with_this_machine_is_not_the_remote_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def failing(_package: object, _address: str) -> Description:
        raise error

    monkeypatch.setattr("catalog.harvest.ckan.describe", failing)
    with listening(Remote(Ckan({"x": package(1)}))) as remote, pytest.raises(error):
        runner(tmp_path, source("ckan", "ckan", remote.address))()
