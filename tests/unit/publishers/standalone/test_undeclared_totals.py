"""A total that the rules do not name would be added up as one more part: it is refused by its name or its numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from datasets.errors import SourceInvalid
from tests.support.standalone import run
from tests.support.standalone_tables import read

RULES = "dimensions: {{area: {0}, sex: {1}}}\nmeasures: {{cases: {{}}}}\nsafety: {{policy: vn_proposed}}\n"
INNER = {("a", "F"): 12, ("a", "M"): 3, ("b", "F"): 25, ("b", "M"): 30, ("c", "F"): 8, ("c", "M"): 14}


def with_totals(area: str = "", sex: str = "") -> str:
    """Return the rows with totals of both sexes, of all areas, or of both, under these names."""
    cells = dict(INNER)
    if sex:
        cells |= {(one, sex): cells[one, "F"] + cells[one, "M"] for one in "abc"}
    if area:
        sexes = dict.fromkeys(each for _, each in cells)
        cells |= {(area, each): sum(cells[one, each] for one in "abc") for each in sexes}
    return "".join(f"{one},{each},{cases}\n" for (one, each), cases in cells.items())


def refused(folder: Path, rows: str, rules: str) -> list[str]:
    """Return what is told of a table that is refused."""
    with pytest.raises(SourceInvalid) as error:
        read(folder, rows, rules)
    return [str(one) for one in error.value.problems]


def test_a_sum_of_all_others_is_told_with_the_key_that_declares_it(tmp_path: Path) -> None:
    told = refused(tmp_path, with_totals("X", "Y"), RULES.format("{}", "{}"))
    assert told == [
        f"t.csv, column {name}: the code {code} is the sum of the others wherever it stands, so that it seems to be the"
        f" total. say total: {code} below {name} in the rules; if it is one more part, say total: _T there"
        for name, code in (("area", "X"), ("sex", "Y"))
    ]


@pytest.mark.parametrize("name", ["Tổng số", "TOTAL", "cả nước"])
def test_what_is_called_like_a_total_is_told_even_where_it_does_not_add_up(tmp_path: Path, name: str) -> None:
    rows = with_totals(area=name).replace(f"{name},F,45", f"{name},F,46")
    assert refused(tmp_path, rows, RULES.format("{}", "{}"))[0].startswith(
        f"t.csv, column area: the code {name} is called like a total. say total: {name} below area"
    )


def test_what_the_rules_declare_is_what_they_say(tmp_path: Path) -> None:
    declared = read(tmp_path, with_totals("X", "Tổng"), RULES.format("{total: X}", "{total: Tổng}"))
    assert len(declared) == 4 * 3
    one_more = read(tmp_path, with_totals("X", "Tổng"), RULES.format("{total: _T}", "{total: _T}"))
    assert len(one_more) == 5 * 4


def test_a_table_with_its_totals_and_one_with_hierarchies_are_what_they_say(tmp_path: Path) -> None:
    above = with_totals("_T") + "d,F,45\nd,M,47\n"
    above = above.replace("_T,F,45", "_T,F,90").replace("_T,M,47", "_T,M,94")
    assert len(read(tmp_path, above, RULES.format("{}", "{}"))) == 5 * 3
    parents = "{hierarchies: [{parents: {north: [a, b, c], south: [X]}}]}"
    assert len(read(tmp_path, with_totals("X"), RULES.format(parents, "{}"))) == 7 * 3


@pytest.mark.parametrize(
    ("rows", "suspected"),
    [
        ({"a": 5, "b": 3, "c": 2}, False),  # met once, of two others: chance
        ({"a": 6, "b": 3, "c": 2, "d": 1}, True),
        ({"a": 6, "b": 6}, False),  # women and men, who happen to be as many
        ({"a": 0, "b": 0, "c": 0, "d": 0}, False),
        ({"a": 6, "b": 6, "c": 0, "d": 0}, False),
        ({"a": 7, "b": 3, "c": 2, "d": 1}, False),
    ],
)
def test_chance_is_not_taken_for_a_total(tmp_path: Path, rows: dict[str, int], suspected: bool) -> None:
    rules = "dimensions: {area: {}}\nmeasures: {cases: {}}\nsafety: {policy: vn_proposed}\n"
    text = "".join(f"{code},{cases}\n" for code, cases in rows.items())
    if suspected:
        with pytest.raises(SourceInvalid, match="the code a is the sum of the others"):
            read(tmp_path, text, rules, "area,cases")
    else:
        assert len(read(tmp_path, text, rules, "area,cases")) == len(rows) + 1


def test_all_measures_have_to_add_up_and_rounded_ones_nearly(tmp_path: Path) -> None:
    rules = RULES.format("{}", "{}").replace("cases: {}", "cases: {}, cost: {kind: sum, contributors: cases}")
    rows = [line.split(",") for line in with_totals("X").splitlines()]
    near = "".join(f"{area},{sex},{cases},{float(cases) + 0.01}\n" for area, sex, cases in rows)
    far = "".join(f"{area},{sex},{cases},{len(area + cases) + ord(area)}\n" for area, sex, cases in rows)
    header = "area,sex,cases,cost"
    with pytest.raises(SourceInvalid, match="the code X is the sum of the others"):
        read(tmp_path, near, rules, header)
    assert len(read(tmp_path, far, rules, header)) == 5 * 3


def test_tau_argus_tables_too(tmp_path: Path) -> None:
    rows = [line.split(",") for line in with_totals("Total", "Total").splitlines()]
    (tmp_path / "t.tab").write_text("".join(f'"{area}";"{sex}";{cases}\n' for area, sex, cases in rows))
    variables = "".join(f'{name}\n  <RECODEABLE>\n  <TOTCODE> "Tot"\n' for name in ("area", "sex"))
    (tmp_path / "t.rda").write_text(f'<SEPARATOR> ";"\n{variables}cases\n  <FREQUENCY>\n')
    arguments = (tmp_path / "t.tab", "--rules", tmp_path / "t.rda", "--safety-rule", "FREQ(5,10)")
    done = run("protect", *arguments, "--out", tmp_path / "out")
    assert done.exit_code == 21
    assert 'write <TOTCODE> "Total" below area in the .rda' in done.stderr
    (tmp_path / "t.rda").write_text((tmp_path / "t.rda").read_text().replace('"Tot"', '"Total"'))
    assert run("protect", *arguments, "--out", tmp_path / "out").exit_code == 0
