"""Answer questions about tables: find the release, plan, read, write; all in one turn of a thread of the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from datasets import __version__
from datasets.hints import TakesLonger, in_haste
from datasets.names import SYNTHETIC
from datasets.public_releases import PublicRelease, PublicReleases
from datasets.text import Language
from portal.public.answer_head import answer_head, selection
from portal.public.answer_notes import answer_notes
from portal.public.bounded_memory import BoundedMemory
from portal.public.json_stat_about import about_cells
from portal.public.measured_work import measured
from portal.public.notice_headers import notice_headers, notices_of
from portal.public.release_headers import release_headers
from portal.public.table_questions import Style, TableQuestion, release_of, style_of
from portal.public.table_reading import TableReading
from portal.query.answer import Answer
from portal.query.answer_formats import AnswerFormat
from portal.query.as_asked import as_asked
from portal.query.formats_json_stat import CellsWritten
from portal.query.parameters import read_query
from portal.query.plan import Plan
from portal.query.planning import plan_data, plan_rows
from portal.query.run import Job, Session
from portal.query.written import Written
from portal.shared.links import Links
from portal.shared.responses import IMMUTABLE, SHORT, is_among, strong_tag

_KEPT_BYTES = 64 * 2**20
_KEPT_EACH = 2**20
WHOLE_ROWS = 20_000
"""Answers of more rows are sent while they are written."""


@dataclass(frozen=True)
class TableAnswer:
    """What to send. ``body`` is whole; where it is None, ``parts`` yields it; where both are None, nothing changed."""

    headers: Mapping[str, str]
    media_type: str
    body: bytes | None = None
    parts: Iterator[bytes] | None = None


Read = Callable[[PublicRelease, TableQuestion, AnswerFormat], Answer | None]
"""Plans a question and reads its answer, or returns None where it leaves that to another."""


class TableAnswers:
    """Answers questions about the tables of public releases. Safe for many threads at once."""

    def __init__(self, releases: PublicReleases, reading: TableReading, links: Links) -> None:
        self._releases = releases
        self._reading = reading
        self._links = links
        self._kept = kept_answers()
        # The releases from which each table was read: their signatures, files and code lists have been checked.
        self._read: dict[tuple[str, str], set[str]] = {}

    def submit(self, question: TableQuestion) -> Job[TableAnswer]:
        """Begin to answer; the job raises what finding, planning and reading raise."""
        return self._reading.submit(lambda session: self._by_all_means(session, question))

    def at_once(self, question: TableQuestion) -> TableAnswer | None:
        """Answer from memory, without leaving the thread that serves everyone; None where that would keep it.

        Changing threads takes longer than a short answer. What has to be read, checked or hashed first, as every table
        that is asked for the first time, what is long, what is misspelt and what is much work is left to ``submit``.
        Raises the same.
        """
        if not question.is_short or (question.dataset, question.table) not in self._read:
            return None
        with in_haste(), suppress(TakesLonger):
            return measured(partial(self._answer, question))(self._at_hand)
        return None

    def _answer(self, question: TableQuestion, read: Read) -> TableAnswer | None:
        release = release_of(self._releases, question)
        style = style_of(question)
        headers = _headers(release, question, style, self._written_by(release, question))
        tag = headers["ETag"]
        if is_among(question.known, tag):
            return TableAnswer(headers, style.format.media_type)
        kept = self._kept.get(tag)
        if kept is not None:
            return kept
        answer = read(release, question, style.format)
        if answer is None:
            return None
        return self._kept.keep(tag, self._write(answer, release, question, headers=headers, style=style))

    def _by_all_means(self, session: Session, question: TableQuestion) -> TableAnswer:
        """Answer in a thread of the engine, and remember that what the answer rests on has been read."""

        def read(release: PublicRelease, question: TableQuestion, answer_format: AnswerFormat) -> Answer:
            answer = self._reading.read(session, release, self._planned(release, question, answer_format))
            self._read.setdefault((question.dataset, question.table), set()).add(release.envelope_sha256)
            return answer

        answer = self._answer(question, read)
        assert answer is not None
        return answer

    def _at_hand(self, release: PublicRelease, question: TableQuestion, answer_format: AnswerFormat) -> Answer | None:
        read = self._read[question.dataset, question.table]
        if not answer_format.light or release.envelope_sha256 not in read:
            return None
        return self._reading.read_at_hand(release, self._planned(release, question, answer_format))

    def _written_by(self, release: PublicRelease, question: TableQuestion) -> tuple[str, ...]:
        """Return what an answer depends on beside the release and the question: a name may be over from one day on."""
        answered = self._reading.answered_names(release, pinned=question.pins(release))
        return (__version__, self._links.base_url, *sorted(answered))

    def _planned(self, release: PublicRelease, question: TableQuestion, answer_format: AnswerFormat) -> Plan:
        schema = self._reading.schema(release, question.table, pinned=question.pins(release))
        query = read_query(question.table, question.parameters, answer_format=answer_format.key)
        return plan_data(query, schema) if question.kind == "data" else plan_rows(query, schema)

    def _write(
        self,
        answer: Answer,
        release: PublicRelease,
        question: TableQuestion,
        *,
        headers: Mapping[str, str],
        style: Style,
    ) -> TableAnswer:
        following = self._next(answer, release, question)
        doubled = style.format.key != "json-stat"
        shown = as_asked(answer.plan, doubled=doubled)
        told = self._notices(answer.plan, release, question, doubled=doubled)
        headers = {**headers, **_totals(answer), **told, **_links(following, told)}
        written = Written(
            about=answer_head(answer, shown, release, by_margins=question.kind == "data", following=following),
            notes=lambda: answer_notes(release, answer, self._address(release, question)),
            columns=shown.plan.columns,
            chunks=map(shown.table, self._reading.chunks(answer)),
            synthetic=release.description.synthetic,
            header=style.header,
            bom=style.bom,
            cells=self._cells(shown.plan, release, question) if answer.plan.uses else None,
        )
        parts = style.format.write(written)
        if answer.returned > WHOLE_ROWS and style.format.streams:
            return TableAnswer(headers, style.format.media_type, parts=parts)
        return TableAnswer(headers, style.format.media_type, body=b"".join(parts))

    def _notices(self, plan: Plan, release: PublicRelease, question: TableQuestion, *, doubled: bool) -> dict[str, str]:
        """Return the headers about names and fields that will go; a pinned release keeps what it has."""
        if question.pins(release):
            return {}
        return notice_headers(notices_of(release, plan, doubled=doubled), release, self._releases, self._links)

    def _cells(self, plan: Plan, release: PublicRelease, question: TableQuestion) -> Callable[[], CellsWritten]:
        language: Language = "en" if question.parameter("lang", "") == "en" else "vi"
        table = next(table for table in release.description.tables if table.id == question.table)

        def told() -> CellsWritten:
            about = about_cells(release, table, language, self._links)
            # Which members a figure adds up is said nowhere else: they are no dimension of the answer.
            extension = {**about.extension, "selection": selection(plan)}
            href = self._address(release, question) if self._links.base_url else ""
            return CellsWritten(plan, replace(about, extension=extension, href=href))

        return told

    def _next(self, answer: Answer, release: PublicRelease, question: TableQuestion) -> str:
        """Return the address of the next page, which names its release: pages never mix two of them."""
        if not answer.truncated:
            return ""
        kept = [(name, value) for name, value in question.parameters if name not in {"offset", "after"}]
        page = replace(question, parameters=(*kept, ("after", answer.next_cursor)))
        return self._address(release, page)

    def _address(self, release: PublicRelease, question: TableQuestion) -> str:
        """Return the address that asks the same of this very release."""
        kept = [(name, value) for name, value in question.parameters if name not in {"release", "as_of", "format"}]
        if not question.parameter("names", ""):
            kept += self._older_names(release, question)
        parameters = [*kept, ("format", style_of(question).format.key), ("release", release.name)]
        return self._links.absolute(self._links.table(release.dataset, question.table, question.kind, parameters))

    def _older_names(self, release: PublicRelease, question: TableQuestion) -> list[tuple[str, str]]:
        """Return the parameter that keeps an answer as it is today, where its release knows names that are over."""
        pinned = question.pins(release)
        answered = self._reading.answered_names(release, pinned=pinned)
        if pinned or answered == self._reading.answered_names(release, pinned=True):
            return []
        former = self._reading.schema(release, question.table, pinned=pinned).former
        return [("names", ",".join(one.old for one in former if one.answered) or "present")]


def kept_answers() -> BoundedMemory[TableAnswer]:
    """Return a memory of short answers by their validator: a release never changes, so neither does what it answers."""
    return BoundedMemory(_KEPT_BYTES, _size, each=_KEPT_EACH)


def _size(answer: TableAnswer) -> int:
    """Return the bytes of an answer; one that is not written yet is more than can be kept."""
    return _KEPT_EACH + 1 if answer.body is None else len(answer.body)


def _headers(
    release: PublicRelease, question: TableQuestion, style: Style, written_by: tuple[str, ...]
) -> dict[str, str]:
    asked = (question.kind, question.table, style.format.key, *(text for each in question.parameters for text in each))
    mark = f"-{SYNTHETIC}" if release.description.synthetic else ""
    name = f"{release.dataset}-{release.name}-{question.table}{mark}.{style.format.suffix}"
    return {
        "ETag": strong_tag(*written_by, release.envelope_sha256, *asked),
        "Cache-Control": IMMUTABLE if question.parameter("release", "latest") == release.name else SHORT,
        "Content-Disposition": f'{"attachment" if style.saved else "inline"}; filename="{name}"',
        "Vary": "Accept",
        **release_headers(release),
    }


def _totals(answer: Answer) -> dict[str, str]:
    return {
        "Ytemo-Total": str(answer.total),
        "Ytemo-Returned": str(answer.returned),
        "Ytemo-Truncated": str(answer.truncated).lower(),
    }


def _links(following: str, told: Mapping[str, str]) -> dict[str, str]:
    """Return the header that names the next page, and the page of the notices in ``told``."""
    links = ([f'<{following}>; rel="next"'] if following else []) + ([told["Link"]] if told else [])
    return {"Link": ", ".join(links)} if links else {}
