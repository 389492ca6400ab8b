"""The page for developers of one dataset: real questions as code to copy, what can be asked, and every way in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from datasets.cell_status import CellStatus
from datasets.codelist import Codelist
from datasets.public_releases import PublicRelease
from datasets.text import Model
from portal.public.dataset_docs.doors import doors_of
from portal.public.dataset_docs.examples import Example, Told, examples_of
from portal.public.dataset_docs.fields import AskedField, fields_of
from portal.public.dataset_docs.questions import Question
from portal.public.dataset_docs.written_code import PROGRAMMES
from portal.public.pages.parts import Fact
from portal.public.pages.values import field_value, member_label
from portal.query.schema import Cube, Register, table_names
from portal.shared import labels
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.wording import Wording

CODES_SHOWN = 12
"""A code list of more members is only linked."""


class CodeBlock(Model):
    """Lines to copy."""

    anchor: str = Field(description="Its place on the page.")
    programme: str = Field(description="The language or program.")
    code: str = Field(description="The lines.")


class ExampleView(Model):
    """One real question."""

    title: str = Field(description="What kind of question it is.")
    about: tuple[Fact, ...] = Field(description="What exactly is asked, in words.")
    codes: tuple[CodeBlock, ...] = Field(description="The code that asks it.")


class FieldView(Model):
    """One column that can be asked for."""

    name: str = Field(description="Its name in addresses.")
    title: str = Field(description="What people call it.")
    holds: str = Field(description="What kind of value it holds.")
    operators: tuple[str, ...] = Field(description="What can be put behind its name.")
    codes: tuple[str, ...] = Field(description="Its codes, where they are few.")
    url: str = Field(description="Where its codes are listed; empty where it has none.")


class TableDocs(Model):
    """What can be asked of one table."""

    anchor: str = Field(description="Its place on the page.")
    title: str = Field(description="What it is called.")
    address: str = Field(description="Where it is asked.")
    fields: tuple[FieldView, ...] = Field(description="Its columns.")
    statuses: tuple[str, ...] = Field(description="The statuses that a cell can have; none in a register.")
    examples: tuple[ExampleView, ...] = Field(description="Real questions to it.")


class DoorView(Model):
    """One dialect."""

    name: str = Field(description="What it is called.")
    whom: str = Field(description="For whom it is.")
    addresses: tuple[str, ...] = Field(description="Where it begins.")
    browsed: bool = Field(description="Whether a browser shows something there.")


class DatasetApiPage(Page):
    """The page for developers of one dataset."""

    dataset: str = Field(description="The title of the dataset.")
    url: str = Field(description="The page of the dataset.")
    synthetic: bool = Field(description="Whether the data is made up.")
    edition: str = Field(description="The edition that the examples ask.")
    period: str = Field(description="The parameter that asks the newest version of that edition.")
    version: str = Field(description="The version that the examples ask.")
    openapi: str = Field(description="The description of its API for programs.")
    docs: str = Field(description="Where that description is read and tried.")
    tables: tuple[TableDocs, ...] = Field(description="Its tables, or its register.")
    lists: tuple[ExampleView, ...] = Field(description="Its code lists, where it has nothing else.")
    doors: tuple[DoorView, ...] = Field(description="Every dialect that it can be asked in.")


def dataset_api_page(
    release: PublicRelease, told: Told, codelists: Mapping[str, Codelist], words: Wording
) -> DatasetApiPage:
    """Return the page of ``release``; ``codelists`` are its own, by id."""
    links, dataset = told.links, release.dataset
    examples = examples_of(release, told)
    title = words.of(release.description.title)
    title = labels.beside_badge(title) if release.description.synthetic else title
    views = _Views(release, codelists, words)
    return DatasetApiPage(
        language=words.language,
        title=words.gettext("Ask by API: %(dataset)s") % {"dataset": title},
        description=words.gettext("Real questions to this dataset as code to copy, and every way to ask it."),
        section="developers",
        in_vietnamese=links.dataset_api(dataset, "vi"),
        in_english=links.dataset_api(dataset, "en"),
        dataset=title,
        url=links.dataset(dataset, words.language),
        synthetic=release.description.synthetic,
        edition=words.period(release.edition),
        period=f"release={release.edition}",
        version=str(release.version),
        openapi=links.dataset_openapi(dataset),
        docs=links.dataset_docs(dataset),
        tables=tuple(
            views.table(table, told, [example for example in examples if _is_of(example, table)])
            for table in table_names(release.description)
        ),
        lists=tuple(views.codelist(example) for example in examples if example.codelist),
        doors=tuple(DoorView(**vars(door)) for door in doors_of(release, links, words)),
    )


def _is_of(example: Example, table: str) -> bool:
    return example.question is not None and example.question.table == table


class _Views:
    """Makes the parts of one page."""

    def __init__(self, release: PublicRelease, codelists: Mapping[str, Codelist], words: Wording) -> None:
        self._release = release
        self._codelists = codelists
        self._words = words

    def table(self, table: str, told: Told, examples: Sequence[Example]) -> TableDocs:
        schema, links = told.schema(table), told.links
        title = schema.table.title if isinstance(schema, Cube) else self._release.description.title
        return TableDocs(
            anchor=f"table-{table}",
            title=self._words.of(title),
            address=links.absolute(links.table(self._release.dataset, table, "data")),
            fields=tuple(self._field(field, links) for field in fields_of(schema) if field.role != "status"),
            statuses=tuple(CellStatus) if isinstance(schema, Cube) else (),
            examples=tuple(self._example(example, schema) for example in examples),
        )

    def codelist(self, example: Example) -> ExampleView:
        title = self._words.of(self._codelists[example.codelist].title)
        named = self._words.gettext("Code list: %(title)s") % {"title": title}
        return ExampleView(title=named, about=(), codes=_blocks(example, example.codelist))

    def _field(self, field: AskedField, links: Links) -> FieldView:
        release, words = self._release, self._words
        url = links.api(f"datasets/{release.dataset}/codelists/{field.codelist}", release=release.name)
        return FieldView(
            name=field.name,
            title=words.of(field.title),
            holds=words.gettext("Code") if field.codes else labels.field_type(field.type, words),
            operators=field.operators,
            codes=field.codes if len(field.codes) <= CODES_SHOWN else (),
            url=url if field.codelist else "",
        )

    def _example(self, example: Example, schema: Cube | Register) -> ExampleView:
        question = example.question
        assert question is not None
        return ExampleView(
            title=_title(question, schema, self._words),
            about=tuple(self._about(question, schema)),
            codes=_blocks(example, question.table),
        )

    def _about(self, question: Question, schema: Cube | Register) -> Sequence[Fact]:
        words = self._words
        if isinstance(schema, Cube):
            asked = schema.measures.values() if question.kind == "whole" else [schema.measures[question.measure]]
            facts = [Fact(label=words.gettext("Measure"), value=", ".join(words.of(each.title) for each in asked))]
            for name, code in question.place:
                axis = schema.axes[name]
                label = member_label(code, axis.codelist, words)
                facts.append(Fact(label=words.of(axis.description.title), value=label))
            least = dict(question.parameters).get(f"{question.measure}__gte", "")
            return [
                *facts,
                *([Fact(label=words.gettext("At least"), value=words.number(float(least)))] if least else ()),
            ]
        return [
            Fact(
                label=words.of(schema.fields[name].title),
                value=field_value(code, schema.codelists.get(name), words).text,
            )
            for name, code in question.place
        ]


def _title(question: Question, schema: Cube | Register, words: Wording) -> str:
    cube = isinstance(schema, Cube)
    if question.kind == "one":
        return words.gettext("One value") if cube else words.gettext("One entry")
    if question.kind == "group":
        along = schema.axes[question.along].description if isinstance(schema, Cube) else schema.fields[question.along]
        message = (
            words.gettext("A row for each: %(dimension)s") if cube else words.gettext("How many of each: %(dimension)s")
        )
        return message % {"dimension": words.of(along.title)}
    if question.kind == "page":
        return (
            words.gettext("The largest first, a page at a time")
            if cube
            else words.gettext("A filter, a page at a time")
        )
    return (
        words.gettext("The whole table as CSV, totals included") if cube else words.gettext("The whole register as CSV")
    )


def _blocks(example: Example, name: str) -> tuple[CodeBlock, ...]:
    return tuple(
        CodeBlock(
            anchor=f"{name}-{example.asked.kind}-{programme.lower()}", programme=programme, code=write(example.asked)
        )
        for programme, write in PROGRAMMES.items()
    )
