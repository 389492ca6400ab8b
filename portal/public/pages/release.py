"""The page of a release: everything that somebody needs to judge, take and cite it, in the order of that need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from markupsafe import Markup
from pydantic import ConfigDict, Field

from catalog.methods_text import part_in, parts_of
from catalog.standards.described import Described, PackageFile
from catalog.standards.schema_org import in_markup, schema_org
from catalog.standards.signposting import records
from datasets.cell_status import CellStatus
from datasets.changes import Changes
from datasets.public_releases import PublicRelease
from datasets.release import TableDescription
from datasets.text import Language, Model
from portal.public.pages.contents import Contents
from portal.public.pages.correction import Correction, CorrectionView, correction_of, is_older
from portal.public.pages.dictionary import CodelistView, Column, LegendEntry, codelist_views, columns, legend
from portal.public.pages.downloads import Download, DownloadGroup, download_groups, package_download
from portal.public.pages.facts import broken_series, reuse_facts, rule_facts, status_facts
from portal.public.pages.figure import FigureView, figure_view
from portal.public.pages.methods import safe_html
from portal.public.pages.notices import notice_texts
from portal.public.pages.parts import Fact
from portal.public.pages.preview import PreviewView, register_preview, table_preview
from portal.public.pages.protection import DisclosureView, disclosure_view, parts_can_exceed
from portal.public.pages.quality import QualityView, quality_view
from portal.public.pages.reuse import CitationView, Snippet, citation, snippets, verification
from portal.public.pages.versions import VersionView, version_views
from portal.shared import labels
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.wording import Wording

_RECORD_NAMES = {
    ".ttl": "DCAT (Turtle)",
    ".jsonld": "DCAT (JSON-LD)",
    ".rdf": "DCAT (RDF/XML)",
    "croissant.json": "Croissant",
    "datacite.json": "DataCite (JSON)",
    "datacite.xml": "DataCite (XML)",
    "schema-org.json": "schema.org",
}
"""What a record is called, by the end of its address."""


class TableView(Model):
    """One table of the release, or its register."""

    anchor: str = Field(description="Its place on the page.")
    title: str = Field(description="What it is called.")
    rows: str = Field(description="How many rows it has.")
    withheld: str = Field(description="How many cells are withheld; empty where none is.")
    figure: FigureView | None = Field(description="Its chart, where it can have one.")
    preview: PreviewView = Field(description="Its first rows.")


class RecordLink(Model):
    """A record of the release for machines."""

    name: str = Field(description="The standard that it keeps, and its form where there are several.")
    address: str = Field(description="Where it is.")
    media_type: str = Field(description="Its format.")


class ReleasePage(Page):
    """A release of a dataset of any kind."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    kind: str = Field(description="What the dataset is, in words.")
    summary: str = Field(description="What it tells and what it does not.")
    synthetic: bool = Field(description="Whether the data is made up.")
    correction: CorrectionView | None = Field(description="The version that corrects it, where there is one.")
    newest: str = Field(description="The page of the newest release, where that is neither this nor its correction.")
    status: tuple[Fact, ...] = Field(description="Edition, version, days, coverage.")
    withheld: str = Field(description="How many cells are withheld in all; empty where none is.")
    changed: bool = Field(description="Whether counts were changed a little to protect people.")
    parts_exceed: bool = Field(description="Whether a part can be shown larger than its whole.")
    left_out: str = Field(description="How many rows of the source could not be used; empty where all could.")
    incomplete: bool = Field(description="Whether a total that is drawn holds only what was reported.")
    sums: bool = Field(description="Whether some measure must not be added up.")
    package: Download = Field(description="The whole release as one file.")
    verification: str = Field(description="Lines that check the files and their signature.")
    downloads: tuple[DownloadGroup, ...] = Field(description="Its data files.")
    tables: tuple[TableView, ...] = Field(description="Its tables, or its register.")
    columns: tuple[Column, ...] = Field(description="The columns of its files.")
    codelists: tuple[CodelistView, ...] = Field(description="Its code lists.")
    legend: tuple[LegendEntry, ...] = Field(description="The statuses that a cell can have; none for a register.")
    snippets: tuple[Snippet, ...] = Field(description="Lines of code that read it.")
    api: str = Field(description="The page for developers of its dataset.")
    explore: str = Field(description="Its explorer; empty where it has no table of numbers.")
    citation: CitationView = Field(description="How to cite it.")
    versions: tuple[VersionView, ...] = Field(description="All releases of the dataset.")
    history: str = Field(description="The same history for programs.")
    notices: tuple[str, ...] = Field(description="What is told of names that change and of columns that go.")
    caveats: Markup = Field(description="What its methods say must be known before it is used: safe HTML, or empty.")
    breaks: tuple[str, ...] = Field(description="Where its series break, and why.")
    methods: Markup = Field(description="How it was made: safe HTML.")
    disclosure: DisclosureView | None = Field(description="How people were protected; none for a register.")
    rules: tuple[Fact, ...] = Field(description="The reporting rules that it follows.")
    reuse: tuple[Fact, ...] = Field(description="Licence, publisher, contact.")
    quality: QualityView | None = Field(description="How good the dataset is described; none on pages of one release.")
    report: str = Field(description="How to report a problem with it.")
    feed: str = Field(description="The feed of its dataset.")
    letters: str = Field(description="Where one subscribes to letters about it.")
    records: tuple[RecordLink, ...] = Field(description="Its records in the standards of others.")
    structured: Markup = Field(description="The same for search engines: JSON that is safe inside a script element.")


@dataclass(frozen=True)
class ShownRelease:
    """A release as somebody asked for it."""

    release: PublicRelease
    siblings: Sequence[PublicRelease]
    """All visible releases of the dataset, newest first."""
    contents: Contents
    pinned: bool
    """Whether this very release was asked for, rather than the newest one of the dataset."""
    today: date
    """The day in Viet Nam."""
    comparisons: Mapping[str, Changes] = field(default_factory=dict)
    """What releases changed, by their names; of old ones nothing is told but a sentence."""

    def described(self) -> Described:
        """Return what records are made of."""
        package = PackageFile(self.contents.package.sha256, self.contents.package.bytes)
        return Described(self.release, tuple(self.siblings), self.contents.codelists, package, self.pinned)


def release_page(shown: ShownRelease, links: Links, words: Wording) -> ReleasePage:
    """Return the page of a release."""
    release, contents = shown.release, shown.contents
    description = release.description
    title = words.of(description.title)
    newest = next(sibling for sibling in shown.siblings if sibling.withdrawal is None)
    correction = correction_of(release, shown.siblings)
    withheld = sum(sum(table.withheld.values()) for table in description.tables)
    methods = parts_of(part_in(contents.methods, words.language), words.language)
    return ReleasePage(
        language=words.language,
        title=title,
        description=words.of(description.summary),
        section="datasets",
        in_vietnamese=_address(shown, links, "vi"),
        in_english=_address(shown, links, "en"),
        kind=labels.kind(description.kind, words),
        summary=words.of(description.summary),
        synthetic=description.synthetic,
        correction=_correction(correction, links, words),
        newest=links.dataset(release.dataset, words.language) if is_older(release, correction, newest.name) else "",
        status=status_facts(release, links, words),
        withheld=words.number(withheld) if withheld else "",
        changed=description.disclosure is not None and description.disclosure.rules.perturbation is not None,
        parts_exceed=parts_can_exceed(description),
        left_out=words.number(description.rows_left_out) if description.rows_left_out else "",
        incomplete=any(series.has(CellStatus.ESTIMATED) for series in contents.series.values() if series),
        sums=any(not measure.additive for measure in description.measures),
        package=package_download(release, contents.package, links, words),
        verification=verification(release, contents.package.name, links),
        downloads=download_groups(release, links, words),
        tables=_tables(release, contents, links, words),
        columns=columns(release, words),
        codelists=codelist_views(release, contents.codelists, links, words),
        legend=legend(words) if description.tables else (),
        snippets=snippets(release, links),
        api=links.dataset_api(release.dataset, words.language),
        explore=_explore(shown, links, words.language),
        citation=citation(release, links, words),
        versions=version_views(shown.siblings, release, links, words, shown.comparisons),
        history=links.api(f"datasets/{release.dataset}/changes"),
        notices=notice_texts(description, shown.today, words),
        caveats=_html(methods.caveats, words),
        breaks=broken_series(release.description, contents.codelists, words),
        methods=_html(methods.rest, words),
        disclosure=disclosure_view(description, _html(methods.protection, words), words),
        rules=rule_facts(description, words),
        reuse=reuse_facts(description, links, words),
        quality=None if shown.pinned else quality_view(shown.described(), contents.methods, shown.today, links, words),
        report=links.report(words.language, release.dataset, release.name),
        feed=links.feed(words.language, "datasets", release.dataset),
        letters=links.subscribe(words.language, f"datasets/{release.dataset}"),
        records=tuple(_records(shown, links)),
        structured=Markup(in_markup(schema_org(shown.described(), links, words.language))),  # noqa: S704  it is escaped
    )


def _records(shown: ShownRelease, links: Links) -> Iterator[RecordLink]:
    for each in records(shown.described(), links):
        name = next((name for end, name in _RECORD_NAMES.items() if each.href.endswith(end)), each.href)
        yield RecordLink(name=name, address=each.href, media_type=each.media_type)


def _html(markdown: str, words: Wording) -> Markup:
    return safe_html(markdown, words.gettext("Table in the methods"))


def _explore(shown: ShownRelease, links: Links, language: Language) -> str:
    release = shown.release
    pin = release.name if shown.pinned else ""
    return links.explore(release.dataset, language, release=pin) if release.description.tables else ""


def _address(shown: ShownRelease, links: Links, language: Language) -> str:
    release = shown.release
    if shown.pinned:
        return links.release(release.dataset, release.name, language)
    return links.dataset(release.dataset, language)


def _correction(found: Correction | None, links: Links, words: Wording) -> CorrectionView | None:
    if found is None:
        return None
    return found.view(links, words, lambda name: links.release(found.release.dataset, name, words.language))


def _tables(release: PublicRelease, contents: Contents, links: Links, words: Wording) -> tuple[TableView, ...]:
    description = release.description
    views = [_table(release, table, contents, links, words) for table in description.tables]
    if register := description.register_:
        preview = register_preview(register, rows=contents.rows["register"], codelists=contents.codelists, words=words)
        views.append(
            TableView(
                anchor="register",
                title=words.of(description.title),
                rows=words.number(register.rows),
                withheld="",
                figure=None,
                preview=preview,
            )
        )
    return tuple(views)


def _table(
    release: PublicRelease, table: TableDescription, contents: Contents, links: Links, words: Wording
) -> TableView:
    description, series = release.description, contents.series[table.id]
    withheld = sum(table.withheld.values())
    wide = links.chart(release.dataset, release.name, table.id, words.language)
    narrow = links.chart(release.dataset, release.name, table.id, words.language, narrow=True)
    return TableView(
        anchor=f"table-{table.id}",
        title=words.of(table.title),
        rows=words.number(table.rows),
        withheld=words.number(withheld) if withheld else "",
        figure=figure_view(description, table, series, urls=(wide, narrow), words=words) if series else None,
        preview=table_preview(
            description, table, rows=contents.rows[table.id], codelists=contents.codelists, words=words
        ),
    )
