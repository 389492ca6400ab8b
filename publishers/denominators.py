"""The populations below the line of rates: read from CSV, checked, and added up to the published margins."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from datasets.codelist import Codelist
from datasets.definition_files import LoadedDefinition
from datasets.errors import Problem, SourceInvalid, SourceUnreadable
from datasets.measure import Measure
from datasets.names import TOTAL
from publishers.tabulate.members import PublishedMembers, published_members
from publishers.tabulate.plan import dimension_codelist, edition_period

MAX_BYTES = 64 << 20
"""The largest file of populations: those of every commune, age and month of ten years are half as large."""
ABSENT = -1
"""What stands where no population is known."""


@dataclass(frozen=True)
class PopulationTable:
    """The population of every combination of published members, int64, one axis for each dimension.

    Along an axis, position 0 is the total and position m + 1 the m-th published member; -1 where it is not known.
    """

    dimensions: tuple[str, ...]
    people: npt.NDArray[np.int64]

    def at(self, positions: Mapping[str, npt.NDArray[np.int32]]) -> npt.NDArray[np.int64]:
        """Return the population of each row, int64 (rows,); a dimension that the rows lack is taken as its total."""
        rows = len(next(iter(positions.values())))
        index = [positions.get(name, np.zeros(rows, dtype=np.int32)) for name in self.dimensions]
        return np.asarray(self.people[tuple(index)], dtype=np.int64)


@dataclass(frozen=True)
class _Axis:
    """One dimension of a population file."""

    name: str
    codelist: Codelist
    members: PublishedMembers
    additive: bool
    """Whether populations of members add up: those of areas and ages do, those of months do not."""
    unknown: str
    """The member of those of whom nothing is known; it has no population, and no total waits for it."""

    @property
    def positions(self) -> Mapping[str, int]:
        return {code: position for position, code in enumerate((TOTAL, *self.members.codes))}

    def families(self) -> Iterator[tuple[int, list[int]]]:
        """Yield each position that has children, with their positions, finest level first and the total last."""
        children: dict[int, list[int]] = {}
        for member, parent in enumerate(self.members.parents):
            if self.members.codes[member] != self.unknown:
                children.setdefault(parent + 1, []).append(member + 1)
        levels = {position: -1 if position == 0 else self.members.level_of[position - 1] for position in children}
        for position in sorted(children, key=lambda one: -levels[one]):
            yield position, children[position]


def load_denominators(loaded: LoadedDefinition, folder: Path, edition: str) -> dict[str, PopulationTable]:
    """Return the populations, by the name of the measure.

    A file lies beside the definition or in ``folder``, the input folder. Its columns are the dimensions and the value;
    its codes are published members, ``_T`` for a total, or other codes of the list, which are left aside. A total that
    is not given is added up where all its members are given, except over time, where people would be counted twice.

    Raises SourceUnreadable where there is no such file, SourceInvalid with file and line where a row cannot be used.
    """
    found = {}
    for name, measure in loaded.definition.measures.items():
        if measure.type == "population":
            found[name] = _load(loaded, measure, folder, edition)
    return found


def _load(loaded: LoadedDefinition, population: Measure, folder: Path, edition: str) -> PopulationTable:
    assert population.path is not None
    assert population.dimensions is not None
    file = _file(population.path.replace("{edition}", edition), (loaded.folder, folder))
    period = edition_period(loaded.definition, edition)
    axes = []
    for name in population.dimensions:
        given = loaded.definition.dimensions[name]
        codelist = dimension_codelist(loaded, name, period)
        members = published_members(codelist, given.levels, place=f"dimensions.{name}")
        axes.append(_Axis(name, codelist, members, given.role != "time", given.unknown))
    people = np.full([len(axis.positions) for axis in axes], ABSENT, dtype=np.int64)
    for place, value in _rows(file, population, axes):
        people[place] = value
    for number, axis in enumerate(axes):
        if axis.additive:
            _add_up(np.moveaxis(people, number, 0), axis)
    return PopulationTable(population.dimensions, people)


def _file(path: str, folders: Sequence[Path]) -> Path:
    for folder in folders:
        file = folder / path
        if file.is_file() and file.resolve().is_relative_to(folder.resolve()):
            if file.stat().st_size > MAX_BYTES:
                problem = Problem(
                    path, f"is larger than {MAX_BYTES >> 20} MiB", "keep only the codes that are published"
                )
                raise SourceUnreadable("The population of a rate cannot be read", problems=[problem])
            return file
    problem = Problem(path, "is neither beside the definition nor in the input folder", "add the file of populations")
    raise SourceUnreadable("The population of a rate is missing", problems=[problem])


def _rows(file: Path, population: Measure, axes: Sequence[_Axis]) -> Iterator[tuple[tuple[int, ...], int]]:
    """Yield the position and population of each row of published members; raise SourceInvalid with all problems."""
    problems: list[Problem] = []
    seen: set[tuple[str, ...]] = set()
    rows: list[tuple[tuple[int, ...], int]] = []
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            columns = _columns(file, next(reader, []), population)
            for row in reader:
                place = f"{file.name} line {reader.line_num}"
                given = [row[column] for column in columns] if len(row) == len(columns) else []
                rule = _broken_rule(given, axes, seen)
                if rule:
                    problems.append(Problem(place, *rule))
                    continue
                seen.add(tuple(given[:-1]))
                if all(code in axis.positions for code, axis in zip(given[:-1], axes, strict=True)):
                    position = tuple(axis.positions[code] for code, axis in zip(given[:-1], axes, strict=True))
                    rows.append((position, int(given[-1])))
    except (UnicodeDecodeError, csv.Error):
        problems.append(Problem(file.name, "is not CSV in UTF-8", "save it as CSV, UTF-8, with commas"))
    if problems:
        raise SourceInvalid("The populations of a rate cannot be used", problems=problems)
    yield from rows


def _columns(file: Path, header: Sequence[str], population: Measure) -> list[int]:
    wanted = [*(population.dimensions or ()), population.value or "population"]
    if sorted(header) != sorted(wanted):
        problem = Problem(
            f"{file.name} line 1",
            f"must have exactly the columns {', '.join(wanted)}",
            "name them so in the first line",
        )
        raise SourceInvalid("The populations of a rate cannot be used", problems=[problem])
    return [header.index(name) for name in wanted]


def _broken_rule(given: Sequence[str], axes: Sequence[_Axis], seen: set[tuple[str, ...]]) -> tuple[str, str] | None:
    if not given:
        return "must have as many fields as the first line", "write one value for each column"
    for code, axis in zip(given[:-1], axes, strict=True):
        if code != TOTAL and code not in axis.codelist.by_code:
            return f"{axis.name} is no code of the list {axis.codelist.id}", f"correct it, or use {TOTAL} for the total"
    if tuple(given[:-1]) in seen:
        return "repeats the codes of a row above", "keep one of the two"
    if not (given[-1].isascii() and given[-1].isdigit() and len(given[-1]) <= 12):
        return "the population must be a whole number from 0 up", "write digits without separators"
    return None


def _add_up(people: npt.NDArray[np.int64], axis: _Axis) -> None:
    """Fill what is not given along the first axis, in place, where all children are known."""
    for position, children in axis.families():
        parts = people[children]
        known = (parts != ABSENT).all(axis=0)
        absent = people[position] == ABSENT
        people[position] = np.where(absent & known, parts.sum(axis=0), people[position])
