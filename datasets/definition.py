"""A dataset definition: our declarative recipe for one dataset, as frozen types that refuse unknown keys."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from datasets.breaks import Break
from datasets.cell_status import status_column
from datasets.disclosure import Disclosure
from datasets.measure import Measure
from datasets.names import RESERVED, Edition, Identifier, Name
from datasets.notices import NoticePlace, Renaming, Retirement
from datasets.perturbation_choice import CellKey
from datasets.source import Source
from datasets.text import Bilingual, BilingualList, Model

Frequency = Literal["weekly", "monthly", "quarterly", "yearly", "irregular", "once"]
Theme = Literal[
    "examination-treatment",
    "preventive-medicine",
    "vaccination",
    "health-insurance",
    "health-workforce",
    "medical-equipment",
    "pharmacy",
    "commune-health",
    "registers",
    "administration",
]
Licence = Literal["CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0", "ODC-BY-1.0"]


class Organisation(Model):
    """The organisation responsible for a dataset."""

    id: Identifier = Field(description="Its name in URLs.")
    name: Bilingual = Field(description="Its full name.")
    url: str = Field(default="", description="Its web site.")


class Contact(Model):
    """Whom to ask about a dataset."""

    name: Bilingual = Field(description="The unit that answers.")
    email: str = Field(description="The address of the unit, not of a person.", pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


class ReportingRule(Model):
    """The legal or reporting rule that a dataset follows, with the dates between which it holds."""

    title: Bilingual = Field(description="What the rule is called.")
    citation: Bilingual = Field(description="Its number, article and date.")
    valid_from: date = Field(description="The first day on which it holds.")
    valid_to: date | None = Field(
        default=None, description="The last day on which it holds; absent while it is in force."
    )

    @model_validator(mode="after")
    def _in_order(self) -> ReportingRule:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to must not be before valid_from: exchange them")
        return self


class CalendarEntry(Model):
    """One planned release."""

    edition: Edition = Field(description="The edition that is due.")
    due: date = Field(description="The day on which it is due.")


class Coverage(Model):
    """What a dataset covers when every edition covers the same; an edition's own period comes from its name."""

    area: Bilingual = Field(description="The area, in words.")
    start: str = Field(default="", description="First day, month or year of the series.")
    end: str = Field(default="", description="Last day, month or year of the series.")


# Cube -----------------------------------------------------------------------------------------------------------------


class Dimension(Model):
    """One way in which the cells of a table are classified."""

    title: Bilingual = Field(description="What people call it.")
    codelist: Identifier = Field(description="The code list that its members come from.")
    column: Name | None = Field(default=None, description="The source column; the dimension's own name when absent.")
    match: Literal["code", "range", "year", "quarter", "month"] = Field(
        default="code",
        description="How a value finds its member: it is the code; it lies in the member's range (ages, ICD-10); or it"
        " is a date whose year, quarter or month is the member.",
    )
    map: dict[str, str] = Field(default={}, description="Source texts and the codes they mean, applied before `match`.")
    unknown: str = Field(
        default="", description="The member for missing values; without it a missing value is an error."
    )
    levels: tuple[Name, ...] = Field(
        default=(),
        description="The levels of the code list that are published; only the level of the data when absent. Of time,"
        " an edition shows whole periods only: one of a month cannot have the level `year`.",
    )
    total: bool = Field(default=True, description="Whether the total over all members is published.")
    role: Literal["geography", "time", "sex", "age", "other"] = Field(
        default="other", description="What it stands for."
    )


class TableSpec(Model):
    """One table of a dataset: which dimensions cross which measures, and which margins are published."""

    title: Bilingual = Field(description="What people call it.")
    dimensions: tuple[Name, ...] = Field(
        description="Its dimensions, in the order of its columns; at most 10.", min_length=1, max_length=10
    )
    measures: tuple[Name, ...] = Field(default=(), description="Its measures; all when absent.")
    margins: Literal["all"] | tuple[tuple[Name, ...], ...] = Field(
        default="all", description="`all`, or the sets of dimensions to group by; a set names what is not a total."
    )

    @model_validator(mode="after")
    def _margins_name_its_dimensions(self) -> TableSpec:
        for key, noun in (("dimensions", "dimension"), ("measures", "measure")):
            named = getattr(self, key)
            if len(set(named)) != len(named):
                raise ValueError(f"{key} names one {noun} twice: keep one")
        names = ", ".join(self.dimensions)
        for margin in self.margins if self.margins != "all" else ():
            for name in margin:
                if name not in self.dimensions:
                    raise ValueError(
                        f"margins names {name}, which is not a dimension of this table: name some of {names}"
                    )
        return self


class Definition(Model):
    """One dataset: what it is, where it comes from, what is published of it and how people are protected."""

    id: Identifier = Field(description="The dataset's name in URLs and files.")
    kind: Literal["statistics", "register", "codelist"] = Field(description="What the dataset is.")
    title: Bilingual = Field(description="What people call it.")
    summary: Bilingual = Field(description="One or two plain sentences: what it tells and what it does not.")
    keywords: BilingualList = Field(default=BilingualList(), description="Words that people search by.")
    publisher: Organisation = Field(description="The responsible organisation.")
    contact: Contact = Field(description="Whom to ask.")
    theme: Theme = Field(description="The field of health that it belongs to.")
    licence: Licence = Field(description="What others may do with it.")
    attribution: Bilingual | None = Field(default=None, description="How the source asks to be named.")
    frequency: Frequency = Field(description="How often an edition appears.")
    coverage: Coverage = Field(description="What it covers.")
    synthetic: bool = Field(
        default=False, description="Whether the data is made up; said on every page and in every file."
    )
    rules: tuple[ReportingRule, ...] = Field(default=(), description="The reporting rules that it follows.")
    calendar: tuple[CalendarEntry, ...] = Field(default=(), description="The planned releases.")
    breaks: tuple[Break, ...] = Field(
        default=(),
        description="Statistics: where its series break, so that what is before cannot be compared with what is after;"
        " at most 100.",
        max_length=100,
    )
    source: Source | None = Field(default=None, description="Where the data is read; absent for a code list.")
    person: Name | None = Field(
        default=None, description="The source column that tells persons apart; never published."
    )
    dimensions: dict[Name, Dimension] = Field(
        default={}, description="Statistics: how cells are classified; at most 40.", max_length=40
    )
    measures: dict[Name, Measure] = Field(
        default={}, description="Statistics: what is counted; at most 40.", max_length=40
    )
    tables: dict[Identifier, TableSpec] = Field(
        default={}, description="Statistics: what is published; at most 40.", max_length=40
    )
    disclosure: Disclosure | None = Field(default=None, description="Statistics: how people are protected.")
    key: tuple[Name, ...] = Field(default=(), description="Register: the columns that tell its rows apart.")
    fields: tuple[Name, ...] = Field(default=(), description="Register: the columns that are published.")
    codelists: tuple[Identifier, ...] = Field(default=(), description="Code list: the lists that are published.")
    renamed: dict[Name, Renaming] = Field(
        default={}, description="Older names of fields, under which the API still answers for a while."
    )
    retiring: dict[NoticePlace, Retirement] = Field(
        default={},
        description="What is about to go, or to mean something else: a field (`cost`), a table (`tables.by-month`), a"
        " field of one table (`tables.by-month.cost`), or a list of a code list dataset (`codelists.areas`).",
    )
    methods: str = Field(default="methods.md", description="The file beside the definition that explains the methods.")

    def counted(self, table: TableSpec) -> frozenset[str]:
        """Return the measures whose numbers a table reveals: a rate reveals its numerator, a population no record."""
        known = {name: one for name, one in self.measures.items() if one.type != "population"}
        return frozenset(known[name].numerator or name for name in table.measures or known if name in known)

    @model_validator(mode="after")
    def _is_whole(self) -> Definition:
        check = {"statistics": _check_statistics, "register": _check_register, "codelist": _check_codelist}
        flaws = tuple(check[self.kind](self))
        if flaws:
            # All of them at once: whoever writes a definition should not have to load it once for each mistake.
            text = "; ".join(f"{'.'.join(flaw.place)}: {flaw.rule}" for flaw in flaws)
            raise PydanticCustomError("flaws", "{text}", {"text": text, "flaws": flaws})
        return self


# Checks that need more than one key -----------------------------------------------------------------------------------


_PARTS_OF_A_RATE = (
    ("numerator", ("count", "persons", "sum"), "must be a count, persons or a sum: name such a measure"),
    ("denominator", ("population",), "must be a population: name a measure of that type"),
)


@dataclass(frozen=True)
class Flaw:
    """One rule that a definition breaks: the keys that lead there, and what could have been written."""

    place: tuple[str, ...]
    rule: str
    given: str = ""
    allowed: tuple[str, ...] = ()


def _check_statistics(definition: Definition) -> Iterator[Flaw]:
    needs = ("source", "dimensions", "measures", "tables", "disclosure")
    yield from _needed(definition, needs)
    yield from _refused(definition, ("key", "fields", "codelists"))
    yield from _check_names(definition)
    if definition.source is None:
        return
    yield from _check_where(definition.source)
    columns = definition.source.columns
    yield from _known(("person",), () if definition.person is None else (definition.person,), columns)
    if isinstance(definition.disclosure, CellKey) and definition.disclosure.record_key is not None:
        yield from _known(("disclosure", "record_key"), (definition.disclosure.record_key,), columns)
    for name, dimension in definition.dimensions.items():
        place = ("dimensions", name, "column") if dimension.column else ("dimensions", name)
        yield from _known(place, (dimension.column or name,), columns)
        if definition.person == (dimension.column or name):
            rule = f"{definition.person} is published by the dimension {name}, so it cannot tell persons apart"
            yield Flaw(("person",), f"{rule}: name the column that holds a code of each person")
    for name, measure in definition.measures.items():
        yield from _check_measure_columns(definition, name, measure)
        yield from _check_measure(definition, name, measure)
    for name, table in definition.tables.items():
        yield from _known(("tables", name, "dimensions"), table.dimensions, definition.dimensions)
        yield from _known(("tables", name, "measures"), table.measures, definition.measures)
        yield from _check_populations(definition, name, table)


def _check_where(source: Source) -> Iterator[Flaw]:
    for name in source.where:
        yield from _known(("source", "where", name), (name,), source.columns)


def _check_names(definition: Definition) -> Iterator[Flaw]:
    statuses = {status_column(name) for name in definition.measures}
    for kind in ("dimensions", "measures"):
        for name in getattr(definition, kind):
            if name in RESERVED:
                yield Flaw((kind, name), "is a word of the query API: choose another name")
            if name in statuses:
                yield Flaw((kind, name), "is the name of a status column: choose another name")
    for name in definition.dimensions:
        if name in definition.measures:
            yield Flaw(("measures", name), "names both a dimension and a measure: rename one of the two")


def _check_measure_columns(definition: Definition, name: str, measure: Measure) -> Iterator[Flaw]:
    assert definition.source is not None
    columns = definition.source.columns
    for column, values in measure.where.items():
        place = ("measures", name, "where", column)
        yield from _known(place, (column,), columns)
        if column in columns and columns[column].values:
            yield from _known(place, values, columns[column].values)
    if measure.column is None:
        return
    yield from _known(("measures", name, "column"), (measure.column,), columns)
    if measure.column in columns and columns[measure.column].type not in ("integer", "number"):
        yield Flaw(
            ("measures", name, "column"),
            f"must name a number: declare the column {measure.column} an integer or a number",
        )


def _check_measure(definition: Definition, name: str, measure: Measure) -> Iterator[Flaw]:
    place = ("measures", name)
    if (measure.type == "persons" or measure.contributors == "persons") and definition.person is None:
        yield Flaw(place, "counts persons: name the column that tells them apart under person")
    if measure.contributors == "value" and measure.type != "sum":
        yield Flaw((*place, "contributors"), "value is for a sum of people already counted: use rows or persons")
    yield from _known((*place, "dimensions"), measure.dimensions or (), definition.dimensions)
    for key, allowed, said in _PARTS_OF_A_RATE:
        part = getattr(measure, key)
        if part is not None:
            yield from _known((*place, key), (part,), definition.measures)
            if part in definition.measures and definition.measures[part].type not in allowed:
                yield Flaw((*place, key), said)


def _check_populations(definition: Definition, table_name: str, table: TableSpec) -> Iterator[Flaw]:
    """Beside a trait of people stands a population that differs by it; any other makes a wrong rate."""
    place, measures = ("tables", table_name, "measures"), definition.measures
    shown = [name for name in table.measures or measures if name in measures]
    if shown and all(measures[name].type == "population" for name in shown):
        yield Flaw(place, "shows populations alone: add what is counted, or leave the table out")
    traits = [name for name in table.dimensions if name in definition.dimensions]
    traits = [name for name in traits if definition.dimensions[name].role in ("geography", "sex", "age")]
    for below, population in measures.items():
        users = [name for name in shown if below in (name, measures[name].denominator)]
        for name in traits if users and population.dimensions is not None else ():
            if name not in (population.dimensions or ()):
                yield Flaw(
                    place,
                    f"{' and '.join(users)} would be wrong by {name}, by which {below} does not differ:"
                    f" add {name} to the dimensions of {below}, or leave {' and '.join(users)} out of this table",
                )


def _check_register(definition: Definition) -> Iterator[Flaw]:
    yield from _needed(definition, ("source", "key", "fields"))
    yield from _refused(definition, ("person", "dimensions", "measures", "tables", "disclosure", "codelists", "breaks"))
    if definition.source is None:
        return
    yield from _check_where(definition.source)
    columns = definition.source.columns
    yield from _known(("fields",), definition.fields, columns)
    yield from _known(("key",), definition.key, definition.fields)
    yield from _once(("key", "fields"), definition)
    for name in definition.fields:
        if name in columns and columns[name].title is None:
            yield Flaw(("source", "columns", name), "is published: give it a title in both languages")


def _check_codelist(definition: Definition) -> Iterator[Flaw]:
    yield from _needed(definition, ("codelists",))
    refused = ("source", "person", "dimensions", "measures", "tables", "disclosure", "key", "fields", "breaks")
    yield from _refused(definition, refused)
    yield from _once(("codelists",), definition)


def _once(keys: Iterable[str], definition: Definition) -> Iterator[Flaw]:
    for key in keys:
        names = getattr(definition, key)
        for name in dict.fromkeys(names):
            if names.count(name) > 1:
                yield Flaw((key,), f"names {name} twice: keep one")


def _needed(definition: Definition, keys: Iterable[str]) -> Iterator[Flaw]:
    for key in keys:
        if not getattr(definition, key):
            yield Flaw((), f"kind {definition.kind} needs {key}: add the key")


def _refused(definition: Definition, keys: Iterable[str]) -> Iterator[Flaw]:
    for key in keys:
        if getattr(definition, key):
            yield Flaw((key,), f"kind {definition.kind} takes no {key}: leave the key out, or correct kind")


def _known(place: tuple[str, ...], names: Iterable[str], allowed: Collection[str]) -> Iterator[Flaw]:
    for name in names:
        if name not in allowed:
            advice = "" if allowed else ": declare it first"
            yield Flaw(place, f"names {name}, which is not declared{advice}", name, tuple(allowed))
