"""The commands about those who get letters: how many they are, and all that is kept of one, to hand out or to erase."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from datasets.errors import Problem, UsageInvalid
from portal.public.subscriptions.mail_addresses import mail_address
from publishers.cli import DataDirOption, JsonOption, settings_for
from publishers.terminal import reporting

if TYPE_CHECKING:
    from portal.public.subscriptions.mail import Subscriptions

app = typer.Typer(no_args_is_help=True)

AddressArgument = Annotated[str, typer.Argument(help="The address of mail, or - to read it from standard input.")]


@app.command("count")
def count(*, data_dir: DataDirOption = None, json_output: JsonOption = False) -> None:
    """Count the subscribers, by what their letters are about and the language, without showing anybody."""
    with reporting(json_output=json_output) as terminal:
        mail = _subscriptions(data_dir)
        is_begun = mail.database.is_begun
        everybody = len(mail.subscribers.all()) if is_begun else 0
        counts = mail.subscribers.counts() if is_begun else {}
        waiting = mail.outbox.waiting() if is_begun else 0
        found = [{"about": about, "language": each, "count": number} for (about, each), number in counts.items()]
        lines = [f"{about} ({language}): {number}" for (about, language), number in counts.items()]
        lines.append(f"{everybody} subscribers; {waiting} letters that ask for confirmation wait.")
        value = {"subscribers": everybody, "subscriptions": found, "waiting": waiting}
        terminal.result(value, "\n".join(lines))


@app.command("export")
def export(address: AddressArgument, *, data_dir: DataDirOption = None) -> None:
    """Print all that is kept of one address, as JSON, for the person whose address it is."""
    with reporting(json_output=True) as terminal:
        known = _address(address)
        mail = _subscriptions(data_dir)
        terminal.result(_kept(mail, known) if mail.database.is_begun else {"address": known, "kept": False}, "")


@app.command("erase")
def erase(address: AddressArgument, *, data_dir: DataDirOption = None, json_output: JsonOption = False) -> None:
    """Delete one address with all that is kept of it."""
    with reporting(json_output=json_output) as terminal:
        known = _address(address)
        mail = _subscriptions(data_dir)
        was_kept = mail.database.is_begun and mail.subscribers.erase(known)
        terminal.result({"erased": was_kept}, "The address was deleted." if was_kept else "The address was not kept.")


def _subscriptions(data_dir: Path | None) -> Subscriptions:
    from portal.public.subscriptions.mail import Subscriptions  # noqa: PLC0415  other commands need none of it
    from portal.shared.links import Links  # noqa: PLC0415

    return Subscriptions(settings_for(data_dir).data_dir, Links())


def _address(given: str) -> str:
    known = mail_address(typer.get_text_stream("stdin").readline() if given == "-" else given)
    if known is None:
        # What was given is not repeated: it may be an address all the same.
        problem = Problem("ADDRESS", "is no address of mail that the portal takes", "write one such as lan@example.org")
        raise UsageInvalid("The address cannot be looked for", problems=[problem])
    return known


def _kept(mail: Subscriptions, address: str) -> dict[str, Any]:
    subscriber, waiting = mail.subscribers.by_address(address), mail.outbox.kept_of(address)
    kept: dict[str, Any] = {"address": address, "kept": bool(subscriber or waiting)}
    if subscriber is not None:
        kept["address"] = subscriber.address
        kept["language"] = subscriber.language
        kept["refusals"] = subscriber.refusals
        kept["subscriptions"] = [
            {"about": str(about), "confirmed_at": datetime.fromtimestamp(since, UTC).isoformat(timespec="seconds")}
            for about, since in subscriber.subjects.items()
        ]
    if waiting:
        kept["waiting_to_be_asked"] = [{"about": str(each.about), "language": each.language} for each in waiting]
    return kept
