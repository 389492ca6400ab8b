"""The commands for API keys: make a new one, and list those that are known."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated

import typer

from datasets.errors import Problem, SettingInvalid, UsageInvalid
from datasets.settings import Settings
from portal.public.api_keys import (
    MAX_UNITS,
    Key,
    KeyEntry,
    entry_text,
    hash_of,
    new_key,
    parse_keys,
    read_key_text,
    read_keys,
)
from publishers.cli import JsonOption
from publishers.terminal import reporting

app = typer.Typer(no_args_is_help=True)

FileOption = Annotated[Path | None, typer.Option("--file", help="The file of keys; YTEMO_KEYS_FILE when absent.")]


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="Who the key is for: small letters, digits and hyphens.")],
    *,
    per_minute: Annotated[int, typer.Option(min=1, max=MAX_UNITS, help="Units of work in a minute.")] = 12_000,
    per_day: Annotated[int, typer.Option(min=0, max=MAX_UNITS, help="Units of work in a day; 0: no limit.")] = 0,
    file: FileOption = None,
    json_output: JsonOption = False,
) -> None:
    """Make a key, put its hash into the file of keys, and print it: only now, as nobody can work it out later."""
    with reporting(json_output=json_output) as terminal:
        path = _file(file)
        key = new_key()
        _add(path, name, KeyEntry(sha256=hash_of(key), per_minute=per_minute, per_day=per_day))
        terminal.note(f"{name} is in {path}, which the portal reads again by itself.")
        terminal.note("Requests bring the key as X-API-Key, or as Authorization: Bearer. It is shown only now:")
        terminal.result({"name": name, "key": key, "per_minute": per_minute, "per_day": per_day}, key)


@app.command("list")
def known(*, file: FileOption = None, json_output: JsonOption = False) -> None:
    """List the keys of the file: names and allowances. To take a key back, delete its lines from the file."""
    with reporting(json_output=json_output) as terminal:
        keys = _keys(_file(file)).values()
        found = [{"name": key.name, "per_minute": key.per_minute, "per_day": key.per_day} for key in keys]
        lines = [f"{key.name}: {key.per_minute} units a minute, {key.per_day or 'any number'} a day" for key in keys]
        terminal.result({"keys": found}, "\n".join(lines) or "There are no keys.")


def _file(given: Path | None) -> Path:
    path = given or Settings.from_env(os.environ).keys_file
    if path is None:
        remedy = "name it with --file, or set YTEMO_KEYS_FILE, which the portal reads too"
        raise UsageInvalid("No file of keys is named", problems=[Problem("--file", "is missing", remedy)])
    return path


def _keys(path: Path) -> Mapping[str, Key]:
    return read_keys(path) if path.exists() else {}


def _add(path: Path, name: str, entry: KeyEntry) -> None:
    """Add an entry as if in one stroke; a file that could not be read afterwards is left as it was."""
    if any(key.name == name for key in _keys(path).values()):
        problem = Problem(name, "has a key already", f"choose another name, or delete its lines from {path} first")
        raise UsageInvalid("This name is taken", problems=[problem])
    before = read_key_text(path) if path.exists() else ""
    text = f"{before.rstrip()}\n\n" if before.strip() else ""
    text += entry_text(name, entry)
    try:
        parse_keys(text, str(path))
    except SettingInvalid as error:
        raise UsageInvalid("The key cannot be added", problems=error.problems) from None
    _replace(path, text)


def _replace(path: Path, text: str) -> None:
    # The same place as the file, also where that is a link; readers see the old file or the new one.
    place = path.resolve()
    try:
        before = place.stat() if place.exists() else None
        with NamedTemporaryFile("w", encoding="utf-8", dir=place.parent, prefix=".keys-", delete=False) as written:
            written.write(text)
            written.flush()
            _let_read(written.fileno(), before)
            os.fsync(written.fileno())
        Path(written.name).replace(place)
    except OSError as error:
        problem = Problem(str(path), f"cannot be written: {error.strerror}", "check the folder and who may write there")
        raise UsageInvalid("The key cannot be added", problems=[problem]) from None


def _let_read(descriptor: int, before: os.stat_result | None) -> None:
    """Let those read the new file who could read the one before, such as the portal's own user."""
    os.fchmod(descriptor, 0o640 if before is None else stat.S_IMODE(before.st_mode))
    if before is not None and os.geteuid() == 0:
        os.fchown(descriptor, before.st_uid, before.st_gid)
