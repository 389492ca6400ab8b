"""The round numbers that give synthetic discharges their shape: chosen to be plausible, estimates of nothing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

PROVINCE_POPULATION = {
    "01": 8800, "04": 570, "08": 1870, "11": 670, "12": 510, "14": 1400, "15": 1780, "19": 1800, "20": 880,
    "22": 1500, "24": 3620, "25": 4020, "31": 4660, "33": 3570, "37": 4410, "38": 4320, "40": 3830, "42": 1620,
    "44": 1870, "46": 1430, "48": 3070, "51": 2160, "52": 3580, "56": 2240, "66": 3350, "68": 3870, "75": 4490,
    "79": 14000, "80": 3250, "82": 4370, "86": 4260, "91": 4950, "92": 4200, "96": 2610,
}  # fmt: skip
"""Thousands of people by province of 2025, rounded: good enough for sizes, not for any statement about a province."""

MONTH_SHARES = (0.95, 0.82, 1.0, 0.98, 1.0, 1.02, 1.06, 1.08, 1.06, 1.05, 1.0, 0.98)
"""Discharges of a day by month, against the year's average; few around the lunar new year."""

FACILITY_SHARES = {
    "general-hospital": 0.58,
    "specialised-hospital": 0.14,
    "traditional-medicine-hospital": 0.05,
    "health-centre": 0.17,
    "polyclinic": 0.02,
    "commune-health-station": 0.04,
}
OUTCOME_SHARES = {"recovered": 0.46, "improved": 0.46, "unchanged": 0.04, "transferred": 0.04}
INSURANCE_SHARES = {
    # Under 6, 6 to 17, 18 to 59, 60 to 79, 80 and over.
    "child": (0.96, 0.0, 0.0, 0.0, 0.0),
    "student": (0.0, 0.88, 0.04, 0.0, 0.0),
    "worker": (0.0, 0.0, 0.36, 0.04, 0.0),
    "pensioner": (0.0, 0.0, 0.0, 0.26, 0.1),
    "elderly": (0.0, 0.0, 0.0, 0.0, 0.78),
    "poor": (0.0, 0.06, 0.1, 0.1, 0.06),
    "household": (0.0, 0.02, 0.38, 0.52, 0.03),
    "none": (0.04, 0.04, 0.12, 0.08, 0.03),
}

_AGE_POINTS = (0, 1, 5, 15, 20, 27, 35, 50, 65, 75, 85, 99)
_AGE_WEIGHTS = (60, 34, 12, 7, 11, 15, 12, 13, 20, 19, 11, 0.5)

_CHAPTER_WEIGHTS = (
    # Weights at ages 0, 1 to 14, 15 to 49, 50 to 69, 70 and over, in the order of the chapters I to XXII.
    (8, 22, 10, 6, 6), (0.4, 1.5, 6, 15, 10), (1, 1.5, 1, 1, 1), (0.7, 0.8, 2.5, 7, 7), (0.1, 0.4, 2.5, 1.5, 1),
    (0.8, 2, 3, 4, 4), (0.4, 1.2, 1.5, 5, 8), (0.8, 2, 1.5, 2, 1), (0.7, 0.5, 5, 18, 26), (30, 38, 7, 9, 16),
    (5, 9, 13, 11, 9), (1.5, 2.5, 2, 1.5, 1.2), (0.2, 0.9, 5, 10, 8), (2, 2.5, 9, 7, 6), (0, 0, 24, 0, 0),
    (34, 0, 0, 0, 0), (5, 1.8, 0.5, 0.2, 0.1), (3, 4, 3, 3, 4), (1, 8, 13, 8, 6), (0, 0, 0, 0, 0),
    (4, 1, 4, 5, 3), (0.2, 0.2, 0.3, 0.4, 0.6),
)  # fmt: skip
"""Chapter XX (outside causes) is never a main diagnosis, chapter XVI only of newborns, chapter XV only of women."""
_CHAPTER_AGES = (1, 15, 50, 70)
_PREGNANCY = 14

CHAPTER_DAYS = (5, 7, 5, 6, 11, 7, 3, 4, 7, 6, 5, 5, 7, 5, 4, 7, 7, 4, 7, 4, 2, 9)
"""Mean days in hospital by chapter."""
CHAPTER_COST = (
    420,
    900,
    520,
    450,
    300,
    620,
    650,
    330,
    850,
    420,
    560,
    340,
    620,
    520,
    480,
    700,
    900,
    380,
    800,
    300,
    350,
    700,
)
"""Thousand dong for a day in hospital, by chapter."""
CHAPTER_DEATHS = (
    0.006, 0.012, 0.004, 0.004, 0.001, 0.006, 0.0001, 0.0001, 0.008, 0.004, 0.003, 0.0005, 0.0004, 0.002, 0.0002,
    0.06, 0.02, 0.004, 0.004, 0.0, 0.0005, 0.03,
)  # fmt: skip
"""The share of stays that end in death at age 50, by chapter; it grows by a factor of e in 22 years of age."""


def age_shares() -> Floats:
    """Return the weight of each year of age from 0 to 99 among people in hospital: newborns, parents and old people."""
    return np.interp(np.arange(100), _AGE_POINTS, _AGE_WEIGHTS)


def chapter_shares() -> Floats:
    """Return the weights of the 22 chapters, one row for each age and sex: 2 x age for men, one more for women."""
    by_group = np.array(_CHAPTER_WEIGHTS).T
    rows = by_group[np.searchsorted(_CHAPTER_AGES, np.arange(100), side="right")]
    both = np.repeat(rows, 2, axis=0)
    both[0::2, _PREGNANCY] = 0
    return both
