"""The disclosure report: rules, citation, counts, promises; never which withheld cell is small."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from anonymization import protect
from anonymization.policies import resolve
from anonymization.report import describe
from anonymization.words import Text
from datasets.cell_rules import ChosenCells, Facilities
from datasets.disclosure import Denominators, DisclosureChoice
from datasets.errors import DisclosureRuleInvalid
from datasets.text import Bilingual
from tests.unit.anonymization.amounts import Paid, amounts, asking
from tests.unit.anonymization.builders import cube, rules

REASON = Bilingual(vi="niên giám 2023 đã công bố", en="the yearbook of 2023 shows them")


def test_exact_protection_promises_no_range() -> None:
    choice = DisclosureChoice(policy="vn_proposed", guarantee="exact")
    report = describe(protect(cube([[3, 20], [30, 40]]), resolve(choice)))
    assert "threshold" not in report.promised.en
    assert report.not_promised is not None
    assert "may be narrow" in report.not_promised.en


def test_the_report_says_rules_counts_and_promises_in_both_languages() -> None:
    report = describe(protect(cube([[3, 20], [30, 40]]), resolve(DisclosureChoice(policy="vn_proposed"))))
    assert (report.threshold, report.zeros, report.cells, report.withheld) == (5, "publish", 9, 4)
    assert [one.en for one in report.text] == [
        "Cells of fewer than 5 people are withheld. True zeros are shown. Some other cells are withheld as well, so "
        "that the small ones cannot be calculated.",
        "4 of 9 cells are withheld, counting a cell once however many tables hold it, and measures of the same people "
        "once. The files count it in every table and measure, so the number there can be larger.",
    ]
    assert report.text[1].vi.startswith("4 trong 9 ô không được công bố, khi mỗi ô chỉ đếm một lần")
    assert "exactly" in report.promised.en
    assert "reaches the threshold" in report.promised.en
    assert report.not_promised is not None
    assert "may be narrow" not in report.not_promised.en
    assert len(report.attacks) == 3
    assert "primary" not in repr(report)
    assert "secondary" not in repr(report)


def test_facilities_are_said_with_what_is_promised_of_them() -> None:
    choice = DisclosureChoice(policy="vn_proposed", units=Facilities(column="hospital", fewest=3, range_percent=7.5))
    several = {"all": np.array([9, 5, 5])}
    tables = cube([30, 40])
    tables = replace(tables, tables=(replace(tables.tables[0], units=several),))
    report = describe(protect(tables, resolve(choice)))
    assert report.text[1].en == (
        "Cells that come from fewer than 3 facilities are withheld too, so that none can be recognised. Of no such cell"
        " can anybody rule out that it is 7.5 % larger than it is. What a facility knows of itself is not considered."
    )
    assert "dưới 3 cơ sở" in report.text[1].vi
    assert "7,5 %" in report.text[1].vi
    exact = describe(protect(tables, resolve(choice.model_copy(update={"guarantee": "exact"}))))
    assert "rule out" not in exact.text[1].en
    assert "hospital" not in repr(report.text)


def test_rules_about_contributors_are_said_with_what_is_promised_of_sums() -> None:
    keys: dict[str, Any] = {
        "dominance": [{"n": 2, "k": 92.5}],
        "p_percent": {"p": 0.5},
        "p_q": {"p": 1, "q": 50, "coalition": 2},
    }
    several = {f"h{at}": 50.0 + at for at in range(30)}
    records = [Paid((area,), who, paid) for area in ("a1", "a2") for who, paid in several.items()]
    report = describe(protect(amounts(records, [2]), asking(**keys).model_copy(update={"policy": "vn_proposed"})))
    assert report.text[1].en == (
        "Cells with sums of which few contributors have nearly all are withheld too: the 2 largest contributors have"
        " more than 92.5 % of the sum; or the second largest contributor could estimate what the largest has to within"
        " 0.5 %; or the next 2 together, knowing every contribution to within 50 % beforehand, could estimate what the"
        " largest has to within 1 %. Of no such sum can anybody rule out that it is as far from what it is as these"
        " rules ask. That contributors know what they have themselves, in every cell, is reckoned with; that one who is"
        " alone in a cell knows to be alone is not."
    )
    assert "2 đơn vị đóng góp lớn nhất chiếm hơn 92,5 % tổng; hoặc" in report.text[1].vi
    assert "sai số dưới 0,5 %" in report.text[1].vi
    assert "Không ai có thể loại trừ" in report.text[1].vi
    exact = asking("exact", p_percent={"p": 1}).model_copy(update={"policy": "vn_proposed"})
    told = describe(protect(amounts(records, [2]), exact)).text[1]
    assert "but it may be estimated more closely" in told.en
    assert "có thể được ước lượng sát hơn" in told.vi
    assert "hospital" not in repr(report.text)
    alone = asking("exact", dominance=[{"n": 1, "k": 75}]).model_copy(update={"policy": "vn_proposed"})
    told = describe(protect(amounts(records, [2]), alone)).text[1]
    assert "are withheld too: the largest contributor has more than 75 % of the sum." in told.en
    assert "cũng không được công bố: đơn vị đóng góp lớn nhất chiếm hơn 75 % tổng." in told.vi


def test_cells_that_are_always_shown_are_said() -> None:
    choice = DisclosureChoice(policy="vn_proposed", always_shown=(ChosenCells(cells={}),))
    report = describe(protect(cube([[30, 20], [30, 40]]), resolve(choice)))
    assert report.text[1].en.startswith("Cells that this dataset names, such as totals, are always shown;")
    assert report.text[1].vi.endswith("các ô khác được giữ lại thay cho chúng.")
    never = choice.model_copy(update={"always_shown": (), "always_withheld": (ChosenCells(cells={}),)})
    told = describe(protect(cube([[30, 20], [30, 40]]), resolve(never))).text
    assert told[1].en == "Some cells that this dataset names are never shown, whatever their number is."
    both = choice.model_copy(update={"always_withheld": (ChosenCells(cells={}),)})
    assert len(describe(protect(cube([[30, 20], [30, 40]]), resolve(both))).text) == 4


def test_what_rates_rest_on_is_said() -> None:
    choice = DisclosureChoice(policy="vn_proposed", denominators=Denominators(events=20, population=2500))
    report = describe(protect(cube([30, 40]), resolve(choice)))
    assert report.text[1].en == (
        "Rates and means are calculated only from at least 20 cases and a denominator of at least 2,500; the others are"
        " marked [u]."
    )
    assert "mẫu số ít nhất là 2.500" in report.text[1].vi
    public = choice.model_copy(update={"method": "none", "reason": REASON, "denominators": Denominators(population=9)})
    text = describe(protect(cube([30, 40]), resolve(public))).text
    assert (
        text[1].en == "Rates and means are calculated only from a denominator of at least 9; the others are marked [u]."
    )
    few = describe(protect(cube([30, 40]), resolve(choice.model_copy(update={"denominators": Denominators(events=3)}))))
    assert "ít nhất 3 trường hợp;" in few.text[1].vi


def test_protected_zeros_are_said() -> None:
    report = describe(protect(cube([20, 30]), resolve(DisclosureChoice(policy="acro_default"))))
    assert "Zeros are withheld too." in report.text[0].en
    assert not describe(protect(cube([20, 30]), resolve(DisclosureChoice(policy="nhs_hes")))).checked


def test_without_protection_the_report_gives_the_reason_and_promises_nothing() -> None:
    choice = DisclosureChoice(policy="already_public", reason=REASON)
    report = describe(protect(cube([1, 2]), resolve(choice)))
    assert report.text[0].en.endswith("Reason: the yearbook of 2023 shows them")
    assert report.text[0].vi.endswith("Lý do: niên giám 2023 đã công bố")
    assert report.reason == Text(vi=REASON.vi, en=REASON.en)
    assert "No protection" in report.promised.en
    assert report.not_promised is None, "of withheld cells there is nothing to say"


def test_rules_of_no_named_policy_cannot_be_cited() -> None:
    with pytest.raises(DisclosureRuleInvalid, match="not a known policy"):
        describe(protect(cube([6, 7]), rules()))
