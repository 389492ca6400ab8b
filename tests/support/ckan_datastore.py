"""What a CKAN of tests knows of the datastore: tables with keys, filled in transactions."""

# ruff: noqa: ARG002  every action is called alike: with the user and what is asked

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from tests.support.ckan_packages import Failure, Packages, denied, invalid, missing

_TYPES = {"int": "int4", "int4": "int4", "int8": "int8", "text": "text", "numeric": "numeric", "timestamp": "timestamp",
          "bool": "bool", "json": "json", "_text": "_text", "float8": "float8", "date": "date"}  # fmt: skip
_WHOLE = {"int4": "integer", "int8": "bigint"}


class Datastore(Packages):
    """The rows of resources."""

    def datastore_create(self, user: str, asked: dict[str, Any]) -> Any:
        if not asked.get("resource_id") and not asked.get("resource"):
            raise invalid(resource_id=["resource_id or resource required"])
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
        return self._writable(user, asked, invalid(resource_id=[f"Resource not found: {asked['resource_id']}"]))

    def _writable(self, user: str, asked: Mapping[str, Any], missing: Failure) -> dict[str, Any]:
        identifier = asked.get("resource_id")
        try:
            _, resource = self._file(identifier)
        except Failure:
            raise missing from None
        if user != "admin":
            raise denied(f"User {user} not authorized to perform resource_update on resource {identifier}")
        if not asked.get("force") and resource["url_type"] != "datastore":
            words = "Cannot edit read-only resource because changes made may be lost. Use a resource created for"
            raise invalid(**{"read-only": [f'{words} editing e.g. with datastore_create or use "force=True"']})
        return resource

    def datastore_upsert(self, user: str, asked: dict[str, Any]) -> Any:
        resource = self._writable(user, asked, missing())
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
        resource = self._writable(user, asked, missing())
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
            raise invalid(resource_id=["Missing value"])
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
            raise missing(f'Not found: {kind} "{resource}" was not found.')
        return self.tables[str(resource)]


def _field_of(asked: Mapping[str, Any], records: list[dict[str, Any]]) -> dict[str, Any]:
    name = str(asked["id"])
    if name.startswith("_") or '"' in name:
        raise invalid(fields=[{"id": [f'"{name}" is not a valid field name']}])
    kind = asked.get("type") or ("int" if records and isinstance(records[0].get(name), int) else "text")
    if kind not in _TYPES:
        raise invalid(fields=[f'"{kind}" is not a valid field type'])
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
            raise invalid(records=[f'row "{number + 1}" has extra keys "{", ".join(sorted(extra))}"'])
        for name, value in record.items():
            if kinds[name] in _WHOLE and value is not None and not isinstance(value, int):
                rule = f'invalid input syntax for type {_WHOLE[kinds[name]]}: "{value}"'
                raise invalid(records=[rule], records_row=number)
        key = tuple(map(str, _key(table, record)))
        held = index.get(key) if key else None
        if held is not None and method == "insert":
            raise invalid(records=["duplicate key value violates unique constraint"], records_row=number)
        if held is None and method == "update":
            raise invalid(key=[f'key "{key}" not found'])
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
