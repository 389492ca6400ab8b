"""The whole first, then its parts one after another: the last of them must not tell what the ones before withheld.

The job of a part that reads the whole, but not the other parts (no day of them is in it), gives cells away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from datasets.errors import DisclosureRisk
from datasets.release import PublicRelease
from publishers import job as jobs
from publishers import ledger, ledger_people
from publishers.tabulate.plan import TabulationPlan
from tests.e2e.test_ledger import DEFINITION, METHODS, Visit, download, old_provinces, visits
from tests.support.linked_attacker import Cell, Everything
from tests.support.publication import Ministry

QUARTER = ("2024-01", "2024-02", "2024-03")
SEX_ALONE = DEFINITION[: DEFINITION.index("  by-age:")] + DEFINITION[DEFINITION.index("disclosure:") :]


def months(seed: int) -> Mapping[str, Sequence[Visit]]:
    """Return few visits in the first month and more in the others."""
    provinces = old_provinces()[:8]
    return {one: visits(seed + number, provinces, (40, 160, 200)[number]) for number, one in enumerate(QUARTER)}


def publish_in_order(order: Sequence[str], root: Path, *, seed: int = 50, rules: str = "") -> Everything:
    """Publish the quarter and its months in an order; return what an attacker makes of them all."""
    ministry, rows = Ministry(root / "store"), dict(months(seed))
    rows["2024-Q1"] = [visit for one in rows.values() for visit in one]
    (root / "dataset.yaml").write_text(SEX_ALONE.format(codelist="provinces-legacy") + rules, encoding="utf-8")
    (root / "methods.md").write_text(METHODS, encoding="utf-8")
    everything = Everything([("edition", "2024-Q1", QUARTER)])
    for edition in order:
        lines = ["province,sex,age", *(",".join(map(str, row)) for row in rows[edition])]
        (root / f"visits-{edition}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        tables = download(ministry, ministry.publish(root, edition, root))

        def of_edition(cell: Cell, edition: str = edition) -> Cell:
            return cell | {("edition", edition)}

        everything.read_packages(tables, "visits", of_edition)
    return everything


@pytest.mark.parametrize("order", [("2024-Q1", *QUARTER), (QUARTER[0], "2024-Q1", *QUARTER[1:])])
def test_parts_published_after_the_whole_give_nothing_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, order: Sequence[str]
) -> None:
    monkeypatch.setattr(jobs, "secret_seed", lambda *given: 1)
    everything = publish_in_order(order, tmp_path)
    assert everything.withheld > 20
    assert everything.recovered() == {}


def test_without_the_other_parts_cells_are_given_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(jobs, "secret_seed", lambda *given: 1)
    monkeypatch.setattr(ledger, "of_the_same_people", overlapping_alone)
    loot = publish_in_order(("2024-Q1", *QUARTER), tmp_path).recovered()
    print(f"{len(loot)} withheld cells recovered")  # noqa: T201
    assert len(loot) > 5


def test_where_too_much_of_the_last_part_follows_already_the_exact_guarantee_is_the_way_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Three small numbers of which the sum is out are all small: nothing can take that back."""
    monkeypatch.setattr(jobs, "secret_seed", lambda *given: 1)
    order = ("2024-Q1", *QUARTER)
    for guarantee in ("interval", "exact"):
        (tmp_path / guarantee).mkdir()
    with pytest.raises(DisclosureRisk, match=r"clinic-visits 2024-02\.1[^ ]*\n.*or choose guarantee: exact"):
        publish_in_order(order, tmp_path / "interval", seed=0)
    everything = publish_in_order(order, tmp_path / "exact", seed=0, rules="  guarantee: exact\n")
    assert everything.withheld > 20
    assert everything.recovered() == {}


def overlapping_alone(releases: Sequence[PublicRelease], plan: TabulationPlan) -> list[PublicRelease]:
    return [one for one in releases if ledger_people.is_of_the_same_people(one, plan)]
