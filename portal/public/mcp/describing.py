"""The tool `describe`: what one dataset holds, what its codes mean, and how people in it were protected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from catalog.record import THEME_LABELS
from catalog.vietnamese import strip_marks
from datasets.breaks import BREAK, broken_series
from datasets.cell_status import STATUS_MEANINGS, CellStatus
from datasets.citation import LICENCE_NAMES
from datasets.codelist import Codelist, Member
from datasets.moments import VIETNAM_TIME
from datasets.names import TOTAL
from datasets.public_releases import PublicRelease
from datasets.release import DimensionDescription, TableDescription
from datasets.said import said
from datasets.text import Bilingual
from portal.public.mcp.arguments import DescribeArguments
from portal.public.mcp.documents import (
    About,
    Code,
    CodePage,
    ColumnNote,
    DescribeAnswer,
    DimensionNote,
    MeasureNote,
    NamedThing,
    Protection,
    ReleaseNote,
    StatusNote,
    TableNote,
)
from portal.public.mcp.sources import MADE_UP, Sources, period_of, sourced
from portal.query.model import invalid, unknown
from portal.query.schema import REGISTER
from portal.shared.labels import EXPLANATIONS
from portal.shared.wording import wording

FEW_CODES = 8
"""How many codes of each list a description begins with."""
MOST_CODES = 100
"""How many codes one page holds."""
_MOST_RELEASES = 20
_MOST_CROSSINGS = 60
_TOTAL_LABEL = Bilingual(vi="Tổng số", en="Total")


def describe(sources: Sources, asked: DescribeArguments) -> DescribeAnswer:
    """Describe a dataset, or list codes of it; raises what finding a release raises, or QueryInvalid."""
    release = sources.releases.find(asked.dataset, asked.release)
    links = sources.links
    address = links.absolute(links.api(f"datasets/{release.dataset}/releases/{release.name}"))
    source = sourced(release, links, api=address)
    if asked.codes_of:
        members = _members_of(sources, release, asked.codes_of)
        return DescribeAnswer(**source, notes=_notes(release, asked), codes=_asked_codes(members, asked))
    for place, given in (("find", asked.find), ("level", asked.level), ("offset", asked.offset)):
        if given:
            raise invalid(place, said("is only for codes"), said("Say whose codes with %(name)s", name="codes_of"))
    return DescribeAnswer(
        **source,
        notes=_notes(release, asked),
        about=_about(release),
        releases=tuple(_releases(sources, release.dataset)),
        tables=tuple(_tables(release)),
        dimensions=tuple(_dimension(sources, release, each) for each in release.description.dimensions),
        measures=measure_notes(release),
        fields=tuple(_fields(sources, release)),
        code_lists=_code_lists(release),
        statuses=tuple(status_note(status, asked.lang) for status in STATUS_MEANINGS) if _is_cube(release) else (),
    )


def text_of(answer: DescribeAnswer, asked: DescribeArguments) -> str:
    """Return the answer in short, for readers of text alone."""
    words = wording(asked.lang)
    named = f"{words.of(answer.title)} ({answer.dataset} {answer.release})"
    if answer.codes is not None:
        codes = [f"- {each.code}: {words.of(each.label)}" for each in answer.codes.codes]
        head = words.ngettext("%(name)s: %(count)s code.", "%(name)s: %(count)s codes.", answer.codes.total)
        lines = [named, head % {"name": answer.codes.name, "count": words.number(answer.codes.total)}, *codes]
    else:
        lines = [named, words.of(answer.about.summary) if answer.about else "", *answer.notes]
        lines += [f"- {table.name}: {words.of(table.title)}" for table in answer.tables]
    return "\n".join([*lines, words.of(answer.citation)])


def status_note(status: CellStatus, lang: str) -> StatusNote:
    """Return what a status means."""
    meaning = STATUS_MEANINGS[status]
    explanation = wording("vi" if lang == "vi" else "en").gettext(EXPLANATIONS[status])
    return StatusNote(status=status, label=meaning.label, has_value=meaning.has_value, explanation=explanation)


def measure_notes(release: PublicRelease) -> tuple[MeasureNote, ...]:
    """Return what a release measures."""
    return tuple(
        MeasureNote(
            name=each.name,
            title=each.title,
            unit=each.unit,
            type=each.type,
            additive=each.additive,
            numerator=each.numerator,
            denominator=each.denominator,
        )
        for each in release.description.measures
    )


# Parts ----------------------------------------------------------------------------------------------------------------


def _is_cube(release: PublicRelease) -> bool:
    return bool(release.description.tables)


def _notes(release: PublicRelease, asked: DescribeArguments) -> tuple[str, ...]:
    words = wording(asked.lang)
    notes = [MADE_UP.of(asked.lang)] if release.description.synthetic else []
    if any(count for table in release.description.tables for count in table.withheld.values()):
        notes.append(words.gettext("Some cells are withheld to protect people. They have no value, and are not zero."))
    notes += [f"{BREAK.of(asked.lang)}: {words.of(broken_series(one))}" for one in release.description.breaks]
    return tuple(notes)


def _about(release: PublicRelease) -> About:
    about = release.description
    protected = about.disclosure
    return About(
        kind=about.kind,
        summary=about.summary,
        publisher=about.publisher.name,
        contact=about.contact.email,
        theme=THEME_LABELS[about.theme],
        frequency=about.frequency,
        area=about.coverage.area,
        period=period_of(release),
        next_release=about.next_release,
        licence=about.licence,
        licence_name=LICENCE_NAMES[about.licence],
        attribution=about.attribution,
        protection=Protection(summary=protected.summary, audited=protected.audited) if protected else None,
    )


def _releases(sources: Sources, dataset: str) -> Iterator[ReleaseNote]:
    for each in sources.releases.releases(dataset)[:_MOST_RELEASES]:
        day = each.manifest.available_from.astimezone(VIETNAM_TIME).date()
        yield ReleaseNote(release=each.name, available=day, withdrawn=each.withdrawal is not None)


def _tables(release: PublicRelease) -> Iterator[TableNote]:
    about = release.description
    for table in about.tables:
        yield TableNote(
            name=table.id,
            title=table.title,
            rows=table.rows,
            dimensions=table.dimensions,
            measures=table.measures,
            crossings=_crossings(table),
            withheld=table.withheld,
        )
    if about.register_ is not None:
        rows = about.register_.rows
        yield TableNote(
            name=REGISTER, title=about.title, rows=rows, dimensions=(), measures=(), crossings=(), withheld={}
        )


def _crossings(table: TableDescription) -> tuple[str, ...]:
    if table.margins == "all":
        return ()
    return tuple(" × ".join(margin) or TOTAL for margin in table.margins[:_MOST_CROSSINGS])


def _dimension(sources: Sources, release: PublicRelease, dimension: DimensionDescription) -> DimensionNote:
    members = _published(sources, release, dimension)
    return DimensionNote(
        name=dimension.name,
        title=dimension.title,
        role=dimension.role,
        has_total=dimension.total,
        levels=dimension.levels,
        codes=_page(dimension.name, members, offset=0, most=FEW_CODES),
    )


def _fields(sources: Sources, release: PublicRelease) -> Iterator[ColumnNote]:
    register = release.description.register_
    for field in register.fields if register is not None else ():
        codes = None
        if field.codelist is not None:
            members = sources.releases.codelist(release, field.codelist).members
            codes = _page(field.name, members, offset=0, most=FEW_CODES)
        yield ColumnNote(name=field.name, title=field.title, type=field.type, codes=codes)


def _code_lists(release: PublicRelease) -> tuple[NamedThing, ...]:
    return tuple(NamedThing(name=each.id, title=each.title) for each in release.description.codelists)


# Codes ----------------------------------------------------------------------------------------------------------------


def _members_of(sources: Sources, release: PublicRelease, name: str) -> Sequence[Member]:
    """Return the codes of a dimension as published, or of a field or a code list."""
    about = release.description
    dimension = next((each for each in about.dimensions if each.name == name), None)
    if dimension is not None:
        return _published(sources, release, dimension)
    coded = {each.name: each.codelist for each in (about.register_.fields if about.register_ else ()) if each.codelist}
    lists = {each.id: each.id for each in about.codelists} | coded
    if name not in lists:
        raise unknown("codes_of", name, [*(each.name for each in about.dimensions), *coded, *lists])
    return sources.releases.codelist(release, lists[name]).members


def _published(sources: Sources, release: PublicRelease, dimension: DimensionDescription) -> Sequence[Member]:
    codelist = sources.releases.codelist(release, dimension.codelist)
    levels = frozenset(dimension.levels)
    members = [each for each in codelist.members if each.code != TOTAL and (not levels or each.level in levels)]
    return [_total(codelist), *members] if dimension.total else members


def _total(codelist: Codelist) -> Member:
    return codelist.by_code.get(TOTAL) or Member(TOTAL, _TOTAL_LABEL)


def _asked_codes(members: Sequence[Member], asked: DescribeArguments) -> CodePage:
    levels = tuple(dict.fromkeys(each.level for each in members if each.level))
    if asked.level and asked.level not in levels:
        raise unknown("level", asked.level, levels)
    wanted = strip_marks(asked.find.casefold())
    kept = [
        each
        for each in members
        if (not asked.level or each.level == asked.level)
        and (not wanted or any(wanted in strip_marks(text.casefold()) for text in _texts(each)))
    ]
    return _page(asked.codes_of, kept, offset=asked.offset, most=MOST_CODES)


def _texts(member: Member) -> tuple[str, str, str]:
    return member.code, member.label.vi, member.label.en


def _page(name: str, members: Sequence[Member], *, offset: int, most: int) -> CodePage:
    shown = members[offset : offset + most]
    return CodePage(
        name=name,
        total=len(members),
        offset=offset,
        more=offset + len(shown) < len(members),
        codes=tuple(Code(code=each.code, label=each.label, level=each.level, parent=each.parent) for each in shown),
    )
