"""News of releases as Atom feeds, in both languages: of all, of a dataset, a publisher, a theme and a topic."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fastapi import APIRouter, Request
from fastapi.responses import Response

from catalog.record import THEME_LABELS
from catalog.standards.atom import MEDIA_TYPE, Feed, atom
from catalog.standards.dcat_catalog import TITLE
from datasets.errors import DatasetNotFound, FileNotFound, Problem, VerificationFailed
from datasets.hints import hint
from datasets.public_releases import PublicReleases
from datasets.release import PublicRelease
from datasets.said import said
from datasets.text import LANGUAGES, Bilingual, Language
from portal.public.dependencies import GetServices, Services
from portal.public.known_parameters import FixedParameters
from portal.public.live_schedule import schedule_today
from portal.public.record_answers import record_answer
from portal.public.topics.gathering import is_about
from portal.shared.links import FEEDS, Links

_METHODS = ["GET", "HEAD"]
router = APIRouter(route_class=FixedParameters, include_in_schema=False)


def _router(language: Language) -> APIRouter:
    """Return the feeds in one language; CKAN has three of them at addresses of its own."""
    router = APIRouter(prefix="" if language == "vi" else "/en", route_class=FixedParameters, include_in_schema=False)

    @router.api_route(f"{FEEDS}/all.atom", methods=_METHODS)
    @router.api_route(f"{FEEDS}/dataset.atom", methods=_METHODS)
    def everything(request: Request, services: GetServices) -> Response:
        """The releases of all datasets as Atom."""
        return _answer(request, services, lambda: Feed(TITLE, language, tuple(_all(services.releases))))

    @router.api_route(f"{FEEDS}/datasets/{{name}}.atom", methods=_METHODS)
    def of_dataset(request: Request, services: GetServices, name: str) -> Response:
        """The releases of a dataset as Atom, also of one that was withdrawn altogether."""
        found = services.releases.releases(name)
        title = found[0].description.title
        return _answer(request, services, lambda: Feed(title, language, found, "datasets", name))

    @router.api_route(f"{FEEDS}/publishers/{{name}}.atom", methods=_METHODS)
    @router.api_route(f"{FEEDS}/organization/{{name}}.atom", methods=_METHODS)
    def of_publisher(request: Request, services: GetServices, name: str) -> Response:
        """The releases of a publisher as Atom."""
        return _answer(request, services, lambda: _publisher(services.releases, name, language))

    @router.api_route(f"{FEEDS}/themes/{{name}}.atom", methods=_METHODS)
    @router.api_route(f"{FEEDS}/group/{{name}}.atom", methods=_METHODS)
    def of_theme(request: Request, services: GetServices, name: str) -> Response:
        """The releases of a theme as Atom, also of one that has none yet."""
        return _answer(request, services, lambda: _theme(services.releases, name, language))

    @router.api_route(f"{FEEDS}/topics/{{name}}.atom", methods=_METHODS)
    def of_topic(request: Request, services: GetServices, name: str) -> Response:
        """The releases of all datasets about a topic as Atom."""
        return _answer(request, services, lambda: _topic(services, name, language), key=services.topics.stamp)

    return router


for _language in LANGUAGES:
    router.include_router(_router(_language))


def _answer(request: Request, services: Services, find: Callable[[], Feed], *, key: str = "") -> Response:
    def make(links: Links) -> bytes:
        return atom(find(), links)

    return record_answer(request, services, media_type=MEDIA_TYPE, make=make, key=key)


def _all(releases: PublicReleases) -> Iterator[PublicRelease]:
    for dataset in releases.datasets_ever():
        try:
            yield from releases.releases(dataset)
        except (DatasetNotFound, VerificationFailed):
            continue


def _publisher(releases: PublicReleases, name: str, language: Language) -> Feed:
    found = tuple(each for each in _all(releases) if each.description.publisher.id == name)
    if not found:
        raise _nothing("publisher", name, sorted({each.description.publisher.id for each in _all(releases)}))
    return Feed(_titled(found[-1].description.publisher.name), language, found, "publishers", name)


def _theme(releases: PublicReleases, name: str, language: Language) -> Feed:
    if name not in THEME_LABELS:
        raise _nothing("theme", name, list(THEME_LABELS))
    found = tuple(each for each in _all(releases) if each.description.theme == name)
    return Feed(_titled(THEME_LABELS[name]), language, found, "themes", name)


def _topic(services: Services, name: str, language: Language) -> Feed:
    shown = {each.topic.id: each.topic for each in services.topics.gathered(schedule_today(services.releases))}
    if name not in shown:
        raise _nothing("topic", name, list(shown))
    found = tuple(each for each in _all(services.releases) if is_about(shown[name], each.description))
    return Feed(_titled(shown[name].title), language, found, "topics", name)


def _titled(title: Bilingual) -> Bilingual:
    return Bilingual(vi=f"{title.vi} – {TITLE.vi}", en=f"{title.en} – {TITLE.en}")


def _nothing(kind: str, name: str, known: list[str]) -> FileNotFound:
    shown = ascii(name[:80])
    problem = Problem(kind, said("%(name)s is not known", name=shown), hint(name, known))
    return FileNotFound(said("There is no feed of %(name)s", name=shown), problems=[problem])
