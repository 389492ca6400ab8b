"""The actions about what there is: packages, organisations, groups, tags, licences, resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import datasets
from catalog.vietnamese import strip_marks
from datasets.errors import DatasetNotFound, ReleaseNotFound, ReleaseWithdrawn
from portal.public.ckan.context import Context
from portal.public.ckan.failures import denied, invalid_field, not_found
from portal.public.ckan.identifiers import stable_id
from portal.public.ckan.licences import licence_list
from portal.public.ckan.package_search import package_search as found_packages
from portal.public.ckan.packages import Shown, package
from portal.public.ckan.parameters import Parameters, flag, integer, names_of, natural, required, text
from portal.public.ckan.shelves import PEOPLE

CKAN_VERSION = "2.12.0"
"""The version of CKAN whose answers these are like."""
_MOST_LISTED = 1_000
_MOST_SUGGESTED = 10


def site_read(_context: Context, _given: Parameters) -> bool:
    """Say that the site may be read: true, for everybody.

    CKAN itself has no longer an action of this name; the R package ckanr asks for it to see whether a site answers.
    """
    return True


def status_show(context: Context, _given: Parameters) -> dict[str, Any]:
    """Describe the site: its title, its address, and the version of CKAN whose actions it answers."""
    return {
        "ckan_version": CKAN_VERSION,
        "site_title": "ytemo",
        "site_description": "Dữ liệu y tế mở / Open health data",
        "site_url": context.links.absolute(""),
        "error_emails_to": "",
        "locale_default": "vi",
        "extensions": ["datastore"],
        "ytemo_version": datasets.__version__,
    }


def package_list(context: Context, given: Parameters) -> list[str]:
    """List the names of the datasets, in alphabetical order.

    :param limit: how many at most (optional)
    :param offset: how many to pass over (optional)
    """
    return _page(context.services.releases.datasets(), given)


def package_show(context: Context, given: Parameters) -> dict[str, Any]:
    """Describe a dataset with its resources, by its newest release.

    :param id: its name or id
    :param release: an edition (2024) or a release (2024.1) instead of the newest; the resources that can be asked then
        have the ids under which the rows of this release stay (optional; CKAN has no such parameter)
    """
    wanted = required(given, "id", "name_or_id")
    releases = context.services.releases
    name = wanted if wanted in releases.datasets() else context.directory.names.get(wanted)
    if name is None:
        raise not_found()
    release = text(given, "release", "latest") or "latest"
    try:
        shown = Shown(releases.find(name, release), releases.releases(name), context.links, release != "latest")
    except (DatasetNotFound, ReleaseNotFound):
        raise not_found() from None
    return package(shown)


def package_search(context: Context, given: Parameters) -> Any:
    """Search the datasets.

    :param q: words, in Vietnamese (marks may be left out) or English; or fields, as in fq
    :param fq: conditions such as organization:moh +res_format:CSV -tags:x metadata_modified:[2026-01-01T00:00:00Z TO *]
    :param fq_list: more of them, as a list
    :param rows: how many at most, 10 if not given, 1000 at most
    :param start: how many to pass over
    :param sort: fields with asc or desc: score, name, title, metadata_modified, metadata_created
    :param facet.field: a list of fields whose values are counted; facet.limit, facet.mincount
    :param fl: the fields to return
    """
    return found_packages(context.directory, context.services.catalog.current, given, context.now)


def current_package_list_with_resources(context: Context, given: Parameters) -> list[dict[str, Any]]:
    """List the datasets with their resources, the one that changed last first.

    :param limit: how many at most (optional)
    :param offset: how many to pass over (optional)
    """
    packages = sorted(context.directory.packages.values(), key=lambda each: str(each["name"]))
    return _page(sorted(packages, key=lambda each: str(each["metadata_modified"]), reverse=True), given, 10)


def package_autocomplete(context: Context, given: Parameters) -> list[dict[str, str]]:
    """Suggest datasets whose name or title holds a text.

    :param q: the text
    :param limit: how many at most, 10 if not given
    """
    asked, suggested = strip_marks(required(given, "q")), []
    for name, each in context.directory.packages.items():
        field = "name" if asked in name else "title"
        if field == "name" or any(asked in strip_marks(title) for title in each["title_translated"].values()):
            shown = f"{each['title']} ({name})"
            suggested.append({"name": name, "title": each["title"], "match_field": field, "match_displayed": shown})
    return suggested[: min(_MOST_LISTED, natural(given, "limit", _MOST_SUGGESTED))]


# Organisations, groups, tags ------------------------------------------------------------------------------------------


def organization_list(context: Context, given: Parameters) -> list[Any]:
    """List the publishers: their names, or with all_fields what is known of them.

    :param all_fields: true for more than names; :param limit: and :param offset: as usual
    """
    return _shelf_list(context.directory.organizations, given, "organizations")


def organization_show(context: Context, given: Parameters) -> dict[str, Any]:
    """Describe a publisher.

    :param id: its name or id; :param include_datasets: true for its datasets (optional)
    """
    found = _shelf(context.directory.organizations, given)
    owned = [each for each in context.directory.packages.values() if each["organization"]["name"] == found["name"]]
    english = {"key": "title_en", "value": found["title_translated"]["en"], "group_id": found["id"], "state": "active"}
    extras = [{**english, "id": stable_id("extra", found["name"], "title_en")}]
    return {**found, **PEOPLE, "extras": extras, **({"packages": owned} if flag(given, "include_datasets") else {})}


def group_list(context: Context, given: Parameters) -> list[Any]:
    """List the themes: their names, or with all_fields what is known of them.

    :param all_fields: true for more than names; :param limit: and :param offset: as usual
    """
    return _shelf_list(context.directory.groups, given, "groups")


def group_show(context: Context, given: Parameters) -> dict[str, Any]:
    """Describe a theme.

    :param id: its name or id; :param include_datasets: true for its datasets (optional)
    """
    found = _shelf(context.directory.groups, given)
    packages = {"packages": context.directory.having("groups", found["name"])}
    return {**found, **PEOPLE, "extras": [], **(packages if flag(given, "include_datasets") else {})}


def group_package_show(context: Context, given: Parameters) -> list[dict[str, Any]]:
    """List the datasets of a theme.

    :param id: the theme's name or id; :param limit: how many at most (optional)
    """
    return _page(context.directory.having("groups", _shelf(context.directory.groups, given)["name"]), given)


def tag_list(context: Context, given: Parameters) -> list[Any]:
    """List the keywords of both languages: their names, or with all_fields what is known of them.

    :param query: a text that they hold (optional); :param all_fields: true for more than names
    """
    asked = strip_marks(text(given, "query"))
    tags = [each for name, each in context.directory.tags.items() if asked in strip_marks(name)]
    return tags if flag(given, "all_fields") else [each["name"] for each in tags]


def tag_show(context: Context, given: Parameters) -> dict[str, Any]:
    """Describe a keyword.

    :param id: the keyword or its id; :param include_datasets: true for the datasets that have it (optional)
    """
    found = _shelf(context.directory.tags, given)
    packages = {"packages": context.directory.having("tags", found["name"])}
    return {**found, **(packages if flag(given, "include_datasets") else {})}


def tag_search(context: Context, given: Parameters) -> dict[str, Any]:
    """Search the keywords.

    :param query: a text that they hold; :param limit: and :param offset: as usual
    """
    found = tag_list(context, {**given, "all_fields": True})
    shown = [{key: each[key] for key in ("id", "name", "vocabulary_id")} for each in found]
    return {"count": len(shown), "results": _page(shown, given)}


def tag_autocomplete(context: Context, given: Parameters) -> list[str]:
    """Suggest keywords that hold a text.

    :param query: the text; :param limit: how many at most
    """
    asked = {**given, "query": text(given, "query", text(given, "q"))}
    return _page(tag_list(context, {"query": asked["query"]}), given, _MOST_SUGGESTED)


# Resources and licences -----------------------------------------------------------------------------------------------


def license_list(_context: Context, _given: Parameters) -> list[dict[str, str]]:
    """List the licences that data is published under."""
    return licence_list()


def resource_show(context: Context, given: Parameters) -> dict[str, Any]:
    """Describe a resource: a file, or a table that can be asked.

    :param id: its id, also the one under which the table of one release stays
    """
    wanted = required(given, "id")
    found = context.directory.resources.get(wanted)
    if found is not None:
        return found
    place = context.directory.tables.get(wanted)
    if place is None:
        raise not_found()
    try:
        resources = package_show(context, {"id": place.dataset, "release": place.release})["resources"]
    except ReleaseWithdrawn:
        raise not_found() from None
    tables: Iterable[dict[str, Any]] = (each for each in resources if each.get("table") == place.table)
    return next(iter(tables))


def resource_search(context: Context, given: Parameters) -> dict[str, Any]:
    """Search the resources by parts of their fields.

    :param query: one or several of field:text, such as format:csv
    :param order_by: a field to sort by; :param limit: and :param offset: as usual
    """
    asked = given.get("query")
    queries = asked if isinstance(asked, list) else [required(given, "query")]
    tests = [_resource_test(str(each)) for each in queries]
    found = [
        each
        for each in context.directory.resources.values()
        if all(wanted in strip_marks(str(each.get(field) or "")) for field, wanted in tests)
    ]
    order = text(given, "order_by")
    if order:
        found.sort(key=lambda each: str(each.get(order) or ""))
    return {"count": len(found), "results": _page(found, given)}


def _resource_test(query: str) -> tuple[str, str]:
    field, colon, wanted = query.partition(":")
    known = ("id", "name", "description", "format", "url", "hash", "mimetype", "package_id", "table", "release")
    if not colon or field not in known:
        raise invalid_field(
            query=[f'Field "{field[:60]}" not recognised in resource_search. Known: {", ".join(known)}']
        )
    return field, strip_marks(wanted)


def format_autocomplete(context: Context, given: Parameters) -> list[str]:
    """Suggest formats that begin with a text.

    :param q: the text
    """
    formats = {str(each["format"]).lower() for each in context.directory.resources.values()}
    return sorted(each for each in formats if each.startswith(required(given, "q").lower()))


def nothing_listed(_context: Context, _given: Parameters) -> list[Any]:
    """List what this portal has none of."""
    return []


def people(_context: Context, _given: Parameters) -> Any:
    """Refuse to name users: the public portal knows of none."""
    raise denied("This portal names no users. Ask the contact of a dataset: maintainer_email of package_show")


# Lists ----------------------------------------------------------------------------------------------------------------


def _page(found: Iterable[Any], given: Parameters, default: int | None = None) -> list[Any]:
    limit, offset = integer(given, "limit", default), natural(given, "offset", 0)
    if limit is not None and limit < 0:
        raise invalid_field(limit=["Must be a natural number"])
    every = list(found)
    return every[offset:] if limit is None else every[offset : offset + limit]


def _shelf_list(found: Mapping[str, Mapping[str, Any]], given: Parameters, names: str) -> list[Any]:
    wanted = names_of(given, names)
    shown = [each for name, each in found.items() if not wanted or name in wanted]
    if not flag(given, "all_fields"):
        return _page([each["name"] for each in shown], given)
    extras: dict[str, Any] = {"extras": []} if flag(given, "include_extras") else {}
    return _page([{**each, **extras} for each in shown], given)


def _shelf(found: Mapping[str, Mapping[str, Any]], given: Parameters) -> Mapping[str, Any]:
    wanted = required(given, "id")
    by_id = next((each for each in found.values() if each["id"] == wanted), None)
    result = found.get(wanted) or by_id
    if result is None:
        raise not_found()
    return result
