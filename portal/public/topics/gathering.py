"""What there is of each topic now, and which topic a search is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from catalog.schedule import Schedule, Standing
from catalog.synonyms import Phrase
from catalog.vietnamese import Word, query_words, words
from datasets.release import ReleaseDescription
from datasets.text import LANGUAGES, Bilingual, BilingualList
from portal.public.planned import Planned, PlannedList
from portal.public.topics.topic import Question, Topic, with_synonyms


class Described(Protocol):
    """What says what it is about."""

    @property
    def title(self) -> Bilingual: ...

    @property
    def keywords(self) -> BilingualList: ...


@dataclass(frozen=True)
class Gathered:
    """A topic with what there is of it."""

    topic: Topic
    standings: tuple[Standing, ...]
    """The datasets about it, with their newest releases."""
    planned: tuple[Planned, ...]
    """The datasets about it that are to come."""

    @property
    def datasets(self) -> tuple[str, ...]:
        return tuple(each.release.dataset for each in self.standings)

    @property
    def said(self) -> str:
        """The first of its terms that a dataset here names, so that a search for it finds something; or nothing."""
        about = [each.release.description for each in self.standings]
        return next((term for term in self.topic.terms for each in about if _names(each, with_synonyms((term,)))), "")

    @property
    def charted(self) -> tuple[Standing, ...]:
        """The datasets whose chart may stand for the topic: one that has it as a keyword charts something wider."""
        return tuple(each for each in self.standings if in_title(self.topic, each.release.description))

    @property
    def themes(self) -> frozenset[str]:
        """The themes of what there is of it."""
        published = {each.release.description.theme for each in self.standings}
        return frozenset(published | {each.theme for each in self.planned})


class Topics:
    """The topics of the portal. Safe for many threads at once."""

    def __init__(self, topics: Sequence[Topic], planned: PlannedList) -> None:
        self._topics = tuple(topics)
        self._planned = planned
        self._kept: tuple[Schedule, tuple[Gathered, ...]] | None = None
        written = "".join(each.model_dump_json() for each in self._topics)
        self.stamp = sha256(f"{planned.stamp}{written}".encode()).hexdigest()[:16]
        """A text that differs with what the lists say."""

    @property
    def by_id(self) -> Mapping[str, Topic]:
        """The topics of the list, whether there is anything of them or not."""
        return {each.id: each for each in self._topics}

    def gathered(self, schedule: Schedule) -> tuple[Gathered, ...]:
        """Return the topics of which something is published or planned, in their order."""
        kept = self._kept
        if kept is None or kept[0] is not schedule:
            kept = self._kept = (schedule, tuple(self._gather(schedule)))
        return kept[1]

    def planned(self, schedule: Schedule) -> tuple[Planned, ...]:
        """Return the datasets that are to come, those left out that are there."""
        published = {each.release.dataset for each in schedule.standings}
        return tuple(each for each in self._planned.planned if each.id not in published)

    def _gather(self, schedule: Schedule) -> Iterator[Gathered]:
        planned = self.planned(schedule)
        for topic in self._topics:
            found = Gathered(
                topic,
                tuple(each for each in schedule.standings if is_about(topic, each.release.description)),
                tuple(each for each in planned if is_about(topic, each)),
            )
            if found.standings or found.planned:
                yield found


def is_about(topic: Topic, described: Described) -> bool:
    """Say whether title or keywords of a dataset name the topic, in either language, letter for letter."""
    return _names(described, topic.wanted)


def in_title(topic: Topic, described: Described) -> bool:
    """Say whether the title of a dataset names the topic: of the topic alone is its first chart only then."""
    return _stand_in((described.title.of(language) for language in LANGUAGES), topic.wanted)


def asked_for(gathered: Sequence[Gathered], query: str) -> Gathered | None:
    """Return the topic whose name stands in a query, that of the longest name; None where none does.

    A word typed without marks may be any that folds alike, but one syllable alone says too little: ``dai`` in
    ``dai thao duong`` is no rabies.
    """
    typed = query_words(query)
    found = [
        (len(name), each)
        for each in gathered
        for name in each.topic.names
        if _stands_in(typed, name, exact=len(name) == 1 and len(typed) > 1)
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def answerable(question: Question, standings: Sequence[Standing]) -> Standing | None:
    """Return the dataset that answers a question; None where it is not public, or no longer has what is asked for."""
    standing = next((each for each in standings if each.release.dataset == question.dataset), None)
    return standing if standing and _has(standing.release.description, question) else None


def _has(about: ReleaseDescription, question: Question) -> bool:
    asked = question.explore
    wanted = [each for each in about.tables if each.id == asked.get("table", each.id)]
    if not wanted:
        return False
    table = wanted[0]
    named = {asked[key] for key in ("rows", "columns") if key in asked}
    named |= {key.partition(".")[2] for key in asked if "." in key}
    return named <= set(table.dimensions) and asked.get("measure", table.measures[0]) in table.measures


def _names(described: Described, names: Sequence[Phrase]) -> bool:
    texts = [described.title.of(language) for language in LANGUAGES]
    return _stand_in([*texts, *(each for language in LANGUAGES for each in described.keywords.of(language))], names)


def _stand_in(texts: Iterable[str], names: Sequence[Phrase]) -> bool:
    return any(_stands_in(words(text), name, exact=True) for text in texts for name in names)


def _stands_in(written: Sequence[Word], name: Phrase, *, exact: bool) -> bool:
    """Say whether a name stands in a text; where not ``exact``, its words may stand there without their marks."""
    starts = range(len(written) - len(name) + 1)
    return any(
        all(_may_be(*pair, exact=exact) for pair in zip(written[at : at + len(name)], name, strict=True))
        for at in starts
    )


def _may_be(written: Word, meant: Word, *, exact: bool) -> bool:
    unmarked = not exact and not written.accented
    return written.folded == meant.folded and (unmarked or written.accented == meant.accented)
