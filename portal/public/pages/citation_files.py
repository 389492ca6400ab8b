"""A release as reference managers read it: BibTeX, RIS, and the JSON of the Citation Style Language."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from datasets.moments import VIETNAM_TIME
from datasets.public_releases import PublicRelease
from datasets.text import Language
from portal.public.cited import cite
from portal.shared.links import Links

_BIBTEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        # BibTeX counts escaped braces too: an odd one would swallow the entries that follow.
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        **{character: f"\\{character}" for character in "&%$#_"},
    }
)
CITATION_FILES = {"bib": "BibTeX", "ris": "RIS (Zotero, EndNote, Mendeley)", "json": "CSL JSON"}
"""What each file is called, by its extension."""
MEDIA_TYPES = {
    "bib": "application/x-bibtex; charset=utf-8",
    "ris": "application/x-research-info-systems; charset=utf-8",
    "json": "application/vnd.citationstyles.csl+json; charset=utf-8",
}


def bibtex(release: PublicRelease, links: Links, language: Language) -> str:
    """Return ``release`` as an entry of BibTeX."""
    cited, publisher = cite(release), _escaped(_publisher(release, language))
    fields = {
        "author": f"{{{publisher}}}",
        "title": f"{{{_escaped(release.description.title.of(language))}}}",
        "year": cited.year,
        "version": _escaped(release.name),
        "publisher": publisher,
        "note": _escaped(_note(release, language)),
        "url": _address(release, links, language),
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
    return f"@misc{{{_key(release)},\n{lines}}}"


def ris(release: PublicRelease, links: Links, language: Language) -> str:
    """Return ``release`` as a record of RIS, whose lines end as its description wants, with CR and LF."""
    day = release.manifest.available_from.astimezone(VIETNAM_TIME)
    fields = [
        ("TY", "DATA"),
        ("AU", _publisher(release, language)),
        ("TI", release.description.title.of(language)),
        ("PY", str(day.year)),
        ("DA", f"{day:%Y/%m/%d}"),
        ("ET", release.name),
        ("PB", _publisher(release, language)),
        ("LA", language),
        ("N1", _note(release, language)),
        ("UR", _address(release, links, language)),
    ]
    lines = "".join(f"{tag}  - {' '.join(value.split())}\r\n" for tag, value in fields)
    return f"{lines}ER  - \r\n"


def csl(release: PublicRelease, links: Links, language: Language) -> str:
    """Return ``release`` as an item of CSL JSON."""
    day = release.manifest.available_from.astimezone(VIETNAM_TIME)
    item = {
        "id": _key(release),
        "type": "dataset",
        "title": release.description.title.of(language),
        "author": [{"literal": _publisher(release, language)}],
        "publisher": _publisher(release, language),
        "issued": {"date-parts": [[day.year, day.month, day.day]]},
        "version": release.name,
        "language": language,
        "note": _note(release, language),
        "URL": _address(release, links, language),
    }
    return json.dumps([item], ensure_ascii=False, indent=2)


WRITERS: Mapping[str, Callable[[PublicRelease, Links, Language], str]] = {"bib": bibtex, "ris": ris, "json": csl}


def _publisher(release: PublicRelease, language: Language) -> str:
    return release.description.publisher.name.of(language)


def _note(release: PublicRelease, language: Language) -> str:
    cited = cite(release)
    return ". ".join((cited.edition(language), *cited.terms(language)))


def _address(release: PublicRelease, links: Links, language: Language) -> str:
    return links.absolute(links.release(release.dataset, release.name, language))


def _key(release: PublicRelease) -> str:
    return re.sub(r"[^a-z0-9]+", "-", f"{release.dataset}-{release.edition}-{release.version}".lower())


def _escaped(text: str) -> str:
    return text.translate(_BIBTEX)
