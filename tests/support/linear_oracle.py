"""What readers can tell of a small linear system: rational elimination, and a linear program for each end of a range.

Shares no code with `anonymization`: slow, plain and exact enough to judge it by.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, product

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import linprog

from anonymization.system import LinearSystem, system_of

Flags = npt.NDArray[np.bool_]
Reals = npt.NDArray[np.float64]


def determined_columns(matrix: npt.ArrayLike) -> list[bool]:
    """Tell which columns are the same in every solution: alone in a row of the reduced row echelon form."""
    rows = [[Fraction(float(value)) for value in row] for row in np.asarray(matrix)]
    width, top = np.shape(matrix)[1], 0
    for column in range(width):
        pivot = next((row for row in range(top, len(rows)) if rows[row][column]), None)
        if pivot is None:
            continue
        rows[top], rows[pivot] = rows[pivot], rows[top]
        rows[top] = [value / rows[top][column] for value in rows[top]]
        for row in range(len(rows)):
            if row != top and rows[row][column]:
                factor = rows[row][column]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[top], strict=True)]
        top += 1
    alone = {next(at for at, value in enumerate(row) if value) for row in rows if sum(map(bool, row)) == 1}
    return [column in alone for column in range(width)]


def unseen(system: LinearSystem, withheld: Flags) -> npt.NDArray[np.int64]:
    """The cells that readers neither see nor know."""
    return np.flatnonzero(withheld & ~system.known & (system.least < system.most))


def derivable(system: LinearSystem, withheld: Flags) -> set[int]:
    """The withheld cells whose value follows from the sums alone."""
    cells = unseen(system, withheld)
    flags = determined_columns(system.matrix[:, cells].toarray())
    return {int(cell) for cell, flag in zip(cells, flags, strict=True) if flag}


def reach(system: LinearSystem, withheld: Flags, cell: int, sign: int) -> float:
    """How far a withheld value can rise (1) or fall (-1) while every sum stays as it is."""
    cells = unseen(system, withheld)
    if cell not in cells:
        return 0.0
    at = int(np.flatnonzero(cells == cell)[0])
    price = np.zeros(len(cells))
    price[at] = -float(sign)
    bounds = [
        (low, None if np.isinf(high) else high)
        for low, high in zip(
            system.least[cells] - system.values[cells], system.most[cells] - system.values[cells], strict=True
        )
    ]
    sums = system.matrix[:, cells].toarray()
    answer = linprog(price, A_eq=sums, b_eq=np.zeros(len(sums)), bounds=bounds, method="highs-ds")
    if answer.status == 3:
        return np.inf
    assert answer.status == 0, answer.message
    return -float(answer.fun or 0.0)


def narrow(system: LinearSystem, withheld: Flags) -> set[int]:
    """The sensitive cells whose range is smaller than it must be; a level ends where readers' knowledge does."""
    found = set()
    for cell in np.flatnonzero(system.sensitive).tolist():
        for sign, level, room in (
            (-1, system.lower[cell], system.values[cell] - system.least[cell]),
            (1, system.upper[cell], system.most[cell] - system.values[cell]),
        ):
            wanted = min(level, room)
            if wanted > 0 and reach(system, withheld, cell, sign) < wanted * (1 - 1e-4):
                found.add(cell)
    return found


def safe(system: LinearSystem, withheld: Flags, guarantee: str) -> bool:
    """Whether the guarantee holds: nothing withheld follows from sums, and sensitive ranges are wide enough."""
    return not derivable(system, withheld) and (guarantee == "exact" or not narrow(system, withheld))


def everything(system: LinearSystem) -> Flags:
    """What is withheld if all that may be withheld is."""
    moving = (system.values > system.least) | (system.most < np.inf)
    return np.asarray(system.sensitive | system.forced | (~system.known & ~system.frozen & moving))


def possible(system: LinearSystem, guarantee: str) -> bool:
    """Whether withholding everything that may be withheld would protect what is sensitive or forced."""
    withheld = everything(system)
    needy = set(np.flatnonzero((system.sensitive | system.forced) & (system.least < system.most)).tolist())
    if derivable(system, withheld) & needy:
        return False
    return guarantee == "exact" or not narrow(system, withheld)


def optimum(system: LinearSystem, guarantee: str) -> float | None:
    """The price of the cheapest safe pattern, by trying them all, cheapest first; None where there is none."""
    base = system.sensitive | system.forced
    free = np.flatnonzero(everything(system) & ~base).tolist()
    patterns = [chosen for size in range(len(free) + 1) for chosen in combinations(free, size)]
    unsafe: list[frozenset[int]] = []
    for chosen in sorted(patterns, key=lambda one: float(system.cost[list(one)].sum())):
        if any(larger.issuperset(chosen) for larger in unsafe):
            continue
        withheld = base.copy()
        withheld[list(chosen)] = True
        if safe(system, withheld, guarantee):
            return float(system.cost[withheld & ~system.sensitive].sum())
        if narrow(system, withheld) or derivable(system, withheld) & set(np.flatnonzero(base).tolist()):
            unsafe.append(frozenset(chosen))
    return None


# Small tables ---------------------------------------------------------------------------------------------------------

Tree = Sequence[int]
"""The parent of each member; the first is the total, with parent -1."""

TREES: tuple[Tree, ...] = (
    (-1, 0, 0),
    (-1, 0, 0, 0),
    (-1, 0, 0, 0, 0),
    (-1, 0, 0, 1, 1),
    (-1, 0, 0, 0, 1, 1),
    (-1, 0, 1, 1),
)


def leaves(tree: Tree) -> list[int]:
    """The members that have no parts."""
    return [member for member in range(len(tree)) if member not in tree]


def above(tree: Tree, member: int) -> Iterator[int]:
    """A member and everything that it is part of."""
    while member >= 0:
        yield member
        member = tree[member]


def cross_table(trees: Sequence[Tree], inside: npt.NDArray[np.int64]) -> tuple[dict[str, int], list[dict[str, int]]]:
    """Every cell of a table with its margins, by name, and every sum: cells with their signs."""
    values: dict[str, int] = {}
    for place in product(*(range(len(tree)) for tree in trees)):
        values[name_of(place)] = 0
    lowest = [leaves(tree) for tree in trees]
    for at in product(*(range(len(one)) for one in lowest)):
        members = [one[number] for one, number in zip(lowest, at, strict=True)]
        for place in product(*(list(above(tree, member)) for tree, member in zip(trees, members, strict=True))):
            values[name_of(place)] += int(inside[at])
    sums = []
    for axis, tree in enumerate(trees):
        for rest in product(*(range(len(other)) for number, other in enumerate(trees) if number != axis)):
            for parent in sorted(set(tree) - {-1}):
                parts = [parent, *(member for member in range(len(tree)) if tree[member] == parent)]
                names = [name_of((*rest[:axis], member, *rest[axis:])) for member in parts]
                sums.append(dict(zip(names, [-1, *[1] * (len(names) - 1)], strict=True)))
    return values, sums


def name_of(place: Sequence[int]) -> str:
    """`0` is the total of its dimension: `2.0` is the margin of row 2."""
    return ".".join(map(str, place))


def matrix_of(names: Sequence[str], sums: Sequence[dict[str, int]]) -> sparse.csr_array:
    """One row for each sum."""
    dense = np.zeros((len(sums), len(names)))
    place = {name: at for at, name in enumerate(names)}
    for row, one in enumerate(sums):
        for name, sign in one.items():
            dense[row, place[name]] = sign
    return sparse.csr_array(dense)


def made_up(seed: int, *, plain: bool = False) -> LinearSystem:
    """A small system: one table of one to three dimensions, or two with a common one, and demands at random.

    `plain` leaves out what only some systems have: known, frozen and forced cells, bounds and prices.
    """
    random = np.random.default_rng(seed)
    linked = random.random() < 0.3
    axes = int(random.choice([1, 2, 2, 2, 3])) if not linked else 2
    trees = [TREES[int(random.integers(0, 2 if axes == 3 else len(TREES)))] for _ in range(axes + linked)]
    counts = random.choice([0, 0, 0, 1, 1, 2, 3, 5, 8, 20, 100], size=[len(leaves(tree)) for tree in trees])
    if linked:
        values, sums = cross_table(trees[:2], counts.sum(axis=2))
        others, more = cross_table([trees[0], trees[2]], counts.sum(axis=1))
        rename = {name: name if name.endswith(".0") else f"{name}b" for name in others}
        values |= {rename[name]: value for name, value in others.items()}
        sums += [{rename[name]: sign for name, sign in one.items()} for one in more]
    else:
        values, sums = cross_table(trees, counts)
    names = list(values)
    numbers = np.array([values[name] for name in names], dtype=np.float64)
    sensitive = (numbers > 0) & (numbers < random.integers(2, 7))
    if random.random() < 0.3:
        sensitive |= random.random(len(names)) < 0.1
    kind = random.integers(0, 4)
    lower = [np.zeros(len(names)), np.maximum(1.0, numbers // 5), random.integers(0, 6, len(names)), numbers * 0.25][
        kind
    ]
    upper = [np.zeros(len(names)), np.maximum(1.0, numbers // 5), random.integers(0, 6, len(names)), numbers * 0.5][
        kind
    ]
    others_ = {} if plain else demands(random, numbers, sensitive)
    told = np.asarray(others_.get("least", 0.0)) == np.asarray(others_.get("most", np.inf))
    return system_of(
        names,
        numbers,
        ([f"r{row}" for row in range(len(sums))], matrix_of(names, sums)),
        sensitive=sensitive & ~np.asarray(others_.get("known", False)) & ~told,
        levels=(lower, upper),
        **others_,
    )


def demands(random: np.random.Generator, numbers: Reals, sensitive: Flags) -> dict[str, Reals | Flags]:
    """Known zeros, frozen and forced cells, bounds and prices, each in some systems."""
    found: dict[str, Reals | Flags] = {}
    known = np.zeros(len(numbers), dtype=np.bool_)
    if random.random() < 0.3:
        known = (numbers == 0) & (random.random(len(numbers)) < 0.5)
        found["known"] = known
    if random.random() < 0.4:
        found["frozen"] = (random.random(len(numbers)) < 0.15) & ~sensitive
    if random.random() < 0.3:
        frozen = np.asarray(found.get("frozen", known & False), dtype=np.bool_)
        found["forced"] = (random.random(len(numbers)) < 0.08) & ~frozen & ~known
    if random.random() < 0.3:
        found["most"] = np.where(
            random.random(len(numbers)) < 0.5, numbers + random.integers(0, 5, len(numbers)), np.inf
        )
    if random.random() < 0.2:
        found["least"] = np.where(random.random(len(numbers)) < 0.5, np.maximum(0, numbers - 2), 0.0)
    if random.random() < 0.5:
        found["cost"] = random.integers(1, 50, len(numbers)).astype(np.float64)
    return found
