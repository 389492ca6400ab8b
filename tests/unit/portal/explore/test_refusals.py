"""Refusals on the explorer's page name what people see: no column, no parameter, no day as machines write it."""

from __future__ import annotations

import pytest

from datasets.said import said
from portal.public.explore.answering import Refused
from portal.public.explore.asked import read_asked
from portal.public.explore.settling import settle
from portal.public.pages.explore_refusal import reasons
from portal.query.model import invalid
from portal.shared.wording import wording
from tests.support.cubes import axis, cube, measure

CUBE = cube([axis("area", ["01", "79"]), axis("sex", ["F", "M"])], [measure("cases"), measure("rate")])
OVER = said("would be a rate of a longer time over several members of %(dimensions)s", dimensions="area, sex")
NEEDS = said("of several members needs %(part)s: %(rule)s", part="cases", rule=OVER)
BORDERS = said("the provinces had other borders before %(day)s", day="2008-08-01")


@pytest.mark.parametrize(
    ("place", "rule", "told"),
    [
        (
            "rate",
            OVER,
            "rate (en): would be a rate of a longer time over several members of area (en), sex (en). Choose",
        ),
        ("rate", NEEDS, "rate (en): of several members needs cases (en): would be a rate of a longer time over"),
        ("geography", BORDERS, "The provinces had other borders before 1 August 2008. Choose later periods, or"),
        ("geography", "as it is", "As it is. Choose later periods, or"),
    ],
)
def test_a_refusal_is_in_the_words_of_the_page(place: str, rule: str, told: str) -> None:
    refused = Refused(settle(read_asked([]), CUBE), invalid(place, rule, said("Write %(name)s__in=01", name="sex")))
    (reason,) = reasons(refused, wording("en"))
    assert reason.startswith(told)
    assert "__in" not in reason
