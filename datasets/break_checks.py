"""Checks what a definition says of breaks in its series against its periods, members and measures."""

from __future__ import annotations

from collections.abc import Mapping

from datasets.breaks import Break
from datasets.codelist import Codelist
from datasets.codelist_hints import code_remedy
from datasets.definition import Definition
from datasets.definition_problems import Findings, Keys, choices
from datasets.names import TOTAL
from datasets.periods import TIME_LEVELS, period_of, time_level

_WRITTEN = {"year": "2008", "quarter": "2008-Q3", "month": "2008-08"}


def check_breaks(definition: Definition, codelists: Mapping[str, Codelist], findings: Findings) -> None:
    """Add to ``findings`` each break at no period of the dataset, and each about what the dataset does not have."""
    for at, one in enumerate(definition.breaks):
        _check_from(definition, codelists, one, (("breaks", at, "from"), findings))
        _check_members(definition, codelists, one, (("breaks", at, "members"), findings))
        for name in one.measures:
            if name not in definition.measures:
                findings.add(("breaks", at, "measures"), f"{name} is not a measure", choices(name, definition.measures))


def _check_from(
    definition: Definition, codelists: Mapping[str, Codelist], one: Break, told: tuple[Keys, Findings]
) -> None:
    place, findings = told
    times = [dimension.codelist for dimension in definition.dimensions.values() if dimension.role == "time"]
    if not times:
        remedy = "give the dimension of time role: time, or tell of the break in methods.md"
        findings.add(place, "no dimension stands for time, so no series can break", remedy)
        return
    levels = [level for name in times for level in TIME_LEVELS.get(name, ())]
    lists = [codelists[name] for name in times if name in codelists]
    in_list = any(one.from_ in codelist.by_code and period_of(one.from_) for codelist in lists)
    # A list of one's own that is not found, or not sound, was reported before.
    if (levels or lists) and not in_list and time_level(one.from_) not in levels:
        written = " or ".join(dict.fromkeys(_WRITTEN[level] for level in levels)) or "2008-08"
        remedy = f"Write the first period after the break, such as {written}"
        findings.add(place, f"{one.from_[:40]} is no period of this dataset", remedy)


def _check_members(
    definition: Definition, codelists: Mapping[str, Codelist], one: Break, told: tuple[Keys, Findings]
) -> None:
    place, findings = told
    for name, codes in one.members.items():
        dimension, at = definition.dimensions.get(name), (*place, name)
        if dimension is None:
            findings.add(at, f"{name} is not a dimension", choices(name, definition.dimensions))
        elif dimension.role == "time":
            findings.add(at, f"{name} is time, of which `from` tells", "leave it out")
        elif not codes:
            findings.add(at, "names no member", f"name some, or leave {name} out: then it concerns all")
        elif (codelist := codelists.get(dimension.codelist)) is not None:
            for code in codes:
                if code not in codelist.by_code and not (code == TOTAL and dimension.total):
                    rule = f"{code[:40]} is not a code of the code list {codelist.id}"
                    findings.add(at, rule, code_remedy(code, codelist))
