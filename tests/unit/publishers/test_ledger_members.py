"""Members of lists of other names: which are the same, and which are parts and wholes of each other."""

from __future__ import annotations

from dataclasses import replace

from datasets.codelist import Codelist, Member
from datasets.periods import period_of, time_codelist
from datasets.text import Bilingual
from publishers.ledger_members import View, moves_between, same_members, split_otherwise, sums_between, view_of

TITLE = Bilingual(vi="Danh mục", en="List")


def member(code: str, label: str = "", **more: str) -> Member:
    return Member(code, Bilingual(vi=label or code, en=label or code), **more)


def listed(name: str, *members: Member) -> Codelist:
    return Codelist(name, TITLE, members)


def ranges(name: str, *spans: tuple[str, str], code: str = "", level: str = "band") -> Codelist:
    members = (member(f"{code or name}{a}", range_from=a, range_to=b, level=level) for a, b in spans)
    return listed(name, *members)


def first(codelist: Codelist) -> View:
    return view_of(codelist, tuple(codelist.by_code), [])


def after(codelist: Codelist, *seen: View) -> View:
    return view_of(codelist, tuple(codelist.by_code), seen)


BANDS = ranges("bands", ("0", "4"), ("5", "9"), ("10", "14"), ("15", ""))


# The same members -----------------------------------------------------------------------------------------------------


def test_a_copy_under_another_name_has_the_same_members() -> None:
    view = after(replace(BANDS, id="own"), first(BANDS))
    assert dict(view.names) == {code: code for code in BANDS.by_code}


def test_members_that_were_added_are_new_and_the_others_the_same() -> None:
    longer = Codelist("own", TITLE, (*BANDS.members, member("unknown")))
    view = after(longer, first(BANDS))
    assert dict(view.names) == {code: code for code in BANDS.by_code} | {"unknown": "own:unknown"}


def test_what_two_earlier_releases_have_is_the_same_although_no_present_one_has_it() -> None:
    old = listed("old", member("a", "A"), member("b", "B"))
    present, before = first(listed("new", member("c", "C"))), listed("older", member("a", "A"))
    second = after(old, present)
    third = after(before, present, second)
    assert third.names["a"] == second.names["a"] == "old:a"


def test_a_decimal_that_changes_nothing_or_stands_elsewhere_leaves_members_the_same() -> None:
    plain = ranges("bands", ("0", "4"), ("5", "9"))
    codes = {code: code for code in plain.by_code}
    written = Codelist("bands", TITLE, (plain.members[0], replace(plain.members[1], range_to="9.0")))
    assert same_members(written, plain) == codes
    newborn = Codelist("bands", TITLE, (*plain.members, member("newborn", range_from="-0.07", range_to="-0.01")))
    assert same_members(newborn, plain) == codes
    other = Codelist("bands", TITLE, (plain.members[0], replace(plain.members[1], range_to="9.5")))
    assert same_members(other, plain) == {"bands0": "bands0"}


def test_one_list_keeps_the_meaning_of_its_codes_when_a_label_is_mended() -> None:
    assert same_members(listed("areas", member("1", "Hanoi")), listed("areas", member("1", "Ha Noi"))) == {"1": "1"}
    assert same_members(listed("areas", member("1", "Hanoi")), listed("other", member("1", "Hue"))) == {}


def test_in_a_copy_a_code_keeps_its_meaning_when_a_label_is_mended() -> None:
    lists = [
        listed(name, member("1", first), member("2", "Hue"), member("3", "Vinh"))
        for name, first in (("a", "Hanoi"), ("b", "Ha Noi"))
    ]
    assert same_members(*lists) == {"1": "1", "2": "2", "3": "3"}


def test_a_code_whose_range_was_changed_is_another_member() -> None:
    before, now = (listed("ages", member("young", range_from="0", range_to=end)) for end in ("4", "5"))
    assert same_members(before, now) == {}
    assert dict(after(before, first(now)).names) == {"young": "ages:young"}


def test_two_versions_of_one_list_never_share_a_name_by_chance() -> None:
    one, two, three = (listed("ages", member("young", range_from="0", range_to=end)) for end in "456")
    now = first(one)
    second = after(two, now)
    assert after(three, now, second).names["young"] not in {now.names["young"], second.names["young"]}


def test_ranges_are_the_same_whatever_they_are_called_and_written_like() -> None:
    assert same_members(ranges("a", ("0", "4"), ("5", "")), ranges("b", ("00", "4"), ("5", ""))) == {
        "a0": "b00",
        "a5": "b5",
    }


def test_at_its_own_decimals_a_range_ends_before_the_next_number() -> None:
    whole, tenths = ranges("ages", ("0", "4"), ("5", "9")), ranges("tenths", ("0", "4.9"), ("5.0", "9.9"))
    assert same_members(whole, tenths) == {"ages0": "tenths0", "ages5": "tenths5.0"}


def test_labels_tell_members_whose_codes_were_changed() -> None:
    letters = listed("sex", member("F", "Female"), member("M", "Male"))
    assert same_members(letters, listed("own", member("1", "male"), member("2", " Female"))) == {"F": "2", "M": "1"}


def test_of_two_that_are_called_alike_the_one_of_the_same_level_is_it() -> None:
    one = listed("a", member("1", "Hue", level="province"), member("2", "Hue", level="city"))
    other = listed("b", member("x", "Hue", level="city"), member("y", "Hue", level="province"))
    assert same_members(one, other) == {"1": "y", "2": "x"}


def test_a_province_that_became_another_is_not_that_other() -> None:
    old = listed("old", member("02", "Ha Giang", successor="08"), member("08", "Tuyen Quang", successor="08"))
    assert same_members(old, listed("new", member("08", "Tuyen Quang"))) == {}


def provinces(**districts: str) -> Codelist:
    """Return provinces with their districts, which are letters: `A="xy"`."""
    whole = (member(code, level="province") for code in districts)
    parts = (member(each, level="district", parent=code) for code, own in districts.items() for each in own)
    return listed("places", *whole, *parts)


def test_provinces_between_which_a_district_moved_are_not_the_same() -> None:
    before, now = provinces(A="xyz", B="v", C="w"), provinces(A="xy", B="vz", C="w")
    assert same_members(before, now) == {code: code for code in "Cxyzvw"}
    (move,) = moves_between(before, now)
    assert (move.code, move.there, move.was_below, move.is_below) == ("z", "z", "A", "B")
    assert move.changed == (("A", "A"), ("B", "B"))
    view = after(before, first(now))
    assert {code: view.names[code] for code in "ABC"} == {"A": "places:A", "B": "places:B", "C": "C"}
    assert set(sums_between(view, first(now))) >= {("places:A", ("x", "y", "z")), ("A", ("x", "y")), ("B", ("v", "z"))}


def test_a_district_that_is_new_or_gone_or_has_no_province_moved_nowhere() -> None:
    before = provinces(A="xyz", B="v")
    for now in (provinces(A="xy", B="v"), provinces(A="xyz", B="vu"), listed("places", *map(member, "ABxyzv"))):
        assert moves_between(before, now) == []
        assert {"A", "B"} <= same_members(before, now).keys()


def test_a_region_whose_provinces_exchange_a_district_is_the_same() -> None:
    def region(*provinces_: Member) -> Codelist:
        whole = (replace(one, parent="R" if one.level == "province" else one.parent) for one in provinces_)
        return listed("places", member("R", level="region"), *whole)

    before, now = (region(*one.members) for one in (provinces(A="xyz", B="v"), provinces(A="xy", B="vz")))
    assert same_members(before, now) == {code: code for code in "Rxyzv"}


def test_where_the_other_province_is_gone_the_one_that_got_its_district_is_another() -> None:
    assert same_members(provinces(A="x", B="yz"), provinces(A="xz")) == {"x": "x", "z": "z"}


# Sums -----------------------------------------------------------------------------------------------------------------


def test_mergers_are_known_in_both_directions() -> None:
    old = listed(
        "old", *(member(code, successor=to, level="p") for code, to in (("02", "08"), ("08", "08"), ("04", "04")))
    )
    new = listed("new", member("08", level="p"), member("04", level="p"))
    assert set(sums_between(after(old, first(new)), first(new))) == {("08", ("old:02", "old:08")), ("04", ("old:04",))}
    now = first(old)
    assert set(sums_between(after(new, now), now)) == {("new:08", ("02", "08")), ("new:04", ("04",))}


def test_what_had_ended_before_a_merger_is_a_part_where_it_is_published() -> None:
    ended = member("28", successor="01", level="p", valid_to="2008-07-31")
    old = listed("old", member("01", successor="01", level="p"), ended)
    now = first(listed("new", member("01", level="p")))
    assert sums_between(after(old, now), now) == [("01", ("old:01", "old:28"))]
    assert sums_between(view_of(old, ("01",), [now]), now) == [("01", ("old:01",))]


def test_a_copy_of_the_older_list_is_not_what_its_members_became() -> None:
    old = listed("old", *(member(code, successor="08", level="p") for code in ("02", "08")))
    longer = Codelist("own", TITLE, (*old.members, member("99", level="p")))
    assert sums_between(after(longer, first(old)), first(old)) == []
    assert sums_between(first(old), first(old)) == []


def test_ranges_nest_in_both_directions() -> None:
    wide = ranges("wide", ("0", "14"), ("15", ""))
    now = first(BANDS)
    assert sums_between(after(wide, now), now) == [("wide:wide0", ("bands0", "bands5", "bands10"))]
    now = first(wide)
    assert sums_between(after(BANDS, now), now) == [("wide0", ("bands:bands0", "bands:bands5", "bands:bands10"))]


def test_ranges_that_do_not_fill_another_are_no_sum() -> None:
    now = first(ranges("wide", ("0", "14")))
    assert sums_between(after(ranges("gap", ("0", "4"), ("10", "14")), now), now) == []
    assert sums_between(after(ranges("less", ("5", "9"), ("10", "14")), now), now) == []


def test_chapters_are_made_of_their_blocks() -> None:
    now = first(ranges("chapters", ("A00", "B99"), ("C00", "D48")))
    blocks = after(ranges("blocks", ("A00", "A79"), ("A80", "B99")), now)
    assert sums_between(blocks, now) == [("chaptersA00", ("blocks:blocksA00", "blocks:blocksA80"))]


def test_numbers_and_texts_are_not_compared() -> None:
    now = first(ranges("chapters", ("A00", "B99")))
    assert sums_between(after(BANDS, now), now) == []
    assert split_otherwise(after(BANDS, now), now) == []


def test_another_level_of_the_same_list_is_made_of_its_members() -> None:
    both = listed("areas", member("R", level="region"), *(member(code, parent="R", level="area") for code in "ab"))
    now = view_of(both, ("a", "b"), [])
    assert sums_between(view_of(both, ("R",), [now]), now) == [("R", ("a", "b"))]


def test_periods_are_made_of_those_that_fill_them_and_a_list_of_one_month_makes_no_quarter() -> None:
    year, march = period_of("2024"), period_of("2024-03")
    assert year is not None
    assert march is not None

    def named(start_end: tuple[object, object], *codes: str) -> View:
        codelist = time_codelist("months", *start_end)  # type: ignore[arg-type]
        return View(codelist, codes, {code: code for code in codelist.by_code})

    quarter = named(year, "2024-Q1")
    assert sums_between(named(year, "2024-01", "2024-02", "2024-03"), quarter) == [
        ("2024-Q1", ("2024-01", "2024-02", "2024-03"))
    ]
    assert sums_between(named(march, "2024-03"), quarter) == []


# What no sum links ----------------------------------------------------------------------------------------------------


def test_ranges_that_have_a_part_in_common_that_is_nobodys_member_are_found() -> None:
    tens = first(ranges("tens", ("0", "9"), ("10", "19"), ("20", "29"), ("30", "39"), ("40", "")))
    odd = ranges("odd", ("0", "4"), ("5", "19"), ("20", "34"), ("35", "39"), ("40", ""))
    found = [("tens0", "odd5"), ("tens30", "odd20")]
    assert split_otherwise(tens, first(odd)) == found
    assert split_otherwise(first(odd), tens) == [(there, code) for code, there in found]
    whole = Codelist("own", TITLE, (*odd.members, member("0T19", range_from="0", range_to="19", level="wide")))
    assert split_otherwise(tens, first(whole)) == found, "its own whole does not tell the part"
    fives = first(ranges("fives", *((str(at), str(at + 4)) for at in range(0, 40, 5)), ("40", "")))
    assert split_otherwise(tens, fives) == split_otherwise(fives, tens) == []
    letters = first(ranges("letters", ("A00", "A49"), ("A50", "B99")))
    assert split_otherwise(letters, first(ranges("others", ("A00", "A19"), ("A20", "B99")))) == [
        ("lettersA00", "othersA20")
    ]
