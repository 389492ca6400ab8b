"""Results put in their place whole or not at all: a file or a folder that exists already is never touched."""

from __future__ import annotations

import csv
import gzip
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from datasets.errors import Problem, SettingInvalid


def check_free(path: Path) -> None:
    """Refuse an output that exists before any work is done; raises `SettingInvalid`."""
    if path.exists() or path.is_symlink():
        raise _taken(path)


def write_file(path: Path, text: str) -> None:
    """Write `text` in UTF-8 to `path`, compressed where its name ends in .gz.

    Raises `SettingInvalid` where the file exists or cannot be written; then nothing is left behind.
    """
    content = text.encode()
    if path.suffix == ".gz":
        content = gzip.compress(content, compresslevel=4, mtime=0)
    _make_parent(path)
    part = _part_of(path)
    try:
        part.write_bytes(content)
        os.link(part, path)
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        part.unlink(missing_ok=True)


def write_folder(path: Path, fill: Callable[[Path], None]) -> None:
    """Let `fill` write into a folder that takes the name `path` when it is complete; errors as of `write_file`."""
    _make_parent(path)
    try:
        part = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent))
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        fill(part)
        part.chmod(0o777 & ~_umask())
        check_free(path)
        part.rename(path)
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _umask() -> int:
    """What nobody else may do with new files: unprotected cells are among them, so that the user's wish counts."""
    found = os.umask(0o077)
    os.umask(found)
    return found


def _make_parent(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from None


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return CSV with lines that end in a line feed; texts are quoted where they have to be."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def number_text(value: float) -> str:
    """Write a number so that it is read back as the same: whole ones without a decimal point.

    >>> number_text(12.0), number_text(0.1)
    ('12', '0.1')
    """
    return str(int(value)) if float(value).is_integer() and abs(value) < 2**53 else repr(float(value))


def _part_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def _taken(path: Path) -> SettingInvalid:
    problem = Problem(f"--out {path}", "must not exist yet", "name a new file or folder")
    return SettingInvalid("The result would overwrite something", problems=[problem])


def _unwritable(path: Path, error: OSError) -> SettingInvalid:
    rule = f"cannot be written: {error.strerror or 'the system refused it'}"
    problem = Problem(f"--out {path}", rule, "make room, or name a place that you may write to")
    return SettingInvalid("The result cannot be put there", problems=[problem])
