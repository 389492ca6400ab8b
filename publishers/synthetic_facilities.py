"""Makes up a register of health facilities and the populations that synthetic rates are divided by."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from datasets.codelist import Member
from datasets.periods import period_of
from publishers.synthetic_places import Places
from publishers.synthetic_profile import PROVINCE_POPULATION

FACILITY_COLUMNS = ("code", "name", "type", "province", "commune", "beds", "licensed_on")
STATIONS_PER_PROVINCE = 12
_FEMALE_SHARE = 0.502
_YEARLY_GROWTH = 1.009
_POPULATION_YEAR = 2025
_LETTERS = "ABCDEGHKLMNPQRSTUVXY"
_FIRST_LICENCE = date(2010, 1, 4)
_LICENCE_DAYS = 16 * 365

_HOSPITALS = (
    # Type, name, beds from and to; {province} is filled in. The first stands in every province.
    ("general-hospital", "Bệnh viện Đa khoa {province}", 400, 1200),
    ("general-hospital", "Bệnh viện Đa khoa khu vực số 1 {province}", 150, 500),
    ("general-hospital", "Bệnh viện Đa khoa khu vực số 2 {province}", 120, 400),
    ("specialised-hospital", "Bệnh viện Sản Nhi {province}", 150, 600),
    ("specialised-hospital", "Bệnh viện Phổi {province}", 80, 300),
    ("traditional-medicine-hospital", "Bệnh viện Y học cổ truyền {province}", 60, 250),
    ("health-centre", "Trung tâm Y tế khu vực 1 {province}", 40, 200),
    ("health-centre", "Trung tâm Y tế khu vực 2 {province}", 40, 200),
    ("polyclinic", "Phòng khám Đa khoa {province}", 0, 20),
)


def write_facilities(path: Path, *, edition: str, seed: int) -> int:
    """Write a register of made-up facilities as CSV (UTF-8, columns: ``FACILITY_COLUMNS``) and return its rows.

    Each province has nine hospitals, centres and clinics, and the stations of up to twelve of its communes. The names
    are built from names of provinces and communes and end in "(giả lập)", so that none is taken for a real one; codes,
    beds and dates are random. No person is named. The same seed gives the same facilities; an edition has those that
    were licensed by the end of its period, all of them where its name is no period.
    """
    period = period_of(edition)
    last_day = str(period[1]) if period else ""
    random = np.random.default_rng(seed)
    places = Places.builtin()
    rows = [
        row
        for province, communes in zip(places.provinces, places.by_province, strict=True)
        for row in _facilities(province, communes, random)
        if not last_day or row[-1] <= last_day
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(FACILITY_COLUMNS)
        writer.writerows(rows)
    return len(rows)


def write_population(path: Path, *, year: int) -> None:
    """Write synthetic populations by province and sex as CSV: province, sex, population.

    They are the rounded sizes of 2025 with the same growth and the same share of women everywhere: they give rates
    their order of magnitude and are true of no province.
    """
    growth = _YEARLY_GROWTH ** (year - _POPULATION_YEAR)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("province", "sex", "population"))
        for province, thousands in PROVINCE_POPULATION.items():
            for sex, share in (("M", 1 - _FEMALE_SHARE), ("F", _FEMALE_SHARE)):
                writer.writerow((province, sex, round(thousands * 1000 * growth * share)))


def _facilities(province: Member, communes: tuple[Member, ...], random: np.random.Generator) -> Iterator[list[str]]:
    numbers = random.permutation(len(_LETTERS) * 100)[: len(_HOSPITALS) + STATIONS_PER_PROVINCE]
    codes = iter(f"{province.code}{_LETTERS[number // 100]}{number % 100:02d}" for number in numbers)
    homes = random.choice(len(communes), size=min(STATIONS_PER_PROVINCE, len(communes)), replace=False)
    for kind, pattern, fewest, most in _HOSPITALS:
        home = communes[int(random.integers(len(communes)))]
        name = pattern.format(province=province.label.vi)
        yield _row(next(codes), name, kind, home, _beds_and_day(random, fewest, most))
    for index in sorted(homes):
        home = communes[int(index)]
        name = f"Trạm Y tế {home.label.vi[0].lower()}{home.label.vi[1:]}"
        yield _row(next(codes), name, "commune-health-station", home, _beds_and_day(random, 0, 6))


def _row(code: str, name: str, kind: str, home: Member, beds_and_day: tuple[str, str]) -> list[str]:
    return [code, f"{name} (giả lập)", kind, home.parent, home.code, *beds_and_day]


def _beds_and_day(random: np.random.Generator, fewest: int, most: int) -> tuple[str, str]:
    beds = int(random.integers(fewest, most + 1))
    return str(beds), str(_FIRST_LICENCE + timedelta(days=int(random.integers(0, _LICENCE_DAYS))))
