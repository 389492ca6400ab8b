"""Tables of their own whose counts are changed: what the folder holds, what is refused, and which secret decides."""

from __future__ import annotations

import csv
import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from anonymization.perturbation.cell_key import perturb, record_keys
from anonymization.perturbation.noise_table import entropy_noise
from portal.cli import app

REASON = {"vi": "một phép thử", "en": "a test"}
RANDOM = {"policy": "vn_proposed", "method": "random_rounding", "base": 5, "reason": REASON}
NEAREST = RANDOM | {"method": "conventional_rounding"}
CONTROLLED = RANDOM | {"method": "controlled_rounding"}
SMALL = RANDOM | {"method": "small_count_rounding"}
PRIVATE = {
    "policy": "vn_proposed",
    "method": "differential_privacy",
    "rho": 1,
    "cells_per_person": 1,
    "budget": {"population": "patients", "rho": 1},
    "reason": REASON,
}
KEY = {
    "policy": "vn_proposed",
    "method": "cell_key",
    "record_key": "id",
    "variance": 2,
    "largest": 5,
    "reason": REASON,
}
PARTS = {"cases": {"kind": "count"}, "deaths": {"kind": "count", "column": "beds", "part_of": "cases"}}
Rows = list[dict[str, str]]


def records(number: int = 500) -> str:
    chance = random.Random(1)
    lines = ["id,province,sex,beds"]
    lines += [f"r{n},P{chance.randrange(6)},{chance.choice('FM')},{chance.randrange(9)}" for n in range(number)]
    return "\n".join(lines) + "\n"


def write(folder: Path, perturbation: dict[str, Any], *, text: str | None = None, **changes: Any) -> None:
    (folder / "table.csv").write_text(records() if text is None else text, encoding="utf-8")
    (folder / "secret.key").write_bytes(bytes(range(32)))
    rules = {
        "dimensions": {"province": {}, "sex": {}},
        "measures": {"cases": {"kind": "count"}},
        "records": {"contributor": "id"},
        "secret": "secret.key",
        "perturbation": perturbation,
    }
    kept = {key: value for key, value in (rules | changes).items() if value is not None}
    (folder / "rules.yaml").write_text(yaml.safe_dump(kept, allow_unicode=True), encoding="utf-8")


def protect(folder: Path, *options: str, out: str = "out") -> Result:
    arguments = ["protect", folder / "table.csv", "--rules", folder / "rules.yaml", "--out", folder / out, *options]
    return CliRunner().invoke(app, [str(one) for one in arguments])


def rows(folder: Path, out: str = "out") -> Rows:
    with (folder / out / "safe-table.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def true_counts(text: str) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for one in csv.DictReader(text.splitlines()):
        for province in ("_T", one["province"]):
            for sex in ("_T", one["sex"]):
                found[province, sex] = found.get((province, sex), 0) + 1
    return found


@pytest.mark.parametrize("choice", [RANDOM, NEAREST, CONTROLLED, SMALL, KEY], ids=lambda one: str(one["method"]))
def test_every_method_gives_a_safe_table_and_a_report_in_both_languages(tmp_path: Path, choice: dict[str, Any]) -> None:
    write(tmp_path, choice, title={"vi": "Ca bệnh", "en": "Cases of disease"})
    done = protect(tmp_path, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["method"] == choice["method"]
    found, true = rows(tmp_path), true_counts(records())
    assert len(found) == 21
    assert {one["cases_status"] for one in found} == {"perturbed"}
    assert all(abs(int(one["cases"]) - true[one["province"], one["sex"]]) <= 20 for one in found)
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["method"] == choice["method"]
    assert report["averaging"] == {"cases": None}
    for name in ("report.md", "report.html"):
        text = (tmp_path / "out" / name).read_text(encoding="utf-8")
        assert "Ca bệnh" in text
        assert "Cases of disease" in text
        assert "What is not promised" in text
        assert "Điều chưa được bảo đảm" in text
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == [
        "report.html",
        "report.json",
        "report.md",
        "safe-table.csv",
    ]


def test_the_secret_decides_and_is_written_nowhere(tmp_path: Path) -> None:
    write(tmp_path, RANDOM)
    for out in ("one", "two"):
        assert protect(tmp_path, out=out).exit_code == 0
    (tmp_path / "secret.key").write_bytes(bytes(32))
    assert protect(tmp_path, out="three").exit_code == 0
    assert rows(tmp_path, "one") == rows(tmp_path, "two") != rows(tmp_path, "three")
    for path in (tmp_path / "one").iterdir():
        assert bytes(range(32)) not in path.read_bytes()


def test_records_have_the_keys_that_plain_python_gives_them(tmp_path: Path) -> None:
    write(tmp_path, KEY | {"ready_keys": True, "record_key": "beds"}, secret=None)
    assert protect(tmp_path).exit_code == 0
    keys: dict[tuple[str, str], int] = {}
    for one in csv.DictReader(records().splitlines()):
        for province in ("_T", one["province"]):
            for sex in ("_T", one["sex"]):
                keys[province, sex] = (keys.get((province, sex), 0) + int(one["beds"])) % 256
    check(rows(tmp_path), keys)


def check(found: Rows, keys: dict[tuple[str, str], int]) -> None:
    import numpy as np  # noqa: PLC0415

    true, noise = true_counts(records()), entropy_noise(2.0, 5)
    for one in found:
        place = one["province"], one["sex"]
        expected = perturb(np.array([true[place]]), np.array([keys[place]]), noise).values[0]
        assert int(one["cases"]) == expected


def test_cells_that_bring_their_keys_get_the_noise_of_records(tmp_path: Path) -> None:
    true, keys = true_counts(records()), {}
    chance = random.Random(2)
    inner = {place: chance.randrange(256) for place in true if "_T" not in place}
    for province, sex in true:
        inside = [key for (p, s), key in inner.items() if province in ("_T", p) and sex in ("_T", s)]
        keys[province, sex] = sum(inside) % 256
    lines = ["province,sex,cases,ckey", *(f"{p},{s},{true[p, s]},{inner[p, s]}" for p, s in inner)]
    choice = KEY | {"record_key": "ckey", "ready_keys": True}
    write(tmp_path, choice, text="\n".join(lines) + "\n", records=None, secret=None)
    done = protect(tmp_path)
    assert done.exit_code == 0, done.output
    check(rows(tmp_path), keys)


def test_rates_are_of_changed_counts(tmp_path: Path) -> None:
    measures = {"cases": {"kind": "count"}, "beds": {"kind": "count"}}
    rate = {"numerator": "cases", "denominator": "beds", "per": 100}
    write(tmp_path, RANDOM | {"base": 50}, measures=measures, rates={"use": rate})
    assert protect(tmp_path).exit_code == 0
    for one in rows(tmp_path):
        if one["beds"] == "0":
            assert (one["use"], one["use_status"]) == ("", "not_applicable")
        else:
            assert float(one["use"]) == pytest.approx(100 * int(one["cases"]) / int(one["beds"]), rel=1e-5)
            assert one["use_status"] == "perturbed"


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "large"])
def test_a_secret_is_a_small_file(tmp_path: Path, kind: str) -> None:
    """A pipe would be waited for without end, and a device read without end."""
    write(tmp_path, RANDOM | {"base": 5}, secret="/dev/zero" if kind == "device" else kind)
    if kind == "pipe":
        os.mkfifo(tmp_path / kind)
    elif kind == "folder":
        (tmp_path / kind).mkdir()
    else:
        (tmp_path / "large").write_bytes(bytes(4_097))
    done = protect(tmp_path)
    assert done.exit_code == 12, done.output
    said = "must have 16 to 4096 bytes" if kind == "large" else "is a folder, a pipe or a device"
    assert said in " ".join(done.output.split())


def test_records_that_count_nothing_have_no_part_in_a_cells_key(tmp_path: Path) -> None:
    text = "id,province,sex,n\nr1,P1,F,1\nr2,P1,F,0\nr3,P1,M,40\n"
    write(tmp_path, KEY, text=text, measures={"n": {"kind": "count"}})
    import numpy as np  # noqa: PLC0415

    rules = yaml.safe_load((tmp_path / "rules.yaml").read_text(encoding="utf-8"))
    rules["measures"] = {"n": {"kind": "count", "column": "n"}}
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rules), encoding="utf-8")
    done = protect(tmp_path)
    assert done.exit_code == 0, done.output
    import hashlib  # noqa: PLC0415

    key = int(record_keys(["r1"], hashlib.sha256(bytes(range(32))).digest())[0])
    (women,) = {one["n"] for one in rows(tmp_path) if (one["province"], one["sex"]) == ("P1", "F")}
    assert int(women) == perturb(np.array([1]), np.array([key]), entropy_noise(2.0, 5)).values[0]


@pytest.mark.parametrize(
    ("choice", "changes", "says"),
    [
        (RANDOM, {"safety": {"policy": "vn_proposed"}}, "give safety or perturbation"),
        (None, {}, "give safety or perturbation"),
        (RANDOM, {"secret": None}, "random_rounding needs a secret"),
        (KEY, {"secret": None}, "cell_key needs a secret"),
        (RANDOM, {"secret": "gone.key"}, "cannot be read"),
        (RANDOM, {"frozen": [{"sex": "_T"}]}, "is for safety"),
        (RANDOM, {"structural_zeros": [{"sex": "F"}]}, "is for safety"),
        (RANDOM, {"tolerance": 0.001}, "is for safety"),
        (RANDOM, {"measures": {"beds": {"kind": "sum"}}}, "random_rounding changes counts only"),
        (RANDOM, {"measures": {"cases": {"kind": "count", "largest": ["beds"]}}}, "a changed count needs no"),
        (CONTROLLED, {"measures": PARTS}, "would be rounded apart from them and could be shown larger"),
        (SMALL, {"measures": PARTS}, "what is left of them may be small, and only published counts are rounded"),
        (RANDOM | {"base": 1}, {}, "must be greater than or equal to 2"),
        (RANDOM | {"method": "suppression"}, {}, "names no method"),
        (PRIVATE, {}, "names no method for a table of its own"),
        (RANDOM | {"method": "small_count_rounding", "base": 3}, {}, "is below 5"),
        (RANDOM | {"policy": "already_public"}, {}, "does not say which counts are small"),
        (KEY | {"record_key": None}, {}, "record_key is missing"),
        (KEY | {"record_key": "number"}, {}, "number"),
        (KEY | {"record_key": "sex"}, {}, "is the number of an earlier record"),
        (KEY, {"records": None}, "rows are cells, which have no records"),
        (KEY | {"ready_keys": True, "record_key": "beds", "keys": 8}, {}, "is no key below 8"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_key(
    tmp_path: Path, choice: dict[str, Any] | None, changes: dict[str, Any], says: str
) -> None:
    given = None if choice is None else {key: value for key, value in choice.items() if value is not None}
    write(tmp_path, given, **changes)  # type: ignore[arg-type]
    done = protect(tmp_path)
    assert done.exit_code not in (0, 1), done.output
    assert says in " ".join(done.output.split())
    assert not (tmp_path / "out").exists()


def test_a_secret_that_is_too_short_is_refused(tmp_path: Path) -> None:
    write(tmp_path, RANDOM)
    (tmp_path / "secret.key").write_bytes(bytes(15))
    done = protect(tmp_path)
    assert done.exit_code != 0
    assert "must have 16 to 4096 bytes" in " ".join(done.output.split())


@pytest.mark.parametrize("option", [("--guarantee", "exact"), ("--seed", "3"), ("--safety-rule", "FREQ(3,10)")])
def test_options_about_withheld_cells_are_refused(tmp_path: Path, option: tuple[str, str]) -> None:
    write(tmp_path, RANDOM)
    done = protect(tmp_path, *option)
    assert done.exit_code != 0
    assert option[0] in done.output


def test_keys_of_margins_that_cannot_be_worked_out_are_refused(tmp_path: Path) -> None:
    text = "province,sex,cases,ckey\n_T,_T,20,1\nP1,_T,9,2\nP2,_T,11,3\n_T,F,20,4\nP1,F,9,5\nP2,F,11,6\n"
    write(tmp_path, KEY | {"record_key": "ckey", "ready_keys": True}, text=text, records=None, secret=None)
    assert protect(tmp_path).exit_code == 0


@pytest.mark.parametrize("choice", [RANDOM, NEAREST], ids=lambda one: str(one["method"]))
def test_a_part_is_changed_with_its_whole_where_the_method_can(tmp_path: Path, choice: dict[str, Any]) -> None:
    text = "province,sex,cases,deaths\n" + "".join(f"P{n},{sex},{9 + n},{n}\n" for n in range(9) for sex in "FM")
    parts = {"cases": {"kind": "count"}, "deaths": {"kind": "count"}}
    write(tmp_path, choice, text=text, records=None, measures=parts)
    done = protect(tmp_path)
    assert "Note: deaths is nowhere more than cases: if it counts some of the same people" in done.stdout
    told = json.loads(protect(tmp_path, "--json", out="told").stdout)["notes"]
    assert told[0]["vi"].startswith("deaths không ở ô nào lớn hơn cases")
    # That is true of the counts that were changed, and readers need not know.
    assert "nowhere more" not in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    write(tmp_path, choice, text=text, records=None, measures=parts | {"deaths": {"part_of": "cases"}})
    done = protect(tmp_path, out="declared")
    assert done.exit_code == 0, done.output
    assert "Note:" not in done.stdout
    assert rows(tmp_path, "declared") == rows(tmp_path)
    assert all(int(one["deaths"]) <= int(one["cases"]) for one in rows(tmp_path))


def test_a_table_that_gives_counts_away_is_refused(tmp_path: Path) -> None:
    lines = "\n".join(f"r{n},P{n % 2},F,0" for n in range(2))
    write(tmp_path, NEAREST | {"base": 3}, text=f"id,province,sex,beds\n{lines}\n")
    done = protect(tmp_path)
    assert done.exit_code != 0
    assert "one value that they can have" in " ".join(done.output.split())
