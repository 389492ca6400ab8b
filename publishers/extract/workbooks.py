"""XLSX and XLS sources: refused when they are bombs, read by a child process that may use little memory.

A workbook of a few hundred bytes can make its reader ask for 500 GB, which ends the process: so the reader runs apart
(workbook_reader). An error value such as ``#N/A`` counts as missing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

from datasets.source import Source
from publishers.extract.location import SourceFile, unreadable
from publishers.extract.raw_table import RawTable
from publishers.extract.staging import staged_table
from publishers.limits import JobLimits

MAX_UNPACKED = 2 << 30
MAX_RATIO = 200
FREE_RATIO_BYTES = 64 << 20
MAX_MEMBERS = 10_000
MAX_XLS = 512 << 20
MAX_SECONDS = 1800
_CHUNK = 1 << 20
_CHILD = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " from publishers.extract.workbook_reader import main; main()"
)
"""The child finds its modules where this process found them."""


def open_workbook(file: SourceFile, source: Source, *, work: Path, limits: JobLimits) -> RawTable:
    """Read the declared sheet into a staged table; SourceUnreadable when it is damaged, protected or too large."""
    if zipfile.is_zipfile(file.path):
        _check_archive(file)
    elif file.fingerprint[1] > MAX_XLS:
        raise unreadable(file.name, f"is larger than {MAX_XLS >> 20} MiB", "export it as CSV")
    target = work / "staged.parquet"
    answer = _read_apart(file, source, target=target, limits=limits)
    if "problem" in answer:
        place, rule, remedy = answer["problem"]
        raise unreadable(place, rule, remedy)
    return staged_table(target, name=file.name, headers=tuple(answer["headers"]), row_word="row")


def _read_apart(file: SourceFile, source: Source, *, target: Path, limits: JobLimits) -> dict[str, list[str]]:
    job = {
        "path": str(file.path),
        "name": file.name,
        "source": source.model_dump(mode="json"),
        "target": str(target),
        "memory_mb": limits.memory_mb,
    }
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and our own module
            [sys.executable, "-c", _CHILD, json.dumps(sys.path)],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            timeout=MAX_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise unreadable(file.name, f"took longer than {MAX_SECONDS} s to read", "export it as CSV") from None
    if done.returncode != 0:
        # What the child wrote to its standard error may quote cells: it is not passed on.
        raise unreadable(
            file.name,
            f"could not be read with {limits.memory_mb} MiB: it is damaged, or its used area is too large",
            "delete the empty rows and columns around the table, raise YTEMO_JOB_MEMORY_MB, or export it as CSV",
        )
    answer: dict[str, list[str]] = json.loads(done.stdout)
    return answer


def _check_archive(file: SourceFile) -> None:
    """Unpack every member once, without keeping it: what the directory says of sizes may be a lie."""
    allowed = min(MAX_UNPACKED, max(FREE_RATIO_BYTES, MAX_RATIO * file.fingerprint[1]))
    total = 0
    try:
        with zipfile.ZipFile(file.path) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > allowed:
                raise _bomb(file.name)
            for member in members:
                with archive.open(member) as stream:
                    while chunk := stream.read(_CHUNK):
                        total += len(chunk)
                        if total > allowed:
                            raise _bomb(file.name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise unreadable(file.name, "is damaged, cut off or protected by a password", "save it again as XLSX") from None


def _bomb(name: str) -> Exception:
    return unreadable(name, "unpacks to far more than its size", "save it again as XLSX, or export it as CSV")
