"""What datasets, tables, code lists and releases are called in SDMX, and the names of artefacts as URNs.

Names keep the letters of ours, so that each can be read back: a table is a dataflow ``dataset_table``, a dimension a
component in capitals, a release a semantic version.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from datasets.periods import period_of
from datasets.release import PublicRelease

ArtefactType = Literal["agencyscheme", "codelist", "conceptscheme", "dataconstraint", "dataflow", "datastructure"]

CLASSES: dict[ArtefactType, str] = {
    "agencyscheme": "base.AgencyScheme",
    "codelist": "codelist.Codelist",
    "conceptscheme": "conceptscheme.ConceptScheme",
    "dataconstraint": "registry.DataConstraint",
    "dataflow": "datastructure.Dataflow",
    "datastructure": "datastructure.DataStructure",
}
"""The types of artefacts that there are, and their classes in the information model."""

FREQUENCY = "FREQ"
INDICATOR = "INDICATOR"
TIME = "TIME_PERIOD"
VALUE = "OBS_VALUE"
OBSERVATION_STATUS = "OBS_STATUS"
CONFIDENTIALITY = "CONF_STATUS"
CELL_STATUS = "CELL_STATUS"
MADE_UP = "SYNTHETIC"
RESERVED = frozenset(
    {FREQUENCY, INDICATOR, TIME, VALUE, OBSERVATION_STATUS, CONFIDENTIALITY, CELL_STATUS, MADE_UP, "ACTION"}
    | {"STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "SERIES_KEY", "OBS_KEY"}
)
"""Components that every dataflow may have, and columns of SDMX-CSV; no dimension is called so."""

STANDARDS_AGENCY = "SDMX"
"""The agency that maintains the list of agencies."""

_YEAR = re.compile(r"([0-9]{4})")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_QUARTER = re.compile(r"([0-9]{4})-Q([1-4])")
_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_SPAN = re.compile(r"([0-9]{4})-([0-9]{4})")


@dataclass(frozen=True)
class Name:
    """The full name of a maintainable artefact."""

    type: ArtefactType
    agency: str
    id: str
    version: str

    @property
    def urn(self) -> str:
        return f"urn:sdmx:org.sdmx.infomodel.{CLASSES[self.type]}={self.short}"

    @property
    def short(self) -> str:
        """Agency, id and version, as in SDMX-CSV."""
        return f"{self.agency}:{self.id}({self.version})"

    def part(self, item_class: str, item: str) -> str:
        """Return the URN of an item or a component of it, such as ``codelist.Code``."""
        return f"urn:sdmx:org.sdmx.infomodel.{item_class}={self.short}.{item}"


def component_id(name: str) -> str:
    """Return the component that a dimension is; one called like a component of ours ends with an underscore."""
    upper = name.upper()
    return f"{upper}_" if upper in RESERVED else upper


def code_id(code: str) -> str:
    """Return a code of ours as SDMX may write it: dots and plus signs, which join codes in a key, are put otherwise.

    >>> code_id("A00.1"), code_id("85+")
    ('A00$1', '85@')
    """
    return code.replace(".", "$").replace("+", "@")


def flow_id(dataset: str, table: str) -> str:
    """Return the dataflow of a table: ids of ours hold no underscore, so the one between them tells them apart."""
    return f"{dataset}_{table}"


def split_flow(identifier: str) -> tuple[str, str]:
    """Return the dataset and the table of a dataflow or of what belongs to one; both may be unknown."""
    dataset, _, table = identifier.partition("_")
    return dataset, table


def structure_id(flow: str) -> str:
    """Return the data structure of a dataflow."""
    return f"DSD_{flow}"


def constraint_id(flow: str) -> str:
    """Return the constraint that lists what a dataflow holds."""
    return f"CR_{flow}"


def scheme_id(dataset: str) -> str:
    """Return the concept scheme of a dataset."""
    return f"CS_{dataset}"


def list_id(dataset: str, name: str) -> str:
    """Return a code list of a dataset; lists of ours are in small letters, those made for SDMX in capitals."""
    return f"CL_{dataset}_{name}"


def dataset_of(identifier: str) -> str:
    """Return the dataset that an artefact belongs to, by its id."""
    prefix, _, rest = identifier.partition("_")
    return rest.partition("_")[0] if prefix in {"DSD", "CR", "CS", "CL"} else prefix


def version_of(release: PublicRelease) -> str:
    """Return the version of everything that a release holds."""
    return release_version(release.edition, release.version)


def release_version(edition: str, version: int) -> str:
    """Return the semantic version of a release: of what period, then which version of it.

    A period is put so that a later one is a higher version, and no two kinds of periods meet.

    >>> release_version("2025", 2), release_version("2026-03", 1), release_version("2026-Q1", 1)
    ('2025.0.2', '2026.3.1', '2026.21.1')
    >>> release_version("2026-W05", 1), release_version("2026-03-31", 1), release_version("1994-2009", 1)
    ('2026.105.1', '2026.10331.1', '2009.1994.1')
    >>> release_version("spring", 3)
    '1.0.3-ed-spring'
    """
    period = _period(edition)
    if period is None:
        return f"1.0.{version}-ed-{edition}"
    return f"{period[0]}.{period[1]}.{version}"


def _period(edition: str) -> tuple[int, int] | None:
    if period_of(edition) is None:
        return None
    if found := _YEAR.fullmatch(edition):
        return int(found[1]), 0
    if found := _MONTH.fullmatch(edition):
        return int(found[1]), int(found[2])
    if found := _QUARTER.fullmatch(edition):
        return int(found[1]), 20 + int(found[2])
    if found := _WEEK.fullmatch(edition):
        return int(found[1]), 100 + int(found[2])
    if found := _DAY.fullmatch(edition):
        return int(found[1]), 10_000 + int(found[2] + found[3])
    found = _SPAN.fullmatch(edition)
    return (int(found[2]), int(found[1])) if found else None
