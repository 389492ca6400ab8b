"""Deaths among cases in a table of their own: what is said to be a part, what is left of it, and what is told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from anonymization.policies import resolve_safety
from datasets.disclosure import Guarantee
from datasets.errors import DefinitionInvalid, DisclosureRisk, DisclosureRuleInvalid, SourceInvalid
from publishers.standalone.parts import left_over, sole_of
from publishers.standalone.rules_file import load_rules
from publishers.standalone.table_input import TableInput
from publishers.standalone.table_protection import Demand, ProtectedTable, protect_table
from tests.support.standalone import run
from tests.support.standalone_tables import read

RULES = """
dimensions: {province: {}, sex: {}}
measures: {cases: {}, deaths: {part_of: cases}}
safety: {policy: vn_proposed}
"""
HEADER = "province,sex,cases,deaths"
ROWS = "A,F,12,11\nA,M,30,20\nB,F,40,10\nB,M,50,12\n"


def table(folder: Path, rows: str = ROWS, rules: str = RULES, header: str = HEADER) -> TableInput:
    return read(folder, rows, rules, header)


def protect(folder: Path, given: TableInput, guarantee: Guarantee = "interval") -> ProtectedTable:
    rules = load_rules(folder / "rules.yaml")
    assert rules.safety is not None
    demand = Demand((resolve_safety(rules.safety),), guarantee, effort=0, singletons=rules.singletons == "protect")
    return protect_table(given, demand)


def shown(done: ProtectedTable, *codes: str) -> list[bool]:
    """Say of each measure whether a cell is shown."""
    (cell,) = [at for at in range(len(done.table)) if done.table.codes(at) == codes]
    return [not done.protected.withheld[done.block(place)][cell] for place in range(len(done.table.measures))]


def test_one_survivor_of_twelve_cases_is_not_shown_by_subtraction(tmp_path: Path) -> None:
    done = protect(tmp_path, table(tmp_path))
    assert shown(done, "A", "F") != [True, True]
    assert len(done.protected.withheld) == len(done.system) == 18
    assert not done.system.sensitive.any()
    plain = protect(tmp_path, table(tmp_path, rules=RULES.replace("{part_of: cases}", "{}")))
    assert not plain.protected.withheld.any()


def test_the_guarantee_exact_hides_the_survivor_too(tmp_path: Path) -> None:
    assert shown(protect(tmp_path, table(tmp_path), "exact"), "A", "F") != [True, True]


def test_what_is_left_of_a_part_of_a_part_is_protected_as_well(tmp_path: Path) -> None:
    rules = RULES.replace("{cases: {}, deaths: {part_of: cases}}", "{a: {}, b: {part_of: a}, c: {part_of: b}}")
    # Of 30 and 20, ten and nine are left; of all three that is one cell in which 27 of 30 are counted.
    given = table(tmp_path, "A,F,30,30,27\nA,M,60,40,20\nB,F,60,40,20\nB,M,60,40,20\n", rules, "province,sex,a,b,c")
    names = [one.measure.name for one in left_over(given)]
    assert names == ["what is left of a without b", "what is left of b without c", "what is left of a without c"]
    done = protect(tmp_path, given)
    first, second, third = shown(done, "A", "F")
    assert not (first and third)
    assert not (second and third)


def test_a_part_larger_than_its_whole_is_refused_by_cell_and_without_values(tmp_path: Path) -> None:
    rows = ROWS.replace("A,F,12,11", "A,F,12,17")
    with pytest.raises(SourceInvalid) as caught:
        table(tmp_path, rows)
    (problem,) = caught.value.problems
    assert problem.place == "deaths, province=A, sex=F"
    assert problem.rule == "is larger than cases, of which it is said to be a part"
    assert problem.remedy == "correct the table, or take part_of back"


def test_many_such_cells_are_counted(tmp_path: Path) -> None:
    rows = "".join(f"p{number},F,5,9\np{number},M,50,9\n" for number in range(40))
    with pytest.raises(SourceInvalid, match="deaths: 31 more cells: is larger than cases, of which"):
        table(tmp_path, rows)


@pytest.mark.parametrize(
    ("people", "told"),
    [("8,9", "has more contributors than cases"), ("12,1", "leaves more contributors of cases than it leaves things")],
)
def test_contributors_that_contradict_part_and_whole_are_refused(tmp_path: Path, people: str, told: str) -> None:
    rules = RULES.replace("{cases: {}, deaths: {", "{cases: {contributors: n}, deaths: {contributors: m, ")
    rows = f"A,F,12,11,{people}\nA,M,30,20,30,20\nB,F,40,10,40,10\nB,M,50,12,50,12\n"
    with pytest.raises(SourceInvalid, match=told):
        table(tmp_path, rows, rules, f"{HEADER},n,m")


def test_the_fewest_contributors_are_taken_where_nobody_knows_who_is_in_both(tmp_path: Path) -> None:
    rules = RULES.replace("{cases: {}, deaths: {", "{cases: {contributors: n}, deaths: {contributors: m, ")
    rows = "A,F,12,2,8,2\nA,M,30,20,20,20\nB,F,40,40,20,20\nB,M,50,12,50,12\n"
    (left,) = left_over(table(tmp_path, rows, rules, f"{HEADER},n,m"))
    people = left.measure.contributors.reshape(3, 3)[1:, 1:].tolist()
    # Of 20 people with 30 stays, all have stays in the part, and some have the ten that are left.
    assert people == [[6, 1], [0, 38]]


def test_records_tell_whose_the_rest_is(tmp_path: Path) -> None:
    rules = RULES + "records: {contributor: person}\n"
    rules = rules.replace("{cases: {}, deaths: {part_of: cases}}", "{stays: {}, urgent: {column: u, part_of: stays}}")
    rows = "".join(f"A,F,p{number},{urgent}\n" for number in range(9) for urgent in (0, 1))
    rows += "A,M,q0,1\nA,M,q1,0\nB,F,r0,1\nB,F,r0,1\nB,M,s0,0\nB,M,s0,1\n"
    given = table(tmp_path, rows, rules, "province,sex,person,u")
    (left,) = left_over(given)
    assert left.measure.contributors.reshape(3, 3)[1:, 1:].tolist() == [[9, 1], [0, 1]]
    sole = sole_of(given, given.relations(), left_over(given)).reshape(3, 3, 3)[:, 1:, 1:]
    # Two people are alone in the parts of what is one cell; one is alone in a whole and knows what the others hold.
    assert (sole[:, 0, 0] == -1).all()
    assert sole[0, 0, 1] == -1
    assert sole[1, 0, 1] != sole[2, 0, 1]
    assert len(set(sole[:, 1, 0].tolist())) == len(set(sole[:, 1, 1].tolist())) == 1
    assert (sole[:, 1] >= 0).all()


def test_a_record_with_more_in_the_part_is_refused(tmp_path: Path) -> None:
    rules = RULES + "records: {contributor: person}\n"
    rules = rules.replace("{cases: {}, deaths: {", "{cases: {}, deaths: {column: d, ")
    with pytest.raises(SourceInvalid, match=r"t\.csv row 3, column d: is larger than cases, of which it is said"):
        table(tmp_path, "A,F,p,1\nA,M,q,2\nB,F,r,0\n", rules, "province,sex,person,d")


def test_people_in_other_measures_are_others(tmp_path: Path) -> None:
    rules = RULES.replace("{cases: {}, ", "{births: {}, cases: {}, ")
    given = table(tmp_path, "A,F,1,1,1\nA,M,2,9,8\nB,F,1,9,9\nB,M,9,1,0\n", rules, "province,sex,births,cases,deaths")
    sole = sole_of(given, given.relations(), left_over(given)).reshape(4, 3, 3)[:, 1:, 1:]
    births, cases, deaths, left = sole
    assert births[0, 0] != cases[0, 0] >= 0
    # Who is alone among the cases knows that nobody is left, or that nobody died.
    assert cases[0, 0] == deaths[0, 0] == left[0, 0]
    assert cases[1, 1] == deaths[1, 1] == left[1, 1] >= 0
    assert left[0, 1] not in (-1, cases[0, 0], cases[1, 1])


def test_whoever_is_alone_among_the_cases_does_not_stop_the_table(tmp_path: Path) -> None:
    rules = RULES.replace("vn_proposed", "vn_proposed, zeros: protect, reason: {vi: thử, en: a test}")
    rows = "A,F,1,0\nA,M,30,20\nB,F,40,10\nB,M,50,12\nC,F,60,20\nC,M,1,1\n"
    done = protect(tmp_path, table(tmp_path, rows, rules))
    assert shown(done, "A", "F") == shown(done, "C", "M") == [False, False]


def test_who_is_alone_among_the_deaths_does_not_find_the_survivors(tmp_path: Path) -> None:
    rows = ROWS.replace("A,F,12,11", "A,F,5,1")
    done = protect(tmp_path, table(tmp_path, rows))
    # Five cases less their own are four.
    assert shown(done, "A", "F") == [False, False]
    ignored = protect(tmp_path, table(tmp_path, rows.replace("A,F,5,1", "A,F,6,1"), RULES + "singletons: ignore\n"))
    assert shown(ignored, "A", "F") == [True, False]


def test_where_nobody_died_the_survivors_are_known_to_be_one_at_least(tmp_path: Path) -> None:
    # Both women and men of A are known to be one at least, and none of them died: two cannot seem to be fewer.
    done = protect(tmp_path, table(tmp_path, "A,F,1,0\nA,M,1,0\nB,F,40,10\nB,M,50,12\n"))
    assert shown(done, "A", "_T") == [False, True]
    both = protect(tmp_path, table(tmp_path, "A,F,1,0\nA,M,1,0\nB,F,1,0\nB,M,1,0\n"))
    assert not any(shown(both, province, sex)[0] for province in ("A", "B", "_T") for sex in ("F", "M", "_T"))


def test_structural_zeros_are_left_alone(tmp_path: Path) -> None:
    rules = RULES.replace("vn_proposed", "vn_proposed, zeros: protect, reason: {vi: thử, en: a test}")
    rules += "structural_zeros: [{province: C, sex: M}]\n"
    done = protect(tmp_path, table(tmp_path, ROWS + "C,F,30,15\nC,M,0,0\n", rules))
    assert shown(done, "C", "M") == [True, True]


def test_a_refusal_says_what_is_left_in_words(tmp_path: Path) -> None:
    given = table(tmp_path, rules=RULES + "frozen: [{province: [A, B]}]\n")
    with pytest.raises(DisclosureRisk) as caught:
        protect(tmp_path, given)
    (problem,) = caught.value.problems
    assert problem.place == "what is left of cases without deaths in province=A, sex=F"
    assert "singletons" not in problem.remedy
    assert "do not freeze at least one of: " in problem.remedy


def test_rules_about_facilities_cannot_judge_what_is_left(tmp_path: Path) -> None:
    rules = RULES.replace("vn_proposed", "vn_proposed, units: {fewest: 2}, reason: {vi: thử, en: a test}")
    rules = rules.replace("{cases: {}, deaths: {", "{cases: {}, deaths: {column: d, ")
    rules += "records: {contributor: person, unit: clinic}\n"
    rows = "".join(f"A,F,p{number},1,h{number}\nB,M,q{number},1,h{number}\n" for number in range(9))
    given = table(tmp_path, rows, rules, "province,sex,person,d,clinic")
    with pytest.raises(DisclosureRuleInvalid, match="measure deaths, part_of: the facilities behind what is left"):
        protect(tmp_path, given)
    rules = rules.replace(", units: {fewest: 2}", "")
    done = protect(tmp_path, table(tmp_path, rows, rules, "province,sex,person,d,clinic"))
    assert shown(done, "A", "F") == [True, True]


@pytest.mark.parametrize(
    ("measures", "told"),
    [
        ("{cases: {}, deaths: {part_of: case}}", "key measures.deaths.part_of: case is not a measure. Did you mean"),
        ("{cases: {}, deaths: {part_of: deaths}}", "a measure cannot be a part of itself"),
        ("{cases: {part_of: deaths}, deaths: {part_of: cases}}", "or of one of its parts. name one that counts more"),
        ("{cases: {kind: sum, contributors: n}, deaths: {part_of: cases}}", "cases is a sum"),
        ("{cases: {}, deaths: {kind: sum, contributors: n, part_of: cases}}", "deaths is a sum"),
        ("{cases: {largest: [n]}, deaths: {part_of: cases}}", "cases has largest contributions"),
        ("{cases: {}, deaths: {largest: [n], part_of: cases}}", "deaths has largest contributions"),
        (
            "{cases: {}, deaths: {part_of: x}, x: {part_of: cases}, y: {part_of: y}}",
            "key measures.y.part_of: a measure",
        ),
        ("{cases: {}, deaths: {part_of: x}, x: {part_of: x}}", "key measures.x.part_of: a measure cannot"),
    ],
)
def test_what_cannot_be_a_part_is_refused_with_its_key(tmp_path: Path, measures: str, told: str) -> None:
    with pytest.raises(DefinitionInvalid) as caught:
        table(tmp_path, rules=RULES.replace("{cases: {}, deaths: {part_of: cases}}", measures))
    assert told in str(caught.value)


# What is told ---------------------------------------------------------------------------------------------------------


def test_what_might_be_a_part_is_told_of_in_the_report_and_by_the_command(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"{HEADER}\n{ROWS}")
    (tmp_path / "rules.yaml").write_text(RULES.replace("{part_of: cases}", "{}"))
    command: list[str | Path] = ["protect", tmp_path / "t.csv", "--rules", tmp_path / "rules.yaml", "--out"]
    printed = run(*command, tmp_path / "out")
    note = "deaths is nowhere more than cases: if it counts some of the same people, say part_of: cases, because"
    assert f"Note: {note}" in printed.stdout
    report = (tmp_path / "out" / "report.md").read_text()
    assert note in report
    assert "deaths không ở ô nào lớn hơn cases" in report
    (told,) = json.loads(run(*command, tmp_path / "out2", "--json").stdout)["notes"]
    assert told["en"].startswith(note)
    (tmp_path / "rules.yaml").write_text(RULES)
    printed = run(*command, tmp_path / "out3")
    assert "Note:" not in printed.stdout
    report = (tmp_path / "out3" / "report.md").read_text()
    assert "deaths counts some of cases: what is left is protected as if it were published too." in report
    assert "deaths đếm một phần của cases" in report


@pytest.mark.parametrize(
    ("measures", "row", "told"),
    [
        ("a: {}, b: {}", "9,9", []),  # the same everywhere: nothing is left
        ("a: {}, b: {}", "9,10", ["a is nowhere more than b"]),
        ("a: {}, b: {part_of: a}", "9,8", []),
        ("a: {}, b: {part_of: a}, c: {}", "9,8,7", ["c is nowhere more than b"]),
        ("a: {}, b: {part_of: a}, c: {part_of: b}", "9,8,7", []),
        # Nowhere more than its own part, because that is not smaller anywhere either.
        ("a: {}, b: {part_of: a}, c: {part_of: b}", "9,9,9", []),
        ("a: {}, b: {kind: sum, contributors: a}", "9,99", []),
    ],
)
def test_only_counts_that_are_nowhere_more_are_told_of(
    tmp_path: Path, measures: str, row: str, told: list[str]
) -> None:
    rules = RULES.replace("{cases: {}, deaths: {part_of: cases}}", f"{{{measures}}}")
    header = ",".join(["province", "sex", *"abc"[: row.count(",") + 1]])
    given = table(tmp_path, f"A,F,{row}\nB,F,{row}\n", rules, header)
    assert [note.en.split(":")[0] for note in given.undeclared] == told
    assert set(given.undeclared) <= set(given.notes)


def test_without_parts_soles_and_systems_are_as_they_were(tmp_path: Path) -> None:
    given = table(tmp_path, "A,F,1,1\nA,M,9,1\nB,F,1,7\nB,M,9,9\n", RULES.replace("{part_of: cases}", "{}"))
    assert left_over(given) == ()
    sole = sole_of(given, given.relations(), ()).reshape(2, 9)
    alone = np.array([one.contributors for one in given.measures]) == 1
    assert ((sole >= 0) == alone).all()
    assert not set(sole[0][alone[0]]) & set(sole[1][alone[1]])
