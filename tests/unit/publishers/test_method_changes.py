"""Releases of the same people keep their method: what counts as the same people, and as the same method."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from datasets.definition_files import load_definition
from datasets.disclosure import DisclosureRules, PerturbationRules
from datasets.errors import DisclosureRuleInvalid
from datasets.text import Bilingual
from publishers.ledger import Store
from publishers.method_changes import check_same_method
from publishers.tabulate.plan import TabulationPlan, plan
from tests.support.clinic import definition_text, write_clinic
from tests.support.publication import Ministry

REASON = Bilingual(vi="một phép thử", en="a test")
RANDOM = {"policy": "vn_proposed", "method": "random_rounding", "base": 5, "reason": REASON.model_dump()}


def rules(method: str = "random_rounding", **perturbation: Any) -> DisclosureRules:
    made = None if method in ("suppression", "none") else PerturbationRules(**{"base": 5, **perturbation})
    given = {"policy": "vn_proposed", "threshold": 5, "zeros": "protect", "reason": REASON}
    return DisclosureRules.model_validate(given | {"method": method, "perturbation": made})


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, TabulationPlan, str]:
    """Publish the year 2026 rounded at random; return the store, a plan of the edition, and the check of its key."""
    root = tmp_path_factory.mktemp("published")
    clinic, ministry = write_clinic(root / "visits", rows=300), Ministry(root / "store")
    tree = yaml.safe_load(definition_text()) | {"disclosure": RANDOM}
    (clinic / "dataset.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    release = ministry.publish(clinic, "2026", clinic)
    assert release.description.disclosure is not None
    assert release.description.disclosure.rules.perturbation is not None
    store = Store.at(ministry.root, ministry.root / "public-key.pem")
    return store, plan(load_definition(clinic), "2026"), release.description.disclosure.rules.perturbation.key_check


Published = tuple[Store, TabulationPlan, str]


def of(planned: TabulationPlan, edition: str, first: str = "", last: str = "") -> TabulationPlan:
    from datetime import date  # noqa: PLC0415

    days = (date.fromisoformat(first), date.fromisoformat(last)) if first else None
    return replace(planned, edition=edition, period=days)


def test_the_same_rules_may_follow(published: Published) -> None:
    store, planned, check = published
    check_same_method(store.releases_of_the_same_people(planned), rules(key_check=check))


def test_without_a_lasting_secret_the_key_is_not_compared(published: Published) -> None:
    store, planned, _ = published
    check_same_method(store.releases_of_the_same_people(planned), rules(key_check="0" * 16), lasting=False)
    with pytest.raises(DisclosureRuleInvalid, match=r"other keys or noise \(key_check\)"):
        check_same_method(store.releases_of_the_same_people(planned), rules(key_check="0" * 16))
    with pytest.raises(DisclosureRuleInvalid, match=r"other keys or noise \(base\)"):
        check_same_method(store.releases_of_the_same_people(planned), rules(base=10), lasting=False)


@pytest.mark.parametrize("method", ["suppression", "none", "conventional_rounding", "cell_key"])
def test_another_method_may_not(published: Published, method: str) -> None:
    store, planned, _ = published
    with pytest.raises(DisclosureRuleInvalid) as caught:
        check_same_method(store.releases_of_the_same_people(planned), rules(method))
    (problem,) = caught.value.problems
    assert problem.place == "clinic-visits 2026.1"
    assert "random_rounding" in problem.rule
    assert method in problem.rule
    assert problem.remedy


@pytest.mark.parametrize(
    ("edition", "days", "same"),
    [
        ("2026-03", ("2026-03-01", "2026-03-31"), True),
        ("2025-2026", ("2025-07-01", "2026-01-01"), True),
        ("2026-2027", ("2026-12-31", "2027-06-30"), True),
        ("2025", ("2025-01-01", "2025-12-31"), False),
        ("2027", ("2027-01-01", "2027-12-31"), False),
        ("pilot", ("", ""), True),
        ("2026", ("", ""), True),
    ],
)
def test_the_same_people_are_those_of_the_edition_or_of_days_that_overlap(
    published: Published, edition: str, days: tuple[str, str], *, same: bool
) -> None:
    store, planned, _ = published
    other = of(planned, edition, *days)
    if same:
        with pytest.raises(DisclosureRuleInvalid):
            check_same_method(store.releases_of_the_same_people(other), rules("suppression"))
    else:
        check_same_method(store.releases_of_the_same_people(other), rules("suppression"))


def test_what_withholds_may_follow_what_withholds_and_other_datasets_are_not_looked_at(
    published: Published, tmp_path: Path
) -> None:
    store, planned, _ = published
    check_same_method(store.releases_of_the_same_people(replace(planned, dataset="other")), rules("suppression"))
    clinic, ministry = write_clinic(tmp_path / "visits", rows=300), Ministry(tmp_path / "store")
    ministry.publish(clinic, "2026", clinic)
    own = Store.at(ministry.root, ministry.root / "public-key.pem")
    check_same_method(own.releases_of_the_same_people(planned), rules("suppression"))
    check_same_method(own.releases_of_the_same_people(planned), rules("none"))


def test_beside_an_edition_of_unknown_days_another_dataset_is_the_way_out_for_other_people_alone(
    tmp_path: Path,
) -> None:
    clinic, ministry = write_clinic(tmp_path / "visits", rows=300), Ministry(tmp_path / "store")
    ministry.publish(clinic, "2026", clinic)
    own = Store.at(ministry.root, ministry.root / "public-key.pem")
    (release,) = own.releases_of_the_same_people(plan(load_definition(clinic), "2026"))
    undated = release.description.model_copy(update={"period_start": "", "period_end": ""})
    release = replace(release, manifest=release.manifest.model_copy(update={"description": undated}))
    with pytest.raises(
        DisclosureRuleInvalid, match=r"another dataset people who are certainly others, .* Never the same people"
    ):
        check_same_method([release], rules())
