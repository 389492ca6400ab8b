"""Which constants keep the limits of each dialect, and what is told of each: its name, unit, status and remedy."""

from __future__ import annotations

from dataclasses import dataclass

from portal.shared.labels import N_

WAIT = N_("Wait as long as Retry-After says, then ask again, less often or for less at once")
PARTS = N_("Ask in several requests, each for a part")
PAGES = N_("Follow the link to the next page, or ask for a later one")
SHORTER = N_("Write less: leave out what is not needed")
SMALLER = N_("Ask for fewer cells, or download the file of the table")
LOWERED = N_("No more are given at once; the next page has those that follow")
UNREAD = N_("What is beyond is not looked at: put first what matters")
SHOWN = N_("The first of them are given; the data has all")


@dataclass(frozen=True)
class Kept:
    """Limits of one dialect that constants keep: name, constant, unit, status, meaning, remedy."""

    dialect: str
    module: str
    rows: tuple[tuple[str, str, str, int | None, str, str], ...]


_BELOW = "portal.public."
KEPT = (
    Kept(
        "all",
        "portal.query.model",
        (
            ("values", "MAX_TERMS", "values", 400, N_("Names and values in one question"), PARTS),
            ("nesting", "MAX_DEPTH", "levels", 400, N_("How deep conditions may be nested"), SHORTER),
            ("value-length", "MAX_VALUE_LENGTH", "characters", 400, N_("The length of one value"), SHORTER),
            ("offset", "MAX_OFFSET", "rows", 400, N_("Rows that may be passed over"), PAGES),
        ),
    ),
    Kept(
        "all",
        "portal.shared.accept",
        (("accept-length", "LONGEST", "characters", None, N_("The length of the header Accept"), UNREAD),),
    ),
    Kept(
        "all",
        f"{_BELOW}api_keys",
        (("key-length", "MAX_KEY_LENGTH", "characters", 401, N_("The length of an API key"), N_("Correct the key")),),
    ),
    Kept(
        "native",
        "portal.query.model",
        (("rows", "DEFAULT_LIMIT", "rows", None, N_("Rows of an answer that names no limit"), N_("Name a limit")),),
    ),
    Kept(
        "native",
        "portal.query.sql_conditions",
        (
            ("where-length", "MAX_LENGTH", "characters", 400, N_("The length of a condition like SQL"), SHORTER),
            ("where-words", "MAX_WORDS", "words", 400, N_("Words and signs of a condition like SQL"), PARTS),
        ),
    ),
    Kept(
        "native",
        "portal.query.cursor",
        (("cursor-length", "_MAX_LENGTH", "characters", 400, N_("The length of a cursor"), PAGES),),
    ),
    Kept(
        "native",
        "portal.query.column_statistics",
        (("frequent-values", "SHOWN_VALUES", "values", None, N_("Frequent values of a column"), SHOWN),),
    ),
    Kept(
        "native",
        f"{_BELOW}routers.metadata",
        (
            ("listed", "MAX_LISTED", "datasets", 422, N_("Datasets on one page of the list"), PAGES),
            ("history", "MAX_HISTORY", "releases", 422, N_("Releases on one page of a dataset's history"), PAGES),
        ),
    ),
    Kept(
        "native",
        "catalog.search",
        (("search-page", "MAX_PAGE_SIZE", "datasets", 422, N_("Datasets on one page of a search"), PAGES),),
    ),
    Kept(
        "native",
        f"{_BELOW}search_resources",
        (("suggest-length", "MAX_TYPED", "characters", 422, N_("The length of what suggestions are for"), SHORTER),),
    ),
    Kept(
        "native",
        "catalog.suggestions",
        (("suggestions", "MAX_SUGGESTIONS", "names", 422, N_("Suggestions at once"), PARTS),),
    ),
    Kept(
        "native",
        "catalog.vietnamese",
        (("search-words", "MAX_TERMS", "words", None, N_("Words of a search"), UNREAD),),
    ),
    Kept(
        "downloads",
        "portal.shared.byte_ranges",
        (("ranges", "MAX_RANGES", "parts", None, N_("Parts of a file in one request"), N_("The whole file is sent")),),
    ),
    Kept(
        "downloads",
        f"{_BELOW}compare.reading",
        (("compared", "MOST_VALUES", "values", None, N_("Keys and cells of one comparison of releases"), SMALLER),),
    ),
    Kept(
        "downloads",
        f"{_BELOW}compare.answering",
        (("compared-cells", "MOST_IN_A_FILE", "cells", None, N_("Cells in one file of a comparison"), PAGES),),
    ),
    Kept(
        "ckan",
        f"{_BELOW}ckan.datastore",
        (
            ("rows", "MAX_ROWS", "rows", None, N_("Rows of a page"), LOWERED),
            ("words", "_MAX_WORDS", "words", 409, N_("Words of a search for rows"), SHORTER),
        ),
    ),
    Kept(
        "ckan",
        f"{_BELOW}ckan.package_search",
        (
            ("datasets", "MAX_ROWS", "datasets", None, N_("Datasets on one page of a search"), LOWERED),
            ("search-words", "MAX_WORDS", "words", None, N_("Words of a search by which hits are ranked"), UNREAD),
        ),
    ),
    Kept(
        "ckan",
        f"{_BELOW}ckan.solr_query",
        (
            ("search-length", "MAX_LENGTH", "characters", 409, N_("The length of a search"), SHORTER),
            ("search-conditions", "_MAX_CLAUSES", "conditions", 409, N_("Conditions of a search"), PARTS),
            ("search-nesting", "_MAX_DEPTH", "levels", 409, N_("How deep conditions may be nested"), SHORTER),
            ("search-wildcards", "_MAX_WILDCARDS", "signs", 409, N_("Wildcards in one word of a search"), SHORTER),
        ),
    ),
    Kept(
        "ckan",
        f"{_BELOW}ckan.catalog_actions",
        (("suggestions", "_MOST_LISTED", "names", None, N_("Names that are suggested"), SHORTER),),
    ),
    Kept(
        "ckan",
        f"{_BELOW}ckan.parameters",
        (
            ("body", "MOST_BYTES", "bytes", 400, N_("The size of what is sent"), PARTS),
            ("parameters", "_MOST_PARAMETERS", "parameters", 400, N_("Parameters of a request"), PARTS),
        ),
    ),
    Kept(
        "pxweb",
        f"{_BELOW}pxweb.choices",
        (("cells", "MAX_DATA_CELLS", "cells", 403, N_("Cells of one answer"), PARTS),),
    ),
    Kept(
        "pxweb",
        f"{_BELOW}pxweb.selections",
        (
            ("body", "MAX_BODY", "bytes", 400, N_("The size of what is sent"), N_("Write * instead of every code")),
            ("values", "MAX_VALUES", "values", 400, N_("Values of one selection"), N_("Write * instead of every code")),
        ),
    ),
    Kept(
        "pxweb",
        f"{_BELOW}pxweb.expressions",
        (
            ("expressions", "MAX_EXPRESSIONS", "expressions", 400, N_("Expressions of one variable"), PARTS),
            ("stars", "_MOST_STARS", "signs", 400, N_("Stars in one expression"), SHORTER),
        ),
    ),
    Kept(
        "pxweb",
        f"{_BELOW}pxweb.requests",
        (
            ("page", "MAX_PAGE_SIZE", "tables", 400, N_("Tables on one page"), PAGES),
            ("search-length", "_MOST_WORDS", "characters", 400, N_("The length of a search"), SHORTER),
        ),
    ),
    Kept(
        "pxweb",
        f"{_BELOW}pxweb.default_selection",
        (
            (
                "default-values",
                "_MOST_VALUES",
                "values",
                None,
                N_("Values of a variable that are selected by default"),
                N_("Name the values"),
            ),
        ),
    ),
    Kept(
        "pxweb",
        f"{_BELOW}pxweb.table_documents",
        (("editions", "_MOST_EDITIONS", "editions", None, N_("Editions that a table tells of"), SHOWN),),
    ),
    Kept(
        "sdmx",
        f"{_BELOW}sdmx.exchange",
        (("address-length", "_MAX_PATH", "characters", 414, N_("The length of an address"), SHORTER),),
    ),
    Kept(
        "sdmx",
        f"{_BELOW}sdmx.data_query",
        (
            ("keys", "MAX_KEYS", "keys", 400, N_("Keys, and parameters, of one query"), PARTS),
            (
                "observations",
                "MAX_OBSERVATIONS",
                "observations",
                413,
                N_("Observations of one answer in SDMX-JSON or SDMX-ML"),
                N_("Page with limit, or ask for SDMX-CSV"),
            ),
        ),
    ),
    Kept(
        "sdmx",
        f"{_BELOW}sdmx.structure_query",
        (
            ("names", "MAX_NAMES", "names", 400, N_("Names of one query for structures"), PARTS),
            (
                "referring",
                "MAX_REFERRING",
                "artefacts",
                400,
                N_("Artefacts from which what belongs to them is looked for"),
                N_("Name an artefact"),
            ),
        ),
    ),
    Kept(
        "sdmx",
        f"{_BELOW}sdmx.versions",
        (("versions", "MAX_VERSIONS", "versions", 400, N_("Versions of one query"), PARTS),),
    ),
    Kept(
        "odata",
        f"{_BELOW}odata.negotiation",
        (("page", "MAX_PAGE", "entities", None, N_("Entities on one page"), LOWERED),),
    ),
    Kept(
        "odata",
        f"{_BELOW}odata.paths",
        (("path-length", "MAX_PATH", "characters", 404, N_("The length of an address"), SHORTER),),
    ),
    Kept(
        "odata",
        f"{_BELOW}odata.tokens",
        (
            ("option-length", "MAX_LENGTH", "characters", 400, N_("The length of one option"), SHORTER),
            ("option-words", "MAX_TOKENS", "words", 400, N_("Words and signs of one option"), PARTS),
        ),
    ),
    Kept(
        "odata",
        f"{_BELOW}odata.conditions",
        (
            (
                "labels",
                "MAX_LOOKED_AT",
                "names",
                400,
                N_("Names of codes that one filter looks through"),
                N_("Compare codes instead of names"),
            ),
        ),
    ),
    Kept(
        "mcp",
        f"{_BELOW}mcp.arguments",
        (
            ("rows", "MAX_ROWS", "rows", 200, N_("Rows of one answer"), PAGES),
            ("values", "MAX_LISTED", "values", 200, N_("Names of one list"), PARTS),
        ),
    ),
    Kept(
        "mcp",
        f"{_BELOW}mcp.describing",
        (
            ("codes", "MOST_CODES", "codes", None, N_("Codes of a dimension that are listed at once"), LOWERED),
            ("releases", "_MOST_RELEASES", "releases", None, N_("Releases that are told of"), SHOWN),
            ("crossings", "_MOST_CROSSINGS", "combinations", None, N_("Totals of a table that are told of"), SHOWN),
        ),
    ),
    Kept(
        "mcp",
        f"{_BELOW}mcp.searching",
        (
            ("editions", "_MOST_EDITIONS", "editions", None, N_("Editions that are told of"), SHOWN),
            ("fields", "_MOST_FIELDS", "fields", None, N_("Fields of a table that are told of"), SHOWN),
        ),
    ),
    Kept(
        "mcp",
        f"{_BELOW}mcp.messages",
        (
            ("message", "MAX_BODY_BYTES", "bytes", 413, N_("The size of what is sent"), SHORTER),
            ("message-nesting", "MAX_DEPTH", "levels", 400, N_("How deep a message may be nested"), SHORTER),
            ("message-values", "MAX_VALUES", "values", 400, N_("Values in one message"), SHORTER),
            ("name-length", "MAX_NAME_LENGTH", "characters", 400, N_("The length of a name"), SHORTER),
        ),
    ),
    Kept(
        "ckan",
        f"{_BELOW}sent_body",
        (("body-seconds", "BODY_SECONDS", "seconds", 408, N_("How long a message may take to arrive"), SHORTER),),
    ),
    Kept(
        "pxweb",
        f"{_BELOW}sent_body",
        (("body-seconds", "BODY_SECONDS", "seconds", 408, N_("How long a message may take to arrive"), SHORTER),),
    ),
    Kept(
        "mcp",
        f"{_BELOW}sent_body",
        (("message-seconds", "BODY_SECONDS", "seconds", 408, N_("How long a message may take to arrive"), SHORTER),),
    ),
)
