"""How to read a release from code and cite it: lines to copy, each with the address of this very version."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from datasets.public_releases import PublicRelease
from datasets.release import FieldType
from datasets.text import Model
from portal.public.cited import cite
from portal.public.pages.citation_files import CITATION_FILES, bibtex
from portal.shared.links import Links
from portal.shared.wording import Wording


class Snippet(Model):
    """A few lines to copy."""

    anchor: str = Field(description="Its place on the page.")
    title: str = Field(description="The language or program.")
    code: str = Field(description="The lines.")


class CitationFile(Model):
    """A citation as reference managers read it."""

    name: str = Field(description="The format, and programs that read it.")
    url: str = Field(description="Where it is.")


class CitationView(Model):
    """How to cite a release."""

    text: str = Field(description="The citation of this version.")
    bibtex: str = Field(description="The same for BibTeX.")
    files: tuple[CitationFile, ...] = Field(description="The same as files for reference managers.")
    latest: str = Field(description="The citation of the dataset, whichever version is the newest.")
    credit: str = Field(description="Publisher and source, as they stand under a chart.")


def snippets(release: PublicRelease, links: Links) -> tuple[Snippet, ...]:
    """Return lines that read the first table, register or code list of ``release``, and some that prove all of it."""
    description = release.description
    first = description.tables[0] if description.tables else description.register_
    csv = first.csv if first else description.codelists[0].path
    url = links.absolute(links.file(release.dataset, release.name, csv))
    found = [_python(url, release), _r(url, _text_columns(release))]
    if first:
        found.append(_duckdb(links.absolute(links.file(release.dataset, release.name, first.parquet))))
    if first and first.xlsx:
        workbook = links.absolute(links.file(release.dataset, release.name, first.xlsx))
        found.append(Snippet(anchor="use-excel", title="Excel", code=workbook))
    entry = release.manifest.file(csv)
    assert entry is not None
    check = f'echo "{entry.sha256}  {csv.rpartition("/")[2]}" | sha256sum --check'
    found.append(Snippet(anchor="use-curl", title="curl", code=f'curl -fsSO "{url}"\n{check}'))
    return tuple(found)


def _python(url: str, release: PublicRelease) -> Snippet:
    """Codes such as 01 must not become the number 1, nor whole numbers fractions because some cells are empty."""
    kinds = dict.fromkeys(_text_columns(release), "string") | dict.fromkeys(_columns_of(release, "integer"), "Int64")
    types = ", ".join(f'"{column}": "{kind}"' for column, kind in kinds.items())
    days = ", ".join(f'"{column}"' for column in _columns_of(release, "date"))
    parse = f", parse_dates=[{days}]" if days else ""
    code = f'import pandas as pd\n\nurl = "{url}"\ndata = pd.read_csv(url, dtype={{{types}}}{parse})'
    return Snippet(anchor="use-python", title="Python (pandas)", code=code)


def _r(url: str, texts: Sequence[str]) -> Snippet:
    types = ", ".join(f'{column} = "c"' for column in texts)
    code = f'library(readr)\n\nurl <- "{url}"\ndata <- read_csv(url, col_types = cols({types}))'
    return Snippet(anchor="use-r", title="R (readr)", code=code)


def _duckdb(url: str) -> Snippet:
    return Snippet(anchor="use-duckdb", title="DuckDB", code=f"SELECT *\nFROM '{url}'\nLIMIT 10;")


def verification(release: PublicRelease, package: str, links: Links) -> str:
    """Return the lines that compare each file of a release with its checksum, and all of them with the signature."""
    folder = package.removesuffix(".zip")
    return "\n".join(
        (
            f'curl -fsSo "{package}" "{links.absolute(links.package(release.dataset, release.name))}"',
            f'unzip -q "{package}" -d "{folder}"',
            f'(cd "{folder}" && sha256sum --check --quiet checksums.txt)',
            f'curl -fsSO "{links.absolute(links.public_key())}"',
            f'ytemo verify "{package}" --public-key public-key.pem',
        )
    )


def citation(release: PublicRelease, links: Links, words: Wording) -> CitationView:
    """Return the citations of ``release`` in the language of the page."""
    language = words.language
    always = links.absolute(links.dataset(release.dataset, language))
    pinned = links.absolute(links.release(release.dataset, release.name, language))
    cited = cite(release)
    return CitationView(
        text=cited.text(language, url=pinned),
        bibtex=bibtex(release, links, language),
        files=tuple(
            CitationFile(name=name, url=links.cite(release.dataset, release.name, extension, language))
            for extension, name in CITATION_FILES.items()
        ),
        latest=cited.of_dataset(language, url=always),
        credit=cited.credit(language),
    )


def _text_columns(release: PublicRelease) -> tuple[str, ...]:
    """Return the columns of the first file that hold text."""
    description = release.description
    if description.tables:
        return description.tables[0].dimensions
    if description.register_:
        return tuple(field.name for field in description.register_.fields if field.type == "string")
    return ("code", "parent", "successor")


def _columns_of(release: PublicRelease, kind: FieldType) -> tuple[str, ...]:
    """Return the columns of the first file, measures or fields of a register, that are of a type."""
    description = release.description
    if description.tables:
        measures = [description.measure(name) for name in description.tables[0].measures]
        return tuple(measure.name for measure in measures if measure.field_type == kind)
    fields = description.register_.fields if description.register_ else ()
    return tuple(field.name for field in fields if field.type == kind)
