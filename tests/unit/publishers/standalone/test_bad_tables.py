"""What is wrong with a table or its rules is named by row, column and code."""

from __future__ import annotations

from pathlib import Path

import pytest

from datasets.errors import DefinitionInvalid, SourceInvalid, YtemoError
from tests.support.standalone_tables import ROWS, RULES, read

CHANGED = "perturbation: {policy: vn_propose, method: conventional_rounding, base: 3, reason: {vi: a, en: b}}"
HOSTILE = {
    "a cell twice": (
        ROWS + "a,F,5\n",
        RULES,
        "t.csv row 8: is about area=a, sex=F, as t.csv row 2 is. give every cell once, with all columns under dim",
    ),
    "a code without a place": (ROWS + "d,F,5\n", RULES, "t.csv, column area: the code d is in no hierarchy"),
    "an empty code": (ROWS + ",F,5\n", RULES, "t.csv row 8, column area: is empty"),
    "no count": (
        ROWS.replace("a,F,5", "a,F,5.5"),
        RULES,
        "t.csv row 2, column cases: is not a whole number of 0 or more",
    ),
    "a negative count": (
        ROWS.replace("a,F,5", "a,F,-5"),
        RULES,
        "t.csv row 2, column cases: is not a whole number of 0 or more",
    ),
    "no measure": (ROWS, RULES.replace("cases: {}", "deaths: {}"), "t.csv row 1: the column deaths is missing"),
    "a circle": (ROWS, RULES.replace("south: [c]", "south: [c, north], c: [south]"), "hierarchy 1 of area: the codes"),
    "two parents": (ROWS, RULES.replace("south: [c]", "south: [b, c]"), "the code b has two parents"),
    "a hierarchy of two kinds": (ROWS, RULES.replace("{parents:", "{file: x, parents:"), "give file or parents"),
    "no hierarchy file": (ROWS, RULES.replace("{parents: {north: [a, b], south: [c]}}", "{file: x.csv}"), "x.csv"),
    "an unknown frozen code": (ROWS, RULES + "frozen: [{area: west}]\n", "frozen, area: west is not a code"),
    "a misspelt frozen code": (ROWS, RULES + "frozen: [{area: nort}]\n", "did you mean north? use its codes, or _T"),
    "a code of a hierarchy without rows": (
        ROWS,
        RULES.replace("south: [c]", "south: [c, d]"),
        "t.csv: the code d of area is in a hierarchy, but in no row",
    ),
    "somebody where nobody can be": (
        ROWS,
        RULES + "structural_zeros: [{area: a}]\n",
        "t.csv: area=a, sex=F is one of the structural_zeros of the rules, and is not empty",
    ),
    "rules that are a table": (
        ROWS,
        ROWS,
        "rules.yaml: must be a mapping: lines of the form key: value. start with the",
    ),
    "rules of nothing": (ROWS, "", "start with the key dimensions"),
    "a policy that nobody has": (
        ROWS,
        RULES.replace("vn_proposed", "vn_propose"),
        "rules.yaml line 7, key safety.policy: vn_propose is not a known policy. Did you mean vn_proposed?",
    ),
    "a policy that cannot be applied": (
        ROWS,
        RULES.replace("vn_proposed", "statcan_census"),
        "key safety.policy: statcan_census cannot be applied here: every count is randomly rounded to base 5",
    ),
    "a weaker rule without a reason": (
        ROWS,
        RULES.replace("policy: vn_proposed", "policy: vn_proposed, frequency: 3"),
        "key safety.frequency: protects less than the policy vn_proposed, without a reason. write safety.reason in",
    ),
    "a policy that protects nothing": (
        ROWS,
        RULES.replace("vn_proposed", "already_public"),
        "key safety.policy: already_public protects nothing",
    ),
    "a policy that nobody has, of changed counts": (
        ROWS,
        RULES.replace("safety: {policy: vn_proposed}", CHANGED),
        "key perturbation.policy: vn_propose is not a known policy. Did you mean vn_proposed?",
    ),
    "an unknown dimension": (ROWS, RULES + "frozen: [{aera: a}]\n", "aera is not a dimension. Did you mean area?"),
    "an unknown key": (ROWS, RULES + "frozn: []\n", "key frozn: frozn is not a key here. Did you mean frozen?"),
    "an unknown rule": (ROWS, RULES.replace("policy: vn", "frequncy: 3, policy: vn"), "Did you mean frequency?"),
    "a sum of nobody": (ROWS, RULES.replace("cases: {}", "cases: {kind: sum}"), "needs to know who contributes"),
    "a rate of nothing": (ROWS, RULES + "rates: {r: {numerator: x, denominator: cases}}\n", "x is not a measure"),
    "weights for nothing": (ROWS, RULES + "weights: cases\n", "belong together"),
    "only totals": ("_T,F,3\n", RULES, "area has only the total"),
    "population of nothing": (ROWS, RULES + "population: {dimension: x, file: y}\n", "is not a dimension"),
    "a measure named as a dimension": (ROWS, RULES.replace("cases: {}", "sex: {}"), "has the name of a dimension"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_bad_input_is_named(tmp_path: Path, case: str) -> None:
    rows, rules, told = HOSTILE[case]
    with pytest.raises(YtemoError) as refused:
        read(tmp_path, rows, rules)
    assert told in str(refused.value)
    assert "5.5" not in str(refused.value)


def test_only_what_is_lost_by_itself_is_told(tmp_path: Path) -> None:
    """Each total that is lost with a part needs no row."""
    with pytest.raises(SourceInvalid) as refused:
        read(tmp_path, ROWS.replace("a,F,5\n", "").replace("b,M,0\n", ""), RULES.replace("south: [c]", "south: [c, d]"))
    told = [(one.place, one.rule) for one in refused.value.problems]
    assert told == [
        ("t.csv", "the code d of area is in a hierarchy, but in no row"),
        ("t.csv", "the cell area=a, sex=F is missing"),
        ("t.csv", "the cell area=b, sex=M is missing"),
    ]


def test_of_many_problems_the_first_are_told(tmp_path: Path) -> None:
    rules = "dimensions: {d: {}, e: {}}\nmeasures: {n: {}}\nsafety: {policy: vn_proposed}\n"
    inner = [f"{d},{e},7\n" for d in range(5) for e in range(5)]
    for rows, more, last in (
        (inner[::6] + inner[5:6], rules, "9 more cells are missing"),
        (inner * 2, rules, "15 more rows are about a cell of an earlier one"),
        (inner, rules + "structural_zeros: [{e: [0, 1, 2]}]\n", "5 more of them are not empty"),
    ):
        with pytest.raises(SourceInvalid) as refused:
            read(tmp_path, "".join(rows), more, "d,e,n")
        assert len(refused.value.problems) == 11
        assert refused.value.problems[-1].rule == last


def test_a_total_that_has_to_be_empty_and_is_not(tmp_path: Path) -> None:
    rows, rules = ROWS + "north,M,9\n", RULES + "structural_zeros: [{area: north, sex: _T}]\n"
    with pytest.raises(SourceInvalid, match="area=north, sex=_T is one of the structural_zeros"):
        read(tmp_path, rows, rules)


def test_too_many_cells(tmp_path: Path) -> None:
    dimensions = "".join(f"  d{n}: {{}}\n" for n in range(8))
    rules = f"dimensions:\n{dimensions}measures: {{cases: {{}}}}\nsafety: {{policy: vn_proposed}}\n"
    rows = "".join(",".join([f"c{row}"] * 8) + ",1\n" for row in range(9))
    with pytest.raises(SourceInvalid, match="crossing them makes 100,000,000 cells"):
        read(tmp_path, rows, rules, ",".join([*(f"d{n}" for n in range(8)), "cases"]))


def test_rules_are_utf8_yaml(tmp_path: Path) -> None:
    with pytest.raises(DefinitionInvalid, match="is not YAML"):
        read(tmp_path, rules=RULES + "a: [b\n")
