"""One edition published twice, and an attacker who keeps every download: the second release gives nothing away.

With the ledger switched off, the same attacker finds cells out.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from datasets.codelist_files import parse_codelist
from datasets.errors import DisclosureRisk, VerificationFailed
from datasets.geography import Crosswalk
from datasets.release import PublicRelease
from datasets.text import Bilingual
from publishers import build_protected
from publishers import job as jobs
from publishers.ledger import Before
from tests.support import attacker
from tests.support.linked_attacker import Cell, Everything, mergers
from tests.support.publication import Ministry

CODELISTS = Path(__file__).parents[2] / "datasets" / "codelists"

DEFINITION = """\
id: clinic-visits
kind: statistics
title: {{vi: Lượt khám, en: Visits}}
summary: {{vi: Lượt khám theo tỉnh., en: Visits by province.}}
publisher:
  id: example-clinic
  name: {{vi: Phòng khám ví dụ, en: Example clinic}}
contact:
  name: {{vi: Nhóm dữ liệu, en: Data desk}}
  email: data@clinic.example
theme: examination-treatment
licence: CC-BY-4.0
frequency: yearly
coverage:
  area: {{vi: Việt Nam, en: Viet Nam}}
source:
  path: visits-{{edition}}.csv
  columns:
    province: {{pattern: "[0-9]{{2}}"}}
    sex: {{values: [F, M]}}
    age: {{type: integer, minimum: 0, maximum: 130}}
dimensions:
  province:
    title: {{vi: Tỉnh, en: Province}}
    codelist: {codelist}
    levels: [province]
    role: geography
  sex:
    title: {{vi: Giới tính, en: Sex}}
    codelist: sex
    role: sex
  age_group:
    title: {{vi: Nhóm tuổi, en: Age group}}
    codelist: age-bands
    column: age
    match: range
    role: age
measures:
  visits:
    title: {{vi: Lượt khám, en: Visits}}
    unit: {{vi: lượt, en: visits}}
    type: count
tables:
  by-sex:
    title: {{vi: Theo tỉnh và giới tính, en: By province and sex}}
    dimensions: [province, sex]
  by-age:
    title: {{vi: Theo tỉnh và tuổi, en: By province and age}}
    dimensions: [province, age_group]
disclosure:
  policy: vn_proposed
"""

METHODS = "# Phương pháp\n\nĐếm lượt khám.\n\n# Methods\n\nVisits are counted.\n"

Visit = tuple[str, str, int]


def legacy() -> Crosswalk:
    text = (CODELISTS / "provinces-legacy.csv").read_text(encoding="utf-8")
    return Crosswalk(parse_codelist(text, "provinces-legacy", Bilingual(vi="Tỉnh", en="Provinces")))


def old_provinces() -> list[str]:
    walk = legacy()
    return sorted(
        code for new in {m.successor for m in walk.legacy.members if m.successor} for code in walk.parts_of(new)
    )


def visits(seed: int, provinces: Sequence[str], count: int) -> list[Visit]:
    chance = random.Random(seed)
    weights = [chance.lognormvariate(0, 1) for _ in provinces]
    return [
        (province, chance.choice("FM"), min(int(chance.expovariate(0.03)), 99))
        for province in chance.choices(provinces, weights, k=count)
    ]


def write(folder: Path, rows: Sequence[Visit], *, codelist: str = "provinces-legacy") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dataset.yaml").write_text(DEFINITION.format(codelist=codelist), encoding="utf-8")
    (folder / "methods.md").write_text(METHODS, encoding="utf-8")
    lines = ["province,sex,age", *(",".join(map(str, row)) for row in rows)]
    (folder / "visits-2024.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def publish(ministry: Ministry, folder: Path) -> PublicRelease:
    return ministry.publish(folder, "2024", folder)


def download(ministry: Ministry, release: PublicRelease) -> list[attacker.PublishedTable]:
    tables, _ = attacker.tables_of_package(ministry.releases.package_zip(release).path)
    return tables


def no_ledger(*_: object, **__: object) -> Before:
    return Before()


def old_codes(cell: Cell) -> Cell:
    return frozenset((name, f"old {code}" if name == "province" else code) for name, code in cell)


def after_the_merger(ministry: Ministry, root: Path) -> Everything:
    """Publish an edition for the old provinces, then for the new ones; return what an attacker makes of both."""
    rows = visits(1, old_provinces(), 3_000)
    first = download(ministry, publish(ministry, write(root / "first", rows)))
    walk = legacy()
    moved = [(walk.successor_of(province) or "", sex, age) for province, sex, age in rows]
    second = download(ministry, publish(ministry, write(root / "second", moved, codelist="provinces")))
    successors = {f"old {code}": walk.successor_of(code) or "" for code in old_provinces()}
    everything = Everything(mergers("province", successors))
    everything.read_packages(first, "visits", old_codes)
    everything.read_packages(second, "visits")
    return everything


@pytest.mark.usefixtures("names_change_freely")
def test_the_other_geography_gives_nothing_away(tmp_path: Path) -> None:
    everything = after_the_merger(Ministry(tmp_path / "store"), tmp_path)
    assert everything.withheld > 200
    assert everything.recovered() == {}


@pytest.mark.usefixtures("names_change_freely")
def test_without_the_ledger_the_other_geography_gives_cells_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(build_protected, "earlier_releases", no_ledger)
    everything = after_the_merger(Ministry(tmp_path / "store"), tmp_path)
    loot = everything.recovered()
    print(f"{len(loot)} of {everything.withheld} withheld cells recovered")  # noqa: T201
    assert len(loot) > 20


def revised(ministry: Ministry, root: Path) -> Everything:
    """Publish an edition, then again with late reports; the attacker knows which cells those did not change."""
    rows = visits(2, old_provinces()[:20], 1_500)
    late = visits(3, old_provinces()[:20], 40)
    first = download(ministry, publish(ministry, write(root / "first", rows)))
    second = download(ministry, publish(ministry, write(root / "second", [*rows, *late])))
    before, after = counted(rows), counted([*rows, *late])

    def then(cell: Cell) -> Cell:
        return cell if before(cell) == after(cell) else cell | {("release", "first")}

    everything = Everything()
    everything.read_packages(first, "visits", then)
    everything.read_packages(second, "visits")
    return everything


def counted(rows: Sequence[Visit]) -> Callable[[Cell], int]:
    """Return a count of the records of a cell, by bands of five years as the code list has them."""
    bands = parse_codelist(
        (CODELISTS / "age-bands.csv").read_text(encoding="utf-8"), "age-bands", Bilingual(vi="Tuổi", en="Ages")
    )
    leaves = [m for m in bands.members if m.range_from and m.level == bands.levels[-1]]

    def band(age: int) -> str:
        return next(m.code for m in leaves if int(m.range_from) <= age and (not m.range_to or age <= int(m.range_to)))

    named = [{("province", province), ("sex", sex), ("age_group", band(age))} for province, sex, age in rows]
    return lambda cell: sum(cell <= row for row in named)


@pytest.mark.parametrize("seed", [1, 2])
def test_late_reports_give_nothing_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seed: int) -> None:
    """The attacker is told which withheld cells changed: more than a reader has, and what the marks tell the job."""
    monkeypatch.setattr(jobs, "secret_seed", lambda *given: seed)
    everything = revised(Ministry(tmp_path / "store"), tmp_path)
    assert everything.withheld > 50
    assert everything.recovered() == {}


def test_without_the_ledger_late_reports_give_cells_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(build_protected, "earlier_releases", no_ledger)
    everything = revised(Ministry(tmp_path / "store"), tmp_path)
    loot = everything.recovered()
    print(f"{len(loot)} of {everything.withheld} withheld cells recovered")  # noqa: T201
    assert len(loot) > 5


def test_the_same_source_again_is_the_same_release(tmp_path: Path) -> None:
    ministry = Ministry(tmp_path / "store")
    folder = write(tmp_path / "clinic", visits(4, old_provinces()[:20], 800))
    assert publish(ministry, folder).name == publish(ministry, folder).name == "2024.1"


def test_a_withdrawn_release_counts_too(tmp_path: Path) -> None:
    """What was shown stays known: a higher threshold cannot take it back."""
    ministry = Ministry(tmp_path / "store")
    folder = write(tmp_path / "clinic", visits(5, old_provinces()[:8], 300))
    publish(ministry, folder)
    withdraw(ministry)
    stricter = DEFINITION.format(codelist="provinces-legacy") + "  threshold: 12\n"
    (folder / "dataset.yaml").write_text(stricter, encoding="utf-8")
    with pytest.raises(DisclosureRisk, match="Earlier releases make this one impossible") as refused:
        publish(ministry, folder)
    text = str(refused.value)
    assert "must be withheld, but clinic-visits 2024.1 showed them with the value that they still have" in text
    assert "coarser tables" in text


def withdraw(ministry: Ministry) -> None:
    from datasets.release_store import ReleaseStore  # noqa: PLC0415 (one use)
    from tests.support.publication import NOW  # noqa: PLC0415

    ReleaseStore(ministry.root).withdraw(
        "clinic-visits", "2024", 1, reason=Bilingual(vi="Sai.", en="Wrong."), signer=ministry.signer(), now=NOW
    )


def test_a_damaged_earlier_release_stops_the_job(tmp_path: Path) -> None:
    ministry = Ministry(tmp_path / "store")
    folder = write(tmp_path / "clinic", visits(6, old_provinces()[:8], 300))
    release = publish(ministry, folder)
    entry = release.manifest.file(release.description.tables[0].parquet)
    assert entry is not None
    path = ministry.releases.file(release, entry.path).path
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    write(tmp_path / "clinic", visits(7, old_provinces()[:8], 300))
    with pytest.raises(VerificationFailed):
        publish(ministry, folder)


def test_a_release_that_is_gone_stops_the_job(tmp_path: Path) -> None:
    ministry = Ministry(tmp_path / "store")
    for late in (0, 30):
        rows = [*visits(8, old_provinces()[:8], 300), *visits(9, old_provinces()[:8], late)]
        publish(ministry, write(tmp_path / "clinic", rows))
    (tmp_path / "store" / "releases" / "clinic-visits" / "2024.1.json").unlink()
    with pytest.raises(VerificationFailed):
        publish(ministry, write(tmp_path / "clinic", visits(10, old_provinces()[:8], 300)))
