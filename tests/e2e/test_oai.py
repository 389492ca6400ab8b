"""OAI-PMH: a client that is not ours harvests everything, parts of lists and deleted records too; mistakes are told."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from oaipmh_scythe import Scythe
from oaipmh_scythe.exceptions import NoRecordsMatch

from catalog.standards.datacite import datacite, datacite_xml
from catalog.standards.described import describe
from catalog.standards.oai import answer
from catalog.standards.oai_records import Repository
from portal.public.app import PortalOptions, create_app
from portal.public.routers import oai
from portal.shared.links import Links
from tests.support.http import Client, client_of
from tests.support.portal import BASE_URL
from tests.support.releases import NOW, DemoStore
from tests.support.served import served

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
SCHEMAS = Path(__file__).parents[1] / "schemas" / "datacite-4.6"
OAI = "{http://www.openarchives.org/OAI/2.0/}"
KERNEL = "{http://datacite.org/schema/kernel-4}"
ALL = {
    "hospital-visits/2024.2",
    "hospital-visits/2024.1",
    "hospital-visits/2023.1",
    "notifiable-diseases/2024.2",
    "notifiable-diseases/2024.1",
    "notifiable-diseases/2023.1",
    "licensed-facilities/2025-06.1",
    "administrative-units/2025.1",
}


@pytest.fixture(scope="module")
def client(demo: DemoStore) -> Iterator[Client]:
    with client_of(create_app(PortalOptions(demo.root, demo.public_key, base_url=BASE_URL), demo.releases)) as client:
        yield client


@pytest.fixture(scope="module")
def harvester(demo: DemoStore) -> Iterator[Scythe]:
    """A client of a portal that sends three records at a time."""
    app = create_app(PortalOptions(demo.root, demo.public_key), demo.releases)
    with pytest.MonkeyPatch.context() as patch, served(app) as address:
        patch.setattr(oai, "answer", partial(answer, page_size=3))
        with Scythe(f"{address}/oai") as scythe:
            yield scythe


def repository_of(demo: DemoStore) -> Repository:
    return Repository([demo.releases.releases(name) for name in demo.releases.datasets_ever()], Links(BASE_URL))


def identifiers(harvester: Scythe, **asked: str) -> set[str]:
    found: list[Any] = list(harvester.list_identifiers(**asked))  # type: ignore[arg-type]
    return {each.identifier for each in found}


def name_of(identifier: str) -> str:
    return identifier.split(":", 2)[2]


@pytest.mark.parametrize("prefix", ["oai_dc", "oai_datacite"])
def test_everything_is_harvested_in_parts(harvester: Scythe, prefix: str) -> None:
    records: list[Any] = list(harvester.list_records(metadata_prefix=prefix))
    assert len(records) == len(ALL)
    assert {name_of(each.header.identifier) for each in records} == ALL
    assert {name_of(each.header.identifier) for each in records if each.deleted} == {"hospital-visits/2024.1"}
    stamps = [each.header.datestamp for each in records]
    assert stamps == sorted(stamps)
    for each in records:
        single: Any = harvester.get_record(each.header.identifier, metadata_prefix=prefix)
        assert single.header.datestamp == each.header.datestamp
        assert each.deleted or single.metadata == each.metadata
    headers: list[Any] = list(harvester.list_identifiers(metadata_prefix=prefix))
    assert [each.identifier for each in headers] == [each.header.identifier for each in records]


def test_the_second_harvest_takes_what_changed(harvester: Scythe) -> None:
    changed: list[Any] = list(harvester.list_records(from_="2025-03-03T00:00:00Z", until="2025-03-04T00:00:00Z"))
    assert [name_of(each.header.identifier) for each in changed] == ["hospital-visits/2024.1", "hospital-visits/2024.2"]
    day: list[Any] = list(harvester.list_identifiers(from_="2025-02-01", until="2025-02-01"))
    assert [name_of(each.identifier) for each in day] == ["notifiable-diseases/2024.2"]
    with pytest.raises(NoRecordsMatch):
        list(harvester.list_records(from_="2026-01-01"))


def test_sets_are_themes_and_publishers(harvester: Scythe) -> None:
    found: list[Any] = list(harvester.list_sets())
    specs = {each.setSpec for each in found}
    assert {"theme", "publisher", "publisher:ministry-of-health", "theme:registers"} <= specs
    whole = identifiers(harvester)
    by_theme = [identifiers(harvester, set_=spec) for spec in specs if spec.startswith("theme:")]
    assert set().union(*by_theme) == whole
    assert sum(map(len, by_theme)) == len(whole)
    assert identifiers(harvester, set_="theme") == whole
    with pytest.raises(NoRecordsMatch):
        list(harvester.list_records(set_="them"))


def test_it_tells_of_itself(harvester: Scythe) -> None:
    identity: Any = harvester.identify()
    told = identity.__dict__
    assert told["protocolVersion"] == "2.0"
    assert told["deletedRecord"] == "persistent"
    assert told["granularity"] == "YYYY-MM-DDThh:mm:ssZ"
    assert told["earliestDatestamp"] == "2025-01-05T00:00:00Z"
    assert told["adminEmail"] == "statistics@example.org"
    assert told["baseURL"].endswith("/oai")
    formats: list[Any] = list(harvester.list_metadata_formats())
    assert [each.metadataPrefix for each in formats] == ["oai_dc", "oai_datacite"]


# The official schemas of DataCite -------------------------------------------------------------------------------------


def test_every_record_of_datacite_keeps_its_schema(client: Client, demo: DemoStore) -> None:
    kernel = etree.XMLSchema(etree.parse(SCHEMAS / "metadata.xsd"))
    wrapper = etree.XMLSchema(etree.parse(SCHEMAS / "oai.xsd"))
    asked = [("verb", "ListRecords"), ("metadataPrefix", "oai_datacite")]
    root = etree.fromstring(answer(asked, repository_of(demo), NOW))
    found = list(root.iter(f"{KERNEL}resource"))
    assert len(found) == len(ALL) - 1
    for resource in found:
        kernel.assertValid(etree.fromstring(etree.tostring(resource)))
    for each in root.iter("{http://schema.datacite.org/oai/oai-1.1/}oai_datacite"):
        wrapper.assertValid(etree.fromstring(etree.tostring(each)))
    for name in demo.releases.datasets():
        for release in demo.releases.editions(name):
            answered = client.get(f"/datasets/{name}/releases/{release.name}/datacite.xml")
            assert answered.headers["content-type"] == "application/vnd.datacite.datacite+xml"
            kernel.assertValid(etree.fromstring(answered.content))
            document = client.json(f"/datasets/{name}/releases/{release.name}/datacite.json")
            assert document["titles"][0] == {"title": release.description.title.vi, "lang": "vi"}
            assert ("Synthetic" in document["types"]["resourceType"]) == release.description.synthetic
            assert "doi" not in document
    broken = etree.fromstring(etree.tostring(found[0]))
    broken.remove(broken.find(f"{KERNEL}titles"))
    assert not kernel.validate(broken)


def test_a_doi_has_its_place(demo: DemoStore) -> None:
    kernel = etree.XMLSchema(etree.parse(SCHEMAS / "metadata.xsd"))
    document = datacite(describe(demo.releases, "hospital-visits"), Links(BASE_URL), doi="10.1234/ytemo.1")
    assert document["doi"] == "10.1234/ytemo.1"
    root = etree.fromstring(datacite_xml(document))
    kernel.assertValid(root)
    identifier = root.find(f"{KERNEL}identifier")
    assert (identifier.text, identifier.get("identifierType")) == ("10.1234/ytemo.1", "DOI")


# Mistakes -------------------------------------------------------------------------------------------------------------


def token(*told: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "badVerb"),
        ("verb=Nothing", "badVerb"),
        ("verb=Identify&verb=Identify", "badVerb"),
        ("verb=Identify&lang=vi", "badArgument"),
        ("verb=ListRecords", "badArgument"),
        ("verb=ListRecords&metadataPrefix=", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc", "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc21", "cannotDisseminateFormat"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2025-02-30", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2025-02", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2025-02-01&until=2025-02-01T00:00:00Z", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2025-02-02&until=2025-02-01", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&until=1999-01-01", "noRecordsMatch"),
        ("verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=x", "badArgument"),
        ("verb=ListRecords&resumptionToken=x", "badResumptionToken"),
        ("verb=ListRecords&resumptionToken=é", "badResumptionToken"),
        (f"verb=ListRecords&resumptionToken={token('oai_dc', '', '', '', '', '')}", "badResumptionToken"),
        (f"verb=ListRecords&resumptionToken={token('marc', '', '', '', '', '', 0)}", "badResumptionToken"),
        (f"verb=ListRecords&resumptionToken={token('oai_dc', 1, '', '', '', '', 0)}", "badResumptionToken"),
        (f"verb=ListRecords&resumptionToken={token('oai_dc', '', '', '', '', '', True)}", "badResumptionToken"),
        (f"verb=ListRecords&resumptionToken={token('oai_dc', '', '', '', '', '', 10**9)}", "badResumptionToken"),
        (f"verb=ListRecords&resumptionToken={base64.urlsafe_b64encode(b'[' * 300).decode()}", "badResumptionToken"),
        ("verb=ListSets&resumptionToken=x", "badResumptionToken"),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:nowhere:x", "idDoesNotExist"),
        ("verb=GetRecord&metadataPrefix=marc&identifier=x", "cannotDisseminateFormat"),
        ("verb=ListMetadataFormats&identifier=x", "idDoesNotExist"),
        (f"verb=GetRecord&metadataPrefix=oai_dc&identifier={'x' * 501}", "badArgument"),
    ],
)
def test_mistakes_are_told_as_the_protocol_has_it(client: Client, query: str, code: str) -> None:
    for answered in (
        client.get(f"/oai?{query}"),
        client.post("/oai", query, content_type="application/x-www-form-urlencoded"),
    ):
        assert answered.status_code == 200
        assert answered.headers["content-type"].startswith("text/xml")
        root = etree.fromstring(answered.content)
        error = root.find(f"{OAI}error")
        assert error.get("code") == code
        assert error.text
        echoed = dict(root.find(f"{OAI}request").attrib)
        assert (echoed == {}) == (code in ("badVerb", "badArgument"))
        assert root.find(f"{OAI}request").text == f"{BASE_URL}/oai"


def test_a_part_that_is_the_last_says_so(demo: DemoStore) -> None:
    asked, sizes, cursors = [("verb", "ListIdentifiers"), ("metadataPrefix", "oai_dc")], [], []
    for _ in range(5):
        root = etree.fromstring(answer(asked, repository_of(demo), NOW, page_size=3))
        sizes.append(len(root.findall(f".//{OAI}header")))
        found = root.find(f".//{OAI}resumptionToken")
        assert found.get("completeListSize") == "8"
        cursors.append(found.get("cursor"))
        if not found.text:
            break
        asked = [("verb", "ListIdentifiers"), ("resumptionToken", found.text)]
    assert (sizes, cursors) == ([3, 3, 2], ["0", "3", "6"])
    whole = etree.fromstring(
        answer([("verb", "ListIdentifiers"), ("metadataPrefix", "oai_dc")], repository_of(demo), NOW)
    )
    assert whole.find(f".//{OAI}resumptionToken") is None
    nothing = etree.fromstring(answer([("verb", "Identify")], Repository([], Links("")), NOW))
    assert nothing.find(f".//{OAI}adminEmail").text == "postmaster@ytemo"


ARGUMENTS = ["verb", "metadataPrefix", "from", "until", "set", "identifier", "resumptionToken"]
NAMES = st.sampled_from(ARGUMENTS) | st.text(max_size=8)
TEXTS = ["ListRecords", "GetRecord", "Identify", "oai_dc", "2025-01-01", "theme", "oai:x:y"]
VALUES = st.sampled_from(TEXTS) | st.text(max_size=30)


@settings(max_examples=200, deadline=None)
@given(asked=st.lists(st.tuples(NAMES, VALUES), max_size=5))
def test_whatever_is_asked_the_answer_can_be_read(demo: DemoStore, asked: list[tuple[str, str]]) -> None:
    repository = Repository([demo.releases.releases("hospital-visits")], Links(BASE_URL))
    root = etree.fromstring(answer(asked, repository, NOW))
    assert [each.tag.removeprefix(OAI) for each in root][:2] == ["responseDate", "request"]
    assert len(root) == 3


def test_what_is_sent_is_bounded(client: Client) -> None:
    many = "&".join(f"a{n}=1" for n in range(2_000))
    for body in (many, "verb=Identify&x=" + "y" * 100_000):
        answered = client.post("/oai", body, content_type="application/x-www-form-urlencoded")
        assert etree.fromstring(answered.content).find(f"{OAI}error") is not None
    assert client.request("PUT", "/oai").status_code == 405
    assert client.request("PUT", "/oai").headers["content-type"] == "application/problem+json"
    assert client.request("HEAD", "/oai?verb=Identify").status_code == 200
