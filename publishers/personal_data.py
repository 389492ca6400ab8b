"""The gate before anything is published: tables that hold direct identifiers of people are refused, values unseen."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from datasets.errors import DefinitionInvalid, PersonalDataFound, Problem
from publishers import identifiers
from publishers.identifiers import header_says, is_identity_number, is_person_name, readable, says_beside
from publishers.phone_numbers import is_bare_phone, is_expected_phone, is_written_phone

ALLOWABLE = frozenset({"phone number", "e-mail address", "coordinates"})
"""What a register of institutions may publish of them, when somebody says so for that column."""
_MOST = 0.5
_NAMES_WITHOUT_HEADER = 0.6
_PHONES_WITHOUT_HEADER = 0.3
_FEW = 3
"""Without a header to go by, so many different values are needed before a column is believed to hold names."""
_VIET_NAM = {"latitude": (8.0, 24.0), "longitude": (102.0, 110.0)}
_NOTHING_ALLOWED: Mapping[str, Collection[str]] = MappingProxyType({})


@dataclass(frozen=True)
class Finding:
    """One kind of identifier in one column, and how many cells hold it."""

    column: str
    kind: str
    cells: int


def check_personal_data(
    table: pa.Table, *, place: str, allowed: Mapping[str, Collection[str]] = _NOTHING_ALLOWED
) -> None:
    """Raise PersonalDataFound when ``table``, as it would be published, holds direct identifiers of people.

    Args:
        table: The rows to publish; columns of text, numbers, dates or truth values.
        place: What the table is called in the error.
        allowed: Kinds of ALLOWABLE by column, for what belongs to an institution, such as its telephone.

    The error names column, kind and number of cells, never a value. A column of another type cannot be looked into
    and is refused as well.
    """
    _check_allowed(allowed, place)
    found = [finding for finding in find_personal_data(table) if finding.kind not in allowed.get(finding.column, ())]
    if found:
        problems = [
            Problem(
                f"{place}, column {finding.column}",
                f"{finding.cells:,} cells look like: {finding.kind}",
                "leave the column out of what is published",
            )
            for finding in found
        ]
        raise PersonalDataFound("What would be published identifies people", problems=problems)


def find_personal_data(table: pa.Table) -> tuple[Finding, ...]:
    """Return what identifies people, column by column."""
    columns = [_Column(name, table.column(name)) for name in table.column_names]
    found = [Finding(column.name, kind, cells) for column in columns for kind, cells in _look(column).items() if cells]
    return (*found, *_unnamed_coordinates(columns, {finding.column for finding in found}))


def _check_allowed(allowed: Mapping[str, Collection[str]], place: str) -> None:
    unknown = sorted({kind for kinds in allowed.values() for kind in kinds} - ALLOWABLE)
    if unknown:
        rule = f"“{unknown[0]}” can never be allowed"
        raise DefinitionInvalid(
            "An exception from the personal data gate is not possible",
            problems=[Problem(place, rule, f"only these can: {', '.join(sorted(ALLOWABLE))}")],
        )


class _Column:
    """A column as its different values and how often each occurs."""

    def __init__(self, name: str, data: pa.ChunkedArray) -> None:
        self.name = name
        kind = data.type
        self.data = data.cast(kind.value_type) if pa.types.is_dictionary(kind) else data
        kind = self.data.type
        self.is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
        self.is_integer = pa.types.is_integer(kind)
        self.is_number = self.is_integer or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
        self.is_date = pa.types.is_temporal(kind)
        self.is_opaque = not (
            self.is_text or self.is_number or self.is_date or pa.types.is_boolean(kind) or pa.types.is_null(kind)
        )

    @cached_property
    def texts(self) -> Mapping[str, int]:
        """The different texts, with counts; integers are texts too, so that a named column is looked at."""
        if not (self.is_text or self.is_integer):
            return {}
        counted = pc.value_counts(self.data.drop_null().cast(pa.string()))
        pairs = zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True)
        counts: Counter[str] = Counter()
        for text, count in pairs:
            # Several spellings of one text become one, so they are added up.
            counts[readable(text).strip()] += count
        del counts[""]
        return counts

    @cached_property
    def cells(self) -> int:
        """How many cells are not missing."""
        return sum(self.texts.values()) if self.texts else len(self.data) - self.data.null_count

    @cached_property
    def numbers(self) -> npt.NDArray[np.float64]:
        """The different finite numbers, of text cells too when all of them are numbers."""
        if self.is_number:
            values = pc.unique(self.data.drop_null()).cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        else:
            values = _numbers(self.texts)
        found: npt.NDArray[np.float64] = values[np.isfinite(values)]
        return found

    def says(self, kind: str) -> bool:
        """Return whether the column's name announces ``kind``."""
        return header_says(kind, self.name)

    def count(self, matches: Callable[[str], bool]) -> int:
        """Return how many cells match."""
        return sum(count for text, count in self.texts.items() if matches(text))


def _look(column: _Column) -> dict[str, int]:
    if column.is_opaque:
        return {f"a type that cannot be looked into ({column.data.type})": len(column.data)}
    looks = _LOOKS if column.is_text else [(kind, look) for kind, look in _LOOKS if kind in _ALSO_IN_NUMBERS]
    return {kind: look(column) for kind, look in looks}


def _identity(column: _Column) -> int:
    """By its structure anywhere, when most numbers of 12 digits have it; by its length alone where words say so."""
    if column.says("identity"):
        return column.count(lambda text: re.fullmatch(r"[0-9]{9}|[0-9]{11,12}", _digits(text)) is not None)
    if not column.is_text:
        return 0
    named = column.count(_names_identity)
    candidates = column.count(lambda text: identifiers.TWELVE_DIGITS.search(text) is not None)
    plausible = column.count(
        lambda text: any(is_identity_number(_digits(found)) for found in identifiers.TWELVE_DIGITS.findall(text))
    )
    return max(named, plausible if plausible >= _MOST * candidates else 0)


def _names_identity(text: str) -> bool:
    shapes = (identifiers.NINE_DIGITS, identifiers.TWELVE_DIGITS)
    return any(says_beside("identity", text, number) for shape in shapes for number in shape.finditer(text))


def _insurance(column: _Column) -> int:
    """A number of ten digits only where the header or the words beside it say so, and speak of no amount."""
    named = column.says("insurance") and not column.says("amount")

    def matches(text: str) -> bool:
        if identifiers.INSURANCE.search(text) or (named and re.fullmatch(r"[0-9]{10}", _digits(text))):
            return True
        return any(says_beside("insurance", text, number) for number in identifiers.TEN_DIGITS.finditer(text))

    return column.count(matches)


def _phone(column: _Column) -> int:
    """Ten bare digits may be a tax number: without a header they count only where they are usual."""
    if column.says("phone"):
        return column.count(is_expected_phone)
    if not column.is_text or column.says("tax") or column.says("identity"):
        return 0
    written = column.count(is_written_phone)
    numbers = column.count(lambda text: re.fullmatch(r"[0-9]{9,}", _digits(text)) is not None)
    bare = column.count(is_bare_phone)
    return written + (bare if bare >= _PHONES_WITHOUT_HEADER * numbers else 0)


def _email(column: _Column) -> int:
    return column.count(lambda text: identifiers.EMAIL.search(text) is not None)


def _name(column: _Column) -> int:
    if column.says("name"):
        named = column.count(lambda text: is_person_name(text, expected=True))
        return named if named >= _MOST * column.cells else 0
    named = column.count(is_person_name)
    return named if len(column.texts) >= _FEW and named >= _NAMES_WITHOUT_HEADER * column.cells else 0


def _coordinates(column: _Column) -> int:
    pairs = column.count(lambda text: identifiers.COORDINATES.search(text) is not None) if column.is_text else 0
    if pairs or not (column.says("latitude") or column.says("longitude")):
        return pairs
    return column.cells if _is_precise(column.numbers) and bool((abs(column.numbers) <= 180).all()) else 0


def _birth(column: _Column) -> int:
    if not column.says("birth"):
        return 0
    dates = column.cells if column.is_date else column.count(lambda text: _matches(identifiers.DATE, text))
    return dates if dates >= _MOST * column.cells else 0


def _passport(column: _Column) -> int:
    return column.count(lambda text: _matches(identifiers.PASSPORT, text)) if column.says("passport") else 0


def _record(column: _Column) -> int:
    """A number that stands for one patient or stay stays personal, even where nobody else knows it."""
    return column.cells if column.says("record") else 0


_LOOKS: Sequence[tuple[str, Callable[[_Column], int]]] = (
    ("personal identity number", _identity),
    ("health insurance number", _insurance),
    ("phone number", _phone),
    ("e-mail address", _email),
    ("person's name", _name),
    ("coordinates", _coordinates),
    ("date of birth", _birth),
    ("passport number", _passport),
    ("patient or record number", _record),
)
_ALSO_IN_NUMBERS = frozenset(
    {
        "personal identity number",
        "health insurance number",
        "phone number",
        "coordinates",
        "date of birth",
        "patient or record number",
    }
)


def _unnamed_coordinates(columns: Sequence[_Column], known: Collection[str]) -> list[Finding]:
    """Two columns of exact numbers, one all within Viet Nam's latitudes, the other within its longitudes."""
    inside: dict[str, list[_Column]] = {
        axis: [column for column in columns if column.name not in known and _lies_within(column, *bounds)]
        for axis, bounds in _VIET_NAM.items()
    }
    if not all(inside.values()):
        return []
    return [Finding(column.name, "coordinates", column.cells) for found in inside.values() for column in found]


def _lies_within(column: _Column, low: float, high: float) -> bool:
    if column.is_integer or not (column.is_number or column.is_text):
        return False
    numbers = column.numbers
    return len(numbers) >= _FEW and _is_precise(numbers) and bool(((numbers >= low) & (numbers <= high)).all())


def _is_precise(numbers: npt.NDArray[np.float64]) -> bool:
    """Four decimals of a degree are eleven metres."""
    if len(numbers) == 0:
        return False
    # Without what is too large for a coordinate: a thousand times it may be too large for a number.
    thousandths = np.clip(numbers, -1e6, 1e6) * 1e3
    return float(np.mean(np.abs(thousandths - np.round(thousandths)) > 1e-6)) >= _MOST


def _numbers(texts: Mapping[str, int]) -> npt.NDArray[np.float64]:
    try:
        return np.array([float(text.replace(",", ".")) for text in texts], dtype=np.float64)
    except ValueError:
        return np.empty(0, dtype=np.float64)


def _digits(text: str) -> str:
    return re.sub(r"[ ./()\[\]_-]", "", text)


def _matches(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.fullmatch(text) is not None
