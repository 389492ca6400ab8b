"""What the API is asked first: where datasets, search, limits and its own description are, and its dialects."""

from __future__ import annotations

from pydantic import Field

from datasets import __version__
from portal.public.resources import Resource
from portal.shared.links import Links


class IndexLinks(Resource):
    """Where to go on."""

    datasets: str = Field(description="Every dataset.")
    search: str = Field(description="The search of the catalog.")
    suggest: str = Field(description="How a search that is being typed may go on.")
    limits: str = Field(description="What the API allows, and what you have left of it.")
    openapi: str = Field(description="This API as OpenAPI 3.1.")
    docs: str = Field(description="The same as a page, to read and try.")
    page: str = Field(description="The page for developers, in English.")
    health: str = Field(description="Whether the portal works.")


class DialectLink(Resource):
    """One API that the same data answers in."""

    dialect: str = Field(description="`native`, `ckan`, `pxweb`, `sdmx`, `sdmx-2.1`, `odata` or `mcp`.")
    title: str
    base: str = Field(description="What clients are given as the address of the API.")
    start: str | None = Field(description="An address to ask first. Null: assistants send messages to `base` by POST.")


class IndexDocument(Resource):
    """The way into the API."""

    title: str
    version: str = Field(description="The version of the portal.")
    demonstration: bool = Field(
        description="Whether it shows datasets that come with ytemo: then it is no portal of a ministry."
    )
    links: IndexLinks
    dialects: tuple[DialectLink, ...]


def index_document(links: Links, *, demonstration: bool) -> IndexDocument:
    """Return the document; its addresses are whole where the public address of the portal is known."""
    whole = links.absolute
    return IndexDocument(
        title="Open health data",
        version=__version__,
        demonstration=demonstration,
        links=IndexLinks(
            datasets=whole(links.api("datasets")),
            search=whole(links.api("search")),
            suggest=whole(links.api("suggest")),
            limits=whole(links.api("limits")),
            openapi=whole(links.openapi()),
            docs=whole(links.api_docs()),
            page=whole(links.developers("en")),
            health=whole(links.health()),
        ),
        dialects=tuple(
            DialectLink(dialect=name, title=title, base=whole(base), start=whole(start) if start else None)
            for name, title, base, start in _dialects(links)
        ),
    )


def _dialects(links: Links) -> tuple[tuple[str, str, str, str], ...]:
    return (
        ("native", "This API", links.api_index(), links.api("datasets")),
        ("ckan", "CKAN action API 3", links.ckan_version(), links.ckan("package_search")),
        ("pxweb", "PxWeb API 2", links.pxweb(), links.pxweb("tables")),
        ("sdmx", "SDMX-REST 2", links.sdmx(), links.sdmx("structure/dataflow")),
        (
            "sdmx-2.1",
            "SDMX-REST 1, for clients of SDMX 2.1",
            links.sdmx(older=True),
            links.sdmx("dataflow", older=True),
        ),
        ("odata", "OData 4.01", links.odata(), links.odata()),
        ("mcp", "Model Context Protocol, for assistants", links.assistants(), ""),
    )
