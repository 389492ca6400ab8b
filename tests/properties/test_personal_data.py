"""Whatever characters an identifier is written in, the gate finds it; whatever counts and codes there are pass."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from datasets.errors import PersonalDataFound
from publishers.personal_data import check_personal_data, find_personal_data

ZEROES = "0０𝟎𝟘𝟢𝟬𝟶٠०"
"""Where ten digits begin: ASCII, full-width, mathematical, Arabic and Devanagari."""
UNSEEN = ("", "\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u202e", "\ufe0f", "\u034f")
SPACES = (" ", "\u00a0", "\u2009", "\u3000")
AT = ("@", "＠", "﹫", " [at] ", "(at)")

IDENTIFIERS = [
    ("phone number", "0912/345/678"),
    ("phone number", "(0912) 345-678"),
    ("phone number", "0084 912 345 678"),
    ("phone number", "+84 (0) 912 345 678"),
    ("phone number", "024 3825 3531"),
    ("phone number", "gọi 0912345678"),
    ("personal identity number", "001099012345"),
    ("personal identity number", "001 099 012 345"),
    ("personal identity number", "CCCD 001099012345"),
    ("personal identity number", "CMND 012345678"),
    ("health insurance number", "DN4791234567890"),
    ("health insurance number", "DN 4 79 1234567890"),
    ("health insurance number", "thẻ BHYT 0123456789"),
    ("e-mail address", "an.nguyen@example.vn"),
    ("coordinates", "21.028511, 105.804817"),
    ("coordinates", "105.804817 21.028511"),
    ("coordinates", "21.0285°N, 105.8542°E"),
    ("coordinates", "21°01'42\"N 105°51'15\"E"),
]


@st.composite
def disguised(draw: st.DrawFn, text: str) -> str:
    """Write ``text`` in characters that look the same, with others between them that cannot be seen."""
    zero = ord(draw(st.sampled_from(ZEROES)))
    space, at = draw(st.sampled_from(SPACES)), draw(st.sampled_from(AT))
    wide = draw(st.booleans())
    letters = []
    for letter in text:
        shown = chr(zero + int(letter)) if letter.isdigit() else {" ": space, "@": at}.get(letter, letter)
        if wide and letter in "/()+-.":
            shown = chr(ord(letter) + 0xFEE0)
        letters += [shown, draw(st.sampled_from(UNSEEN))]
    return "".join(letters)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), known=st.sampled_from(IDENTIFIERS))
def test_an_identifier_is_found_in_any_characters_and_never_shown(data: st.DataObject, known: tuple[str, str]) -> None:
    kind, text = known
    cell = data.draw(disguised(text))
    table = pa.table({"ghi_chu": ["ra viện", cell, "tái khám"]})
    assert [(found.kind, found.cells) for found in find_personal_data(table)] == [(kind, 1)]
    with pytest.raises(PersonalDataFound) as caught:
        check_personal_data(table, place="t")
    assert cell not in str(caught.value)
    assert text not in str(caught.value)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_names_and_numbers_under_a_header_are_found_in_any_characters(data: st.DataObject) -> None:
    header = data.draw(disguised("ho_ten"))
    names = [data.draw(disguised(name)) for name in ("Nguyễn Văn An", "Trần Thị Bình", "Lê Minh Châu")]
    identity = [data.draw(disguised(number)) for number in ("012345678", "012/345/679")]
    table = {header: names, "số cmnd": [*identity, None]}
    assert [(found.kind, found.cells) for found in find_personal_data(pa.table(table))] == [
        ("person's name", 3),
        ("personal identity number", 2),
    ]


# What must pass -------------------------------------------------------------------------------------------------------


def _grouped(number: int, mark: str) -> str:
    return f"{number:,}".replace(",", mark)


AMOUNTS = st.integers(-(10**15), 10**15)
DATES = st.dates(date(1990, 1, 1), date(2040, 12, 31))
HARMLESS = st.one_of(
    st.lists(st.integers(0, 10**13), max_size=30),
    st.lists(st.integers(0, 10**8).map(str), max_size=30),
    st.lists(st.builds(_grouped, AMOUNTS, st.sampled_from([".", ","])), max_size=30),
    st.lists(st.builds("{} đồng".format, st.builds(_grouped, AMOUNTS, st.just("."))), max_size=30),
    st.lists(st.floats(allow_nan=False, allow_infinity=False).map(str), max_size=30),
    st.lists(st.integers(0, 10**9).map("0,{:09d}".format), max_size=30),
    st.lists(DATES.map("{:%d/%m/%Y}".format), max_size=30),
    st.lists(st.builds("{:%d/%m/%Y} - {:%d/%m/%Y}".format, DATES, DATES), max_size=30),
    st.lists(st.builds("{:%Y-%m-%d}/{:%Y-%m-%d}".format, DATES, DATES), max_size=30),
    st.lists(DATES.map("{:%m/%Y}".format), max_size=30),
    st.lists(st.integers(1, 96).map("{:02d}".format), max_size=30),
    st.lists(st.integers(1, 32_000).map("{:05d}".format), max_size=30),
    st.lists(st.from_regex(r"[A-Z][0-9]{2}(\.[0-9])?(-[A-Z][0-9]{2})?", fullmatch=True), max_size=30),
    st.lists(st.builds("{}-{}".format, st.integers(0, 99), st.integers(0, 99)), max_size=30),
    st.lists(st.builds("{}/{}/QĐ-BYT".format, st.integers(1, 9999), st.integers(1990, 2040)), max_size=30),
)


@settings(max_examples=150, deadline=None)
@given(cells=HARMLESS, header=st.sampled_from(["c1", "cases", "so_luot_bhyt", "chi_bhyt", "cost", "ma_tinh", "period"]))
@example(cells=["84.912.345.678"], header="cost")
@example(cells=[1_234_567_890], header="chi_bhyt")
@example(cells=["BHYT chi trả 1234567890 đồng"], header="c1")
def test_counts_dates_codes_and_amounts_pass(cells: list[object], header: str) -> None:
    assert find_personal_data(pa.table({header: cells})) == ()
