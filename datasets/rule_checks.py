"""What the disclosure rules of a definition and its columns, measures and code lists must agree on."""

from __future__ import annotations

from collections.abc import Mapping

from datasets.cell_rules import EVERY, ChosenCells
from datasets.codelist import Codelist
from datasets.codelist_hints import code_remedy
from datasets.definition import Definition
from datasets.definition_problems import Findings, Keys, choices
from datasets.disclosure import DisclosureChoice
from datasets.names import TOTAL


def check_rules(definition: Definition, codelists: Mapping[str, Codelist], findings: Findings) -> None:
    """Add to ``findings`` where a rule names what the definition has not, or what the tables show."""
    if isinstance(definition.disclosure, DisclosureChoice):
        _check_units(definition, definition.disclosure, findings)
        _check_concentration(definition, definition.disclosure, findings)
        _check_denominators(definition, definition.disclosure, findings)
        for key in ("always_shown", "always_withheld", "weights"):
            for at, choice in enumerate(getattr(definition.disclosure, key)):
                _check_choice(definition, codelists, ("disclosure", key, at), choice, findings)


def _check_units(definition: Definition, choice: DisclosureChoice, findings: Findings) -> None:
    if choice.units is None or definition.source is None:
        return
    place, column = ("disclosure", "units", "column"), choice.units.column
    if _is_never_shown(definition, ("units", "facility"), column, findings):
        columns = definition.source.columns
        header = columns[column].header or column
        if definition.person in columns and header == (columns[definition.person].header or definition.person):
            remedy = "name the column that holds a code of each facility"
            findings.add(place, f"{column} tells persons apart, not facilities", remedy)


def _is_never_shown(definition: Definition, rule: tuple[str, str], column: str, findings: Findings) -> bool:
    """Whether the column of a rule is there. One that is shown names them: each cell would be of one, and withheld.

    `rule` is the key of the rule and what its column tells apart.
    """
    assert definition.source is not None
    (key, what), columns = rule, definition.source.columns
    place = ("disclosure", key, "column")
    if column not in columns:
        findings.add(place, f"{column} is not a column of the source", choices(column, tuple(columns)))
        return False
    header = columns[column].header or column
    for name, dimension in definition.dimensions.items():
        shown = dimension.column or name
        if shown in columns and header == (columns[shown].header or shown):
            said = f"{column} is shown by the dimension {name}, so that each of its cells would come from one {what}"
            findings.add(place, said, f"leave {key} out, or do not publish that dimension")
    return True


def _check_concentration(definition: Definition, choice: DisclosureChoice, findings: Findings) -> None:
    rule = choice.concentration
    if rule is None or definition.source is None:
        return
    _is_never_shown(definition, ("concentration", "contributor"), rule.column, findings)
    amounts = [name for name, one in definition.measures.items() if one.adds_up_amounts]
    if not amounts:
        remedy = "leave concentration out; people already counted are protected by threshold and units"
        findings.add(("disclosure", "concentration"), "there is no sum or mean of amounts to look at", remedy)
    for name in rule.measures:
        place = ("disclosure", "concentration", "measures")
        if name not in definition.measures:
            findings.add(place, f"{name} is not a measure", choices(name, tuple(amounts)))
        elif name not in amounts:
            remedy = f"name some of {', '.join(amounts)}" if amounts else "leave concentration out"
            findings.add(place, f"{name} is no sum or mean of amounts", remedy)
    shown = frozenset[str]().union(*(definition.counted(table) for table in definition.tables.values()))
    asked = set(rule.measures or amounts) & set(amounts)
    if asked and not asked & shown:
        remedy = "leave concentration out, or show them in a table"
        findings.add(("disclosure", "concentration"), f"no table shows {' or '.join(sorted(asked))}", remedy)


def _check_denominators(definition: Definition, choice: DisclosureChoice, findings: Findings) -> None:
    """Events are what a numerator counts: an amount of money says nothing about them."""
    if choice.denominators is None:
        return
    ratios = {name: one for name, one in definition.measures.items() if one.type in ("rate", "mean")}
    if not ratios:
        findings.add(("disclosure", "denominators"), "there is no rate or mean to look at", "leave denominators out")
    for name, rate in ratios.items():
        above = definition.measures.get(rate.numerator or "")
        if choice.denominators.events and above and above.type == "sum" and above.contributors != "value":
            rule = f"the rate {name} is of {rate.numerator}, which adds up amounts instead of counting events"
            remedy = "give population alone, or a rate of a count"
            findings.add(("disclosure", "denominators", "events"), rule, remedy)


def _check_choice(
    definition: Definition, codelists: Mapping[str, Codelist], place: Keys, choice: ChosenCells, findings: Findings
) -> None:
    """Whether a table shows such cells is seen when the edition is planned: the codes of periods are made then."""
    for name, codes in choice.cells.items():
        if name not in definition.dimensions:
            allowed = choices(name, tuple(definition.dimensions))
            findings.add((*place, "cells", name), f"{name} is not a dimension", allowed)
            continue
        codelist = codelists.get(definition.dimensions[name].codelist)
        for code in codes:
            if codelist is not None and code not in (TOTAL, EVERY) and code not in codelist.by_code:
                rule = f"{code} is not a code of the code list {codelist.id}"
                remedy = f"{code_remedy(code, codelist)}; {TOTAL} is the total, {EVERY} every member"
                findings.add((*place, "cells", name), rule, remedy)
    for name in choice.measures:
        if name not in definition.measures:
            allowed = choices(name, tuple(definition.measures))
            findings.add((*place, "measures"), f"{name} is not a measure", allowed)
        elif definition.measures[name].type == "population":
            findings.add((*place, "measures"), f"{name} is a population, which is never withheld", "leave it out")
