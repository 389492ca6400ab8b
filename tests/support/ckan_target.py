"""A CKAN that can be written to, on loopback: organisations, packages, resources and the datastore, kept in memory.

It answers as a real CKAN 2.12 was recorded to answer; the recorded calls are replayed against it in
``tests/e2e/test_mirror.py``, so that the mirror is not tested against its own author's belief of CKAN.
"""

# ruff: noqa: ARG002  every action is called alike: with the user and what is asked

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

ADMIN_TOKEN = "admin-token-of-the-target"
PLAIN_TOKEN = "plain-token-of-the-target"
_USERS = {ADMIN_TOKEN: "admin", PLAIN_TOKEN: "plain"}
READS = {
    "status_show", "organization_show", "organization_list", "group_show", "package_show", "package_list",
    "resource_show", "datastore_search", "datastore_info",
}  # fmt: skip
_LICENCES = {
    "cc-by": "Creative Commons Attribution",
    "cc-by-sa": "Creative Commons Attribution Share-Alike",
    "cc-zero": "Creative Commons CCZero",
    "odc-by": "Open Data Commons Attribution License",
}
_NAME = re.compile(r"[a-z0-9_-]{2,100}")
_TAG = re.compile(r"[\w \-.]*")
_TYPES = {"int": "int4", "int4": "int4", "int8": "int8", "text": "text", "numeric": "numeric", "timestamp": "timestamp",
          "bool": "bool", "json": "json", "_text": "_text", "float8": "float8", "date": "date"}  # fmt: skip
_WHOLE = {"int4": "integer", "int8": "bigint"}


class Failure(Exception):
    """An error as CKAN writes it into its envelope."""

    def __init__(self, status: int, kind: str, **told: Any) -> None:
        super().__init__(kind)
        self.status, self.error = status, {**told, "__type": kind}


def _invalid(**told: Any) -> Failure:
    return Failure(409, "Validation Error", **told)


def _missing(message: str = "Not found") -> Failure:
    return Failure(404, "Not Found Error", message=message)


def _denied(message: str) -> Failure:
    return Failure(403, "Authorization Error", message=f"Access denied: {message}")


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


@dataclass
class Call:
    """One call that arrived."""

    action: str
    asked: dict[str, Any]
    headers: Mapping[str, str]
    status: int = 0


@dataclass
class Ckan:
    """What the target holds, and the calls that it was sent; ``fault`` may spoil a call or the answer to it."""

    address: str = ""
    organizations: dict[str, dict[str, Any]] = field(default_factory=dict)
    packages: dict[str, dict[str, Any]] = field(default_factory=dict)
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    fault: Callable[[Call], str] = field(default=lambda _: "")
    lock: threading.RLock = field(default_factory=threading.RLock)

    def writes(self) -> list[Call]:
        """Return the calls that change something, whatever came of them."""
        return [call for call in self.calls if call.action not in READS]

    def state(self) -> dict[str, Any]:
        """Return all that is held, without what differs from one installation to another: ids and moments."""
        ids = [each["id"] for each in (*self.organizations.values(), *self.packages.values())]
        ids += [each["id"] for package in self.packages.values() for each in package["resources"]]
        names = [f"organisation {name}" for name in self.organizations] + [f"package {name}" for name in self.packages]
        names += [
            f"resource {package['name']} {each.get('ytemo_file') or each['name']}"
            for package in self.packages.values()
            for each in package["resources"]
        ]
        text = json.dumps([self.organizations, self.packages, self.tables], sort_keys=True)
        for identifier, name in zip(ids, names, strict=True):
            text = text.replace(identifier, name)
        organizations, packages, tables = json.loads(re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", "moment", text))
        return {"organizations": organizations, "packages": packages, "tables": tables}

    # Organisations ----------------------------------------------------------------------------------------------------

    def organization_create(self, user: str, asked: dict[str, Any], kind: str = "organization") -> Any:
        self._signed_in(user, f"User None not authorized to create {kind}s")
        name = self._name(asked)
        if name in self.organizations:
            raise _invalid(name=["Group name already exists in database"])
        made = {
            "approval_status": "approved", "created": _now(), "description": asked.get("description", ""),
            "display_name": asked.get("title") or name, "id": str(uuid.uuid4()), "image_display_url": "",
            "image_url": "", "is_organization": kind == "organization", "name": name, "num_followers": 0,
            "package_count": 0, "state": "active", "title": asked.get("title", ""), "type": kind,
            "extras": [{"key": each["key"], "value": each["value"]} for each in asked.get("extras", [])],
            "users": [_user(user)], "groups": [], "tags": [], "packages": [],
        }  # fmt: skip
        self.organizations[name] = made
        return made

    def group_create(self, user: str, asked: dict[str, Any]) -> Any:
        return self.organization_create(user, asked, "group")

    def organization_show(self, user: str, asked: dict[str, Any]) -> Any:
        return self._organization(asked.get("id"))

    def organization_patch(self, user: str, asked: dict[str, Any]) -> Any:
        held = self._organization(asked.get("id"))
        held.update({key: value for key, value in asked.items() if key != "id"})
        held["display_name"] = held["title"] or held["name"]
        return held

    def organization_update(self, user: str, asked: dict[str, Any]) -> Any:
        return self.organization_patch(user, {"extras": [], **asked})

    def organization_list(self, user: str, asked: dict[str, Any]) -> Any:
        return sorted(self.organizations)

    def organization_purge(self, user: str, asked: dict[str, Any]) -> Any:
        self.organizations.pop(self._organization(asked.get("id"))["name"])

    group_purge = organization_purge

    def _organization(self, given: object) -> dict[str, Any]:
        for each in self.organizations.values():
            if given in (each["id"], each["name"]):
                return each
        raise _missing()

    # Packages ---------------------------------------------------------------------------------------------------------

    def package_create(self, user: str, asked: dict[str, Any]) -> Any:
        self._signed_in(user, "User  not authorized to create packages")
        if not isinstance(asked.get("resources", []), list):
            message = "Only lists of dicts can be placed against subschema ('resources',), not <class 'str'>"
            raise Failure(400, "Integrity Error", message=message, data={**asked, "type": "dataset"})
        name = self._name(asked, taken="That URL is already in use.")
        package = {"id": str(uuid.uuid4()), "metadata_created": _now(), "creator_user_id": _user("admin")["id"]}
        self.packages[name] = self._package(package, asked, user)
        return self.packages[name]

    def _package(self, base: dict[str, Any], asked: dict[str, Any], user: str) -> dict[str, Any]:
        owner, tags, extras = self._owner(asked, user), _tags(asked), _extras(asked)
        texts = ("author", "author_email", "maintainer", "maintainer_email", "notes", "url", "version", "license_id")
        licence = asked.get("license_id")
        title = _LICENCES.get(str(licence))
        groups = [self._organization(each.get("name") or each.get("id")) for each in asked.get("groups") or []]
        kept = ("description", "display_name", "id", "image_display_url", "name", "title")
        shown = ("id", "name", "title", "type", "description", "image_url", "created", "is_organization",
                 "approval_status", "state")  # fmt: skip
        resources = [
            self._resource(each, base["id"], position) for position, each in enumerate(asked.get("resources") or [])
        ]
        return {
            **base,
            **{key: asked.get(key) for key in texts},
            "name": asked["name"], "title": asked.get("title") or asked["name"], "type": "dataset",
            "isopen": title is not None, "license_title": title or licence,
            **({"license_url": f"http://www.opendefinition.org/licenses/{licence}"} if title else {}),
            "organization": {key: owner[key] for key in shown}, "owner_org": owner["id"],
            "private": bool(asked.get("private")), "state": asked.get("state") or "active",
            "extras": extras, "tags": tags, "num_tags": len(tags),
            "groups": [{key: each[key] for key in kept} for each in groups],
            "resources": resources, "num_resources": len(resources), "metadata_modified": _now(),
            "relationships_as_subject": [], "relationships_as_object": [],
        }  # fmt: skip

    def _owner(self, asked: Mapping[str, Any], user: str) -> dict[str, Any]:
        if not asked.get("owner_org"):
            raise _invalid(owner_org=["An organization must be provided"])
        try:
            owner = self._organization(asked["owner_org"])
        except Failure:
            raise _invalid(owner_org=["Organization does not exist"]) from None
        if user == "plain":
            raise _denied("User plain not authorized to add dataset to this organization")
        return owner

    def package_show(self, user: str, asked: dict[str, Any]) -> Any:
        if not asked.get("id"):
            raise _invalid(name_or_id=["Missing value"])
        package = self._held(asked["id"])
        if user != "admin" and (package["state"] == "deleted" or package["private"]):
            raise _denied(f"User {user} not authorized to read package {package['id']}")
        return package

    def package_list(self, user: str, asked: dict[str, Any]) -> Any:
        return sorted(name for name, each in self.packages.items() if each["state"] == "active" and not each["private"])

    def package_update(self, user: str, asked: dict[str, Any]) -> Any:
        held = self._held(asked.get("id") or asked.get("name"))
        self._may_edit(user, held)
        kept = {key: held[key] for key in ("id", "metadata_created", "creator_user_id")}
        updated = self._package(kept, {"name": held["name"], **asked}, user)
        gone = {each["id"] for each in held["resources"]} - {each["id"] for each in updated["resources"]}
        # CKAN leaves the rows of a resource that an update leaves out: nobody sees them, and they stay.
        updated["orphans"] = sorted({*held.get("orphans", []), *(each for each in gone if each in self.tables)})
        if not updated["orphans"]:
            del updated["orphans"]
        self.packages[held["name"]] = updated
        return updated

    def package_patch(self, user: str, asked: dict[str, Any]) -> Any:
        held = self._held(asked.get("id"))
        return self.package_update(user, {**held, **asked, "id": held["id"]})

    def package_delete(self, user: str, asked: dict[str, Any]) -> Any:
        held = self._held(asked.get("id"))
        self._may_edit(user, held)
        held["state"] = "deleted"

    def dataset_purge(self, user: str, asked: dict[str, Any]) -> Any:
        if user != "admin":
            raise Failure(403, "Authorization Error", message="Access denied")
        try:
            del self.packages[self._held(asked.get("id"))["name"]]
        except Failure:
            raise _missing("Not found: Dataset was not found") from None

    def _held(self, given: object) -> dict[str, Any]:
        for each in self.packages.values():
            if given in (each["id"], each["name"]):
                return each
        raise _missing()

    def _may_edit(self, user: str, package: Mapping[str, Any]) -> None:
        if user != "admin":
            raise _denied(f"User {user} not authorized to edit package {package['id']}")

    def _name(self, asked: Mapping[str, Any], taken: str = "") -> str:
        if not asked.get("name"):
            raise _invalid(name=["Missing value"])
        name = str(asked["name"])
        if not _NAME.fullmatch(name):
            raise _invalid(name=["Must be purely lowercase alphanumeric (ascii) characters and these symbols: -_"])
        if taken and name in self.packages:
            raise _invalid(name=[taken])
        return name

    def _signed_in(self, user: str, message: str) -> None:
        if not user:
            raise _denied(message)

    # Resources --------------------------------------------------------------------------------------------------------

    def _resource(self, asked: Mapping[str, Any], package: str, position: int) -> dict[str, Any]:
        known = {"csv": "text/csv", "json": "application/json"}
        kind = str(asked.get("format") or "")
        identifier = asked.get("id") or str(uuid.uuid4())
        url = asked.get("url", "")
        if asked.get("url_type") == "upload":
            url = f"{self.address}/dataset/{package}/resource/{identifier}/download/{str(url).rpartition('/')[2]}"
        empty = ("cache_last_updated", "cache_url", "description", "last_modified", "mimetype_inner", "name",
                 "resource_type", "size", "url_type")  # fmt: skip
        return {
            **dict.fromkeys(empty), "hash": "", "created": _now(), "state": "active",
            "mimetype": known.get(kind.lower()),
            **asked, "id": identifier, "package_id": package, "position": position, "url": url,
            "format": kind.upper() if kind.isascii() else kind, "metadata_modified": _now(),
            "datastore_active": identifier in self.tables,
        }  # fmt: skip

    def resource_create(self, user: str, asked: dict[str, Any]) -> Any:
        if not asked.get("package_id"):
            raise _invalid(package_id=["Missing value"])
        package = self._held(asked["package_id"])
        if user != "admin":
            raise _denied(f"User {user} not authorized to create resources on dataset {package['name']}")
        made = self._resource(_uploaded(asked), package["id"], len(package["resources"]))
        package["resources"].append(made)
        package["num_resources"] += 1
        return made

    def resource_show(self, user: str, asked: dict[str, Any]) -> Any:
        return self._file(asked.get("id"))[1]

    def resource_patch(self, user: str, asked: dict[str, Any]) -> Any:
        return self._changed(user, asked, patch=True)

    def resource_update(self, user: str, asked: dict[str, Any]) -> Any:
        return self._changed(user, asked, patch=False)

    def _changed(self, user: str, asked: dict[str, Any], *, patch: bool) -> Any:
        package, held = self._file(asked.get("id"))
        self._may_edit(user, package)
        base = held if patch else {"created": held["created"], "position": held["position"]}
        changed = self._resource({**base, **_uploaded(asked)}, package["id"], held["position"])
        package["resources"][package["resources"].index(held)] = changed
        return changed

    def resource_delete(self, user: str, asked: dict[str, Any]) -> Any:
        package, held = self._file(asked.get("id"))
        self._may_edit(user, package)
        package["resources"].remove(held)
        package["num_resources"] -= 1
        self.tables.pop(held["id"], None)

    def _file(self, given: object) -> tuple[dict[str, Any], dict[str, Any]]:
        for package in self.packages.values():
            for each in package["resources"]:
                if each["id"] == given:
                    return package, each
        raise _missing()

    # Datastore --------------------------------------------------------------------------------------------------------

    def datastore_create(self, user: str, asked: dict[str, Any]) -> Any:
        if not asked.get("resource_id") and not asked.get("resource"):
            raise _invalid(resource_id=["resource_id or resource required"])
        fields = [_field_of(each, asked.get("records") or []) for each in asked.get("fields") or []]
        resource = self._datastore_resource(user, asked)
        key = asked.get("primary_key") or []
        if key and ",".join(key) in asked.get("indexes", []):
            raise Failure(500, "Internal Server Error", message="Internal Server Error")
        held = self.tables.get(resource["id"])
        table = deepcopy(held) if held else {"fields": fields, "key": key, "records": []}
        inserted = _insert(table, asked.get("records") or [], "insert")
        self.tables[resource["id"]] = table
        resource["datastore_active"] = True
        answer: dict[str, Any] = {key: asked[key] for key in ("aliases", "indexes", "primary_key") if key in asked}
        if asked.get("include_records"):
            answer["records"] = inserted
        shown = [{**each, "type": asked_for} for each, asked_for in zip(fields, _asked_types(asked), strict=True)]
        if "resource" in asked:
            answer["resource"] = {**asked["resource"], "url": "_datastore_only_resource"}
        return {
            **answer, "calculate_record_count": "background", "delete_fields": False, "fields": shown,
            "resource_id": resource["id"], "method": "insert",
        }  # fmt: skip

    def _datastore_resource(self, user: str, asked: dict[str, Any]) -> dict[str, Any]:
        if "resource" in asked:
            url = {"url": "_datastore_only_resource", "url_type": "datastore"}
            made: dict[str, Any] = self.resource_create(user, {**asked["resource"], **url})
            return made
        return self._writable(user, asked, _invalid(resource_id=[f"Resource not found: {asked['resource_id']}"]))

    def _writable(self, user: str, asked: Mapping[str, Any], missing: Failure) -> dict[str, Any]:
        identifier = asked.get("resource_id")
        try:
            _, resource = self._file(identifier)
        except Failure:
            raise missing from None
        if user != "admin":
            raise _denied(f"User {user} not authorized to perform resource_update on resource {identifier}")
        if not asked.get("force") and resource["url_type"] != "datastore":
            words = "Cannot edit read-only resource because changes made may be lost. Use a resource created for"
            raise _invalid(**{"read-only": [f'{words} editing e.g. with datastore_create or use "force=True"']})
        return resource

    def datastore_upsert(self, user: str, asked: dict[str, Any]) -> Any:
        resource = self._writable(user, asked, _missing())
        method = asked.get("method", "upsert")
        table = deepcopy(self._table(resource["id"]))
        changed = _insert(table, asked.get("records") or [], method)
        if not asked.get("dry_run"):
            self.tables[resource["id"]] = table
        return {
            "calculate_record_count": "background", "method": method, "resource_id": resource["id"],
            **({"dry_run": True} if asked.get("dry_run") else {}),
            **({"records": [_nested(table, each) for each in changed]} if asked.get("include_records") else {}),
        }  # fmt: skip

    def datastore_delete(self, user: str, asked: dict[str, Any]) -> Any:
        resource = self._writable(user, asked, _missing())
        table = self._table(resource["id"])
        if filters := asked.get("filters"):
            found = [each for each in table["records"] if all(each[key] == value for key, value in filters.items())]
            table["records"] = [each for each in table["records"] if each not in found]
            operations = [{"op": "eq", "field": key, "value": value} for key, value in filters.items()]
            return {"resource_id": resource["id"], "filters": filters, "filterops": operations[0]}
        del self.tables[resource["id"]]
        resource["datastore_active"] = False
        return {"resource_id": resource["id"]}

    def datastore_records_delete(self, user: str, asked: dict[str, Any]) -> Any:
        return self.datastore_delete(user, {"filters": {}, **asked})

    def datastore_search(self, user: str, asked: dict[str, Any]) -> Any:
        if not asked.get("resource_id"):
            raise _invalid(resource_id=["Missing value"])
        table = self._table(asked["resource_id"])
        limit, offset = int(asked.get("limit", 100)), int(asked.get("offset", 0))
        return {
            "include_next_page": False, "include_total": True, "limit": limit, "records_format": "objects",
            "resource_id": asked["resource_id"], "records": table["records"][offset : offset + limit],
            **{key: asked[key] for key in ("offset", "sort") if key in asked},
            "fields": [{"id": "_id", "type": "int"}, *table["fields"]], "total": len(table["records"]),
        }  # fmt: skip

    def datastore_info(self, user: str, asked: dict[str, Any]) -> Any:
        table = self._table(asked.get("id"), "Resource/Alias")
        native = [{**each, "schema": _native(each, table["key"])} for each in table["fields"]]
        meta = {"id": asked["id"], "count": len(table["records"]), "table_type": "BASE TABLE", "size": 8192,
                "db_size": 1 << 20, "idx_size": 8192, "aliases": ["g_alias"]}  # fmt: skip
        return {"fields": native, "meta": meta}

    def _table(self, resource: object, kind: str = "Resource") -> dict[str, Any]:
        if resource not in self.tables:
            raise _missing(f'Not found: {kind} "{resource}" was not found.')
        return self.tables[str(resource)]

    def status_show(self, user: str, asked: dict[str, Any]) -> Any:
        return {"ckan_version": "2.12.0", "site_title": "Target", "site_description": "", "site_url": self.address,
                "error_emails_to": "", "locale_default": "en", "extensions": ["datastore"]}  # fmt: skip


def _user(name: str) -> dict[str, Any]:
    return {
        "about": None, "activity_streams_email_notifications": False, "capacity": "admin", "created": _now(),
        "display_name": name, "email_hash": "0" * 32, "fullname": None, "id": str(uuid.uuid5(uuid.NAMESPACE_DNS, name)),
        "image_display_url": None, "image_url": None, "last_active": _now(), "name": name,
        "number_created_packages": 0, "state": "active", "sysadmin": name == "admin",
    }  # fmt: skip


def _tags(asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = sorted({each["name"] for each in asked.get("tags") or []})
    wrong = [f'Tag "{name}" length is less than minimum 2' for name in names if len(name) < 2]
    allowed = 'can only contain alphanumeric characters, spaces (" "), hyphens ("-"), underscores ("_") or dots (".")'
    wrong += [f'Tag "{name}" {allowed}' for name in names if not _TAG.fullmatch(name)]
    wrong += [f'Tag "{name}" length is more than maximum 100' for name in names if len(name) > 100]
    if wrong:
        raise _invalid(tags=wrong)
    identifiers = {name: str(uuid.uuid5(uuid.NAMESPACE_DNS, name)) for name in names}
    shared = {"state": "active", "vocabulary_id": None}
    return [{"display_name": name, "id": identifiers[name], "name": name, **shared} for name in names]


def _extras(asked: Mapping[str, Any]) -> list[dict[str, str]]:
    extras = [{"key": each["key"], "value": each["value"]} for each in asked.get("extras") or []]
    keys = [each["key"] for each in extras]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise _invalid(extras_validation=[f'Duplicate key "{key}"' for key in twice])
    if any(not each["value"] for each in extras):
        raise _invalid(extras=[{"value": ["Missing value"]}])
    return sorted(extras, key=lambda each: each["key"])


def _uploaded(asked: Mapping[str, Any]) -> dict[str, Any]:
    given = dict(asked)
    upload = given.pop("upload", None)
    if upload is None:
        return given
    name = re.sub(r"[^a-z0-9.]+", "-", upload[0].lower())
    return {**given, "url": name, "url_type": "upload", "size": len(upload[1]), "last_modified": _now(),
            "mimetype": "text/csv"}  # fmt: skip


def _field_of(asked: Mapping[str, Any], records: list[dict[str, Any]]) -> dict[str, Any]:
    name = str(asked["id"])
    if name.startswith("_") or '"' in name:
        raise _invalid(fields=[{"id": [f'"{name}" is not a valid field name']}])
    kind = asked.get("type") or ("int" if records and isinstance(records[0].get(name), int) else "text")
    if kind not in _TYPES:
        raise _invalid(fields=[f'"{kind}" is not a valid field type'])
    return {**asked, "id": name, "type": _TYPES[kind]}


def _asked_types(asked: Mapping[str, Any]) -> list[str]:
    return [
        each.get("type") or _field_of(each, asked.get("records") or [])["type"].removesuffix("4")
        for each in asked.get("fields") or []
    ]


def _insert(table: dict[str, Any], records: list[dict[str, Any]], method: str) -> list[dict[str, Any]]:
    """Put rows into a table, as one transaction: the table given is a copy."""
    kinds = {each["id"]: each["type"] for each in table["fields"]}
    changed = []
    index = {tuple(map(str, _key(table, each))): each for each in table["records"]}
    for number, record in enumerate(records):
        extra = set(record) - set(kinds)
        if extra:
            raise _invalid(records=[f'row "{number + 1}" has extra keys "{", ".join(sorted(extra))}"'])
        for name, value in record.items():
            if kinds[name] in _WHOLE and value is not None and not isinstance(value, int):
                rule = f'invalid input syntax for type {_WHOLE[kinds[name]]}: "{value}"'
                raise _invalid(records=[rule], records_row=number)
        key = tuple(map(str, _key(table, record)))
        held = index.get(key) if key else None
        if held is not None and method == "insert":
            raise _invalid(records=["duplicate key value violates unique constraint"], records_row=number)
        if held is None and method == "update":
            raise _invalid(key=[f'key "{key}" not found'])
        if held is None:
            held = {"_id": len(table["records"]) + 1, **dict.fromkeys(kinds)}
            table["records"].append(held)
            index[key] = held
        held.update(record)
        changed.append(held)
    return changed


def _key(table: Mapping[str, Any], record: Mapping[str, Any]) -> list[Any]:
    return [record.get(name) for name in table["key"]]


def _nested(table: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    nested = {each["id"] for each in table["fields"] if each["type"] == "json"}
    return {key: {"json": json.dumps(value), "extra": ""} if key in nested else value for key, value in record.items()}


def _native(asked: Mapping[str, Any], key: list[str]) -> dict[str, Any]:
    indexed = asked["id"] in key
    return {"native_type": asked["type"], "notnull": False, "index_name": "0" * 40 if indexed else None,
            "is_index": indexed, "uniquekey": False}  # fmt: skip


# Over HTTP ------------------------------------------------------------------------------------------------------------


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    ckan: Ckan

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("multipart/"):
            self._act(_parts(kind, body))
            return
        try:
            asked = json.loads(body or b"{}")
        except ValueError:
            self._send(400, "Bad request: JSON Error: Error decoding JSON data.")
            return
        if isinstance(asked, dict):
            self._act(asked)
        else:
            self._send(400, "Bad request: Request data JSON decoded to list but it needs to be a dictionary.")

    def do_GET(self) -> None:
        asked = dict(parse_qsl(urlsplit(self.path).query))
        if self._action() in READS or not hasattr(self.ckan, self._action()):
            self._act(asked)
        else:
            self._send(400, "Bad request: JSON Error: Invalid request. Please use POST method for your request")

    def _action(self) -> str:
        found = re.fullmatch(r"/api/(?:3/)?action/([a-z_]+)", urlsplit(self.path).path)
        return found[1] if found else "?"

    def _act(self, asked: dict[str, Any]) -> None:
        name = self._action()
        action = getattr(self.ckan, name, None) if "_" in name and not name.startswith("_") else None
        if action is None:
            self._send(400, f"Bad request: Action name not known: {name}")
            return
        call = Call(name, asked, dict(self.headers.items()))
        self.ckan.calls.append(call)
        fault = self.ckan.fault(call)
        if fault.startswith("before:"):
            self._spoil(fault.removeprefix("before:"), b"")
            return
        status, answer = self._answer(action, asked)
        call.status = status
        if fault:
            self._spoil(fault, json.dumps(answer).encode())
        else:
            self._send(status, answer)

    def _answer(self, action: Callable[[str, dict[str, Any]], Any], asked: dict[str, Any]) -> tuple[int, Any]:
        envelope = {"help": f"{self.ckan.address}/api/3/action/help_show?name={self._action()}"}
        user = _USERS.get(self.headers.get("Authorization", ""), "")
        with self.ckan.lock:
            try:
                # What is answered must not change with what is held, nor what is held with what was sent.
                result = deepcopy(action(user, deepcopy(asked)))
            except Failure as failure:
                return failure.status, {**envelope, "success": False, "error": failure.error}
        changed = {"changed_entities": {"packages": [result["id"]]}} if self._action() == "package_update" else {}
        return 200, {**envelope, "success": True, "result": result, **changed}

    def _spoil(self, fault: str, body: bytes) -> None:
        """Answer as a broken server does: ``500``, ``429;7`` (wait), ``cut`` in the middle, ``slow``, or ``gone``."""
        self.close_connection = True
        status, _, wait = fault.partition(";")
        if status.isdigit():
            told = {"success": False, "error": {"__type": "Internal Server Error", "message": status}}
            self._raw(int(status), json.dumps(told).encode(), wait)
        elif fault == "cut":
            self._raw(200, body[: len(body) // 2])
        elif fault == "slow":
            time.sleep(1.0)

    def _send(self, status: int, answer: Any) -> None:
        self._raw(status, json.dumps(answer).encode())

    def _raw(self, status: int, body: bytes, wait: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json;charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if wait:
            self.send_header("Retry-After", wait)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  as the library calls it
        """Print nothing."""


def _parts(kind: str, body: bytes) -> dict[str, Any]:
    message: Any = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    found: dict[str, Any] = {}
    for part in message.iter_parts():
        name, file = str(part.get_param("name", header="content-disposition")), part.get_filename()
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found[name] = (file, content) if file else content.decode()
    return found


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up."""


@contextmanager
def ckan_target() -> Iterator[Ckan]:
    """Run an empty CKAN on a free port of this machine."""
    ckan = Ckan()
    handler = type("Handler", (_Handler,), {"ckan": ckan})
    server = _Server(("127.0.0.1", 0), handler)
    ckan.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield ckan
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
