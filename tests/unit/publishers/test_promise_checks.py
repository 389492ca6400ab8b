"""What a new release must keep of the one before it, case by case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from datasets.text import Bilingual
from publishers.promise_checks import broken_promises
from publishers.promise_standing import NOTICE_DAYS, Standing
from publishers.promises import Meaning, Offer, TableOffer
from tests.support.offers import CASES, DAY, PROVINCE, broken, offer

SOON, LATE = DAY + timedelta(days=NOTICE_DAYS - 1), DAY + timedelta(days=NOTICE_DAYS)
PAST = DAY - timedelta(days=1)
BEFORE = offer({"province": PROVINCE, "patients": CASES, "cost": CASES})


def without(name: str) -> dict[str, Meaning]:
    return {each: meaning for each, meaning in BEFORE.tables["by-month"].fields.items() if each != name}


RENAMED_FIELDS = {**without("patients"), "cases": CASES}


def test_what_is_the_same_or_more_is_kept() -> None:
    assert broken(BEFORE, BEFORE) == []
    more = {"province": PROVINCE, "patients": CASES, "cost": CASES, "deaths": CASES}
    assert broken(offer(more), BEFORE) == []


@pytest.mark.parametrize("name", ["province", "patients", "cost"])
def test_a_field_that_is_missing_breaks_questions(name: str) -> None:
    (problem,) = broken_promises(offer(without(name)), Standing(DAY, BEFORE, BEFORE, "visits 2026.1"))
    assert problem.place == f"tables.by-month.{'dimensions' if name == 'province' else 'fields'}"
    assert problem.rule == f"{name} is missing, and callers use it in visits 2026.1"
    assert f"renamed: {{{name}: {{to: …, until: {LATE}}}}}" in problem.remedy
    assert f"retiring: {{{name}: {{until: {LATE}, reason: {{vi: …, en: …}}}}}}" in problem.remedy


def test_a_renamed_field_needs_its_older_name_for_long_enough() -> None:
    assert broken(offer(RENAMED_FIELDS, renamed={"patients": ("cases", LATE)}), BEFORE) == []
    assert broken(offer(RENAMED_FIELDS, renamed={"patients": ("cases", SOON)}), BEFORE) == ["renamed.patients.until"]


def test_a_renamed_field_must_mean_the_same() -> None:
    other = {**without("patients"), "cases": replace(CASES, unit=Bilingual(vi="nghìn ca", en="thousand cases"))}
    assert broken(offer(other, renamed={"patients": ("cases", LATE)}), BEFORE) == ["tables.by-month.fields"]


def test_an_older_name_is_answered_until_the_day_that_was_promised() -> None:
    told = offer(RENAMED_FIELDS, renamed={"patients": ("cases", LATE)})
    bare = offer(RENAMED_FIELDS)
    (problem,) = broken_promises(bare, Standing(LATE, told, told, "visits 2027.1"))
    assert problem.remedy == (
        f"Keep it under renamed until {LATE}, as was promised: patients: {{to: cases, until: {LATE}}}"
    )
    assert broken(bare, told, day=LATE + timedelta(days=1)) == []
    earlier = offer(RENAMED_FIELDS, renamed={"patients": ("cases", SOON)})
    assert broken(earlier, told) == ["renamed.patients.until"]
    later = offer(RENAMED_FIELDS, renamed={"patients": ("cases", LATE + timedelta(days=30))})
    assert broken(later, told) == []


def test_an_older_name_stays_a_name_of_the_same_field() -> None:
    told = offer(RENAMED_FIELDS, renamed={"patients": ("cases", LATE)})
    other_field = offer({**RENAMED_FIELDS, "patients": CASES})
    (problem,) = broken_promises(other_field, Standing(LATE, told, told, "visits 2027.1"))
    assert problem.rule == "patients is an older name of cases in visits 2027.1, and would be patients now"
    assert "publish patients without cases, and write renamed: {cases: {to: patients, until: " in problem.remedy
    assert broken(other_field, told, day=LATE + timedelta(days=1)) == []
    assert broken(offer(RENAMED_FIELDS, renamed={"patients": ("cost", LATE)}), told) == ["tables.by-month.fields"]
    back = offer(BEFORE.tables["by-month"].fields, renamed={"cases": ("patients", LATE)})
    assert broken(back, told) == [], "who thinks better of it calls the field as before"


def test_an_older_name_follows_its_field_to_the_next_name() -> None:
    told = offer(RENAMED_FIELDS, renamed={"patients": ("cases", LATE)})
    fields = {**without("patients"), "visits": CASES}
    (problem,) = broken_promises(
        offer(fields, renamed={"cases": ("visits", LATE)}), Standing(DAY, told, told, "visits 2027.1")
    )
    assert f"patients: {{to: visits, until: {LATE}}}" in problem.remedy
    assert broken(offer(fields, renamed={"cases": ("visits", LATE), "patients": ("visits", LATE)}), told) == []


def test_two_fields_do_not_become_one() -> None:
    """Whoever renames ``patients`` to ``cases`` and ``cost`` to ``patients`` can only declare one of the two."""
    shifted = offer({**without("cost"), "cases": CASES}, renamed={"cost": ("patients", LATE)})
    (problem,) = broken_promises(shifted, Standing(DAY, BEFORE, BEFORE, "visits 2026.1"))
    assert problem.place == "renamed.cost"
    assert problem.rule == (
        "patients is another field than cost in visits 2026.1, and callers would get cost for it"
    )  # fmt: skip
    gone = offer(BEFORE.tables["by-month"].fields, retiring={"patients": PAST})
    assert broken(shifted, gone) == [], "the name was free"
    newest = offer({**without("cost")}, renamed={"cost": ("patients", LATE)})
    assert broken(newest, BEFORE, newest) == [], "the newest release has it so already"


def test_a_field_that_goes_is_promised_by_any_name_for_as_long() -> None:
    fields = BEFORE.tables["by-month"].fields
    later = LATE + timedelta(days=60)
    going = offer(fields, retiring={"patients": later})
    assert broken(offer(RENAMED_FIELDS, renamed={"patients": ("cases", LATE)}), going) == ["renamed.patients.until"]
    assert broken(offer(RENAMED_FIELDS, renamed={"patients": ("cases", later)}), going) == []
    both = offer(RENAMED_FIELDS, renamed={"patients": ("cases", LATE)}, retiring={"cases": SOON})
    assert set(broken(both, BEFORE)) == {"retiring.cases.until"}, "it is new by its name alone"
    told = offer(RENAMED_FIELDS, renamed={"patients": ("cases", later)})
    (problem,) = broken_promises(
        offer(RENAMED_FIELDS, renamed={"patients": ("cases", later)}, retiring={"tables.by-month.cases": LATE}),
        Standing(DAY, told, told, "visits 2027.1"),
    )
    assert problem.rule == f"{LATE} is earlier than {later}, until which it is answered as patients"
    again = offer(fields, renamed={"cases": ("patients", later)}, retiring={"patients": LATE})
    assert "retiring.patients.until" in broken(again, told), "an older name that is the present one again"


def test_a_rate_divides_what_it_divided() -> None:
    rate = Meaning("rate", "number", unit=CASES.unit, per=1000, parts=("cases", "people"))
    fields = {"cases": CASES, "deaths": CASES, "people": CASES, "rate": rate}
    before = offer(fields)
    assert broken(offer({**fields, "rate": replace(rate, parts=("deaths", "people"))}), before) == [
        "tables.by-month.fields"
    ]
    renamed = {"patients": CASES, "deaths": CASES, "people": CASES, "rate": replace(rate, parts=("patients", "people"))}
    assert broken(offer(renamed, renamed={"cases": ("patients", LATE)}), before) == []
    told_nothing = offer({**fields, "rate": replace(rate, parts=())})
    assert broken(before, told_nothing) == [] == broken(told_nothing, before)


def test_a_field_goes_after_its_last_day_and_no_earlier() -> None:
    announced = offer(BEFORE.tables["by-month"].fields, retiring={"cost": LATE})
    assert broken(announced, BEFORE) == []
    gone = offer(without("cost"))
    assert broken(gone, announced, day=LATE) == ["tables.by-month.fields"]
    assert broken(gone, announced, day=LATE + timedelta(days=1)) == []
    assert broken(offer(without("cost"), retiring={"cost": LATE}), BEFORE) == ["tables.by-month.fields"]


def test_a_last_day_leaves_time_and_is_never_brought_forward() -> None:
    fields = BEFORE.tables["by-month"].fields
    assert broken(offer(fields, retiring={"cost": SOON}), BEFORE) == ["retiring.cost.until"]
    announced = offer(fields, retiring={"cost": LATE + timedelta(days=10)})
    assert broken(offer(fields, retiring={"cost": LATE}), announced) == ["retiring.cost.until"]
    assert broken(offer(fields, retiring={"cost": LATE + timedelta(days=40)}), announced) == []
    assert broken(offer(fields), announced) == [], "who thinks better of it keeps the field"
    assert broken(offer(fields, retiring={"cost": LATE}), announced, day=LATE + timedelta(days=300)) == []


def test_a_field_may_mean_something_else_after_its_last_day() -> None:
    announced = offer(BEFORE.tables["by-month"].fields, retiring={"cost": PAST})
    other = offer({**without("cost"), "cost": replace(CASES, type="number")})
    assert broken(other, announced) == []
    assert broken(other, BEFORE) == ["tables.by-month.fields"]


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (Meaning("persons", "integer", unit=CASES.unit), "is persons, not amount"),
        (replace(CASES, type="number"), "has the type number, not integer"),
        (replace(CASES, unit=Bilingual(vi="người", en="people")), "is in people, not in cases"),
        (replace(CASES, per=1000), "is per 1000, not per None"),
        (replace(PROVINCE, kind="dimension"), "is dimension, not amount"),
        (replace(CASES, unit=Bilingual(vi="ca", en="recorded cases")), ""),
        (replace(CASES, type=""), ""),
    ],
)
def test_what_a_figure_means_is_kept(now: Meaning, says: str) -> None:
    assert now.differs_from(CASES) == says


def test_a_dimension_keeps_its_codes_and_its_total() -> None:
    assert replace(PROVINCE, codelist="provinces-legacy").differs_from(PROVINCE) == (
        "has codes of provinces-legacy, not of provinces"
    )
    assert replace(PROVINCE, total=False).differs_from(PROVINCE) == "has no published total any more"
    assert PROVINCE.differs_from(replace(PROVINCE, total=False)) == ""
    plain = {"province": replace(PROVINCE, total=False), "patients": CASES, "cost": CASES}
    assert broken(offer(plain), BEFORE) == ["tables.by-month.dimensions"]


def test_a_new_dimension_without_a_total_answers_no_older_question() -> None:
    fields = BEFORE.tables["by-month"].fields
    assert broken(offer({**fields, "sex": replace(PROVINCE, total=False)}), BEFORE) == ["tables.by-month.dimensions"]


def test_a_margin_that_could_be_asked_stays() -> None:
    table = TableOffer({"province": PROVINCE, "sex": PROVINCE, "cases": CASES}, frozenset())
    both, one = frozenset({"province", "sex"}), frozenset({"sex"})
    before = Offer({"by-sex": replace(table, margins=frozenset({both, one}))})
    now = Offer({"by-sex": replace(table, margins=frozenset({both}))})
    assert broken(now, before) == ["tables.by-sex.margins"]
    assert broken(before, now) == []


def test_a_table_or_a_list_goes_by_the_same_rules() -> None:
    assert broken(Offer({}), BEFORE) == ["tables.by-month"]
    assert broken(Offer({}), offer(BEFORE.tables["by-month"].fields, retiring={"tables.by-month": PAST})) == []
    lists = Offer({}, frozenset({"areas"}))
    assert broken(Offer({}), lists) == ["codelists.areas"]
    announced = replace(lists, retiring=offer({}, retiring={"codelists.areas": PAST}).retiring)
    assert broken(Offer({}), announced) == []
    in_one_table = offer(BEFORE.tables["by-month"].fields, retiring={"tables.by-month.cost": PAST})
    assert broken(offer(without("cost")), in_one_table) == []


def test_a_correction_of_an_older_edition_may_lack_what_the_newest_lacks() -> None:
    newest = offer(without("cost"))
    assert broken(offer(without("cost")), BEFORE, newest) == []
    assert broken(offer(without("patients")), BEFORE, newest) == ["tables.by-month.fields"]
    told = offer(RENAMED_FIELDS, renamed={"patients": ("cases", date(2027, 1, 20))})
    again = offer({**without("patients"), "cases": CASES}, renamed={"patients": ("cases", date(2027, 1, 20))})
    assert broken(again, BEFORE, told) == [], "readers were told by the newest release"
