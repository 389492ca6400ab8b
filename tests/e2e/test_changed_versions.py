"""Changed counts version after version: what stays the same, and what is never protected in two ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from datasets.errors import DisclosureRuleInvalid
from tests.support.changed_clinic import KEY, RANDOM, REASON, TABLES, Clinic
from tests.support.clinic import definition_text


def test_a_later_version_changes_only_what_was_counted_otherwise(tmp_path: Path) -> None:
    clinic = Clinic.at(tmp_path, RANDOM)
    first, before = clinic.publish(), clinic.visits()
    clinic.write("2026", [*clinic.lines("2026"), *(f"late{n},F,{20 + n % 3},l{n}" for n in range(7))])
    second, after = clinic.publish(), clinic.visits()
    assert (first.version, second.version) == (1, 2)
    shown = [clinic.cells(one, "by-sex-age", "visits") for one in (first, second)]
    same = [place for place in shown[0] if before.get(place) == after.get(place)]
    assert len(same) > 30
    assert all(shown[0][place] == shown[1][place] for place in same)
    assert all(shown[0][place] <= shown[1][place] for place in shown[0])
    assert shown[0] != shown[1]


def test_publishing_again_changes_nothing(tmp_path: Path) -> None:
    clinic = Clinic.at(tmp_path, RANDOM, rows=200)
    assert [clinic.publish().version, clinic.publish().version] == [1, 1]


SUPPRESSED = {"policy": "vn_proposed"}
OPEN = {"policy": "already_public", "reason": REASON}


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (SUPPRESSED, RANDOM, "was published with method suppression, and this would be with random_rounding"),
        (RANDOM, SUPPRESSED, "was published with method random_rounding, and this would be with suppression"),
        (OPEN, KEY, "was published with method none, and this would be with cell_key"),
        (RANDOM, OPEN, "was published with method random_rounding, and this would be with none"),
        (RANDOM, RANDOM | {"base": 10}, "was changed with other keys or noise (base)"),
        (KEY, KEY | {"variance": 1.5}, "was changed with other keys or noise (variance, key_check)"),
        (RANDOM, KEY, "was published with method random_rounding, and this would be with cell_key"),
    ],
    ids=["rounded after", "withheld after", "known before", "known after", "base", "noise", "method"],
)
def test_an_edition_is_never_protected_in_two_ways(
    tmp_path: Path, before: dict[str, Any], after: dict[str, Any], says: str
) -> None:
    clinic = Clinic.at(tmp_path, before)
    clinic.publish()
    clinic.define(after)
    clinic.write("2026", clinic.lines("2026")[:-20])
    with pytest.raises(DisclosureRuleInvalid) as caught:
        clinic.publish()
    (problem,) = caught.value.problems
    assert (problem.place, problem.rule) == ("clinic-visits 2026.1", says)
    assert problem.remedy.startswith("keep the method of that release")
    clinic.write("2027", clinic.lines("2026"))
    assert clinic.publish("2027").version == 1


def test_an_edition_that_overlaps_is_looked_at_too(tmp_path: Path) -> None:
    clinic = Clinic.at(tmp_path, RANDOM)
    clinic.publish()
    clinic.define(SUPPRESSED)
    clinic.write("2026-03", clinic.lines("2026")[:150])
    with pytest.raises(DisclosureRuleInvalid, match=r"clinic-visits 2026\.1"):
        clinic.publish("2026-03")


def test_what_is_rounded_as_a_whole_has_one_version(tmp_path: Path) -> None:
    small = RANDOM | {"method": "small_count_rounding"}
    table = {"by-sex-age": TABLES["by-sex-age"]}
    measures = {"visits": yaml.safe_load(definition_text())["measures"]["visits"]}
    clinic = Clinic.at(tmp_path, small, tables=table, measures=measures)
    with pytest.raises(DisclosureRuleInvalid, match="the count of one person would be shown as it is"):
        clinic.publish()
    clinic.define(small, tables=table, measures=measures, person=None)
    release, true = clinic.publish(), clinic.visits()
    shown = clinic.cells(release, "by-sex-age", "visits")
    assert not any(0 < value < 5 for value in shown.values())
    assert all(shown[place] == value for place, value in true.items() if len(place) == 2 and value > 5)
    assert shown[()] == sum(shown[(sex,)] for sex in "FM")
    assert release.description.measure("visits").additive
    clinic.write("2026", clinic.lines("2026")[:-20])
    with pytest.raises(DisclosureRuleInvalid, match="was rounded as a whole"):
        clinic.publish()


def test_what_is_rounded_so_that_it_adds_up_has_one_version(tmp_path: Path) -> None:
    controlled = RANDOM | {"method": "controlled_rounding"}
    measures = {"visits": yaml.safe_load(definition_text())["measures"]["visits"]}
    clinic = Clinic.at(tmp_path, controlled)
    with pytest.raises(DisclosureRuleInvalid, match="their multiples cannot be made to add up"):
        clinic.publish()
    clinic.define(controlled, measures=measures)
    release, true = clinic.publish(), clinic.visits()
    shown = clinic.cells(release, "by-sex-age", "visits")
    assert all(value % 5 == 0 and abs(value - true.get(place, 0)) < 5 for place, value in shown.items())
    assert shown[()] == shown[("F",)] + shown[("M",)]
    assert shown[()] == sum(value for place, value in clinic.cells(release, "by-age", "visits").items() if place)
    assert release.description.measure("visits").additive
    assert "parts add up to totals in every table" in clinic.file(release, "README.md")
    clinic.write("2026", clinic.lines("2026")[:-20])
    with pytest.raises(DisclosureRuleInvalid, match="was rounded as a whole"):
        clinic.publish()
