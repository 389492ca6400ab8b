"""The service that lists the feeds of all datasets, for those who know only the root address.

Its one entity set can be read, paged and counted, and no more; its model says so, and clients filter it themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote

import orjson

from datasets.errors import FileNotFound, Problem
from datasets.hints import hint
from datasets.public_releases import PublicRelease
from datasets.release import ReleaseDescription
from datasets.said import said
from datasets.text import Bilingual
from portal.public.odata.entities import identifier
from portal.public.odata.messages import Answered, Asked, in_json, in_text
from portal.public.odata.models import FEED_KEY, FEED_NAMES, FEEDS, namespace_of
from portal.public.odata.negotiation import read_form
from portal.public.odata.options import Options, read_options
from portal.public.odata.paths import Resource, no_resource
from portal.public.odata.payloads import Writer, service_document
from portal.query.model import clip, invalid
from portal.query.schema import REGISTER

Feed = dict[str, str]
_LISTED = ("$select", "$top", "$skip", "$count", "$format", "$skiptoken")


def feed_rows(releases: Iterable[PublicRelease], root: str) -> list[Feed]:
    """Return a row for each table of each release."""
    return [
        {
            "dataset": release.dataset,
            "entity_set": identifier(table),
            "title_vi": title.vi,
            "title_en": title.en,
            "release": release.name,
            "feed": f"{root}/{release.dataset}/",
        }
        for release in releases
        for table, title in _tables(release.description)
    ]


def _tables(description: ReleaseDescription) -> Iterator[tuple[str, Bilingual]]:
    yield from ((table.id, table.title) for table in description.tables)
    if description.register_ is not None:
        yield REGISTER, description.title


def answer_feeds(rows: Sequence[Feed], resource: Resource, asked: Asked) -> Answered:
    """Answer a request for the service document, the list of feeds or a part of it."""
    if resource.entities not in {"", FEEDS}:
        problem = Problem(clip(resource.entities), said("is not known"), hint(resource.entities, (FEEDS,)))
        raise FileNotFound(said("There is nothing at this address"), problems=[problem])
    if resource.wanted == "service":
        return _document(rows, asked)
    if resource.wanted == "count":
        read_options(asked.parameters, allowed=("$format",))
        return in_text(str(len(rows)), read_form(asked.headers, "json"))
    if resource.wanted == "entity":
        return _single(rows, resource, asked)
    if resource.wanted != "entities":
        raise no_resource(asked.path)
    return _page(rows, asked)


def _document(rows: Sequence[Feed], asked: Asked) -> Answered:
    form = read_form(asked.headers, read_options(asked.parameters, allowed=("$format",)).format)
    elements = [{"name": FEEDS, "kind": "EntitySet", "url": FEEDS}]
    # Excel passes over services within services, and shows the list; other clients can follow them.
    elements += [
        {"name": name, "kind": "ServiceDocument", "url": f"{name}/"}
        for name in dict.fromkeys(row["dataset"] for row in rows)
    ]
    return in_json(service_document(Writer(asked.root, namespace_of(""), form), elements), form)


def _page(rows: Sequence[Feed], asked: Asked) -> Answered:
    options = read_options(asked.parameters, allowed=_LISTED)
    form = read_form(asked.headers, options.format)
    start = _start(options)
    most = form.page if options.top is None else min(options.top, form.page)
    page = rows[start : start + most]
    names = _selected(options)
    of = f"({','.join(names)})" if options.select else ""
    document: dict[str, object] = dict(Writer(asked.root, namespace_of(""), form).context(f"{FEEDS}{of}"))
    if options.count:
        document["@odata.count"] = len(rows)
    document["value"] = [{name: row[name] for name in names} for row in page]
    left = len(rows) - start - len(page) if options.top is None else min(options.top, len(rows) - start) - len(page)
    if left > 0 and page:
        document["@odata.nextLink"] = _following(asked, options, start + len(page), left)
    return in_json(orjson.dumps(document), form)


def _following(asked: Asked, options: Options, start: int, left: int) -> str:
    kept = [(name, value) for name, value in options.given if name not in {"$top", "$skip", "$skiptoken"}]
    top = [("$top", str(left))] if options.top is not None else []
    pairs = (f"{name}={quote(value)}" for name, value in [*kept, *top, ("$skiptoken", str(start))])
    return f"{asked.root}/{FEEDS}?{'&'.join(pairs)}"


def _start(options: Options) -> int:
    if not options.skiptoken:
        return options.skip
    if not (options.skiptoken.isascii() and options.skiptoken.isdigit() and len(options.skiptoken) < 10):
        rule = said("is not a cursor of this question")
        raise invalid("$skiptoken", rule, said("Follow the next link of an answer, without changes"))
    return int(options.skiptoken)


def _selected(options: Options) -> Sequence[str]:
    for name in options.select:
        if name not in FEED_NAMES:
            raise invalid("$select", said("%(name)s is not known", name=clip(name)), hint(name, FEED_NAMES))
    return [name for name in FEED_NAMES if name in options.select] or FEED_NAMES


def _single(rows: Sequence[Feed], resource: Resource, asked: Asked) -> Answered:
    options = read_options(asked.parameters, allowed=("$select", "$format"))
    form, key = read_form(asked.headers, options.format), resource.key or {}
    names = _selected(options)
    found = next((row for row in rows if _key(row) == key), None)
    if found is None:
        raise no_resource(asked.path)
    context = Writer(asked.root, namespace_of(""), form).context(f"{FEEDS}/$entity")
    return in_json(orjson.dumps({**context, **{name: found[name] for name in names}}), form)


def _key(row: Feed) -> Mapping[str, str]:
    return {name: row[name] for name in FEED_KEY}
