"""The examples of one release: questions with their addresses, and the code that asks them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from datasets.names import SYNTHETIC
from datasets.public_releases import PublicRelease
from datasets.release import CodelistDescription, FieldType
from datasets.text import Language
from portal.public.dataset_docs.questions import Question, Row, questions_of, withholds
from portal.public.dataset_docs.written_code import Asked
from portal.query.schema import Cube, Register, table_names
from portal.shared.links import Links

_CODELIST_COLUMNS: tuple[tuple[str, FieldType], ...] = (
    ("code", "string"),
    ("parent", "string"),
    ("successor", "string"),
)


@dataclass(frozen=True)
class Told:
    """What examples are made of, besides the release itself."""

    schema: Callable[[str], Cube | Register]
    """What can be asked of a table, by its name."""
    rows: Mapping[str, Sequence[Row]]
    """Some rows of each table."""
    links: Links
    language: Language
    """The language of labels in the answers."""


@dataclass(frozen=True)
class Example:
    """One question of a release, as programs ask it; ``question`` is None where a code list is read."""

    asked: Asked
    question: Question | None = None
    codelist: str = ""


def examples_of(release: PublicRelease, told: Told) -> tuple[Example, ...]:
    """Return examples for every table of ``release``; for its code lists, where it has no tables."""
    tables = table_names(release.description)
    if not tables:
        return tuple(_of_codelist(release, each, told.links) for each in release.description.codelists)
    return tuple(example for table in tables for example in _of_table(release, told, table))


def _of_table(release: PublicRelease, told: Told, table: str) -> Iterator[Example]:
    schema, links = told.schema(table), told.links
    for question in questions_of(schema, told.rows.get(table, ()), told.language):
        pinned = (*question.parameters, ("release", release.name))
        as_csv = (*pinned, ("format", "csv"))
        # JSON is not written while it is read: it takes no limit=all, and says where the next page is.
        as_json = tuple((name, value) for name, value in pinned if value != "all")
        asked = Asked(
            kind=question.kind,
            json=links.absolute(links.table(release.dataset, table, question.resource, as_json)),
            csv=links.absolute(links.table(release.dataset, table, question.resource, as_csv)),
            file=f"{release.dataset}-{release.name}-{table}.csv",
            columns=_csv_columns(release, question),
            withheld=question.measure if withholds(question, schema) else "",
        )
        yield Example(asked, question)


def _csv_columns(release: PublicRelease, question: Question) -> tuple[tuple[str, FieldType], ...]:
    named = tuple((column.name, column.type) for column in question.columns)
    return (*named, (SYNTHETIC, "string")) if release.description.synthetic else named


def _of_codelist(release: PublicRelease, codelist: CodelistDescription, links: Links) -> Example:
    pinned = links.api(f"datasets/{release.dataset}/codelists/{codelist.id}", release=release.name)
    asked = Asked(
        kind="codes",
        json=links.absolute(pinned),
        csv=links.absolute(links.file(release.dataset, release.name, codelist.path)),
        file=codelist.path.rpartition("/")[2],
        columns=_CODELIST_COLUMNS,
        rows="members",
    )
    return Example(asked, codelist=codelist.id)
