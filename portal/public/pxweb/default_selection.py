"""What is answered where nothing is selected: a small table of two dimensions, the others at their totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from portal.public.pxweb.selections import Selection, VariableSelection
from portal.public.pxweb.variables import Variable, variables_of
from portal.query.formats_json_stat import METRIC
from portal.query.schema import Cube

_MOST_VALUES = 50
"""So many values of one dimension at most; of periods the newest."""


def default_selection(cube: Cube) -> Selection:
    """Return a selection of published cells: all measures, by the first dimension and by time where there is one.

    Each dimension is given by its coarsest level. Where not every margin is published, a published one is chosen.
    """
    variables = variables_of(cube)
    crossed = _crossed(cube, variables)
    items = [VariableSelection(code, _values(variable, crossed)) for code, variable in variables.items()]
    heading = [code for code in crossed if variables[code].is_time][:1]
    stub = [code for code in crossed if code not in heading]
    return Selection(tuple(items), stub=tuple(stub), heading=(*heading, METRIC))


def with_defaults(selection: Selection, cube: Cube) -> Selection:
    """Return ``selection``, or the default one where it selects nothing; where it places variables, they stand so."""
    if selection.variables:
        return selection
    default = default_selection(cube)
    placed = selection.stub or selection.heading
    return replace(default, stub=selection.stub, heading=selection.heading) if placed else default


def _crossed(cube: Cube, variables: Mapping[str, Variable]) -> Sequence[str]:
    """Return the dimensions whose members are shown."""
    needed = [name for name in cube.axes if not variables[name].has_total]
    if cube.table.margins != "all":
        fitting = [margin for margin in cube.table.margins if margin and set(needed) <= set(margin)]
        return min(fitting, key=lambda margin: abs(len(margin) - 2), default=tuple(cube.axes))
    others = [name for name in cube.axes if name not in needed]
    # The first dimension of a table is what it is about; a reader also looks how that went over time.
    wished = sorted(others, key=lambda name: (name != next(iter(cube.axes)), not variables[name].is_time))
    shown = {*needed, *wished[: max(0, 2 - len(needed))]}
    return [name for name in cube.axes if name in shown]


def _values(variable: Variable, crossed: Sequence[str]) -> tuple[str, ...]:
    if variable.code == METRIC:
        return variable.codes
    if variable.code not in crossed:
        return ()
    coarsest = next(iter(variable.levels.values()), ())
    # Two dimensions make a table; a third that has no total is shown at one of its values.
    most = _MOST_VALUES if variable.code in crossed[:2] else 1
    return coarsest[-most:] if variable.is_time else coarsest[:most]
