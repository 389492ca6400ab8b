"""Lay observations out as SDMX-CSV 2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from datasets.text import Language
from portal.public.sdmx import naming
from portal.public.sdmx.flows import TITLES, Value
from portal.public.sdmx.observations import Observations, Shape
from portal.query.formats_sdmx_csv import CsvColumn, CsvLayout, sdmx_csv_parts


def csv_data(observations: Observations, options: Mapping[str, str], language: Language) -> Iterator[bytes]:
    """Yield an answer as SDMX-CSV with the options that the caller accepts."""
    shape = observations.shape
    flow = shape.flow
    title, table = flow.description.title.of(language), flow.cube.table.title.of(language)
    layout = CsvLayout(
        structure=flow.name.short,
        structure_name=f"{title}: {table}",
        columns=tuple(_columns(shape, language)),
        labels=options.get("labels", "id"),
        keys=_keys(shape, options.get("keys", "none")),
    )
    return sdmx_csv_parts(observations.tables(), layout)


def _columns(shape: Shape, language: Language) -> Iterator[CsvColumn]:
    for dimension in shape.flow.dimensions:
        # A time is its own name.
        labels = None if dimension.kind == "time" else _labels(dimension.values, language)
        yield CsvColumn(dimension.id, dimension.title.of(language), labels)
    if shape.valued:
        yield CsvColumn(naming.VALUE, TITLES[naming.VALUE].of(language))
    for attribute in shape.attributes:
        yield CsvColumn(attribute.id, attribute.title.of(language), _labels(attribute.values, language))


def _labels(values: tuple[Value, ...], language: Language) -> dict[str, str]:
    return {value.id: value.label.of(language) for value in values}


def _keys(shape: Shape, wanted: str) -> dict[str, list[str]]:
    dimensions = shape.flow.dimensions
    along = shape.along or next((each for each in dimensions if each.kind == "time"), None)
    keys = {}
    if wanted in {"series", "both"}:
        keys["SERIES_KEY"] = [each.id for each in dimensions if each is not along]
    if wanted in {"obs", "both"}:
        keys["OBS_KEY"] = [each.id for each in dimensions]
    return keys
