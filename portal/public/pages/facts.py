"""Short facts of a release: its edition and days, the rules that it follows, and whom to name and to ask."""

from __future__ import annotations

import re
from collections.abc import Mapping

from datasets.breaks import Break
from datasets.codelist import Codelist
from datasets.definition import ReportingRule
from datasets.public_releases import PublicRelease
from datasets.release import ReleaseDescription
from portal.public.letters import mailto
from portal.public.pages.parts import Fact
from portal.public.pages.values import member_label
from portal.shared import labels
from portal.shared.links import Links
from portal.shared.wording import Wording


def edition_of(release: PublicRelease, words: Wording) -> str:
    """Return edition and version in words."""
    return words.gettext("%(edition)s, version %(version)s") % {
        "edition": words.period(release.edition),
        "version": release.version,
    }


def whole_name(release: PublicRelease, words: Wording) -> str:
    """Return what a release is called where its page is not around it."""
    return f"{words.of(release.description.title)} – {edition_of(release, words)}"


def subject_of(release: PublicRelease, words: Wording) -> str:
    """Return what the numbers of a release are about: its title, without the dimensions that it ends with."""
    title = words.of(release.description.title)
    subject, by, rest = title.partition(" theo " if words.language == "vi" else " by ")
    dimensions = (re.findall(r"\w+", words.of(each.title).lower())[:1] for each in release.description.dimensions)
    named = {name for each in dimensions for name in each}
    return subject if by and named & set(re.findall(r"\w+", rest.lower())) else title


def status_facts(release: PublicRelease, links: Links, words: Wording) -> tuple[Fact, ...]:
    """Return edition, version, days and coverage of a release."""
    description, manifest = release.description, release.manifest
    facts = [
        Fact(label=words.gettext("Edition"), value=words.period(release.edition)),
        Fact(label=words.gettext("Version"), value=str(release.version)),
        Fact(
            label=words.gettext("Published"),
            value=words.day(manifest.available_from),
            moment=manifest.available_from.isoformat(),
        ),
        Fact(label=words.gettext("Frequency"), value=labels.frequency(description.frequency, words)),
        Fact(label=words.gettext("Area"), value=words.of(description.coverage.area)),
        Fact(
            label=words.gettext("Theme"),
            value=labels.theme(description.theme, words),
            url=links.theme(description.theme, words.language),
        ),
    ]
    if description.next_release:
        next_release = Fact(
            label=words.gettext("Next due"),
            value=words.day(description.next_release),
            moment=description.next_release,
        )
        facts.insert(3, next_release)
    if description.period_start and description.period_end:
        period = f"{words.day(description.period_start)} – {words.day(description.period_end)}"
        facts.append(Fact(label=words.gettext("Days covered"), value=period))
    return tuple(facts)


def rule_facts(description: ReleaseDescription, words: Wording) -> tuple[Fact, ...]:
    """Return the reporting rules that a release follows."""

    def validity(rule: ReportingRule) -> str:
        first = words.day(rule.valid_from)
        if rule.valid_to is None:
            return words.gettext("in force since %(first)s") % {"first": first}
        return words.gettext("in force from %(first)s to %(last)s") % {"first": first, "last": words.day(rule.valid_to)}

    return tuple(
        Fact(label=words.of(rule.title), value=f"{words.of(rule.citation)} ({validity(rule)})")
        for rule in description.rules
    )


def broken_series(
    description: ReleaseDescription, codelists: Mapping[str, Codelist], words: Wording
) -> tuple[str, ...]:
    """Return from when on each series breaks that a release tells of, of what, and why."""

    def told(one: Break) -> str:
        lists = {dimension.name: codelists.get(dimension.codelist) for dimension in description.dimensions}
        found = [
            member_label(code, known, words)
            for name, codes in one.members.items()
            for code in codes
            if (known := lists.get(name)) is not None
        ]
        found += [words.of(each.title) for each in description.measures if each.name in one.measures]
        return f"{', '.join([words.period(one.from_), *found])}: {words.of(one.reason)}"

    return tuple(map(told, description.breaks))


def reuse_facts(description: ReleaseDescription, links: Links, words: Wording) -> tuple[Fact, ...]:
    """Return licence, publisher and contact of a release."""
    facts = [
        Fact(
            label=words.gettext("Licence"),
            value=labels.licence(description.licence, words),
            url=labels.LICENCE_URLS[description.licence],
        ),
        Fact(
            label=words.gettext("Publisher"),
            value=words.of(description.publisher.name),
            url=links.publisher(description.publisher.id, words.language),
        ),
        Fact(label=words.gettext("Contact"), value=words.of(description.contact.name)),
        Fact(label=words.gettext("E-mail"), value=description.contact.email, url=mailto(description.contact.email)),
    ]
    if description.attribution:
        facts.append(Fact(label=words.gettext("Name the source as"), value=words.of(description.attribution)))
    return tuple(facts)
