"""The tool `query`: numbers of one table, by the same question that the native API is asked."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from datasets.cell_status import STATUS_MEANINGS, CellStatus
from datasets.names import TOTAL
from datasets.public_releases import PublicRelease
from datasets.said import said
from portal.public.mcp.arguments import QueryArguments, Scalar
from portal.public.mcp.describing import status_note
from portal.public.mcp.documents import AnswerColumn, QueryAnswer, StatusCount
from portal.public.mcp.sources import MADE_UP, Sources, sourced
from portal.public.resources import SelectionNote
from portal.public.told_breaks import break_note, breaks_asked
from portal.query.answer import Answer
from portal.query.model import PARAMETERS, invalid
from portal.query.operators import OPERATORS
from portal.query.parameters import read_query
from portal.query.plan import Column, Plan
from portal.query.planning import plan_data
from portal.query.run import Session
from portal.query.written import Written
from portal.shared.wording import Wording, wording

Value = str | int | float | None
_SHOWN_MEMBERS = 20


def query(sources: Sources, session: Session, asked: QueryArguments) -> QueryAnswer:
    """Answer a question about a table; raises what finding, planning and reading raise."""
    release = sources.releases.find(asked.dataset, asked.release)
    parameters = native_parameters(asked)
    schema = sources.reading.schema(release, asked.table)
    plan = plan_data(read_query(asked.table, parameters, answer_format="json"), schema)
    answer = sources.reading.read(session, release, plan)
    rows = tuple(_rows(sources, answer))
    statuses = tuple(_statuses(answer.plan, rows, asked))
    address = _address(sources, release, asked, parameters)
    everything = [each for each in parameters if each[0] not in {"limit", "after"}]
    whole = _address(sources, release, asked, [*everything, ("format", "csv"), ("limit", "all")])
    return QueryAnswer(
        **sourced(release, sources.links, api=address, csv=whole, cited=address),
        table=asked.table,
        notes=tuple(_notes(answer, release, statuses, wording(asked.lang))),
        total=answer.total,
        returned=answer.returned,
        truncated=answer.truncated,
        after=answer.next_cursor,
        selection=_selection(answer.plan),
        columns=tuple(_column(column, release) for column in answer.plan.columns),
        rows=rows,
        statuses=statuses,
    )


def native_parameters(asked: QueryArguments) -> list[tuple[str, str]]:
    """Return the question as parameters of the native API, in a fixed order."""
    parameters = [_filter(name, value) for name, value in asked.filters.items()]
    lists = {"group": asked.group, "select": asked.select, "aggregate": asked.aggregate, "order": asked.order}
    parameters += [("where", asked.where)] if asked.where else []
    parameters += [(name, ",".join(given)) for name, given in lists.items() if given]
    parameters += [("geography", asked.geography)] if asked.geography else []
    parameters += [("limit", str(asked.limit)), ("lang", asked.lang)]
    return [*parameters, ("after", asked.after)] if asked.after else parameters


def text_of(answer: QueryAnswer, asked: QueryArguments) -> str:
    """Return the answer in short, for readers of text alone: what it is, what to mind, and what to cite."""
    words = wording(asked.lang)
    head = words.ngettext(
        "%(title)s, release %(release)s, table %(table)s: %(returned)s of %(total)s row.",
        "%(title)s, release %(release)s, table %(table)s: %(returned)s of %(total)s rows.",
        answer.total,
    )
    values = {"title": words.of(answer.title), "release": answer.release, "table": answer.table}
    counts = {"returned": words.number(answer.returned), "total": words.number(answer.total)}
    cite = words.gettext("Cite as: %(citation)s") % {"citation": words.of(answer.citation)}
    return "\n".join([head % (values | counts), *answer.notes, cite])


# Question -------------------------------------------------------------------------------------------------------------


def _filter(name: str, value: Scalar | list[Scalar]) -> tuple[str, str]:
    if name in PARAMETERS:
        raise invalid(f"filters.{name}", said("is not a field"), said("Give it beside filters, not among them"))
    if not isinstance(value, list):
        return name, _text(value)
    field, separator, key = name.rpartition("__")
    if separator and key in OPERATORS and OPERATORS[key].arity != "many":
        if len(value) == 1:
            return name, _text(value[0])
        raise invalid(name, said("takes one value"), said("Write several values as %(name)s__in=a,b", name=field))
    texts = [_text(each) for each in value]
    if any("," in text for text in texts):
        rule = said("has a value with a comma, which parts the values of a list")
        raise invalid(name, rule, said("Ask for it by itself, without a list"))
    return (name if separator and key in OPERATORS else f"{name}__in"), ",".join(texts)


def _text(value: Scalar) -> str:
    """Write a number as an address has it: 79.0 of a program that knows no whole numbers is 79."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def _address(
    sources: Sources, release: PublicRelease, asked: QueryArguments, parameters: Sequence[tuple[str, str]]
) -> str:
    pinned = [*parameters, ("release", release.name)]
    return sources.links.absolute(sources.links.table(release.dataset, asked.table, "data", pinned))


# Answer ---------------------------------------------------------------------------------------------------------------


def _rows(sources: Sources, answer: Answer) -> Iterator[dict[str, Value]]:
    chunks = sources.reading.chunks(answer)
    written = Written(about={}, notes=tuple, columns=answer.plan.columns, chunks=chunks, synthetic=False)
    for table in written.tables():
        for row in table.to_pylist():
            yield {name: _value(value) for name, value in row.items()}


def _value(value: object) -> Value:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    assert value is None or isinstance(value, str | int | float)
    return value


def _statuses(plan: Plan, rows: Sequence[dict[str, Value]], asked: QueryArguments) -> Iterator[StatusCount]:
    columns = [column.name for column in plan.columns if column.kind == "status"]
    counts = Counter(row[name] for row in rows for name in columns)
    for status in STATUS_MEANINGS:
        if counts[status.value]:
            note = status_note(status, asked.lang)
            yield StatusCount(**note.model_dump(exclude={"label"}), label=note.label, cells=counts[status.value])


def _notes(answer: Answer, release: PublicRelease, statuses: Sequence[StatusCount], words: Wording) -> Iterator[str]:
    if release.description.synthetic:
        yield MADE_UP.of(words.language)
    for status in statuses:
        if status.status == CellStatus.SUPPRESSED:
            text = words.ngettext(
                "%(count)s cell is withheld to protect people: it has no value here. Withheld is not zero: never"
                " quote, add or draw it as 0.",
                "%(count)s cells are withheld to protect people: they have no value here. Withheld is not zero: never"
                " quote, add or draw them as 0.",
                status.cells,
            )
            yield text % {"count": words.number(status.cells)}
        elif status.status not in {CellStatus.OBSERVED, CellStatus.ZERO}:
            yield f"{words.of(status.label)} ({words.number(status.cells)}): {status.explanation}"
    yield from (words.of(break_note(one)) for one in breaks_asked(release, answer))
    left_out = [use.name for use in answer.plan.uses if use.role == "total" and use.members == (TOTAL,)]
    if left_out:
        text = words.gettext("At their published total: %(names)s.")
        yield text % {"names": ", ".join(left_out)}
    if answer.truncated:
        text = words.gettext("Not complete: %(returned)s of %(total)s rows. Ask for the next page, or narrow it down.")
        yield text % {"returned": words.number(answer.returned), "total": words.number(answer.total)}


def _selection(plan: Plan) -> dict[str, SelectionNote] | None:
    if not plan.uses:
        return None
    return {
        use.name: SelectionNote.model_validate(
            {"use": use.role, "count": len(use.members or ()), "members": (use.members or ())[:_SHOWN_MEMBERS]}
        )
        for use in plan.uses
    }


def _column(column: Column, release: PublicRelease) -> AnswerColumn:
    units = {each.name: each.unit for each in release.description.measures}
    unit = units.get(column.name) if column.kind == "measure" else None
    return AnswerColumn(name=column.name, title=column.title, kind=column.kind, unit=unit)
