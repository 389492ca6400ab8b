"""Makes up health data for demonstrations: plausible in shape, the same for the same seed, true of nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from datasets.codelist import Member
from datasets.errors import DefinitionInvalid, Problem
from datasets.periods import period_of
from publishers.synthetic_facilities import write_facilities, write_population
from publishers.synthetic_places import Places
from publishers.synthetic_profile import (
    CHAPTER_COST,
    CHAPTER_DAYS,
    CHAPTER_DEATHS,
    FACILITY_SHARES,
    INSURANCE_SHARES,
    MONTH_SHARES,
    OUTCOME_SHARES,
    PROVINCE_POPULATION,
    age_shares,
    chapter_shares,
)

__all__ = ["SCHEMA", "write_discharges", "write_facilities", "write_population"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CHUNK_ROWS = 250_000
"""Rows made, and written as one row group, at a time: this bounds the memory, whatever the number of rows."""
POOL = 2
"""People for each stay, of whom patients are drawn: about four of ten become one, with 1.3 stays on average."""
_FIRST_PERSON = 100_000_000
"""Nine digits, so that no made-up person can be taken for a personal identification number, which has twelve."""

SCHEMA = pa.schema(
    [
        ("person_id", pa.int64()),
        ("province", pa.string()),
        ("commune", pa.string()),
        ("sex", pa.string()),
        ("age", pa.int64()),
        ("icd10", pa.string()),
        ("discharged_on", pa.date32()),
        ("insurance", pa.string()),
        ("facility_type", pa.string()),
        ("outcome", pa.string()),
        ("days", pa.int64()),
        ("cost_vnd", pa.int64()),
    ]
)
"""The columns of the file; one row is one stay in hospital."""


def write_discharges(
    path: Path,
    rows: int,
    *,
    edition: str,
    seed: int,
    progress: Callable[[int], None] = lambda _rows: None,
) -> None:
    """Write ``rows`` synthetic discharges as Parquet (columns: ``SCHEMA``), in constant memory.

    Shares of provinces, ages, diagnoses and outcomes are round numbers chosen to look like a hospital system, not
    estimates of anything. A person has one province, commune, sex, age and insurance, and 1.3 stays on
    average.

    Args:
        path: The file to write; replaced when it exists.
        rows: The number of stays.
        edition: A year, quarter or month; every date lies in it.
        seed: The same seed, edition and number of rows give the same values.
        progress: Called with the number of rows written so far.

    Raises:
        DefinitionInvalid: ``edition`` is no period.
    """
    period = period_of(edition)
    if period is None:
        problem = Problem(f"edition {edition}", "is no period of time", "use a year, quarter or month, such as 2025")
        raise DefinitionInvalid("Discharges cannot be made up for this edition", problems=[problem])
    generator = _Generator(Places.builtin(), period, seed, persons=max(1, rows * POOL))
    with pq.ParquetWriter(path, SCHEMA, compression="zstd", store_schema=False) as writer:
        for start in range(0, rows, CHUNK_ROWS):
            count = min(CHUNK_ROWS, rows - start)
            writer.write_table(generator.chunk(start // CHUNK_ROWS, count), row_group_size=CHUNK_ROWS)
            progress(start + count)
        if rows == 0:
            writer.write_table(SCHEMA.empty_table())


@dataclass(frozen=True)
class _Generator:
    places: Places
    period: tuple[date, date]
    seed: int
    persons: int

    def chunk(self, index: int, count: int) -> pa.Table:
        random = np.random.default_rng([self.seed, self.period[0].toordinal(), self.period[1].toordinal(), index])
        person = random.integers(0, self.persons, count)
        age = np.searchsorted(self._ages, self._trait(person, 1), side="right")
        female = self._trait(person, 2) < 0.52
        chapter = _pick(self._chapters, 2 * age + female, random.random(count))
        days = 1 + random.gamma(1.6, np.asarray(CHAPTER_DAYS)[chapter] / 1.6).astype(np.int64)
        province, commune = self._homes(person)
        columns = {
            "person_id": pa.array(person + _FIRST_PERSON),
            "province": _words(province, [member.code for member in self.places.provinces]),
            "commune": _words(commune, self._commune_codes),
            "sex": _words(female.astype(np.int64), ["M", "F"]),
            "age": pa.array(age.astype(np.int64)),
            "icd10": _words(_pick(self._codes, chapter, random.random(count)), self._code_names),
            "discharged_on": pa.array(self._dates(random.random(count)), pa.int32()).cast(pa.date32()),
            "insurance": self._insurance(person, age),
            "facility_type": _shared(FACILITY_SHARES, random.random(count)),
            "outcome": _outcome(age, chapter, random.random(count)),
            "days": pa.array(days),
            "cost_vnd": pa.array(_cost(chapter, days, random.standard_normal(count))),
        }
        return pa.table([columns[name].cast(SCHEMA.field(name).type) for name in SCHEMA.names], schema=SCHEMA)

    def _trait(self, person: Ints, salt: int) -> Floats:
        """Return a number from 0 to 1 for each person, always the same for one person: no table of persons is kept.

        The mixing is that of SplitMix64 (Steele, Lea and Flood, 2014, doi:10.1145/2660193.2660195).
        """
        mask = (1 << 64) - 1
        state = person.astype(np.uint64) + np.uint64(
            (self.seed * 0x9E3779B97F4A7C15 + salt * 0xD1B54A32D192ED03) & mask
        )
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state ^= state >> np.uint64(31)
        return (state >> np.uint64(11)).astype(np.float64) / float(1 << 53)

    def _homes(self, person: Ints) -> tuple[Ints, Ints]:
        """Return the province of each person, and the commune, of which the first of a province have more people."""
        province = np.searchsorted(self._provinces, self._trait(person, 3), side="right")
        sizes = np.array([len(communes) for communes in self.places.by_province])
        first = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        within = (self._trait(person, 4) ** 1.5 * sizes[province]).astype(np.int64)
        return province, first[province] + within

    def _dates(self, chance: Floats) -> Ints:
        first, last = self.period[0].toordinal(), self.period[1].toordinal()
        days = [date.fromordinal(day) for day in range(first, last + 1)]
        steps = _steps(np.array([MONTH_SHARES[day.month - 1] for day in days]))
        return np.searchsorted(steps, chance, side="right") + first - date(1970, 1, 1).toordinal()

    def _insurance(self, person: Ints, age: Ints) -> pa.Array:
        group = np.searchsorted([6, 18, 60, 80], age, side="right")
        names = list(INSURANCE_SHARES)
        table = np.array(list(INSURANCE_SHARES.values())).T
        return _words(_pick(_rows_of_steps(table), group, self._trait(person, 5)), names)

    @cached_property
    def _ages(self) -> Floats:
        return _steps(age_shares())

    @cached_property
    def _provinces(self) -> Floats:
        return _steps(np.array([PROVINCE_POPULATION[member.code] for member in self.places.provinces]))

    @cached_property
    def _chapters(self) -> Floats:
        return _rows_of_steps(chapter_shares())

    @cached_property
    def _commune_codes(self) -> list[str]:
        return [commune.code for communes in self.places.by_province for commune in communes]

    @cached_property
    def _by_chapter(self) -> tuple[tuple[str, ...], ...]:
        return tuple(_three_character_codes(member) for member in self.places.chapters.members)

    @cached_property
    def _code_names(self) -> list[str]:
        return [code for codes in self._by_chapter for code in codes]

    @cached_property
    def _codes(self) -> Floats:
        """For each chapter its codes only, the first ones far more frequent (Zipf), over the row of all codes."""
        shares = np.zeros((len(self._by_chapter), len(self._code_names)))
        start = 0
        for chapter, codes in enumerate(self._by_chapter):
            shares[chapter, start : start + len(codes)] = 1 / np.arange(1, len(codes) + 1)
            start += len(codes)
        return _rows_of_steps(shares)


def _three_character_codes(chapter: Member) -> tuple[str, ...]:
    """Return every letter and two digits in the chapter's range; not all of them are in use in ICD-10."""
    letters = range(ord(chapter.range_from[0]), ord(chapter.range_to[0]) + 1)
    codes = (f"{chr(letter)}{number:02d}" for letter in letters for number in range(100))
    return tuple(code for code in codes if chapter.range_from <= code <= chapter.range_to)


def _steps(shares: Floats) -> Floats:
    """Return the cumulative shares; from the last that is not zero on they are exactly 1, above every draw."""
    steps: Floats = np.cumsum(shares, axis=-1) / np.sum(shares, axis=-1, keepdims=True)
    steps[steps > 1 - 1e-9] = 1.0
    return steps


def _rows_of_steps(shares: Floats) -> Floats:
    """Return the cumulative shares of each row plus its number: ascending as a whole, so one search serves all rows."""
    steps: Floats = _steps(shares) + np.arange(len(shares))[:, np.newaxis]
    return steps


def _pick(rows_of_steps: Floats, row: Ints, chance: Floats) -> Ints:
    """Return for each draw the column that ``chance`` falls on in ``row``."""
    # A draw just below 1 would round up into the next row once the row's number is added.
    position = np.searchsorted(rows_of_steps.ravel(), row + chance * (1 - 2.0**-30), side="right")
    return np.asarray(position - row * rows_of_steps.shape[1], dtype=np.int64)


def _shared(shares: Mapping[str, float], chance: Floats) -> pa.Array:
    return _words(np.searchsorted(_steps(np.array(list(shares.values()))), chance, side="right"), list(shares))


def _outcome(age: Ints, chapter: Ints, chance: Floats) -> pa.Array:
    """Deaths grow with age and differ by chapter; who lives goes home recovered, improved, unchanged or elsewhere."""
    deaths = np.minimum(0.6, np.asarray(CHAPTER_DEATHS)[chapter] * np.exp((age - 50) / 22))
    alive = (chance - deaths) / (1 - deaths)
    names = list(OUTCOME_SHARES)
    picked = np.searchsorted(_steps(np.array(list(OUTCOME_SHARES.values()))), np.clip(alive, 0, None), side="right")
    return _words(np.where(chance < deaths, len(names), picked), [*names, "died"])


def _cost(chapter: Ints, days: Ints, normal: Floats) -> Ints:
    """Return costs in dong, log-normal around a price for each day of the chapter, in whole thousands."""
    price = np.asarray(CHAPTER_COST)[chapter] * (0.6 + 0.4 * days)
    return np.asarray(np.round(price * np.exp(0.7 * normal)) * 1000, dtype=np.int64)


def _words(indices: Ints, words: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(indices.astype(np.int32)), pa.array(words, pa.string()))
