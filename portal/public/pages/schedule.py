"""What several pages tell of when datasets appear: the days, in words, of what is expected and of what came out."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from catalog.schedule import Appearance, Standing
from catalog.standards.atom import EVENTS, event_of
from datasets.release import PublicRelease
from datasets.text import Model
from portal.public.pages.facts import edition_of
from portal.shared import labels
from portal.shared.links import Links
from portal.shared.wording import Wording

URGENT = frozenset({"due", "overdue"})


class DatasetName(Model):
    """A dataset as it is named in a list."""

    title: str = Field(description="What it is called.")
    url: str = Field(description="Its page, or that of the release that is told of; empty where that was withdrawn.")
    synthetic: bool = Field(description="Whether its data is made up.")


class ExpectedView(Model):
    """A dataset whose next edition is expected."""

    name: DatasetName = Field(description="The dataset.")
    edition: str = Field(description="Its newest edition now.")
    frequency: str = Field(description="How often it appears.")
    day: str = Field(description="The day on which the next edition is due.")
    moment: str = Field(description="The same for machines.")
    announced: bool = Field(description="Whether that day was announced; otherwise it follows from the frequency.")
    state: str = Field(description="How it stands, in words.")
    urgent: bool = Field(description="Whether its day has passed.")
    late: str = Field(description="How late it is, in words; empty while there is time.")


class AppearedView(Model):
    """A release that came out."""

    name: DatasetName = Field(description="The dataset, with the address of the release.")
    edition: str = Field(description="Its edition, and its version where it is not the first.")
    day: str = Field(description="The day on which it came out.")
    moment: str = Field(description="The same for machines.")
    event: str = Field(description="Whether it was new, a correction, or was withdrawn.")
    reason: str = Field(description="Why it was withdrawn; empty where it was not.")


def dataset_name(release: PublicRelease, url: str, words: Wording) -> DatasetName:
    """Return how a dataset is named where a badge beside its name says that it is made up."""
    about = release.description
    title = words.of(about.title)
    return DatasetName(
        title=labels.beside_badge(title) if about.synthetic else title, url=url, synthetic=about.synthetic
    )


def expected_view(standing: Standing, today: date, links: Links, words: Wording) -> ExpectedView:
    """Return a dataset of which an edition is expected; ``today`` is the day in Viet Nam."""
    release, expected = standing.release, standing.expected
    assert expected is not None
    days = expected.late(today)
    late = words.ngettext("%(count)s day late", "%(count)s days late", days) % {"count": words.number(days)}
    return ExpectedView(
        name=dataset_name(release, links.dataset(release.dataset, words.language), words),
        edition=words.period(release.edition),
        frequency=labels.frequency(release.description.frequency, words),
        day=words.day(expected.day),
        moment=expected.day.isoformat(),
        announced=expected.announced,
        state=words.gettext(labels.STANDINGS[standing.state]),
        urgent=standing.state in URGENT,
        late=late if days > 0 else "",
    )


def _event(release: PublicRelease, words: Wording) -> str:
    """Return what happened; a withdrawal has its day, for the list has that on which the release came out."""
    if release.withdrawal is None:
        return words.of(EVENTS[event_of(release)])
    return words.gettext("Withdrawn on %(day)s") % {"day": words.day(release.withdrawal.withdrawn_at)}


def appeared_view(appearance: Appearance, links: Links, words: Wording) -> AppearedView:
    """Return a release that came out."""
    release = appearance.release
    edition = edition_of(release, words) if release.version > 1 else words.period(release.edition)
    address = "" if release.withdrawal else links.release(release.dataset, release.name, words.language)
    return AppearedView(
        name=dataset_name(release, address, words),
        edition=edition,
        day=words.day(appearance.day),
        moment=appearance.day.isoformat(),
        event=_event(release, words),
        reason=words.of(release.withdrawal.reason) if release.withdrawal else "",
    )
