"""Observations in SDMX-JSON 2.0 and 2.1: what there is first, then the observations as they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from portal.public.sdmx import naming
from portal.public.sdmx.flows import TITLES, Attribute, Dimension, Value
from portal.public.sdmx.messages import Preamble, json_meta, localised, moment
from portal.public.sdmx.observations import Observations, Shape
from portal.public.sdmx.series import runs
from portal.public.sdmx.time_periods import read_period


def json_data(observations: Observations, preamble: Preamble, as_of: datetime | None, url: str) -> Iterator[bytes]:
    """Yield an answer as a data message; ``url`` is where the dataflow is described."""
    shape = observations.shape
    head = orjson.dumps(
        {"meta": json_meta(preamble, "data"), "data": {"structures": [_structure(shape, preamble, url)]}}
    )
    yield head[:-2] + b',"dataSets":[' + _data_set(shape, as_of)
    tables = ((table, _observation_texts(table, shape)) for table in observations.tables())
    yield from _series(tables, shape) if shape.along is not None else _flat(tables)
    yield b"}]}}\n"


def _data_set(shape: Shape, as_of: datetime | None) -> bytes:
    data_set: dict[str, Any] = {
        "structure": 0,
        "action": "Replace",
        "links": [{"rel": "dataflow", "urn": shape.flow.name.urn}],
    }
    data_set["validFrom"] = moment(shape.flow.release.manifest.available_from)
    if as_of is not None:
        data_set["validTo"] = moment(as_of)
    if shape.fixed_attributes:
        data_set["attributes"] = [0] * len(shape.fixed_attributes)
    return orjson.dumps(data_set)[:-1]


def _series(tables: Iterable[tuple[pa.Table, pa.Array]], shape: Shape) -> Iterator[bytes]:
    dimensions = shape.series_dimensions
    opened = False
    yield b',"series":{'
    for table, found in runs(tables, tuple(each.id for each in dimensions), ","):
        keys = _keys(table, dimensions).to_pylist()
        parts = []
        for run in found:
            if run.begins:
                closing = "}},\n" if opened else "\n"
                parts.append(f'{closing}"{keys[run.row]}":{{"observations":{{{run.text}')
            else:
                parts.append(f",{run.text}")
            opened = True
        yield "".join(parts).encode()
    yield b"}}}" if opened else b"}"


def _flat(tables: Iterable[tuple[pa.Table, pa.Array]]) -> Iterator[bytes]:
    yield b',"observations":{'
    separator = b"\n"
    for _, texts in tables:
        whole = pa.ListArray.from_arrays(pa.array([0, len(texts)], pa.int32()), texts)
        yield separator + bytes(pc.binary_join(whole, ",\n")[0].as_buffer())
        separator = b",\n"
    yield b"}"


def _observation_texts(table: pa.Table, shape: Shape) -> pa.Array:
    """Return ``"0:3":[12,0,0]`` for each row: where it stands, its value, and the places of its attributes."""
    parts: list[pa.Array | pa.Scalar] = [pa.scalar('"'), _keys(table, shape.observation_dimensions), pa.scalar('":[')]
    values = [_places(table.column(each.id), each.values) for each in shape.varying_attributes]
    if shape.valued:
        values.insert(0, _numbers(table.column(naming.VALUE)))
    for number, column in enumerate(values):
        parts += [pa.scalar(","), column] if number else [column]
    return _whole(pc.binary_join_element_wise(*parts, pa.scalar("]"), ""))


def _numbers(column: pa.ChunkedArray) -> pa.Array:
    values = column.combine_chunks()
    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_finite(values), values, None)
    return pc.fill_null(values.cast(pa.string()), "null")


def _keys(table: pa.Table, dimensions: tuple[Dimension, ...]) -> pa.Array:
    places = [_places(table.column(each.id), each.values) for each in dimensions]
    return _whole(pc.binary_join_element_wise(*places, ":")) if places else pa.repeat(pa.scalar(""), table.num_rows)


def _places(column: pa.ChunkedArray, values: tuple[Value, ...]) -> pa.Array:
    known = pa.array([value.id for value in values], pa.string())
    return pc.index_in(column.combine_chunks(), value_set=known).cast(pa.string())


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


# What the observations are made of ------------------------------------------------------------------------------------


def _structure(shape: Shape, preamble: Preamble, url: str) -> dict[str, Any]:
    flow = shape.flow
    observed = [_attribute(each, preamble) for each in shape.varying_attributes]
    fixed = [_attribute(each, preamble) for each in shape.fixed_attributes]
    return {
        **localised(flow.cube.table.title, preamble.language),
        "links": [
            {"rel": "dataflow", "urn": flow.name.urn, **({"href": url} if url else {})},
            {"rel": "structure", "urn": flow.structure.urn},
        ],
        "dataSets": [0],
        "dimensions": {
            "series": [_dimension(each, preamble) for each in shape.series_dimensions],
            "observation": [_dimension(each, preamble) for each in shape.observation_dimensions],
        },
        "measures": {"observation": [_measure(preamble)] if shape.valued else []},
        "attributes": {"dataSet": fixed, "observation": observed},
    }


def _dimension(dimension: Dimension, preamble: Preamble) -> dict[str, Any]:
    return {
        "id": dimension.id,
        **localised(dimension.title, preamble.language),
        "keyPosition": dimension.position,
        "roles": [dimension.id],
        "values": [_value(each, dimension, preamble) for each in dimension.values],
    }


def _value(value: Value, dimension: Dimension, preamble: Preamble) -> dict[str, Any]:
    if dimension.kind == "time":
        return _time(value.id)
    return _coded(value, preamble) | ({"parent": value.parent} if value.parent in dimension.ids else {})


def _time(period: str) -> dict[str, Any]:
    span = read_period(period)
    assert span is not None
    return {"value": period, "start": f"{span[0]}T00:00:00Z", "end": f"{span[1]}T23:59:59Z"}


def _coded(value: Value, preamble: Preamble) -> dict[str, Any]:
    return {"id": value.id, **localised(value.label, preamble.language)}


def _measure(preamble: Preamble) -> dict[str, Any]:
    return {
        "id": naming.VALUE,
        **localised(TITLES[naming.VALUE], preamble.language),
        "format": {"dataType": "Double"},
    }


def _attribute(attribute: Attribute, preamble: Preamble) -> dict[str, Any]:
    values: list[Mapping[str, Any]] = [{"value": value.id == "true"} for value in attribute.values]
    if attribute.codelist is not None:
        values = [_coded(value, preamble) for value in attribute.values]
    return {
        "id": attribute.id,
        **localised(attribute.title, preamble.language),
        "isMandatory": True,
        "relationship": {"observation": {}},
        "values": values,
    }
