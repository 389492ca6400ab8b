"""The command `ytemo`: what publishers, the catalog and the portal offer, in one place."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from socket import socket
from typing import Annotated

import typer

import catalog.cli
import portal.keys_cli
import portal.mirror_cli
import portal.notify_cli
import portal.subscribers_cli
import portal.usage_cli
import publishers.cli
from datasets import __version__, disk
from datasets.errors import Problem, StoreUnavailable
from datasets.release import ReleaseDescription
from datasets.settings import Settings
from publishers import release_checks
from publishers.cli import DataDirOption, JsonOption, publish_edition, settings_for
from publishers.demo import DemoRelease, demo_releases
from publishers.outcomes import describe
from publishers.terminal import Terminal, reporting

app = publishers.cli.app
app.info.help = "Open health data: publish it safely, find it, serve it."
app.add_typer(catalog.cli.app, name="catalog", help="Search the catalog, and measure how well it finds.")
app.command("harvest")(catalog.cli.harvest_command)
app.command("quality")(catalog.cli.quality_command)
app.add_typer(portal.keys_cli.app, name="keys", help="API keys for callers who may use more than strangers.")
app.add_typer(portal.subscribers_cli.app, name="subscribers", help="Those who get letters about releases.")
portal.mirror_cli.register(app)
portal.notify_cli.register(app)
portal.usage_cli.register(app)

HostOption = Annotated[str, typer.Option(help="The address to listen on.")]
PortOption = Annotated[int, typer.Option(min=0, max=65_535, help="The port to listen on.")]


def record_check(base_url: str) -> release_checks.ReleaseCheck:
    """Return the check that every catalog record of a release would be valid."""
    # The RDF library and the web take a second to load; other commands need neither.
    from catalog.standards.checks import record_faults  # noqa: PLC0415
    from portal.shared.links import Links  # noqa: PLC0415

    return partial(record_faults, addresses=Links(base_url or "https://data.example.org"))


def record_advice(description: ReleaseDescription, read: release_checks.Read) -> tuple[Problem, ...]:
    """Return what would make the catalog records of a package better."""
    from catalog.quality.advice import record_advice as advice  # noqa: PLC0415  other commands need it not

    return advice(description, read)


if record_check not in release_checks.asked:
    release_checks.asked.append(record_check)
    release_checks.advised.append(record_advice)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"ytemo {__version__}")
        raise typer.Exit


@app.callback()
def main_options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """What can be said before any command."""


@app.command()
def serve(*, data_dir: DataDirOption = None, host: HostOption = "127.0.0.1", port: PortOption = 8000) -> None:
    """Serve the portal: pages, downloads and the API."""
    with reporting(json_output=False) as terminal:
        settings = settings_for(data_dir)
        _check_is_store(settings)
        with _take_address(host, port) as taken:
            _serve(settings, terminal, taken)


def _check_is_store(settings: Settings) -> None:
    """A store from which nothing is published yet is served; a folder that is none, or is not there, is a mistake."""
    if (settings.data_dir / "releases").is_dir() or settings.public_key.is_file():
        return
    remedy = "publish something into it first (ytemo publish), or correct --data-dir or YTEMO_DATA_DIR"
    problem = Problem(str(settings.data_dir), "is no release store", remedy)
    raise StoreUnavailable("There is nothing to serve", problems=[problem])


def _take_address(host: str, port: int) -> socket:
    from portal.serve import take_address  # noqa: PLC0415  the web takes a second to load; other commands need none

    return take_address(host, port)


def _serve(settings: Settings, terminal: Terminal, taken: socket) -> None:
    from portal.serve import serve as run_server  # noqa: PLC0415  see above

    def listening(address: str) -> None:
        terminal.note(f"Serving {settings.data_dir} at {address} (stop with Ctrl-C)")

    run_server(settings, taken, listening)


@app.command()
def demo(
    *,
    data_dir: Annotated[Path, typer.Option(help="The release store to publish into; made when it is not there.")],
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Publish, and do not serve.")] = False,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    json_output: JsonOption = False,
) -> None:
    """Publish the demo datasets and serve them."""
    with reporting(json_output=json_output) as terminal:
        settings = settings_for(data_dir)
        # Publishing takes minutes: that the port is not free must be told before.
        with nullcontext() if no_serve else _take_address(host, port) as taken:
            releases = [*demo_releases()]
            published = []
            for at, release in enumerate(releases, 1):
                # One takes up to two minutes, and where output is no terminal nothing else shows that work goes on.
                terminal.note(f"Publishing {release.definition} {release.edition} ({at} of {len(releases)}) …")
                published.append(_publish_demo(settings, terminal, release))
            terminal.result({"published": published}, f"{len(published)} releases of the demo are in {data_dir}.")
            if taken is not None:
                _serve(settings, terminal, taken)


def _publish_demo(settings: Settings, terminal: Terminal, release: DemoRelease) -> str:
    source = None
    if release.prepare is not None:
        source = settings.data_dir / "private" / "demo-input"
        disk.make_folders(source.parent, mode=0o700)
        disk.make_folders(source, mode=0o700)
        terminal.progress(f"make the input of {release.definition} {release.edition}")
        release.prepare(source)
    outcome = publish_edition(settings, terminal, release.definition, release.edition, source=source)
    terminal.note(describe(outcome, settings.data_dir))
    return f"{outcome.manifest.dataset} {outcome.manifest.edition}.{outcome.manifest.version}"


def main() -> None:
    """Run the command line; whatever a command lets through becomes a message and an exit code."""
    try:
        with reporting(json_output="--json" in sys.argv):
            app()
    except typer.Exit as stop:
        sys.exit(stop.exit_code)


if __name__ == "__main__":
    main()
