"""The command that tells subscribers of releases: by webhooks those of a list, by mail those who asked for it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from datasets.errors import DeliveryFailed, Problem, UsageInvalid
from datasets.public_releases import PublicReleases
from datasets.settings import Settings
from portal.public_address import public_links
from portal.shared.links import Links
from publishers.cli import DataDirOption, JsonOption, settings_for
from publishers.terminal import Terminal, exit_code, reporting

if TYPE_CHECKING:
    from portal.letter_rounds import Round, Rounds
    from publishers.webhooks.news import News
    from publishers.webhooks.report import Report
    from publishers.webhooks.subscribers import Subscriber

SubscribersArgument = Annotated[
    Path | None, typer.Argument(help="The list of those who get webhooks (YAML); when absent, only letters are sent.")
]
OnlyOption = Annotated[
    list[str] | None, typer.Option(help="The id of a subscriber; all when absent. May be given several times.")
]
SinceOption = Annotated[
    str | None,
    typer.Option(metavar="MOMENT", help="With --only: send again what happened since this day or moment, in UTC."),
]
TestOption = Annotated[str | None, typer.Option("--test", metavar="ID", help="Send a ping to this subscriber alone.")]
ListOption = Annotated[bool, typer.Option("--list", help="Say how it stands with each subscriber, and send nothing.")]


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(notify)


def notify(  # noqa: PLR0913  one parameter for each option
    subscribers: SubscribersArgument = None,
    *,
    data_dir: DataDirOption = None,
    only: OnlyOption = None,
    since: SinceOption = None,
    test: TestOption = None,
    list_: ListOption = False,
    json_output: JsonOption = False,
) -> None:
    """Tell subscribers of releases, revisions and withdrawals, by webhook and by mail; what failed is tried again."""
    from publishers.webhooks.news import News  # noqa: PLC0415  other commands need none of it

    with reporting(json_output=json_output) as terminal:
        _check_together(only, since, test, list_)
        settings = settings_for(data_dir)
        _check_list(subscribers, settings, bool(only or test))
        links = public_links(settings, "events lead back to this portal")
        news = News(PublicReleases(settings.data_dir, settings.public_key), links)
        letters = None if only or test else _letters(settings, news, terminal)
        reports = _webhooks(subscribers, settings, news, terminal, _Asked(only or (), since, test, list_))
        if reports is not None:
            told = None if letters is None else letters.look() if list_ else letters.send()
            _report(terminal, reports, told)


@dataclass(frozen=True)
class _Asked:
    """The options that are about webhooks."""

    only: Sequence[str]
    since: str | None
    test: str | None
    list: bool


def _webhooks(
    path: Path | None, settings: Settings, news: News, terminal: Terminal, asked: _Asked
) -> Sequence[Report] | None:
    """Send what is due by webhook and return the reports; None where only a trial was asked for."""
    from publishers.webhooks import run  # noqa: PLC0415  letters need none of it
    from publishers.webhooks.delivery_log import log_folder  # noqa: PLC0415
    from publishers.webhooks.subscribers import load_subscribers  # noqa: PLC0415

    if path is None:
        return ()
    chosen = _chosen(load_subscribers(path), [asked.test] if asked.test else asked.only)
    folder = log_folder(settings.data_dir)
    conditions = run.Conditions(os.environ, path.parent, progress=terminal.progress)
    if asked.test:
        _report_test(terminal, chosen[0], run.try_out(chosen[0], folder, news, conditions).fault)
        return None
    _warn(terminal, chosen, news)
    if asked.list:
        return run.look(chosen, folder, news)
    return run.notify(chosen, folder, news, conditions, since=_moment(asked.since))


def _letters(settings: Settings, news: News, terminal: Terminal) -> Rounds | None:
    """Return the letters to send; None where no mail server is set."""
    from portal.letter_rounds import Rounds  # noqa: PLC0415  webhooks need none of it
    from portal.public.subscriptions.mail import Subscriptions, post_from  # noqa: PLC0415
    from portal.public.topics.topic import SHIPPED, load_topics  # noqa: PLC0415

    post = post_from(settings.smtp_url.get_secret_value(), settings.mail_from, settings.base_url)
    if post is None:
        return None
    topics = {each.id: each for each in load_topics(settings.topics_file or SHIPPED)}
    return Rounds(Subscriptions(settings.data_dir, Links(settings.base_url), post), news, topics, terminal.progress)


def _check_list(subscribers: Path | None, settings: Settings, is_of_webhooks: bool) -> None:
    if subscribers is not None or (settings.smtp_url.get_secret_value() and not is_of_webhooks):
        return
    remedy = "name the list of those who get webhooks, or set YTEMO_SMTP_URL to send letters alone"
    raise UsageInvalid("Nobody is to be told", problems=[Problem("SUBSCRIBERS", "is missing", remedy)])


def _check_together(only: list[str] | None, since: str | None, test: str | None, list_: bool) -> None:
    if since and (not only or test or list_):
        problem = Problem("--since", "needs --only, and neither --test nor --list", "name the subscribers to send to")
    elif test and (only or list_):
        problem = Problem("--test", "goes with neither --only nor --list", "leave the other out")
    else:
        return
    raise UsageInvalid("These options cannot be used together", problems=[problem])


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        problem = Problem("--since", "must be a day or a moment", "write 2027-03-01 or 2027-03-01T02:00 (UTC)")
        raise UsageInvalid("The moment cannot be read", problems=[problem]) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _chosen(known: Sequence[Subscriber], names: Sequence[str]) -> list[Subscriber]:
    ids = [each.id for each in known]
    problems = [
        Problem(name[:80], "is no subscriber of the list", f"it has: {', '.join(ids[:50])}")
        for name in names
        if name not in ids
    ]
    if problems:
        raise UsageInvalid("There is no such subscriber", problems=problems)
    return [each for each in known if not names or each.id in names]


def _warn(terminal: Terminal, chosen: Sequence[Subscriber], news: News) -> None:
    """A misspelt name would otherwise mean that nothing is ever sent; one of a dataset to come is nothing wrong."""
    datasets = {event.dataset for event in news.events}
    publishers = {event.release.description.publisher.id for event in news.events}
    for subscriber in chosen:
        for key, names, known in (
            ("datasets", subscriber.datasets, datasets),
            ("publishers", subscriber.publishers, publishers),
        ):
            unknown = [name for name in names if name not in known]
            if unknown:
                rule = f"names what has no release yet: {', '.join(unknown)}"
                terminal.warn([Problem(f"{key} of {subscriber.id}", rule, "correct it if it is misspelt")])


def _report_test(terminal: Terminal, subscriber: Subscriber, fault: str) -> None:
    if fault:
        problem = Problem(f"{subscriber.id} ({subscriber.origin})", fault, "ask who keeps it, and try again")
        raise DeliveryFailed("The ping was not taken", problems=[problem])
    value = {"subscriber": subscriber.id, "origin": subscriber.origin, "taken": True}
    terminal.result(value, f"{subscriber.id} ({subscriber.origin}) took the ping.")


def _report(terminal: Terminal, reports: Sequence[Report], letters: Round | None) -> None:
    for report in reports:
        terminal.warn(report.failed)
    lines = [report.in_words() for report in reports]
    value: dict[str, Any] = {"subscribers": [report.as_json() for report in reports]}
    problems = [problem for report in reports for problem in report.problems]
    if letters is not None:
        lines.append(letters.in_words())
        value["letters"] = letters.as_json()
        problems += letters.problems
    terminal.result(value, "\n".join(lines))
    if problems:
        for problem in problems:
            terminal.note(str(problem))
        raise typer.Exit(exit_code(DeliveryFailed))
