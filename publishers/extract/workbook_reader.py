"""The child process that reads a workbook into a staged table: a job as JSON comes in, headers or a problem go out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from datasets.errors import SourceUnreadable
from datasets.source import Source
from publishers.extract.cells import Notation
from publishers.extract.encodings import convert_cell, guess_cells
from publishers.extract.headers import normal_header
from publishers.extract.location import unreadable
from publishers.extract.staging import Staging

_SAMPLE = 5_000
_UNICODE = frozenset({"utf-8", "utf-16"})


def main() -> None:
    """Read a job from standard input, do it within its memory, and answer on standard output."""
    job = json.load(sys.stdin)
    _limit_memory(int(job["memory_mb"]))
    source = Source.model_validate(job["source"])
    try:
        headers = read_workbook(Path(job["path"]), source, name=job["name"], target=Path(job["target"]))
        answer = {"headers": list(headers)}
    except SourceUnreadable as error:
        problem = error.problems[0]
        answer = {"problem": [problem.place, problem.rule, problem.remedy]}
    json.dump(answer, sys.stdout)


def read_workbook(path: Path, source: Source, *, name: str, target: Path) -> tuple[str, ...]:
    """Stage the rows below the header of the declared sheet and return the headers."""
    sheet, place = _sheet(path, source.sheet, name)
    convert = _converter(sheet, source.encoding, place)
    rows = sheet.iter_rows()
    top = next(islice(rows, source.header_row - 1, None), None)
    if top is None or not any(cell != "" for cell in top):
        raise unreadable(f"{place}, row {source.header_row}", "is empty: no header was found", "correct `header_row:`")
    notation = Notation.of(source)
    headers = tuple(convert(notation.text(cell) or "", source.header_row) for cell in top)
    keys = [normal_header(header) for header in headers]
    with Staging(target, width=len(headers)) as staging:
        for number, row in enumerate(rows, source.header_row + 1):
            if any(cell != "" for cell in row):
                texts = [notation.text(cell, key) for cell, key in zip(row, keys, strict=True)]
                staging.add(number, [convert(text, number) if text else None for text in texts])
    return headers


def _sheet(path: Path, wanted: str, name: str) -> tuple[CalamineSheet, str]:
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        if wanted and wanted not in workbook.sheet_names:
            raise unreadable(name, f"has no sheet “{wanted}”", "correct `sheet:`")
        place = f"{name}, sheet {wanted}" if wanted else name
        sheet = workbook.get_sheet_by_name(wanted) if wanted else workbook.get_sheet_by_index(0)
    except PasswordError:
        raise unreadable(name, "is protected by a password", "save it without one") from None
    except CalamineError:
        raise unreadable(name, "is not a workbook that can be read", "save it again as XLSX") from None
    else:
        return sheet, place


def _converter(sheet: CalamineSheet, encoding: str, place: str) -> Callable[[str, int], str]:
    """Cells are Unicode, but an old font's bytes may hide in them: ``TØnh`` is ``Tỉnh`` in TCVN3."""
    found = guess_cells(list(islice(_accented(sheet), _SAMPLE))).encoding if encoding == "auto" else encoding
    if not found or found in _UNICODE:
        return lambda text, _row: text

    def convert(text: str, row: int) -> str:
        try:
            return convert_cell(text, found)
        except UnicodeDecodeError:
            raise unreadable(f"{place}, row {row}", f"is not {found}", "correct the cell or `encoding:`") from None

    return convert


def _accented(sheet: CalamineSheet) -> Iterator[str]:
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell, str) and not cell.isascii():
                yield cell


def _limit_memory(megabytes: int) -> None:
    """Allow ``megabytes`` more than is in use now; systems without such limits go without."""
    try:
        import resource  # noqa: PLC0415 - only Unix has it

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (ImportError, OSError):
        return
    most = pages * resource.getpagesize() + (megabytes << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
