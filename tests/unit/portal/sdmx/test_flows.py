"""Tables as dataflows: what is a time, what is a frequency, and codes and names that SDMX could not write."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from datasets.codelist import Codelist
from datasets.release import Manifest, PublicRelease
from portal.public.sdmx import naming
from portal.public.sdmx.artefacts import Constraint, DataStructure
from portal.public.sdmx.data_query import DataQuery, read_data_query, read_parameters
from portal.public.sdmx.flows import Flow
from portal.public.sdmx.messages import Preamble
from portal.public.sdmx.refusals import NoContent, Refusal
from portal.public.sdmx.registry import Registry
from portal.public.sdmx.selections import parts_of, select
from portal.public.sdmx.structure_json import structure_message
from portal.public.sdmx.structure_xml import structure_document
from portal.query.schema import Axis
from tests.support.cubes import axis, cube, measure
from tests.support.sdmx_messages import json_faults, xml_faults
from tests.support.tiny_releases import tiny_description

DAY = datetime(2026, 1, 1, tzinfo=UTC)
SEX = axis("sex", ["F", "M"])
MONTHS = axis(
    "month", [("2025", "year", ""), ("2025-Q1", "quarter", "2025"), ("2025-01", "month", "2025-Q1")], role="time"
)


def flow(*axes: Axis, edition: str = "2025", period: tuple[str, str] = ("2025-01-01", "2025-12-31")) -> Flow:
    description = tiny_description(edition=edition).model_copy(
        update={"kind": "statistics", "period_start": period[0], "period_end": period[1]}
    )
    manifest = Manifest.model_construct(
        dataset="sexes",
        edition=edition,
        version=1,
        published_at=DAY,
        available_from=DAY,
        changes=description.title,
        files=(),
        description=description,
    )
    return Flow(PublicRelease(manifest, "0" * 64), cube(axes, [measure("cases"), measure("rate", "rate", number=True)]))


def ids(found: Flow) -> list[str]:
    return [each.id for each in found.dimensions]


def query(key: str = "*", **conditions: str) -> DataQuery:
    given = [(f"c[{name}]", value) for name, value in conditions.items()]
    return read_data_query(["dataflow", "*", "sexes_x", "*", key], read_parameters(given, (), conditions=True))


def test_times_of_several_levels_are_told_apart_by_their_frequency() -> None:
    found = flow(SEX, MONTHS)
    assert ids(found) == ["FREQ", "INDICATOR", "SEX", "TIME_PERIOD"]
    assert [each.position for each in found.dimensions] == [0, 1, 2, 3]
    assert [value.id for value in found.dimensions[0].values] == ["A", "Q", "M", "_Z"]
    assert list(found.dimensions[-1].ids) == ["2025-01-01/P1Y", "2025", "2025-Q1", "2025-01"]


def test_a_table_without_a_time_has_that_of_its_edition() -> None:
    assert [value.id for value in flow(SEX).dimensions[-1].values] == ["2025"]
    assert [value.id for value in flow(SEX, edition="2025-Q1").dimensions[0].values] == ["Q"]
    span = flow(SEX, edition="1994-2009", period=("1994-01-01", "2009-12-31"))
    assert [value.id for value in span.dimensions[-1].values] == ["1994-01-01/P16Y"]
    assert ids(flow(SEX, edition="spring", period=("", ""))) == ["INDICATOR", "SEX"]


def test_codes_that_are_no_times_make_a_dimension_like_any_other() -> None:
    seasons = axis("season", ["dry", "wet"], role="time")
    assert ids(flow(seasons)) == ["INDICATOR", "SEASON"]
    unknown_total = flow(MONTHS, edition="spring", period=("", ""))
    assert ids(unknown_total) == ["INDICATOR", "MONTH"], "what its total covers is not known"
    without_total = axis("month", ["2025-01", "2025-02"], role="time", total=False)
    assert ids(flow(without_total, edition="spring", period=("", ""))) == ["FREQ", "INDICATOR", "TIME_PERIOD"]


def test_two_codes_of_one_time_are_no_time_dimension() -> None:
    twice = axis("month", ["1994-1994", "1994-01"], role="time", total=True)
    assert "MONTH" in ids(flow(twice, period=("1994-01-01", "1994-12-31")))


@pytest.mark.parametrize("name", sorted(naming.RESERVED))
def test_a_dimension_keeps_out_of_the_way_of_the_standard(name: str) -> None:
    assert naming.component_id(name.lower()) == f"{name}_"
    assert naming.component_id("age_group") == "AGE_GROUP"
    assert ids(flow(axis("indicator", ["a"]))) == ["FREQ", "INDICATOR", "INDICATOR_", "TIME_PERIOD"]


def test_codes_with_dots_and_plus_signs_can_be_asked_for() -> None:
    found = flow(axis("disease", ["A00.1", "85+"]))
    (dimension,) = [each for each in found.dimensions if each.id == "DISEASE"]
    assert list(dimension.ids) == ["_T", "A00$1", "85@"]
    parts = list(parts_of(select(query("A.cases.A00$1+85@"), found), found))
    assert [part.query.filters[0].values for part in parts] == [("A00.1", "85+")]


def test_each_frequency_and_indicator_is_a_question_of_its_own() -> None:
    found = flow(SEX, MONTHS)
    asked = [(part.frequency, part.indicator) for part in parts_of(select(query(), found), found)]
    assert asked == [(frequency, name) for frequency in ("A", "Q", "M", "_Z") for name in ("cases", "rate")]
    some = list(parts_of(select(query("M+A.cases"), found), found))
    assert [part.query.filters[0].values for part in some] == [("2025",), ("2025-01",)]


def test_slices_that_hold_nothing_are_passed_over() -> None:
    found = flow(SEX, MONTHS)
    (part,) = parts_of(select(query("M.cases.F,A.rate.M", TIME_PERIOD="2025"), found), found)
    assert (part.indicator, part.frequency) == ("rate", "A")
    assert list(parts_of(select(query(OBS_VALUE="eq:1.5", INDICATOR="cases"), found), found)) == []
    assert list(parts_of(select(query(OBS_STATUS="X"), found), found)) == []
    with pytest.raises(NoContent):
        select(query("M.cases.F", SEX="M"), found)
    with pytest.raises(Refusal, match="SEX has no published code 'X'"):
        select(query("M.cases.X"), found)


def test_several_slices_are_one_condition() -> None:
    found = flow(SEX, MONTHS)
    (part,) = parts_of(select(query("M.cases.F,M.cases.M", CELL_STATUS="ne:suppressed"), found), found)
    assert part.query.filters == ()
    assert part.query.terms > 4


def test_a_total_has_a_name_even_where_its_list_has_not() -> None:
    named = axis("sex", ["F", "M"])
    bare = Axis(named.description, Codelist("sex-codes", named.codelist.title, named.codelist.members[1:]))
    (dimension,) = [each for each in flow(bare).dimensions if each.id == "SEX"]
    assert (dimension.values[0].id, dimension.values[0].label.en) == ("_T", "Total")

    class Releases:
        def codelist(self, _release: object, _identifier: str) -> Codelist:
            return bare.codelist

    release = flow(bare).release
    described = release.description.model_copy(update={"dimensions": (bare.description,)})
    shown = PublicRelease(release.manifest.model_copy(update={"description": described}), "0" * 64)
    registry = Registry(Releases(), None)  # type: ignore[arg-type]
    assert [value.id for value in registry.codelist_values(shown, "sex-codes")] == ["_T", "F", "M"]


def test_a_structure_without_a_time_is_valid() -> None:
    found = flow(SEX, edition="spring", period=("", ""))
    concepts = naming.Name("conceptscheme", found.name.agency, "CS_sexes", found.name.version)
    held = [
        DataStructure(found.structure, found.cube.table.title, flow=found, concepts=concepts),
        Constraint(replace(found.name, type="dataconstraint", id="CR_x"), found.cube.table.title, dataflow=found.name),
    ]
    for version in ("2.0.0", "2.1.0"):
        message = structure_message(held, Preamble("M1", DAY, "en", version))
        assert json_faults(message, "structure", version) == []
        assert "timeDimension" not in str(message)
    document = structure_document(held, Preamble("M1", DAY, "en", "3.0.0"))
    assert xml_faults(document.encode()) == []
    assert "TIME_PERIOD" not in document
