"""The letters that pages begin for visitors: about a release, or to every contact of the portal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal
from unicodedata import normalize

from datasets.public_releases import PublicRelease
from portal.public.letters import Letter
from portal.public.pages.facts import edition_of, whole_name
from portal.public.pages.parts import Choice
from portal.public.pages.text import LetterView
from portal.shared.labels import N_
from portal.shared.links import Links
from portal.shared.wording import Wording

Purpose = Literal["report", "request"]
MOST_CHARACTERS = 1_500
"""Of the address of a page that a letter names."""
MOST_WANTED = 100
"""Characters of what somebody looked for in vain that a letter names."""
_NOT_OF_WORDS = re.compile(r"[^\w\s,.'%-]|\.(?!\d)")
_SUBJECTS: Mapping[Purpose, str] = {"report": N_("Problem with open data"), "request": N_("Request for open data")}
_BEGINNINGS: Mapping[Purpose, tuple[str, ...]] = {
    "report": (
        N_("I found a problem in your open data."),
        N_("Where it is (table, row, column):"),
        N_("What is wrong, and why I think so:"),
    ),
    "request": (
        N_("I would like to ask for data to be published."),
        N_("What it is about, which places and years, broken down by what:"),
        N_("What I would use it for:"),
    ),
}


def letters_about(
    purpose: Purpose, release: PublicRelease, links: Links, words: Wording, address: str = ""
) -> tuple[LetterView, ...]:
    """Return the letter to the contact of a release; ``address`` is what of it somebody looks at."""
    title = words.of(release.description.title)
    shown = links.absolute(address or links.release(release.dataset, release.name, words.language))
    subject = f"{words.gettext(_SUBJECTS[purpose])}: {title}"
    facts = [
        words.gettext("Dataset: %(title)s") % {"title": title},
        edition_of(release, words),
        words.gettext("Address: %(address)s") % {"address": shown},
    ]
    return _views([release], purpose, subject, facts, words)


def letters_to_all(
    purpose: Purpose, releases: Iterable[PublicRelease], words: Wording, wanted: str = ""
) -> tuple[LetterView, ...]:
    """Return a letter to each contact of ``releases``, once; ``wanted`` is what was looked for in vain."""
    subject = words.gettext(_SUBJECTS[purpose])
    if not wanted:
        return _views(releases, purpose, subject, (), words)
    facts = [words.gettext("I searched for this and found nothing: %(wanted)s") % {"wanted": wanted}]
    return _views(releases, purpose, f"{subject}: {wanted}", facts, words)


def plain_words(text: str) -> str:
    """Return ``text`` without what could be an address: a letter in our name leads nowhere.

    >>> plain_words("bụi PM2.5 <https://example.org>")
    'bụi PM2.5 https example org'
    """
    return " ".join(_NOT_OF_WORDS.sub(" ", normalize("NFC", text)).split())


def report_of(release: PublicRelease, links: Links, words: Wording, address: str) -> str:
    """Return where a problem is reported with what ``address`` shows of a release; a very long one is left out."""
    kept = address if len(address) <= MOST_CHARACTERS else ""
    return links.report(words.language, release.dataset, release.name, kept)


def about(release: PublicRelease, links: Links, words: Wording) -> Choice:
    """Return the release that a letter is about."""
    return Choice(label=whole_name(release, words), url=links.release(release.dataset, release.name, words.language))


def _views(
    releases: Iterable[PublicRelease], purpose: Purpose, subject: str, facts: Iterable[str], words: Wording
) -> tuple[LetterView, ...]:
    contacts = {each.description.contact.email: words.of(each.description.contact.name) for each in releases}
    lines = tuple(_lines(purpose, tuple(facts), words))
    return tuple(
        _view(number, name, Letter(email, subject, lines)) for number, (email, name) in enumerate(contacts.items(), 1)
    )


def _view(number: int, name: str, letter: Letter) -> LetterView:
    return LetterView(anchor=f"letter-{number}", to=name, email=letter.to, address=letter.address, text=letter.text)


def _lines(purpose: Purpose, facts: tuple[str, ...], words: Wording) -> Iterator[str]:
    first, *others = _BEGINNINGS[purpose]
    yield words.gettext(first)
    if facts:
        yield ""
        yield from facts
    for each in others:
        yield from ("", words.gettext(each), "")
