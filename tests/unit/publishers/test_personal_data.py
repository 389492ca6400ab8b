"""The personal data gate: a seeded corpus of each kind of identifier, and lists in which nothing may be found."""

from __future__ import annotations

import csv
import random
import string
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

import datasets
from datasets.errors import DefinitionInvalid, PersonalDataFound
from publishers.personal_data import check_personal_data, find_personal_data

COLUMNS = 200
"""Columns of each kind in the corpus; the gate must find 95 % of them."""
CELLS = 30
_SURNAMES = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
    "Đinh",
    "Đào",
    "Trịnh",
    "Mai",
    "Cao",
    "Lâm",
]
_MIDDLE = ["Văn", "Thị", "Hữu", "Đức", "Minh", "Ngọc", "Thanh", "Quốc", "Kim", "Hoàng", "Xuân", "Thu"]
_GIVEN = [
    "An",
    "Bình",
    "Châu",
    "Dũng",
    "Giang",
    "Hà",
    "Hạnh",
    "Hùng",
    "Khánh",
    "Lan",
    "Linh",
    "Long",
    "Mai",
    "Nam",
    "Nga",
    "Phúc",
    "Quân",
    "Sơn",
    "Tâm",
    "Thảo",
    "Trang",
    "Tuấn",
    "Vy",
]
_PLACES = [
    "001",
    "004",
    "010",
    "019",
    "022",
    "030",
    "031",
    "033",
    "036",
    "038",
    "040",
    "046",
    "048",
    "052",
    "060",
    "066",
    "075",
    "079",
    "082",
    "089",
    "092",
    "096",
]
_MOBILE = ("32", "38", "52", "56", "70", "77", "81", "88", "90", "91", "97", "98")

Make = Callable[[random.Random], str]


def _digits(seed: random.Random, count: int) -> str:
    return "".join(seed.choices(string.digits, k=count))


def _identity(seed: random.Random) -> str:
    born = seed.randint(1930, 2024)
    sex = seed.randint(0, 1) + (2 if born >= 2000 else 0)
    return f"{seed.choice(_PLACES)}{sex}{born % 100:02d}{_digits(seed, 6)}"


def _insurance(seed: random.Random) -> str:
    letters = seed.choice(["DN", "HC", "GD", "TE", "HT", "CN", "HN", "BT"])
    return f"{letters}{seed.randint(1, 5)}{seed.choice(_PLACES)[1:]}{_digits(seed, 10)}"


def _mobile(seed: random.Random) -> str:
    number = seed.choice(_MOBILE) + _digits(seed, 7)
    return seed.choice(["0", "+84", "84"]) + number


def _written_phone(seed: random.Random) -> str:
    number = seed.choice(_MOBILE) + _digits(seed, 7)
    return seed.choice(
        [
            f"0{number[:2]} {number[2:5]} {number[5:]}",
            f"0{number[:3]}.{number[3:6]}.{number[6:]}",
            f"(+84) {number}",
            f"024 {_digits(seed, 4)} {_digits(seed, 4)}",
            f"Gọi 0{number} giờ hành chính",
        ]
    )


def _name(seed: random.Random) -> str:
    words = [seed.choice(_SURNAMES), *seed.sample(_MIDDLE, seed.randint(0, 2)), seed.choice(_GIVEN)]
    return " ".join(words).upper() if seed.random() < 0.2 else " ".join(words)


def _foreign_name(seed: random.Random) -> str:
    return f"{seed.choice(['John', 'Anna', 'Peter', 'Maria'])} {seed.choice(['Smith', 'O’Neill', 'Müller', 'Ivanova'])}"


def _email(seed: random.Random) -> str:
    return (
        f"{seed.choice(_GIVEN).lower()}{_digits(seed, 2)}@example.vn".replace("đ", "d")
        .encode("ascii", "ignore")
        .decode()
    )


def _birth(seed: random.Random) -> str:
    day = date(1940, 1, 1) + timedelta(days=seed.randint(0, 30_000))
    return day.strftime(seed.choice(["%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y"]))


def _point(seed: random.Random) -> str:
    return f"{seed.uniform(8.5, 23.3):.6f}, {seed.uniform(102.2, 109.4):.6f}"


CORPUS: list[tuple[str, list[str], Make]] = [
    ("personal identity number", ["col1", "ghi_chu", "so_cccd", "ma"], _identity),
    (
        "personal identity number",
        ["so_cmnd", "CMND", "Số chứng minh nhân dân", "id_card"],
        lambda seed: _digits(seed, 9),
    ),
    ("health insurance number", ["col1", "so_the", "x"], _insurance),
    ("health insurance number", ["ma_so_bhyt", "Mã thẻ BHYT", "insurance_number"], lambda seed: _digits(seed, 10)),
    ("phone number", ["sdt", "Điện thoại", "phone", "SoDienThoai"], _mobile),
    ("phone number", ["col1", "ghi_chu"], _mobile),
    ("phone number", ["col1", "ghi_chu"], _written_phone),
    ("person's name", ["col1", "ho_ten", "Họ và tên", "ten_benh_nhan", "x"], _name),
    ("person's name", ["full_name", "patient name", "PatientName"], _foreign_name),
    ("e-mail address", ["col1", "lien_he"], _email),
    ("date of birth", ["ngay_sinh", "Ngày sinh", "date_of_birth", "DOB", "NgaySinh"], _birth),
    ("passport number", ["passport", "ho_chieu", "Số hộ chiếu"], lambda seed: seed.choice("BCNP") + _digits(seed, 7)),
    ("coordinates", ["vi_do", "lat", "Enumeration_unit_lat", "GPS_lat"], lambda seed: f"{seed.uniform(8.5, 23.3):.6f}"),
    ("coordinates", ["kinh_do", "Enumeration_unit_long", "lng"], lambda seed: f"{seed.uniform(102.2, 109.4):.7f}"),
    ("coordinates", ["col1", "vi_tri"], _point),
    ("patient or record number", ["ma_benh_nhan", "patient_id", "encounter_id"], lambda seed: _digits(seed, 7)),
]


def _found(name: str, cells: list[str | None]) -> set[str]:
    return {finding.kind for finding in find_personal_data(pa.table({name: pa.array(cells, pa.string())}))}


@pytest.mark.parametrize(
    ("kind", "headers", "make"), CORPUS, ids=[f"{kind}-{n}" for n, (kind, _, _) in enumerate(CORPUS)]
)
def test_recall(kind: str, headers: list[str], make: Make) -> None:
    seed = random.Random(20261123)  # The corpus is the same in every run.
    hits = 0
    for column in range(COLUMNS):
        cells: list[str | None] = [make(seed) for _ in range(CELLS)]
        cells[seed.randrange(CELLS)] = None
        hits += kind in _found(headers[column % len(headers)], cells)
    assert hits >= 0.95 * COLUMNS


def test_one_identity_number_among_notes_is_found() -> None:
    notes = ["đã ra viện"] * 500 + ["CCCD 001099012345, tái khám"]
    assert _found("ghi_chu", list(notes)) == {"personal identity number"}


LISTS = sorted((Path(datasets.__file__).parent).rglob("codelists/*.csv"))


@pytest.mark.parametrize("path", LISTS, ids=[path.stem for path in LISTS])
def test_nothing_is_found_in_code_lists(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows
    columns = {name: pa.array([row[name] or None for row in rows], pa.string()) for name in rows[0]}
    assert find_personal_data(pa.table(columns)) == ()


def _harmless() -> dict[str, list[object]]:
    seed = random.Random(7)
    facilities = ["Trạm Y tế xã Ba Đình", "Bệnh viện Bạch Mai", "Phòng khám Nguyễn Trãi", "Nhà thuốc Hồ Văn Huê"]
    return {
        "facility": [seed.choice(facilities) + f" {n}" for n in range(300)],
        "facility_code": [f"{seed.randint(1, 99):02d}{_digits(seed, 2)}{seed.choice('ABCK1')}" for _ in range(300)],
        "gln": ["893" + _digits(seed, 10) for _ in range(300)],
        "so_dang_ky": ["893" + _digits(seed, 9) for _ in range(300)],
        "ma_so_thue": ["03" + _digits(seed, 8) for _ in range(300)],
        "barcode": [_digits(seed, 12) for _ in range(300)],
        "icd10": [f"{seed.choice(string.ascii_uppercase)}{_digits(seed, 2)}.{_digits(seed, 1)}" for _ in range(300)],
        "month": [f"2024-{seed.randint(1, 12):02d}" for _ in range(300)],
        "licensed_on": [date(2020, 1, 1) + timedelta(days=seed.randint(0, 900)) for _ in range(300)],
        "cases": [seed.randint(0, 90_000) for _ in range(300)],
        "cost": [seed.randint(10**11, 10**12) for _ in range(300)],
        "bhyt": [seed.randint(0, 10**7) for _ in range(300)],
        "rate": [seed.uniform(0, 400) for _ in range(300)],
        "mean_age": [round(seed.uniform(8, 24), 2) for _ in range(300)],
        "benh_nhan": [seed.randint(0, 100) for _ in range(300)],
        "vinh_long": [seed.randint(0, 100) for _ in range(300)],
        "cases_status": ["observed"] * 300,
        "published": [True] * 300,
        "nothing": [None] * 300,
    }


def test_nothing_is_found_in_counts_codes_and_facilities() -> None:
    assert find_personal_data(pa.table(_harmless())) == ()


def test_place_names_without_their_kind_are_no_names() -> None:
    communes = next(path for path in LISTS if path.stem == "communes")
    with communes.open(encoding="utf-8", newline="") as stream:
        labels = [row["label_vi"] for row in csv.DictReader(stream)]
    bare = [label.removeprefix("Phường ").removeprefix("Xã ").removeprefix("Đặc khu ") for label in labels]
    assert _found("ten_xa", list(bare)) == set()


def test_columns_of_a_line_list_are_found_by_their_numbers_alone() -> None:
    seed = random.Random(1)
    table = pa.table(
        {
            "c1": [seed.uniform(8.5, 23.3) for _ in range(50)],
            "c2": [seed.uniform(102.2, 109.4) for _ in range(50)],
            "c3": [seed.uniform(0, 400) for _ in range(50)],
        }
    )
    assert [(finding.column, finding.kind) for finding in find_personal_data(table)] == [
        ("c1", "coordinates"),
        ("c2", "coordinates"),
    ]


def test_numbers_under_a_telling_header_are_found() -> None:
    table = pa.table(
        {
            "so_cccd": pa.array([1099012345 + 10**10] * 3),
            "sdt": pa.array([912345678, 387654321, None]),
            "ngay_sinh": pa.array([date(1990, 1, 2)] * 3),
            "longitude": pa.array([120.505898941, 120.45365746, 120.1], pa.float64()),
            "ten_benh_nhan": pa.array(["Nguyễn Văn An"] * 3).dictionary_encode(),
        }
    )
    assert [(finding.column, finding.cells) for finding in find_personal_data(table)] == [
        ("so_cccd", 3),
        ("sdt", 2),
        ("ngay_sinh", 3),
        ("longitude", 3),
        ("ten_benh_nhan", 3),
    ]


def test_the_error_names_column_kind_and_count_but_no_value() -> None:
    table = pa.table({"note": ["001099012345", "DN4791234567890"], "n": [1, 2]})
    with pytest.raises(PersonalDataFound) as caught:
        check_personal_data(table, place="facilities")
    text = str(caught.value)
    assert "facilities, column note: 1 cells look like: personal identity number" in text
    assert "health insurance number" in text
    assert "001099012345" not in text
    assert "DN4791234567890" not in text


def test_a_type_that_cannot_be_looked_into_is_refused() -> None:
    with pytest.raises(PersonalDataFound, match="cannot be looked into"):
        check_personal_data(pa.table({"x": [[1, 2]]}), place="t")


def test_what_belongs_to_an_institution_can_be_allowed_but_not_what_belongs_to_a_person() -> None:
    table = pa.table({"hotline": ["024 3825 3531", "028 3855 4269"]})
    check_personal_data(table, place="t", allowed={"hotline": ["phone number"]})
    with pytest.raises(PersonalDataFound):
        check_personal_data(table, place="t", allowed={"other": ["phone number"]})
    with pytest.raises(DefinitionInvalid, match="can never be allowed"):
        check_personal_data(table, place="t", allowed={"hotline": ["person's name"]})


def test_an_empty_table_passes() -> None:
    check_personal_data(pa.table({"ho_ten": pa.array([], pa.string()), "n": pa.array([], pa.int64())}), place="t")
