"""A table of a release as a dataflow: its dimensions in their order, its attributes, and the code lists they take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Literal

from datasets.cell_status import STATUS_MEANINGS, CellStatus
from datasets.codelist import Member
from datasets.names import TOTAL
from datasets.public_releases import PublicRelease
from datasets.release import ReleaseDescription
from datasets.text import Bilingual
from portal.public.sdmx import naming
from portal.public.sdmx.naming import Name
from portal.public.sdmx.time_periods import FREQUENCIES, frequency_of, sdmx_period, time_range
from portal.query.schema import Axis, Cube

DimensionKind = Literal["frequency", "indicator", "coded", "time"]

TITLES = {
    naming.FREQUENCY: Bilingual(vi="Tần suất", en="Frequency"),
    naming.INDICATOR: Bilingual(vi="Chỉ tiêu", en="Indicator"),
    naming.TIME: Bilingual(vi="Thời gian", en="Time period"),
    naming.VALUE: Bilingual(vi="Giá trị", en="Observation value"),
    naming.OBSERVATION_STATUS: Bilingual(vi="Trạng thái quan sát", en="Observation status"),
    naming.CONFIDENTIALITY: Bilingual(vi="Trạng thái bảo mật", en="Confidentiality status"),
    naming.CELL_STATUS: Bilingual(vi="Trạng thái của ô", en="Status of the cell"),
    naming.MADE_UP: Bilingual(vi="Số liệu giả lập", en="Made-up data"),
}
TOTAL_LABEL = Bilingual(vi="Tổng số", en="Total")

OBSERVATION_STATUSES = {
    "A": Bilingual(vi="Giá trị bình thường", en="Normal value"),
    "E": Bilingual(vi="Giá trị ước tính", en="Estimated value"),
    "M": Bilingual(vi="Không thể có giá trị", en="Missing value; data cannot exist"),
    "O": Bilingual(vi="Không có số liệu", en="Missing value"),
    "P": Bilingual(vi="Giá trị sơ bộ", en="Provisional value"),
    "Q": Bilingual(vi="Không công bố để bảo mật", en="Missing value; suppressed"),
    "U": Bilingual(vi="Độ tin cậy thấp", en="Low reliability"),
}
CONFIDENTIALITIES = {
    "C": Bilingual(vi="Số liệu thống kê bảo mật", en="Confidential statistical information"),
    "F": Bilingual(vi="Công bố tự do", en="Free for publication"),
}


@dataclass(frozen=True)
class Value:
    """A value that a component can take; ``parent`` is another value of the same component."""

    id: str
    label: Bilingual
    parent: str = ""


@dataclass(frozen=True)
class Dimension:
    """A dimension; ``codelist`` is the id of its list, empty for the time dimension."""

    id: str
    kind: DimensionKind
    title: Bilingual
    position: int
    codelist: Name | None
    values: tuple[Value, ...]
    """Those that are published, in the order in which people expect to read them."""
    axis: Axis | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of ours that the values of a coded or time dimension stand for, in the same order."""
        return tuple(self.axis.positions) if self.axis is not None else ()

    @cached_property
    def ids(self) -> Mapping[str, int]:
        """The place of each value among all."""
        return {value.id: place for place, value in enumerate(self.values)}


@dataclass(frozen=True)
class Attribute:
    """An attribute of each observation; one without a code list says the same of all."""

    id: str
    title: Bilingual
    codelist: Name | None
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Flow:
    """One table of one release."""

    release: PublicRelease
    cube: Cube

    @property
    def description(self) -> ReleaseDescription:
        return self.release.description

    @cached_property
    def name(self) -> Name:
        flow = naming.flow_id(self.release.dataset, self.cube.name)
        return Name("dataflow", self.description.publisher.id, flow, naming.version_of(self.release))

    @cached_property
    def structure(self) -> Name:
        return Name("datastructure", self.name.agency, naming.structure_id(self.name.id), self.name.version)

    def codelist(self, identifier: str) -> Name:
        """Return the name of a code list of the dataset."""
        return _list(self.release, identifier)

    @cached_property
    def time_axis(self) -> Axis | None:
        """The axis that is the time dimension: the first whose every published code is a time for SDMX."""
        return next((axis for axis in self.cube.axes.values() if _is_time(axis, self.description)), None)

    @cached_property
    def times(self) -> Mapping[str, str]:
        """How SDMX writes each code of the time axis."""
        axis = self.time_axis
        return {} if axis is None else {code: _time(code, self.description) for code in axis.positions}

    @cached_property
    def period(self) -> str:
        """The time of everything in a table without a time axis: what its edition covers; empty if that is no time."""
        if any(axis.description.role == "time" for axis in self.cube.axes.values()):
            return ""
        return sdmx_period(self.release.edition) or _time(TOTAL, self.description)

    @property
    def time(self) -> Dimension | None:
        """The time dimension."""
        return self.dimension(naming.TIME)

    @cached_property
    def dimensions(self) -> tuple[Dimension, ...]:
        return tuple(self._dimensions())

    @cached_property
    def key_dimensions(self) -> tuple[Dimension, ...]:
        """Those that a key names: all but the time."""
        return tuple(each for each in self.dimensions if each.kind != "time")

    @cached_property
    def attributes(self) -> tuple[Attribute, ...]:
        return tuple(_attributes(self))

    def dimension(self, identifier: str) -> Dimension | None:
        return next((each for each in self.dimensions if each.id == identifier), None)

    def attribute(self, identifier: str) -> Attribute | None:
        return next((each for each in self.attributes if each.id == identifier), None)

    def _dimensions(self) -> Iterator[Dimension]:
        coded = [axis for axis in self.cube.axes.values() if axis is not self.time_axis]
        held = (*self.times.values(), *([self.period] if self.period else []))
        first = 1 if held else 0
        if held:
            title, codelist = TITLES[naming.FREQUENCY], self.codelist(naming.FREQUENCY)
            yield Dimension(naming.FREQUENCY, "frequency", title, 0, codelist, tuple(_frequencies(held)))
        yield _indicator(self, first)
        for position, axis in enumerate(coded, first + 1):
            yield _coded(self, axis, position)
        if held:
            yield _time_dimension(self, first + 1 + len(coded))


def _indicator(flow: Flow, position: int) -> Dimension:
    values = tuple(Value(name, measure.title) for name, measure in flow.cube.measures.items())
    title, codelist = TITLES[naming.INDICATOR], flow.codelist(naming.INDICATOR)
    return Dimension(naming.INDICATOR, "indicator", title, position, codelist, values)


def _coded(flow: Flow, axis: Axis, position: int) -> Dimension:
    description = axis.description
    values = tuple(member_value(axis, code) for code in axis.positions)
    codelist = flow.codelist(description.codelist)
    return Dimension(naming.component_id(axis.name), "coded", description.title, position, codelist, values, axis=axis)


def _time_dimension(flow: Flow, position: int) -> Dimension:
    axis = flow.time_axis
    if axis is None:
        label = Bilingual(vi=flow.release.edition, en=flow.release.edition)
        return Dimension(naming.TIME, "time", TITLES[naming.TIME], position, None, (Value(flow.period, label),))
    values = tuple(replace(member_value(axis, code), id=flow.times[code], parent="") for code in axis.positions)
    return Dimension(naming.TIME, "time", axis.description.title, position, None, values, axis=axis)


def member_value(axis: Axis, code: str) -> Value:
    """Return a published code of an axis as a value; its parent is the one in the code list."""
    if code not in axis.codelist.by_code:
        return Value(TOTAL, TOTAL_LABEL)
    return list_value(axis.codelist.by_code[code])


def list_value(member: Member) -> Value:
    """Return a member of a code list as a value."""
    return Value(naming.code_id(member.code), member.label, naming.code_id(member.parent))


def _frequencies(times: Iterable[str]) -> Iterator[Value]:
    found = {frequency_of(period) for period in times}
    for code, label in FREQUENCIES.items():
        if code in found:
            yield Value(code, label)


def status_values(identifier: str) -> tuple[Value, ...]:
    """Return the values of an attribute that tells of a cell's status."""
    if identifier == naming.OBSERVATION_STATUS:
        return tuple(Value(code, label) for code, label in OBSERVATION_STATUSES.items())
    if identifier == naming.CONFIDENTIALITY:
        return tuple(Value(code, label) for code, label in CONFIDENTIALITIES.items())
    return tuple(Value(status.value, meaning.label) for status, meaning in STATUS_MEANINGS.items())


def status_code(identifier: str, status: CellStatus) -> str:
    """Return what an attribute says of a cell with this status."""
    meaning = STATUS_MEANINGS[status]
    if identifier == naming.OBSERVATION_STATUS:
        return meaning.sdmx_obs_status
    return meaning.sdmx_conf_status if identifier == naming.CONFIDENTIALITY else status.value


STATUS_ATTRIBUTES = (naming.OBSERVATION_STATUS, naming.CONFIDENTIALITY, naming.CELL_STATUS)
"""The attributes of each observation; the last one keeps what the other two have no code for."""


def _attributes(flow: Flow) -> Iterator[Attribute]:
    for each in STATUS_ATTRIBUTES:
        yield Attribute(each, TITLES[each], flow.codelist(each), status_values(each))
    if flow.description.synthetic:
        yes = Value("true", TITLES[naming.MADE_UP])
        yield Attribute(naming.MADE_UP, TITLES[naming.MADE_UP], None, (yes,))


def _list(release: PublicRelease, identifier: str) -> Name:
    agency = release.description.publisher.id
    return Name("codelist", agency, naming.list_id(release.dataset, identifier), naming.version_of(release))


def _is_time(axis: Axis, description: ReleaseDescription) -> bool:
    if axis.description.role != "time":
        return False
    periods = [_time(code, description) for code in axis.positions]
    return all(periods) and len(set(periods)) == len(periods)


def _time(code: str, description: ReleaseDescription) -> str:
    """Return a code as a time; the total over time is the edition's whole period."""
    if code != TOTAL:
        return sdmx_period(code)
    if not description.period_start:
        return ""
    return time_range(date.fromisoformat(description.period_start), date.fromisoformat(description.period_end))
