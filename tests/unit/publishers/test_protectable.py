"""Definitions through which a withheld cell could be worked out, although the audit finds nothing, are refused.

Each case was found by an attacker who built it, passed the audit, and recovered cells by one subtraction.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from datasets.definition import Definition
from datasets.definition_files import builtin_definitions, load_definition
from datasets.errors import DisclosureRuleInvalid
from publishers.protectable import check_protectable
from publishers.tabulate.quantities import quantities_of
from tests.support.clinic import write_clinic

AGE = {"title": {"vi": "Tuổi", "en": "Age"}, "codelist": "age-bands", "column": "age", "match": "range"}
COUNT = {"title": {"vi": "Lượt", "en": "Visits"}, "unit": {"vi": "lượt", "en": "visits"}, "type": "count"}
TITLE = {"vi": "Bảng", "en": "Table"}


@pytest.fixture
def clinic(tmp_path: Path) -> dict[str, Any]:
    definition = load_definition(write_clinic(tmp_path / "visits")).definition
    return definition.model_dump(mode="json", exclude_defaults=True)


def refusal(definition: dict[str, Any]) -> str:
    with pytest.raises(DisclosureRuleInvalid) as caught:
        check_protectable(Definition.model_validate(definition))
    assert all(problem.remedy for problem in caught.value.problems)
    return str(caught.value)


def test_what_comes_with_ytemo_can_be_protected() -> None:
    for path in builtin_definitions():
        definition = load_definition(path).definition
        if definition.disclosure is not None and definition.disclosure.policy != "already_public":
            check_protectable(definition)


def test_the_tutorial_can_be_protected(clinic: dict[str, Any]) -> None:
    check_protectable(Definition.model_validate(clinic))


def test_two_dimensions_of_one_column(clinic: dict[str, Any]) -> None:
    clinic["dimensions"]["age_broad"] = AGE
    assert "come from one column, age" in refusal(clinic)


def test_two_parts_of_one_whole(clinic: dict[str, Any]) -> None:
    clinic["source"]["columns"]["outcome"] = {}
    clinic["measures"]["deaths"] = {**COUNT, "where": {"outcome": ["died"]}}
    check_protectable(Definition.model_validate(clinic))
    clinic["measures"]["alive"] = {**COUNT, "where": {"outcome": ["alive"]}}
    assert "measures deaths and alive: count different parts" in refusal(clinic)


def test_the_same_part_in_another_order_is_one_part(clinic: dict[str, Any]) -> None:
    clinic["source"]["columns"]["outcome"] = {}
    clinic["measures"]["one"] = {**COUNT, "where": {"outcome": ["died", "left"]}}
    clinic["measures"]["two"] = {**COUNT, "where": {"outcome": ["left", "died", "left"]}}
    definition = Definition.model_validate(clinic)
    check_protectable(definition)
    populations = {one.population for one in quantities_of(definition).quantities if one.name in ("one", "two")}
    assert len(populations) <= 1, "one population is withheld in one way, whatever table shows it"


def test_a_part_is_shown_wherever_its_whole_is(clinic: dict[str, Any]) -> None:
    """Deaths by place beside cases by place and result: the dead are among both."""
    clinic["source"]["columns"]["outcome"] = {}
    clinic["measures"]["deaths"] = {**COUNT, "where": {"outcome": ["died"]}}
    whole = [name for name in clinic["measures"] if name != "deaths"]
    clinic["tables"] = {
        "crossed": {"title": TITLE, "dimensions": ["sex", "age_group"], "measures": whole},
        "deaths": {"title": TITLE, "dimensions": ["sex"], "measures": ["deaths"]},
    }
    assert "measures.deaths: counts a part of what other measures count" in refusal(clinic)
    clinic["tables"]["crossed"]["measures"] = [*whole, "deaths"]
    check_protectable(Definition.model_validate(clinic))


def test_residents_are_no_whole_of_the_patients_who_died(clinic: dict[str, Any]) -> None:
    """Deaths by age stand beside residents by age, and nowhere beside the patients of that age."""
    clinic["source"]["columns"]["outcome"] = {}
    whole = list(clinic["measures"])
    clinic["measures"]["deaths"] = {**COUNT, "where": {"outcome": ["died"]}}
    clinic["measures"]["residents"] = {
        **COUNT,
        "type": "population",
        "path": "p.csv",
        "dimensions": ["sex", "age_group"],
        "source": TITLE,
    }
    clinic["tables"] = {
        "by-sex": {"title": TITLE, "dimensions": ["sex"], "measures": [*whole, "deaths"]},
        "by-age": {"title": TITLE, "dimensions": ["age_group"], "measures": ["deaths", "residents"]},
    }
    assert "measures.deaths: counts a part of what other measures count" in refusal(clinic)


def test_a_population_is_protected_by_nobody_and_stands_beside_rows_of_any_kind(clinic: dict[str, Any]) -> None:
    residents = {**COUNT, "type": "population", "path": "p.csv", "dimensions": ["sex", "age_group"], "source": TITLE}
    clinic["measures"]["residents"] = residents
    definition = Definition.model_validate(clinic)
    check_protectable(definition)
    assert "residents" not in {one.measure for one in quantities_of(definition).quantities}
    assert all("residents" not in definition.counted(one) for one in definition.tables.values())


def test_a_mean_over_an_optional_column_is_a_part(clinic: dict[str, Any]) -> None:
    clinic["source"]["columns"] |= {"outcome": {}, "days": {"type": "integer", "required": False}}
    clinic["measures"]["deaths"] = {**COUNT, "where": {"outcome": ["died"]}}
    clinic["measures"]["mean"] = {**COUNT, "type": "mean", "column": "days"}
    assert "measures deaths and mean: count different parts" in refusal(clinic)


def test_a_part_by_the_column_of_a_dimension(clinic: dict[str, Any]) -> None:
    clinic["measures"]["women"] = {**COUNT, "where": {"sex": ["F"]}}
    assert "which the dimension sex shows too" in refusal(clinic)


def test_rows_beside_persons(clinic: dict[str, Any]) -> None:
    clinic["measures"]["rows"] = {**COUNT, "contributors": "rows"}
    found = refusal(clinic)
    assert "people by persons, rows by rows" in found
    assert "one person with many rows would be shown like many people" in found


def test_people_whom_the_source_has_counted_in_two_columns_are_two_parts(clinic: dict[str, Any]) -> None:
    counted = {**COUNT, "type": "sum", "contributors": "value", "absent": "zero"}
    del clinic["person"]
    clinic["source"]["columns"] |= {"cases": {"type": "integer"}, "deaths": {"type": "integer"}}
    clinic["measures"] = {"cases": {**counted, "column": "cases"}}
    check_protectable(Definition.model_validate(clinic))
    clinic["measures"]["deaths"] = {**counted, "column": "deaths"}
    assert "measures cases and deaths: count different parts" in refusal(clinic)


def test_a_sum_over_the_column_of_a_dimension(clinic: dict[str, Any]) -> None:
    clinic["measures"]["years"] = {**COUNT, "type": "sum", "column": "age"}
    assert "adds up the column of the dimension age_group" in refusal(clinic)


def test_one_column_of_the_source_under_two_names_is_one_column(clinic: dict[str, Any]) -> None:
    clinic["source"]["columns"]["years"] = {"type": "integer", "header": "age"}
    clinic["dimensions"]["age_broad"] = {**AGE, "column": "years"}
    assert "come from one column, age" in refusal(clinic)
    del clinic["dimensions"]["age_broad"]
    clinic["measures"]["old"] = {**COUNT, "where": {"years": ["90"]}}
    assert "which the dimension age_group shows too" in refusal(clinic)


def test_margins_whose_common_margin_is_not_published(clinic: dict[str, Any]) -> None:
    clinic["tables"]["by-sex-age"] = {
        "title": TITLE,
        "dimensions": ["sex", "age_group"],
        "margins": [["sex"], ["age_group"]],
    }
    assert "publish age_group and sex, but not the grand total" in refusal(clinic)
    clinic["tables"]["by-sex-age"]["margins"].append([])
    check_protectable(Definition.model_validate(clinic))


def test_a_margin_that_lies_between_two_published_ones(clinic: dict[str, Any]) -> None:
    """Total 44, cells 20, withheld, 12 and 9: the withheld one is 3, although no published sum has them all."""
    clinic["tables"] = {
        "crossed": {"title": TITLE, "dimensions": ["sex", "age_group"], "margins": [["sex", "age_group"], []]}
    }
    assert "but not age_group" in refusal(clinic)
    clinic["tables"]["crossed"]["margins"] += [["sex"], ["age_group"]]
    check_protectable(Definition.model_validate(clinic))


def test_a_margin_between_those_of_two_tables(clinic: dict[str, Any]) -> None:
    clinic["source"]["columns"]["ward"] = {}
    clinic["dimensions"]["ward"] = {**AGE, "column": "ward", "match": "code"}
    clinic["tables"] = {
        "fine": {"title": TITLE, "dimensions": ["ward", "sex", "age_group"], "margins": [["ward", "sex", "age_group"]]},
        "coarse": {"title": TITLE, "dimensions": ["ward"], "margins": [["ward"]]},
    }
    assert "publish age_group × sex × ward and ward, but not age_group × ward" in refusal(clinic)


def test_tables_without_totals_whose_common_margin_is_not_published(clinic: dict[str, Any]) -> None:
    clinic["source"]["columns"]["ward"] = {}
    clinic["dimensions"]["ward"] = {**AGE, "column": "ward", "match": "code", "total": False}
    clinic["dimensions"]["sex"]["total"] = False
    clinic["tables"]["by-sex-age"] = {"title": TITLE, "dimensions": ["sex", "age_group"]}
    clinic["tables"]["by-ward-age"] = {"title": TITLE, "dimensions": ["ward", "age_group"]}
    assert "but not" in refusal(clinic)


def test_margins_of_one_measure_alone(clinic: dict[str, Any]) -> None:
    """Fees by a × b and in all, counts everywhere: the total less what is shown was 0, so each withheld fee was 0."""
    clinic["source"]["columns"]["fee"] = {"type": "integer"}
    clinic["measures"]["fees"] = {**COUNT, "type": "sum", "column": "fee"}
    others = [name for name in clinic["measures"] if name != "fees"]
    crossed = {"title": TITLE, "dimensions": ["sex", "age_group"]}
    clinic["tables"] = {
        "fees": {**crossed, "measures": ["fees"], "margins": [["sex", "age_group"], []]},
        "counts": {**crossed, "measures": others},
    }
    assert "measures.fees: publish the grand total and age_group × sex, but not sex" in refusal(clinic)
    clinic["tables"]["fees"]["margins"] += [["sex"], ["age_group"]]
    check_protectable(Definition.model_validate(clinic))


def test_marks_of_absent_records(clinic: dict[str, Any]) -> None:
    counted = {**COUNT, "type": "sum", "column": "age", "contributors": "value", "absent": "partial"}
    clinic |= {"measures": {"days": counted}, "person": None}
    clinic["dimensions"].pop("age_group")
    clinic["tables"] = {"one": {"title": TITLE, "dimensions": ["sex"]}}
    check_protectable(Definition.model_validate(clinic))
    clinic["disclosure"]["zeros"] = "protect"
    assert "measures.days.absent: marks where records are absent (partial)" in refusal(clinic)
