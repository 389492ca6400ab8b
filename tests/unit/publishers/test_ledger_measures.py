"""Measures that take the place of others: inpatients, then outpatients, then all are three parts of one sum."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from datasets.definition_files import load_definition
from datasets.errors import DisclosureRuleInvalid, Problem
from publishers.counted_people import CountedPeople
from publishers.ledger import Store
from publishers.ledger_measures import measures_for_members, of_one_column, replaced_measures
from publishers.ledger_members import View
from publishers.tabulate.plan import plan
from tests.support.publication import Ministry
from tests.unit.publishers.visits_by_month import DEFINITION, read, write

START, END = DEFINITION.index("measures:\n"), DEFINITION.index("tables:\n")
SHORT, LONG = {"days": "0"}, {"days": "3"}


def measure(name: str, type_: str = "count", where: dict[str, str] | None = None, column: str = "") -> str:
    more = "".join(f"    where: {{{key}: [{value}]}}\n" for key, value in (where or {}).items())
    more += f"    column: {column}\n" if column else ""
    return f"  {name}:\n    title: {{vi: S, en: N}}\n    unit: {{vi: s, en: n}}\n    type: {type_}\n{more}"


def of(*measures: str) -> str:
    return f"{DEFINITION[:START]}measures:\n{''.join(measures)}{DEFINITION[END:]}"


@pytest.fixture
def ministry(tmp_path: Path) -> Ministry:
    return Ministry(tmp_path / "store")


def problems(ministry: Ministry, folder: Path, then: str, now: str, *, marks: bool = True) -> Iterator[Problem]:
    ministry.publish(write(folder, "2024-05", [5], text=then), "2024-05", folder)
    before = load_definition(folder)
    people = CountedPeople.of(before.definition, plan(before, "2024-05")) if marks else None
    loaded = load_definition(write(folder, "2024-05", [5], text=now))
    planned = plan(loaded, "2024-05")
    store = Store.at(ministry.root, ministry.root / "public-key.pem")
    (release,) = store.releases_of_the_same_people(planned)
    yield from replaced_measures(release, people, loaded.definition, CountedPeople.of(loaded.definition, planned))


ALL = measure("visits")


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (of(ALL, measure("short", where=SHORT)), of(ALL, measure("long", where=LONG))),
        (of(ALL, measure("short", where=SHORT)), of(ALL, measure("everybody"))),
        (of(ALL, measure("everybody")), of(ALL, measure("short", where=SHORT))),
        (of(ALL, measure("cost", "sum", SHORT, "cost")), of(ALL, measure("long_cost", "sum", LONG, "cost"))),
    ],
)
def test_parts_and_wholes_of_other_names_are_refused(ministry: Ministry, tmp_path: Path, then: str, now: str) -> None:
    (problem,) = problems(ministry, tmp_path / "clinic", then, now)
    assert problem.place.startswith("clinic-visits 2024-05.1, measure ")
    assert "is gone, and " in problem.rule
    assert "keep the measures of then" in (problem.remedy or "")


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (of(ALL, measure("everybody")), of(ALL, measure("others"))),
        (of(ALL, measure("short", where=SHORT)), of(ALL)),
        (of(ALL), of(ALL, measure("short", where=SHORT))),
        (of(ALL, measure("short", where=SHORT)), of(ALL, measure("cost", "sum", column="cost"))),
        (of(ALL, measure("stay", "mean", column="days")), of(ALL, measure("short", where=SHORT))),
    ],
)
def test_others_are_not(ministry: Ministry, tmp_path: Path, then: str, now: str) -> None:
    """The same rows as a measure that stays, nothing new, nothing gone, and what nobody can subtract."""
    assert list(problems(ministry, tmp_path / "clinic", then, now)) == []


def test_without_marks_nobody_knows_whom_a_measure_counted(ministry: Ministry, tmp_path: Path) -> None:
    then, now = of(ALL, measure("everybody")), of(ALL, measure("others"))
    assert len(list(problems(ministry, tmp_path / "clinic", then, now, marks=False))) == 1


def test_a_job_stops_where_a_measure_took_the_place_of_another(ministry: Ministry, tmp_path: Path) -> None:
    folder = tmp_path / "clinic"
    ministry.publish(write(folder, "2024-05", [5], text=of(ALL, measure("short", where=SHORT))), "2024-05", folder)
    with pytest.raises(DisclosureRuleInvalid, match="measure short: is gone, and long is new"):
        read(ministry, write(folder, "2024-05", [5], text=of(ALL, measure("long", where=LONG))), "2024-05")


# Members and measures -------------------------------------------------------------------------------------------------

SEX = "  sex:\n    title: {vi: Giới tính, en: Sex}\n    codelist: sex\n    role: sex\n"


def without_sex(text: str) -> str:
    """Return a definition by months alone."""
    by_sex = text[text.index("  by-sex:") : text.index("disclosure:")]
    return text.replace(SEX, "").replace("[month, sex]", "[month]").replace(by_sex, "")


WOMEN = measure("women", where={"sex": "F"})
OF_WOMEN = measure("stay", "mean", {"sex": "F"}, "days")
PEOPLE = measure("people", "population") + (
    "    path: people.csv\n    dimensions: [month]\n    source: {vi: T, en: S}\n"
)


@pytest.mark.parametrize("part", [WOMEN, OF_WOMEN, measure("spent", "sum", {"sex": "F"}, "cost")])
def test_a_part_that_takes_the_place_of_a_dimension_is_refused_and_the_other_way_round(
    ministry: Ministry, tmp_path: Path, part: str
) -> None:
    """Of visits by sex, those of women have one member; a later measure of them shows what was withheld for it."""
    by_sex, parts = of(ALL), without_sex(of(ALL, part))
    name = part.split(":", maxsplit=1)[0].strip()
    for then, now, rule in (
        (by_sex, parts, f"dimension sex: does not have all members any more, and {name} is new"),
        (parts, by_sex, f"measure {name}: is gone, and sex has new members"),
    ):
        own, folder = Ministry(tmp_path / f"store of {rule[:4]}"), tmp_path / rule[:4]
        own.publish(write(folder, "2024-05", [5], text=then), "2024-05", folder)
        with pytest.raises(DisclosureRuleInvalid, match=f"clinic-visits 2024-05.1, {rule}: where the rows"):
            read(own, write(folder, "2024-05", [5], text=now), "2024-05")


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (of(ALL), without_sex(of(ALL))),
        (without_sex(of(ALL)), of(ALL)),
        (of(ALL), without_sex(of(ALL, measure("everybody")))),
        (of(ALL), without_sex(of(ALL, PEOPLE))),
        (of(ALL, measure("stay", "mean", column="days")), without_sex(of(ALL))),
        (without_sex(of(ALL, WOMEN)), without_sex(of(ALL))),
    ],
)
def test_dimensions_may_go_and_come_where_no_part_does(ministry: Ministry, tmp_path: Path, then: str, now: str) -> None:
    """Measures of all rows, whether or not these have a value, are no members; and a part may go by itself."""
    folder = tmp_path / "clinic"
    ministry.publish(write(folder, "2024-05", [5], text=then), "2024-05", folder)
    assert len(read(ministry, write(folder, "2024-05", [5], text=now), "2024-05")) == 1


@pytest.mark.parametrize("marks", [True, False])
def test_amounts_of_all_rows_may_go_where_marks_tell_that_they_were_of_all(
    ministry: Ministry, tmp_path: Path, *, marks: bool
) -> None:
    """That a row has a cost at all is no condition; without marks nobody knows that there was no other."""
    folder = tmp_path / "clinic"
    then = without_sex(of(ALL, measure("cost", "sum", column="cost"), measure("stay", "mean", column="days")))
    ministry.publish(write(folder, "2024-05", [5], text=then), "2024-05", folder)
    before = load_definition(folder)
    people = CountedPeople.of(before.definition, plan(before, "2024-05")) if marks else None
    loaded = load_definition(write(folder, "2024-05", [5], text=of(ALL)))
    planned = plan(loaded, "2024-05")
    (release,) = Store.at(ministry.root, ministry.root / "public-key.pem").releases_of_the_same_people(planned)
    now = (loaded.definition, CountedPeople.of(loaded.definition, planned))
    sex = planned.dimension("sex")
    view = View(sex.codelist, ("F", "M"), {code: code for code in sex.codelist.by_code})
    found = list(measures_for_members(release, people, now, {"sex": (None, view)}))
    assert [one.place for one in found] == ([] if marks else ["clinic-visits 2024-05.1, measure cost, stay"])
    assert list(measures_for_members(release, people, now, {"sex": (view, view)})) == []


def test_a_measure_of_another_type_is_another_one(ministry: Ministry, tmp_path: Path) -> None:
    """Inpatients were counted, and amounts of others are added up: the name is the same, and nothing else."""
    then = of(ALL, measure("cost", "sum", column="cost"), measure("short", where=SHORT))
    now = of(ALL, measure("cost", "mean", column="cost"), measure("short", "sum", LONG, "cost"))
    assert list(problems(ministry, tmp_path / "clinic", then, then)) == []
    (problem,) = problems(Ministry(tmp_path / "other"), tmp_path / "clinic", then, now)
    assert problem.rule.startswith("is gone, and short is new")


# One column -----------------------------------------------------------------------------------------------------------

GROUPS = "  {name}:\n    title: {{vi: N, en: G}}\n    codelist: {name}\n    column: days\n    match: range\n"
STAY = measure("stay", "sum", column="days")


def grouped(name: str, *measures: str) -> str:
    """Return a definition by months and by groups of days, in a list of any name; of months alone without one."""
    text = without_sex(of(ALL, *measures))
    if not name:
        return text
    text = text.replace("measures:\n", f"{GROUPS.format(name=name)}measures:\n").replace(
        "[month]\n", f"[month, {name}]\n"
    )
    return text.replace("levels: [month, " + name + "]", "levels: [month]")


def write_grouped(folder: Path, text: str) -> Path:
    write(folder, "2024-05", [5], text=text)
    (folder / "codelists").mkdir(exist_ok=True)
    lists = {"stays": ("0", "1", "2", "3"), "turns": ("0", "2", "3", "3")}
    index = "codelists:\n"
    for name, (first, last, then, end) in lists.items():
        rows = f"{name[0]}1,N {name},G {name},{first},{last}\n{name[0]}2,P {name},H {name},{then},{end}\n"
        head = "code,label_vi,label_en,range_from,range_to\n"
        (folder / f"codelists/{name}.csv").write_text(head + rows, encoding="utf-8")
        index += f"  {name}:\n    title: {{vi: N, en: G}}\n    source: {{vi: P, en: C}}\n"
    (folder / "codelists/index.yaml").write_text(index, encoding="utf-8")
    return folder


def of_one(ministry: Ministry, folder: Path, then: str, now: str, *, known: bool = True) -> Iterator[str]:
    ministry.publish(write_grouped(folder, then), "2024-05", folder)
    before = load_definition(folder)
    people = CountedPeople.of(before.definition, plan(before, "2024-05"))
    if not known:
        texts = {name: one.model_copy(update={"column": ""}) for name, one in people.texts.items()}
        people = people.model_copy(update={"texts": texts, "columns": {}})
    loaded = load_definition(write_grouped(folder, now))
    planned = plan(loaded, "2024-05")
    (release,) = Store.at(ministry.root, ministry.root / "public-key.pem").releases_of_the_same_people(planned)

    def view(name: str) -> View:
        code = name[:1]
        list_ = {**before.codelists, **loaded.codelists}[name]
        return View(list_, (f"{code}1", f"{code}2"), {one: f"{name}:{one}" for one in list_.by_code})

    views = {
        name: (view(name) if f"codelist: {name}" in then else None, view(name) if f"codelist: {name}" in now else None)
        for name in ("stays", "turns")
    }
    present, called = CountedPeople.of(loaded.definition, planned), {name: name for name in people.texts}
    found = of_one_column(release, people, present, views, called)
    yield from (f"{one.place}: {one.rule}" for one in found)


@pytest.mark.parametrize(
    ("then", "now", "names"),
    [
        (grouped("stays"), grouped("turns"), ("stays", "turns")),
        (grouped("stays"), grouped("", STAY), ("stays", "stay")),
        (grouped("", STAY), grouped("turns"), ("stay", "turns")),
    ],
)
def test_a_column_that_is_told_otherwise_is_refused(
    ministry: Ministry, tmp_path: Path, then: str, now: str, names: tuple[str, str]
) -> None:
    """Stays of 0 and 1 days, then of 0 to 2, are unions of the same people; and their sum weighs them."""
    (problem,) = of_one(ministry, tmp_path / "clinic", then, now)
    assert problem.startswith(
        f"clinic-visits 2024-05.1, {names[0]}: told of the column days, and {names[1]} tells of it"
    )


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (grouped("stays"), grouped("stays")),
        (grouped("stays"), grouped("")),
        (grouped(""), grouped("turns")),
        (grouped("", STAY), grouped("", STAY)),
        (grouped("stays"), grouped("", measure("spent", "sum", column="cost"))),
    ],
)
def test_columns_that_are_told_once_are_not(ministry: Ministry, tmp_path: Path, then: str, now: str) -> None:
    assert list(of_one(ministry, tmp_path / "clinic", then, now)) == []


def test_marks_of_before_columns_were_kept_tell_nothing_of_them(ministry: Ministry, tmp_path: Path) -> None:
    assert list(of_one(ministry, tmp_path / "clinic", grouped("stays"), grouped("turns"), known=False)) == []
