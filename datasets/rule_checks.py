"""What the disclosure rules of a definition and its columns, measures and code lists must agree on."""

from __future__ import annotations

from datasets.definition import Definition
from datasets.definition_problems import Findings, choices
from datasets.disclosure import DisclosureChoice


def check_rules(definition: Definition, findings: Findings) -> None:
    """Add to ``findings`` where a rule names what the definition has not, or what the tables show."""
    if isinstance(definition.disclosure, DisclosureChoice):
        _check_units(definition, definition.disclosure, findings)


def _check_units(definition: Definition, choice: DisclosureChoice, findings: Findings) -> None:
    """A column that is shown tells facilities by name: each of its cells would be of one of them, and be withheld."""
    if choice.units is None or definition.source is None:
        return
    columns, place, column = definition.source.columns, ("disclosure", "units", "column"), choice.units.column
    if column not in columns:
        findings.add(place, f"{column} is not a column of the source", choices(column, tuple(columns)))
        return
    header = columns[column].header or column
    for name, dimension in definition.dimensions.items():
        shown = dimension.column or name
        if shown in columns and header == (columns[shown].header or shown):
            rule = f"{column} is shown by the dimension {name}, so that each of its cells would come from one facility"
            findings.add(place, rule, "leave units out, or do not publish that dimension")
    if definition.person in columns and header == (columns[definition.person].header or definition.person):
        remedy = "name the column that holds a code of each facility"
        findings.add(place, f"{column} tells persons apart, not facilities", remedy)
