"""Clients of OData that we did not write read the portal as it is, and the standard's own tools its models."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from lxml import etree
from odata import ODataService
from odata.exceptions import ODataError
from odatapy.client import EdmEnabledODataClient, HttpxTransport

from portal.build_assets import npm_command
from portal.public.app import PortalOptions, create_app
from tests.support.http import Client
from tests.support.publication import Ministry
from tests.support.served import served

ROOT = Path(__file__).parents[2]
CSDL = ROOT / "node_modules" / "odata-csdl"
"""The package of the standard's committee: its schemas of models, and its translation from XML to JSON."""
CONVERT = """
const {xml2json} = require(process.argv[1]), messages = [];
const model = xml2json(require("fs").readFileSync(0, "utf8"), {messages});
process.stdout.write(JSON.stringify({model, messages}));
"""
SERVICES = ["", "/dengue-cases", "/diabetes-hospital-encounters", "/health-facilities", "/hospital-discharges"]


@pytest.fixture(scope="module")
def address(shipped_ministry: Ministry) -> Iterator[str]:
    app = create_app(
        PortalOptions(shipped_ministry.root, shipped_ministry.root / "public-key.pem"), shipped_ministry.releases
    )
    with served(app) as address:
        yield f"{address}/odata/v4"


@pytest.fixture
def discharges(address: str) -> Any:
    service = ODataService(f"{address}/hospital-discharges/", reflect_entities=True, quiet_progress=True)
    yield service
    service.default_context.connection.session.close()


# The tools of the standard --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("version", ["4.0", "4.01"])
def test_the_model_is_valid(shipped: Client, service: str, version: str) -> None:
    schema = etree.XMLSchema(etree.parse(CSDL / "schemas" / "edmx.xsd"))
    model = etree.fromstring(shipped.get(f"/odata/v4{service}/$metadata", odata_maxversion=version).content)
    assert model.get("Version") == version
    assert schema.validate(model), schema.error_log


def test_the_schema_notices_what_is_wrong(shipped: Client) -> None:
    schema = etree.XMLSchema(etree.parse(CSDL / "schemas" / "edmx.xsd"))
    text = shipped.get("/odata/v4/dengue-cases/$metadata").text
    for right, wrong in (("EntityType=", "Type="), ("<PropertyRef ", "<Ref "), ('Name="cases"', 'Name="c-ases"')):
        assert right in text
        assert not schema.validate(etree.fromstring(text.replace(right, wrong).encode()))


@pytest.mark.parametrize("service", SERVICES)
def test_both_forms_of_the_model_say_the_same(shipped: Client, service: str) -> None:
    model = shipped.json(f"/odata/v4{service}/$metadata?$format=json")
    xml = shipped.get(f"/odata/v4{service}/$metadata").content
    node = shutil.which("node") or npm_command()[0]
    done = subprocess.run(
        [node, "-e", CONVERT, str(CSDL / "lib" / "xml2json.js")], input=xml, capture_output=True, check=True
    )
    assert json.loads(done.stdout) == {"model": model, "messages": []}
    jsonschema.validate(model, _model_schema())


def _model_schema() -> Any:
    """Return the schema of models in JSON, with the classes of characters that Python's expressions do not know."""
    text = (CSDL / "schemas" / "csdl.schema.json").read_text(encoding="utf-8")
    return json.loads(re.sub(r"\\\\p\{L\}", r"[^\\\\W\\\\d]", re.sub(r"\\\\p\{[MNPC][a-z]\}", r"\\\\w", text)))


# python-odata ---------------------------------------------------------------------------------------------------------


def test_python_odata_reads_a_table_page_by_page(discharges: Any) -> None:
    assert {"by_age_sex_chapter", "by_age_sex_chapter_without_totals"} <= set(discharges.entities)
    table = discharges.entities["by_age_sex_chapter"]
    discharges.default_context.connection.base_headers = {
        **discharges.default_context.connection.base_headers,
        "Prefer": "odata.maxpagesize=250",
    }
    requests: list[str] = []
    discharges.default_context.connection.session.hooks["response"].append(
        lambda answer, **_: requests.append(answer.url)
    )
    rows = discharges.query(table).all()
    assert (len(rows), len(requests)) == (1587, 7)
    assert (rows[0].age_group, rows[0].stays, rows[0].stays_status) == ("_T", 20_000, "observed")
    assert (rows[0].deaths, rows[0].deaths_status) == (None, "suppressed")


def test_python_odata_filters_sorts_counts_and_selects(discharges: Any) -> None:
    table = discharges.entities["by_age_sex_chapter"]
    women = discharges.query(table).filter(table.sex == "F").filter(table.stays > 500)
    rows = women.order_by(table.stays.desc()).all()
    assert len(rows) == women.count() > 1
    assert [row.stays for row in rows] == sorted((row.stays for row in rows), reverse=True)
    assert {row.sex for row in rows} == {"F"}
    named = discharges.query(table).filter(table.chapter_label_vi.contains("tuần hoàn")).select(table.chapter).all()
    assert {row["chapter"] for row in named} == {"IX"}
    whole = discharges.query(table).get(age_group="_T", sex="_T", chapter="_T")
    assert whole.stays == 20_000
    withheld = discharges.query(table).filter(table.stays == None).limit(1).all()  # noqa: E711 how it writes null
    assert [row.stays_status for row in withheld] == ["suppressed"]


def test_python_odata_adds_up_what_is_published(discharges: Any) -> None:
    table = discharges.entities["by_age_sex_chapter"]
    grouped = {"$apply": "groupby((sex),aggregate(stays with sum as n))"}
    assert {row["sex"]: row["n"] for row in discharges.query(table).raw(grouped)} == {
        row.sex: row.stays
        for row in discharges.query(table).filter(table.age_group == "_T").filter(table.chapter == "_T").all()
        if row.sex != "_T"
    }


def test_python_odata_tells_the_remedy(discharges: Any) -> None:
    table = discharges.entities["by_age_sex_chapter"]
    with pytest.raises(ODataError, match=r"HTTP 400 .* sex: 'Female' is not known\. Did you mean F"):
        discharges.query(table).filter(table.sex == "Female").all()


# odatapy, which is strict about types ---------------------------------------------------------------------------------


def test_odatapy_reads_every_feed_by_its_model(address: str) -> None:
    with HttpxTransport() as transport:
        services = EdmEnabledODataClient(address, transport).get_service_document()
        feeds = [entry.name for entry in services.entries if entry.kind == "ServiceDocument"]
        assert [f"/{name}" for name in feeds] == SERVICES[1:]
        for name in feeds:
            client = EdmEnabledODataClient(f"{address}/{name}", transport)
            for entry in client.get_service_document().entries:
                count = client.get_count(client.entity_set_uri(entry.name).append_count_segment())
                entities = islice(client.iter_entities(client.entity_set_uri(entry.name)), 3_000)
                assert sum(1 for _ in entities) == min(count, 3_000) > 0


# The same numbers as everywhere ---------------------------------------------------------------------------------------


def test_200_cells_are_those_of_the_native_api(shipped: Client) -> None:
    """Cells of every cube, a half of them withheld: one by one by key, through ``$filter`` and through ``$apply``."""
    chance, cells = random.Random(4), []
    for dataset in ("dengue-cases", "diabetes-hospital-encounters", "hospital-discharges"):
        for table in shipped.json(f"/api/v1/datasets/{dataset}")["tables"]:
            url = f"/api/v1/datasets/{dataset}/tables/{table['id']}/rows?limit=100000"
            rows = shipped.json(url)["data"]
            dimensions = [name for name in rows[0] if f"{name}_status" not in rows[0] and not name.endswith("_status")]
            measures = [name for name in rows[0] if f"{name}_status" in rows[0]]
            chance.shuffle(rows)
            withheld = [row for row in rows if any(row[name] is None for name in measures)][:15]
            cells += [
                (dataset, table["id"], dimensions, measures, row) for row in withheld + rows[: 35 - len(withheld)]
            ]
    assert len(cells) >= 200
    assert sum(row[name] is None for _, _, _, measures, row in cells for name in measures) > 100
    for dataset, table, dimensions, measures, row in cells:
        key = ",".join(f"{name}='{row[name]}'" for name in dimensions)
        entity = shipped.json(f"/odata/v4/{dataset}/{table.replace('-', '_')}({key})")
        condition = " and ".join(f"{name} eq '{row[name]}'" for name in dimensions)
        (listed,) = shipped.json(f"/odata/v4/{dataset}/{table.replace('-', '_')}?$filter={condition}")["value"]
        figures = f"filter({condition})/aggregate({','.join(measures)})"
        (figure,) = shipped.json(f"/odata/v4/{dataset}/{table.replace('-', '_')}?$apply={figures}")["value"]
        for name in (each for measure in measures for each in (measure, f"{measure}_status")):
            assert entity[name] == listed[name] == figure[name] == row[name]
