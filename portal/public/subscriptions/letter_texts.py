"""What letters say: the question whether an address is meant, and the news of releases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from datasets.public_releases import PublicRelease
from portal.public.pages.facts import edition_of
from portal.public.subscriptions.letter import Letter, in_one_line
from portal.shared.labels import N_
from portal.shared.links import Links
from portal.shared.wording import Wording

Happened = Literal["release", "revision", "withdrawal"]
CONFIRM_HOURS = 48
"""For how long the link of a letter can be used."""
MOST_TOLD = 50
"""Of the news in one letter; it says so where there are more."""
_LONGEST_SUBJECT = 150
_HAPPENED = {"release": N_("New data"), "revision": N_("Corrected data"), "withdrawal": N_("Withdrawn data")}


@dataclass(frozen=True)
class News:
    """One thing that happened to a release."""

    happened: Happened
    release: PublicRelease


@dataclass(frozen=True)
class Envelope:
    """To whom a letter goes, what it is called, and where it leads."""

    to: str
    name: str
    stop: str
    """The address that stops letters."""


def question(envelope: Envelope, about: str, confirm: str, words: Wording) -> Letter:
    """Return the letter that asks whether its receiver wants news of ``about``."""
    hours = words.gettext("The link can be used for %(hours)s hours. Nothing of you is kept before you use it.")
    return _letter(
        envelope,
        words.gettext("Please confirm: news of open health data by e-mail"),
        [
            words.gettext("Somebody, probably you, asked for e-mails to this address about: %(about)s.")
            % {"about": about},
            words.gettext("If you want them, open this page and press the button:") + f"\n{confirm}",
            hours % {"hours": CONFIRM_HOURS},
            words.gettext(
                "If you did not ask, do nothing: you will get no more e-mails. If you want us not to ask again, open"
                " this page:"
            )
            + f"\n{envelope.stop}",
        ],
        words,
    )


def news_letter(envelope: Envelope, news: Sequence[News], links: Links, words: Wording) -> Letter:
    """Return the letter that tells of ``news``, the newest last."""
    shown = news[-MOST_TOLD:]
    told = [_told(each, links, words) for each in shown]
    if len(news) > len(shown):
        more = words.gettext("There is more news than fits in an e-mail. All of it is here:")
        told.append(f"{more}\n{links.absolute(links.calendar(words.language))}")
    end = words.gettext("You get this e-mail because you asked for it on the open health data portal.")
    stop = words.gettext("To stop these e-mails and have your address deleted:")
    return _letter(envelope, _subject(news, words), [*told, "· · ·", end, f"{stop}\n{envelope.stop}"], words)


def _letter(envelope: Envelope, subject: str, paragraphs: Sequence[str], words: Wording) -> Letter:
    return Letter(
        to=envelope.to,
        name=envelope.name,
        from_=words.gettext("Open health data"),
        subject=subject,
        paragraphs=tuple(paragraphs),
        stop=envelope.stop,
        language=words.language,
    )


def _subject(news: Sequence[News], words: Wording) -> str:
    if len(news) > 1:
        return words.ngettext(
            "%(count)s news item of open health data", "%(count)s news items of open health data", len(news)
        ) % {"count": words.number(len(news))}
    text = f"{words.gettext(_HAPPENED[news[0].happened])}: {in_one_line(_title(news[0].release, words))}"
    return text if len(text) <= _LONGEST_SUBJECT else f"{text[: _LONGEST_SUBJECT - 1]}…"


def _told(news: News, links: Links, words: Wording) -> str:
    release, manifest = news.release, news.release.manifest
    happened = words.gettext(_HAPPENED[news.happened])
    day, said = manifest.available_from, words.of(manifest.changes)
    if release.withdrawal is not None:
        day = release.withdrawal.withdrawn_at
        said = words.gettext("Reason: %(reason)s") % {"reason": words.of(release.withdrawal.reason)}
    lines = [
        _title(release, words),
        f"{happened} · {edition_of(release, words)} · {words.day(day)}",
        said,
        links.absolute(links.release(release.dataset, release.name, words.language)),
    ]
    return "\n".join([in_one_line(each) for each in lines if each])


def _title(release: PublicRelease, words: Wording) -> str:
    title = words.of(release.description.title)
    return f"[{words.gettext('Made-up data')}] {title}" if release.description.synthetic else title
