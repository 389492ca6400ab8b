"""Asks everything that a definition alone tells of whether its editions can be published, before any data is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import duckdb

from anonymization.policies import resolve
from datasets.cell_rules import EVERY, ChosenCells
from datasets.definition import Definition
from datasets.definition_files import LoadedDefinition
from datasets.disclosure import DisclosureChoice
from datasets.errors import DefinitionInvalid, Problem
from datasets.names import TOTAL
from datasets.periods import TIME_LEVELS
from datasets.source import Source
from publishers.definition_lines import naming_lines
from publishers.extract.checks import misdeclared
from publishers.extract.extract import check_patterns
from publishers.perturbed import check_perturbable
from publishers.protectable import check_protectable
from publishers.tabulate.plan import plan
from publishers.whole_periods import check_whole_periods

_EDITIONS: Mapping[str, str] = {"weekly": "2026-03", "monthly": "2026-03", "quarterly": "2026-Q1"}
"""An edition of each frequency; all others are taken for years."""


def check_disclosure(loaded: LoadedDefinition) -> None:
    """Raise DisclosureRuleInvalid, with file and line, where the rules cannot protect what the definition publishes."""
    disclosure = loaded.definition.disclosure
    with naming_lines(loaded):
        rules = None if disclosure is None else resolve(disclosure)
        if rules is not None and rules.method == "suppression":
            check_protectable(loaded.definition)
        elif rules is not None and rules.perturbation is not None:
            check_perturbable(loaded)


def review(loaded: LoadedDefinition) -> None:
    """Raise what a job would raise for this definition whatever its source holds, with file and line."""
    check_disclosure(loaded)
    definition = loaded.definition
    with naming_lines(loaded):
        if definition.source is not None:
            _check_columns(definition.source)
        if definition.kind == "statistics":
            # Which periods a list of one's own is published with, only the edition of a job tells.
            check_whole_periods(plan(_without_periods(loaded), _edition_of(definition)), own_lists=False)


def _check_columns(source: Source) -> None:
    problems: list[Problem] = [one for name, column in source.columns.items() for one in misdeclared(name, column)]
    if problems:
        raise DefinitionInvalid("A column's declaration does not suit its type", problems=problems)
    with duckdb.connect() as connection:
        check_patterns(source, connection)


def _edition_of(definition: Definition) -> str:
    """Return the name of some edition: how many cells a table has depends on its period."""
    named = next((one.edition for one in definition.calendar), "")
    return named or _EDITIONS.get(definition.frequency, "2026")


def _without_periods(loaded: LoadedDefinition) -> LoadedDefinition:
    """Leave out choices of cells by a month, quarter or year: another edition may have it."""
    disclosure = loaded.definition.disclosure
    if not isinstance(disclosure, DisclosureChoice):
        return loaded
    kept = {
        key: tuple(one for one in getattr(disclosure, key) if not _names_periods(loaded.definition, one))
        for key in ("always_shown", "always_withheld", "weights")
    }
    changed = loaded.definition.model_copy(update={"disclosure": disclosure.model_copy(update=kept)})
    return replace(loaded, definition=changed)


def _names_periods(definition: Definition, choice: ChosenCells) -> bool:
    return any(
        definition.dimensions[name].codelist in TIME_LEVELS and set(codes) - {TOTAL, EVERY}
        for name, codes in choice.cells.items()
    )
