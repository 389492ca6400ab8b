"""What charts are made of: published points, each with its value or with the mark that says why it has none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from datasets.text import Language

WIDE, NARROW = 704, 336
"""Widths of whole drawings, in the pixels that letters are measured in; the narrow one fits a telephone."""
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Point:
    """One cell of a chart."""

    label: str
    value: float | None
    text: str
    """The value as the reader's language writes it, or the mark that stands for why there is none, as ``[c]``."""
    low: float | None = None
    high: float | None = None
    """The interval around a rate; None where there is none."""
    told: str = ""
    """What is said of the point where somebody points at it."""


@dataclass(frozen=True)
class Break:
    """A place along time from where on numbers cannot be compared with those before."""

    place: int
    """The number of the first point after it."""
    text: str


@dataclass(frozen=True)
class Strand:
    """One line of several, or the points of one panel."""

    label: str
    points: tuple[Point, ...]
    breaks: tuple[Break, ...] = ()
    """Its own, which its panel marks; those of several lines in one chart are the chart's."""


@dataclass(frozen=True)
class Chart:
    """What is drawn: a line along time, or bars; points in the order in which they appear."""

    kind: Literal["line", "bars"]
    title: str
    description: str
    """The chart in words, for readers who do not see it."""
    dimension: str
    measure: str
    """What the numbers are, with their unit."""
    points: tuple[Point, ...]
    language: Language
    narrow: bool = False
    """Whether it is drawn for a small screen: as wide as that, with letters of the same size."""
    breaks: tuple[Break, ...] = ()


@dataclass(frozen=True)
class StrandsChart:
    """Several strands over the same places: lines in one chart, or a small chart for each."""

    kind: Literal["lines", "line-panels", "bar-panels"]
    title: str
    description: str
    dimension: str
    measure: str
    strands: tuple[Strand, ...]
    """All of the same length, with the same labels."""
    language: Language
    narrow: bool = False
    breaks: tuple[Break, ...] = ()


@dataclass(frozen=True)
class Area:
    """One area of a map."""

    code: str
    label: str
    value: float | None
    text: str
    told: str = ""
    by_chance: bool = False
    """Whether chance alone could have made its value what it is; ``AreaMap.chance`` says in what sense."""


@dataclass(frozen=True)
class AreaMap:
    """A map whose areas are filled by the class of their value."""

    title: str
    description: str
    measure: str
    areas: tuple[Area, ...]
    limits: tuple[float, ...]
    """The least value of each class but the first, ascending."""
    class_labels: tuple[str, ...]
    """What each class is called in the legend."""
    gaps: tuple[tuple[str, str], ...]
    """The marks of areas without a value, as ``[c]``, with their meaning."""
    topology: Any
    """TopoJSON with an object ``areas`` whose geometries have the codes of areas as their ``id``."""
    places: tuple[tuple[str, float, float], ...]
    """The areas that have room for a mark: code, longitude and latitude."""
    names: tuple[tuple[str, float, float], ...]
    """What is named on the map wherever it lies: label, longitude and latitude."""
    language: Language
    narrow: bool = False
    chance: str = ""
    """What the hatching of areas means; empty where none is hatched."""


AnyChart = Chart | StrandsChart | AreaMap


def xml_text(text: str) -> str:
    """Leave out the control characters that XML cannot hold even escaped."""
    return _NOT_XML.sub("", text)
