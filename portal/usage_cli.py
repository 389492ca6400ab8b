"""The command that makes the source of a dataset from the counts of uses; to publish it is a step of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from datasets import disk
from datasets.definition_files import builtin_definitions
from datasets.errors import Problem, SettingInvalid, StoreUnavailable, YtemoError
from datasets.public_releases import PublicReleases
from datasets.text import Bilingual
from portal.public.usage.counts import Used, kept_counts
from portal.public.usage.source import complete_months, datasets_csv, month_csv
from publishers.cli import DataDirOption, JsonOption, settings_for
from publishers.terminal import Terminal, reporting

DATASET = "portal-usage"
_LIST = Path("codelists") / "portal-datasets.csv"

FolderArgument = Annotated[Path, typer.Argument(help="The folder of the definition; made when it is not there.")]


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(usage)


def usage(folder: FolderArgument, *, data_dir: DataDirOption = None, json_output: JsonOption = False) -> None:
    """Write what is needed to publish how often the data is used: a definition, and a file for each complete month.

    What is in the folder already stays as it is, but for the list of datasets.
    """
    with reporting(json_output=json_output) as terminal:
        settings = settings_for(data_dir)
        used = _counted(settings.data_dir / "usage")
        months = complete_months(used, datetime.now(UTC))
        if not months:
            terminal.result({"written": [], "kept": []}, _nothing_to_publish(used, settings.data_dir))
            return
        titles = _titles(PublicReleases(settings.data_dir, settings.public_key))
        written = _write(folder, {f"{DATASET}-{month}.csv": month_csv(used, month, titles) for month in months}, titles)
        _tell(terminal, folder, months, written)


def _counted(folder: Path) -> tuple[Used, ...]:
    try:
        return kept_counts(folder)
    except (OSError, sqlite3.Error) as error:
        remedy = "see that this account may read it; where it is damaged, restore it from a backup"
        problem = Problem(str(folder), f"cannot be read: {error}", remedy)
        raise StoreUnavailable("The counts of uses cannot be read", problems=[problem]) from error


def _nothing_to_publish(used: Sequence[Used], data_dir: Path) -> str:
    if not used:
        return f"No use was counted yet: {data_dir} is served by no portal, or nobody asked it for data."
    first, last = used[0].month, used[-1].month
    return (
        f"No month is complete yet: uses are counted from {first} to {last}. The first month is left out, as counting"
        " may have begun in its midst, and the last until an hour after its end."
    )


def _titles(releases: PublicReleases) -> dict[str, Bilingual]:
    """Return the titles of all datasets that were ever public: those that were withdrawn have been used too."""
    titles = {}
    for dataset in releases.datasets_ever():
        with suppress(YtemoError):  # one that is damaged cannot say what it is called
            titles[dataset] = releases.releases(dataset)[0].description.title
    return titles


def _write(folder: Path, sources: dict[str, str], titles: dict[str, Bilingual]) -> list[str]:
    """Write what is not there yet, and the list of datasets; return the names of the sources that were written."""
    try:
        disk.make_folders(folder / _LIST.parent)
        for path, content in _of_definition():
            _write_new(folder / path, content)
        (folder / _LIST).write_text(datasets_csv(titles), encoding="utf-8")
        return [name for name, text in sources.items() if _write_new(folder / name, text.encode())]
    except OSError as error:
        problem = Problem(str(folder), f"cannot be written: {error.strerror}", "name a folder that you may write to")
        raise SettingInvalid("The source cannot be put there", problems=[problem]) from error


def _of_definition() -> Iterator[tuple[Path, bytes]]:
    """Yield the files of the definition that comes with ytemo, by their places in its folder."""
    shipped = next(path for path in builtin_definitions() if path.name == DATASET)
    for path in sorted(shipped.rglob("*")):
        if path.is_file() and path.relative_to(shipped) != _LIST:
            yield path.relative_to(shipped), path.read_bytes()


def _write_new(path: Path, content: bytes) -> bool:
    """Write a file that is not there yet; return whether it was written."""
    if path.exists():
        return False
    disk.write_new(path, content, mode=0o644)
    return True


def _tell(terminal: Terminal, folder: Path, months: Sequence[str], written: Sequence[str]) -> None:
    new = [month for month in months if f"{DATASET}-{month}.csv" in written]
    kept = [month for month in months if month not in new]
    lines = [f"{month}: written. Publish it with: ytemo publish {folder} --edition {month}" for month in new]
    lines += [f"{month}: was there already and stays as it was." for month in kept]
    terminal.result({"written": new, "kept": kept}, "\n".join(lines))
