"""What a reader of the explorer can choose: a plain form, whose every state is an address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from pydantic import Field

from datasets.boundary_files import boundaries_of
from datasets.names import TOTAL
from datasets.public_releases import PublicRelease
from datasets.text import Model
from portal.public.explore.asked import FIRST, HELD, LAST, LEVEL, MEMBERS
from portal.public.explore.exploration import SHOWS, Along, Exploration
from portal.public.explore.settling import legacy_axis
from portal.public.pages.selects import Option, OptionGroup, Select, option_of, select_of
from portal.public.pages.values import dimension_name, member_label
from portal.query.schema import Axis
from portal.shared.labels import N_
from portal.shared.wording import Wording

MOST_BOXES = 400
"""Members of a longer level are all shown: nobody looks through so many boxes."""
SHOWN_AS = {
    "line": N_("Line"),
    "bars": N_("Bars"),
    "panels": N_("Small charts"),
    "map": N_("Map"),
    "table": N_("Table alone"),
}
LEVELS = {
    "year": N_("Years"),
    "quarter": N_("Quarters"),
    "month": N_("Months"),
    "week": N_("Weeks"),
    "day": N_("Days"),
    "region": N_("Regions"),
    "province": N_("Provinces"),
    "commune": N_("Communes"),
    "chapter": N_("Chapters"),
    "block": N_("Blocks"),
    "group": N_("Broad groups"),
    "band": N_("Narrow groups"),
}
"""What people call the levels of the code lists that come with ytemo."""


class Boxes(Model):
    """The members of a dimension of which some are shown."""

    name: str = Field(description="The parameter.")
    label: str = Field(description="Which dimension.")
    summary: str = Field(description="How many are shown, in words.")
    selects: tuple[Select, ...] = Field(description="Level, first and last period.")
    options: tuple[Option, ...] = Field(description="Its members; none where they are too many.")


class ExploreForm(Model):
    """All that can be chosen."""

    action: str = Field(description="Where the form leads.")
    shows: tuple[Option, ...] = Field(description="As what it can be shown.")
    selects: tuple[Select, ...] = Field(description="Table, measure, rows, columns, list of provinces.")
    shown: tuple[Boxes, ...] = Field(description="The dimensions that are shown.")
    held: tuple[Select, ...] = Field(description="The others, each held at one member.")
    sort: str = Field(description="The order in force, which stays.")
    was: str = Field(description="As what it is shown now: tells the server whether that was changed.")


def explore_form(release: PublicRelease, exploration: Exploration, words: Wording, *, action: str) -> ExploreForm:
    """Return the form in the state that ``exploration`` is."""
    return ExploreForm(
        action=action,
        shows=tuple(
            Option(value=show, label=words.gettext(SHOWN_AS[show]), chosen=show == exploration.show)
            for show in SHOWS
            if show in _possible(exploration)
        ),
        selects=tuple(_selects(release, exploration, words)),
        shown=tuple(_boxes(along, words) for along in exploration.shown),
        held=tuple(_held(axis, code, words) for axis, code in exploration.held),
        sort=exploration.sort,
        was=exploration.show,
    )


def _possible(exploration: Exploration) -> frozenset[str]:
    axes = exploration.cube.axes.values()
    ways = {"table", "bars"}
    if any(axis.description.role == "time" for axis in axes):
        ways.add("line")
    if len(exploration.cube.axes) > 1:
        ways.add("panels")
    if any(boundaries_of(axis.codelist.id) for axis in axes):
        ways.add("map")
    return frozenset(ways)


def _selects(release: PublicRelease, exploration: Exploration, words: Wording) -> Iterator[Select]:
    cube, description = exploration.cube, release.description
    if len(description.tables) > 1:
        tables = [(table.id, words.of(table.title)) for table in description.tables]
        yield select_of("table", words.gettext("Table"), tables, cube.name)
    measures = [(name, words.of(measure.title)) for name, measure in cube.measures.items()]
    yield select_of("measure", words.gettext("Measure"), measures, exploration.measure.name)
    axes = [(name, dimension_name(axis.description, words)) for name, axis in cube.axes.items()]
    yield select_of("rows", words.gettext("Rows"), axes, exploration.rows.name)
    if len(axes) > 1:
        none = [("", words.gettext("None"))]
        others = [each for each in axes if each[0] != exploration.rows.name]
        chosen = exploration.columns.name if exploration.columns else ""
        yield select_of("columns", words.gettext("Columns, lines or small charts"), [*none, *others], chosen)
    if legacy_axis(cube) is not None:
        lists = [
            ("", words.gettext("Old provinces (until 30 June 2025)")),
            ("2025", words.gettext("34 provinces (since 1 July 2025)")),
        ]
        yield select_of("geography", words.gettext("Boundaries"), lists, exploration.geography or "")


def _boxes(along: Along, words: Wording) -> Boxes:
    axis = along.axis
    title = dimension_name(axis.description, words)
    codes = axis.at(along.level)
    shown = len(along.codes)
    summary = words.ngettext("%(count)s shown", "%(count)s shown", shown) % {"count": words.number(shown)}
    selects = []
    if len(axis.levels) > 1:
        levels = [(level, level_name(level, words)) for level in axis.levels]
        selects.append(select_of(f"{LEVEL}{axis.name}", _level_label(along, words), levels, along.level))
    if along.is_time:
        selects += _span(along, codes, words)
    options = () if along.is_time or len(codes) > MOST_BOXES else codes
    return Boxes(
        name=f"{MEMBERS}{axis.name}",
        label=title,
        summary=summary,
        selects=tuple(selects),
        options=tuple(
            Option(value=code, label=member_label(code, axis.codelist, words), chosen=code in along.members)
            for code in options
        ),
    )


def _level_label(along: Along, words: Wording) -> str:
    return words.gettext("Length of periods") if along.is_time else words.gettext("Level")


def _span(along: Along, codes: Sequence[str], words: Wording) -> list[Select]:
    # The newest is what most people look for, and on a telephone a long way down.
    periods = [(code, words.period(code)) for code in reversed(codes)]
    first = along.first or (codes[0] if codes else "")
    last = along.last or (codes[-1] if codes else "")
    return [
        select_of(f"{FIRST}{along.name}", words.gettext("From"), periods, first),
        select_of(f"{LAST}{along.name}", words.gettext("To"), periods, last),
    ]


def _held(axis: Axis, chosen: str, words: Wording) -> Select:
    codes = sorted(axis.positions, key=lambda code: _rank(axis, code))[:MOST_BOXES]
    groups = tuple(
        OptionGroup(
            label=level_name(level, words) if level != TOTAL and len(axis.levels) > 1 else "",
            options=tuple(option_of(code, member_label(code, axis.codelist, words), chosen) for code in of_level),
        )
        for level, of_level in groupby(codes, key=axis.level)
    )
    return Select(name=f"{HELD}{axis.name}", label=dimension_name(axis.description, words), groups=groups)


def _rank(axis: Axis, code: str) -> tuple[int, int]:
    """Return the place of a member in a list: the total, then the levels, of periods the newest first."""
    level, position = axis.level(code), axis.positions[code]
    place = -position if axis.description.role == "time" else position
    return (-1 if level == TOTAL else axis.levels.index(level)), place


def level_name(level: str, words: Wording) -> str:
    """Return what people call a level; one of a list that ytemo does not know is called by its place."""
    return words.gettext(LEVELS[level]) if level in LEVELS else words.gettext("Members")
