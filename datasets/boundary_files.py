"""Boundaries of areas, for maps: those that come with ytemo, each for the areas of one code list."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pydantic import Field

from datasets.definition_problems import Findings, validate
from datasets.errors import DefinitionInvalid
from datasets.names import Identifier
from datasets.text import Bilingual, Model
from datasets.yaml_text import read_yaml

BUILTIN = Path(__file__).parent / "boundaries"
"""TopoJSON files named as the code lists whose areas they bound, and their index."""

Place = tuple[float, float]
"""Longitude and latitude, WGS 84."""


class BoundariesEntry(Model):
    """What the index says of one file."""

    title: Bilingual = Field(description="What the file bounds.")
    level: str = Field(description="The level of the code list whose areas it bounds.")
    source: Bilingual = Field(description="Who made it, its licence, and what it must not be used for.")


class NamedPlace(Model):
    """What every map names, whether numbers are about it or not."""

    label: Bilingual
    longitude: float
    latitude: float


class BoundariesIndex(Model):
    """The boundaries that there are."""

    boundaries: dict[Identifier, BoundariesEntry]
    names: tuple[NamedPlace, ...]


@dataclass(frozen=True)
class Boundaries:
    """The boundaries of the areas of one level of a code list."""

    codelist: str
    entry: BoundariesEntry
    names: tuple[NamedPlace, ...]
    topology: Mapping[str, Any]
    """TopoJSON; the geometries of its object ``areas`` have codes as their ``id``."""

    @cached_property
    def codes(self) -> frozenset[str]:
        return frozenset(shape["id"] for shape in self._shapes)

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """Where a mark has room, by code: the middle of the largest part of each area."""
        return {code: _middle(ring) for code, ring in self._largest.items()}

    @cached_property
    def sizes(self) -> Mapping[str, float]:
        """How large that part is, by code, in square degrees."""
        return {code: _area(ring) / 2 for code, ring in self._largest.items()}

    @cached_property
    def _largest(self) -> Mapping[str, tuple[Place, ...]]:
        arcs = tuple(_decoded(arc, self.topology["transform"]) for arc in self.topology["arcs"])
        return {shape["id"]: max(_rings(shape, arcs), key=_area) for shape in self._shapes}

    @property
    def _shapes(self) -> Sequence[Mapping[str, Any]]:
        shapes: Sequence[Mapping[str, Any]] = self.topology["objects"]["areas"]["geometries"]
        return shapes


@cache
def boundaries_of(codelist: str) -> Boundaries | None:
    """Return the boundaries of the areas of a code list, None where none came with ytemo."""
    index = _index()
    entry = index.boundaries.get(codelist)
    if entry is None:
        return None
    topology = json.loads((BUILTIN / f"{codelist}.topojson").read_text(encoding="utf-8"))
    return Boundaries(codelist, entry, index.names, topology)


@cache
def _index() -> BoundariesIndex:
    file = BUILTIN / "index.yaml"
    tree = read_yaml(file, within=BUILTIN)
    findings = Findings(str(file), tree)
    index = validate(tree, BoundariesIndex, findings)
    if index is None:
        raise DefinitionInvalid("The index of boundaries is not valid", problems=findings.problems)
    return index


def _decoded(arc: Sequence[Sequence[int]], transform: Mapping[str, Sequence[float]]) -> tuple[Place, ...]:
    """Return the points of an arc of TopoJSON, which holds the whole-numbered step to each from the one before."""
    (scale_x, scale_y), (first_x, first_y) = transform["scale"], transform["translate"]
    x = y = 0
    points = []
    for step_x, step_y in arc:
        x, y = x + step_x, y + step_y
        points.append((x * scale_x + first_x, y * scale_y + first_y))
    return tuple(points)


def _rings(shape: Mapping[str, Any], arcs: Sequence[Sequence[Place]]) -> Iterator[tuple[Place, ...]]:
    """Yield the outer ring of each part of an area."""
    parts = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
    for part in parts:
        points: list[Place] = []
        for number in part[0]:
            # ~2 is arc 2 from its end to its beginning.
            points += arcs[number] if number >= 0 else reversed(arcs[~number])
        yield tuple(points)


def _area(ring: Sequence[Place]) -> float:
    return abs(_twice_signed_area(ring))


def _twice_signed_area(ring: Sequence[Place]) -> float:
    return sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in zip(ring, (*ring[1:], ring[0]), strict=True))


def _middle(ring: Sequence[Place]) -> Place:
    """Return the centroid of a ring."""
    six = 3 * _twice_signed_area(ring)
    pairs = tuple(zip(ring, (*ring[1:], ring[0]), strict=True))
    crosses = [x * next_y - next_x * y for (x, y), (next_x, next_y) in pairs]
    longitude = sum((x + next_x) * cross for ((x, _), (next_x, _)), cross in zip(pairs, crosses, strict=True)) / six
    latitude = sum((y + next_y) * cross for ((_, y), (_, next_y)), cross in zip(pairs, crosses, strict=True)) / six
    return longitude, latitude
