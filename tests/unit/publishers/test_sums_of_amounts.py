"""Published sums that nobody looks at: refused under a policy with rules for sums, and told to staff under any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from anonymization.deviations import deviation, is_weaker
from anonymization.policies import resolve
from datasets.definition import Definition
from datasets.definition_files import load_definition
from datasets.errors import DisclosureRuleInvalid
from publishers.cautions import of_definition
from publishers.protectable import check_protectable
from publishers.sums_of_amounts import told_to_readers
from tests.support.clinic import write_clinic

ASKED: dict[str, Any] = {"column": "clinic", "dominance": {"n": 2, "k": 90}, "p_percent": {"p": 10}}
REASON = {"vi": "Chi phí đã có trong niên giám.", "en": "The yearbook has the costs."}


def amount(kind: str, column: str) -> dict[str, Any]:
    title = {"vi": f"{kind} {column}", "en": f"{kind} {column}"}
    return {"title": title, "unit": {"vi": "đồng", "en": "dong"}, "type": kind, "column": column}


@pytest.fixture
def clinic(tmp_path: Path) -> dict[str, Any]:
    definition = load_definition(write_clinic(tmp_path / "visits")).definition.model_dump(
        mode="json", exclude_defaults=True
    )
    definition["source"]["columns"] |= {
        "clinic": {},
        "cost": {"type": "number"},
        "same": {"type": "number", "header": "cost"},
        "days": {"type": "integer"},
    }
    definition["measures"]["cost"] = amount("sum", "cost")
    definition["disclosure"] = {"policy": "acro_default"}
    return definition


def of(definition: dict[str, Any]) -> Definition:
    return Definition.model_validate(definition)


def refusal(definition: dict[str, Any]) -> str:
    with pytest.raises(DisclosureRuleInvalid) as caught:
        check_protectable(of(definition))
    assert all(problem.remedy for problem in caught.value.problems)
    return str(caught.value)


def cautions(definition: dict[str, Any]) -> str:
    return " ".join(str(one) for one in of_definition(of(definition)))


@pytest.mark.parametrize("kind", ["sum", "mean"])
def test_a_policy_with_rules_for_sums_does_not_lend_its_name_to_a_sum_without_them(
    clinic: dict[str, Any], kind: str
) -> None:
    clinic["measures"]["cost"] = amount(kind, "cost")
    told = refusal(clinic)
    assert "disclosure.concentration: cost would be published without dominance and p_percent" in told
    assert "acro_default" in told
    clinic["disclosure"]["concentration"] = ASKED
    check_protectable(of(clinic))
    assert cautions(clinic) == ""


def test_a_weaker_rule_is_none_of_the_policy(clinic: dict[str, Any]) -> None:
    clinic["disclosure"]["concentration"] = ASKED | {"dominance": {"n": 1, "k": 90}}
    assert "without dominance, which" in refusal(clinic)
    del clinic["disclosure"]["concentration"]["p_percent"]
    assert "without dominance and p_percent, which" in refusal(clinic)


def test_every_sum_has_to_be_looked_at(clinic: dict[str, Any]) -> None:
    clinic["measures"] |= {"days": amount("sum", "days"), "again": amount("mean", "same")}
    clinic["disclosure"]["concentration"] = ASKED | {"measures": ["cost"]}
    assert "disclosure.concentration.measures: days would be published" in refusal(clinic)
    assert "who contributes to days." in cautions(clinic)
    clinic["disclosure"]["concentration"]["measures"] = ["again", "days"]
    check_protectable(of(clinic))
    assert cautions(clinic) == ""


def test_a_reason_makes_it_a_choice_that_readers_and_staff_are_told(clinic: dict[str, Any]) -> None:
    clinic["disclosure"]["reason"] = REASON
    check_protectable(of(clinic))
    disclosure = of(clinic).disclosure
    assert disclosure is not None
    rules = resolve(disclosure)
    told = deviation(rules)
    assert is_weaker(rules)
    assert told is not None
    assert "it does not look at sums of amounts by dominance and p_percent, as the policy does" in told.en
    assert "không được xét theo dominance và p_percent" in told.vi
    assert "protects less than the policy acro_default" in cautions(clinic)
    clinic["disclosure"]["concentration"] = ASKED
    full = of(clinic).disclosure
    assert full is not None
    assert deviation(resolve(full)) is None


def test_readers_are_told_which_sums_nobody_looks_at(clinic: dict[str, Any]) -> None:
    clinic["measures"] |= {"days": amount("sum", "days"), "again": amount("mean", "same")}
    clinic["disclosure"] |= {"reason": REASON, "concentration": ASKED | {"measures": ["cost"]}}
    (told,) = told_to_readers(of(clinic))
    assert told.en.startswith("Who contributes how much to sum days is not looked at:")
    assert told.vi.startswith("Với sum days, việc ai đóng góp bao nhiêu không được xét đến:")
    clinic["disclosure"] = {"policy": "vn_proposed"}
    (told,) = told_to_readers(of(clinic))
    assert "to sum cost, sum days, mean same is not" in told.en
    for disclosure in (
        {"policy": "acro_default", "concentration": ASKED},
        {"policy": "already_public", "reason": REASON},
    ):
        clinic["disclosure"] = disclosure
        assert told_to_readers(of(clinic)) == ()


def test_without_a_shown_sum_there_is_nothing_to_look_at(clinic: dict[str, Any]) -> None:
    people = amount("sum", "days") | {"contributors": "value", "absent": "zero"}
    others = [name for name in clinic["measures"] if name != "cost"]
    for table in clinic["tables"].values():
        table["measures"] = others
    check_protectable(of(clinic))
    assert cautions(clinic) == ""
    del clinic["person"]
    clinic["measures"] = {"people": people}
    for table in clinic["tables"].values():
        table["measures"] = ["people"]
    check_protectable(of(clinic))
    assert cautions(clinic) == ""


def test_staff_are_told_under_any_policy(clinic: dict[str, Any]) -> None:
    clinic["disclosure"] = {"policy": "vn_proposed"}
    check_protectable(of(clinic))
    assert "disclosure.concentration does not look at who contributes to cost." in cautions(clinic).replace(":", "")
    clinic["disclosure"] = {"policy": "already_public", "reason": REASON}
    assert "contributes" not in cautions(clinic)
