"""Sums, counts and decisions in one table: each measure by the rules that are meant for it, and nothing in silence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anonymization.policies import resolve_safety
from anonymization.primary.sensitivity import Reason
from datasets.errors import DefinitionInvalid, DisclosureRuleInvalid, SettingInvalid
from publishers.standalone.output import check_free, write_file, write_folder
from publishers.standalone.report import report_of
from publishers.standalone.report_page import markdown, page
from publishers.standalone.report_text import MOST_MEMBERS, told_of_table
from publishers.standalone.rule_words import rule_words
from publishers.standalone.table_protection import Demand, ProtectedTable, protect_table
from tests.support.html_pages import Document, dangers
from tests.support.standalone_tables import read

RULES = """
title: {vi: Thử, en: A test}
dimensions:
  area: {}
  kind: {}
measures:
  visits: {kind: count}
  cost: {kind: sum}
records: {contributor: person, unit: clinic}
safety:
  policy: vn_proposed
  frequency: 3
  p_percent: {p: 10}
  reason: {vi: thử, en: only a test}
"""
HEADER = "area,kind,person,clinic,cost"


def records(cost: int = 10) -> str:
    """Return records of many people in four cells, of whom one in the first has nearly everything."""
    lines = [
        f"{area},{kind},{area}{kind}{person},h{person % 4},{cost}\n"
        for area in "ab"
        for kind in "xy"
        for person in range(9)
    ]
    return "".join([*lines, "a,x,rich,h1,5000\n"])


def protect(folder: Path, rows: str, rules: str = RULES, *, guarantee: str = "interval") -> ProtectedTable:
    """Protect records by rules."""
    from publishers.standalone.rules_file import load_rules  # noqa: PLC0415  after the file was written

    table = read(folder, rows, rules, HEADER)
    safety = load_rules(folder / "rules.yaml").safety
    assert safety is not None
    return protect_table(table, Demand((resolve_safety(safety),), guarantee, effort=0))  # type: ignore[arg-type]


def test_rules_for_sums_leave_counts_alone(tmp_path: Path) -> None:
    done = protect(tmp_path, records())
    cells = {done.table.codes(cell): cell for cell in range(len(done.table))}
    visits, cost = (done.protected.withheld[done.block(place)] for place in (0, 1))
    assert not visits.any()
    assert cost[cells["a", "x"]]
    assert done.reasons[1][cells["a", "x"]] == Reason.P_PERCENT
    assert {one.rule for one in done.counts[0]} == {"frequency"}
    assert {one.rule for one in done.counts[1]} == {"frequency", "p_percent"}
    # One rich person decides every total that they are in, and nothing else is left to protect those.
    assert int(done.system.sensitive.sum()) == 4


def test_a_count_that_no_rule_is_meant_for_is_refused(tmp_path: Path) -> None:
    rules = RULES.replace("frequency: 3", "frequency: none")
    with pytest.raises(DisclosureRuleInvalid, match="measure visits: is a count, and the rules are for sums"):
        protect(tmp_path, records(), rules)


def test_none_takes_a_rule_away(tmp_path: Path) -> None:
    done = protect(tmp_path, records(), RULES.replace("p_percent: {p: 10}", "p_percent: none\n  dominance: none"))
    assert not done.system.sensitive.any()
    with pytest.raises(DefinitionInvalid, match=r"key safety\.cost"):
        protect(tmp_path, records(), RULES.replace("frequency: 3", "cost: none"))


def test_amounts_may_be_negative(tmp_path: Path) -> None:
    done = protect(tmp_path, records(-10))
    block = done.block(1)
    assert (done.system.least[block] == -np.inf).all()
    assert (done.system.least[done.block(0)] >= 0).all()
    assert done.protected.withheld[block].any()


def test_the_report_tells_how_rules_differ_from_their_policy(tmp_path: Path) -> None:
    done = protect(tmp_path, records(), guarantee="exact")
    report = report_of(done)
    assert report["policy"]["deviation"]["en"].startswith("These rules differ from the policy")
    assert report["policy"]["reason"] == {"vi": "thử", "en": "only a test"}
    text = markdown(report, told_of_table)
    assert "only a test" in text
    assert "this is the weaker guarantee" in text
    assert "These rules differ from the policy" in text


def test_facilities_that_could_be_recognised(tmp_path: Path) -> None:
    rules = RULES.replace("p_percent: {p: 10}", "units: {fewest: 4}")
    rows = records().replace("b,y,by3,h3", "b,y,by3,h0").replace("b,y,by7,h3", "b,y,by7,h0")
    done = protect(tmp_path, rows, rules)
    cells = {done.table.codes(cell): cell for cell in range(len(done.table))}
    assert done.reasons[0][cells["b", "y"]] == Reason.UNITS
    assert done.protected.withheld[cells["b", "y"]]


# Outputs --------------------------------------------------------------------------------------------------------------


def test_an_output_that_appears_meanwhile_is_not_touched(tmp_path: Path) -> None:
    out = tmp_path / "out"
    check_free(out)
    out.write_text("mine")
    with pytest.raises(SettingInvalid, match="must not exist yet"):
        write_file(out, "ours")
    with pytest.raises(SettingInvalid, match="must not exist yet"):
        write_folder(out, lambda folder: (folder / "x").touch())
    assert sorted(tmp_path.iterdir()) == [out]
    assert out.read_text() == "mine"


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(SettingInvalid, match="No space left on device"):
        write_file(tmp_path / "a.csv", "text")
    with pytest.raises(SettingInvalid, match="No space left on device"):
        write_folder(tmp_path / "folder", lambda folder: full())
    assert not any(tmp_path.iterdir())


def test_the_report_tells_how_far_the_choice_of_cells_may_be_from_the_cheapest(tmp_path: Path) -> None:
    done = protect(tmp_path, records())
    report = report_of(done)
    assert {key: report[key] for key in ("bound", "gap", "parts", "parts_proven")} == {
        "bound": None,
        "gap": None,
        "parts": 0,
        "parts_proven": 0,
    }
    assert "was not examined" in markdown(report, told_of_table)
    assert "Chưa xét xem có cách chọn nào rẻ hơn" in markdown(report, told_of_table)
    cost = 80.0
    for bound, proven, told in (
        (cost, 2, ("No cheaper choice of cells", "Không có cách chọn ô không công bố thêm nào ít tốn kém hơn")),
        (cost * 0.9688, 1, ("by 3.2 % at most", "Of 2 parts of the table, 1 certainly", "nhiều nhất 3,2 %")),
        (cost * (1 - 1e-5), 1, ("by 0.1 % at most",)),
    ):
        known = replace(done, protected=replace(done.protected, cost=cost, bound=bound, parts=2, proven=proven))
        report = report_of(known)
        assert report["bound"] == pytest.approx(bound, abs=1e-6)
        assert report["gap"] == pytest.approx(1 - bound / cost, abs=1e-6)
        assert all(words in markdown(report, told_of_table) for words in told)


def test_of_a_table_that_is_one_part_the_parts_are_not_counted(tmp_path: Path) -> None:
    report = report_of(protect(tmp_path, records())) | {"gap": 0.02, "parts": 1, "parts_proven": 0}
    told = markdown(report, told_of_table)
    assert "by 2.0 % at most: this was proved." in told
    assert "parts of the table" not in told


def test_the_report_says_in_words_what_the_rules_and_the_total_are(tmp_path: Path) -> None:
    told = markdown(report_of(protect(tmp_path, records(), replace_rules(RULES))), told_of_table)
    assert "| cost | suy ra được một đóng góp, sai dưới 10 % (p_percent) |" in told
    assert "| cost | a contribution is known to within 10 % (p_percent) |" in told
    assert "| visits | có dưới 12 người hoặc đơn vị (frequency) |" in told
    assert "readers can never rule out that it is large enough to be shown." in told
    assert "| _T (tất cả) |" in told
    assert "| _T (all) |" in told


def replace_rules(rules: str) -> str:
    """Return rules by which totals are small too."""
    return rules.replace("frequency: 3", "frequency: 12")


def test_of_sums_and_of_exact_protection_less_is_promised(tmp_path: Path) -> None:
    small = "large enough to be shown"
    assert small not in markdown(
        report_of(protect(tmp_path, records(), replace_rules(RULES), guarantee="exact")), told_of_table
    )
    only_sums = replace_rules(RULES).replace("  visits: {kind: count}\n", "")
    assert small not in markdown(report_of(protect(tmp_path, records(), only_sums)), told_of_table)


def test_where_everything_is_published_the_report_has_no_empty_tables(tmp_path: Path) -> None:
    rules = RULES.replace("frequency: 3", "frequency: 2").replace("  p_percent: {p: 10}\n", "")
    report = report_of(protect(tmp_path, records(), rules))
    assert report["withheld"] == 0
    told = markdown(report, told_of_table)
    assert "Mọi ô đều được công bố, nên không có gì để tấn công." in told
    assert "All cells are published, so that there is nothing to attack." in told
    assert "area: all cells are published." in told
    assert "| area |" not in told
    assert "cheap" not in told


def test_the_codes_that_a_report_leaves_out_are_counted(tmp_path: Path) -> None:
    report = report_of(protect(tmp_path, records()))
    members = [{"code": f"c{at}", "cells": 1_234, "withheld": max(45 - at, 0)} for at in range(50)]
    report["dimensions"] = [{"name": "area", "members": members}]
    told = markdown(report, told_of_table)
    assert f"| c{MOST_MEMBERS - 1} | 1.234 | 6 |" in told
    assert f"| c{MOST_MEMBERS - 1} | 1,234 | 6 |" in told
    assert f"| c{MOST_MEMBERS} |" not in told
    assert "area: 5 more codes have withheld cells; report.json lists them." in told
    assert "area: với 5 mã còn lại, mọi ô đều được công bố." in told


def test_the_page_is_sound_and_is_called_as_the_table_is(tmp_path: Path) -> None:
    report = {"title": {"vi": "Thử <b>", "en": "A test"}, **report_of(protect(tmp_path, records()))}
    read_back = Document(page(report, told_of_table))
    assert read_back.problems == []
    assert [one for one in dangers(read_back) if one != "<style>"] == []
    regions = [one.parent for one in read_back.all("table") if one.parent is not None]
    assert {one.attributes["tabindex"] for one in regions} == {"0"}
    assert [one.attributes["aria-label"] for one in regions][-2:] == ["kind", "What each rule did"]
    assert [one.text for one in read_back.all("title")] == ["Thử <b> | A test"]
    assert [one.attributes["href"] for one in read_back.all("a")] == ["#vi", "#en"]
    assert [one.attributes["id"] for one in read_back.all("section")] == ["vi", "en"]
    heads = [one.text for one in read_back.all("th") if one.attributes["scope"] == "row"]
    assert heads[:2] == ["visits", "cost"]
    numbers = {one.text for one in read_back.all("td") if one.attributes.get("class") == "number"}
    assert all(text[0].isdigit() for text in numbers)
    assert any("/" in text for text in numbers)
    assert any("%" in text for text in numbers)


@pytest.mark.parametrize(
    ("rule", "applied", "vi", "en"),
    [
        ("units, largest", {"units": {"fewest": 3, "largest_percent": 90.0}}, "trên 90 % (units", "more than 90 % (un"),
        ("units", {"units": {"fewest": 3}}, "có dưới 3 cơ sở", "fewer than 3 facilities (units)"),
        ("p_q", {"p_q": {"p": 5.0, "q": 50.5, "coalition": 1}}, "với sai số 50,5 % (p_q)", "from 50.5 % beforehand"),
        ("population_floor", {"population_floor": 300}, "vùng có dưới 300 dân", "areas of fewer than 300 people"),
        ("zeros", {"zeros": "protect"}, "số 0, vì cũng làm lộ", "zeros, which tell something too (zeros)"),
        ("group_disclosure", {"group_disclosure": True}, "nằm trong một ô", "has nearly all of a total"),
    ],
)
def test_every_rule_has_its_words(rule: str, applied: dict[str, object], vi: str, en: str) -> None:
    none: dict[str, object] = {"frequency": 3}
    assert vi in rule_words(rule, [none, applied], "vi")
    assert en in rule_words(rule, [none, applied], "en")
    assert rule_words(rule, [applied, applied], "en") == rule


def test_the_totals_of_records_are_told_as_totals(tmp_path: Path) -> None:
    assert protect(tmp_path, records()).table.computed == 3 * 3 - 2 * 2


def test_the_report_has_the_decimal_mark_of_its_language(tmp_path: Path) -> None:
    report = report_of(protect(tmp_path, records()))
    report["risk"] |= {"narrowest_range": 1.333, "median_range": 2.5}
    told = markdown(report, told_of_table)
    assert "rộng ít nhất gấp 1,333 lần mức yêu cầu; trung vị ít nhất là 2,5 lần." in told
    assert "is at least 1.333 times as wide as its rule demands; the median is at least 2.5 times." in told
