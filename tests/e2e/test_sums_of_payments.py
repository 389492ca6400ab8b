"""A dataset of payments of which one hospital has nearly all, published: what readers get, and what they are told."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.optimize import linprog

from datasets.errors import DefinitionInvalid, DisclosureRisk
from datasets.release import PublicRelease
from tests.support.publication import Ministry

DEFINITION = """\
id: insurance-payments
kind: statistics
title: {vi: Chi trả bảo hiểm, en: Insurance payments}
summary: {vi: Chi trả theo tỉnh., en: Payments by province.}
publisher:
  id: example-ministry
  name: {vi: Bộ ví dụ, en: Example ministry}
contact:
  name: {vi: Nhóm dữ liệu, en: Data desk}
  email: data@ministry.example
theme: examination-treatment
licence: CC-BY-4.0
frequency: yearly
coverage:
  area: {vi: Việt Nam, en: Viet Nam}
source:
  path: payments-{edition}.csv
  columns:
    province: {pattern: "[0-9]{2}"}
    sex: {values: [F, M]}
    hospital: {required: false}
    kind: {values: [drugs, other]}
    paid: {type: number}
dimensions:
  province:
    title: {vi: Tỉnh, en: Province}
    codelist: provinces
    role: geography
  sex:
    title: {vi: Giới tính, en: Sex}
    codelist: sex
    role: sex
measures:
  claims:
    title: {vi: Hồ sơ, en: Claims}
    unit: {vi: hồ sơ, en: claims}
    type: count
  paid:
    title: {vi: Chi trả, en: Payments}
    unit: {vi: đồng, en: dong}
    type: sum
    column: paid
  drugs:
    title: {vi: Chi thuốc, en: Payments for drugs}
    unit: {vi: đồng, en: dong}
    type: sum
    column: paid
    where: {kind: [drugs]}
tables:
  by-province:
    title: {vi: Theo tỉnh và giới tính, en: By province and sex}
    dimensions: [province, sex]
disclosure:
  policy: vn_proposed
"""
P = 20.0
RULE = f"  concentration: {{column: hospital, p_percent: {{p: {P:g}}}}}\n"
METHODS = "# Phương pháp\n\nCộng chi trả.\n\n# Methods\n\nPayments are added up.\n"
HOSPITALS = {"01": "abcdef", "31": "ghijk", "48": "lmn", "79": "opqrst"}
"""In Da Nang (48), l is a large hospital beside two small ones; in Haiphong (31), little is paid."""

Payment = tuple[str, str, str, str, float]
"""Province, sex, hospital, kind and amount."""


def payments() -> list[Payment]:
    chance = random.Random(8)
    found = []
    for province, hospitals in HOSPITALS.items():
        for _ in range(40 if province == "31" else 300):
            who = chance.choice(hospitals)
            paid = chance.randrange(1_000, 9_000) * (12 if who == "l" else 1) + chance.choice([0.25, 0.5])
            found.append((province, chance.choice("FM"), who, chance.choice(["drugs", "other"]), paid))
    return found


def published(root: Path, folder: Path, *, rule: str = RULE, late: Sequence[Payment] = ()) -> PublicRelease:
    definition = folder / "definition"
    definition.mkdir(exist_ok=True)
    (definition / "dataset.yaml").write_text(DEFINITION + rule, encoding="utf-8")
    (definition / "methods.md").write_text(METHODS, encoding="utf-8")
    lines = [f"{province},{sex},h{who}-secret,{kind},{paid}" for province, sex, who, kind, paid in [*payments(), *late]]
    text = "\n".join(["province,sex,hospital,kind,paid", *lines])
    (folder / "payments-2026.csv").write_text(text + "\n", encoding="utf-8")
    root.mkdir(exist_ok=True)
    return Ministry(root).publish(definition, "2026", folder)


def rows_of(root: Path, release: PublicRelease) -> dict[tuple[str, str], dict[str, Any]]:
    entry = release.manifest.file(release.description.tables[0].parquet)
    assert entry is not None
    rows = pq.read_table(root / "objects" / entry.sha256[:2] / entry.sha256).to_pylist()
    return {(row["province"], row["sex"]): row for row in rows}


def shares(province: str, sex: str) -> Mapping[str, float]:
    found: dict[str, float] = defaultdict(float)
    for at, own, who, _, paid in payments():
        if province in ("_T", at) and sex in ("_T", own):
            found[who] += paid
    return found


def at_risk(own: Mapping[str, float]) -> bool:
    first, second = sorted(own.values(), reverse=True)[:2]
    return sum(own.values()) - first - second < P / 100 * first


def most(rows: Mapping[tuple[str, str], Mapping[str, Any]], cell: tuple[str, str], who: str) -> float:
    """Return the most that a withheld sum can be, by everything that the table shows and what a hospital has itself."""
    finest = [at for at in rows if "_T" not in at]
    equal, values = [], []
    for at, row in rows.items():
        if row["paid_status"] != "suppressed":
            equal.append([float(at[0] in ("_T", one[0]) and at[1] in ("_T", one[1])) for one in finest])
            values.append(float(row["paid"] or 0))
    goal = np.array([float(cell[0] in ("_T", one[0]) and cell[1] in ("_T", one[1])) for one in finest])
    scale = max(values)
    own = [(shares(*one).get(who, 0.0) / scale, None) for one in finest]
    answer = linprog(-goal, A_eq=np.array(equal), b_eq=np.array(values) / scale, bounds=own)
    assert answer.status in (0, 3)
    return np.inf if answer.status == 3 else -float(answer.fun or 0.0) * scale


def closest(root: Path, release: PublicRelease) -> float:
    """Return how near, in percent, the second largest contributor to any sum comes to what the largest has."""
    rows = rows_of(root, release)
    near = np.inf
    for cell in rows:
        own = shares(*cell)
        if rows[cell]["paid_status"] != "zero" and own:
            first, second = sorted(own.items(), key=lambda one: -one[1])[:2]
            shown = rows[cell]["paid_status"] != "suppressed"
            bound = float(rows[cell]["paid"]) if shown else most(rows, cell, second[0])
            near = min(near, 100 * (bound - second[1] - first[1]) / first[1])
    return near


def test_the_second_largest_hospital_cannot_estimate_the_largest(tmp_path: Path) -> None:
    root = tmp_path / "store"
    release = published(root, tmp_path)
    risks = {cell for cell in rows_of(root, release) if shares(*cell) and at_risk(shares(*cell))}
    assert ("48", "_T") in risks
    gone = {cell for cell, row in rows_of(root, release).items() if row["paid_status"] == "suppressed"}
    assert risks < gone
    assert closest(root, release) >= P - 1e-3
    # The cell is withheld as one: its claims are not shown either.
    assert all(rows_of(root, release)[cell]["claims_status"] == "suppressed" for cell in risks)
    everything = b"".join(one.read_bytes() for one in (root / "objects").rglob("*") if one.is_file())
    assert b"-secret" not in everything


def test_without_the_rule_and_by_exact_protection_alone_it_can(tmp_path: Path) -> None:
    for name, rule in (("none", ""), ("exact", RULE + "  guarantee: exact\n")):
        folder = tmp_path / name
        folder.mkdir()
        assert closest(folder / "store", published(folder / "store", folder, rule=rule)) < P - 1


def test_readers_are_told_which_rule_it_was(tmp_path: Path) -> None:
    disclosure = published(tmp_path / "store", tmp_path).description.disclosure
    assert disclosure is not None
    assert disclosure.audited
    told = "the second largest contributor could estimate what the largest has to within 20 %"
    assert told in disclosure.summary.en
    assert "đơn vị đóng góp lớn thứ hai có thể ước lượng" in disclosure.summary.vi
    assert disclosure.rules.concentration is not None


def test_a_sum_that_was_shown_before_cannot_be_hidden_again(tmp_path: Path) -> None:
    root = tmp_path / "store"
    published(root, tmp_path, rule="")
    with pytest.raises(DisclosureRisk, match=r"but insurance-payments 2026\.1 showed them") as caught:
        published(root, tmp_path)
    assert "secret" not in str(caught.value)


def test_a_second_version_withholds_the_same(tmp_path: Path) -> None:
    root = tmp_path / "store"
    first = rows_of(root, published(root, tmp_path))
    second = rows_of(root, published(root, tmp_path))
    assert {cell: row["paid_status"] for cell, row in first.items()} == {
        cell: row["paid_status"] for cell, row in second.items()
    }


def test_a_late_payment_of_the_large_hospital_is_reckoned_with(tmp_path: Path) -> None:
    root = tmp_path / "store"
    first = rows_of(root, published(root, tmp_path))
    second = published(root, tmp_path, late=[("48", "F", "l", "drugs", 600_000.25)])
    rows = rows_of(root, second)
    gone = {cell for cell, row in first.items() if row["paid_status"] == "suppressed"}
    assert gone <= {cell for cell, row in rows.items() if row["paid_status"] == "suppressed"}
    assert second.description.disclosure is not None
    assert second.description.disclosure.audited


def test_what_one_hospital_sent_late_is_the_difference_of_two_versions(tmp_path: Path) -> None:
    """What is not promised, and decision 0015 says so: no rule is about a difference that is in no table."""
    root, late = tmp_path / "store", 123_456.5
    first = rows_of(root, published(root, tmp_path))
    second = rows_of(root, published(root, tmp_path, late=[("01", "F", "a", "drugs", late)]))
    around = [(province, sex) for province in ("_T", "01") for sex in ("_T", "F")]
    shown = [at for at in around if first[at]["paid_status"] == second[at]["paid_status"] == "observed"]
    assert shown
    for at in shown:
        assert second[at]["paid"] - first[at]["paid"] == pytest.approx(late)


def test_a_definition_that_names_no_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionInvalid, match=r"disclosure\.concentration\.column: hospitl is not a column"):
        published(tmp_path / "store", tmp_path, rule=RULE.replace("hospital", "hospitl"))
