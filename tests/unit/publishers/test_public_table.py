"""What the public sees of protected tables: codes, values, statuses, order and types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from anonymization import protect
from datasets.cell_status import STATUS_MEANINGS, CellStatus
from datasets.definition_files import LoadedDefinition
from datasets.disclosure import Denominators, DisclosureRules
from datasets.text import Bilingual
from publishers.limits import JobLimits
from publishers.public_table import PublicTable, load_denominators, public_tables
from publishers.tabulate.plan import plan
from publishers.tabulate.run import run, table_set
from tests.unit.publishers.tabulate.discharges import EDITION, loaded, measure, record, table, write

EVERYTHING = DisclosureRules(
    policy="test", method="none", threshold=1, zeros="publish", reason=Bilingual(vi="một phép thử", en="a test")
)
FEWER_THAN_3 = DisclosureRules(policy="test", method="suppression", threshold=3, zeros="publish")


def publish(
    folder: Path, records: Sequence[Mapping[str, object]], rules: DisclosureRules = EVERYTHING, **changes: Any
) -> PublicTable:
    given: LoadedDefinition = loaded(folder, **changes)
    limits = JobLimits(memory_mb=64, threads=1, temp=folder / "temp")
    tabulation = run(plan(given, EDITION), write(folder / "extract.parquet", records), limits)
    protected = protect(table_set(tabulation), rules)
    return public_tables(protected, tabulation, given, load_denominators(given, folder, EDITION))["cube"]


def persons(number: int, **values: object) -> list[dict[str, object]]:
    return [record(person=f"{sorted(values.items())}{one}", **values) for one in range(number)]


def at(public: PublicTable, measure_name: str, *codes: str) -> tuple[object, str]:
    names = [name for name in public.data.column_names if name in public.codelists]
    for row in public.data.to_pylist():
        if tuple(row[name] for name in names) == codes:
            return row[measure_name], row[f"{measure_name}_status"]
    raise AssertionError(codes)


def test_rows_are_dense_ordered_and_typed(tmp_path: Path) -> None:
    public = publish(tmp_path, persons(3), tables={"cube": table("sex", "place", measures=["stays"])})
    assert public.data.schema == pa.schema(
        [("sex", pa.string()), ("place", pa.string()), ("stays", pa.int64()), ("stays_status", pa.string())]
    )
    places = ["_T", "R1", "R2", "P1", "P2", "P3", "X"]
    assert public.data["sex"].to_pylist() == [sex for sex in ("_T", "F", "M", "U") for _ in places]
    assert public.data["place"].to_pylist() == places * 4
    assert public.codelists["place"].id == "places"


def test_counts_and_true_zeros(tmp_path: Path) -> None:
    public = publish(tmp_path, [*persons(3), *persons(3)])
    assert at(public, "stays", "P1", "F") == (6, "observed")
    assert at(public, "patients", "P1", "F") == (3, "observed")
    assert at(public, "stays", "P2", "F") == (0, "zero")
    assert public.additive == {"stays": True, "patients": False}
    assert public.field_types == {"stays": "integer", "patients": "integer"}


def test_a_withheld_cell_has_no_value_in_any_measure_of_its_population(tmp_path: Path) -> None:
    measures = {
        "stays": measure("count"),
        "cost": measure("sum", column="days"),
        "mean": measure("mean", column="days"),
    }
    records = [*persons(2, place="P1"), *persons(2, place="P2"), *persons(9, place="P3"), *persons(9, place="X")]
    public = publish(tmp_path, records, FEWER_THAN_3, measures=measures, tables={"cube": table("place")})
    for name in measures:
        assert at(public, name, "P1") == (None, "suppressed")
        assert at(public, name, "P2") == (None, "suppressed")
    assert at(public, "stays", "_T") == (22, "observed")
    assert public.withheld["stays"] == public.data["stays_status"].to_pylist().count("suppressed")
    assert public.withheld["stays"] == public.data["stays"].null_count


def test_a_mean_is_rounded_half_to_even_and_not_applicable_to_nobody(tmp_path: Path) -> None:
    measures = {"mean": measure("mean", column="days", decimals="1")}
    records = [record(person=str(number), days=days) for number, days in enumerate([1, 1, 1, 2])]
    public = publish(tmp_path, records, measures=measures, tables={"cube": table("sex")})
    assert at(public, "mean", "F") == (1.2, "observed")
    assert at(public, "mean", "M") == (None, "not_applicable")
    assert public.field_types == {"mean": "number"}
    assert public.additive == {"mean": False}


def test_a_mean_leaves_out_rows_without_a_value(tmp_path: Path) -> None:
    records = [record(person=str(number), cost=cost) for number, cost in enumerate([1.0, 2.5, None])]
    public = publish(
        tmp_path, records, measures={"mean": measure("mean", column="cost")}, tables={"cube": table("sex")}
    )
    assert at(public, "mean", "F") == (1.75, "observed")


def test_a_sum_of_fractions_keeps_the_digits_it_is_given(tmp_path: Path) -> None:
    measures = {"cost": measure("sum", column="cost", decimals="1")}
    public = publish(tmp_path, [record(cost=0.25), record(cost=0.2)], measures=measures, tables={"cube": table("sex")})
    assert at(public, "cost", "F") == (0.4, "observed")


def rates(**keys: Any) -> dict[str, Any]:
    people = measure("population", path="people.csv", dimensions=["sex"], source={"vi": "a", "en": "a"})
    rate = measure("rate", numerator="stays", denominator="people", **keys)
    return {
        "measures": {"stays": measure("count"), "people": people, "rate": rate},
        "tables": {"cube": table("sex", measures=["people", "rate"])},
    }


def test_a_rate_per_people(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("sex,population\nF,7000\nM,0\n", encoding="utf-8")
    public = publish(tmp_path, [*persons(3), *persons(1, sex=None)], **rates(per="1000", decimals="3"))
    assert at(public, "rate", "F") == (0.429, "observed")
    assert at(public, "rate", "M") == (None, "not_applicable")
    assert at(public, "rate", "U") == (None, "missing")
    assert at(public, "rate", "_T") == (0.571, "observed")
    assert public.data.column_names == ["sex", "people", "people_status", "rate", "rate_status"]


def test_a_population_stands_as_it_was_given_whatever_is_withheld_beside_it(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("sex,population\nF,7000\nM,0\n", encoding="utf-8")
    records = [*persons(9), *persons(1, sex="male"), *persons(1, sex=None)]
    public = publish(tmp_path, records, FEWER_THAN_3, **rates())
    assert at(public, "people", "F") == (7000, "observed")
    assert at(public, "people", "M") == (0, "zero")
    assert at(public, "people", "U") == (None, "missing")
    assert at(public, "people", "_T") == (7000, "observed")
    assert (public.field_types["people"], public.additive["people"], public.withheld["people"]) == ("integer", False, 0)


def test_a_rate_is_withheld_with_its_numerator_whatever_its_population(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("sex,population\nF,7000\nM,0\n", encoding="utf-8")
    records = [*persons(9), *persons(1, sex="male"), *persons(1, sex=None)]
    public = publish(tmp_path, records, FEWER_THAN_3, **rates())
    assert at(public, "rate", "M") == (None, "suppressed")
    assert at(public, "rate", "U") == (None, "suppressed")


def test_no_case_is_a_rate_of_zero(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("sex,population\nF,10\nM,10\n", encoding="utf-8")
    assert at(publish(tmp_path, persons(1), **rates()), "rate", "M") == (0.0, "zero")


def test_absent_records_are_missing_or_make_a_margin_estimated(tmp_path: Path) -> None:
    people = measure("sum", column="days", contributors="value", absent="partial")
    records = [record(place="P1", day=date(2024, month, 1)) for month in (1, 2, 3)]
    public = publish(tmp_path, records, measures={"people": people}, tables={"cube": table("place", "month")})
    assert at(public, "people", "P1", "_T") == (6, "observed")
    assert at(public, "people", "P3", "2024-01") == (None, "missing")
    assert at(public, "people", "R1", "2024-01") == (2, "estimated")


def test_a_withheld_cell_looks_withheld_though_its_records_are_absent(tmp_path: Path) -> None:
    people = measure("sum", column="days", contributors="value", absent="missing")
    rules = DisclosureRules(policy="test", method="suppression", threshold=3, zeros="protect")
    public = publish(
        tmp_path, [record(place="P1")], rules, measures={"people": people}, tables={"cube": table("place")}
    )
    assert set(public.data["people_status"].to_pylist()) == {"suppressed"}


@pytest.mark.parametrize("rules", [EVERYTHING, FEWER_THAN_3])
def test_a_value_is_null_exactly_where_its_status_has_none(tmp_path: Path, rules: DisclosureRules) -> None:
    measures = {"stays": measure("count"), "mean": measure("mean", column="cost")}
    records = [*persons(1, place="P2"), *persons(4, place="P3"), *persons(5, place="X", cost=None)]
    public = publish(tmp_path, records, rules, measures=measures)
    for name in measures:
        for value, status in zip(public.data[name].to_pylist(), public.data[f"{name}_status"].to_pylist(), strict=True):
            assert (value is not None) == STATUS_MEANINGS[CellStatus(status)].has_value


def test_tables_in_another_order_are_refused(tmp_path: Path) -> None:
    given = loaded(tmp_path)
    limits = JobLimits(memory_mb=64, threads=1, temp=tmp_path / "temp")
    first = run(plan(given, EDITION), write(tmp_path / "extract.parquet", persons(3)), limits)
    other = loaded(tmp_path, tables={"cube": table("sex", "place")})
    second = run(plan(other, EDITION), write(tmp_path / "extract.parquet", persons(3)), limits)
    protected = protect(table_set(first), EVERYTHING)
    with pytest.raises(AssertionError):
        public_tables(protected, second, other, {})


def resting_on(rules: DisclosureRules, **keys: int) -> DisclosureRules:
    return rules.model_copy(update={"denominators": Denominators(**keys)})


def test_a_rate_of_too_few_events_or_people_is_not_calculated(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("sex,population\nF,5000\nM,999\nU,1000\n_T,6999\n", encoding="utf-8")
    records = [*persons(19), *persons(30, sex="male"), *persons(20, sex=None)]
    fewest = resting_on(EVERYTHING, events=20, population=1000)
    public = publish(tmp_path, records, fewest, **rates())
    assert at(public, "rate", "F") == (None, "unreliable")
    assert at(public, "rate", "M") == (None, "unreliable")
    assert at(public, "rate", "U") == (2000.0, "observed")
    assert at(public, "rate", "_T") == (985.86, "observed")
    only_people = publish(tmp_path, records, resting_on(EVERYTHING, population=1000), **rates())
    assert at(only_people, "rate", "F") == (380.0, "observed")
    assert at(only_people, "rate", "M") == (None, "unreliable")


def test_no_event_at_all_is_too_few(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("sex,population\nF,5000\nM,5000\n", encoding="utf-8")
    public = publish(tmp_path, persons(30), resting_on(EVERYTHING, events=3), **rates())
    assert at(public, "rate", "M") == (None, "unreliable")
    assert at(public, "rate", "U") == (None, "missing"), "there is no population to divide by"


def test_what_is_withheld_looks_the_same_whatever_it_rests_on(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("sex,population\nF,5000\nM,5\nU,0\n_T,5005\n", encoding="utf-8")
    records = [*persons(30), *persons(2, sex="male"), *persons(2, sex=None)]
    public = publish(tmp_path, records, resting_on(FEWER_THAN_3, events=3, population=1000), **rates())
    assert at(public, "rate", "M") == (None, "suppressed")
    assert at(public, "rate", "U") == (None, "suppressed")
    assert at(public, "rate", "F") == (600.0, "observed")


def test_a_mean_of_too_few_values_is_not_calculated_and_its_parts_are_shown(tmp_path: Path) -> None:
    measures = {"mean": measure("mean", column="days"), "stays": measure("count")}
    records = [*persons(7), *persons(8, sex="male")]
    public = publish(
        tmp_path, records, resting_on(FEWER_THAN_3, events=8), measures=measures, tables={"cube": table("sex")}
    )
    assert at(public, "mean", "F") == (None, "unreliable")
    assert at(public, "mean", "M") == (2.0, "observed")
    assert at(public, "mean", "U") == (None, "not_applicable")
    assert at(public, "stays", "F") == (7, "observed")
    assert public.withheld == {"mean": 0, "stays": 0}
