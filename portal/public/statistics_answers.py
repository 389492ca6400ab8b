"""Answer what the columns of a table hold: rows are filtered as in ``rows``, and figures are given of those left."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pydantic import Field

from datasets import __version__
from datasets.public_releases import PublicRelease, PublicReleases
from datasets.said import said
from datasets.text import Bilingual, Language
from portal.public.notice_headers import notice_headers, notices_of
from portal.public.release_headers import release_headers
from portal.public.resources import FieldNote, Resource
from portal.public.table_answers import TableAnswer, kept_answers
from portal.public.table_questions import TableQuestion, release_of
from portal.public.table_reading import TableReading
from portal.query.as_asked import Shown, as_asked
from portal.query.column_statistics import ColumnStatistics, Frequency, column_statistics
from portal.query.model import invalid
from portal.query.parameters import read_query
from portal.query.planning import plan_rows
from portal.query.run import Job, Session
from portal.query.schema import Cube, Register
from portal.shared.links import Links
from portal.shared.responses import IMMUTABLE, SHORT, is_among, strong_tag

_OF_ROWS = ("order", "limit", "offset", "after", "format", "header", "bom", "download")
"""Parameters that say how rows are given, which means nothing here."""


class ValueCount(Resource):
    """How many rows have one value."""

    value: str | None
    label: str | None = Field(default=None, description="With `lang`, the label of a coded value.")
    rows: int


class HistogramNote(Resource):
    """How many values lie between each two edges; the last bin holds its upper edge too."""

    edges: tuple[float, ...]
    rows: tuple[int, ...]


class ColumnNote(FieldNote):
    """What one column holds. Values that are withheld or missing count as empty, and are in no other figure."""

    rows: int
    empty: int
    different: int
    smallest: int | float | str | None
    largest: int | float | str | None
    mean: float | None = Field(description="Not of rates and means, which do not average.")
    values: tuple[ValueCount, ...] = Field(description="Of a text column: the hundred most frequent values.")
    histogram: HistogramNote | None


class StatisticsDocument(Resource):
    """What the columns of a table hold."""

    dataset: str
    release: str = Field(description="The release that the answer comes from; `release=` pins it.")
    table: str
    synthetic: bool = Field(description="Whether the data is made up.")
    rows: int = Field(description="How many rows the conditions leave.")
    columns: tuple[ColumnNote, ...]


class StatisticsAnswers:
    """Answers questions about columns. Safe for many threads at once."""

    def __init__(self, releases: PublicReleases, reading: TableReading, links: Links) -> None:
        self._releases = releases
        self._reading = reading
        self._links = links
        self._kept = kept_answers()

    def submit(self, question: TableQuestion) -> Job[TableAnswer]:
        """Begin to answer; the job raises what finding, planning and reading raise."""
        return self._reading.submit(lambda session: self._answer(session, question))

    def _answer(self, session: Session, question: TableQuestion) -> TableAnswer:
        for name, _ in question.parameters:
            if name in _OF_ROWS:
                raise invalid(name, said("is not for statistics"), said("Leave it out"))
        release = release_of(self._releases, question)
        answered = self._reading.answered_names(release, pinned=question.pins(release))
        headers = _headers(release, question, answered)
        if is_among(question.known, headers["ETag"]):
            return TableAnswer(headers, "application/json")
        kept = self._kept.get(headers["ETag"])
        if kept is not None:
            return kept
        return self._kept.keep(headers["ETag"], self._read(session, release, question, headers))

    def _read(
        self, session: Session, release: PublicRelease, question: TableQuestion, headers: dict[str, str]
    ) -> TableAnswer:
        pinned = question.pins(release)
        schema = self._reading.schema(release, question.table, pinned=pinned)
        query = read_query(question.table, question.parameters, answer_format="json")
        plan = plan_rows(query, schema)
        columns = column_statistics(session, plan, self._releases.file(release, plan.parquet).path)
        notes = {column.column.name: _note(column, schema, query.language) for column in columns}
        shown = as_asked(plan, doubled=True).columns
        document = StatisticsDocument(
            dataset=release.dataset,
            release=release.name,
            table=question.table,
            synthetic=release.description.synthetic,
            rows=columns[0].rows,
            columns=tuple(_called(notes[each.source], each, release) for each in shown if each.source in notes),
        )
        if not pinned:
            told = notices_of(release, plan, doubled=True)
            headers = headers | notice_headers(told, release, self._releases, self._links)
        return TableAnswer(headers, "application/json", body=document.model_dump_json().encode())


def _headers(release: PublicRelease, question: TableQuestion, answered: Collection[str]) -> dict[str, str]:
    asked = [*sorted(answered), *(text for parameter in question.parameters for text in parameter)]
    return {
        "ETag": strong_tag(__version__, release.envelope_sha256, "statistics", question.table, *asked),
        "Cache-Control": IMMUTABLE if question.parameter("release", "latest") == release.name else SHORT,
        **release_headers(release),
    }


def _called(note: ColumnNote, shown: Shown, release: PublicRelease) -> ColumnNote:
    """Return what is said of a column under the name by which it is shown."""
    if not shown.older:
        return note
    until = next(one.until for one in release.description.renamed if one.old == shown.older)
    return note.model_copy(update={"name": shown.column.name, "renamed_to": shown.source, "deprecated_until": until})


def _note(column: ColumnStatistics, schema: Cube | Register, language: Language | None) -> ColumnNote:
    about, histogram = column.column, column.histogram
    return ColumnNote(
        name=about.name,
        kind=about.kind,
        type=about.type,
        title=about.title,
        rows=column.rows,
        empty=column.empty,
        different=column.different,
        smallest=column.smallest,
        largest=column.largest,
        # Rates of rates and means of means would be of nobody.
        mean=None if _is_ratio(about.name, schema) else column.mean,
        values=tuple(_values(about.name, column.frequencies, schema, language)),
        histogram=None if histogram is None else HistogramNote(edges=histogram.edges, rows=histogram.rows),
    )


def _is_ratio(name: str, schema: Cube | Register) -> bool:
    return isinstance(schema, Cube) and name in schema.measures and schema.measures[name].type in {"rate", "mean"}


def _values(
    name: str, frequencies: tuple[Frequency, ...], schema: Cube | Register, language: Language | None
) -> Iterator[ValueCount]:
    codelist = schema.codelists.get(name) if isinstance(schema, Register) else None
    if isinstance(schema, Cube) and name in schema.axes:
        codelist = schema.axes[name].codelist
    for each in frequencies:
        label: Bilingual | None = (
            codelist.label(each.value) if codelist is not None and each.value is not None else None
        )
        yield ValueCount(value=each.value, label=label.of(language) if label and language else None, rows=each.rows)
