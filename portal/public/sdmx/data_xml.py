"""Observations in SDMX-ML 3.0 or 2.1, specific to their structure: what a series has in common stands in it once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from xml.sax.saxutils import quoteattr

import pyarrow as pa
import pyarrow.compute as pc

from portal.public.sdmx import naming
from portal.public.sdmx.data_query import ALL_DIMENSIONS
from portal.public.sdmx.markup import markup_of
from portal.public.sdmx.messages import Preamble, moment, xml_header
from portal.public.sdmx.observations import Observations, Shape, mapped
from portal.public.sdmx.series import runs


def xml_data(observations: Observations, preamble: Preamble, as_of: datetime | None) -> Iterator[bytes]:
    """Yield an answer as a message of structure-specific data."""
    shape = observations.shape
    along = shape.along.id if shape.along is not None else ALL_DIMENSIONS
    namespace = f"{shape.flow.name.urn}:ObsLevelDim:{along}"
    markup = markup_of(preamble.version)
    # What 2.1 says of a dataflow is no more than what it says of its structure.
    tag, described = ("StructureUsage", shape.flow.name) if markup.urns else ("Structure", shape.flow.structure)
    structure = (
        f'<mes:Structure structureID="flow" namespace={quoteattr(namespace)} dimensionAtObservation="{along}">'
        f"<com:{tag}>{markup.reference(described)}</com:{tag}></mes:Structure>"
    )
    valid = f' ss:validFromDate="{moment(shape.flow.release.manifest.available_from)}"'
    scope = "" if markup.urns else ' ss:dataScope="DataStructure"'
    if as_of is not None:
        valid += f' ss:validToDate="{moment(as_of)}"'
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<mes:StructureSpecificData{markup.declarations('mes', 'com', 'ss', 'xsi')} xmlns:flow={quoteattr(namespace)}>"
        f"{xml_header(preamble, structure)}"
        f'<mes:DataSet ss:structureRef="flow" ss:action="Replace" xsi:type="flow:DataSetType"{scope}{valid}>\n'
    ).encode()
    tables = ((table, _observation_texts(table, shape)) for table in observations.tables())
    yield from _series(tables, shape) if shape.along is not None else _flat(tables)
    yield b"</mes:DataSet></mes:StructureSpecificData>\n"


def _series(tables: Iterable[tuple[pa.Table, pa.Array]], shape: Shape) -> Iterator[bytes]:
    names = tuple(each.id for each in shape.series_dimensions)
    opened = False
    for table, found in runs(tables, names, ""):
        keys = _attributes(table, names).to_pylist()
        parts = []
        for run in found:
            if run.begins:
                parts.append(f"{'</Series>' if opened else ''}\n<Series{keys[run.row]}>")
            parts.append(run.text)
            opened = True
        yield "".join(parts).encode()
    yield b"</Series>\n"


def _flat(tables: Iterable[tuple[pa.Table, pa.Array]]) -> Iterator[bytes]:
    for _, texts in tables:
        whole = pa.ListArray.from_arrays(pa.array([0, len(texts)], pa.int32()), texts)
        yield bytes(pc.binary_join(whole, "")[0].as_buffer())


def _observation_texts(table: pa.Table, shape: Shape) -> pa.Array:
    names = [each.id for each in shape.observation_dimensions]
    parts = [_attributes(table, tuple(names))]
    if shape.valued:
        parts.append(_value(table.column(naming.VALUE).combine_chunks()))
    parts.append(_attributes(table, tuple(each.id for each in shape.attributes)))
    return pc.binary_join_element_wise(pa.scalar("<Obs"), *parts, pa.scalar("/>"), "")


def _value(values: pa.Array) -> pa.Array:
    """Return the attribute of the value; a cell without one has none."""
    written = pc.binary_join_element_wise(pa.scalar(f' {naming.VALUE}="'), values.cast(pa.string()), pa.scalar('"'), "")
    return pc.fill_null(written, "")


def _attributes(table: pa.Table, names: tuple[str, ...]) -> pa.Array:
    columns = []
    for name in names:
        texts = {value: f" {name}={quoteattr(value)}" for value in pc.unique(table.column(name)).to_pylist()}
        columns.append(mapped(table.column(name), texts))
    if not columns:
        return pa.repeat(pa.scalar(""), table.num_rows)
    return pc.binary_join_element_wise(*columns, "")
