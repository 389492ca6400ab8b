"""What a release with differentially private counts tells: its loss, its accuracy, what is promised and what is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from anonymization.perturbation.budget import Loss, concentrated_as_approximate, loss_of
from anonymization.words import Text
from datasets.perturbation_choice import DifferentialPrivacy, PerturbationRules, Unit

CONFIDENCE = 0.95
"""That of the stated accuracy."""
USUAL_DELTA = 1e-6


@dataclass(frozen=True)
class ToldPrivacy:
    """Plain data for packages. Everything in it was decided before the records were looked at, or follows from noise.

    `epsilon` is what `rho` is worth but for a chance of `delta`, where the noise is Gaussian. `within` says for each
    measure how far the counts as drawn are from the true ones at most, with `confidence`. `entry` and `spent` are null
    where nothing was spent, because there is noise alone.
    """

    epsilon: float
    rho: float | None
    delta: float | None
    cells_per_person: int
    records_per_cell: int
    population: str
    unit: Unit
    budget: float
    spent: float | None
    entry: int | None
    confidence: float
    within: Mapping[str, int]

    @classmethod
    def of(cls, made: PerturbationRules, within: Mapping[str, int]) -> ToldPrivacy:
        """Return what is told of rules with a budget."""
        assert made.budget is not None
        assert made.cells_per_person is not None
        assert made.records_per_cell is not None
        return cls(
            epsilon=told_epsilon(made),
            rho=made.rho,
            delta=None if made.rho is None else made.delta or USUAL_DELTA,
            cells_per_person=made.cells_per_person,
            records_per_cell=made.records_per_cell,
            population=made.budget.population,
            unit=made.budget.unit,
            budget=made.budget.epsilon or made.budget.rho or 0.0,
            spent=made.spent,
            entry=made.entry,
            confidence=CONFIDENCE,
            within=dict(within),
        )

    def text(self, names: Mapping[str, Text] | None = None) -> list[Text]:
        """Return what was done, in sentences; measures are called by ``names`` where these have them."""
        called = {name: (names or {}).get(name, Text(vi=name, en=name)) for name in self.within}
        told = [_accuracy(called[name], one) for name, one in self.within.items()]
        return [*told, _FROM_WHAT, *([_APART] if len(told) > 1 else []), self._bounds(), self._spent()]

    def _bounds(self) -> Text:
        cells, records = self.cells_per_person, self.records_per_cell
        return Text(
            vi=f"Với mỗi người, chỉ tính bản ghi ở nhiều nhất {cells} ô nhỏ nhất và nhiều nhất {records} bản ghi trong "
            "mỗi ô đó; phần vượt quá không được đếm, nên số liệu về người có nhiều bản ghi thấp hơn thật.",
            en=f"Of each person, records in at most {cells} of the finest cells and at most {records} in each of them "
            "are counted; more are left out, so that what people with many records add up to is too low.",
        )

    def _spent(self) -> Text:
        kind = "epsilon" if self.rho is None else "rho"
        own, budget = _written(self.epsilon if self.rho is None else self.rho), _written(self.budget)
        if self.spent is None:
            return Text(
                vi=f"Gói này chỉ có số ngẫu nhiên, không có số đếm thật, nên chưa dùng gì của ngân sách {kind} "
                f"{budget} của {self.population}.",
                en=f"This package has random numbers alone and no counts, so that nothing of the budget of {kind} "
                f"{budget} of {self.population} was spent.",
            )
        return Text(
            vi=f"Bản phát hành này dùng {kind} {own}. Cộng với các bản trước, đã dùng {_written(self.spent)} trong "
            f"ngân sách {budget} của {self.population}.",
            en=f"This release spends {kind} {own}. With those before, {_written(self.spent)} of the budget of {budget} "
            f"of {self.population} are spent.",
        )

    def promised(self) -> Text:
        """Return the promise, with its measure and whose privacy it is about."""
        but = Text("", "")
        if self.delta is not None:
            but = Text(
                vi=f" (trừ một xác suất {_written(self.delta)}; rho là {_written(self.rho or 0)})",
                en=f" (but for a chance of {_written(self.delta)}; rho is {_written(self.rho or 0)})",
            )
        unit, budget = _UNITS[self.unit], f"{'epsilon' if self.rho is None else 'rho'} {_written(self.budget)}"
        return Text(
            vi=f"Dù ai đã biết gì từ trước: với hay không có {unit.vi} trong dữ liệu, mọi kết quả công bố có xác suất "
            f"hơn kém nhau nhiều nhất exp({_written(self.epsilon)}) lần{but.vi}. Mọi bản phát hành nêu tên "
            f"nhóm người {self.population} cộng lại không bao giờ vượt quá {budget}; không tính những gì công bố ở nơi "
            "khác.",
            en=f"Whatever anybody knows beforehand: with or without {unit.en} in the data, anything that is published "
            f"is at most exp({_written(self.epsilon)}) times as likely{but.en}. All releases that name the "
            f"population {self.population} together never exceed {budget}; what is published elsewhere is not counted.",
        )

    def not_promised(self) -> Text:
        """Return what is not promised."""
        over = _OVER_THE_YEARS if self.unit == "person_and_period" else Text("", "")
        return Text(vi=_NOT_PROMISED.vi + over.vi, en=_NOT_PROMISED.en + over.en)


_UNITS: Mapping[Unit, Text] = {
    "person": Text(vi="mọi bản ghi của một người", en="all records of one person"),
    "person_and_period": Text(vi="bản ghi của một người trong một kỳ", en="the records of one person in one period"),
}

_NOT_PROMISED = Text(
    vi="Điều chưa được bảo đảm: bảo vệ cả một nhóm người như một gia đình (mất mát nhân với số người); che giấu điều "
    "đúng với mọi người; rằng số liệu bằng với số ở nơi khác, hay đúng ở ô nhỏ.",
    en="What is not promised: that groups such as a family are protected as well (their loss is as many times as "
    "large); that what is true of everybody stays unknown; that numbers equal those published elsewhere, or are "
    "right where they are small.",
)
_FROM_WHAT = Text(
    vi="Độ lệch này tính từ số đếm đã giới hạn theo từng người, không phải từ mọi bản ghi.",
    en="That is the distance from the counts within the bounds of each person, not from those of all records.",
)
_APART = Text(
    vi="Mỗi chỉ tiêu có số ngẫu nhiên riêng, nên các chỉ tiêu có thể mâu thuẫn nhau, như số lượt ít hơn số người.",
    en="Each measure was changed apart, so that measures may contradict each other, such as fewer visits than people.",
)
_OVER_THE_YEARS = Text(
    vi=" Với một người có bản ghi ở nhiều kỳ, mất mát của các kỳ cộng lại.",
    en=" Of a person with records in several periods, their losses add up.",
)


def _accuracy(measure: Text, within: int) -> Text:
    percent = round(100 * CONFIDENCE)
    return Text(
        vi=f"{measure.vi}: {percent} % số đếm lệch nhiều nhất ±{within} khi vừa cộng số ngẫu nhiên.",
        en=f"{measure.en}: {percent} % of counts are within ±{within} as they were drawn.",
    )


def told_epsilon(made: PerturbationRules | DifferentialPrivacy) -> float:
    """Return the epsilon that is spent, or what the rho is worth but for a chance of delta, to hundredths above."""
    loss = loss_of(made.epsilon, made.rho)
    if made.rho is None:
        return float(loss.epsilon)
    return _rounded_up(concentrated_as_approximate(loss, delta=made.delta or USUAL_DELTA))


def _rounded_up(loss: Loss) -> float:
    """Return an epsilon to hundredths, never too little."""
    return float((loss.epsilon * 100).to_integral_value("ROUND_CEILING") / 100)


def _written(number: float) -> str:
    return f"{number:.10g}"
