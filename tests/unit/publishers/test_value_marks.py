"""Marks of values: they tell whether a number is the same, to whoever has the key, and nothing else."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from anonymization.ledger import EarlierRelease
from anonymization.protect import protect
from anonymization.published import as_earlier
from anonymization.table import TableSet
from datasets import disk
from datasets.definition_files import load_definition
from datasets.errors import Problem, StoreUnavailable
from datasets.release_store import ReleaseStore
from datasets.signing import Signer
from datasets.store_layout import StoreLayout
from datasets.text import Bilingual
from datasets.verified_reads import VerifiedReads
from publishers import job as jobs
from publishers.limits import JobLimits
from publishers.value_marks import Marker, MarkFolder, Marks, knowing_changes, marks_without_release, places_of
from tests.e2e.test_ledger import old_provinces, visits, write
from tests.support.clinic import definition_text, write_clinic
from tests.support.publication import NOW as NOW_OF_JOBS
from tests.support.publication import Ministry
from tests.support.tiny_releases import tiny_description
from tests.unit.anonymization.builders import cube, rules

THEN = cube([[3, 20, 30], [10, 11, 40]])
NOW = cube([[4, 20, 30], [10, 10, 40]])
CONTENT = "ab" * 32
ORIGINAL_ADD = ReleaseStore.add


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer.generate(tmp_path / "key.pem", tmp_path / "public.pem")


def earlier() -> EarlierRelease:
    return as_earlier(protect(THEN, rules(5)).published, "2024.1")


def codes_of(tables: TableSet) -> dict[str, dict[str, list[str]]]:
    members = {one.name: one.members for one in tables.dimensions}
    return {
        table.name: {name: [members[name][at] for at in own.tolist()] for name, own in table.coordinates.items()}
        for table in tables.tables
    }


def changed(present: TableSet, marks: Marks, marker: Marker) -> EarlierRelease | None:
    return knowing_changes(earlier(), codes_of(THEN), present, (marks, marker))


def test_marks_tell_which_cells_have_changed(signer: Signer) -> None:
    marker = Marker.of(signer, CONTENT)
    found = changed(NOW, Marks.of(THEN, marker), marker)
    assert found is not None
    assert found.changes_known
    (table,), (before,), (after,) = found.tables, THEN.tables, NOW.tables
    differs = before.contributors["all"] != after.contributors["all"]
    assert 0 < differs.sum() < len(differs)
    assert np.array_equal(table.changed["all"], differs)
    (name,) = table.values
    assert np.array_equal(table.changed_values[name], differs & table.withheld["all"])


def test_a_cell_that_is_no_more_has_not_changed(signer: Signer) -> None:
    """What is gone is a number of its own; nothing is said about it."""
    marker = Marker.of(signer, CONTENT)
    (table,) = NOW.tables
    total = table.coordinates[table.dimensions[0]] == NOW.dimensions[0].total
    kept = {name: own[total] for name, own in table.coordinates.items() if name != table.dimensions[0]}
    margin = replace(
        table,
        dimensions=table.dimensions[1:],
        coordinates=kept,
        contributors={name: own[total] for name, own in table.contributors.items()},
        values={name: own[total] for name, own in table.values.items()},
    )
    found = changed(replace(NOW, tables=(margin,)), Marks.of(THEN, marker), marker)
    assert found is not None
    before = THEN.tables[0]
    here = before.coordinates[before.dimensions[0]] == THEN.dimensions[0].total
    differs = before.contributors["all"] != NOW.tables[0].contributors["all"]
    assert np.array_equal(found.tables[0].changed["all"], differs & here)


def test_without_the_key_or_for_another_release_every_mark_is_another(signer: Signer, tmp_path: Path) -> None:
    other = Signer.generate(tmp_path / "other.pem", tmp_path / "other-public.pem")
    marks = Marks.of(THEN, Marker.of(signer, CONTENT))
    for marker in (Marker.of(other, CONTENT), Marker.of(signer, "cd" * 32)):
        assert not marks.told(Marks.of(THEN, marker).values).any()


def test_equal_numbers_of_two_cells_have_two_marks(signer: Signer) -> None:
    marker = Marker.of(signer, CONTENT)
    places = places_of({"sex": ["F", "M", "_T"], "area": ["_T", "_T", "_T"]}, 3)
    assert len({*marker.marks("n", places, [3, 3, 3]), *marker.marks("m", places, [3, 3, 3])}) == 6
    # Totals are no members, so that a table without a dimension has the same cells as one with its totals.
    assert places[0] == places_of({"sex": ["F"]}, 1)[0]
    assert places_of({}, 2) == [b"[]", b"[]"]


@pytest.mark.parametrize("amount", [0.5, 12.25, 1e12 + 1, 123_456_789_012_345.0, -3.000001])
def test_amounts_are_marked_by_all_their_digits(signer: Signer, amount: float) -> None:
    marker = Marker.of(signer, CONTENT)
    place = places_of({}, 1)
    (mark,) = marker.marks("cost", place, [amount])
    for other in (np.nextafter(amount, np.inf), np.nextafter(amount, -np.inf)):
        assert marker.marks("cost", place, [float(other)]) != mark
    if amount == int(amount):
        assert marker.marks("cost", place, [int(amount)]) == mark


def test_the_order_of_the_rows_changes_no_mark(tmp_path: Path) -> None:
    """A sum that came out otherwise by its order would pass for a changed one."""
    folder = write_clinic(tmp_path / "clinic")
    tree = yaml.safe_load(definition_text())
    tree["source"]["columns"]["cost"] = {"type": "number"}
    both = {"vi": "Chi phí", "en": "Cost"}
    tree["measures"]["cost"] = {"title": both, "unit": {"vi": "triệu đồng", "en": "million dong"}, "type": "sum"}
    tree["measures"]["cost"]["column"] = "cost"
    (folder / "dataset.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    lines = [f"p{n},{'FM'[n % 2]},{n * 7 % 97},{n % 89 / 7 * 10 ** (n % 5):.6f}" for n in range(3_000)]
    found: list[Marks] = []
    for order in (lines, lines[::-1], sorted(lines, key=hash)):
        text = "\n".join(["patient,sex,age,cost", *order])
        (folder / "visits-2026.csv").write_text(text, encoding="utf-8")
        work = tmp_path / f"work-{len(found)}"
        work.mkdir()
        limits = JobLimits(1024, 2, work / "spill")
        job = jobs.Job(load_definition(folder), "2026", folder, work, limits, environ={}, now=NOW_OF_JOBS)
        built = jobs.build(job, seed=1)
        assert built.unprotected is not None
        found.append(Marks.of(built.unprotected, Marker(b"key", CONTENT)))
    assert "cost" in found[0].names
    assert all(np.array_equal(one.values, found[0].values) for one in found)


def test_marks_are_read_as_they_were_written(signer: Signer) -> None:
    marker = Marker.of(signer, CONTENT)
    marks = Marks.of(THEN, marker)
    again = Marks.from_bytes(marks.to_bytes(marker), marker)
    assert (again.content, again.names) == (CONTENT, frozenset({"contributors of all", "n_all"}))
    assert np.array_equal(again.values, marks.values)
    assert (np.diff(again.values.astype(object)) > 0).all()


@pytest.mark.parametrize("harm", ["empty", "no header", "three bytes less", "half", "header alone", "zeros", "renamed"])
def test_anything_else_is_no_file_of_marks(harm: str, signer: Signer) -> None:
    """Where a mark is missing, its cell would pass for changed: less than all of them is nothing."""
    marker = Marker.of(signer, CONTENT)
    whole = Marks.of(THEN, marker).to_bytes(marker)
    header, _, values = whole.partition(b"\n")
    harmed = {
        "empty": b"",
        "no header": b"{}\n" + values,
        "three bytes less": whole[:-3],
        "half": header + b"\n" + values[: len(values) // 16 * 8],
        "header alone": header + b"\n",
        "zeros": header + b"\n" + bytes(len(values)),
        "renamed": whole.replace(b"n_all", b"m_all"),
    }
    with pytest.raises(ValueError):  # noqa: PT011 (whatever reading raises)
        Marks.from_bytes(harmed[harm], marker)


def test_marks_of_another_key_or_release_are_none(signer: Signer, tmp_path: Path) -> None:
    whole = Marks.of(THEN, Marker.of(signer, CONTENT)).to_bytes(Marker.of(signer, CONTENT))
    other = Signer.generate(tmp_path / "other.pem", tmp_path / "other-public.pem")
    for marker in (Marker.of(other, CONTENT), Marker.of(signer, "cd" * 32)):
        with pytest.raises(ValueError, match="not what was written"):
            Marks.from_bytes(whole, marker)


def test_what_a_job_left_that_was_stopped_while_it_wrote_is_removed(signer: Signer, tmp_path: Path) -> None:
    folder = MarkFolder(tmp_path / "marks", signer)
    marks = Marks.of(THEN, Marker.of(signer, CONTENT))
    kept = [f"2024.20260101T000000000000Z.{'0' * 16}.marks", ".notes.part", f".2024.{'0' * 16}.marks.part"]
    (folder.root / "visits").mkdir(parents=True)
    for name in (*kept, f".{kept[0]}.part"):
        (folder.root / "visits" / name).write_bytes(b"half")
    folder.write(marks, folder.root / "visits" / f"2024.20260102T000000000000Z.{'1' * 16}.marks")
    left = sorted(one.name for one in (folder.root / "visits").iterdir())
    assert left == sorted([*kept, f"2024.20260102T000000000000Z.{'1' * 16}.marks"])


def test_a_quantity_without_marks_leaves_all_unknown(signer: Signer) -> None:
    marker = Marker.of(signer, CONTENT)
    marks = Marks.of(THEN, marker)
    assert changed(NOW, replace(marks, names=frozenset({"n_all"})), marker) is None


# Files ----------------------------------------------------------------------------------------------------------------


def published(tmp_path: Path, late: int = 0) -> tuple[Ministry, Path]:
    ministry = Ministry(tmp_path / "store")
    rows = visits(5, old_provinces()[:8], 300) + visits(6, old_provinces()[:8], late)
    folder = write(tmp_path / "clinic", rows)
    ministry.publish(folder, "2024", folder)
    return ministry, folder


def marks_of(ministry: Ministry) -> list[str]:
    return sorted(path.name for path in (ministry.root / "private" / "marks").rglob("*") if path.is_file())


def test_every_release_leaves_its_marks(tmp_path: Path) -> None:
    ministry, _ = published(tmp_path)
    published(tmp_path)
    (name,) = marks_of(ministry)
    assert re.fullmatch(r"2024\.20261123T093000000000Z\.[0-9a-f]{16}\.marks", name)
    published(tmp_path, late=20)
    assert len(marks_of(ministry)) == 2
    path = next((ministry.root / "private" / "marks").glob(f"*/{name}"))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("loss", ["gone", "cut", "half", "of another release", "pipe", "device"])
def test_marks_that_cannot_be_read_are_a_warning(tmp_path: Path, loss: str) -> None:
    ministry, folder = published(tmp_path)
    (path,) = (ministry.root / "private" / "marks").glob("*/*.marks")
    content = path.read_bytes()
    if loss in ("gone", "pipe", "device"):
        path.unlink()
    made = {"pipe": os.mkfifo, "device": lambda at: at.symlink_to("/dev/zero")}
    if loss in made:
        made[loss](path)
    elif loss != "gone":
        half = len(content.partition(b"\n")[2]) // 16 * 8
        harmed = {"cut": content[:-1], "half": content[:-half]}
        path.write_bytes(harmed.get(loss, content.replace(b'"content":"', b'"content":"0')))
    outcome = republished(ministry, folder)
    (warning,) = about_marks(outcome)
    assert warning.place == "clinic-visits 2024.1"
    assert "private/marks" in warning.rule


def about_marks(outcome: jobs.Outcome) -> list[Problem]:
    """Return the warnings but those of members without a row, of which these made-up visits have some."""
    return [one for one in outcome.warnings if ", dimension " not in one.place]


def republished(ministry: Ministry, folder: Path) -> jobs.Outcome:
    outcomes: list[jobs.Outcome] = []
    ministry.publish(folder, "2024", folder, told=outcomes.append)
    return outcomes[0]


def test_with_marks_there_is_no_warning(tmp_path: Path) -> None:
    ministry, folder = published(tmp_path)
    assert about_marks(republished(ministry, folder)) == []


@pytest.mark.parametrize("name", ["marks", "marks/clinic-visits"])
@pytest.mark.parametrize("kind", ["file", "dangling link"])
def test_what_stands_in_the_place_of_a_folder_stops_the_job_before_anything_is_published(
    name: str, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / "store" / "private" / name
    path.parent.mkdir(parents=True)
    path.symlink_to("gone") if kind == "dangling link" else path.write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreUnavailable, match="marks of values cannot be kept") as caught:
        published(tmp_path)
    (problem,) = caught.value.problems
    assert (problem.place, problem.rule) == (str(path), "must be a folder, and a file or a link stands there")
    assert problem.remedy == "move it away, and restore the folder private/marks from its backup"
    assert not list((tmp_path / "store" / "releases").rglob("*.json"))


def test_a_disk_that_refuses_is_told(signer: Signer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, "write_new", refuse)
    with pytest.raises(StoreUnavailable) as caught:
        MarkFolder(tmp_path, signer).write(Marks.of(THEN, Marker.of(signer, CONTENT)), tmp_path / "own" / "x.marks")
    assert caught.value.problems == (
        Problem(
            str(tmp_path / "own" / "x.marks"),
            "cannot be written: No space left on device",
            "make room, or allow the job to write there",
        ),
    )


# Releases that the store lacks ----------------------------------------------------------------------------------------


def lost(ministry: Ministry, dataset: str = "clinic-visits") -> tuple[Problem, ...]:
    layout, signer = StoreLayout(ministry.root), ministry.signer()
    folder = MarkFolder(layout.marks, signer)
    return marks_without_release(folder, VerifiedReads(layout, signer.public_key), dataset)


@pytest.mark.parametrize("gone", ["all", "all but the first"])
def test_marks_tell_of_releases_that_vanished_with_the_head(gone: str, tmp_path: Path) -> None:
    """A store with one release and no head, or with nothing, looks like one to which a first job came."""
    ministry, _ = published(tmp_path)
    published(tmp_path, late=20)
    (tmp_path / "store" / "private" / "marks" / "clinic-visits" / "notes.marks").write_bytes(b"of staff")
    assert lost(ministry) == ()
    assert lost(ministry, "other-visits") == ()
    releases = ministry.root / "releases" / "clinic-visits"
    later = ministry.releases.get("clinic-visits", "2024").manifest
    (ministry.root / "head.json").unlink()
    (releases / "2024.2.json").unlink()
    if gone == "all":
        (releases / "2024.1.json").unlink()
    (problem,) = lost(ministry)
    assert problem.place == str(ministry.root / "private" / "marks" / "clinic-visits")
    names = [name for name in marks_of(ministry) if name != "notes.marks"]
    if gone == "all but the first":
        names = [MarkFolder(ministry.root, ministry.signer()).path_of(later).name]
    assert f"has marks of releases that the store lacks: {', '.join(names)}. What" in problem.rule
    assert "restore releases/ and head.json" in problem.remedy
    assert "delete the file" in problem.remedy


def test_a_withdrawn_release_is_not_lost_and_many_lost_ones_are_counted(tmp_path: Path) -> None:
    ministry, _ = published(tmp_path)
    why = Bilingual(vi="Sai.", en="Wrong.")
    ReleaseStore(ministry.root).withdraw(
        "clinic-visits", "2024", 1, reason=why, signer=ministry.signer(), now=NOW_OF_JOBS
    )
    assert lost(ministry) == ()
    (path,) = (ministry.root / "private" / "marks" / "clinic-visits").iterdir()
    for day in range(1, 6):
        path.with_name(path.name.replace(".20261123T", f".2026110{day}T")).write_bytes(b"")
    (problem,) = lost(ministry)
    assert problem.rule.count(".marks") == 3
    assert " and 2 more. " in problem.rule


def test_each_run_has_marks_of_its_own_and_one_that_published_nothing_leaves_none(tmp_path: Path) -> None:
    """Two jobs may make the same tables of other records: those of the release must stay."""
    ministry, folder = published(tmp_path)
    (name,) = marks_of(ministry)
    later = NOW_OF_JOBS + timedelta(microseconds=1)
    seen: list[list[str]] = []
    outcomes: list[jobs.Outcome] = []

    def add(self: ReleaseStore, *package: Any, **told: Any) -> Any:
        seen.append(marks_of(ministry))
        return ORIGINAL_ADD(self, *package, **told)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ReleaseStore, "add", add)
        ministry.publish(folder, "2024", folder, told=outcomes.append, now=later)
    assert not outcomes[0].new
    assert len(seen[0]) == 2
    assert marks_of(ministry) == [name]


def test_removing_says_what_is_in_the_way(signer: Signer, tmp_path: Path) -> None:
    folder = MarkFolder(tmp_path / "marks", signer)
    path = folder.path(tiny_description("visits", "2024"), (), NOW_OF_JOBS)
    path.mkdir(parents=True)
    with pytest.raises(StoreUnavailable, match="cannot be written: Is a directory") as caught:
        folder.remove(path)
    assert caught.value.problems[0].remedy == "move away the folder that stands there"
