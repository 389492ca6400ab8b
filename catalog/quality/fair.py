"""FAIR indicators of a dataset, after the RDA's FAIR Data Maturity Model, each with what proves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from catalog.quality.score import Quality
from catalog.record import geography_code
from catalog.standards.addresses import Addresses
from catalog.standards.described import Described
from catalog.standards.vocabularies import coding_systems
from datasets.said import said

Area = Literal["F", "A", "I", "R"]
AREAS: tuple[Area, ...] = ("F", "A", "I", "R")
Priority = Literal["essential", "important", "useful"]


@dataclass(frozen=True)
class Subject:
    """The dataset whose indicators are asked for, and where its representations are."""

    described: Described
    quality: Quality
    addresses: Addresses

    def is_not_missing(self, *criteria: str) -> bool:
        """Return whether none of these criteria of quality is unmet."""
        states = {each.criterion.key: each.finding.state for each in self.quality.judgements}
        return all(states.get(each) != "not_met" for each in criteria)


Evidence = Callable[[Subject], str]
"""Returns the address of the representation that proves an indicator."""


@dataclass(frozen=True)
class Indicator:
    """One indicator of the model."""

    id: str
    """As the model names it; M is of metadata, D of data."""
    priority: Priority
    meaning: str
    evidence: Evidence
    is_met: Callable[[Subject], bool] = lambda _: True
    """By default so for every dataset, as the portal is made."""
    remedy: str = ""

    @property
    def area(self) -> Area:
        return next(each for each in AREAS if each == self.id[4])


@dataclass(frozen=True)
class Shown:
    """An indicator of one dataset."""

    indicator: Indicator
    met: bool
    evidence: str


def fair(subject: Subject) -> tuple[Shown, ...]:
    """Return every indicator of the model for a dataset, in the order of the model."""
    return tuple(Shown(each, each.is_met(subject), each.evidence(subject)) for each in INDICATORS)


def counted(shown: tuple[Shown, ...], area: Area) -> tuple[int, int]:
    """Return how many indicators of an area are met, and how many there are."""
    of_area = [each for each in shown if each.indicator.area == area]
    return sum(each.met for each in of_area), len(of_area)


# What proves it -------------------------------------------------------------------------------------------------------


def _record(standard: str) -> Evidence:
    return lambda each: each.addresses.absolute(each.addresses.record(standard, each.described.release.dataset))


def _dcat(each: Subject) -> str:
    return each.addresses.absolute(each.addresses.dataset_record(each.described.release.dataset, "ttl"))


def _page(each: Subject) -> str:
    return each.addresses.absolute(each.addresses.dataset(each.described.release.dataset, "vi"))


def _pinned(each: Subject) -> str:
    release = each.described.release
    return each.addresses.absolute(each.addresses.release(release.dataset, release.name, "vi"))


def _package(each: Subject) -> str:
    release = each.described.release
    return each.addresses.absolute(each.addresses.package(release.dataset, release.name))


def _descriptor(each: Subject) -> str:
    release = each.described.release
    return each.addresses.absolute(each.addresses.file(release.dataset, release.name, "datapackage.json"))


def _api(each: Subject) -> str:
    return each.addresses.absolute(each.addresses.dataset_openapi(each.described.release.dataset))


def _harvest(each: Subject) -> str:
    return each.addresses.absolute(f"{each.addresses.harvest()}?verb=ListRecords&metadataPrefix=oai_dc")


def _identify(each: Subject) -> str:
    """Return where the portal says that it keeps records of what was deleted."""
    return each.addresses.absolute(f"{each.addresses.harvest()}?verb=Identify")


# What is not so for every dataset -------------------------------------------------------------------------------------


def _is_global(each: Subject) -> bool:
    return _page(each).startswith("https://")


def _has_doi(_: Subject) -> bool:
    """No release can have one yet: records have a place for it, and ytemo registers none."""
    return False


def _refers(each: Subject) -> bool:
    """To rules by which it was reported, or to versions of its own."""
    return bool(each.described.about.rules) or len(each.described.standing) > 1


def _refers_to_data(each: Subject) -> bool:
    """To the data that it was made of, by an address, or to versions of its own."""
    about = each.described.about
    told = [about.attribution, *(measure.denominator_source for measure in about.measures)]
    return any(text and "http" in text.en for text in told) or len(each.described.standing) > 1


def _uses_codes_of_others(each: Subject) -> bool:
    about = each.described.about
    return bool(coding_systems(about) or geography_code(about, each.described.codelists))


def _uses_codes(each: Subject) -> bool:
    return bool(each.described.about.codelists)


_HTTPS = said("Set YTEMO_BASE_URL to the public https address of the portal.")
_DOI = said("Addresses stay, but no registry stands behind them: have a DOI registered.")
_WORDS = said("Complete summary, keywords and coverage: see the criteria.")
_RULES = said("Name the reporting rule (rules).")
_SOURCE = said("Name the source with its address (attribution).")
_CODES = said("Use a code list that others know, such as ICD-10 or the provinces.")
_METHODS = said("Complete the names of columns and the methods: see the criteria.")
_ORIGIN = said("Tell where the data comes from: see the criteria.")

INDICATORS: tuple[Indicator, ...] = (
    Indicator("RDA-F1-01M", "essential", said("Metadata: persistent identifier"), _pinned, _has_doi, _DOI),
    Indicator("RDA-F1-01D", "essential", said("Data: persistent identifier"), _pinned, _has_doi, _DOI),
    Indicator("RDA-F1-02M", "essential", said("Metadata: identifier unique in the world"), _dcat, _is_global, _HTTPS),
    Indicator("RDA-F1-02D", "essential", said("Data: identifier unique in the world"), _pinned, _is_global, _HTTPS),
    Indicator(
        "RDA-F2-01M",
        "essential",
        said("Rich metadata for discovery"),
        _dcat,
        lambda each: each.is_not_missing("title", "summary", "keywords", "period"),
        _WORDS,
    ),
    Indicator("RDA-F3-01M", "essential", said("Metadata holds the identifier of the data"), _record("croissant.json")),
    Indicator("RDA-F4-01M", "essential", said("Metadata can be harvested and indexed"), _harvest),
    Indicator("RDA-A1-01M", "important", said("Metadata tells how the data can be had"), _dcat),
    Indicator("RDA-A1-02M", "essential", said("Metadata can be read by people"), _page),
    Indicator("RDA-A1-02D", "essential", said("Data can be had by people"), _page),
    Indicator("RDA-A1-03M", "essential", said("Identifier leads to the metadata"), _page),
    Indicator("RDA-A1-03D", "essential", said("Identifier leads to the data"), _pinned),
    Indicator("RDA-A1-04M", "essential", said("Metadata by a standard protocol"), _dcat),
    Indicator("RDA-A1-04D", "essential", said("Data by a standard protocol"), _package),
    Indicator("RDA-A1-05D", "important", said("Data can be had by programs"), _api),
    Indicator("RDA-A1.1-01M", "essential", said("Metadata by a free protocol"), _dcat),
    Indicator("RDA-A1.1-01D", "important", said("Data by a free protocol"), _package),
    Indicator("RDA-A1.2-01D", "useful", said("Protocol that can ask who somebody is"), _api),
    Indicator("RDA-A2-01M", "essential", said("Metadata stays when the data is withdrawn"), _identify),
    Indicator("RDA-I1-01M", "important", said("Metadata in a standard format"), _dcat),
    Indicator("RDA-I1-01D", "important", said("Data in a standard format"), _descriptor),
    Indicator("RDA-I1-02M", "important", said("Metadata understood by machines"), _record("schema-org.json")),
    Indicator("RDA-I1-02D", "important", said("Data understood by machines"), _record("croissant.json")),
    Indicator("RDA-I2-01M", "important", said("Metadata in vocabularies of others"), _dcat),
    Indicator("RDA-I2-01D", "useful", said("Data in vocabularies of others"), _dcat, _uses_codes_of_others, _CODES),
    Indicator("RDA-I3-01M", "important", said("Metadata refers to other metadata"), _dcat, _refers, _RULES),
    Indicator("RDA-I3-01D", "useful", said("Data refers to other data"), _descriptor, _uses_codes, _CODES),
    Indicator("RDA-I3-02M", "useful", said("Metadata refers to other data"), _dcat, _refers_to_data, _SOURCE),
    Indicator("RDA-I3-02D", "useful", said("Data says how it refers to other data"), _descriptor, _uses_codes, _CODES),
    Indicator("RDA-I3-03M", "important", said("Metadata says how it refers to metadata"), _dcat, _refers, _RULES),
    Indicator(
        "RDA-I3-04M",
        "useful",
        said("Metadata says how it refers to other data"),
        _record("datacite.json"),
        lambda each: len(each.described.standing) > 1,
        said("It will once there is a second version or edition."),
    ),
    Indicator(
        "RDA-R1-01M",
        "essential",
        said("Many accurate attributes for reuse"),
        _page,
        lambda each: each.is_not_missing("names", "labels", "methods"),
        _METHODS,
    ),
    Indicator("RDA-R1.1-01M", "essential", said("Metadata tells the licence"), _dcat),
    Indicator("RDA-R1.1-02M", "important", said("A standard licence"), _dcat),
    Indicator("RDA-R1.1-03M", "important", said("A licence understood by machines"), _dcat),
    Indicator(
        "RDA-R1.2-01M",
        "important",
        said("Provenance as the field tells it"),
        _page,
        lambda each: each.is_not_missing("origin"),
        _ORIGIN,
    ),
    Indicator(
        "RDA-R1.2-02M",
        "useful",
        said("Provenance in a language across fields"),
        _dcat,
        lambda _: False,
        said("Records tell provenance in words, not yet in PROV-O."),
    ),
    Indicator("RDA-R1.3-01M", "essential", said("Metadata keeps a standard of the field"), _dcat),
    Indicator("RDA-R1.3-01D", "essential", said("Data keeps a standard of the field"), _descriptor),
    Indicator("RDA-R1.3-02M", "essential", said("Metadata keeps it for machines, too"), _dcat),
    Indicator("RDA-R1.3-02D", "important", said("Data keeps it for machines, too"), _descriptor),
)
