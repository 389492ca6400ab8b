"""Every address of the portal is built here, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from datasets.text import Language

API = "/api/v1"
CKAN = "/api/3"
PXWEB = "/api/pxweb/v2"
CATALOG = "/catalog"
FEEDS = "/feeds"
FILES = "/files"
MCP = "/mcp"
OAI = "/oai"
ODATA = "/odata/v4"
SDMX = "/sdmx/v2"
SDMX_BEFORE = "/sdmx/v1"
"""Where clients of SDMX 2.1 ask."""
STATIC = "/static"

_RECORD = re.compile(
    rf"{CATALOG}|{CATALOG}\.[a-z]+|{OAI}|/data\.json|(/en)?{FEEDS}/.*|(/en)?/(calendar\.ics|plan\.csv)"
    r"|/dataset/[^/]+\.(ttl|jsonld|rdf|xml)"
    r"|/datasets/[^/]+(/releases/[^/]+)?(\.(ttl|jsonld|rdf)|/(croissant|datacite|schema-org|linkset)\.(json|xml))"
)


def is_record(path: str) -> bool:
    """Return whether a path is that of a description for machines: there an error is a document, not a page."""
    return _RECORD.fullmatch(path) is not None


@dataclass(frozen=True)
class Links:
    """Addresses from the root of the site; Vietnamese has no prefix, English has ``/en``."""

    base_url: str = ""
    """The public address of the portal, such as ``https://data.example.gov.vn``; empty when it is not known."""
    by_mail: bool = False
    """Whether pages lead to where one subscribes to letters."""

    def absolute(self, path: str) -> str:
        """Return ``path`` with the public address before it, where that is known."""
        return self.base_url.rstrip("/") + path

    # Pages ------------------------------------------------------------------------------------------------------------

    def home(self, language: Language) -> str:
        return _page(language) or "/"

    def datasets(self, language: Language, **parameters: str | int | Sequence[str]) -> str:
        return _page(language, "datasets") + _query(parameters.items())

    def dataset(self, dataset: str, language: Language) -> str:
        return _page(language, "datasets", dataset)

    def dataset_api(self, dataset: str, language: Language) -> str:
        """Return the page for developers of one dataset."""
        return _page(language, "datasets", dataset, "api")

    def release(self, dataset: str, release: str, language: Language) -> str:
        return _page(language, "datasets", dataset, "releases", release)

    def chart(self, dataset: str, release: str, table: str, language: Language, *, narrow: bool = False) -> str:
        path = _page(language, "datasets", dataset, "releases", release, "charts", f"{table}.svg")
        return f"{path}?width=narrow" if narrow else path

    def cite(self, dataset: str, release: str, extension: str, language: Language) -> str:
        """Return the citation of a release as a file: ``bib``, ``ris`` or ``json``."""
        return _page(language, "datasets", dataset, "releases", release, f"cite.{extension}")

    def spark(self, dataset: str, release: str, language: Language) -> str:
        """Return the shape of a release's first chart, as small as a stamp."""
        return _page(language, "datasets", dataset, "releases", release, "spark.svg")

    def explore(
        self, dataset: str, language: Language, parameters: Iterable[tuple[str, str]] = (), *, release: str = ""
    ) -> str:
        """Return the explorer of a dataset; ``release`` pins it, and ``parameters`` say what it shows."""
        pinned = ("releases", release) if release else ()
        return _page(language, "datasets", dataset, *pinned, "explore") + _query(parameters)

    def explored(
        self,
        dataset: str,
        release: str,
        extension: str,
        language: Language,
        parameters: Iterable[tuple[str, str]] = (),
    ) -> str:
        """Return what the explorer draws of a release: as ``svg``, ``png`` or ``json``, which browsers draw from."""
        path = _page(language, "datasets", dataset, "releases", release, f"explore.{extension}")
        return path + _query(parameters)

    def embedded(
        self, dataset: str, language: Language, parameters: Iterable[tuple[str, str]] = (), *, release: str = ""
    ) -> str:
        """Return the page that other sites show inside theirs; ``release`` pins it."""
        pinned = ("releases", release) if release else ()
        return _page(language, "embed", dataset, *pinned) + _query(parameters)

    def usage(self, language: Language) -> str:
        return _page(language, "usage")

    def usage_csv(self) -> str:
        return "/usage.csv"

    def compare(self, dataset: str, language: Language, parameters: Iterable[tuple[str, str]] = ()) -> str:
        """Return the page that compares two releases of a dataset; ``parameters`` say which, and what of them."""
        return _page(language, "datasets", dataset, "compare") + _query(parameters)

    def compared(self, dataset: str, language: Language, parameters: Iterable[tuple[str, str]]) -> str:
        """Return the file of the cells that such a page lists."""
        return _page(language, "datasets", dataset, "compare.csv") + _query(parameters)

    def about(self, language: Language) -> str:
        return _page(language, "about")

    def themes(self, language: Language) -> str:
        return _page(language, "themes")

    def theme(self, theme: str, language: Language) -> str:
        return _page(language, "themes", theme)

    def topics(self, language: Language) -> str:
        return _page(language, "topics")

    def topic(self, topic: str, language: Language) -> str:
        return _page(language, "topics", topic)

    def publishers(self, language: Language) -> str:
        return _page(language, "publishers")

    def publisher(self, publisher: str, language: Language) -> str:
        return _page(language, "publishers", publisher)

    def glossary(self, language: Language, term: str = "") -> str:
        """Return the explanation of all terms, or of the one with this anchor."""
        return _page(language, "glossary") + (f"#{term}" if term else "")

    def help(self, language: Language) -> str:
        return _page(language, "help")

    def accessibility(self, language: Language) -> str:
        return _page(language, "accessibility")

    def reuses(self, language: Language) -> str:
        return _page(language, "reuses")

    def request(self, language: Language, dataset: str = "", wanted: str = "") -> str:
        """Return where people ask for data: more of ``dataset``, or about what they looked for in vain."""
        return _page(language, "request") + _query([("dataset", dataset), ("about", wanted)])

    def report(self, language: Language, dataset: str = "", release: str = "", address: str = "") -> str:
        """Return where people learn how to report a problem; ``address`` is the page of the release they look at."""
        return _page(language, "report") + _query([("dataset", dataset), ("release", release), ("address", address)])

    def subscribe(self, language: Language, about: str = "") -> str:
        """Return where people subscribe to letters; ``about`` is a subject, such as ``datasets/dengue-cases``."""
        return _page(language, "subscribe") + (f"?about={quote(about, safe='/')}" if about else "")

    def subscribe_asked(self, language: Language) -> str:
        """Return the page that says what comes next."""
        return _page(language, "subscribe", "asked")

    def confirm(self, language: Language, sealed: str) -> str:
        """Return where an address is confirmed."""
        return _page(language, "subscribe", "confirm", sealed)

    def unsubscribe(self, language: Language, key: str) -> str:
        """Return where letters are stopped."""
        return _page(language, "unsubscribe", key)

    def developers(self, language: Language) -> str:
        return _page(language, "api")

    def calendar(self, language: Language) -> str:
        """Return the release calendar, for people."""
        return _page(language, "calendar")

    def calendar_file(self, language: Language) -> str:
        """Return the release calendar as programs subscribe to it."""
        return _page(language, "calendar.ics")

    def plan(self, language: Language) -> str:
        """Return the open-data plan, for people."""
        return _page(language, "plan")

    def plan_file(self, language: Language) -> str:
        """Return the open-data plan as CSV."""
        return _page(language, "plan.csv")

    def sitemap(self) -> str:
        return "/sitemap.xml"

    def public_key(self) -> str:
        return f"{FILES}/public-key.pem"

    def static(self, path: str) -> str:
        return f"{STATIC}/{quote(path)}"

    # API and downloads ------------------------------------------------------------------------------------------------

    def api(self, path: str, **parameters: str | int) -> str:
        """Return the address of an API resource, such as ``datasets`` or ``datasets/hospital-care/releases``."""
        return f"{API}/{quote(path)}{_query(parameters.items())}"

    def api_index(self) -> str:
        return API

    def api_docs(self) -> str:
        return f"{API}/docs"

    def openapi(self) -> str:
        return f"{API}/openapi.json"

    def dataset_openapi(self, dataset: str, release: str = "") -> str:
        """Return the address of the description of one dataset's API; ``release`` pins it."""
        return f"{API}/datasets/{_parts(dataset)}/openapi.json{_query([('release', release)])}"

    def dataset_docs(self, dataset: str) -> str:
        """Return the page that reads and tries the description of one dataset's API."""
        return f"{API}/datasets/{_parts(dataset)}/docs"

    def ckan(self, action: str, **parameters: str) -> str:
        """Return the address of one of CKAN's actions, such as ``package_show``."""
        return f"{CKAN}/action/{_parts(action)}{_query(parameters.items())}"

    def table(self, dataset: str, table: str, kind: str, parameters: Iterable[tuple[str, str]] = ()) -> str:
        """Return the address of a table's ``data`` or ``rows``, with parameters in their order."""
        return f"{API}/datasets/{_parts(dataset)}/tables/{_parts(table, kind)}{_query(parameters)}"

    def odata(self, dataset: str = "", release: str = "") -> str:
        """Return the address of a dataset's OData feed, or of the list of all; ``release`` pins it."""
        path = f"/{_parts(dataset)}" if dataset else ""
        pinned = f"/releases/{_parts(release)}" if release else ""
        return f"{ODATA}{path}{pinned}/"

    def ckan_version(self) -> str:
        return CKAN

    def sdmx(self, path: str = "", *, older: bool = False) -> str:
        """Return an address of SDMX-REST, such as ``structure/dataflow``; ``older`` is for clients of SDMX 2.1."""
        return "/".join(filter(None, (SDMX_BEFORE if older else SDMX, quote(path, safe="/*"))))

    def pxweb(self, path: str = "") -> str:
        """Return an address of the API of PxWeb, such as ``tables``."""
        return "/".join(filter(None, (PXWEB, quote(path))))

    def assistants(self) -> str:
        """Return where assistants connect, by the Model Context Protocol."""
        return MCP

    def health(self) -> str:
        return "/health"

    # Descriptions for machines ----------------------------------------------------------------------------------------

    def catalog_record(self, extension: str = "", page: int = 1) -> str:
        """Return the address of the description of the whole catalog: of the thing itself without an extension."""
        return f"{CATALOG}{extension and '.'}{extension}{_query([('page', page if page > 1 else '')])}"

    def dataset_record(self, dataset: str, extension: str, release: str = "") -> str:
        """Return the address of the description of a dataset, or of one release, as ``ttl``, ``jsonld`` or ``rdf``."""
        return f"{_described(dataset, release)}.{extension}"

    def record(self, standard: str, dataset: str, release: str = "") -> str:
        """Return the address of a dataset's record in another standard, such as ``croissant.json``."""
        return f"{_described(dataset, release)}/{standard}"

    def feed(self, language: Language, kind: str = "", name: str = "") -> str:
        """Return the address of a feed: of all, or of one dataset, publisher, theme or topic, by its plural."""
        path = f"{_parts(kind, name)}" if kind else "all"
        return f"{_page(language)}{FEEDS}/{path}.atom"

    def harvest(self) -> str:
        """Return where OAI-PMH is spoken."""
        return OAI

    def data_json(self) -> str:
        return "/data.json"

    def services(self) -> tuple[tuple[str, str, str, str], ...]:
        """Return each API that answers from every dataset: name, address, description, and the rules that it keeps."""
        return (
            ("ytemo API", API, self.openapi(), "https://spec.openapis.org/oas/v3.1.0"),
            ("CKAN API", CKAN, self.ckan("help_show", name="help_show"), "https://docs.ckan.org/en/2.12/api/"),
            ("SDMX", SDMX, self.sdmx("structure/dataflow"), "https://sdmx.org/standards-2/"),
            ("OData", self.odata(), self.odata(), "https://docs.oasis-open.org/odata/odata/v4.01/"),
            ("PxWeb API", PXWEB, self.pxweb("config"), "https://github.com/PxTools/PxApiSpecs"),
            ("OAI-PMH", OAI, f"{OAI}?verb=Identify", "http://www.openarchives.org/OAI/2.0/"),
        )

    def file(self, dataset: str, release: str, path: str) -> str:
        return f"{FILES}/{_parts(dataset, release)}/{quote(path)}"

    def package(self, dataset: str, release: str) -> str:
        return f"{FILES}/{_parts(dataset)}/{_parts(release)}.zip"


def _page(language: Language, *parts: str) -> str:
    path = f"/{_parts(*parts)}" if parts else ""
    return path if language == "vi" else f"/en{path}"


def _described(dataset: str, release: str) -> str:
    return _page("vi", "datasets", dataset, *(("releases", release) if release else ()))


def _parts(*parts: str) -> str:
    return "/".join(quote(part, safe="") for part in parts)


def _query(parameters: Iterable[tuple[str, str | int | Sequence[str]]]) -> str:
    given = [(name, value) for name, value in parameters if value not in ("", ())]
    return f"?{urlencode(given, doseq=True, safe=',')}" if given else ""
