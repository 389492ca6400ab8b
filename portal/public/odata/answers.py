"""Answer OData requests: find the release, ask the query core, write; all in one turn of a thread of the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from urllib.parse import quote, urlencode

import pyarrow as pa

from datasets.cell_status import status_column
from datasets.errors import FileNotFound, Problem, YtemoError
from datasets.hints import hint
from datasets.public_releases import PublicRelease, PublicReleases
from datasets.said import said
from portal.public.notice_headers import retiring_headers
from portal.public.odata.csdl import Model, as_json, as_xml
from portal.public.odata.entities import EntitySet, entity_sets
from portal.public.odata.feeds import answer_feeds, feed_rows
from portal.public.odata.groups import ask_groups
from portal.public.odata.messages import TEXT_TYPE, Answered, Asked, in_json, in_text, odata_headers
from portal.public.odata.models import dataset_model, feeds_model, namespace_of
from portal.public.odata.negotiation import XML_TYPE, Form, read_form, wants_xml
from portal.public.odata.options import Options, read_options
from portal.public.odata.paths import Resource, read_path
from portal.public.odata.payloads import Writer, service_document
from portal.public.odata.questions import Question, ask_entities, ask_entity, no_entity
from portal.public.odata.transformations import Transformations, read_apply
from portal.public.release_headers import release_headers
from portal.public.table_reading import TableReading
from portal.public.told_breaks import break_notes
from portal.query.answer import Answer
from portal.query.model import clip, invalid
from portal.query.run import Session
from portal.query.schema import table_names
from portal.shared.links import ODATA, Links
from portal.shared.responses import IMMUTABLE, SHORT, is_among, weak_tag

SKIPTOKEN_SIGN = "~"
"""Between the release that a page is of and the place where the page before ended: pages never mix two releases."""

_COUNTED = ("$filter", "$apply", "$format", "$orderby", "$top", "$skip", "$select")


class ODataAnswers:
    """Answers requests to the services of all datasets. Safe for many threads at once."""

    def __init__(self, releases: PublicReleases, reading: TableReading) -> None:
        self._releases = releases
        self._reading = reading
        self._kept_sets = lru_cache(maxsize=256)(self._read_sets)
        self._kept_models = lru_cache(maxsize=64)(self._write_model)

    def answer(self, session: Session, asked: Asked) -> Answered:
        """Answer a request; raises what reading its path and options, planning and reading raise."""
        resource = read_path(asked.path)
        if not resource.dataset:
            answered = self._of_feeds(resource, asked)
            return _kept(asked, replace(answered, headers={**answered.headers, **_caching(resource, answered.body)}))
        release = self._releases.find(resource.dataset, resource.release)
        headers = {**release_headers(release), **_caching(resource, _identity(release, asked))}
        if is_among(asked.headers.get("if-none-match", ""), headers["ETag"]):
            return Answered(b"", "", headers, 304)
        answered = self._of_release(session, asked, resource, release)
        told = self._notices(asked, resource, release)
        return replace(answered, headers={**answered.headers, **headers, **told})

    def _notices(self, asked: Asked, resource: Resource, release: PublicRelease) -> dict[str, str]:
        entities = self._sets(release).get(resource.entities)
        if entities is None or "." in resource.release:
            return {}
        return retiring_headers(release, entities.schema.name, self._releases, Links(asked.root.removesuffix(ODATA)))

    def _of_release(self, session: Session, asked: Asked, resource: Resource, release: PublicRelease) -> Answered:
        sets = self._sets(release)
        if resource.wanted == "metadata":
            return self._metadata(asked, release=release)
        if resource.wanted == "service":
            form = read_form(asked.headers, read_options(asked.parameters, allowed=("$format",)).format)
            elements = [_element(each) for each in sets.values()]
            return in_json(service_document(_writer(asked, resource, form), elements), form)
        entities = sets.get(resource.entities)
        if entities is None:
            problem = Problem(clip(resource.entities), said("is not known"), hint(resource.entities, sets))
            raise FileNotFound(said("There is nothing at this address"), problems=[problem])
        if resource.wanted == "entities":
            return self._page(session, asked, resource, release, entities)
        if resource.wanted == "count":
            return self._count(session, asked, release, entities)
        return self._single(session, asked, resource, release, entities)

    # Services ---------------------------------------------------------------------------------------------------------

    def _sets(self, release: PublicRelease) -> Mapping[str, EntitySet]:
        sets = self._kept_sets(release.dataset, release.edition, release.version)
        if not sets:
            problem = Problem(release.dataset, said("has no tables"), said("Download its files instead"))
            raise FileNotFound(said("There is nothing at this address"), problems=[problem])
        return sets

    def _read_sets(self, dataset: str, edition: str, version: int) -> Mapping[str, EntitySet]:
        release = self._releases.get(dataset, edition, version)
        described = release.description
        schemas = {name: self._reading.schema(release, name) for name in table_names(described)}
        return entity_sets(schemas, title=described.title, synthetic=described.synthetic)

    def _metadata(self, asked: Asked, *, release: PublicRelease | None) -> Answered:
        options = read_options(asked.parameters, allowed=("$format",))
        xml = wants_xml(asked.headers, options.format)
        form = read_form(asked.headers, "json")
        key = (release.dataset, release.edition, release.version) if release is not None else None
        body = self._kept_models(key, xml, form.version)
        return Answered(body, XML_TYPE if xml else "application/json", odata_headers(form))

    def _write_model(self, key: tuple[str, str, int] | None, xml: bool, version: str) -> bytes:
        if key is None:
            model: Model = feeds_model()
        else:
            described = self._releases.get(*key).description
            notes = {table.id: break_notes(described, table) for table in described.tables}
            model = dataset_model(key[0], self._kept_sets(*key), notes)
        return as_xml(model, version=version) if xml else as_json(model)

    def _of_feeds(self, resource: Resource, asked: Asked) -> Answered:
        if resource.wanted == "metadata":
            return self._metadata(asked, release=None)
        return answer_feeds(feed_rows(self._newest(), asked.root), resource, asked)

    def _newest(self) -> Iterator[PublicRelease]:
        """Yield the newest release of every dataset; one that cannot be read is left out."""
        for dataset in self._releases.datasets():
            with suppress(YtemoError):
                yield self._releases.latest(dataset)

    # Entities ---------------------------------------------------------------------------------------------------------

    def _page(
        self, session: Session, asked: Asked, resource: Resource, release: PublicRelease, entities: EntitySet
    ) -> Answered:
        options = read_options(asked.parameters)
        form = read_form(asked.headers, options.format)
        release, after = self._place(options.skiptoken, resource, release)
        top = form.page if options.top is None else min(options.top, form.page)
        question = _question(entities, options, limit=max(top, 1), after=after)
        answer = self._reading.read(session, release, question.plan())
        rows = answer.first if top else answer.first.slice(0, 0)
        writer = _writer(asked, resource, form)
        following = _following(answer, options, asked, release) if top else ""
        count = answer.total if options.count else None
        return in_json(writer.entities(question, rows, count=count, following=following), form)

    def _place(self, skiptoken: str, resource: Resource, release: PublicRelease) -> tuple[PublicRelease, str]:
        """Return the release that a page is of, and the place where it begins."""
        if not skiptoken:
            return release, ""
        name, sign, after = skiptoken.partition(SKIPTOKEN_SIGN)
        if not sign or not after:
            rule = said("is not a cursor of this question")
            raise invalid("$skiptoken", rule, said("Follow the next link of an answer, without changes"))
        return self._releases.find(resource.dataset, name[:50]), after

    def _count(self, session: Session, asked: Asked, release: PublicRelease, entities: EntitySet) -> Answered:
        # The standard has a count that order and page do not change, for clients that send them along.
        given = read_options(asked.parameters, allowed=_COUNTED)
        question = _question(entities, Options(filter=given.filter, apply=given.apply), limit=1)
        answer = self._reading.read(session, release, question.plan())
        form = read_form(asked.headers, "json")
        return in_text(str(answer.total), form)

    def _single(
        self, session: Session, asked: Asked, resource: Resource, release: PublicRelease, entities: EntitySet
    ) -> Answered:
        options = read_options(asked.parameters, allowed=("$select", "$format"))
        if resource.part:
            entities.property(resource.part, place="property")
            options = replace(options, select=(resource.part,))
        form = read_form(asked.headers, options.format if resource.wanted != "value" else "json")
        question = ask_entity(entities, resource.key or {}, options)
        table = self._reading.read(session, release, question.plan()).first
        if not table.num_rows:
            raise no_entity(entities)
        writer = _writer(asked, resource, form)
        if not resource.part:
            return in_json(writer.entity(question, table), form)
        return _property(writer, question, table, resource)


def _identity(release: PublicRelease, asked: Asked) -> bytes:
    """Return what the answer to a request follows from: a release never changes."""
    named = [asked.headers.get(name, "") for name in ("accept", "odata-maxversion", "prefer")]
    return repr((release.envelope_sha256, asked.root, asked.path, asked.parameters, named)).encode()


def _caching(resource: Resource, identity: bytes) -> dict[str, str]:
    pinned = "." in resource.release
    return {
        "ETag": weak_tag(identity.decode()),
        "Vary": "Accept, OData-MaxVersion, Prefer",
        "Cache-Control": IMMUTABLE if pinned else SHORT,
    }


def _kept(asked: Asked, answered: Answered) -> Answered:
    """Say that nothing changed where the caller has this answer already."""
    known = is_among(asked.headers.get("if-none-match", ""), answered.headers["ETag"])
    return replace(answered, body=b"", status=304) if known else answered


def _question(entities: EntitySet, options: Options, *, limit: int, after: str = "") -> Question:
    asked = read_apply(options.apply) if options.apply else Transformations()
    if asked.grouped:
        return ask_groups(entities, asked, options, limit=limit, after=after)
    return ask_entities(entities, options, limit=limit, after=after, also=asked.filters)


def _writer(asked: Asked, resource: Resource, form: Form) -> Writer:
    return Writer(asked.root + resource.root, namespace_of(resource.dataset), form)


def _element(entities: EntitySet) -> Mapping[str, str]:
    return {"name": entities.name, "title": entities.title.en, "kind": "EntitySet", "url": entities.name}


def _property(writer: Writer, question: Question, table: pa.Table, resource: Resource) -> Answered:
    """Answer one property; null is told by having no content, and its status, where it has one, by a header."""
    (row,) = writer.rows(question, table)
    headers = odata_headers(writer.form)
    status = status_column(resource.part)
    if status in table.column_names:
        headers["Ytemo-Status"] = str(table.column(status)[0].as_py())
    value = row[resource.part]
    if value is None:
        return Answered(b"", "text/plain", headers, 204)
    if resource.wanted == "value":
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return Answered(text.encode(), TEXT_TYPE, headers)
    return Answered(writer.property(question, table, resource.part), writer.form.media_type, headers)


def _following(answer: Answer, options: Options, asked: Asked, release: PublicRelease) -> str:
    """Return the address of the next page: the same question, from where this page ends, for what is left to send."""
    left = None if options.top is None else options.top - answer.returned
    if not answer.truncated or left == 0:
        return ""
    kept: Sequence[tuple[str, str]] = [
        (name, value) for name, value in options.given if name not in {"$top", "$skip", "$skiptoken"}
    ]
    top = [] if left is None else [("$top", str(left))]
    token = ("$skiptoken", f"{release.name}{SKIPTOKEN_SIGN}{answer.next_cursor}")
    query = urlencode([*kept, *top, token], quote_via=quote, safe="$,()'~")
    return f"{asked.root}/{quote(asked.path.strip('/'))}?{query}"
