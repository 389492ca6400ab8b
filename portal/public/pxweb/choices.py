"""Settle what a selection of PxWeb means in one table: members of each dimension, measures, and what is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from datasets.errors import QueryInvalid
from datasets.hints import listed
from datasets.names import TOTAL
from datasets.said import said
from datasets.text import Language
from portal.public.pxweb.code_lists import CodeList, code_lists_of, named_list
from portal.public.pxweb.expressions import MAX_EXPRESSIONS, chosen_codes, is_expression
from portal.public.pxweb.names import TableId
from portal.public.pxweb.selections import Selection, VariableSelection
from portal.public.pxweb.variables import Variable, variables_of
from portal.query.formats_json_stat import METRIC
from portal.query.model import MAX_LIMIT_JSON, Filter, Query, clip, invalid, unknown
from portal.query.schema import Cube

MAX_DATA_CELLS = MAX_LIMIT_JSON
"""How many cells one answer has at most, withheld ones among them."""


class TooManyCells(QueryInvalid):
    """More cells are selected than one answer may have."""

    code = "too-many-cells"


@dataclass(frozen=True)
class Choice:
    """What is chosen of each variable of a table: its codes; ``left_out`` are those at their total."""

    codes: Mapping[str, tuple[str, ...]]
    left_out: frozenset[str]
    order: tuple[str, ...]
    """The variables of the answer, those of the stub first and those of the heading last."""

    @property
    def cells(self) -> int:
        return prod(map(len, self.codes.values()))

    def query(self, cube: Cube, *, language: Language | None = None) -> Query:
        """Return the question for the rows that are published of it."""
        filters = tuple(
            Filter(name, "in", self.codes[name])
            for name, axis in cube.axes.items()
            if len(self.codes[name]) < len(axis.positions)
        )
        rows = prod(len(self.codes[name]) for name in cube.axes)
        return Query(cube.name, select=self.codes[METRIC], filters=filters, limit=rows, language=language)


def choose(selection: Selection, cube: Cube, table: TableId) -> Choice:
    """Return what ``selection`` means in ``cube``; what it cannot mean raises QueryInvalid, too much TooManyCells."""
    variables = variables_of(cube)
    selected = _by_variable(selection.variables, variables)
    _check_expressions(selection)
    codes, left_out = dict[str, tuple[str, ...]](), set[str]()
    for code, variable in variables.items():
        item = selected.get(code)
        if item is not None and item.values:
            codes[code] = _codes(item, variable, table)
        else:
            codes[code] = _total(variable)
            left_out.add(code)
    choice = Choice(codes, frozenset(left_out), _order(selection, variables, left_out))
    if choice.cells > MAX_DATA_CELLS:
        raise _too_many(choice.cells)
    return choice


def _by_variable(
    items: Sequence[VariableSelection], variables: Mapping[str, Variable]
) -> Mapping[str, VariableSelection]:
    selected: dict[str, VariableSelection] = {}
    for item in items:
        variable = _variable(item.variable, variables)
        if variable.code in selected:
            rule = said("names one field twice: %(name)s", name=clip(item.variable))
            raise invalid("selection", rule, said("Name each field once"))
        selected[variable.code] = item
    return selected


def _variable(name: str, variables: Mapping[str, Variable]) -> Variable:
    """Return a variable by its code, whatever its capitals; ``time`` means the one of periods, as in PxWeb."""
    if name in variables:
        return variables[name]
    folded = name.casefold()
    for code, variable in variables.items():
        if folded == code.casefold() or (folded == "time" and variable.is_time):
            return variable
    raise unknown("selection", name, variables)


def _check_expressions(selection: Selection) -> None:
    if sum(is_expression(value) for each in selection.variables for value in each.values) > MAX_EXPRESSIONS:
        rule = said("has more than %(count)s expressions", count=MAX_EXPRESSIONS)
        raise invalid("selection", rule, said("Write codes"))


def _codes(item: VariableSelection, variable: Variable, table: TableId) -> tuple[str, ...]:
    place = f"valuecodes[{variable.code}]"
    if not item.codelist:
        return chosen_codes(variable, item.values, variable.codes, place=place)
    found = _code_list(item.codelist, variable, table)
    chosen = chosen_codes(variable, item.values, found.codes, place=place)
    if item.output == "aggregated":
        return chosen
    single = {part for code in chosen for part in found.parts[code]}
    return tuple(code for code in variable.codes if code in single)


def values_of_lists(names: Mapping[str, str], cube: Cube, table: TableId) -> Mapping[str, tuple[str, ...]]:
    """Return the codes of the code list that is named for each variable."""
    variables = variables_of(cube)
    named = {_variable(name, variables).code: codelist for name, codelist in names.items()}
    return {code: _code_list(name, variables[code], table).codes for code, name in named.items()}


def _code_list(name: str, variable: Variable, table: TableId) -> CodeList:
    lists = code_lists_of(table, variable)
    found = named_list(lists, name)
    if found is None:
        raise unknown(f"codelist[{variable.code}]", name, [str(each.id) for each in lists])
    return found


def _total(variable: Variable) -> tuple[str, ...]:
    if variable.has_total:
        return (TOTAL,)
    raise invalid(
        f"valuecodes[{variable.code}]",
        said("must be given: %(name)s has no published total to stand for it", name=variable.code),
        said(
            "Write %(example)s for all of its values, or some of them: %(names)s",
            example=f"valuecodes[{variable.code}]=*",
            names=listed(variable.codes),
        ),
    )


def _order(selection: Selection, variables: Mapping[str, Variable], left_out: set[str]) -> tuple[str, ...]:
    """Return the order of the answer's variables; one that is left out has no place to be given."""
    stub, heading = (
        [_variable(name, variables).code for name in names] for names in (selection.stub, selection.heading)
    )
    placed = [*stub, *heading]
    gone = next((name for name in placed if name in left_out), None)
    if gone is not None or len(set(placed)) < len(placed):
        rule = said("places a variable that is left out, or one twice")
        raise invalid("placement", rule, said("Name each variable of the answer once"))
    between = [code for code in variables if code not in placed and code not in left_out]
    return (*stub, *between, *heading)


def _too_many(cells: int) -> TooManyCells:
    rule = said("asks for %(cells)s cells; one answer has at most %(most)s", cells=cells, most=MAX_DATA_CELLS)
    remedy = said("Ask in several requests, or download the whole table")
    wrong = invalid("selection", rule, remedy)
    return TooManyCells(wrong.message, problems=wrong.problems)
