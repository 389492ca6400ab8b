"""Structural metadata as plain values: schemes of items, data structures, dataflows and what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from datasets.text import Bilingual
from portal.public.sdmx.flows import Flow
from portal.public.sdmx.naming import Name


@dataclass(frozen=True)
class Item:
    """A code, a concept or an agency."""

    id: str
    name: Bilingual
    parent: str = ""
    description: Bilingual | None = None


@dataclass(frozen=True)
class Annotation:
    """A remark for programs, with a type of its own; ``told`` is what it says to people."""

    type: str
    text: str
    told: Bilingual | None = None


@dataclass(frozen=True)
class Artefact:
    """What every maintainable artefact has."""

    name: Name
    title: Bilingual
    description: Bilingual | None = None
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True)
class Scheme(Artefact):
    """A code list, a concept scheme or the list of agencies."""

    items: tuple[Item, ...] = ()
    partial: bool = False


@dataclass(frozen=True)
class DataStructure(Artefact):
    """A data structure; the dataflow that it was made for knows its components."""

    flow: Flow | None = None
    concepts: Name | None = None


@dataclass(frozen=True)
class Dataflow(Artefact):
    """A dataflow."""

    structure: Name | None = None


@dataclass(frozen=True)
class Constraint(Artefact):
    """Which values a dataflow holds, or what is left of it by a query."""

    dataflow: Name | None = None
    values: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The values of each component."""
    counts: Mapping[str, int] | None = None
    """How many series and observations there are, where that was asked."""


@dataclass(frozen=True)
class Stub(Artefact):
    """An artefact of which only the name is told."""
