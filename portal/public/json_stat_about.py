"""What a JSON-stat document says of the release that its cells are from: source, citation, licence, legend, notes."""

from __future__ import annotations

from datetime import UTC

from datasets.public_releases import PublicRelease
from datasets.release import TableDescription
from datasets.text import Bilingual, Language
from portal.public.cited import cite
from portal.public.told_breaks import break_notes
from portal.query.formats_json_stat import STATUS_NOTE, About, legend
from portal.shared.labels import LICENCE_URLS
from portal.shared.links import Links

MADE_UP = Bilingual(
    vi="Số liệu giả lập để trình diễn, không phải số liệu thật.", en="Made-up data for demonstration, not real figures."
)


def about_cells(release: PublicRelease, table: TableDescription, language: Language, links: Links) -> About:
    """Return what is said about cells of ``table`` in one language; made-up data says so in its first note."""
    described = release.description
    notes = [MADE_UP, STATUS_NOTE] if described.synthetic else [STATUS_NOTE]
    if described.disclosure is not None:
        notes.append(described.disclosure.summary)
    notes += break_notes(described, table)
    page = links.absolute(links.release(release.dataset, release.name, language)) if links.base_url else ""
    extension: dict[str, object] = {
        "release": {
            "dataset": release.dataset,
            "edition": release.edition,
            "release": release.name,
            "table": table.id,
            "envelope_sha256": release.envelope_sha256,
        },
        "synthetic": described.synthetic,
        "citation": cite(release).text(language, url=page),
        "license": {"id": described.licence, "url": LICENCE_URLS[described.licence]},
        "legend": legend(language),
    }
    return About(
        language=language,
        label=table_label(release, table).of(language),
        source=cite(release).credit(language),
        updated=updated(release),
        notes=tuple(note.of(language) for note in notes),
        extension=extension,
        extras={},
    )


def table_label(release: PublicRelease, table: TableDescription) -> Bilingual:
    """Return the title of a table where nothing around it tells of which dataset and edition it is."""
    title = release.description.title
    return Bilingual(
        vi=f"{title.vi}. {table.title.vi}, {release.edition}", en=f"{title.en}. {table.title.en}, {release.edition}"
    )


def updated(release: PublicRelease) -> str:
    """Return the moment from which the public could see the release, in UTC."""
    return f"{release.manifest.came_out.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
