"""What a CKAN of tests knows of organisations, packages and resources; its errors are worded as CKAN words them."""

# ruff: noqa: ARG002  every action is called alike: with the user and what is asked

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_LICENCES = {
    "cc-by": "Creative Commons Attribution",
    "cc-by-sa": "Creative Commons Attribution Share-Alike",
    "cc-zero": "Creative Commons CCZero",
    "odc-by": "Open Data Commons Attribution License",
}
_NAME = re.compile(r"[a-z0-9_-]{2,100}")
_TAG = re.compile(r"[\w \-.]*")


class Failure(Exception):
    """An error as CKAN writes it into its envelope."""

    def __init__(self, status: int, kind: str, **told: Any) -> None:
        super().__init__(kind)
        self.status, self.error = status, {**told, "__type": kind}


def invalid(**told: Any) -> Failure:
    """Return the error of CKAN for what it does not take."""
    return Failure(409, "Validation Error", **told)


def missing(message: str = "Not found") -> Failure:
    """Return the error of CKAN for what is not there."""
    return Failure(404, "Not Found Error", message=message)


def denied(message: str) -> Failure:
    """Return the error of CKAN for what somebody may not do."""
    return Failure(403, "Authorization Error", message=f"Access denied: {message}")


def now() -> str:
    """Return this moment as CKAN writes it, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


@dataclass
class Packages:
    """Organisations and packages by their names, and the rows of resources by their ids."""

    address: str = ""
    organizations: dict[str, dict[str, Any]] = field(default_factory=dict)
    packages: dict[str, dict[str, Any]] = field(default_factory=dict)
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)

    # Organisations ----------------------------------------------------------------------------------------------------

    def organization_create(self, user: str, asked: dict[str, Any], kind: str = "organization") -> Any:
        self._signed_in(user, f"User None not authorized to create {kind}s")
        name = self._name(asked)
        if name in self.organizations:
            raise invalid(name=["Group name already exists in database"])
        made = {
            "approval_status": "approved", "created": now(), "description": asked.get("description", ""),
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
        raise missing()

    # Packages ---------------------------------------------------------------------------------------------------------

    def package_create(self, user: str, asked: dict[str, Any]) -> Any:
        self._signed_in(user, "User  not authorized to create packages")
        if not isinstance(asked.get("resources", []), list):
            message = "Only lists of dicts can be placed against subschema ('resources',), not <class 'str'>"
            raise Failure(400, "Integrity Error", message=message, data={**asked, "type": "dataset"})
        name = self._name(asked, taken="That URL is already in use.")
        package = {"id": str(uuid.uuid4()), "metadata_created": now(), "creator_user_id": _user("admin")["id"]}
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
            "resources": resources, "num_resources": len(resources), "metadata_modified": now(),
            "relationships_as_subject": [], "relationships_as_object": [],
        }  # fmt: skip

    def _owner(self, asked: Mapping[str, Any], user: str) -> dict[str, Any]:
        if not asked.get("owner_org"):
            raise invalid(owner_org=["An organization must be provided"])
        try:
            owner = self._organization(asked["owner_org"])
        except Failure:
            raise invalid(owner_org=["Organization does not exist"]) from None
        if user == "plain":
            raise denied("User plain not authorized to add dataset to this organization")
        return owner

    def package_show(self, user: str, asked: dict[str, Any]) -> Any:
        if not asked.get("id"):
            raise invalid(name_or_id=["Missing value"])
        package = self._held(asked["id"])
        if user != "admin" and (package["state"] == "deleted" or package["private"]):
            raise denied(f"User {user} not authorized to read package {package['id']}")
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
            raise missing("Not found: Dataset was not found") from None

    def _held(self, given: object) -> dict[str, Any]:
        for each in self.packages.values():
            if given in (each["id"], each["name"]):
                return each
        raise missing()

    def _may_edit(self, user: str, package: Mapping[str, Any]) -> None:
        if user != "admin":
            raise denied(f"User {user} not authorized to edit package {package['id']}")

    def _name(self, asked: Mapping[str, Any], taken: str = "") -> str:
        if not asked.get("name"):
            raise invalid(name=["Missing value"])
        name = str(asked["name"])
        if not _NAME.fullmatch(name):
            raise invalid(name=["Must be purely lowercase alphanumeric (ascii) characters and these symbols: -_"])
        if taken and name in self.packages:
            raise invalid(name=[taken])
        return name

    def _signed_in(self, user: str, message: str) -> None:
        if not user:
            raise denied(message)

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
            # The flag of the datastore is kept as it was sent, whether there are rows or not.
            **dict.fromkeys(empty), "hash": "", "created": now(), "state": "active", "datastore_active": False,
            "mimetype": known.get(kind.lower()),
            **asked, "id": identifier, "package_id": package, "position": position, "url": url,
            "format": kind.upper() if kind.isascii() else kind, "metadata_modified": now(),
        }  # fmt: skip

    def resource_create(self, user: str, asked: dict[str, Any]) -> Any:
        if not asked.get("package_id"):
            raise invalid(package_id=["Missing value"])
        package = self._held(asked["package_id"])
        if user != "admin":
            raise denied(f"User {user} not authorized to create resources on dataset {package['name']}")
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
        base = held if patch else {key: held[key] for key in ("created", "position", "datastore_active")}
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
        raise missing()


def _user(name: str) -> dict[str, Any]:
    return {
        "about": None, "activity_streams_email_notifications": False, "capacity": "admin", "created": now(),
        "display_name": name, "email_hash": "0" * 32, "fullname": None, "id": str(uuid.uuid5(uuid.NAMESPACE_DNS, name)),
        "image_display_url": None, "image_url": None, "last_active": now(), "name": name,
        "number_created_packages": 0, "state": "active", "sysadmin": name == "admin",
    }  # fmt: skip


def _tags(asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = sorted({each["name"] for each in asked.get("tags") or []})
    wrong = [f'Tag "{name}" length is less than minimum 2' for name in names if len(name) < 2]
    allowed = 'can only contain alphanumeric characters, spaces (" "), hyphens ("-"), underscores ("_") or dots (".")'
    wrong += [f'Tag "{name}" {allowed}' for name in names if not _TAG.fullmatch(name)]
    wrong += [f'Tag "{name}" length is more than maximum 100' for name in names if len(name) > 100]
    if wrong:
        raise invalid(tags=wrong)
    identifiers = {name: str(uuid.uuid5(uuid.NAMESPACE_DNS, name)) for name in names}
    shared = {"state": "active", "vocabulary_id": None}
    return [{"display_name": name, "id": identifiers[name], "name": name, **shared} for name in names]


def _extras(asked: Mapping[str, Any]) -> list[dict[str, str]]:
    extras = [{"key": each["key"], "value": each["value"]} for each in asked.get("extras") or []]
    keys = [each["key"] for each in extras]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise invalid(extras_validation=[f'Duplicate key "{key}"' for key in twice])
    if any(not each["value"] for each in extras):
        raise invalid(extras=[{"value": ["Missing value"]}])
    return sorted(extras, key=lambda each: each["key"])


def _uploaded(asked: Mapping[str, Any]) -> dict[str, Any]:
    given = dict(asked)
    upload = given.pop("upload", None)
    if upload is None:
        return given
    name = re.sub(r"[^a-z0-9.]+", "-", upload[0].lower())
    return {**given, "url": name, "url_type": "upload", "size": len(upload[1]), "last_modified": now(),
            "mimetype": "text/csv"}  # fmt: skip
