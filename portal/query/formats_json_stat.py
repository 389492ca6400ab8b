"""Write cells of a cube as JSON-stat 2.0: a full cross product, column by column, with a status for every other cell.

A cell that the release does not publish is null and says so: nothing tells a reader that it could be zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datasets.cell_status import STATUS_MEANINGS, CellStatus, status_column
from datasets.release import MeasureDescription
from datasets.said import said
from datasets.text import Bilingual, Language
from portal.query.model import invalid
from portal.query.plan import Plan
from portal.query.schema import Axis

METRIC = "ContentsCode"
"""The dimension of the measures, as PxWeb calls it; no dimension of ours has capital letters."""
METRIC_TITLE = Bilingual(vi="Chỉ tiêu", en="Measure")
NOT_PUBLISHED = "not_published"
"""The status of a combination that is not in the release."""
STATUS_NOTE = Bilingual(
    vi="Giá trị null không phải là số 0: status cho biết vì sao không có số; extension.legend giải thích từng trạng"
    " thái. Ô không có status là giá trị quan sát.",
    en="A null is not a zero: status says why there is no number, and extension.legend explains each status. A cell"
    " without a status is an observed value.",
)

_NOT_PUBLISHED_TITLE = Bilingual(vi="Không công bố tổ hợp này", en="This combination is not published")
_UNKNOWN_DECIMALS = 6
"""The format asks for a number of decimals where a measure declares none."""
_VALUES_AT_ONCE = 50_000

Positions = NDArray[np.int64]


@dataclass(frozen=True)
class Shape:
    """The cross product that a document holds; ``order`` names its dimensions, the one of the measures among them."""

    axes: tuple[tuple[Axis, tuple[str, ...]], ...]
    measures: tuple[MeasureDescription, ...]
    order: tuple[str, ...]

    @property
    def rows(self) -> int:
        """How many combinations of members there are; each has a cell of every measure."""
        return prod(len(members) for _, members in self.axes)

    @property
    def cells(self) -> int:
        return self.rows * len(self.measures)


@dataclass(frozen=True)
class About:
    """What a document says beside its cells, in one language; ``extras`` are extensions of single dimensions."""

    language: Language
    label: str
    source: str
    updated: str
    """A moment in UTC, ISO 8601."""
    notes: tuple[str, ...]
    extension: Mapping[str, object]
    extras: Mapping[str, Mapping[str, object]]
    href: str = ""
    """The address of the document; empty where no absolute one is known."""


@dataclass(frozen=True)
class CellsWritten:
    """What has to be known of cells besides their columns: the question they answer, and what is said about them."""

    plan: Plan
    about: About


def shape_of(plan: Plan, *, left_out: frozenset[str] = frozenset(), order: Sequence[str] = ()) -> Shape:
    """Return the cross product that the answer to ``plan`` fills; ``left_out`` dimensions have one member each.

    An answer whose rows are picked by conditions or pages is none: QueryInvalid is raised.
    """
    if plan.conditions or plan.distinct or plan.offset or plan.after or not plan.uses:
        rule = said("is for whole tables of cells, without conditions on rows and without pages")
        raise invalid("format", rule, said("Choose members of dimensions only, or another format"))
    shown = [use for use in plan.uses if use.shown and use.name not in left_out]
    axes = tuple((use.axis, tuple(use.axis.positions) if use.members is None else use.members) for use in shown)
    named = [column.name for column in plan.columns if column.kind == "measure"]
    measures = tuple(measure for measure in plan.measures if measure.name in named)
    return Shape(axes, measures, tuple(order) or (*(axis.name for axis, _ in axes), METRIC))


def json_stat_parts(shape: Shape, tables: Iterable[pa.Table], about: About) -> Iterator[bytes]:
    """Yield the document; ``tables`` hold a row for each published combination, in any order.

    All rows are read before the first part is yielded.
    """
    cells = _Cells(shape)
    for table in tables:
        cells.add(table)
    yield orjson.dumps(json_stat_head(shape, about))[:-1] + b',"value":['
    yield from cells.values()
    yield b'],"status":{'
    yield from cells.statuses()
    yield b"}}\n"


def json_stat_head(shape: Shape, about: About) -> dict[str, object]:
    """Return all of a document but its cells."""
    dimensions = {axis.name: _dimension(axis, members, about) for axis, members in shape.axes}
    dimensions[METRIC] = _metric(shape.measures, about)
    sizes = {axis.name: len(members) for axis, members in shape.axes} | {METRIC: len(shape.measures)}
    return {
        "version": "2.0",
        "class": "dataset",
        **({"href": about.href} if about.href else {}),
        "label": about.label,
        "source": about.source,
        "updated": about.updated,
        "note": about.notes,
        "role": _roles(shape),
        "id": shape.order,
        "size": [sizes[name] for name in shape.order],
        "dimension": {name: dimensions[name] for name in shape.order},
        "extension": about.extension,
    }


def legend(language: Language) -> dict[str, dict[str, str]]:
    """Return what each status means: in words, as the letter of its mark, and as SDMX writes it."""
    told = {
        status.value: {
            "label": meaning.label.of(language),
            "letter": meaning.letter,
            "OBS_STATUS": meaning.sdmx_obs_status,
            "CONF_STATUS": meaning.sdmx_conf_status,
        }
        for status, meaning in STATUS_MEANINGS.items()
    }
    absent = STATUS_MEANINGS[CellStatus.MISSING]
    told[NOT_PUBLISHED] = {
        "label": _NOT_PUBLISHED_TITLE.of(language),
        "letter": absent.letter,
        "OBS_STATUS": absent.sdmx_obs_status,
        "CONF_STATUS": absent.sdmx_conf_status,
    }
    return told


def _roles(shape: Shape) -> dict[str, list[str]]:
    roles = {"time": "time", "geography": "geo"}
    found: dict[str, list[str]] = {}
    for axis, _ in shape.axes:
        if axis.description.role in roles:
            found.setdefault(roles[axis.description.role], []).append(axis.name)
    return {**found, "metric": [METRIC]}


def _dimension(axis: Axis, members: Sequence[str], about: About) -> dict[str, object]:
    labels = {code: axis.codelist.label(code).of(about.language) for code in members}
    below = _children(axis, members)
    # Two communes may have one name: then codes have to be shown as well.
    show = "value" if len(set(labels.values())) == len(labels) else "code_value"
    return {
        "label": axis.description.title.of(about.language),
        "category": {
            "index": {code: position for position, code in enumerate(members)},
            "label": labels,
            **({"child": below} if below else {}),
        },
        "extension": {"show": show, **about.extras.get(axis.name, {})},
    }


def _children(axis: Axis, members: Sequence[str]) -> dict[str, list[str]]:
    """Return the members under each other one; a level that is not among them is passed over."""
    among, below = frozenset(members), dict[str, list[str]]()
    for code in members:
        parent = next((above for above in axis.ancestors(code) if above in among), None)
        if parent is not None:
            below.setdefault(parent, []).append(code)
    return below


def _metric(measures: Sequence[MeasureDescription], about: About) -> dict[str, object]:
    return {
        "label": METRIC_TITLE.of(about.language),
        "category": {
            "index": {measure.name: position for position, measure in enumerate(measures)},
            "label": {measure.name: measure.title.of(about.language) for measure in measures},
            "unit": {
                measure.name: {"base": measure.unit.of(about.language), "decimals": decimals(measure)}
                for measure in measures
            },
        },
        "extension": {"show": "value", **about.extras.get(METRIC, {})},
    }


def decimals(measure: MeasureDescription) -> int:
    """Return how many decimals a measure has at most."""
    if measure.field_type == "integer":
        return 0
    return _UNKNOWN_DECIMALS if measure.decimals is None else measure.decimals


class _Cells:
    """The cells of a document, a column for each measure, gathered from the rows that are published."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._places = [pa.array(members, pa.string()) for _, members in shape.axes]
        self._words = [CellStatus.OBSERVED.value, NOT_PUBLISHED]
        kinds = {"integer": np.int64, "number": np.float64}
        self._columns = {each.name: np.zeros(shape.rows, kinds[each.field_type]) for each in shape.measures}
        self._empty = {each.name: np.ones(shape.rows, np.bool_) for each in shape.measures}
        self._status = {
            each.name: np.full(shape.rows, self._words.index(NOT_PUBLISHED), np.int16) for each in shape.measures
        }

    def add(self, table: pa.Table) -> None:
        """Put the rows of ``table`` in their places."""
        places = self._rows(table)
        for name, column in self._columns.items():
            given = _finite(table.column(name).combine_chunks())
            column[places] = given.fill_null(0).to_numpy(zero_copy_only=False)
            self._empty[name][places] = given.is_null().to_numpy(zero_copy_only=False)
            self._status[name][places] = self._numbers(table.column(status_column(name)))

    def values(self) -> Iterator[bytes]:
        """Yield the values, parted by commas, in the order of the dimensions."""
        texts = [
            pc.fill_null(pa.array(column, mask=self._empty[name]).cast(pa.string()), "null")
            for name, column in self._columns.items()
        ]
        yield from _joined(pa.chunked_array(texts).combine_chunks().take(pa.array(self._order())))

    def statuses(self) -> Iterator[bytes]:
        """Yield ``"position":"status"`` of every cell that has another status than observed."""
        numbers = np.concatenate(list(self._status.values()))[self._order()]
        told = np.flatnonzero(numbers != 0)
        words = pa.array([orjson.dumps(word).decode() for word in self._words])
        keys, values = pa.array(told).cast(pa.string()), words.take(pa.array(numbers[told]))
        yield from _joined(pc.binary_join_element_wise('"', keys, '":', values, ""))

    def _rows(self, table: pa.Table) -> Positions:
        """Return the place of each row among all combinations, the last dimension fastest."""
        rows = np.zeros(table.num_rows, np.int64)
        for (axis, members), known in zip(self._shape.axes, self._places, strict=True):
            found = pc.index_in(table.column(axis.name), value_set=known)
            rows = rows * len(members) + found.combine_chunks().to_numpy()
        return rows

    def _numbers(self, column: pa.ChunkedArray) -> NDArray[np.int16]:
        """Return the number of each status; one that this version does not know is handed on as it is."""
        encoded = column.combine_chunks().dictionary_encode()
        texts: list[str] = encoded.dictionary.to_pylist()
        self._words += [text for text in texts if text not in self._words]
        numbers = np.array([self._words.index(text) for text in texts], np.int16)
        chosen: NDArray[np.int16] = numbers[encoded.indices.to_numpy()]
        return chosen

    def _order(self) -> Positions:
        """Return where each value of the document stands in the columns, one behind the other."""
        sizes = [len(self._shape.measures), *(len(members) for _, members in self._shape.axes)]
        names = [METRIC, *(axis.name for axis, _ in self._shape.axes)]
        places = np.arange(prod(sizes), dtype=np.int64).reshape(sizes)
        order: Positions = places.transpose([names.index(name) for name in self._shape.order]).ravel()
        return order


def _finite(values: pa.Array) -> pa.Array:
    """Return ``values`` without those that JSON has no way to write."""
    return pc.if_else(pc.is_finite(values), values, None) if pa.types.is_floating(values.type) else values


def _joined(texts: pa.Array) -> Iterator[bytes]:
    """Yield texts parted by commas, many at once."""
    for start in range(0, len(texts), _VALUES_AT_ONCE):
        part = texts.slice(start, _VALUES_AT_ONCE)
        whole = pa.ListArray.from_arrays(pa.array([0, len(part)], pa.int32()), part)
        joined = bytes(pc.binary_join(whole, ",")[0].as_buffer())
        yield b"," + joined if start else joined
