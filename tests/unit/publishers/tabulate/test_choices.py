"""Cells that a definition chooses by their members, found among the cells of its tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from datasets.errors import DefinitionInvalid
from publishers.tabulate.plan import plan
from publishers.tabulate.tabulation import table_set
from tests.unit.publishers.tabulate.discharges import EDITION, definition, loaded, measure, record, table, tabulate


def asking(*shown: dict[str, Any], weights: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"policy": "vn_proposed", "always_shown": list(shown), "weights": list(weights)}


def problems(*shown: dict[str, Any], **changes: Any) -> list[str]:
    with pytest.raises(DefinitionInvalid, match="chosen by their members") as caught:
        plan(loaded(disclosure=asking(*shown), **changes), EDITION)
    return [str(one) for one in caught.value.problems]


def places(folder: Path, **choice: Any) -> list[tuple[str, ...]]:
    """Return the codes of the chosen cells of the first population."""
    found = tabulate(folder, [record()], disclosure=asking(choice))
    tables = table_set(found)
    (chosen,) = tables.always_shown
    at = tables.nodes.coordinates[chosen.nodes(tables)].tolist()
    return [tuple(one.members[place] for one, place in zip(tables.dimensions, own, strict=True)) for own in at]


def test_cells_are_found_by_their_codes(tmp_path: Path) -> None:
    assert places(tmp_path, cells={"place": "R1", "sex": ["F", "_T"]}) == [("R1", "_T"), ("R1", "F")]
    assert places(tmp_path, cells={}) == [("_T", "_T")]
    assert len(places(tmp_path, cells={"place": "*"})) == 7
    assert len(places(tmp_path, cells={"place": "*", "sex": "*"})) == 28


def test_choices_without_a_total_count_from_the_first_member(tmp_path: Path) -> None:
    dimensions = definition().model_dump(mode="json", exclude_none=True)["dimensions"]
    dimensions["sex"]["total"] = "false"
    shown = {"cells": {"place": "_T", "sex": "F"}}
    tables = table_set(tabulate(tmp_path, [record()], dimensions=dimensions, disclosure=asking(shown)))
    (chosen,) = tables.always_shown
    at = tables.nodes.coordinates[chosen.nodes(tables)].tolist()
    sex = tables.dimensions[1]
    assert [sex.members[one[1]] for one in at] == ["F"]
    assert problems({"cells": {"place": "P1"}}, dimensions=dimensions) == [
        'disclosure.always_shown[1].cells.sex: has no total. name its members, or "*" for all'
    ]


def test_choices_are_about_the_people_of_their_measures(tmp_path: Path) -> None:
    died = {"where": {"outcome": ["died"]}}
    measures = {
        "patients": measure("persons"),
        "deaths": measure("persons", **died),
        "people": measure("population", path="p.csv", dimensions=["place", "sex"], source={"vi": "x", "en": "x"}),
        "rate": measure("rate", numerator="deaths", denominator="people"),
    }
    part = "persons, outcome is died"
    for names, populations in (
        ([], {"persons", part}),
        (["patients"], {"persons"}),
        (["deaths"], {part}),
        (["rate"], {part}),
    ):
        asked = asking({"cells": {}, "measures": names}, weights=({"cells": {}, "measures": names, "weight": 7},))
        planned = plan(loaded(measures=measures, disclosure=asked), EDITION)
        assert planned.always_shown[0].populations == populations
        assert planned.weighted[0].populations == populations
        assert (planned.always_shown[0].weight, planned.weighted[0].weight) == (1.0, 7.0)
        assert (planned.always_shown[0].name, planned.weighted[0].name) == (
            "disclosure.always_shown[1]",
            "disclosure.weights[1]",
        )
    assert (
        len(table_set(tabulate(tmp_path, [record()], measures=measures, disclosure=asking({"cells": {}}))).tables) == 1
    )


def test_what_no_table_shows_is_refused_with_key_rule_and_remedy() -> None:
    assert problems(
        {"cells": {"place": "C1"}},
    ) == ["disclosure.always_shown[1].cells.place: C1 is not published. name a code of a published level"]
    assert problems({"cells": {"age": "0-14"}}) == [
        "disclosure.always_shown[1].cells.age: is a dimension of no table. leave it out"
    ]
    apart = {"by-place": table("place"), "by-sex": table("sex")}
    assert problems({"cells": {}}, {"cells": {"place": "P1", "sex": "F"}}, tables=apart) == [
        "disclosure.always_shown[2]: are cells that no table shows. name members, margins and measures of one table"
    ]
    few = {"cube": table("place", "sex", margins=[["place"], []])}
    assert len(problems({"cells": {"sex": "F"}}, tables=few)) == 1
    assert plan(loaded(tables=few, disclosure=asking({"cells": {"sex": "*", "place": "*"}})), EDITION).always_shown
    one_each = {"by-place": table("place", measures=["stays"]), "by-sex": table("sex", measures=["patients"])}
    people = {"stays": measure("count", contributors="rows"), "patients": measure("persons")}
    assert len(problems({"cells": {"sex": "F"}, "measures": ["stays"]}, tables=one_each, measures=people)) == 1


def test_cells_that_are_never_shown_are_found_too(tmp_path: Path) -> None:
    asked = {"policy": "vn_proposed", "always_withheld": [{"cells": {"place": "P1"}}]}
    tables = table_set(tabulate(tmp_path, [record()], disclosure=asked))
    assert tables.always_withheld[0].name == "disclosure.always_withheld[1]"
    assert tables.always_withheld[0].nodes(tables).sum() == 1


def test_a_plan_without_choices_has_none() -> None:
    planned = plan(loaded(), EDITION)
    assert (planned.always_shown, planned.always_withheld, planned.weighted) == ((), (), ())
