"""Cell-key perturbation: noise that the records behind a cell determine, so that the same people get the same noise."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from anonymization.perturbation.counts import WITHHELD, Perturbed, refuse, require_counts
from anonymization.perturbation.noise_table import NoiseTable
from anonymization.relations import Ints
from anonymization.words import Text


def record_keys(identifiers: Sequence[str], secret: bytes, *, modulus: int = 256) -> Ints:
    """Return one key below `modulus` for each record, int64 (records,), that only the holder of the secret can tell.

    The same person has the same key in every extract and every year: keyed BLAKE2b of the identifier. The modulus is
    a power of two, so that every key is equally likely; the secret has 16 to 64 bytes.

    >>> record_keys(["b", "a", "b"], bytes(16)).tolist()
    [2, 137, 2]
    """
    if not 16 <= len(secret) <= 64:
        raise refuse("the secret of the record keys must have 16 to 64 bytes", "draw 32 bytes at random and keep them")
    if not 2 <= modulus <= 2**32 or modulus & (modulus - 1):
        raise refuse("the number of record keys must be a power of two", "use 256 or 4096")
    digests = [hashlib.blake2b(one.encode(), digest_size=8, key=secret).digest() for one in identifiers]
    numbers = np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)
    return (numbers % np.uint64(modulus)).astype(np.int64)


def cell_keys(keys: Ints, cells: Ints, *, count: int, modulus: int = 256) -> Ints:
    """Add up the record keys of each cell modulo `modulus`, int64 (count,); an empty cell has key 0.

    `keys` and `cells` are int64 (records,): each record's key, not negative, and the number of its cell, below
    `count`. A record that is in several cells, as in margins, is listed once for each. Which table a cell stands in,
    and in which order its records come, makes no difference.

    >>> cell_keys(np.array([200, 100, 7]), np.array([0, 0, 2]), count=3).tolist()
    [44, 0, 7]
    """
    if len(keys) != len(cells) or bool((keys < 0).any()) or not 2 <= modulus <= 2**32:
        raise refuse("record keys must be one number, not negative, for each record", "draw keys from 0 to 255")
    if bool(((cells < 0) | (cells >= count)).any()):
        raise refuse("a record belongs to a cell that does not exist", "number the cells from 0 on")
    # Sums of floating point are exact below 2^53: that many keys below the modulus do not fit into memory.
    total = np.bincount(cells, weights=keys % modulus, minlength=count)
    return total.astype(np.int64) % modulus


def perturb(values: Ints, keys: Ints, table: NoiseTable, *, threshold: int = 0) -> Perturbed:
    """Add to every count the noise that its row and its cell key have in the table; then withhold what is small.

    `values` are counts and `keys` cell keys below the table's modulus, both int64 (cells,). A result below `threshold`
    is withheld. After Fraser and Wooton (2005), with the rows and the threshold of the Office for National Statistics'
    `cell-key-perturbation`. Raises `DisclosureRuleInvalid` for negative counts, or keys that the table does not have.

    >>> table = NoiseTable(np.array([[0, 0], [-1, 1], [1, 0]]), 1)
    >>> perturb(np.array([0, 1, 1, 9]), np.array([0, 0, 1, 0]), table, threshold=1).values.tolist()
    [-1, -1, 2, 10]
    """
    counts = require_counts(values)
    if len(keys) != len(counts) or bool(((keys < 0) | (keys >= table.modulus)).any()):
        raise refuse("cell keys must be one number below the table's modulus for each cell", "use one modulus")
    if threshold < 0:
        raise refuse("the threshold is negative", "use 0 to show every count")
    noisy = counts + table.noise[table.rows(counts), keys]
    shown = noisy >= threshold
    lowest, highest = _ranges(np.where(shown, noisy, WITHHELD), table, threshold)
    return Perturbed(np.where(shown, noisy, WITHHELD), shown, lowest, highest, _statement(table, threshold))


def _ranges(published: Ints, table: NoiseTable, threshold: int) -> tuple[Ints, Ints]:
    """Return the least and the greatest count that each published number can stand for, int64 (cells,) each."""
    lowest, highest = np.full(len(published), np.iinfo(np.int64).max), np.zeros(len(published), dtype=np.int64)
    distinct, inverse = np.unique(published[published != WITHHELD], return_inverse=True)
    least, most = lowest[: len(distinct)].copy(), highest[: len(distinct)].copy()
    for change in range(-table.largest, table.largest + 1):
        before = distinct - change
        could = (before >= 0) & table.possible(np.maximum(before, 0), change)
        least, most = np.where(could, np.minimum(least, before), least), np.where(could, np.maximum(most, before), most)
    seen = published != WITHHELD
    lowest[seen], highest[seen] = least[inverse], most[inverse]
    small = np.arange(threshold + table.largest)
    hidden = small[small + table.noise.min(axis=1)[table.rows(small)] < threshold]
    if len(hidden):
        lowest[~seen], highest[~seen] = hidden.min(), hidden.max()
    return lowest, highest


def _statement(table: NoiseTable, threshold: int) -> Text:
    small_vi = f" Kết quả dưới {threshold} không được công bố." if threshold else ""
    small_en = f" Results below {threshold} are withheld." if threshold else ""
    return Text(
        vi=(
            f"Mỗi số được cộng hoặc trừ nhiều nhất {table.largest}, theo khóa của những người trong ô.{small_vi} "
            "Bảo đảm: cùng những người đó thì ở bảng nào cũng nhận cùng một số, nên hỏi lại nhiều lần không biết thêm. "
            "Không bảo đảm: các phần cộng lại đúng bằng tổng; và lấy trung bình nhiều bảng có liên hệ làm giảm "
            "nhiễu: mức giảm được đo cho từng lần công bố."
        ),
        en=(
            f"At most {table.largest} is added to or taken from every count, by the keys of the people in the cell."
            f"{small_en} Promised: the same people get the same number in every table, so that asking again tells "
            "nothing new. Not promised: that parts add up to totals; and averaging over tables that are linked "
            "lessens the noise: by how much is measured for every release."
        ),
    )
