"""Dimensions of earlier releases that were renamed, replaced or left out: which is which, and what stops the job."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from anonymization.ledger import EarlierRelease
from datasets.definition_files import load_definition
from datasets.errors import DisclosureRuleInvalid, Problem
from publishers.ledger import Store, earlier_releases
from publishers.ledger_people import in_order
from publishers.tabulate.plan import plan
from tests.e2e.test_ledger import METHODS
from tests.support.publication import Ministry
from tests.unit.anonymization.builders import cube

HEAD = """\
id: clinic-visits
kind: statistics
title: {vi: Lượt khám, en: Visits}
summary: {vi: Lượt khám., en: Visits.}
publisher:
  id: example-clinic
  name: {vi: Phòng khám ví dụ, en: Example clinic}
contact:
  name: {vi: Nhóm dữ liệu, en: Data desk}
  email: data@clinic.example
theme: examination-treatment
licence: CC-BY-4.0
frequency: yearly
coverage:
  area: {vi: Việt Nam, en: Viet Nam}
source:
  path: visits.csv
  columns: {age: {type: integer}, sex: {}, other_sex: {}}
measures:
  visits:
    title: {vi: Lượt khám, en: Visits}
    unit: {vi: lượt, en: visits}
    type: count
disclosure: {policy: vn_proposed}
"""

AGE = "{title: {vi: Tuổi, en: Age}, codelist: %s, column: age, match: range, role: age}"
SEX = "{title: {vi: Giới, en: %s}, codelist: %s, column: %s, role: %s}"
BANDS = {"young": ("0", "19"), "grown": ("20", "59"), "old": ("60", "")}
UNREAD = cube([[20, 30], [40, 50]])


def write(
    folder: Path,
    dimensions: Mapping[str, str],
    lists: Mapping[str, Mapping[str, tuple[str, str]]] = {},
    *,
    margins: str = "",
) -> Path:
    """Write a definition with some dimensions in one table, and lists of members by ranges or, without, by labels."""
    if lists:
        (folder / "codelists").mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    names = ", ".join(dimensions)
    some = f", margins: {margins}" if margins else ""
    table = f"tables:\n  all: {{title: {{vi: Tất cả, en: All}}, dimensions: [{names}]{some}}}\n"
    declared = "".join(f"  {name}: {text}\n" for name, text in dimensions.items())
    (folder / "dataset.yaml").write_text(f"{HEAD}dimensions:\n{declared}{table}", encoding="utf-8")
    (folder / "methods.md").write_text(METHODS, encoding="utf-8")
    for name, members in lists.items():
        lines = ["code,label_vi,label_en,range_from,range_to"]
        lines += [f"{code},{code},{code},{start},{end}" for code, (start, end) in members.items()]
        (folder / "codelists" / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    index = "".join(f"  {one}: {{title: {{vi: D, en: L}}, source: {{vi: R, en: O}}}}\n" for one in lists)
    if lists:
        (folder / "codelists" / "index.yaml").write_text(f"codelists:\n{index}", encoding="utf-8")
    rows = [f"{age},{'FM'[age % 2]},{'MF'[age // 2 % 2]}" for age in range(80) for _ in range(3)]
    (folder / "visits.csv").write_text("\n".join(["age,sex,other_sex", *rows]) + "\n", encoding="utf-8")
    return folder


def read(ministry: Ministry, folder: Path, edition: str = "2026") -> tuple[EarlierRelease, tuple[Problem, ...]]:
    """Return the one release that was published before, and the warnings."""
    loaded = load_definition(folder)
    store = Store.at(ministry.root, ministry.root / "public-key.pem")
    planned = plan(loaded, edition)
    found = store.releases_of_the_same_people(planned)
    before = earlier_releases(store, found, definition=loaded.definition, plan=planned, tables=UNREAD)
    (release,) = before.releases
    return release, before.warnings


class Before:
    """A release with some dimensions, and what a definition with others reads of it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.ministry = Ministry(root / "store")

    def publish(
        self,
        dimensions: Mapping[str, str],
        lists: Mapping[str, Mapping[str, tuple[str, str]]] = {},
        *,
        margins: str = "",
    ) -> None:
        folder = write(self._root / "then", dimensions, lists, margins=margins)
        self.ministry.publish(folder, "2026", folder)

    def read(
        self,
        dimensions: Mapping[str, str],
        lists: Mapping[str, Mapping[str, tuple[str, str]]] = {},
        edition: str = "2026",
    ) -> tuple[EarlierRelease, tuple[Problem, ...]]:
        return read(self.ministry, write(self._root / "now", dimensions, lists), edition)

    def refused(
        self, dimensions: Mapping[str, str], lists: Mapping[str, Mapping[str, tuple[str, str]]] = {}
    ) -> Problem:
        with pytest.raises(DisclosureRuleInvalid, match="cannot be compared") as caught:
            self.read(dimensions, lists)
        (problem,) = caught.value.problems
        return problem


@pytest.fixture
def before(tmp_path: Path) -> Before:
    return Before(tmp_path)


AGE_SEX = {"age_group": AGE % "bands", "sex": SEX % ("Sex", "sex", "sex", "sex")}


def test_a_renamed_dimension_is_known_by_its_members(before: Before) -> None:
    before.publish(AGE_SEX, {"bands": BANDS})
    release, warnings = before.read({"age": AGE % "bands", "sex": AGE_SEX["sex"]}, {"bands": BANDS})
    assert {one.name: set(one.members) for one in release.dimensions} == {
        "age": {"_T", "young", "grown", "old"},
        "sex": {"_T", "F", "M"},
    }
    assert release.tables[0].dimensions == ("age", "sex")
    assert set(release.tables[0].coordinates) == {"age", "sex"}
    assert warnings == ()


def test_a_copied_list_with_a_member_more_has_the_same_members(before: Before) -> None:
    before.publish(AGE_SEX, {"bands": BANDS})
    longer = {**BANDS, "unknown": ("", "")}
    release, warnings = before.read({**AGE_SEX, "age_group": AGE % "own-bands"}, {"own-bands": longer})
    assert {member for one in release.dimensions for member in one.members if ":" in member} == set()
    assert warnings == ()


def test_bands_that_are_put_together_are_the_sum_of_those_before(before: Before) -> None:
    before.publish(AGE_SEX, {"bands": BANDS})
    wider = {"under-60": ("0", "59"), "old": ("60", "")}
    release, warnings = before.read({**AGE_SEX, "age_group": AGE % "wider"}, {"wider": wider})
    (age,) = (one for one in release.dimensions if one.name == "age_group")
    assert ("under-60", ("bands:young", "bands:grown")) in age.sums
    assert warnings == ()


@pytest.mark.usefixtures("names_change_freely")
def test_the_names_of_then_find_the_marks(before: Before) -> None:
    folder = write(before._root / "then", AGE_SEX, {"bands": BANDS})
    before.ministry.publish(folder, "2026", folder)
    folder = write(before._root / "now", {"age": AGE % "copy", "sex": AGE_SEX["sex"]}, {"copy": BANDS})
    source = (folder / "visits.csv").read_text(encoding="utf-8")
    (folder / "visits.csv").write_text(source + "3,M,M\n" * 9, encoding="utf-8")
    warnings: list[Problem] = []
    before.ministry.publish(folder, "2026", folder, told=lambda outcome: warnings.extend(outcome.warnings))
    assert [one for one in warnings if "marks" in one.rule] == []


# What cannot be compared ----------------------------------------------------------------------------------------------


def test_other_bands_of_which_none_is_the_same_are_refused(before: Before) -> None:
    before.publish(AGE_SEX, {"bands": BANDS})
    odd = {"a": ("0", "14"), "b": ("15", "44"), "c": ("45", "")}
    problem = before.refused({**AGE_SEX, "age_group": AGE % "odd"}, {"odd": odd})
    assert problem.place == "clinic-visits 2026.1, dimension age_group"
    assert problem.rule == "has nothing in common with age_group, which has the same name"
    assert "keep the code list" in (problem.remedy or "")


def test_one_member_that_is_the_same_is_not_enough_where_both_have_others(before: Before) -> None:
    before.publish(AGE_SEX, {"bands": BANDS})
    odd = {"a": ("0", "14"), "b": ("15", "59"), "c": ("60", "")}
    problem = before.refused({**AGE_SEX, "age_group": AGE % "odd"}, {"odd": odd})
    assert "nothing tells how those of age_group are linked" in problem.rule


def test_another_dimension_of_the_same_role_is_refused(before: Before) -> None:
    before.publish(AGE_SEX, {"bands": BANDS})
    odd = {"a": ("0", "14"), "b": ("15", "44"), "c": ("45", "")}
    problem = before.refused({"age": AGE % "odd", "sex": AGE_SEX["sex"]}, {"odd": odd})
    assert problem.rule == "has nothing in common with age, which has the same role age"


def test_ranges_that_are_divided_otherwise_are_refused(before: Before) -> None:
    """Children under 10 less those under 5 are a group that no release has, of whom there may be one."""
    tens = {f"t{start}": (str(start), str(start + 9)) for start in range(0, 160, 10)}
    before.publish({"age_group": AGE % "tens"}, {"tens": tens})
    odd = {**tens, "t0": ("0", "4"), "t10": ("5", "19")}
    problem = before.refused({"age_group": AGE % "odd"}, {"odd": odd})
    assert problem.rule == (
        "divides the same ranges in other ways (then and now: t0 and t10): whoever has both can subtract"
    )
    twice = {**odd, "t20": ("20", "24"), "t30": ("25", "39"), "t40": ("40", "44"), "t50": ("45", "59")}
    more = before.refused({"age_group": AGE % "odd"}, {"odd": {**twice, "t60": ("60", "64"), "t70": ("65", "79")}})
    assert "t0 and t10, t20 and t30, t40 and t50 and 1 more)" in more.rule
    finer = {**tens, "t0": ("0", "4"), "t05": ("5", "9")}
    before.read({"age_group": AGE % "odd"}, {"odd": finer})


def test_some_members_that_are_new_and_others_that_are_gone_are_told(before: Before) -> None:
    tens = {f"t{start}": (str(start), str(start + 9)) for start in range(0, 80, 10)}
    before.publish({"age_group": AGE % "tens"}, {"tens": tens})
    odd = {code: own for code, own in tens.items() if code not in ("t60", "t70")}
    odd |= {"t80": ("80", "89"), "t90": ("90", "")}
    _, (warning,) = before.read({"age_group": AGE % "odd"}, {"odd": odd})
    assert warning.place == "clinic-visits 2026.1, dimension age_group"
    assert "had 2 members that age_group does not have" in warning.rule


def test_a_dimension_that_is_left_out_is_nobodys_worry(before: Before) -> None:
    before.publish(AGE_SEX, {"bands": BANDS})
    release, warnings = before.read({"sex": AGE_SEX["sex"]})
    assert {one.name for one in release.dimensions} == {"age_group", "sex"}
    assert warnings == ()


@pytest.mark.parametrize("name", ["sex", "gender"])
def test_a_dimension_of_which_the_total_alone_was_published_has_nothing_to_compare(before: Before, name: str) -> None:
    before.publish(AGE_SEX, {"bands": BANDS}, margins="[[age_group], []]")
    now = {"age_group": AGE_SEX["age_group"], name: AGE_SEX["sex"]}
    release, warnings = before.read(now, {"bands": BANDS})
    (table,) = release.tables
    assert table.values["visits"].tolist() == [240.0, 60.0, 120.0, 60.0]
    (sex,) = (one for one in release.dimensions if one.name == "sex")
    assert sex.members == ("_T",)
    assert warnings == ()


def test_a_dimension_of_no_role_that_another_takes_the_place_of_is_told(before: Before) -> None:
    first = {"band": AGE.replace("role: age", "role: other") % "bands", "sex": AGE_SEX["sex"]}
    before.publish(first, {"bands": BANDS})
    second = {"payer": SEX % ("Payer", "payers", "other_sex", "other"), "sex": AGE_SEX["sex"]}
    _, (warning,) = before.read(second, {"payers": {"X": ("", ""), "Y": ("", "")}})
    assert warning.rule.startswith("is gone, and payer is new")


def test_one_that_lost_its_role_with_its_codes_is_refused(before: Before) -> None:
    before.publish(AGE_SEX, {"bands": BANDS})
    odd = {"a": ("0", "14"), "b": ("15", "44"), "c": ("45", "")}
    now = {"years": AGE.replace("role: age", "role: other") % "odd", "sex": AGE_SEX["sex"]}
    problem = before.refused(now, {"odd": odd})
    assert problem.rule.startswith("is gone, and years is new: nothing tells whether it shows the same people")
    assert (problem.remedy or "").startswith("keep the tables with age_group beside the new ones")


def test_one_of_another_role_is_about_something_else(before: Before) -> None:
    before.publish({"age_group": AGE % "bands"}, {"bands": BANDS})
    release, warnings = before.read({"sex": AGE_SEX["sex"]})
    assert [one.name for one in release.dimensions] == ["age_group"]
    assert warnings == ()


def test_two_dimensions_with_the_same_members_are_not_guessed_at(before: Before) -> None:
    before.publish({"home": SEX % ("Sex", "sex", "sex", "other")})
    two = {name: SEX % (name, "sex", column, "other") for name, column in (("a", "sex"), ("b", "other_sex"))}
    problem = before.refused(two)
    assert problem.rule == "may be a and b now: nothing tells what was published by it from the like"
    release, _ = before.read({"a": two["a"], "b": SEX % ("Sex", "sex", "other_sex", "other")})
    assert [one.name for one in release.dimensions] == ["b"]  # it has the title of then


def test_the_name_goes_before_the_members_where_both_fit(before: Before) -> None:
    before.publish({"home": SEX % ("Sex", "sex", "sex", "other"), "work": SEX % ("Sex", "sex", "other_sex", "other")})
    release, _ = before.read({"work": SEX % ("Sex", "sex", "other_sex", "other")})
    assert {one.name for one in release.dimensions} == {"home", "work"}


# Members that moved ---------------------------------------------------------------------------------------------------

PLACE = "{title: {vi: Nơi, en: Place}, codelist: places, column: other_sex, role: geography, levels: [%s]}"


def places(root: Path, levels: str, **districts: str) -> Path:
    """Write a definition with one dimension, provinces and their districts, which are letters: `A="FM"`."""
    folder = write(root, {"place": PLACE % levels}, {"places": {}})
    lines = ["code,label_vi,label_en,level,parent", *(f"{code},{code},{code},province," for code in districts)]
    lines += [f"{one},{one},{one},district,{code}" for code, own in districts.items() for one in own]
    (folder / "codelists" / "places.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = [f"3,F,{code}" for code, count in zip("FMUVW", (20, 3, 30, 7, 2), strict=True) for _ in range(count)]
    (folder / "visits.csv").write_text("\n".join(["age,sex,other_sex", *rows]) + "\n", encoding="utf-8")
    return folder


def test_a_district_that_moved_is_refused_where_provinces_alone_are_published(tmp_path: Path) -> None:
    """What it has is the difference of its province then and now."""
    ministry = Ministry(tmp_path / "store")
    folder = places(tmp_path / "then", "province", A="FM", B="U", C="VW")
    ministry.publish(folder, "2026", folder)
    with pytest.raises(DisclosureRuleInvalid, match="cannot be compared") as caught:
        read(ministry, places(tmp_path / "now", "province", A="F", B="MU", C="VW"))
    (problem,) = caught.value.problems
    assert problem.place == "clinic-visits 2026.1, dimension place"
    assert problem.rule.startswith("had M below A (now below B): whoever has both releases can subtract")
    assert "publish the level of what was moved too" in (problem.remedy or "")
    for levels in ("province, district", "district"):
        (place,) = read(ministry, places(tmp_path / "now", levels, A="F", B="MU", C="VW"))[0].dimensions
        assert {("places:A", ("F", "M")), ("places:B", ("U",))} <= set(place.sums)
        assert set(place.members) == {"_T", "places:A", "places:B", "C"}


def test_many_that_moved_are_counted(tmp_path: Path) -> None:
    ministry = Ministry(tmp_path / "store")
    folder = places(tmp_path / "then", "province", A="FMUV", B="W")
    ministry.publish(folder, "2026", folder)
    with pytest.raises(DisclosureRuleInvalid, match=r"U below A \(now below B\) and 1 more: whoever"):
        read(ministry, places(tmp_path / "now", "province", A="", B="FMUVW"))


def test_districts_and_provinces_of_which_one_moved_are_published_again(tmp_path: Path) -> None:
    """The sums of both lists hold, each for the provinces of its own: taken for one list, they contradict."""
    ministry = Ministry(tmp_path / "store")
    for provinces in ({"A": "FM", "B": "U", "C": "VW"}, {"A": "F", "B": "MU", "C": "VW"}):
        folder = places(tmp_path / "clinic", "province, district", **provinces)
        release = ministry.publish(folder, "2026", folder)
    assert release.version == 2


# Editions of unknown days ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edition", ["2026-final", "2026-q1"])
def test_an_edition_of_unknown_days_is_taken_to_be_of_the_same_time(before: Before, edition: str) -> None:
    before.publish(AGE_SEX, {"bands": BANDS})
    release, (warning,) = before.read(AGE_SEX, {"bands": BANDS}, edition)
    assert {one.name for one in release.dimensions} == {"age_group", "sex"}  # and none that tells editions apart
    assert warning.place == f"clinic-visits {edition}"
    assert "of no period that is known" in warning.rule


def test_so_is_an_earlier_one(tmp_path: Path) -> None:
    ministry = Ministry(tmp_path / "store")
    folder = write(tmp_path / "clinic", AGE_SEX, {"bands": BANDS})
    ministry.publish(folder, "final", folder)
    release, (warning,) = read(ministry, folder, "2031")
    assert {one.name for one in release.dimensions} == {"age_group", "sex"}
    assert warning.place == "clinic-visits final"


def test_a_coverage_with_its_days_tells_which_people(tmp_path: Path) -> None:
    ministry = Ministry(tmp_path / "store")
    folder = write(tmp_path / "clinic", AGE_SEX, {"bands": BANDS})
    definition = folder / "dataset.yaml"
    text = definition.read_text(encoding="utf-8")
    definition.write_text(
        re.sub("^coverage:", "coverage:\n  start: '2025'\n  end: '2025'", text, flags=re.MULTILINE), "utf-8"
    )
    ministry.publish(folder, "pilot", folder)
    definition.write_text(text, encoding="utf-8")
    store = Store.at(ministry.root, ministry.root / "public-key.pem")
    assert store.releases_of_the_same_people(plan(load_definition(folder), "2026")) == []
    assert [one.name for one in store.releases_of_the_same_people(plan(load_definition(folder), "2025"))] == ["pilot.1"]


def test_a_coverage_that_leaves_out_the_year_of_the_name_is_not_believed(tmp_path: Path) -> None:
    ministry = Ministry(tmp_path / "store")
    folder = write(tmp_path / "clinic", AGE_SEX, {"bands": BANDS})
    definition = folder / "dataset.yaml"
    text = definition.read_text(encoding="utf-8").replace("coverage:", "coverage:\n  start: '2024'\n  end: '2025'")
    definition.write_text(text, encoding="utf-8")
    ministry.publish(folder, "2026-final", folder)
    store = Store.at(ministry.root, ministry.root / "public-key.pem")
    for edition in ("2026", "2031"):
        found = store.releases_of_the_same_people(plan(load_definition(folder), edition))
        assert [one.name for one in found] == ["2026-final.1"]


def test_releases_are_read_in_the_order_of_the_chain_whatever_the_clock_said(tmp_path: Path) -> None:
    ministry = Ministry(tmp_path / "store")
    folder = write(tmp_path / "clinic", AGE_SEX, {"bands": BANDS})
    first = ministry.publish(folder, "2026", folder)
    source = (folder / "visits.csv").read_text(encoding="utf-8")
    (folder / "visits.csv").write_text(source + "3,M,M\n" * 30, encoding="utf-8")
    second = ministry.publish(folder, "2026", folder)
    assert (first.version, second.version) == (1, 2)
    early = second.manifest.model_copy(update={"published_at": first.manifest.published_at.replace(year=2020)})
    back = type(second)(early, second.envelope_sha256)
    assert [one.name for one in in_order([back, first])] == ["2026.1", "2026.2"]
    unchained = type(second)(early.model_copy(update={"chain": None}), second.envelope_sha256)
    assert [one.name for one in in_order([first, unchained])] == ["2026.2", "2026.1"]
