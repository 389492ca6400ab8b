"""FAIR indicators of a dataset, after the RDA's FAIR Data Maturity Model, each with what proves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from catalog.quality.proofs import (
    Proof,
    Subject,
    api,
    dcat,
    descriptor,
    harvest,
    identify,
    package,
    page,
    pinned,
    record,
)
from catalog.record import geography_code
from catalog.standards.vocabularies import coding_systems
from datasets.said import said

Area = Literal["F", "A", "I", "R"]
AREAS: tuple[Area, ...] = ("F", "A", "I", "R")
Priority = Literal["essential", "important", "useful"]


@dataclass(frozen=True)
class Indicator:
    """One indicator of the model."""

    id: str
    """As the model names it; M is of metadata, D of data."""
    priority: Priority
    meaning: str
    proof: Proof
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
    return tuple(Shown(each, each.is_met(subject), each.proof(subject)) for each in INDICATORS)


def counted(shown: tuple[Shown, ...], area: Area) -> tuple[int, int]:
    """Return how many indicators of an area are met, and how many there are."""
    of_area = [each for each in shown if each.indicator.area == area]
    return sum(each.met for each in of_area), len(of_area)


def _is_global(each: Subject) -> bool:
    return page(each).startswith("https://")


def _has_doi(_: Subject) -> bool:
    """No release can have one yet: records have a place for it, and ytemo registers none."""
    return False


def _refers(each: Subject) -> bool:
    """To rules by which it was reported, or to versions of its own."""
    return bool(each.described.about.rules) or _has_versions(each)


def _refers_to_data(each: Subject) -> bool:
    """To the data that it was made of, by an address, or to versions of its own."""
    about = each.described.about
    told = [about.attribution, *(measure.denominator_source for measure in about.measures)]
    return any(text and "http" in text.en for text in told) or _has_versions(each)


def _has_versions(each: Subject) -> bool:
    """Say whether there are other editions or versions that it can refer to."""
    return len(each.described.standing) > 1


def _uses_codes_of_others(each: Subject) -> bool:
    about = each.described.about
    return bool(coding_systems(about) or geography_code(about, each.described.codelists))


def _uses_codes(each: Subject) -> bool:
    return bool(each.described.about.codelists)


def _is_found(each: Subject) -> bool:
    return each.is_not_missing("title", "summary", "keywords", "period")


def _is_understood(each: Subject) -> bool:
    return each.is_not_missing("names", "labels", "methods")


def _tells_its_origin(each: Subject) -> bool:
    return each.is_not_missing("origin")


def _tells_prov(_: Subject) -> bool:
    """No record does yet."""
    return False


_HTTPS = said("Set YTEMO_BASE_URL to the public https address of the portal.")
_DOI = said("Addresses stay, but no registry stands behind them: have a DOI registered.")
_WORDS = said("Complete summary, keywords and coverage: see the criteria.")
_RULES = said("Name the reporting rule (rules).")
_SOURCE = said("Name the source with its address (attribution).")
_CODES = said("Use a code list that others know, such as ICD-10 or the provinces.")
_METHODS = said("Complete the names of columns and the methods: see the criteria.")
_ORIGIN = said("Tell where the data comes from: see the criteria.")

INDICATORS: tuple[Indicator, ...] = (
    Indicator("RDA-F1-01M", "essential", said("Metadata: persistent identifier"), pinned, _has_doi, _DOI),
    Indicator("RDA-F1-01D", "essential", said("Data: persistent identifier"), pinned, _has_doi, _DOI),
    Indicator("RDA-F1-02M", "essential", said("Metadata: identifier unique in the world"), dcat, _is_global, _HTTPS),
    Indicator("RDA-F1-02D", "essential", said("Data: identifier unique in the world"), pinned, _is_global, _HTTPS),
    Indicator("RDA-F2-01M", "essential", said("Rich metadata for discovery"), dcat, _is_found, _WORDS),
    Indicator("RDA-F3-01M", "essential", said("Metadata holds the identifier of the data"), record("croissant.json")),
    Indicator("RDA-F4-01M", "essential", said("Metadata can be harvested and indexed"), harvest),
    Indicator("RDA-A1-01M", "important", said("Metadata tells how the data can be had"), dcat),
    Indicator("RDA-A1-02M", "essential", said("Metadata can be read by people"), page),
    Indicator("RDA-A1-02D", "essential", said("Data can be had by people"), page),
    Indicator("RDA-A1-03M", "essential", said("Identifier leads to the metadata"), page),
    Indicator("RDA-A1-03D", "essential", said("Identifier leads to the data"), pinned),
    Indicator("RDA-A1-04M", "essential", said("Metadata by a standard protocol"), dcat),
    Indicator("RDA-A1-04D", "essential", said("Data by a standard protocol"), package),
    Indicator("RDA-A1-05D", "important", said("Data can be had by programs"), api),
    Indicator("RDA-A1.1-01M", "essential", said("Metadata by a free protocol"), dcat),
    Indicator("RDA-A1.1-01D", "important", said("Data by a free protocol"), package),
    Indicator("RDA-A1.2-01D", "useful", said("Protocol that can ask who somebody is"), api),
    Indicator("RDA-A2-01M", "essential", said("Metadata stays when the data is withdrawn"), identify),
    Indicator("RDA-I1-01M", "important", said("Metadata in a standard format"), dcat),
    Indicator("RDA-I1-01D", "important", said("Data in a standard format"), descriptor),
    Indicator("RDA-I1-02M", "important", said("Metadata understood by machines"), record("schema-org.json")),
    Indicator("RDA-I1-02D", "important", said("Data understood by machines"), record("croissant.json")),
    Indicator("RDA-I2-01M", "important", said("Metadata in vocabularies of others"), dcat),
    Indicator("RDA-I2-01D", "useful", said("Data in vocabularies of others"), dcat, _uses_codes_of_others, _CODES),
    Indicator("RDA-I3-01M", "important", said("Metadata refers to other metadata"), dcat, _refers, _RULES),
    Indicator("RDA-I3-01D", "useful", said("Data refers to other data"), descriptor, _uses_codes, _CODES),
    Indicator("RDA-I3-02M", "useful", said("Metadata refers to other data"), dcat, _refers_to_data, _SOURCE),
    Indicator("RDA-I3-02D", "useful", said("Data says how it refers to other data"), descriptor, _uses_codes, _CODES),
    Indicator("RDA-I3-03M", "important", said("Metadata says how it refers to metadata"), dcat, _refers, _RULES),
    Indicator(
        "RDA-I3-04M",
        "useful",
        said("Metadata says how it refers to other data"),
        record("datacite.json"),
        _has_versions,
        said("It will once there is a second version or edition."),
    ),
    Indicator("RDA-R1-01M", "essential", said("Many accurate attributes for reuse"), page, _is_understood, _METHODS),
    Indicator("RDA-R1.1-01M", "essential", said("Metadata tells the licence"), dcat),
    Indicator("RDA-R1.1-02M", "important", said("A standard licence"), dcat),
    Indicator("RDA-R1.1-03M", "important", said("A licence understood by machines"), dcat),
    Indicator("RDA-R1.2-01M", "important", said("Provenance as the field tells it"), page, _tells_its_origin, _ORIGIN),
    Indicator(
        "RDA-R1.2-02M",
        "useful",
        said("Provenance in a language across fields"),
        dcat,
        _tells_prov,
        said("Records tell provenance in words, not yet in PROV-O."),
    ),
    Indicator("RDA-R1.3-01M", "essential", said("Metadata keeps a standard of the field"), dcat),
    Indicator("RDA-R1.3-01D", "essential", said("Data keeps a standard of the field"), descriptor),
    Indicator("RDA-R1.3-02M", "essential", said("Metadata keeps it for machines, too"), dcat),
    Indicator("RDA-R1.3-02D", "important", said("Data keeps it for machines, too"), descriptor),
)
