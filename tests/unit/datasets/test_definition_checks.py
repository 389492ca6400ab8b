"""Keys, columns and code lists of a definition that do not fit together: line, rule and remedy of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.definition_texts import REGISTER, STATISTICS, Change, broken

BAD: list[tuple[str, tuple[Change, ...], str]] = [
    (
        "an unknown code list",
        (("codelist: districts", "codelist: distrits"),),
        "dataset.yaml line 29, key dimensions.district.codelist: there is no code list distrits. Did you mean"
        " districts? Allowed: age-bands, communes, districts, facility-types, icd10-chapters, insurance-status, months,"
        " provinces, provinces-legacy, quarters, sex, sex-or-unknown, years",
    ),
    (
        "a text mapped to what is no code",
        (("Old town: north", "Old town: nort"),),
        "dataset.yaml line 30, key dimensions.district.map.Old town: nort is not a code of the code list districts."
        " Did you mean north? Allowed: all, north, south, unknown",
    ),
    (
        "a text mapped to the label of a code",
        (("map: {Old town: north}", "map: {Old town: North}"),),
        "dataset.yaml line 30, key dimensions.district.map.Old town: North is not a code of the code list"
        " districts. Write the code: north",
    ),
    (
        "an unknown member that is no code",
        (("    unknown: unknown", "    unknown: unknwn"),),
        "dataset.yaml line 31, key dimensions.district.unknown: unknwn is not a code of the code list districts."
        " Did you mean unknown? Allowed: all, north, south, unknown",
    ),
    (
        "a level that the list lacks",
        (("    levels: [district]", "    levels: [distict]"),),
        "dataset.yaml line 32, key dimensions.district.levels: distict is not a level of the code list districts."
        " Did you mean district? Allowed: province, district",
    ),
    (
        "a level that a list of periods lacks",
        (("    match: month", "    match: month\n    levels: [week]"),),
        "dataset.yaml line 45, key dimensions.month.levels: week is not a level of the code list months."
        " Allowed: year, quarter, month",
    ),
    (
        "ranges in a list without any",
        (("codelist: age-bands", "codelist: sex"),),
        "dataset.yaml line 38, key dimensions.age_group.match: match range needs ranges, which the code list sex lacks."
        " fill the columns range_from and range_to, or use match: code",
    ),
    (
        "months of the wrong list",
        (("codelist: months", "codelist: years"),),
        "dataset.yaml line 44, key dimensions.month.match: match month needs the code list months. write codelist:"
        " months",
    ),
    (
        "months of a column that is no date",
        (("seen_on: {type: date}", "seen_on: {}"),),
        "dataset.yaml line 22, key source.columns.seen_on: match month of the dimension month needs a column of type"
        " date. it is declared string: correct one of the two",
    ),
    (
        "ages that are text",
        (("age: {type: integer}", "age: {}"),),
        "dataset.yaml line 21, key source.columns.age: match range of the dimension age_group needs a column of type"
        " integer. it is declared string: correct one of the two",
    ),
    (
        "disease codes that are numbers",
        (("codelist: age-bands", "codelist: icd10-chapters"),),
        "dataset.yaml line 21, key source.columns.age: match range of the dimension age_group needs a column of type"
        " string. it is declared integer: correct one of the two",
    ),
    (
        "a dimension of a column that is not declared",
        (("    column: age\n", "    column: aeg\n"),),
        "dataset.yaml line 37, key dimensions.age_group.column: names aeg, which is not declared. Did you mean age?"
        " Allowed: person, district, age, seen_on, outcome, cost",
    ),
    (
        "a person that is no column",
        (("person: person\n", "person: patient\n"),),
        "dataset.yaml line 25, key person: names patient, which is not declared."
        " Allowed: person, district, age, seen_on, outcome, cost",
    ),
    (
        "a condition on a column that is not declared",
        (("where: {outcome: [died]}", "where: {outcom: [died]}"),),
        "dataset.yaml line 55, key measures.deaths.where.outcom: names outcom, which is not declared."
        " Did you mean outcome? Allowed: person, district, age, seen_on, outcome, cost",
    ),
    (
        "a condition that no row can meet",
        (("where: {outcome: [died]}", "where: {outcome: [dead]}"),),
        "dataset.yaml line 55, key measures.deaths.where.outcome: names dead, which is not declared."
        " Did you mean died? Allowed: home, died",
    ),
    (
        "a selection that no row can meet",
        (("  columns:\n", "  where: {outcome: [dead]}\n  columns:\n"),),
        "dataset.yaml line 18, key source.where.outcome: dead is no value of outcome. Did you mean died?"
        " Allowed: home, died",
    ),
    (
        "a selection by a column that is not declared",
        (("  columns:\n", "  where: {result: [dead]}\n  columns:\n"),),
        "dataset.yaml line 18, key source.where.result: names result, which is not declared. Allowed: person,"
        " district, age, seen_on, outcome, cost",
    ),
    (
        "a sum of text",
        (("cost: {type: number}", "cost: {}"),),
        "dataset.yaml line 60, key measures.cost.column: must name a number. declare the column cost an integer or a"
        " number",
    ),
    (
        "a sum of nothing",
        (("    type: sum\n    column: cost\n", "    type: sum\n"),),
        "dataset.yaml line 56, key measures.cost: type sum needs column. add it, or choose another type",
    ),
    (
        "a sum of a column that is not declared",
        (("    column: cost\n", "    column: price\n"),),
        "dataset.yaml line 60, key measures.cost.column: names price, which is not declared."
        " Allowed: person, district, age, seen_on, outcome, cost",
    ),
    (
        "a count of a column",
        (("    type: count\n  deaths", "    type: count\n    column: cost\n  deaths"),),
        "dataset.yaml line 47, key measures.visits: type count takes no column. leave it out, or choose another type",
    ),
    (
        "a rate of some rows",
        (("    numerator: visits", "    numerator: visits\n    where: {outcome: [died]}"),),
        "dataset.yaml line 61, key measures.rate: a rate takes no where. put it on its numerator",
    ),
    (
        "a rate without records",
        (("    numerator: visits", "    numerator: visits\n    absent: zero"),),
        "dataset.yaml line 61, key measures.rate: type rate takes no absent. leave it out, a cell without records has"
        " no rate",
    ),
    (
        "a rate of what is no measure",
        (("numerator: visits", "numerator: visit"),),
        "dataset.yaml line 65, key measures.rate.numerator: names visit, which is not declared. Did you mean visits?"
        " Allowed: visits, deaths, cost, rate, people",
    ),
    (
        "a rate of a rate",
        (("numerator: visits", "numerator: rate"),),
        "dataset.yaml line 65, key measures.rate.numerator: must be a count, persons or a sum. name such a measure",
    ),
    (
        "a rate by a trait that the population does not have",
        (("    dimensions: [district, age_group]\n    source", "    dimensions: [district]\n    source"),),
        "dataset.yaml line 75, key tables.by-district: rate and people would be wrong by age_group, by which people"
        " does not differ. add age_group to the dimensions of people, or leave rate and people out of this table",
    ),
    (
        "a rate by a trait that a population does not have which the table does not show",
        (
            ("    dimensions: [district, age_group]\n    source", "    dimensions: [district]\n    source"),
            ("age_group]\ndisclosure", "age_group]\n    measures: [visits, rate]\ndisclosure"),
        ),
        "dataset.yaml line 78, key tables.by-district.measures: rate would be wrong by age_group, by which people"
        " does not differ. add age_group to the dimensions of people, or leave rate out of this table",
    ),
    (
        "a table of people alone",
        (("age_group]\ndisclosure", "age_group]\n    measures: [people]\ndisclosure"),),
        "dataset.yaml line 78, key tables.by-district.measures: shows populations alone. add what is counted, or leave"
        " the table out",
    ),
    (
        "a rate by what is counted",
        (("    denominator: people", "    denominator: deaths"),),
        "dataset.yaml line 66, key measures.rate.denominator: must be a population. name a measure of that type",
    ),
    (
        "a rate by what is no measure",
        (("    denominator: people", "    denominator: peopel"),),
        "dataset.yaml line 66, key measures.rate.denominator: names peopel, which is not declared. Did you mean people?"
        " Allowed: visits, deaths, cost, rate, people",
    ),
    (
        "a rate of people",
        (("numerator: visits", "numerator: people"),),
        "dataset.yaml line 65, key measures.rate.numerator: must be a count, persons or a sum. name such a measure",
    ),
    (
        "a population by an unknown dimension",
        (
            (
                "    dimensions: [district, age_group]\n    source",
                "    dimensions: [district, age_group, sex]\n    source",
            ),
        ),
        "dataset.yaml line 72, key measures.people.dimensions: names sex, which is not declared."
        " Allowed: district, age_group, month",
    ),
    (
        "a population without its source",
        (("\n    source: {vi: Thống kê, en: Statistics}", ""),),
        "dataset.yaml line 67, key measures.people: type population needs source. add it, or choose another type",
    ),
    (
        "a population of some rows",
        (("    type: population", "    type: population\n    where: {outcome: [died]}"),),
        "dataset.yaml line 67, key measures.people: type population takes no where. its figures are those of its file",
    ),
    (
        "a population that records contribute to",
        (("    type: population", "    type: population\n    contributors: rows"),),
        "dataset.yaml line 67, key measures.people: type population takes no contributors. its figures are those of"
        " its file",
    ),
    (
        "a rate with a column of its own",
        (("    denominator: people", "    denominator: people\n    value: people"),),
        "dataset.yaml line 61, key measures.rate: type rate takes no value. leave it out, or choose another type",
    ),
    (
        "counted people without a rule for absent records",
        (("    type: sum\n", "    type: sum\n    contributors: value\n"),),
        "dataset.yaml line 56, key measures.cost: contributors value needs absent. say whether a cell without a record"
        " is zero, missing or partial",
    ),
    (
        "counted people that are rows",
        (("    type: count\n  deaths", "    type: count\n    contributors: value\n    absent: zero\n  deaths"),),
        "dataset.yaml line 51, key measures.visits.contributors: value is for a sum of people already counted. use"
        " rows or persons",
    ),
    (
        "persons whom no column tells apart",
        (("person: person\n", ""), ("    type: count\n  deaths", "    type: persons\n  deaths")),
        "dataset.yaml line 46, key measures.visits: counts persons. name the column that tells them apart under person",
    ),
    (
        "a table of an unknown dimension",
        (("    dimensions: [district, age_group]\ndisclosure", "    dimensions: [distric]\ndisclosure"),),
        "dataset.yaml line 77, key tables.by-district.dimensions: names distric, which is not declared."
        " Did you mean district? Allowed: district, age_group, month",
    ),
    (
        "a table of an unknown measure",
        (("age_group]\ndisclosure", "age_group]\n    measures: [visit]\ndisclosure"),),
        "dataset.yaml line 78, key tables.by-district.measures: names visit, which is not declared."
        " Did you mean visits? Allowed: visits, deaths, cost, rate, people",
    ),
    (
        "a dimension named twice",
        (("age_group]\ndisclosure", "age_group, district]\ndisclosure"),),
        "dataset.yaml line 75, key tables.by-district: dimensions names one dimension twice. keep one",
    ),
    (
        "a margin of another table",
        (("age_group]\ndisclosure", "age_group]\n    margins: [[month]]\ndisclosure"),),
        "dataset.yaml line 75, key tables.by-district: margins names month, which is not a dimension of this table."
        " name some of district, age_group",
    ),
    (
        "margins that are neither all nor lists",
        (("age_group]\ndisclosure", "age_group]\n    margins: al\ndisclosure"),),
        "dataset.yaml line 78, key tables.by-district.margins: 'al' is not allowed here."
        " Did you mean all? Allowed: all, or a list of lists of names",
    ),
    (
        "a word of the query API",
        (("  visits:\n    title", "  limit:\n    title"), ("numerator: visits", "numerator: limit")),
        "dataset.yaml line 47, key measures.limit: is a word of the query API. choose another name",
    ),
    (
        "the name of a status column",
        (("  month:\n", "  visits_status:\n"),),
        "dataset.yaml line 40, key dimensions.visits_status: is the name of a status column. choose another name",
    ),
    (
        "one name for a dimension and a measure",
        (("  cost:\n    title", "  month:\n    title"),),
        "dataset.yaml line 56, key measures.month: names both a dimension and a measure. rename one of the two",
    ),
    (
        "a path that leaves its folder",
        (("path: visits-{edition}.csv", "path: ../visits.csv"),),
        "dataset.yaml line 17, key source.path: must stay inside its folder. write a relative path without ..",
    ),
    (
        "a placeholder that stands for nothing",
        (("path: population.csv", "path: population-{year}.csv"),),
        "dataset.yaml line 71, key measures.people.path: {year} stands for nothing here."
        " only {edition} of a data file is filled in",
    ),
    (
        "a coverage that is no period",
        (("{vi: Việt Nam, en: Viet Nam}\nsource", "{vi: Việt Nam, en: Viet Nam}\n  start: long ago\nsource"),),
        "dataset.yaml line 16, key coverage.start: must be a year, a month or a day."
        " such as 1994, 1994-02 or 1994-02-28",
    ),
    (
        "a coverage that ends before it begins",
        (("Viet Nam}\nsource", "Viet Nam}\n  start: 2001\n  end: 1999\nsource"),),
        "dataset.yaml line 17, key coverage.end: is before the start. exchange them",
    ),
    (
        "a code list of another kind",
        (("person: person\n", "person: person\ncodelists: [districts]\n"),),
        "dataset.yaml line 26, key codelists: kind statistics takes no codelists. leave the key out, or correct kind",
    ),
    (
        "persons that are told apart by what is published",
        (("person: person\n", "person: age\n"),),
        "dataset.yaml line 25, key person: age is published by the dimension age_group, so it cannot tell persons"
        " apart. name the column that holds a code of each person",
    ),
    (
        "methods outside the folder",
        (("frequency: monthly", "frequency: monthly\nmethods: /etc/hostname"),),
        "dataset.yaml line 14, key methods: must stay inside its folder. write a relative path without ..",
    ),
]


@pytest.mark.parametrize(("changes", "message"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_one_mistake_gives_one_problem(tmp_path: Path, changes: tuple[Change, ...], message: str) -> None:
    assert broken(tmp_path, *changes) == [message]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("kind: register", "kind: statistics"), "dataset.yaml line 1: kind statistics needs dimensions"),
        (
            ("fields: [code, district]", "fields: [code, distric]"),
            "dataset.yaml line 25, key fields: names distric, which",
        ),
        (
            ("key: [code]", "key: [cod]"),
            "dataset.yaml line 24, key key: names cod, which is not declared. Did you mean",
        ),
        (
            ("      title: {vi: Mã, en: Code}\n", "      type: string\n"),
            "dataset.yaml line 19, key source.columns.code: is published. give it a title in both languages",
        ),
        (
            ("      codelist: districts", "      codelist: districs"),
            "dataset.yaml line 23, key source.columns.district.codelist: there is no code list districs. Did you mean",
        ),
        (("kind: register", "kind: codelist"), "dataset.yaml line 1: kind codelist needs codelists"),
    ],
)
def test_a_bad_register_is_refused(tmp_path: Path, change: Change, message: str) -> None:
    found = broken(tmp_path, change, text=REGISTER)
    assert any(problem.startswith(message) for problem in found), found


def test_a_dataset_without_source_says_so(tmp_path: Path) -> None:
    source = STATISTICS[STATISTICS.index("source:\n") : STATISTICS.index("person: person")]
    assert broken(tmp_path, (source, "")) == ["dataset.yaml line 1: kind statistics needs source. add the key"]
    source = REGISTER[REGISTER.index("source:\n") : REGISTER.index("key: [code]")]
    found = broken(tmp_path / "register", (source, ""), text=REGISTER)
    assert found == ["dataset.yaml line 1: kind register needs source. add the key"]


def test_a_code_list_dataset_names_lists_that_exist(tmp_path: Path) -> None:
    text = REGISTER[: REGISTER.index("source:")].replace("kind: register", "kind: codelist")
    found = broken(tmp_path, ("Viet Nam}\n", "Viet Nam}\ncodelists: [districts, provinses]\n"), text=text)
    assert [problem.split(" Allowed")[0] for problem in found] == [
        "dataset.yaml line 16, key codelists[2]: there is no code list provinses. Did you mean provinces?"
    ]


def test_a_long_list_is_not_written_out(tmp_path: Path) -> None:
    found = broken(
        tmp_path,
        ("codelist: districts", "codelist: communes"),
        ("    levels: [district]\n", ""),
        ("    unknown: unknown\n", ""),
        ("Old town: north", 'Old town: "00005"'),
    )
    assert found == [
        "dataset.yaml line 30, key dimensions.district.map.Old town: 00005 is not a code of the code list communes."
        " Did you mean 00700? The codes are in communes.csv"
    ]
