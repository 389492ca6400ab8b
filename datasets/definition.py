"""A dataset definition: our declarative recipe for one dataset, as frozen types that refuse unknown keys."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from datasets.disclosure import DisclosureChoice
from datasets.names import RESERVED, Edition, Identifier, Name
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
    citation: str = Field(description="Its number, article and date.")
    valid_from: date = Field(description="The first day on which it holds.")
    valid_to: date | None = Field(
        default=None, description="The last day on which it holds; absent while it is in force."
    )

    @model_validator(mode="after")
    def _in_order(self) -> ReportingRule:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to must not be before valid_from")
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
        description="How a value finds its member: it is the code; it lies in the member's range (ages, ICD-10); or it is"
        " a date whose year, quarter or month is the member.",
    )
    map: dict[str, str] = Field(default={}, description="Source texts and the codes they mean, applied before `match`.")
    unknown: str = Field(
        default="", description="The member for missing values; without it a missing value is an error."
    )
    levels: tuple[Name, ...] = Field(
        default=(),
        description="The levels of the code list that are published; only the level of the data when absent.",
    )
    total: bool = Field(default=True, description="Whether the total over all members is published.")
    role: Literal["geography", "time", "sex", "age", "other"] = Field(
        default="other", description="What it stands for."
    )


class Denominator(Model):
    """The table of populations that a rate is divided by."""

    path: str = Field(description="CSV file beside the definition or in the input folder; may hold `{edition}`.")
    dimensions: tuple[Name, ...] = Field(
        description="The dimensions by which the population differs; others are left aside.", min_length=1
    )
    value: Name = Field(default="population", description="The column that holds the population.")
    source: Bilingual = Field(description="Where the populations come from.")


class Measure(Model):
    """One number in every cell."""

    title: Bilingual = Field(description="What people call it.")
    unit: Bilingual = Field(description="What it counts.")
    type: Literal["count", "persons", "sum", "mean", "rate"] = Field(
        description="`count` counts rows; `persons` counts distinct persons; `sum` and `mean` need a column; `rate` divides"
        " a measure by a population."
    )
    column: Name | None = Field(default=None, description="The source column of a sum or mean.")
    where: dict[Name, tuple[str, ...]] = Field(
        default={}, description="Counts only rows whose columns have one of these values, such as deaths."
    )
    contributors: Literal["rows", "persons", "value"] | None = Field(
        default=None,
        description="Who stands behind a cell: its rows, its distinct persons, or the value itself where the source is"
        " already counted. Persons when the definition names them, otherwise rows.",
    )
    numerator: Name | None = Field(default=None, description="For a rate: the measure above the line.")
    denominator: Denominator | None = Field(default=None, description="For a rate: the population below the line.")
    per: int = Field(default=100_000, ge=1, description="For a rate: per how many.")
    decimals: int | None = Field(default=None, ge=0, le=6, description="Digits after the decimal mark; half to even.")

    @model_validator(mode="after")
    def _has_what_its_type_needs(self) -> Measure:
        needs = {"sum": {"column"}, "mean": {"column"}, "rate": {"numerator", "denominator"}}.get(self.type, set())
        for key in ("column", "numerator", "denominator"):
            given = getattr(self, key) is not None
            if given and key not in needs:
                raise ValueError(f"type {self.type} takes no {key}")
            if not given and key in needs:
                raise ValueError(f"type {self.type} needs {key}")
        if self.type == "rate" and self.where:
            raise ValueError("a rate takes no where: put it on its numerator")
        return self


class TableSpec(Model):
    """One table of a dataset: which dimensions cross which measures, and which margins are published."""

    title: Bilingual = Field(description="What people call it.")
    dimensions: tuple[Name, ...] = Field(description="Its dimensions, in the order of its columns.", min_length=1)
    measures: tuple[Name, ...] = Field(default=(), description="Its measures; all when absent.")
    margins: Literal["all"] | tuple[tuple[Name, ...], ...] = Field(
        default="all", description="`all`, or the sets of dimensions to group by; a set names what is not a total."
    )

    @model_validator(mode="after")
    def _margins_name_its_dimensions(self) -> TableSpec:
        if len(set(self.dimensions)) != len(self.dimensions):
            raise ValueError("dimensions names one dimension twice")
        for margin in self.margins if self.margins != "all" else ():
            for name in margin:
                if name not in self.dimensions:
                    raise ValueError(f"margins names {name}, which is not a dimension of this table")
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
    attribution: str = Field(default="", description="How the source asks to be named.")
    frequency: Frequency = Field(description="How often an edition appears.")
    coverage: Coverage = Field(description="What it covers.")
    synthetic: bool = Field(
        default=False, description="Whether the data is made up; said on every page and in every file."
    )
    rules: tuple[ReportingRule, ...] = Field(default=(), description="The reporting rules that it follows.")
    calendar: tuple[CalendarEntry, ...] = Field(default=(), description="The planned releases.")
    source: Source | None = Field(default=None, description="Where the data is read; absent for a code list.")
    person: Name | None = Field(
        default=None, description="The source column that tells persons apart; never published."
    )
    dimensions: dict[Name, Dimension] = Field(default={}, description="Statistics: how cells are classified.")
    measures: dict[Name, Measure] = Field(default={}, description="Statistics: what is counted.")
    tables: dict[Identifier, TableSpec] = Field(default={}, description="Statistics: what is published.")
    disclosure: DisclosureChoice | None = Field(default=None, description="Statistics: how people are protected.")
    key: tuple[Name, ...] = Field(default=(), description="Register: the columns that tell its rows apart.")
    fields: tuple[Name, ...] = Field(default=(), description="Register: the columns that are published.")
    codelists: tuple[Identifier, ...] = Field(default=(), description="Code list: the lists that are published.")
    methods: str = Field(default="methods.md", description="The file beside the definition that explains the methods.")

    @model_validator(mode="after")
    def _is_whole(self) -> Definition:
        check = {"statistics": _check_statistics, "register": _check_register, "codelist": _check_codelist}
        check[self.kind](self)
        return self


def _check_statistics(definition: Definition) -> None:
    for key in ("source", "dimensions", "measures", "tables", "disclosure"):
        if not getattr(definition, key):
            raise ValueError(f"kind statistics needs {key}")
    _refuse(definition, ("key", "fields", "codelists"))
    assert definition.source is not None
    columns = definition.source.columns
    _known("person", () if definition.person is None else (definition.person,), columns)
    for name, dimension in definition.dimensions.items():
        _known(f"dimensions.{name}", (dimension.column or name,), columns)
    for name, measure in definition.measures.items():
        _check_measure(definition, name, measure)
    for name, table in definition.tables.items():
        _known(f"tables.{name}.dimensions", table.dimensions, definition.dimensions)
        _known(f"tables.{name}.measures", table.measures, definition.measures)
    for name in (*definition.dimensions, *definition.measures):
        if name in RESERVED:
            raise ValueError(f"{name} is a word of the query API: choose another name for the dimension or measure")
    if shared := set(definition.dimensions) & set(definition.measures):
        raise ValueError(f"{sorted(shared)[0]} names both a dimension and a measure")


def _check_measure(definition: Definition, name: str, measure: Measure) -> None:
    assert definition.source is not None
    columns = definition.source.columns
    named = (*measure.where, *(() if measure.column is None else (measure.column,)))
    _known(f"measures.{name}", named, columns)
    if measure.column is not None and columns[measure.column].type not in ("integer", "number"):
        raise ValueError(f"measures.{name}: the column {measure.column} must be declared an integer or a number")
    if (measure.type == "persons" or measure.contributors == "persons") and definition.person is None:
        raise ValueError(f"measures.{name} counts persons: name the column that tells them apart under person")
    if measure.contributors == "value" and measure.type != "sum":
        raise ValueError(f"measures.{name}: contributors value is for a sum of people already counted")
    if measure.numerator is not None:
        _known(f"measures.{name}.numerator", (measure.numerator,), definition.measures)
        if definition.measures[measure.numerator].type in ("rate", "mean"):
            raise ValueError(f"measures.{name}.numerator must be a count, persons or a sum")
    if measure.denominator is not None:
        _known(f"measures.{name}.denominator.dimensions", measure.denominator.dimensions, definition.dimensions)


def _check_register(definition: Definition) -> None:
    for key in ("source", "key", "fields"):
        if not getattr(definition, key):
            raise ValueError(f"kind register needs {key}")
    _refuse(definition, ("person", "dimensions", "measures", "tables", "disclosure", "codelists"))
    assert definition.source is not None
    _known("fields", definition.fields, definition.source.columns)
    _known("key", definition.key, definition.fields)
    for name in definition.fields:
        if definition.source.columns[name].title is None:
            raise ValueError(f"source.columns.{name} is published: give it a title in both languages")


def _check_codelist(definition: Definition) -> None:
    if not definition.codelists:
        raise ValueError("kind codelist needs codelists")
    _refuse(definition, ("source", "person", "dimensions", "measures", "tables", "disclosure", "key", "fields"))


def _refuse(definition: Definition, keys: tuple[str, ...]) -> None:
    for key in keys:
        if getattr(definition, key):
            raise ValueError(f"kind {definition.kind} takes no {key}")


def _known(place: str, names: tuple[str, ...], allowed: Collection[str]) -> None:
    for name in names:
        if name not in allowed:
            raise ValueError(f"{place} names {name}, which is not one of: {', '.join(sorted(allowed))}")
