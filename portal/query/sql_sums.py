"""Write sums of cells, and the rates and means of several, as SQL: numbers and statuses as they are in memory."""

from __future__ import annotations

from collections.abc import Iterator

from datasets.cell_status import CellStatus, status_column
from datasets.release import MeasureDescription
from datasets.sql_text import quoted
from portal.query.plan import Plan
from portal.query.ranks import FIRST_VALUED, NOTHING, RANKS, WEAKEST_FIRST
from portal.query.ratios import Ratio, is_repeated
from portal.query.selection import Use
from portal.query.sql_names import parts_of

_MISSING = RANKS[CellStatus.MISSING]


def figures(plan: Plan, measure: MeasureDescription) -> Iterator[tuple[str, str]]:
    """Yield the columns of a measure that is added up or divided anew: null unless every cell that counts has a value.

    The status is the weakest of all.
    """
    ratio = plan.ratio(measure.name)
    total, weakest = _sum(plan, measure) if ratio is None else _ratio(plan, ratio)
    names = ", ".join(f"'{status.value}'" for status in WEAKEST_FIRST)
    yield measure.name, f"CASE WHEN {_valued(weakest)} THEN {total} END"
    yield status_column(measure.name), f"([{names}])[coalesce({weakest}, {_MISSING}) + 1]"


def _valued(rank: str) -> str:
    return f"{rank} BETWEEN {FIRST_VALUED} AND {NOTHING - 1}"


def _value(measure: str) -> str:
    return f"cells.{quoted(measure)}"


def _status(measure: str) -> str:
    return f"cells.{quoted(status_column(measure))}"


def _rank(plan: Plan, measure: MeasureDescription) -> str:
    """Return the rank of one cell; a status that this version does not know is taken for the most careful one."""
    of_ended = "".join(f"WHEN {condition} THEN {rank} " for condition, rank in _ranks_of_ended(plan, measure))
    ranks = " ".join(f"WHEN '{status.value}' THEN {rank}" for status, rank in RANKS.items())
    own = f"CASE {_status(measure.name)} {ranks} ELSE 0 END"
    return f"CASE {of_ended}ELSE {own} END" if of_ended else own


def _sum(plan: Plan, measure: MeasureDescription) -> tuple[str, str]:
    """Return the sum of one measure, and the rank of its weakest cell; null where there is no cell."""
    wanted = " * ".join([str(plan.cells_per_row), *(f"max({parts_of(use)}.parts)" for use in plan.uses if use.parts)])
    weakest = f"least(min({_rank(plan, measure)}), CASE WHEN count(*) < {wanted} THEN {_MISSING} ELSE {NOTHING} END)"
    value = f"({_value(measure.name)}){_left_out(plan, measure)}"
    if measure.field_type != "integer":
        added = f"fsum{value}"
        return (added if measure.decimals is None else f"round({added}, {measure.decimals})"), weakest
    times = [f"max({parts_of(use)}.parts)" for use in plan.uses if use.parts and is_repeated(measure, use)]
    times += [str(plan.repeated(measure))] * (plan.repeated(measure) > 1)
    return f"(sum{value}{''.join(f' // {each}' for each in times)})::BIGINT", weakest


# What had ended -------------------------------------------------------------------------------------------------------


def _ended(use: Use) -> str:
    return f"{parts_of(use)}.ended"


def _left_out(plan: Plan, measure: MeasureDescription) -> str:
    """Return what leaves cells of members that had ended out of what cannot be added up."""
    ended = " OR ".join(_ended(use) for use in plan.uses if use.ended)
    return f" FILTER (WHERE NOT ({ended}))" if ended and measure.name in dict(plan.alone) else ""


def _ranks_of_ended(plan: Plan, measure: MeasureDescription) -> Iterator[tuple[str, str]]:
    """Yield when a cell of a member that had ended has another rank than others would have, and which.

    Its people are counted in what it was joined to, so that it lacks none. What cannot be added up is known of the
    other alone only where it says nothing.
    """
    alone = dict(plan.alone)
    for use in plan.uses:
        if use.ended and measure.name in alone:
            told = f"CASE WHEN {_says_nothing(measure, alone[measure.name])} THEN {NOTHING} ELSE {_MISSING} END"
            yield f"{_ended(use)} AND {_status(measure.name)} <> '{CellStatus.SUPPRESSED}'", told
        elif use.ended and measure.type == "population" and not is_repeated(measure, use):
            yield f"{_ended(use)} AND {_status(measure.name)} = '{CellStatus.MISSING}'", str(NOTHING)


def _says_nothing(measure: MeasureDescription, above: str) -> str:
    """Return whether a cell that cannot be added to another would leave it as it is.

    ``above`` is the measure above its line; of a rate without it nothing tells whether there were cases.
    """
    if measure.type == "mean":
        return f"{_status(measure.name)} = '{CellStatus.NOT_APPLICABLE}'"
    if measure.type == "rate":
        nobody = f"{_status(measure.name)} IN ('{CellStatus.NOT_APPLICABLE}', '{CellStatus.MISSING}')"
        return f"{nobody} AND {_none(above)}" if above else nobody
    return _none(measure.name)


def _none(measure: str) -> str:
    return f"({_status(measure)} = '{CellStatus.NOT_APPLICABLE}' OR coalesce({_value(measure)} = 0, false))"


# Rates and means ------------------------------------------------------------------------------------------------------


def _ratio(plan: Plan, ratio: Ratio) -> tuple[str, str]:
    """Return a quotient of sums in whole numbers, half to even, and the rank of its status, as in memory."""
    (above, above_rank), (below, below_rank) = (_sum(plan, part) for part in (ratio.above, ratio.below))
    good, weaker = RANKS[CellStatus.OBSERVED], f"least({above_rank}, {below_rank})"
    # A rate of no case is a true zero, however well the people are known; a mean of zero is a mean like others.
    shown = f"CASE WHEN {below_rank} < {good} THEN {weaker} ELSE {above_rank} END"
    few = RANKS[CellStatus.UNRELIABLE]
    ranks = (
        (f"{weaker} = {RANKS[CellStatus.SUPPRESSED]}", RANKS[CellStatus.SUPPRESSED]),
        (f"NOT {_valued(below_rank)}", below_rank),
        (f"{below} = 0", NOTHING),
        (f"NOT {_valued(above_rank)}", above_rank),
        (_uneven(plan, ratio), _MISSING),
        (f"{below} < {ratio.fewest_below}", few),
        *([(f"{above} < {ratio.fewest_above}", few)] if ratio.fewest_above else []),
    )
    cases = " ".join(f"WHEN {condition} THEN {found}" for condition, found in ranks)
    return _quotient(ratio, above, below), f"(CASE {cases} ELSE {shown if ratio.is_rate else weaker} END)"


def _quotient(ratio: Ratio, above: str, below: str) -> str:
    scale = 10**ratio.decimals
    scaled, divisor = f"(abs({above}::HUGEINT) * {ratio.per * scale})", f"{below}::HUGEINT"
    whole, twice = f"({scaled} // {divisor})", f"(2 * ({scaled} % {divisor}))"
    up = f"({twice} > {divisor} OR ({twice} = {divisor} AND {whole} % 2 = 1))"
    return f"sign({above}) * ({whole} + {up}::INTEGER)::BIGINT::DOUBLE / {scale}"


def _uneven(plan: Plan, ratio: Ratio) -> str:
    """Return whether what is added up on one side is not applicable where the other has something: they do not fit.

    Where the same people stand in several cells, one that is applicable is enough. The people of a member that had
    ended are below the line as those of what it was joined to.
    """
    no_events, nobody = (f"{_rank(plan, part)} = {NOTHING}" for part in (ratio.above, ratio.below))
    people = f"{_value(ratio.below.name)} <> 0"
    elsewhere = [_ended(use) for use in plan.uses if use.ended and ratio.below.type == "population"]
    lacking = " AND ".join([nobody, f"{_value(ratio.above.name)} <> 0", *(f"NOT {each}" for each in elsewhere)])
    lacks_people = f"coalesce(bool_or({lacking}), false)"
    added = [use for use in plan.uses if use.role == "summed" or use.parts]
    keys = [f"cells.{quoted(use.name)}" for use in added if not is_repeated(ratio.below, use)]
    if len(keys) == len(added):
        return f"({lacks_people} OR coalesce(bool_or({no_events} AND {people}), false))"
    if not keys:
        return lacks_people
    each = f"count(DISTINCT ({', '.join(keys)})) FILTER (WHERE {people}"
    return f"({lacks_people} OR {each}) > {each} AND NOT ({no_events})))"
