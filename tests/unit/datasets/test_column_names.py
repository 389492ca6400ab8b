"""Columns are followed through every renaming that was published, and rates by what they divide."""

from __future__ import annotations

from datetime import date

from datasets.column_names import names_before, names_now
from datasets.comparing import are_comparable, changed_aspects, told_columns, with_parts_named
from datasets.notices import RenamedField
from datasets.release import MeasureDescription, ReleaseDescription
from datasets.text import Bilingual
from tests.support.tiny_releases import tiny_description

TEXT = Bilingual(vi="a", en="a")


def measure(name: str, numerator: str | None = None, source: Bilingual | None = None) -> MeasureDescription:
    return MeasureDescription(
        name=name,
        title=TEXT,
        unit=TEXT,
        type="rate" if numerator else "count",
        field_type="integer",
        additive=True,
        numerator=numerator,
        denominator_source=source,
    )


def release(*measures: MeasureDescription, **renamed: str) -> ReleaseDescription:
    told = tuple(RenamedField(old=old, new=new, until=date(2030, 1, 1)) for old, new in renamed.items())
    return tiny_description().model_copy(update={"dimensions": (), "measures": measures, "renamed": told})


def test_a_chain_of_renamings_is_followed_past_a_name_that_is_used_again() -> None:
    """The column a became b and then c; what is called a now is another one, and so is what b was once more."""
    first = release(measure("a"))
    steps = (first, release(measure("b"), a="b"), release(measure("c"), b="c"), release(measure("c"), measure("a")))
    assert names_before("a", "c", steps[:3]) == {"c": "a"}
    assert names_before("a", "ac", steps) == {"c": "a"}
    taken = (release(measure("a"), measure("b")), release(measure("b"), a="b"))
    assert names_before("ab", "b", taken) == {"b": "a"}


def test_a_rate_of_something_else_is_told_and_not_compared() -> None:
    old = release(measure("stays"), measure("rate", "stays"))
    then = told_columns(old)["rate"]
    other = told_columns(release(measure("rate", "deaths")))["rate"]
    assert (changed_aspects(then, other), are_comparable(then, other)) == (("numerator",), False)
    renamed = told_columns(release(measure("visits"), measure("rate", "visits"), stays="visits"))["rate"]
    followed = with_parts_named(told_columns(old), names_now({"visits": "stays"}, ("stays", "rate")))["rate"]
    assert (changed_aspects(followed, renamed), are_comparable(followed, renamed)) == ((), True)
    # Another measure has the name that the numerator had.
    gone = with_parts_named(told_columns(old), names_now({}, ("stays",)))["rate"]
    assert changed_aspects(gone, then) == ("numerator",)
    census = told_columns(release(measure("rate", "stays", Bilingual(vi="b", en="Census of 2029"))))["rate"]
    assert (changed_aspects(then, census), are_comparable(then, census)) == (("population",), True)
