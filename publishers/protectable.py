"""Refuses definitions whose numbers are linked in ways that the protection does not see: it fails closed on them.

Protection knows that members add up to their parent, that one cell may stand in two tables, that one part of a whole
leaves a rest, and which members of two columns hold the same rows. Each rule here refuses a shape that links numbers in
another way, through which a withheld cell could be worked out although the audit finds nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from anonymization.policies import resolve
from datasets.definition import Definition, TableSpec
from datasets.errors import DisclosureRuleInvalid, Problem
from datasets.measure import Measure
from publishers.sums_of_amounts import not_as_the_policy_asks

_Condition = tuple[tuple[str, tuple[str, ...]], ...]


def check_protectable(definition: Definition) -> None:
    """Raise DisclosureRuleInvalid, with every reason and its remedy, when suppression cannot protect ``definition``."""
    problems = [problem for rule in _RULES for problem in rule(definition)]
    if problems:
        raise DisclosureRuleInvalid("These tables cannot be protected as they are defined", problems=problems)


def links_of_changed_counts(definition: Definition) -> list[Problem]:
    """Return what makes one number stand in two places, or a small one the difference of two, for changed counts.

    Two draws for one count, or two multiples that it lies near, tell more of it than one does.
    """
    rules = (_dimensions_of_one_column, _several_parts, _parts_by_a_dimension, _parts_in_some_tables)
    return [problem for rule in rules for problem in rule(definition)]


def _header(definition: Definition, column: str) -> str:
    """Return what a column is read from: two declared columns may be one column of the source."""
    assert definition.source is not None
    return definition.source.columns[column].header or column


def _dimensions_of_one_column(definition: Definition) -> Iterator[Problem]:
    columns = {name: _header(definition, one.column or name) for name, one in definition.dimensions.items()}
    for column, times in Counter(columns.values()).items():
        if times > 1:
            names = " and ".join(name for name, own in columns.items() if own == column)
            remedy = "use one dimension whose code list has both as levels, and name them under levels"
            yield Problem(f"dimensions {names}", f"come from one column, {column}: each tells of the other", remedy)


def _sums_of_a_dimension(definition: Definition) -> Iterator[Problem]:
    columns = {_header(definition, one.column or name): name for name, one in definition.dimensions.items()}
    for name, measure in definition.measures.items():
        if measure.column is not None and _header(definition, measure.column) in columns:
            rule = f"adds up the column of the dimension {columns[_header(definition, measure.column)]}"
            remedy = "leave the measure out: together with the counts, the sum gives counts away"
            yield Problem(f"measures.{name}.column", rule, remedy)


def _several_parts(definition: Definition) -> Iterator[Problem]:
    parts: dict[_Condition, str] = {}
    for name, measure in definition.measures.items():
        if condition := _condition(definition, measure):
            parts.setdefault(condition, name)
    if len(parts) > 1:
        names = " and ".join(parts.values())
        remedy = "make the column a dimension, or publish one of them"
        yield Problem(f"measures {names}", "count different parts of one whole, which tell of each other", remedy)


def _condition(definition: Definition, measure: Measure) -> _Condition:
    """Return what a measure counts; empty for all rows. A mean over an optional column leaves rows out too.

    People that the source has counted are counted by their column: cases in one and deaths in another are two parts.
    """
    condition = [(_header(definition, column), tuple(sorted(set(values)))) for column, values in measure.where.items()]
    columns = definition.source.columns if definition.source else {}
    if measure.column is not None and measure.contributors == "value":
        condition.append((_header(definition, measure.column), ("counted",)))
    elif measure.column is not None and not columns[measure.column].required:
        condition.append((_header(definition, measure.column), ("*",)))
    return tuple(sorted(condition))


def _parts_by_a_dimension(definition: Definition) -> Iterator[Problem]:
    columns = {_header(definition, one.column or name): name for name, one in definition.dimensions.items()}
    for name, measure in definition.measures.items():
        for column in (_header(definition, one) for one in measure.where):
            if column in columns:
                rule = f"counts by {column}, which the dimension {columns[column]} shows too"
                yield Problem(f"measures.{name}.where", rule, "leave the measure out: the table has these cells")


def _mixed_contributors(definition: Definition) -> Iterator[Problem]:
    usual = "persons" if definition.person else "rows"
    kinds = {
        name: measure.contributors or ("persons" if measure.type == "persons" else usual)
        for name, measure in definition.measures.items()
        if measure.type not in ("rate", "population")
    }
    if len(set(kinds.values())) > 1:
        named = ", ".join(f"{name} by {kind}" for name, kind in kinds.items())
        yield Problem("measures", f"are protected by different contributors ({named})", "use one kind for all of them")


def _not_by_persons(definition: Definition) -> Iterator[Problem]:
    if definition.person is not None:
        for name, measure in definition.measures.items():
            if measure.contributors not in (None, "persons"):
                rule = f"is protected by {measure.contributors} although the definition names a person"
                remedy = "leave contributors out: one person with many rows would be shown like many people"
                yield Problem(f"measures.{name}.contributors", rule, remedy)


def _absences(definition: Definition) -> Iterator[Problem]:
    if definition.disclosure is None or resolve(definition.disclosure).zeros != "protect":
        return
    for name, measure in definition.measures.items():
        if measure.absent in ("missing", "partial"):
            rule = f"marks where records are absent ({measure.absent}), which tells which withheld cells are empty"
            yield Problem(f"measures.{name}.absent", rule, "use absent: zero, or zeros: publish with a reason")


def _open_margins(definition: Definition) -> Iterator[Problem]:
    """Margins that lie between published ones must be published: else their values, unseen, link the others.

    Between are what two margins have in common, and every step from one margin to a finer one.
    """
    missing: dict[str, Problem] = {}
    for place, tables in _shown_together(definition):
        shown = {margin for table in tables for margin in _margins(table, definition)}
        for first, second in combinations(sorted(shown, key=sorted), 2):
            for between in (_named(one) for one in _between(first, second) if one not in shown):
                rule = f"publish {_named(first)} and {_named(second)}, but not {between}"
                missing.setdefault(between, Problem(place, rule, "add that margin, or use margins: all"))
    yield from missing.values()


def _shown_together(definition: Definition) -> Iterator[tuple[str, tuple[TableSpec, ...]]]:
    """Yield the tables of each part, whose contributors readers are taken to know, and those of each measure alone.

    A measure can be in fewer margins than the others of its part: its sums are then open where theirs are not.
    """
    measures = definition.measures
    for part in sorted({_condition(definition, measure) for measure in measures.values()}):
        yield "tables", tuple(_tables_with(definition, part))
    for name in measures:
        own = [table for table in definition.tables.values() if name in definition.counted(table)]
        yield f"the tables with measures.{name}", tuple(own)


def _parts_in_some_tables(definition: Definition) -> Iterator[Problem]:
    """Where a whole is shown without its part, or a part without its whole, what is left over is seen from one side."""
    conditions = {name: _condition(definition, measure) for name, measure in definition.measures.items()}
    shown = {
        part: {margin for table in _tables_with(definition, part) for margin in _margins(table, definition)}
        for part in set(conditions.values())
    }
    for part in sorted(shown):
        if part and () in shown and shown[part] != shown[()]:
            names = " and ".join(name for name, own in conditions.items() if own == part)
            rule = "counts a part of what other measures count, in other tables or margins than they"
            yield Problem(f"measures.{names}", rule, "show it wherever they are shown, or nowhere")


def _between(first: frozenset[str], second: frozenset[str]) -> Iterator[frozenset[str]]:
    """Yield what two margins have in common and, where one holds the other, everything that lies between."""
    yield first & second
    coarse, fine = sorted((first, second), key=len)
    if coarse < fine:
        for size in range(1, len(fine - coarse)):
            for names in combinations(sorted(fine - coarse), size):
                yield coarse | frozenset(names)


def _named(margin: frozenset[str]) -> str:
    return " × ".join(sorted(margin)) or "the grand total"


def _tables_with(definition: Definition, part: _Condition) -> Iterator[TableSpec]:
    for table in definition.tables.values():
        if any(_condition(definition, definition.measures[name]) == part for name in definition.counted(table)):
            yield table


def _margins(table: TableSpec, definition: Definition) -> Iterator[frozenset[str]]:
    """Yield what a table groups by; a dimension without a total is in every margin."""
    always = {name for name in table.dimensions if not definition.dimensions[name].total}
    optional = [name for name in table.dimensions if name not in always]
    if table.margins == "all":
        chosen = [set(names) for size in range(len(optional) + 1) for names in combinations(optional, size)]
    else:
        chosen = [set(margin) for margin in table.margins]
    for margin in chosen:
        yield frozenset(margin | always)


_RULES = (
    _dimensions_of_one_column,
    _sums_of_a_dimension,
    _several_parts,
    _parts_by_a_dimension,
    _mixed_contributors,
    _not_by_persons,
    _absences,
    _parts_in_some_tables,
    _open_margins,
    not_as_the_policy_asks,
)
