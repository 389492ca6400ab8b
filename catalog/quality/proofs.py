"""Where the representations of a dataset are that prove its FAIR indicators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from catalog.quality.score import Quality
from catalog.standards.addresses import Addresses
from catalog.standards.described import Described


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


Proof = Callable[[Subject], str]
"""Returns the address of a representation that proves an indicator."""


def record(standard: str) -> Proof:
    return lambda each: each.addresses.absolute(each.addresses.record(standard, each.described.release.dataset))


def dcat(each: Subject) -> str:
    return each.addresses.absolute(each.addresses.dataset_record(each.described.release.dataset, "ttl"))


def page(each: Subject) -> str:
    return each.addresses.absolute(each.addresses.dataset(each.described.release.dataset, "vi"))


def pinned(each: Subject) -> str:
    release = each.described.release
    return each.addresses.absolute(each.addresses.release(release.dataset, release.name, "vi"))


def package(each: Subject) -> str:
    release = each.described.release
    return each.addresses.absolute(each.addresses.package(release.dataset, release.name))


def descriptor(each: Subject) -> str:
    release = each.described.release
    return each.addresses.absolute(each.addresses.file(release.dataset, release.name, "datapackage.json"))


def api(each: Subject) -> str:
    return each.addresses.absolute(each.addresses.dataset_openapi(each.described.release.dataset))


def harvest(each: Subject) -> str:
    return each.addresses.absolute(f"{each.addresses.harvest()}?verb=ListRecords&metadataPrefix=oai_dc")


def identify(each: Subject) -> str:
    """Return where the portal says that it keeps records of what was deleted."""
    return each.addresses.absolute(f"{each.addresses.harvest()}?verb=Identify")
