"""How a definition says that its counts are changed: the keys of each method, and what is told of mistakes, by line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from datasets.definition_files import load_definition
from datasets.disclosure import DisclosureChoice, DisclosureRules
from datasets.perturbation_choice import (
    CellKey,
    ControlledRounding,
    ConventionalRounding,
    DifferentialPrivacy,
    RandomRounding,
    SmallCountRounding,
    chosen_method,
)
from tests.support.definition_texts import STATISTICS, broken, write_definition

DISCLOSURE = STATISTICS[STATISTICS.index("disclosure:") :]
LINE = STATISTICS[: STATISTICS.index("disclosure:")].count("\n") + 1
REASON = "  reason: {vi: một phép thử, en: a test}\n"


def said(*lines: str, reason: str = REASON) -> tuple[str, str]:
    return DISCLOSURE, "disclosure:\n" + "".join(f"  {line}\n" for line in lines) + reason


def choice(tmp_path: Path, *lines: str) -> Any:
    return load_definition(write_definition(tmp_path, STATISTICS.replace(*said(*lines)))).definition.disclosure


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("random_rounding", RandomRounding),
        ("conventional_rounding", ConventionalRounding),
        ("controlled_rounding", ControlledRounding),
        ("small_count_rounding", SmallCountRounding),
    ],
)
def test_rounding_has_a_base(tmp_path: Path, method: str, kind: type[Any]) -> None:
    found: Any = choice(tmp_path, "policy: vn_proposed", f"method: {method}", "base: 5")
    assert isinstance(found, kind)
    assert (found.policy, found.method, found.base) == ("vn_proposed", method, 5)


def test_cell_keys_have_noise_that_is_made_or_given(tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    made = choice(tmp_path, "policy: cms_cell", "method: cell_key", "record_key: person", "variance: 1.5", "largest: 4")
    given = choice(tmp_path / "given", "policy: cms_cell", "method: cell_key", "noise_table: noise.csv", "keys: 4096")
    assert isinstance(made, CellKey)
    assert isinstance(given, CellKey)
    assert (made.keys, made.variance, made.largest, made.noise_table, made.ready_keys) == (256, 1.5, 4, None, False)
    assert (given.keys, given.variance, given.largest, given.noise_table) == (4096, None, None, "noise.csv")


def test_differential_privacy_bounds_a_person_and_spends_of_a_budget(tmp_path: Path) -> None:
    found = choice(
        tmp_path,
        "policy: vn_proposed",
        "method: differential_privacy",
        "rho: 0.5",
        "cells_per_person: 3",
        "budget: {population: patients, rho: 2}",
    )
    assert isinstance(found, DifferentialPrivacy)
    assert (found.rho, found.epsilon, found.delta) == (0.5, None, None)
    assert (found.cells_per_person, found.records_per_cell) == (3, 1)
    assert (found.budget.population, found.budget.unit, found.budget.rho) == ("patients", "person", 2)


@pytest.mark.parametrize(
    ("lines", "line", "place", "says"),
    [
        (
            ("policy: vn_proposed", "method: random_rounding", "base: 5", "threshold: 9"),
            4,
            "disclosure.threshold",
            "threshold is not for method: random_rounding. leave it out, or use a method that has it: suppression",
        ),
        (
            ("policy: vn_proposed", "method: cell_key", "variance: 2", "largest: 5", "denominators: {events: 20}"),
            5,
            "disclosure.denominators",
            "denominators is not for method: cell_key. leave it out, or use a method that has it: suppression",
        ),
        (
            ("policy: vn_proposed", "threshold: 9", "base: 5"),
            3,
            "disclosure.base",
            "base is not for method: suppression. leave it out, or use a method that has it: random_rounding,",
        ),
        (
            ("policy: vn_proposed", "method: random_rounding", "bas: 5"),
            3,
            "disclosure.bas",
            "bas is not a key here. Did you mean base? Allowed: policy, method, base, reason",
        ),
        (
            ("policy: vn_proposed", "method: random_rounding"),
            0,
            "disclosure",
            "the key base is missing. Every published count is a multiple of it; 3, 5 and 10 are usual.",
        ),
        (
            ("policy: vn_proposed", "method: conventional_rounding", "base: 1"),
            3,
            "disclosure.base",
            "must be greater than or equal to 2. Every published count is a multiple of it; 3, 5 and 10 are usual.",
        ),
        (
            ("policy: vn_proposed", "method: conventional_rounding", "base: five"),
            3,
            "disclosure.base",
            "must be a whole number. Every published count is a multiple of it; 3, 5 and 10 are usual.",
        ),
        (
            ("policy: vn_proposed", "method: roundom_rounding", "base: 5"),
            2,
            "disclosure.method",
            "'roundom_rounding' is not allowed here. Did you mean random_rounding? Allowed: suppression, none,"
            " random_rounding, conventional_rounding, controlled_rounding, small_count_rounding, cell_key,"
            " differential_privacy",
        ),
        (
            ("policy: vn_proposed", "method: cell_key", "variance: 2", "largest: 5", "record_key: persn"),
            5,
            "disclosure.record_key",
            "names persn, which is not declared. Did you mean person?",
        ),
        (
            ("policy: vn_proposed", "method: cell_key"),
            0,
            "disclosure",
            "says no noise. give variance and largest, such as 2 and 5, or name a noise_table",
        ),
        (
            ("policy: vn_proposed", "method: cell_key", "variance: 2"),
            0,
            "disclosure",
            "says no noise. give variance and largest, such as 2 and 5, or name a noise_table",
        ),
        (
            ("policy: vn_proposed", "method: cell_key", "variance: 2", "noise_table: noise.csv"),
            0,
            "disclosure",
            "noise comes from a file or is made. give noise_table alone, or variance and largest",
        ),
        (
            ("policy: vn_proposed", "method: cell_key", "variance: 2", "largest: 5", "keys: 100"),
            0,
            "disclosure",
            "keys must be a power of two. write 256 or 4096",
        ),
        *(
            (
                ("policy: vn_proposed", "method: differential_privacy", "cells_per_person: 2", *lines),
                0,
                "disclosure",
                says,
            )
            for lines, says in (
                (("budget: {population: patients, rho: 1}",), "must spend epsilon or rho. give one of them"),
                (
                    ("rho: 1", "epsilon: 1", "budget: {population: patients, rho: 1}"),
                    "must spend epsilon or rho. give one of them",
                ),
                (
                    ("rho: 1.1", "budget: {population: patients, rho: 1}"),
                    "spends more rho than its budget has. lower it, which means more noise",
                ),
                (
                    ("epsilon: 1", "delta: 0.000001", "budget: {population: patients, epsilon: 1}"),
                    "has a delta, which says how rho is told. leave it out with epsilon",
                ),
            )
        ),
        *(
            (
                ("policy: vn_proposed", "method: differential_privacy", f"{spent}: 1", "cells_per_person: 2", *lines),
                line,
                place,
                says,
            )
            for spent, lines, line, place, says in (
                (
                    "rho",
                    ("budget: {population: patients, epsilon: 1}",),
                    5,
                    "disclosure.budget",
                    "has no limit of rho, which is what each release spends. write budget.rho, such as rho: 2",
                ),
                (
                    "epsilon",
                    ("budget: {population: patients}",),
                    5,
                    "disclosure.budget",
                    "has no limit of epsilon, which is what each release spends. write budget.epsilon, such as",
                ),
                (
                    "rho",
                    ("budget: {population: patients, epsilon: 1, rho: 1}",),
                    5,
                    "disclosure.budget",
                    "has a limit of epsilon as well, of which nothing is spent. leave budget.epsilon out",
                ),
                (
                    "rho",
                    (),
                    0,
                    "disclosure",
                    "the key budget is missing. What all releases of these people may spend together, such as"
                    " `budget: {population: inpatients, rho: 2}`",
                ),
            )
        ),
        (
            (
                "policy: vn_proposed",
                "method: differential_privacy",
                "rho: nan",
                "cells_per_person: 2",
                "budget: {population: patients, rho: 1}",
            ),
            3,
            "disclosure.rho",
            "",
        ),
        (
            ("policy: vn_proposed", "method: cell_key", "variance: 2", "largest: 5", "ready_keys: true"),
            0,
            "disclosure",
            "ready_keys needs record_key. name the column that holds the keys",
        ),
    ],
)
def test_a_mistake_is_told_with_line_key_rule_and_remedy(
    tmp_path: Path, lines: tuple[str, ...], line: int, place: str, says: str
) -> None:
    found = broken(tmp_path, said(*lines))
    assert any(one.startswith(f"dataset.yaml line {LINE + line}, key {place}: {says}") for one in found), "\n".join(
        found
    )


def test_readers_are_always_told_why(tmp_path: Path) -> None:
    found = broken(tmp_path, said("policy: vn_proposed", "method: random_rounding", "base: 5", reason=""))
    assert found == [
        f"dataset.yaml line {LINE}, key disclosure: the key reason is missing. Why counts are changed instead of"
        " withheld as the policy has it; readers are told it."
    ]


def test_a_reason_needs_both_languages(tmp_path: Path) -> None:
    given = said("policy: vn_proposed", "method: random_rounding", "base: 5", reason="  reason: {vi: một phép thử}\n")
    (found,) = broken(tmp_path, given)
    assert found.startswith(f"dataset.yaml line {LINE + 4}, key disclosure.reason: the key en is missing.")


def test_what_is_no_mapping_is_told_as_before(tmp_path: Path) -> None:
    (found,) = broken(tmp_path, (DISCLOSURE, "disclosure: cell_key\n"))
    assert f"dataset.yaml line {LINE}, key disclosure: must be a mapping" in found


def test_a_method_is_read_off_mappings_and_models() -> None:
    assert chosen_method(DisclosureChoice(policy="vn_proposed")) == "policy"
    assert chosen_method({"method": ["cell_key"]}) == "policy"
    assert chosen_method(None) == "policy"
    assert chosen_method({"method": "random_rounding"}) == "random_rounding"


@pytest.mark.parametrize(
    "keys", [{"method": "random_rounding"}, {"method": "suppression", "perturbation": {"base": 5}}]
)
def test_rules_say_how_exactly_where_counts_were_changed(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="do not belong together"):
        DisclosureRules.model_validate({"policy": "vn_proposed", "threshold": 5, "zeros": "publish", **keys})
