"""The command that mirrors public releases to another portal that runs CKAN."""

from __future__ import annotations

import os
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from datasets.errors import MirrorFailed
from datasets.public_releases import PublicReleases
from portal.public_address import public_links
from publishers.cli import DataDirOption, JsonOption, settings_for
from publishers.terminal import Terminal, reporting

if TYPE_CHECKING:
    from publishers.mirror.remote import Remote
    from publishers.mirror.run import Outcome

AddressArgument = Annotated[str, typer.Argument(metavar="URL", help="The CKAN to write to: https://data.example.org.")]
TokenOption = Annotated[
    Path | None, typer.Option(help="A file that holds the API token; the variable CKAN_API_TOKEN when absent.")
]
DatasetsOption = Annotated[
    list[str] | None, typer.Option("--dataset", help="Mirror only this dataset; may be given several times.")
]
OrganizationOption = Annotated[
    str, typer.Option(help="An organisation of the target that takes everything; each publisher's own when absent.")
]
PrefixOption = Annotated[str, typer.Option(help="What the names of packages at the target begin with.")]
ExtrasOption = Annotated[
    str, typer.Option(help="What extras begin with, where the target's schema has fields of the same names.")
]
RowsOption = Annotated[bool, typer.Option("--rows", help="Also put the rows of tables into the datastore.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only say what would be written.")]
PlainHttpOption = Annotated[bool, typer.Option("--plain-http", help="Send the token although nothing encrypts it.")]


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(mirror)


def mirror(  # noqa: PLR0913  one parameter for each option
    url: AddressArgument,
    *,
    data_dir: DataDirOption = None,
    token_file: TokenOption = None,
    dataset: DatasetsOption = None,
    organization: OrganizationOption = "",
    prefix: PrefixOption = "",
    extras_prefix: ExtrasOption = "",
    rows: RowsOption = False,
    dry_run: DryRunOption = False,
    plain_http: PlainHttpOption = False,
    json_output: JsonOption = False,
) -> None:
    """Mirror public releases to a portal that runs CKAN: what is withdrawn here is withdrawn there."""
    # The client of CKAN takes a while to load; other commands need none.
    from publishers.mirror import run, target  # noqa: PLC0415
    from publishers.mirror.documents import Naming  # noqa: PLC0415
    from publishers.mirror.remote import Remote  # noqa: PLC0415

    with reporting(json_output=json_output) as terminal:
        settings = settings_for(data_dir)
        links = public_links(settings, "the files of a mirrored dataset stay here")
        address = target.checked_address(url, plain_http=plain_http)
        releases = PublicReleases(settings.data_dir, settings.public_key)
        begin = target.checked_prefix(prefix), target.checked_prefix(extras_prefix, "--extras-prefix")
        naming = Naming(releases.public_key.id, links, begin[0], organization, begin[1])
        asked = run.Asked(naming, tuple(dataset or ()), rows, terminal.progress)
        remote = Remote(address, target.read_token(token_file, os.environ), rehearsal=dry_run)
        with closing(remote), nullcontext() if dry_run else target.alone_at(address, settings.data_dir):
            outcome = run.mirror(remote, releases, asked)
        _report(terminal, remote, outcome)


def _report(terminal: Terminal, remote: Remote, outcome: Outcome) -> None:
    verb = "Would write" if remote.rehearsal else "Wrote"
    for done in remote.written:
        terminal.note(f"{verb}: {done}")
    if outcome.problems:
        count = len(remote.written)
        raise MirrorFailed(f"{verb} {count} times to {remote.address}, but not all", problems=outcome.problems)
    value: dict[str, Any] = {
        "target": remote.address,
        "dry_run": remote.rehearsal,
        "changed": outcome.changed,
        "unchanged": outcome.unchanged,
        "withdrawn": outcome.withdrawn,
        "reads": remote.reads,
        "written": remote.written,
    }
    terminal.result(value, _sentence(remote, outcome))


def _sentence(remote: Remote, outcome: Outcome) -> str:
    total = len(outcome.changed) + len(outcome.unchanged)
    told = f"{len(outcome.changed)} of {total} datasets {'would change' if remote.rehearsal else 'were changed'}"
    return f"{told} at {remote.address}, by {len(remote.written)} writes; {len(outcome.withdrawn)} stand as withdrawn."
