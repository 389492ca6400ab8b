"""Makes, of calls recorded from a real CKAN about its own datasets, the same calls about those of the demo store.

What is asked is put in terms of the demo; what CKAN answered stays, but for columns that no release of the demo has.
So the suite that replays them, which is not ours, compares our answers with CKAN's key by key and type by type.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.support.shared import SHARED

GOLDENS = SHARED / "checks" / "golden"
TABLE = "notifiable-diseases/by-month"
_PACKAGE, _ORGANIZATION, _GROUP, _TAG = "notifiable-diseases", "ministry-of-health", "preventive-medicine", "dengue"
_COLUMNS = {"_id": "_id", "week": "month", "region": "province", "cases": "cases"}
_ROW = [1, "_T", "_T", "_T", 1, "observed", 1.5, "observed"]
_TOTALS = {"sex": "_T"}

# What each call asks of the demo instead; a name ends with what CKAN 2.11 calls it where it answers otherwise.
ASKED: Mapping[str, Mapping[str, Any]] = {
    "organization_list_all_fields": {"all_fields": True, "include_dataset_count": True, "include_extras": True},
    "organization_show": {"id": _ORGANIZATION, "include_datasets": "true"},
    "group_list": {},
    "group_list_all_fields": {"all_fields": "true"},
    "group_show": {"id": _GROUP},
    "group_package_show": {"id": _GROUP, "limit": 1},
    "read_with_bad_token": {},
    "package_show": {"id": _PACKAGE},
    "package_list": {},
    "package_list_limit_offset": {"limit": 1, "offset": 1},
    "current_package_list_with_resources": {"limit": 1, "offset": 3},
    "package_search_facets": {
        "q": "", "fq": f"organization:{_ORGANIZATION}", "rows": 1, "sort": "name desc",
        "facet.field": ["tags", "organization", "groups", "res_format", "license_id"],
    },
    "package_search_get": {"q": "dengue", "facet.field": '["tags","organization"]', "facet.limit": 5, "rows": 2},
    "package_search_q": {"q": "dengue", "fq": f"organization:{_ORGANIZATION}"},
    "package_search_rows0": {"rows": 0, "fq": f"organization:{_ORGANIZATION}", "facet.field": ["tags"]},
    "package_search_private_anon": {"fq": f"organization:{_ORGANIZATION}", "include_private": True, "fl": "name"},
    "package_search_start": {"fq": f"organization:{_ORGANIZATION}", "rows": 1, "start": 3, "sort": "name asc"},
    "package_search_badsort_400": {"sort": "name"},
    "package_search_badrows_409": {"rows": "x"},
    "package_search_localparams_409": {"q": '{!child of="x"}y'},
    "package_autocomplete": {"q": "infl"},
    "tag_list": {},
    "tag_list_query": {"query": "deng"},
    "tag_list_all_fields": {"all_fields": "true"},
    "tag_show": {"id": _TAG, "include_datasets": "true"},
    "tag_search": {"query": "deng"},
    "tag_autocomplete": {"query": "deng"},
    "resource_search": {"query": "format:CSV"},
    "resource_view_list": {"id": TABLE},
    "format_autocomplete": {"q": "cs"},
    "jsonp_callback": {"callback": "cb"},
    "package_create_anon_403": {"name": "x"},
    "resource_create_anon_403": {"package_id": _PACKAGE},
    "datastore_upsert_anon_403": {"resource_id": TABLE, "records": []},
    "datastore_delete_anon_403": {"resource_id": TABLE},
    "package_delete_anon_403": {"id": _PACKAGE},
    "datastore_search": {"limit": 3, "filters": _TOTALS},
    "datastore_search_get": {
        "limit": 2, "filters": '{"sex":"_T"}', "fields": "month,cases", "sort": "cases desc",
    },
    "datastore_search_filters": {"filters": {"province": ["_T", "79"], "cases": 38540}, "limit": 5},
    "datastore_search_range_filters": {"filters": {"cases": {"gte": 400, "lt": 900}}, "limit": 5},
    "datastore_search_or_filters": {
        "filters": {"$or": [{"province": "01", "cases": {"gt": 400}}, {"month": "_T"}]}, "limit": 5,
    },
    "datastore_search_q": {"q": "Hồ Chí Minh", "limit": 5},
    "datastore_search_q_dict": {"q": {"province": "79"}, "limit": 2},
    "datastore_search_fulltext": {"full_text": "79", "limit": 2},
    "datastore_search_page2": {"limit": 2, "offset": 4, "sort": "month asc, province desc"},
    "datastore_search_distinct": {"fields": ["province"], "distinct": True, "sort": "province"},
    "datastore_search_nototal": {"limit": 1, "include_total": False},
    "datastore_search_limit0": {"limit": 0},
    "datastore_search_lists": {"limit": 2, "records_format": "lists"},
    "datastore_search_csv": {"limit": 2, "records_format": "csv"},
    "datastore_search_tsv": {"limit": 2, "records_format": "tsv"},
    "datastore_search_estimate": {"limit": 1, "total_estimation_threshold": 5},
    "datastore_search_next_page": {"limit": 2, "include_next_page": True},
    "datastore_search_alias": {"limit": 1},
    "datastore_search_over_max": {"limit": 50_000, "filters": _TOTALS},
    "datastore_search_badfield_409": {"fields": ["nope"]},
    "datastore_search_badfilter_409": {"filters": {"nope": 1}},
    "datastore_search_badfiltervalue_409": {"filters": {"cases": "abc"}},
    "datastore_search_badsort_409": {"sort": "nope desc"},
    "datastore_search_neglimit_409": {"limit": -1},
    "datastore_search_unknown_key_409": {"nope": 1},
    "datastore_info": {"id": TABLE},
    "datastore_search_sql": {
        "sql": f'SELECT province, sum(cases) AS cases FROM "{TABLE}" GROUP BY province ORDER BY province DESC LIMIT 2'
    },
    "datastore_search_sql_get": {"sql": f'SELECT * FROM "{TABLE}" LIMIT 1'},
    "datastore_search_sql_syntax_409": {"sql": "SELEC 1"},
    "datastore_search_sql_badcol_409": {"sql": f'SELECT nope FROM "{TABLE}"'},
    "datastore_search_sql_unknown_table_404": {"sql": 'SELECT * FROM "nope"'},
    "datastore_search_sql_function_403": {"sql": "SELECT pg_sleep(1)"},
    "datastore_search_sql_write_409": {"sql": f'DELETE FROM "{TABLE}"'},
    "datastore_search_sql_missing_409": {},
    "datastore_dump_csv": {},
    "datastore_dump_csv_bom": {"bom": "true", "limit": 1},
    "datastore_dump_json": {"format": "json", "limit": 2},
    "datastore_dump_tsv": {"format": "tsv", "limit": 2},
    "datastore_dump_xml": {"format": "xml", "limit": 2},
    "datastore_dump_filters": {"filters": '{"province":"79"}', "fields": "month,cases"},
    "datastore_dump_badformat_400": {"format": "nope"},
    "datastore_dump_404": {},
    "api_root_3": {},
    "version_1_path_404": {},
    "put_method_405": {},
    "delete_method_405": {},
}  # fmt: skip
_OF_ONE_VERSION = {
    "datastore_search_sql_syntax_409": "ckan",
    "datastore_search_sql_badcol_409": "ckan",
    "tag_show": "ckan",  # 2.11 wrote packages otherwise here than anywhere else
}


def write_goldens(folder: Path, version: str) -> int:
    """Write the calls recorded from ``version`` (``ckan`` or ``ckan211``) as they are for the demo; say how many."""
    folder.mkdir(parents=True)
    count = 0
    for path in sorted((GOLDENS / version).glob("[0-9]*.json")):
        golden = json.loads(path.read_text(encoding="utf-8"))
        if golden["name"] in ASKED and _OF_ONE_VERSION.get(golden["name"], version) == version:
            adapted = adapt(golden)
            (folder / path.name).write_text(json.dumps(adapted), encoding="utf-8")
            count += 1
    return count


def adapt(golden: dict[str, Any]) -> dict[str, Any]:
    """Return one call as it is for the demo."""
    name, request = golden["name"], golden["request"]
    asked = dict(ASKED[name])
    if "/datastore/dump/" in request["path"] and not name.endswith("404"):
        request["path"] = f"/datastore/dump/{TABLE}"
    elif name.startswith("datastore_search") and "sql" not in name:
        asked = {"resource_id": TABLE, **asked}
    if asked:
        request["params" if request["method"] == "GET" else "json"] = asked
    body: Any = golden.get("body")
    if isinstance(body, dict) and body.get("success"):
        body["result"] = _result(name, body["result"], asked)
    if name == "datastore_dump_json":
        body["records"] = [_ROW]
    if name == "datastore_search_badfiltervalue_409":
        del body["error"]["info"]  # there is no statement of which to tell
    return golden


def _result(name: str, result: Any, asked: Mapping[str, Any]) -> Any:
    if name.startswith(("organization_show", "group_show")):
        del result["users"]  # the portal names nobody
    if name == "datastore_info":
        result["fields"] = [field for field in result["fields"] if field["id"] == "cases"]
    elif name.startswith("datastore_search"):
        _narrow(result, name)
        if "filters" in asked:
            result["filters"] = asked["filters"]
            if isinstance(asked["filters"], str):
                result["filters"] = json.loads(asked["filters"])
    else:
        _drop(result, "custom_field")
        for facets in [each["facets"] for each in _objects(result) if "facets" in each]:
            facets.clear()  # its keys are the names of organisations, tags, …
    return result


def _narrow(result: dict[str, Any], name: str) -> None:
    """Keep of each record the columns that the demo has as well, under their names there."""
    records = result["records"]
    if name in {"datastore_search_sql", "datastore_search_sql_get"}:
        columns = {"region": "province", "cases": "cases"}
    else:
        columns = _COLUMNS
    if isinstance(records, list) and records and isinstance(records[0], dict):
        ranks = {key: key.replace("region", "province") for key in records[0] if key.startswith("rank")}
        kept = {**columns, **ranks}
        result["records"] = [{kept[key]: value for key, value in each.items() if key in kept} for each in records]
    elif isinstance(records, list) and records:
        result["records"] = [_ROW]
    if isinstance(result.get("q"), dict):
        result["q"] = {"province": "79"}


def _drop(value: Any, key: str) -> None:
    for each in _objects(value):
        each.pop(key, None)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(each)
