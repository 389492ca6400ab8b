"""The explorer: one table of a release by the dimensions that a reader chooses, as table, chart or map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from markupsafe import Markup
from pydantic import ConfigDict, Field

from datasets.public_releases import PublicRelease
from datasets.text import Model
from portal.public.charts.strands import MOST_LINES
from portal.public.cited import cite
from portal.public.explore.answering import Refused
from portal.public.explore.areas_then import areas_then
from portal.public.explore.chance import chance_of
from portal.public.explore.drawn import boundaries_told, is_drawn, left_out, one_value_told, undrawn_told
from portal.public.explore.legend import legend
from portal.public.explore.telling import BREAK, Telling
from portal.public.pages.caveats import caveats_of, warnings_of
from portal.public.pages.correction import Correction, CorrectionView, is_older
from portal.public.pages.embed_height import embed_height
from portal.public.pages.explore_form import ExploreForm, explore_form
from portal.public.pages.explore_refusal import reasons
from portal.public.pages.explore_table import ExploreTable, table_of
from portal.public.pages.facts import edition_of
from portal.public.pages.letter import report_of
from portal.query.model import ALL_ROWS, MOST_ROWS, FormatKey
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.wording import Wording

_NAMED = 12
_COUNTS = frozenset({"count", "persons", "sum"})


class Drawing(Model):
    """The chart."""

    url: str = Field(description="The drawing.")
    narrow: str = Field(description="The same for a small screen.")
    description: str = Field(description="What browsers draw it from.")
    alternative: str = Field(description="The chart in words.")
    svg: str = Field(description="The drawing with title and source, as SVG.")
    png: str = Field(description="The same as PNG.")


class ExploreShown(Model):
    """What is shown of a release."""

    title: str = Field(description="The measure and the dimensions.")
    held: str = Field(description="What the other dimensions are held at.")
    measure: str = Field(description="The measure with its unit.")
    marks: tuple[str, ...] = Field(description="What each mark in it means.")
    drawing: Drawing | None = Field(description="The chart, where there is one.")
    table: ExploreTable = Field(description="The numbers.")
    notes: tuple[str, ...] = Field(description="What must be known of it.")
    quote: str = Field(description="The citation of what is shown.")
    permanent: str = Field(description="The address at which it stays as it is.")
    csv: str = Field(description="The same numbers as CSV.")
    xlsx: str = Field(description="The same numbers as a workbook.")
    api: str = Field(description="The same numbers from the API.")
    embed: str = Field(description="The lines of HTML that show it inside another page.")


class ExplorePage(Page):
    """The explorer of a dataset."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    dataset: str = Field(description="The title of the dataset.")
    dataset_url: str = Field(description="The page of the release.")
    synthetic: bool = Field(description="Whether the data is made up.")
    correction: CorrectionView | None = Field(description="The version that corrects it, where there is one.")
    newest: str = Field(description="The same of the newest release, where that is neither this nor its correction.")
    edition: str = Field(description="Edition and version.")
    unknown: tuple[str, ...] = Field(description="What the address names that the table does not know.")
    form: ExploreForm = Field(description="What can be chosen.")
    shown: ExploreShown | None = Field(description="What is shown; None where there are no such numbers.")
    report: str = Field(description="How to report a problem with what is shown.")
    caveats: Markup = Field(description="What its methods say must be known before it is used: safe HTML, or empty.")
    warning: str = Field(description="The first thing that they stress, which is seen where they are folded.")
    refused: tuple[str, ...] = Field(description="Why there are none, and what to do.")


@dataclass(frozen=True)
class Opened:
    """A release as it was opened in the explorer."""

    release: PublicRelease
    newest: str
    """The name of the newest release of its dataset."""
    pinned: bool
    """Whether this very release was asked for, rather than the newest one of the dataset."""
    correction: Correction | None

    @property
    def is_older(self) -> bool:
        """Whether there is a newer release than this and what corrects it."""
        return is_older(self.release, self.correction, self.newest)

    def corrected(self, parameters: Sequence[tuple[str, str]], links: Links, words: Wording) -> CorrectionView | None:
        """Return what corrects it, which leads to the same view of the corrected numbers."""
        if self.correction is None:
            return None
        dataset, language = self.release.dataset, words.language
        return self.correction.view(
            links, words, lambda name: links.explore(dataset, language, parameters, release=name)
        )

    @property
    def pin(self) -> str:
        """The name of the release, where it was asked for by name."""
        return self.release.name if self.pinned else ""


def explore_page(
    opened: Opened, found: Telling | Refused, links: Links, words: Wording, *, methods: str
) -> ExplorePage:
    """Return the page; ``methods`` are those of the release, in both languages."""
    release, pin, exploration = opened.release, opened.pin, found.exploration
    parameters = exploration.parameters()
    action = links.explore(release.dataset, words.language, release=pin)
    dataset = words.of(release.description.title)
    title = found.title if isinstance(found, Telling) else dataset
    caveats, warnings = caveats_of(methods, words), warnings_of(methods, words)
    return ExplorePage(
        language=words.language,
        title=words.gettext("Explore: %(title)s") % {"title": title},
        description=words.of(release.description.summary),
        section="datasets",
        in_vietnamese=links.explore(release.dataset, "vi", parameters, release=pin),
        in_english=links.explore(release.dataset, "en", parameters, release=pin),
        indexed=False,
        dataset=dataset,
        dataset_url=_dataset_url(release, links, words, pin),
        synthetic=release.description.synthetic,
        correction=opened.corrected(parameters, links, words),
        newest=links.explore(release.dataset, words.language, parameters) if opened.is_older else "",
        edition=edition_of(release, words),
        unknown=exploration.unknown,
        form=explore_form(release, exploration, words, action=action),
        shown=_shown(found, links, pin, warnings) if isinstance(found, Telling) else None,
        report=report_of(
            release, links, words, links.explore(release.dataset, words.language, parameters, release=release.name)
        ),
        refused=tuple(reasons(found, words)) if isinstance(found, Refused) else (),
        caveats=caveats,
        warning=next(iter(warnings), ""),
    )


def _dataset_url(release: PublicRelease, links: Links, words: Wording, pin: str) -> str:
    if pin:
        return links.release(release.dataset, pin, words.language)
    return links.dataset(release.dataset, words.language)


def _shown(telling: Telling, links: Links, pin: str, warnings: Sequence[str]) -> ExploreShown:
    exploration, release, words = telling.exploration, telling.release, telling.words
    permanent = links.absolute(
        links.explore(release.dataset, words.language, exploration.parameters(), release=release.name)
    )
    marks = legend(telling)
    notes = tuple(notes_of(telling))
    return ExploreShown(
        title=telling.title,
        held=telling.held,
        measure=telling.measure,
        marks=marks,
        drawing=drawing_of(telling, links),
        table=table_of(telling, links, pin),
        notes=notes,
        quote=quote(telling, permanent),
        permanent=permanent,
        csv=_answer(telling, links, "csv"),
        xlsx=_answer(telling, links, "xlsx"),
        api=_answer(telling, links, "json"),
        embed=_embed(telling, links, ("; ".join(marks), *warnings, *notes)),
    )


def quote(telling: Telling, address: str) -> str:
    """Return the citation of what is shown, at the address where it stays."""
    told = (f"{telling.title}.", telling.held, cite(telling.release).text(telling.words.language, url=address))
    return " ".join(filter(None, told))


def drawing_of(telling: Telling, links: Links) -> Drawing | None:
    """Return the addresses of the chart; None where there is nothing to draw."""
    if not is_drawn(telling):
        return None
    release, words = telling.release, telling.words

    def address(extension: str, **more: str) -> str:
        parameters = (*telling.exploration.parameters(), *more.items())
        return links.explored(release.dataset, release.name, extension, words.language, parameters)

    return Drawing(
        url=address("svg"),
        narrow=address("svg", width="narrow"),
        description=address("json"),
        alternative=telling.description,
        svg=address("svg", source="1"),
        png=address("png"),
    )


def notes_of(telling: Telling) -> Iterator[str]:
    """Yield what must be known of the numbers that are shown."""
    words, exploration = telling.words, telling.exploration
    yield from (f"{BREAK} {telling.break_told(one)}" for one in telling.breaks)
    yield from areas_then(telling)
    missing = left_out(telling)
    if missing:
        message = (
            words.gettext("Not on the map, which shows today's borders: %(names)s.")
            if exploration.show == "map"
            else words.gettext("In the table but not in the chart: %(names)s.")
        )
        yield message % {"names": _listed(missing, words)}
    if exploration.show == "line" and exploration.columns and len(telling.grid.columns) > MOST_LINES:
        yield words.gettext("Nobody could tell so many lines apart: each has a small chart of its own.")
    if exploration.show == "map" and exploration.measure.type in _COUNTS:
        yield words.gettext(
            "The map is filled by numbers, not by risks: where many people live, there are many. For risks take a rate,"
            " where there is one."
        )
    for told in (undrawn_told(telling), one_value_told(telling)):
        if told:
            yield told
    if (chance := chance_of(telling)) is not None:
        yield chance.note
    if any(cell.interval for cell in telling.grid):
        yield words.gettext(
            "The interval beside a rate tells how far chance alone could have moved it (95 %, Byar's method)."
        )
    if exploration.geography == "2025" and exploration.boundaries is not None:
        yield words.gettext("The 34 provinces are sums of the old provinces that became part of them.")
    if told := boundaries_told(telling):
        yield told
    if not telling.grid.complete:
        yield words.gettext("Not everything is shown: the numbers of all are in the file.")


def _listed(names: Sequence[str], words: Wording) -> str:
    """Return names as a list; of many the first, and how many more there are."""
    more = len(names) - _NAMED
    if more <= 0:
        return ", ".join(names)
    rest = words.gettext("and %(count)s more") % {"count": words.number(more)}
    return f"{', '.join(names[:_NAMED])} {rest}"


def _answer(telling: Telling, links: Links, file_format: FormatKey) -> str:
    """Return the address of the same numbers from the API, of this very release: all of them, not a first page."""
    parameters = [*telling.exploration.question(), ("lang", telling.words.language), ("release", telling.release.name)]
    parameters += [("format", file_format), ("download", "true")] if file_format != "json" else []
    most = MOST_ROWS[file_format]
    parameters += [("limit", "all" if most == ALL_ROWS else str(most))]
    path = links.table(telling.release.dataset, telling.exploration.cube.name, "data", parameters)
    return links.absolute(path)


def _embed(telling: Telling, links: Links, said: Sequence[str]) -> str:
    """Return the lines of HTML for other sites; ``said`` stands below the numbers there."""
    address = links.absolute(
        links.embedded(
            telling.release.dataset,
            telling.words.language,
            telling.exploration.parameters(),
            release=telling.release.name,
        )
    )
    title = escape(f"{telling.own_title} – {telling.about}")
    credit = cite(telling.release).credit(telling.words.language)
    height = embed_height(telling, [telling.about, telling.held, *said, credit])
    return f'<iframe src="{escape(address)}" title="{title}" width="100%" height="{height}" loading="lazy"></iframe>'
