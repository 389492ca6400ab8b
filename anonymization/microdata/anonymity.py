"""What an attacker who knows the quasi-identifiers can learn: k-anonymity, l-diversity and t-closeness."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from anonymization.microdata.classes import Classes, Spread
from anonymization.microdata.numbering import number_rows
from anonymization.microdata.records import Column
from anonymization.relations import Ints
from datasets.errors import DisclosureRuleInvalid, Problem

Floats = npt.NDArray[np.float64]


def k_anonymity(classes: Classes) -> int:
    """Return k: every record shares its quasi-identifiers with at least k - 1 others (Samarati and Sweeney 1998).

    >>> k_anonymity(Classes(np.array([0, 1, 0]), np.array([2, 1])))
    1
    """
    return int(classes.sizes.min())


def persons_in(classes: Classes, persons: Column) -> Ints:
    """Return how many different persons each class holds, int64 (classes,).

    Where one person may have several records, k counts persons: three stays of one patient hide nobody. Raises
    `DisclosureRuleInvalid` where a person is withheld.
    """
    if (persons.codes < 0).any():
        problem = Problem("persons", "must be known for every record")
        raise DisclosureRuleInvalid("Persons cannot be counted.", problems=[problem])
    pairs = number_rows([classes.of_record, persons.codes], len(persons.codes))
    first = np.zeros(int(pairs.max()) + 1, dtype=np.int64)
    first[pairs] = classes.of_record
    return np.bincount(first, minlength=len(classes))


def distinct_diversity(found: Spread) -> int:
    """Return l: every class holds at least l different sensitive values (Machanavajjhala and others 2007)."""
    return int(np.bincount(found.classes).min())


def entropy_diversity(found: Spread) -> float:
    """Return l: the entropy of the sensitive values in every class is at least log l (the same, definition 4.1).

    It is a float, between 1 and the number of values; pycanon gives its whole part.
    """
    sizes = np.bincount(found.classes, weights=found.counts)
    shares = found.counts / sizes[found.classes]
    entropy = np.bincount(found.classes, weights=-shares * np.log(shares))
    return float(np.exp(entropy.min()))


def recursive_diversity(found: Spread, l: int) -> float:  # noqa: E741 - the letter of the definition
    """Return the bound that c must exceed for recursive (c, l)-diversity (the same, definition 4.2).

    In a class let r1 be the records of the most frequent value, r2 of the next, and so on: r1 < c (rl + ... + rm) must
    hold. The bound is the largest r1 / (rl + ... + rm) of all classes, infinite where a class has fewer than l values.
    pycanon 1.3 sorts the other way round, from the least frequent value, and so gives a c that promises nothing.
    Raises `DisclosureRuleInvalid` for l below 1.
    """
    if l < 1:
        raise DisclosureRuleInvalid("The rule cannot be used.", problems=[Problem("l", "must be at least 1")])
    order = np.lexsort((-found.counts, found.classes))
    counts, kinds = found.counts[order], np.bincount(found.classes)
    starts = np.concatenate([[0], np.cumsum(kinds)[:-1]])
    rank = np.arange(len(counts)) - np.repeat(starts, kinds)
    rest = np.bincount(found.classes, weights=np.where(rank >= l - 1, counts, 0))
    if not rest.all():
        return float("inf")
    return float((counts[starts] / rest).max())


def closeness(found: Spread) -> float:
    """Return t for values without an order: the largest variational distance of a class to all (Li and others 2007).

    It lies between 0, where every class looks like the whole, and 1.
    """
    within, overall = _shares(found)
    gained = np.abs(within - overall[found.values]) - overall[found.values]
    return float((1 + np.bincount(found.classes, weights=gained)).max() / 2)


def ordered_closeness(found: Spread, column: Column, order: Sequence[Any] = ()) -> float:
    """Return t for values with an order: the largest earth mover's distance where neighbours are one step apart.

    Numbers have their own order; for text it must be given, naming every value that occurs. Distances are divided by
    the number of steps, so that t lies between 0 and 1; it is 0 where only one value occurs. Raises
    `DisclosureRuleInvalid` for withheld values, or where the order is missing or incomplete.
    """
    place = _places(found, column, order)
    found = _reordered(found, place)
    if found.width == 1:
        return 0.0
    within, overall = _shares(found)
    below = np.cumsum(overall)
    sizes = np.bincount(found.classes)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    reached = np.cumsum(within)
    reached -= np.repeat(reached[starts] - within[starts], sizes)
    # Between two values that occur in a class its share stands still: those stretches are summed at once.
    ends = np.append(found.values[1:], 0)
    ends[starts[1:] - 1] = ends[-1] = found.width
    apart = _distance(below, reached, found.values, ends)
    # Before its first value a class has reached nothing.
    lead = _distance(below, np.zeros(len(starts)), np.zeros(len(starts), dtype=np.int64), found.values[starts])
    distance = np.bincount(found.classes, weights=apart) + lead
    return float(distance.max() / (found.width - 1))


def _shares(found: Spread) -> tuple[Floats, Floats]:
    """The share of each entry in its class, and of each value in all records."""
    sizes = np.bincount(found.classes, weights=found.counts)
    totals = np.bincount(found.values, weights=found.counts, minlength=found.width)
    return found.counts / sizes[found.classes], totals / totals.sum()


def _distance(below: Floats, level: Floats, starts: Ints, ends: Ints) -> Floats:
    """Return the sum of |level - below[j]| over starts <= j < ends; `below` never falls."""
    summed = np.concatenate([[0.0], np.cumsum(below)])
    middle = np.clip(np.searchsorted(below, level), starts, ends)
    left: Floats = level * (middle - starts) - (summed[middle] - summed[starts])
    right: Floats = (summed[ends] - summed[middle]) - level * (ends - middle)
    return left + right


def _places(found: Spread, column: Column, order: Sequence[Any]) -> Ints:
    """The place in the order of each value that occurs, int64 (width,)."""
    occurring = np.unique(column.codes)
    if occurring[0] < 0:
        problem = Problem("sensitive column", "must not hold withheld values, which have no place in an order")
        raise DisclosureRuleInvalid("Distances cannot be measured.", problems=[problem])
    if not order and column.categories.dtype.kind in "iuf":
        return np.arange(found.width)
    known = {value: place for place, value in enumerate(order)}
    places = [known.get(value, -1) for value in column.categories[occurring].tolist()]
    if min(places) < 0 or len(known) < len(order):
        rule = "must be given for text, naming each value that occurs once"
        raise DisclosureRuleInvalid("Distances cannot be measured.", problems=[Problem("order", rule)])
    return np.argsort(np.argsort(np.array(places)))


def _reordered(found: Spread, place: Ints) -> Spread:
    values = place[found.values]
    order = np.lexsort((values, found.classes))
    return Spread(found.classes[order], values[order], found.counts[order], found.width)
