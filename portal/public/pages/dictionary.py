"""The data dictionary of a release: every column, what it means, and the members of every code list."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from datasets.cell_status import STATUS_MEANINGS, status_column
from datasets.codelist import Codelist
from datasets.names import SYNTHETIC
from datasets.public_releases import PublicRelease
from datasets.release import MeasureDescription
from datasets.text import Model
from portal.public.pages.values import inside
from portal.shared import labels
from portal.shared.labels import N_
from portal.shared.links import Links
from portal.shared.wording import Wording, wording

MEMBERS_SHOWN = 60


class Column(Model):
    """One column of the files."""

    name: str = Field(description="Its name in the files.")
    title: str = Field(description="What people call it.")
    other: str = Field(description="What it is called in the other language.")
    holds: str = Field(description="What kind of value it holds.")
    unit: str = Field(default="", description="What its numbers count.")
    status: str = Field(default="", description="The name of the column that holds the status of its cells.")
    note: str = Field(default="", description="What else must be known to read it rightly.")
    codelist: str = Field(default="", description="The title of the code list that its values come from.")
    anchor: str = Field(default="", description="Where on the page that code list is.")


class MemberView(Model):
    """One member of a code list."""

    code: str = Field(description="The value in the files.")
    label: str = Field(description="What it means.")
    other: str = Field(description="What it is called in the other language.")


class CodelistView(Model):
    """A code list, or the first of its members."""

    anchor: str = Field(description="Its place on the page.")
    title: str = Field(description="What it is called.")
    source: str = Field(description="Who made it.")
    size: str = Field(description="How many members it has.")
    members: tuple[MemberView, ...] = Field(description="The first members.")
    more: int = Field(description="How many members are not shown.")
    url: str = Field(description="The whole list as a file.")


class LegendEntry(Model):
    """A status of cells."""

    mark: str = Field(description="How it is shown on pages; empty for an ordinary value.")
    code: str = Field(description="How it is written in files.")
    label: str = Field(description="What it is called.")
    explanation: str = Field(description="What it means for who uses the number.")
    has_value: bool = Field(description="Whether the cell carries a number.")


def columns(release: PublicRelease, words: Wording) -> tuple[Column, ...]:
    """Return the columns of the release's tables or register, dimensions first."""
    description = release.description
    titles = {codelist.id: words.of(codelist.title) for codelist in description.codelists}
    found = [
        Column(
            name=dimension.name,
            title=words.of(dimension.title),
            other=words.other(dimension.title),
            holds=words.gettext("Code"),
            codelist=titles.get(dimension.codelist, ""),
            anchor=_anchor(dimension.codelist),
            note=words.gettext("The total is one of its members.") if dimension.total else "",
        )
        for dimension in description.dimensions
    ]
    found += [_measure(measure, release, words) for measure in description.measures]
    for field in description.register_.fields if description.register_ else ():
        found.append(
            Column(
                name=field.name,
                title=words.of(field.title),
                other=words.other(field.title),
                holds=words.gettext("Code") if field.codelist else labels.field_type(field.type, words),
                codelist=titles.get(field.codelist or "", ""),
                anchor=_anchor(field.codelist) if field.codelist else "",
            )
        )
    return (*found, *_synthetic(release, words))


def _synthetic(release: PublicRelease, words: Wording) -> tuple[Column, ...]:
    """Return the column by which the files of made-up data say so; other files do not have it."""
    if not release.description.synthetic:
        return ()
    title = N_("Made-up data")
    column = Column(
        name=SYNTHETIC,
        title=words.gettext(title),
        other=wording("en" if words.language == "vi" else "vi").gettext(title),
        holds=words.gettext("true in every row"),
        note=words.gettext("It keeps the warning on the data when a file is copied."),
    )
    return (column,)


def codelist_views(
    release: PublicRelease, codelists: Mapping[str, Codelist], links: Links, words: Wording
) -> tuple[CodelistView, ...]:
    """Return the code lists of the release with their first members; ``codelists`` is by id."""
    return tuple(
        CodelistView(
            anchor=_anchor(described.id),
            title=words.of(described.title),
            source=words.of(described.source) if described.source else "",
            size=words.number(described.rows),
            members=tuple(
                MemberView(code=member.code, label=words.of(member.label), other=words.other(member.label))
                for member in codelists[described.id].members[:MEMBERS_SHOWN]
            ),
            more=max(0, described.rows - MEMBERS_SHOWN),
            url=links.file(release.dataset, release.name, described.path),
        )
        for described in release.description.codelists
    )


def legend(words: Wording) -> tuple[LegendEntry, ...]:
    """Return every status that a cell can have."""
    return tuple(
        LegendEntry(
            mark=labels.mark(status),
            code=status.value,
            label=words.of(meaning.label),
            explanation=words.gettext(labels.EXPLANATIONS[status]),
            has_value=meaning.has_value,
        )
        for status, meaning in STATUS_MEANINGS.items()
    )


def _measure(measure: MeasureDescription, release: PublicRelease, words: Wording) -> Column:
    notes = []
    if measure.type == "rate" and measure.numerator is not None:
        per = words.number(measure.per or 1)
        # What a rate counts may be in no table of the release itself.
        titles = {one.name: words.of(one.title) for one in release.description.measures}
        if numerator := titles.get(measure.numerator):
            text = words.gettext("%(numerator)s per %(per)s of the population.")
            notes.append(text % {"numerator": numerator, "per": per})
        else:
            notes.append(words.gettext("Per %(per)s of the population.") % {"per": per})
    if measure.denominator_source is not None:
        source = words.of(measure.denominator_source)
        notes.append(words.gettext("Population: %(source)s.") % {"source": source.rstrip(".")})
    if measure.type == "population":
        titles = {one.name: words.of(one.title) for one in release.description.dimensions}
        named = ", ".join(inside(titles[name]) for name in measure.dimensions or () if name in titles)
        text = words.gettext("Differs by %(dimensions)s; along everything else these are the same people.")
        notes.append(text % {"dimensions": named})
    elif not measure.additive:
        notes.append(words.gettext("Do not add it up: use the published totals."))
    return Column(
        name=measure.name,
        title=words.of(measure.title),
        other=words.other(measure.title),
        holds=labels.measure_type(measure.type, words),
        unit=words.of(measure.unit),
        status=status_column(measure.name),
        note=" ".join(notes),
    )


def _anchor(codelist: str) -> str:
    return f"codelist-{codelist}"
