"""Noise for all counts of a release: everything that can fail is tried before any of it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from anonymization.perturbation.consistency import make_consistent
from anonymization.perturbation.counts import MOST, Perturbed
from anonymization.perturbation.noise import NoiseRule, accuracy_of, add_noise
from anonymization.perturbation.release import MeasureCells, measure_cells
from anonymization.relations import Ints
from anonymization.table import TableSet
from anonymization.words import Text
from datasets.errors import DisclosureRuleInvalid, Problem


@dataclass(frozen=True)
class PlannedMeasure:
    """How one measure gets noise, and whether its parts add up to their totals and are made to do so again."""

    rule: NoiseRule
    adds_up: bool


@dataclass(frozen=True)
class PlannedNoise:
    """How all measures of a release get noise, by name, and how far nearly all of it is from zero at most.

    Made by `plan_noise` alone, which has tried everything that can fail.
    """

    measures: Mapping[str, PlannedMeasure]
    within: Mapping[str, int]


def plan_noise(tables: TableSet, measures: Mapping[str, PlannedMeasure]) -> PlannedNoise:
    """Try all that drawing noise and making it add up needs, on zeros: a failure later would have cost the budget.

    Raises `DisclosureRuleInvalid` for measures without a rule, values that are no counts, tables that cannot be made to
    add up, links that records tell of (what is made of noise must not depend on them), and where OpenDP is missing.
    """
    if tables.links or tables.earlier or tables.hidden:
        raise _refused("tables", "are linked by what their records tell", "leave links and hidden tables out")
    for measure in tables.measures:
        if measure.name not in measures:
            raise _refused(f"measures.{measure.name}", "has no noise", "give every measure a rule")
        cells = measure_cells(tables, measure)
        if measures[measure.name].adds_up:
            make_consistent(np.zeros(len(cells.counts), dtype=np.int64), cells.matrix)
    names = [measure.name for measure in tables.measures]
    return PlannedNoise(
        {name: measures[name] for name in names}, {name: accuracy_of(measures[name].rule) for name in names}
    )


def draw_noise(tables: TableSet, planned: PlannedNoise, *, of_nobody: bool = False) -> dict[str, Ints]:
    """Return the counts of each measure with noise, int64 (cells,); it is never the same again.

    `of_nobody` draws the noise of tables in which nobody is: it tells nothing of the records, and costs nothing.
    """
    drawn = {}
    for measure in tables.measures:
        counts = measure_cells(tables, measure).counts
        drawn[measure.name] = add_noise(0 * counts if of_nobody else counts, planned.measures[measure.name].rule).counts
    return drawn


@dataclass(frozen=True)
class DrawnNoise:
    """Counts whose noise is drawn: `noisy` holds int64 (cells,) for each measure, as `draw_noise` gives it."""

    planned: PlannedNoise
    noisy: Mapping[str, Ints]

    def apply(self, cells: MeasureCells) -> Perturbed:
        """Return what is published, made of the noisy counts and of nothing else."""
        name = cells.measure.name
        noisy, planned = self.noisy[name], self.planned.measures[name]
        if noisy.shape != cells.counts.shape:
            raise _refused(f"measures.{name}", "has other cells than were drawn", "draw for these")
        counts = make_consistent(noisy, cells.matrix).counts if planned.adds_up else np.maximum(noisy, 0)
        nothing = np.zeros(len(counts), dtype=np.int64)
        shown = np.ones(len(counts), dtype=np.bool_)
        gaussian = planned.rule.loss.accountant == "concentrated"
        return Perturbed(
            counts, shown, nothing, nothing + MOST, _GAUSSIAN if gaussian else _GEOMETRIC, self.planned.within[name]
        )


def _drawn(vi: str, en: str) -> Text:
    return Text(
        vi=f"Mỗi số đếm được cộng thêm một số ngẫu nhiên ({vi}), rút một lần duy nhất cho bản phát hành này và không "
        "ai bớt ra lại được. Sau đó, chỉ từ các số đã cộng, số âm được đưa về 0 và, ở chỉ tiêu có các phần cộng lại "
        "bằng tổng, các số được chỉnh cho khớp; vì thế số nhỏ trung bình hơi cao hơn thật.",
        en=f"A random number was added to every count ({en}), once for this release, and nobody can take it away again."
        " Afterwards, from these numbers alone, negative ones became 0 and, where parts of a measure add up to their"
        " totals, all were made to do so again; small numbers are a little too high on average on that account.",
    )


_GAUSSIAN = _drawn("phân phối Gauss rời rạc", "the discrete Gaussian distribution")
_GEOMETRIC = _drawn("phân phối hình học hai phía", "the two-sided geometric distribution")


def _refused(place: str, rule: str, remedy: str) -> DisclosureRuleInvalid:
    return DisclosureRuleInvalid("The noise cannot be drawn.", problems=[Problem(place, rule, remedy)])
