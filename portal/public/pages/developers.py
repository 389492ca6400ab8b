"""Where developers start: calls that work, made of a dataset that is in this store."""

from __future__ import annotations

from contextlib import suppress

from pydantic import Field

from catalog.vietnamese import strip_marks
from datasets.errors import YtemoError
from datasets.public_releases import PublicRelease, PublicReleases
from datasets.text import Model
from portal.shared.links import Links
from portal.shared.page import Page
from portal.shared.wording import Wording

_LOOKED_AT = 20
"""Among so many datasets an example is looked for."""


class Call(Model):
    """One call to try."""

    title: str = Field(description="What it does.")
    url: str = Field(description="The absolute address that is called.")
    code: str = Field(description="The line to copy.")


class DevelopersPage(Page):
    """The page that developers start at."""

    example: str = Field(description="The title of the dataset that the calls are about; empty in an empty store.")
    example_api: str = Field(description="The page for developers of that dataset; empty in an empty store.")
    calls: tuple[Call, ...] = Field(description="Calls that work as they stand.")


def example_release(releases: PublicReleases) -> PublicRelease | None:
    """Return the newest release of a dataset with tables, or of any where none has; None in an empty store.

    One that is damaged or was withdrawn this moment is passed over: an example must not take the page down.
    """
    newest: list[PublicRelease] = []
    for dataset in releases.datasets()[:_LOOKED_AT]:
        with suppress(YtemoError):
            newest.append(releases.latest(dataset))
    return next((release for release in newest if release.description.tables), newest[0] if newest else None)


def developers_page(example: PublicRelease | None, links: Links, words: Wording) -> DevelopersPage:
    """Return the page, with ``example`` as the release that its calls are about."""
    return DevelopersPage(
        language=words.language,
        title=words.gettext("For developers"),
        description=words.gettext("Call the data from code: addresses that never change, JSON and CSV, no key needed."),
        section="developers",
        in_vietnamese=links.developers("vi"),
        in_english=links.developers("en"),
        example=words.of(example.description.title) if example else "",
        example_api=links.dataset_api(example.dataset, words.language) if example else "",
        calls=_calls(example, links, words) if example else (),
    )


_PAGING = """\
import json
from urllib.parse import urljoin
from urllib.request import urlopen

url = "{url}"
while url:
    with urlopen(url) as answer:
        page = json.load(answer)
    for row in page["data"]:
        print(row)
    url = page["next"] and urljoin(url, page["next"])"""


def _calls(example: PublicRelease, links: Links, words: Wording) -> tuple[Call, ...]:
    dataset, release = example.dataset, example.name
    # Words without marks find as much, and are read in an address.
    plain = strip_marks(words.of(example.description.title))
    paging: tuple[Call, ...] = ()
    calls = [
        (words.gettext("List the datasets"), links.api("datasets")),
        (words.gettext("Describe one dataset"), links.api(f"datasets/{dataset}")),
        (words.gettext("Search the datasets by words"), links.api("search", q=plain)),
        (words.gettext("List its releases"), links.api(f"datasets/{dataset}/releases")),
    ]
    if example.description.tables:
        table = example.description.tables[0]
        path = f"datasets/{dataset}/tables/{table.id}/data"
        query: dict[str, str | int] = {"release": release, "limit": 5}
        query |= {"select": table.measures[0], "group": table.dimensions[0]}
        pinned = words.gettext("Query a table of one version, which always gives the same answer")
        calls.append((pinned, links.api(path, **query)))
        url = links.absolute(links.api(path, **query))
        title = words.gettext("Read a long answer page by page: follow next until it is empty (Python)")
        paging = (Call(title=title, url=url, code=_PAGING.format(url=url)),)
        calls.append((words.gettext("The same as CSV"), links.api(path, **query, format="csv")))
    calls.append((words.gettext("Download a whole release"), links.package(dataset, release)))
    return (*(_call(title, links.absolute(path)) for title, path in calls), *paging)


def _call(title: str, url: str) -> Call:
    # What is wrong with a question is told in the body, which -f alone would hide; a file had better not be made of it.
    flags = "-fsSO" if url.endswith(".zip") else "-sS --fail-with-body"
    return Call(title=title, url=url, code=f'curl {flags} "{url}"')
