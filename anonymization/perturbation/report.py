"""The disclosure report of a release with changed counts: how they were changed, what is promised and measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from anonymization.perturbation.averaging import Averaged
from anonymization.perturbation.private_report import ToldPrivacy
from anonymization.perturbation.release import PerturbedTables
from anonymization.told_rules import ToldRules
from anonymization.words import Text
from datasets.disclosure import DisclosureRules, Method

FEWEST_TOLD = 100
"""With fewer small counts nothing is told of how near a reader comes: it would be a sum over few true counts."""


@dataclass(frozen=True)
class ToldAveraging:
    """What is told of an attack: of `cells` small counts, to tens, in whole percent and tenths.

    The exact figures are calculated from the true counts: of one small count, its squared error is the count.
    """

    cells: int
    error_before: float
    error_after: float
    guessed_before: int
    guessed_after: int
    together: bool

    @classmethod
    def of(cls, averaged: Averaged) -> ToldAveraging | None:
        """Return what may be told; None of few small counts, or none: that a 0 hides no 1 would be told as well."""
        if averaged.cells < FEWEST_TOLD:
            return None
        return cls(
            round(averaged.cells, -1),
            round(averaged.error_before, 1),
            round(averaged.error_after, 1),
            round(100 * averaged.hits_before),
            round(100 * averaged.hits_after),
            averaged.together,
        )


@dataclass(frozen=True, kw_only=True)
class PerturbationReport(ToldRules):
    """Plain data for packages and pages. It names no cell, and nothing in it is secret."""

    base: int | None
    largest: int | None
    variance: float | None
    keys: int | None
    averaging: Mapping[str, ToldAveraging | None]
    """For each measure, what a reader gets who makes its numbers add up; None where it has few small counts."""
    privacy: ToldPrivacy | None
    """Under differential privacy, its loss and accuracy; nothing is told then that was measured on the true counts."""
    text: tuple[Text, ...]
    promised: Text
    not_promised: Text


def describe_perturbed(perturbed: PerturbedTables, names: Mapping[str, Text] | None = None) -> PerturbationReport:
    """Return the report of a release with changed counts; raises `DisclosureRuleInvalid` for an unknown policy."""
    rules, started = perturbed.rules, ToldRules.of(perturbed.rules)
    made = rules.perturbation
    assert made is not None, "perturb_tables refuses other rules"
    told = {name: ToldAveraging.of(one) for name, one in perturbed.averaging.items()}
    privacy = None if made.budget is None else ToldPrivacy.of(made, perturbed.accuracies)
    return PerturbationReport(
        **vars(started),
        base=made.base,
        largest=made.largest,
        variance=made.variance,
        keys=made.keys,
        averaging=told,
        privacy=privacy,
        text=(
            _MARKED,
            *started.differences(),
            perturbed.statement,
            *(_measured((names or {}).get(name, Text(vi=name, en=name)), one) for name, one in told.items()),
            *([] if privacy is None else privacy.text(names)),
        ),
        promised=_promised(rules) if privacy is None else privacy.promised(),
        not_promised=NOT_PROMISED if privacy is None else privacy.not_promised(),
    )


_MARKED = Text(
    vi="Không ô nào bị giữ lại: mọi số đếm đều được thay đổi chút ít và mang ký hiệu [a], kể cả "
    "số tình cờ giữ nguyên. Số 0 công bố không có nghĩa là chắc chắn không có ai.",
    en="No cell is withheld: every count is changed a little and is marked [a], also one that "
    "happens to stay as it is. A published 0 does not mean for certain that there is nobody.",
)


def _promised(rules: DisclosureRules) -> Text:
    later = _LATER[rules.method]
    return Text(
        vi=f"Khi so mọi số công bố của một chỉ tiêu với nhau qua các tổng của chúng, không số đếm nào dưới "
        f"{rules.threshold} chỉ còn lại một giá trị có thể. {later.vi}",
        en=f"When all published numbers of a measure are compared with each other through their sums, no count below "
        f"{rules.threshold} has only one value left. {later.en}",
    )


_SAME_COUNT = Text(
    vi="Khi công bố lại, số đếm không đổi thì số công bố cũng không đổi.",
    en="When it is published again, a count that has not changed is the same number.",
)

_ONCE = Text(
    vi="Không được công bố lần thứ hai với số đếm đã sửa: số được chọn lại sẽ cho biết thêm.",
    en="It is not published a second time with other counts: numbers chosen anew would tell more.",
)

_LATER: Mapping[Method, Text] = {
    "random_rounding": _SAME_COUNT,
    "conventional_rounding": _SAME_COUNT,
    "controlled_rounding": _ONCE,
    "small_count_rounding": _ONCE,
    "cell_key": Text(
        vi="Khi công bố lại, ô gồm đúng những bản ghi đó có cùng một số công bố.",
        en="When it is published again, a cell of the same records is the same number.",
    ),
}

NOT_PROMISED = Text(
    vi="Điều chưa được bảo đảm: chưa loại trừ cách suy luận dựa vào việc mọi số đếm cùng lúc là số nguyên; mỗi chỉ "
    "tiêu được kiểm tra riêng; các bản phát hành trước và hiểu biết riêng về một người không được xét đến; số công bố "
    "có thể đúng bằng số thật.",
    en="What is not promised: reasoning that all counts at once are whole numbers is not excluded; each measure is "
    "attacked by itself; earlier releases and private knowledge about a person are not considered; and a published "
    "number need not differ from the true one.",
)
"""What a release with changed counts does not promise, by any method."""


def _measured(measure: Text, told: ToldAveraging | None) -> Text:
    if told is None:
        return Text(
            vi=f"{measure.vi}: có ít hoặc không có số đếm nhỏ, nên không nêu người đọc đoán gần đúng đến đâu: nêu ra "
            "thì sẽ cho biết chính các số đó.",
            en=f"{measure.en}: there are few small counts or none, so that how near readers come to them is not told: "
            "it would tell of these counts themselves.",
        )
    how = TOGETHER if told.together else ONE_BY_ONE
    return Text(
        vi=f"{measure.vi}: trong khoảng {told.cells} ô nhỏ, người đọc dùng các tổng để lấy trung bình đoán đúng "
        f"{told.guessed_after} % số ô (trước đó {told.guessed_before} %); sai số bình phương trung bình từ "
        f"{told.error_before} còn {told.error_after}. {how.vi}",
        en=f"{measure.en}: of about {told.cells} small counts, a reader who averages over the sums guesses "
        f"{told.guessed_after} % exactly (before: {told.guessed_before} %); the mean squared error goes from "
        f"{told.error_before} to {told.error_after}. {how.en}",
    )


TOGETHER = Text(
    vi="Mọi tổng đều được xét cùng lúc.",
    en="All sums were taken together.",
)
ONE_BY_ONE = Text(
    vi="Các khoảng giá trị được chuyển qua từng tổng một: xét mọi tổng cùng lúc có thể cho biết thêm.",
    en="Ranges were handed on sum by sum: all sums taken together may tell more.",
)
