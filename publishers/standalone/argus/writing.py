"""A protected table in the formats of tau-ARGUS, so that an office can run both and compare."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from anonymization.dimension import ROOT, TOTAL, Dimension
from anonymization.primary.sensitivity import Reason
from publishers.standalone.argus.metadata import hierarchy_text
from publishers.standalone.output import csv_text, number_text
from publishers.standalone.table_protection import ProtectedTable

STATUS = {"sensitive": "U", "other": "S", "frozen": "P"}


def write_argus(folder: Path, done: ProtectedTable) -> None:
    """Write for each measure a .tab, its .rda, the .hrc of its hierarchies, and what was withheld as .hst and CSV.

    The .tab marks the sensitive cells as unsafe and gives their protection levels: tau-ARGUS then starts from the same
    primary cells. The .hst holds the secondary ones, so that it can audit the pattern. A dimension with overlapping
    hierarchies has no .hrc: that format cannot say it, and nothing is written for such a table.
    """
    if any(len(one.hierarchies) > 1 for one in done.table.dimensions):
        return
    folder.mkdir()
    for dimension in done.table.dimensions:
        if _is_deep(dimension):
            (folder / f"{_file_name(dimension.name)}.hrc").write_bytes(_hierarchy(dimension).encode())
    for place, measure in enumerate(done.table.measures):
        name = _file_name(measure.name)
        (folder / f"{name}.tab").write_bytes(_table(done, place).encode())
        (folder / f"{name}.rda").write_bytes(_metadata(done, place).encode())
        (folder / f"{name}.hst").write_bytes(_decisions(done, place).encode())
        (folder / f"{name}-result.csv").write_bytes(csv_text(*_letters(done, place)).encode())


def _is_deep(dimension: Dimension) -> bool:
    total = dimension.total
    return any(up not in (ROOT, total) for hierarchy in dimension.hierarchies for up in hierarchy)


def _hierarchy(dimension: Dimension) -> str:
    (above,) = dimension.hierarchies
    pairs = [
        (code, "" if above[at] == dimension.total else dimension.members[above[at]])
        for at, code in enumerate(dimension.members)
        if above[at] != ROOT
    ]
    return hierarchy_text(pairs, "@")


def _table(done: ProtectedTable, place: int) -> str:
    measure, block = done.table.measures[place], done.block(place)
    system = done.system
    rows = []
    for cell in range(len(done.table)):
        at = block.start + cell
        status = STATUS["sensitive" if system.sensitive[at] else "frozen" if system.frozen[at] else "other"]
        numbers = (
            measure.values[cell],
            measure.contributors[cell],
            system.cost[at],
            system.lower[at],
            system.upper[at],
        )
        codes = [f'"{code}"' for code in done.table.codes(cell)]
        rows.append([*codes, *(number_text(float(one)) for one in numbers), status])
    return "".join(";".join(row) + "\n" for row in rows)


def _metadata(done: ProtectedTable, place: int) -> str:
    lines = ['   <SEPARATOR> ";"', '   <SAFE> "S"', '   <UNSAFE> "U"', '   <PROTECT> "P"']
    for dimension in done.table.dimensions:
        lines += [_file_name(dimension.name), "    <RECODEABLE>", f'    <TOTCODE> "{TOTAL}"']
        if _is_deep(dimension):
            lines += ["    <HIERARCHICAL>", f'    <HIERCODELIST> "{_file_name(dimension.name)}.hrc"']
            lines += ['    <HIERLEADSTRING> "@"']
    decimals = 0 if (done.table.measures[place].values % 1 == 0).all() else 6
    lines += [_file_name(done.table.measures[place].name), "    <NUMERIC>", f"    <DECIMALS> {decimals}"]
    lines += ["contributors", "    <FREQUENCY>", "price", "    <NUMERIC> <COSTVAR>", "    <DECIMALS> 6"]
    lines += ["lower", "    <NUMERIC> <LOWERPL>", "    <DECIMALS> 6", "upper", "    <NUMERIC> <UPPERPL>"]
    lines += ["    <DECIMALS> 6", "status", "    <STATUS>"]
    return "\n".join(lines) + "\n"


def _decisions(done: ProtectedTable, place: int) -> str:
    secondary = np.flatnonzero(done.protected.secondary[done.block(place)])
    return "".join(";".join([*done.table.codes(int(cell)), "m"]) + "\n" for cell in secondary)


def _letters(done: ProtectedTable, place: int) -> tuple[list[str], Iterator[list[str]]]:
    """The pattern with the letters that users of tau-ARGUS know: A and B sensitive, D secondary, V published."""
    withheld, reasons = done.protected.withheld[done.block(place)], done.reasons[place]

    def letter(cell: int) -> str:
        if not withheld[cell]:
            return "V"
        if not reasons[cell]:
            return "D"
        return "A" if reasons[cell] == Reason.FREQUENCY else "B"

    header = [*(one.name for one in done.table.dimensions), "Status"]
    return header, ([*done.table.codes(cell), letter(cell)] for cell in range(len(done.table)))


def _file_name(name: str) -> str:
    """tau-ARGUS separates words by spaces; a name must not lead anywhere either."""
    return "".join(letter if letter.isalnum() or letter in "_-" else "_" for letter in name)
