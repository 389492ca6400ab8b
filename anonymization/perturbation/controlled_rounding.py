"""Controlled rounding: every number a multiple of the base, next to the true count, and all sums still add up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from anonymization.perturbation.counts import Perturbed, refuse, require_base, require_counts, require_sums
from anonymization.perturbation.integer_programme import Whole, minimise_whole
from anonymization.relations import Flags, Ints
from anonymization.words import Text
from datasets.errors import DisclosureRuleInvalid

WINDOWS = 4
"""How many wider windows are tried before nothing is offered."""

LARGE = 1_000
"""From this many cells on that may move, the first answer is taken unless the best one is found at once."""

OFFERED = 500
"""Up to this many cells that are no multiples, wider windows are tried to tell which would do."""

FURTHER = 1_000
"""The price of one multiple further, in units of the base: adjacent multiples are left only where they must be."""


@dataclass(frozen=True)
class ControlledRounding:
    """A rounded table that adds up.

    `further` is how many multiples beyond the two neighbours were allowed and `beyond` how many cells use them.
    `distance` is the sum over all cells of how far the published number is from the count; no rounding within the same
    window has less than `least`, so that it is the nearest possible where both are equal.
    """

    published: Perturbed
    base: int
    further: int
    beyond: int
    distance: int
    least: float

    @property
    def optimal(self) -> bool:
        """Whether it is proved that no such rounding is nearer to the counts."""
        return self.beyond == 0 and self.distance <= self.least + 1e-6


def round_controlled(
    matrix: sparse.csr_array, values: Ints, *, base: int, further: int = 0, stages: Ints | None = None
) -> ControlledRounding:
    """Round every count to a neighbouring multiple of `base` so that all relations hold, as near as possible.

    `matrix` is int64 (relations, cells), zero on `values`, int64 (cells,) counts from 0. Multiples stay as they are
    (zero-restricted: Cox, 1987). With `further`, numbers may lie that many multiples beyond the neighbours, zeros
    excepted, and multiples may move as far: only where nothing nearer adds up (Salazar-González, 2006). Large tables
    are rounded in `stages`, int64 (cells,), the least number first, such as the country and its regions, then the
    provinces of each region: much faster, but what is found need not be the nearest. Raises `DisclosureRuleInvalid`
    where there is no such rounding, with the window that has one, or where none was found: three-way and larger tables
    need not have one.

    >>> matrix = sparse.csr_array(np.array([[1, 1, 1, -1]]))
    >>> round_controlled(matrix, np.array([2, 2, 2, 6]), base=5).published.values.tolist()
    [0, 0, 5, 5]
    """
    require_base(base)
    counts = require_counts(values)
    require_sums(matrix, counts)
    if not 0 <= further <= 100:
        raise refuse("the window must be from 0 to 100 multiples further", "use 0: the two neighbours alone")
    order = np.zeros(len(counts), dtype=np.int64) if stages is None else np.asarray(stages)
    if order.shape != counts.shape:
        raise refuse("the stages are not one number for each cell", "leave the stages out")
    task = _Task(matrix, counts, base, order)
    found = task.solve(further)
    if found.steps is None:
        raise _refusal(task, found, further)
    return task.result(found, further)


@dataclass(frozen=True)
class _Found:
    """Published multiples of the base, int64 (cells,), None where there are none; `least` bounds their distance."""

    steps: Ints | None
    least: float
    none_exists: bool


class _Task:
    """Whole multiples of the base, near each count, that make all relations hold."""

    def __init__(self, matrix: sparse.csr_array, counts: Ints, base: int, order: Ints) -> None:
        self._matrix, self._counts, self._base = matrix, counts, base
        self._steps, self._rest = counts // base, counts % base
        self._stages = [order == number for number in np.unique(order)]
        self.large = int(np.count_nonzero(self._rest)) > OFFERED

    def solve(self, further: int) -> _Found:
        """Find multiples stage by stage; what was found in earlier ones stays."""
        steps, done = self._steps.copy(), np.zeros(len(self._counts), dtype=np.bool_)
        least = 0.0
        for stage in self._stages:
            found = self._solve_stage(steps, done, stage, further)
            if found.numbers is None:
                return _Found(None, 0.0, none_exists=found.none_exists and len(self._stages) == 1)
            near, far = self._free(stage, further)
            up, above, below = np.split(found.numbers, [len(near), len(near) + len(far)])
            steps[near] += up
            steps[far] += above - below
            done |= stage
            least = found.least + float(self._rest[near].sum())
        if further or len(self._stages) > 1:
            # A price that is no distance, or what earlier stages chose, says nothing about the distance of the whole;
            # what each cell needs by itself is certain.
            least = float(np.minimum(self._rest, self._base - self._rest).sum())
        return _Found(steps, float(np.ceil(least - 1e-6)), none_exists=False)

    def _solve_stage(self, steps: Ints, done: Flags, stage: Flags, further: int) -> Whole:
        """Return steps up from below, then steps further up and down if allowed, of each cell that may move."""
        near, far = self._free(stage, further)
        open_cells = abs(self._matrix) @ (~(done | stage)).astype(np.int64)
        relations = sparse.csr_array(self._matrix[np.flatnonzero(open_cells == 0)])
        parts = [relations[:, near], relations[:, far], -relations[:, far]]
        matrix = sparse.csr_array(sparse.hstack(parts, dtype=np.int64))
        rows = -(relations @ steps)
        moving = np.diff(matrix.indptr) > 0
        if bool(rows[~moving].any()):
            return Whole(None, 0.0, none_exists=True)
        beyond = np.full(len(far), float(further))
        ceiling = np.concatenate([np.ones(len(near)), beyond, np.minimum(self._steps[far], further)])
        cost = np.concatenate([self._base - 2.0 * self._rest[near], np.full(2 * len(far), float(FURTHER * self._base))])
        return minimise_whole(
            sparse.csr_array(matrix[np.flatnonzero(moving)]),
            rows[moving].astype(np.float64),
            cost=cost,
            limits=(np.zeros(len(cost)), ceiling),
            first=len(cost) > LARGE,
        )

    def _free(self, stage: Flags, further: int) -> tuple[Ints, Ints]:
        near = np.flatnonzero(stage & (self._rest > 0))
        return near, np.flatnonzero(stage & (self._counts > 0)) if further else near[:0]

    def result(self, found: _Found, further: int) -> ControlledRounding:
        """Turn steps into what is published; the relations are checked once more, on the numbers themselves."""
        assert found.steps is not None
        published = found.steps * self._base
        require_sums(self._matrix, published)
        apart = np.abs(published - self._counts)
        reach = (further + 1) * self._base - 1
        shown: Flags = np.ones(len(published), dtype=np.bool_)
        lowest = np.maximum(published - reach, 0)
        return ControlledRounding(
            Perturbed(published, shown, lowest, published + reach, _statement(self._base, further)),
            self._base,
            further,
            beyond=int((apart >= self._base).sum()),
            distance=int(apart.sum()),
            least=found.least,
        )


def _refusal(task: _Task, found: _Found, further: int) -> DisclosureRuleInvalid:
    """Say that nothing adds up in this window, whether that is proved, and which window has an answer."""
    why = "there is no rounding" if found.none_exists else "no rounding was found"
    rule = f"{why} to within {further} multiples beyond the neighbours that adds up everywhere"
    for wider in range(further + 1, 0 if task.large else further + WINDOWS + 1):
        if task.solve(wider).steps is not None:
            return refuse(rule, f"allow further={wider}, for which there is one; or publish fewer tables together")
    remedy = f"try further={further + 1}, " if task.large else ""
    return refuse(rule, f"{remedy}publish fewer tables together, use cell keys, or withhold cells instead")


def _statement(base: int, further: int) -> Text:
    """Say what a number can stand for: where sums leave it free it goes to its nearest multiple, as everybody knows."""
    most, near = (further + 1) * base - 1, base // 2
    return Text(
        vi=(
            f"Mọi số đều là bội số của {base} và các phần cộng lại đúng bằng tổng ở mọi bảng. Bảo đảm: số công bố lệch "
            f"số thật nhiều nhất {most}; số thật là 0 thì công bố là 0, nhưng số 0 công bố cũng có thể thay cho một số "
            f"từ 1 đến {near}, và đến {most} ở nơi các tổng ràng buộc nó. Không bảo đảm: mỗi số được làm tròn đến "
            "bội số gần nhất, dù điều đó đúng ở mọi nơi các tổng không ràng buộc số đó. Không có gì được chọn ngẫu "
            "nhiên: ai biết cách chọn, hoặc biết trước nhiều số thật của cùng bảng, vẫn có thể thu hẹp các số còn lại."
        ),
        en=(
            f"All numbers are multiples of {base}, and parts add up to totals in every table. Promised: a published "
            f"number differs from the true one by at most {most}; a true 0 is shown as 0, and a shown 0 "
            f"may also stand for 1 to {near}, and for up to {most} where sums bind it. Not promised: that each number "
            "is rounded to the nearest multiple, although it is wherever sums leave it free. Nothing is chosen at "
            "random: who knows how numbers are chosen, or many true counts of a table beforehand, may still narrow the "
            "others down."
        ),
    )
