"""Answer what clients of PxWeb select of a table, in one turn of a thread of the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from datasets import __version__
from datasets.cell_status import status_column
from datasets.names import SYNTHETIC
from datasets.public_releases import PublicReleases
from datasets.said import said
from datasets.text import Language
from portal.public.answer_notes import answer_notes
from portal.public.notice_headers import retiring_headers
from portal.public.pxweb.choices import Choice, choose
from portal.public.pxweb.default_selection import with_defaults
from portal.public.pxweb.found_tables import FoundTable, cube_of, find_table
from portal.public.pxweb.links import PxLinks
from portal.public.pxweb.requests import one, read_language
from portal.public.pxweb.selections import (
    KEYED,
    PLACED,
    Selection,
    as_parameters,
    check_names,
    read_body,
    read_parameters,
)
from portal.public.pxweb.value_documents import about_table
from portal.public.release_headers import release_headers
from portal.public.table_reading import TableReading
from portal.query.answer import Answer
from portal.query.answer_formats import FORMATS
from portal.query.formats_json_stat import METRIC, json_stat_parts, shape_of
from portal.query.model import Query, invalid, unknown
from portal.query.planning import plan_rows
from portal.query.run import Job, Session
from portal.query.schema import Cube
from portal.query.written import Written
from portal.shared.links import Links
from portal.shared.responses import IMMUTABLE, SHORT, is_among, strong_tag

OutputFormat = Literal["json-stat2", "csv", "xlsx", "parquet"]
OUTPUT_FORMATS: tuple[OutputFormat, ...] = get_args(OutputFormat)

_JSON_STAT_TYPE = "application/json"
_TEXTS = {"UseCodes": False, "UseTexts": True, "UseCodesAndTexts": True}
"""Parameters of a format, and whether they ask for the names of codes beside them."""
_LONGEST_ADDRESS = 2_000
_KNOWN = ("lang", "outputFormat", "outputFormatParams")


@dataclass(frozen=True)
class DataQuestion:
    """A request for data of one table, as it came; ``body`` is None where the address says what is selected."""

    table: str
    parameters: tuple[tuple[str, str], ...]
    body: bytes | None = None
    known: str = ""
    """The If-None-Match header."""


@dataclass(frozen=True)
class DataAnswer:
    """What to send; without a body nothing changed."""

    headers: Mapping[str, str]
    media_type: str = ""
    body: bytes | None = None


@dataclass(frozen=True)
class _Style:
    """How an answer is written."""

    format: OutputFormat
    texts: bool
    language: Language


class DataAnswers:
    """Answers selections of tables. Safe for many threads at once."""

    def __init__(self, releases: PublicReleases, reading: TableReading, links: Links) -> None:
        self._releases = releases
        self._reading = reading
        self._links = links

    def submit(self, question: DataQuestion) -> Job[DataAnswer]:
        """Begin to answer; the job raises what finding, choosing and reading raise."""
        return self._reading.submit(lambda session: self._answer(session, question))

    def _answer(self, session: Session, question: DataQuestion) -> DataAnswer:
        style, selection = _style(question), _selection(question)
        found = find_table(self._releases, question.table)
        headers = {**_headers(found, question, style, self._links), **self._notices(found)}
        if "ETag" in headers and is_among(question.known, headers["ETag"]):
            return DataAnswer(headers)
        cube = cube_of(self._reading.schema(found.release, found.table.id))
        choice = choose(with_defaults(selection, cube), cube, found.id)
        answer = self._reading.read(session, found.release, plan_rows(_query(choice, cube, style), cube))
        links = PxLinks(self._links, style.language)
        address = _address(found, links, question, selection)
        if style.format == "json-stat2":
            shape = shape_of(answer.plan, left_out=choice.left_out, order=choice.order)
            parts = json_stat_parts(shape, [answer.first], about_table(found, cube, links, address=address))
            return DataAnswer(headers, _JSON_STAT_TYPE, b"".join(parts))
        chosen = FORMATS[style.format]
        parts = chosen.write(_written(answer, found, address, style))
        return DataAnswer(headers, chosen.media_type, b"".join(parts))

    def _notices(self, found: FoundTable) -> dict[str, str]:
        release, table = found.release, found.table.id
        return {} if found.is_pinned else retiring_headers(release, table, self._releases, self._links)


def _style(question: DataQuestion) -> _Style:
    by_address = question.body is None
    check_names(question.parameters, (*_KNOWN, *PLACED) if by_address else _KNOWN, KEYED if by_address else ())
    given = one(question.parameters, "outputFormat") or "json-stat2"
    wanted = next((known for known in OUTPUT_FORMATS if given == known), None)
    if wanted is None:
        raise unknown("outputFormat", given, OUTPUT_FORMATS)
    texts = one(question.parameters, "outputFormatParams")
    if texts and texts not in _TEXTS:
        raise unknown("outputFormatParams", texts, _TEXTS)
    if texts and wanted not in {"csv", "xlsx"}:
        rule = said("is for %(names)s alone", names="csv, xlsx")
        raise invalid("outputFormatParams", rule, said("Leave it out"))
    return _Style(wanted, _TEXTS.get(texts, False), read_language(question.parameters))


def _selection(question: DataQuestion) -> Selection:
    return read_parameters(question.parameters) if question.body is None else read_body(question.body)


def _address(found: FoundTable, links: PxLinks, question: DataQuestion, selection: Selection) -> str:
    """Return the address that asks the same of this very release; that of the table where it would be too long."""
    selected = [] if question.body is None else as_parameters(selection)
    address = links.data(found.pinned, [*question.parameters, *selected])
    return address if len(address) <= _LONGEST_ADDRESS else links.table(found.pinned)


def _query(choice: Choice, cube: Cube, style: _Style) -> Query:
    if style.format == "json-stat2":
        return choice.query(cube)
    query = choice.query(cube, language=style.language if style.texts else None)
    return replace(query, columns=tuple(_columns(choice, query.select, texts=style.texts)))


def _columns(choice: Choice, measures: tuple[str, ...], *, texts: bool) -> Iterator[str]:
    """Yield the columns of a table in rows: those of the dimensions in the order that was asked, then the measures."""
    for name in choice.order:
        if name != METRIC:
            yield name
            if texts:
                yield f"{name}_label"
    for name in measures:
        yield name
        yield status_column(name)


def _written(answer: Answer, found: FoundTable, address: str, style: _Style) -> Written:
    about = {
        "dataset": found.release.dataset,
        "release": found.release.name,
        "table": found.table.id,
        "synthetic": found.release.description.synthetic,
        "total": answer.total,
        "url": address,
    }
    return Written(
        about=about,
        notes=lambda: answer_notes(found.release, answer, address),
        columns=answer.plan.columns,
        chunks=[answer.first],
        synthetic=found.release.description.synthetic,
        header=style.language if style.texts else "names",
    )


def _headers(found: FoundTable, question: DataQuestion, style: _Style, links: Links) -> dict[str, str]:
    release = found.release
    mark = f"-{SYNTHETIC}" if release.description.synthetic else ""
    ending = "json" if style.format == "json-stat2" else style.format
    headers = {
        "Content-Disposition": f'inline; filename="{release.dataset}-{release.name}-{found.table.id}{mark}.{ending}"',
        **release_headers(release),
    }
    if question.body is not None:
        return {**headers, "Cache-Control": "no-store"}
    asked = [text for parameter in question.parameters for text in parameter]
    return {
        **headers,
        "ETag": strong_tag(__version__, links.base_url, release.envelope_sha256, "pxweb", found.table.id, *asked),
        "Cache-Control": IMMUTABLE if found.is_pinned else SHORT,
    }
