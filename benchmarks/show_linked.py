"""Shows what linked tables give away: three tables, the provinces of before and after July 2025, two releases.

A register of made-up patients is published for the 63 provinces and, a year later, for the 34 that they became. The
real crosswalk says which old provinces make up which new one. Protected one by one, the tables give cells away
together; protected with a ledger of what was published, they do not. The attacker is the test suite's own: it shares no
code with the protection.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from anonymization import ProtectedTables, protect
from anonymization.dimension import TOTAL, Dimension
from anonymization.ledger import EarlierRelease
from anonymization.published import Published, as_earlier
from anonymization.table import Measure, Population, Table, TableSet
from datasets.disclosure import DisclosureRules
from tests.support.linked_attacker import Everything, mergers

CROSSWALK = Path(__file__).resolve().parents[2] / "shared" / "data" / "admin_units" / "province_crosswalk_63_to_34.csv"
RULES = DisclosureRules(policy="vn_proposed", method="suppression", threshold=5, zeros="publish")
AGES, SEXES, CAUSES, PAYERS = 7, 2, 5, 4
TABLES = {"by-sex": ("area", "age", "sex"), "by-cause": ("area", "age", "cause"), "by-payer": ("area", "payer")}

Counts = npt.NDArray[np.int64]


def crosswalk() -> dict[str, str]:
    """Return the new province of each old one, by their codes."""
    with CROSSWALK.open(encoding="utf-8") as file:
        return {f"old-{row['code63']}": f"new-{row['code34']}" for row in csv.DictReader(file)}


def patients(provinces: Sequence[str], *, seed: int, people: int) -> dict[str, Counts]:
    """Return made-up patients, as one array of member indices for each dimension; some provinces have very few."""
    random = np.random.default_rng(seed)
    size = random.lognormal(0.0, 1.2, len(provinces))
    return {
        "area": random.choice(len(provinces), size=people, p=size / size.sum()),
        "age": np.minimum(random.geometric(0.25, people) - 1, AGES - 1),
        "sex": random.integers(0, SEXES, people),
        "cause": np.minimum(random.geometric(0.3, people) - 1, CAUSES - 1),
        "payer": np.minimum(random.geometric(0.6, people) - 1, PAYERS - 1),
    }


def flat(name: str, members: Sequence[str]) -> Dimension:
    """A dimension with a total over its members."""
    return Dimension(name, (TOTAL, *members), ((-1, *([0] * len(members))),))


def release(records: Mapping[str, Counts], areas: Sequence[str]) -> TableSet:
    """Count the three tables with all their margins."""
    members = {
        "area": areas,
        "age": [f"age-{n}" for n in range(AGES)],
        "sex": [f"sex-{n}" for n in range(SEXES)],
        "cause": [f"cause-{n}" for n in range(CAUSES)],
        "payer": [f"payer-{n}" for n in range(PAYERS)],
    }
    dimensions = tuple(flat(name, own) for name, own in members.items())
    by_name = {one.name: one for one in dimensions}
    tables = tuple(_table(name, records, [by_name[one] for one in names]) for name, names in TABLES.items())
    return TableSet(dimensions, (Population("patients"),), (Measure("n", "patients"),), tables)


def _table(name: str, records: Mapping[str, Counts], dimensions: Sequence[Dimension]) -> Table:
    shape = [len(one.members) for one in dimensions]
    counts = np.zeros(shape, dtype=np.int64)
    np.add.at(counts, tuple(records[one.name] + 1 for one in dimensions), 1)
    for axis in range(len(shape)):
        whole = [slice(None)] * len(shape)
        whole[axis] = slice(0, 1)
        counts[tuple(whole)] = counts.sum(axis=axis, keepdims=True)
    places = np.indices(shape).reshape(len(shape), -1)
    names = tuple(one.name for one in dimensions)
    at = {name: places[axis].astype(np.int32) for axis, name in enumerate(names)}
    return Table(name, names, at, {"patients": counts.reshape(-1)}, {"n": counts.reshape(-1)})


def bridged(published: Published, name: str, successors: Mapping[str, str]) -> EarlierRelease:
    """Return the release of the old provinces, with what everybody knows of the merger."""
    earlier = as_earlier(published, name)
    merger = tuple((new, old) for _, new, old in mergers("area", successors))
    dimensions = [replace(one, sums=(*one.sums, *merger)) if one.name == "area" else one for one in earlier.dimensions]
    return replace(earlier, dimensions=tuple(dimensions))


def alone(tables: TableSet) -> list[ProtectedTables]:
    """Protect each table by itself."""
    return [protect(replace(tables, tables=(one,)), RULES) for one in tables.tables]


@dataclass(frozen=True)
class Outcome:
    """What the attacker found in one way of protecting, and what it cost."""

    withheld: int
    recovered: int
    small: int
    """Of the recovered cells, those with fewer people than the threshold."""
    seconds: float


def attack(first: Sequence[Published], second: Sequence[Published], successors: Mapping[str, str]) -> Outcome:
    """Attack two releases together with the sums that everybody knows."""
    clock = time.perf_counter()
    everything = Everything(mergers("area", successors))
    for published in (*first, *second):
        everything.read(published, "n")
    recovered = everything.recovered()
    small = sum(value < RULES.threshold for value in recovered.values())
    return Outcome(everything.withheld, len(recovered), small, time.perf_counter() - clock)


def show(seed: int, people: int) -> dict[str, Outcome]:
    """Publish both releases one table at a time, one release at a time, and with the ledger; attack each."""
    successors = crosswalk()
    old, new = list(successors), sorted(set(successors.values()))
    records = patients(old, seed=seed, people=people)
    moved = {**records, "area": np.array([new.index(successors[one]) for one in old])[records["area"]]}
    before, after = release(records, old), release(moved, new)
    first = protect(before, RULES).published
    second = protect(after, RULES).published
    joint = protect(replace(after, earlier=(bridged(first, "release 1", successors),)), RULES).published
    alone_before, alone_after = ([one.published for one in alone(tables)] for tables in (before, after))
    return {
        "each table by itself": attack(alone_before, alone_after, successors),
        "each release by itself": attack([first], [second], successors),
        "with the ledger": attack([first], [joint], successors),
    }


def main(arguments: list[str] | None = None) -> None:
    """Print what the attacker recovers under each way of protecting."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--people", type=int, default=40_000)
    chosen = parser.parse_args(arguments)
    clock = time.perf_counter()
    for way, outcome in show(chosen.seed, chosen.people).items():
        sys.stdout.write(
            f"{way:24}{outcome.withheld:>6,} cells withheld, attacker recovers {outcome.recovered:>5,}"
            f" ({outcome.small:,} small ones) in {outcome.seconds:.2f} s\n"
        )
    sys.stdout.write(f"{time.perf_counter() - clock:.1f} s in all\n")


if __name__ == "__main__":
    main()
