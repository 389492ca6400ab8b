"""Why the explorer has no such numbers, in the words of its page: the API names parameters, and people see labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from datasets.said import Said, translated
from portal.public.explore.answering import Refused
from portal.public.explore.exploration import Exploration
from portal.public.pages.values import dimension_name
from portal.shared.wording import Wording

_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")


def reasons(refused: Refused, words: Wording) -> Iterator[str]:
    """Yield each reason with what to do about it on the page."""
    names = _names(refused.exploration, words)
    for problem in refused.reason.problems:
        told = translated(_relabelled(problem.rule, names), words.gettext)
        rule = _DAY.sub(lambda day: words.day(day[0]), told)
        about = names.get(problem.place)
        sentence = f"{about}: {rule}" if about else f"{rule[:1].upper()}{rule[1:]}"
        yield f"{sentence}. {_remedy(problem.place, words)}"


def _names(exploration: Exploration, words: Wording) -> Mapping[str, str]:
    """Return what the page calls each dimension and each measure, by its name."""
    axes, measures = exploration.cube.axes, exploration.cube.measures
    return {
        **{name: dimension_name(axis.description, words) for name, axis in axes.items()},
        **{name: words.of(measure.title) for name, measure in measures.items()},
    }


def _relabelled(text: str, names: Mapping[str, str]) -> str:
    """Return a text with labels where it names columns, alone or several with commas between them."""
    if not isinstance(text, Said):
        return text
    values = {name: _label(value, names) if isinstance(value, str) else value for name, value in text.values.items()}
    return Said.of(text.message, values)


def _label(value: str, names: Mapping[str, str]) -> str:
    if isinstance(value, Said):
        return _relabelled(value, names)
    return ", ".join(names.get(part, part) for part in value.split(", "))


def _remedy(place: str, words: Wording) -> str:
    if place == "geography":
        return words.gettext("Choose later periods, or the 63 provinces under “Boundaries”.")
    return words.gettext("Choose one member of each dimension that is not shown, or another measure.")
