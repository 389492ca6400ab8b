"""Rounding cell by cell: to the nearest multiple, or up and down at random so that no total is biased."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from anonymization.perturbation.counts import Perturbed, refuse, require_base, require_counts
from anonymization.relations import Ints
from anonymization.words import Text


def round_nearest(values: Ints, *, base: int) -> Perturbed:
    """Round every count to the nearest multiple of `base`; exactly half goes up.

    `values` is int64 (cells,), counts from 0. Conventional rounding: Hundepool and others, Statistical Disclosure
    Control (2012), section 5.4. Raises `DisclosureRuleInvalid` for negative counts or a base below 2.

    >>> round_nearest(np.array([0, 1, 2, 3, 7, 8]), base=5).values
    array([ 0,  0,  0,  5,  5, 10])
    """
    require_base(base)
    counts = require_counts(values)
    published = (counts + base // 2) // base * base
    lowest = np.maximum(published - base // 2, 0)
    shown = np.ones(len(counts), dtype=np.bool_)
    return Perturbed(published, shown, lowest, published + (base - 1) // 2, _nearest(base))


def round_randomly(values: Ints, *, base: int, random: np.random.Generator) -> Perturbed:
    """Round every count to one of its two neighbouring multiples of `base`, so that its expectation is the count.

    `values` is int64 (cells,), counts from 0. A count with remainder r goes up with probability r / base; a multiple
    stays as it is. Random rounding: Nargundkar and Saveland (1972). The draws must be kept or repeated from the same
    seed: a second draw for the same cell tells more. For rounding that is the same in every table of the same
    records, use `rounding_noise` and cell keys. Raises `DisclosureRuleInvalid` as `round_nearest` does.

    >>> sorted(set(round_randomly(np.full(99, 4), base=3, random=np.random.default_rng(0)).values.tolist()))
    [3, 6]
    """
    require_base(base)
    return round_by_draws(values, random.integers(0, base, size=len(values)), base=base)


def round_by_draws(values: Ints, draws: npt.NDArray[np.integer], *, base: int) -> Perturbed:
    """Round every count up where its draw, modulo `base`, is below its remainder, and down elsewhere.

    `values` is int64 (cells,), counts from 0, `draws` whole numbers (cells,), not negative and equally likely. With the
    same draw a larger count is never rounded to less: whoever sees a count grow one by one finds out where it goes up,
    which is one of `base` equally likely places, and not how large it is. Raises `DisclosureRuleInvalid` as
    `round_nearest` does.

    >>> round_by_draws(np.array([3, 4, 5, 6]), np.array([8, 8, 1, 1]), base=3).values
    array([3, 3, 6, 6])
    """
    require_base(base)
    counts = require_counts(values)
    if len(draws) != len(counts):
        raise refuse("draws must be one for each cell", "draw for every cell once")
    up = (draws % base).astype(np.int64) < counts % base
    published = (counts // base + up) * base
    lowest = np.maximum(published - base + 1, 0)
    shown = np.ones(len(counts), dtype=np.bool_)
    return Perturbed(published, shown, lowest, published + base - 1, _random(base))


def _nearest(base: int) -> Text:
    return Text(
        vi=(
            f"Mỗi số được làm tròn riêng đến bội số gần nhất của {base}; đúng một nửa thì làm tròn lên. "
            f"Bảo đảm: số công bố lệch số thật nhiều nhất {base // 2}. "
            "Không bảo đảm: các phần cộng lại đúng bằng tổng; và người so các phần với tổng không thể biết thêm, "
            "có khi biết đúng một số thật."
        ),
        en=(
            f"Every count is rounded by itself to the nearest multiple of {base}; exactly half goes up. "
            f"Promised: a published number differs from the true one by at most {base // 2}. "
            "Not promised: that parts add up to totals; nor that somebody who compares parts with totals learns no "
            "more, at times a true count itself."
        ),
    )


def _random(base: int) -> Text:
    return Text(
        vi=(
            f"Mỗi số được làm tròn lên hoặc xuống đến bội số liền kề của {base} một cách ngẫu nhiên, "
            f"sao cho tính trung bình không bị lệch. Bảo đảm: số công bố lệch số thật nhiều nhất {base - 1}; bội số "
            f"của {base} giữ nguyên. Không bảo đảm: các phần cộng lại đúng bằng tổng; nếu cùng một ô được làm tròn "
            "ngẫu nhiên nhiều lần, lấy trung bình sẽ lộ số thật."
        ),
        en=(
            f"Every count is rounded up or down to a neighbouring multiple of {base} at random, so that on average "
            f"nothing is biased. Promised: a published number differs from the true one by at most {base - 1}; a "
            f"multiple of {base} stays as it is. Not promised: that parts add up to totals; and if the same cell is "
            "rounded at random several times, the average reveals its count."
        ),
    )
