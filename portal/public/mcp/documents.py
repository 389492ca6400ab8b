"""What the tools answer: typed, described for models that read them; the source of each tool's output schema."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from datasets.measure import MeasureType
from datasets.text import Bilingual
from portal.public.resources import Resource, SelectionNote


class SourceLinks(Resource):
    """Where the same can be read again."""

    api: str = Field(description="The same question to the native API, pinned to this release: it never changes.")
    page: str = Field(description="The page for people, in Vietnamese.")
    page_en: str = Field(description="The page for people, in English.")
    csv: str = Field(default="", description="The whole answer as CSV, every row of it.")


class Sourced(Resource):
    """What every answer about a dataset says of where it comes from."""

    dataset: str
    release: str = Field(description="The release that the answer comes from: edition and version.")
    title: Bilingual
    synthetic: bool = Field(description="Whether the data is made up for demonstration: say so whenever you quote it.")
    citation: Bilingual = Field(description="The citation to quote beside every number, in both languages.")
    links: SourceLinks


class NamedThing(Resource):
    """A name to ask by, and what people call it."""

    name: str
    title: Bilingual


class MeasureNote(NamedThing):
    """What is counted or measured."""

    unit: Bilingual
    type: MeasureType
    additive: bool = Field(
        description="Whether its cells may be added up; persons, means, rates and populations may not. The portal works"
        " out rates and means of several members from `numerator` and `denominator`."
    )
    numerator: str | None = Field(default=None, description="Of a rate or mean: the measure above the line.")
    denominator: str | None = Field(default=None, description="Of a rate or mean: the measure below the line.")


# search ---------------------------------------------------------------------------------------------------------------


class FoundDataset(Sourced):
    """One dataset that was found, by its newest release."""

    summary: Bilingual
    kind: Literal["statistics", "register", "codelist"]
    publisher: Bilingual
    theme: Bilingual
    period: str = Field(description="First and last day that it covers, ISO 8601; empty where it has none.")
    editions: tuple[str, ...] = Field(description="The newest release of each edition, the newest first.")
    tables: tuple[NamedThing, ...]
    dimensions: tuple[NamedThing, ...]
    measures: tuple[NamedThing, ...] = Field(description="What is measured.")


class DatasetElsewhere(Resource):
    """A dataset that another catalog lists: its data is there, and `describe` and `query` do not know it."""

    dataset: str
    title: Bilingual
    publisher: Bilingual
    source: Bilingual = Field(description="The name of the other catalog.")
    landing_page: str = Field(description="Its page there; empty where that is not known.")
    page: str = Field(description="The page here that says what is known of it.")


class SearchAnswer(Resource):
    """One page of datasets."""

    total: int = Field(description="How many datasets of this portal fit.")
    page: int
    more: bool = Field(description="Whether there is another page.")
    suggestion: str = Field(description="The words as they were understood, where one had to be mended.")
    notes: tuple[str, ...] = Field(description="What must be known to use this answer rightly.")
    datasets: tuple[FoundDataset, ...]
    elsewhere: tuple[DatasetElsewhere, ...] = Field(
        default=(), description="The best of what other catalogs list, on the first page of a search for words."
    )
    api: str = Field(description="The same search in the native API, all of other catalogs among it.")


# describe -------------------------------------------------------------------------------------------------------------


class Code(Resource):
    """One member of a code list."""

    code: str
    label: Bilingual
    level: str = ""
    parent: str = ""


class CodePage(Resource):
    """Some codes of a list. `_T` is the total, where one is published."""

    name: str = Field(description="The dimension, field or code list.")
    total: int = Field(description="How many codes there are, after `find` and `level`.")
    offset: int
    more: bool = Field(description="Whether there are codes after these: ask with `codes_of` and `offset`.")
    codes: tuple[Code, ...]


class DimensionNote(NamedThing):
    """How cells are classified."""

    role: Literal["geography", "time", "sex", "age", "other"]
    has_total: bool = Field(description="Whether leaving it out gives its published total.")
    levels: tuple[str, ...] = Field(description="The published levels of its code list, coarsest first.")
    codes: CodePage


class ColumnNote(NamedThing):
    """A column of a register."""

    type: Literal["string", "integer", "number", "date"]
    codes: CodePage | None = None


class TableNote(NamedThing):
    """A table that `query` can ask."""

    rows: int
    dimensions: tuple[str, ...]
    measures: tuple[str, ...]
    crossings: tuple[str, ...] = Field(
        description="Which dimensions can be crossed, where not all can: `group` and `filters` together name one."
    )
    withheld: dict[str, int] = Field(description="How many cells are withheld, by measure.")


class StatusNote(Resource):
    """What a status of cells means."""

    status: str
    label: Bilingual
    has_value: bool
    explanation: str


class Protection(Resource):
    """How people were protected."""

    summary: Bilingual
    audited: bool = Field(description="Whether the release was attacked before it came out, and gave nothing away.")


class ReleaseNote(Resource):
    """One release of the dataset."""

    release: str
    available: date
    withdrawn: bool


class About(Resource):
    """What a release says of itself."""

    kind: Literal["statistics", "register", "codelist"]
    summary: Bilingual
    publisher: Bilingual
    contact: str
    theme: Bilingual
    frequency: str
    area: Bilingual
    period: str
    next_release: str = Field(description="When the next edition is due, where it is known.")
    licence: str
    licence_name: str
    attribution: Bilingual | None
    protection: Protection | None


class DescribeAnswer(Sourced):
    """One dataset; with `codes_of` some codes of it instead."""

    notes: tuple[str, ...] = Field(description="What must be known to use this answer rightly.")
    about: About | None = None
    releases: tuple[ReleaseNote, ...] = ()
    tables: tuple[TableNote, ...] = ()
    dimensions: tuple[DimensionNote, ...] = ()
    measures: tuple[MeasureNote, ...] = ()
    fields: tuple[ColumnNote, ...] = ()
    code_lists: tuple[NamedThing, ...] = ()
    statuses: tuple[StatusNote, ...] = ()
    codes: CodePage | None = None


# query ----------------------------------------------------------------------------------------------------------------


class AnswerColumn(NamedThing):
    """One column of the rows."""

    kind: Literal["dimension", "measure", "status", "field", "label", "aggregate"]
    unit: Bilingual | None = None


class StatusCount(StatusNote):
    """A status that occurs in the rows, and in how many cells."""

    cells: int


class QueryAnswer(Sourced):
    """Rows of a table."""

    table: str
    notes: tuple[str, ...] = Field(description="What must be known to use this answer rightly: tell it to the reader.")
    total: int = Field(description="How many rows the whole answer has.")
    returned: int
    truncated: bool = Field(description="Whether there are more rows than these.")
    after: str = Field(description="The argument `after` for the next page; empty on the last.")
    selection: dict[str, SelectionNote] | None = Field(description="How each dimension took part.")
    columns: tuple[AnswerColumn, ...]
    rows: tuple[dict[str, str | int | float | None], ...] = Field(
        description="A null beside the status `suppressed` is withheld to protect people. It is not zero."
    )
    statuses: tuple[StatusCount, ...] = Field(description="The statuses that occur in these rows.")
