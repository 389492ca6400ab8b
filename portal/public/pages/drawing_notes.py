"""What stands below a drawing that is taken along: what its page says of it, and no mark that it does not have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from portal.public.charts.chart import AnyChart, Area, AreaMap, Chart, Point
from portal.public.cited import cite
from portal.public.explore.legend import signs
from portal.public.explore.telling import BREAK, Telling
from portal.public.pages.explore import notes_of
from portal.shared.links import Links


def drawing_notes(telling: Telling, chart: AnyChart, links: Links, warnings: Sequence[str]) -> Iterator[str]:
    """Yield the notes; the last is the address at which the drawing stays."""
    release, words = telling.release, telling.words
    if release.description.synthetic:
        yield words.gettext("This data is made up.")
    yield from warnings
    yield from _marks_told(telling, chart)
    yield from notes_of(telling)
    yield words.gettext("Source: %(source)s.") % {"source": cite(release).credit(words.language)}
    address = links.explore(release.dataset, words.language, telling.exploration.parameters(), release=release.name)
    yield links.absolute(address)


def _marks_told(telling: Telling, chart: AnyChart) -> Iterator[str]:
    """Yield what the signs in a drawing mean, and in words what no sign in it says of its numbers."""
    with_value = [each.text for each in _drawn(chart) if each.value is not None]
    without = [each.text for each in _drawn(chart) if each.value is None]
    # The legend of a map says what its gaps are; neither it nor a small line has room for a mark at a number.
    of_values = isinstance(chart, AreaMap) or chart.kind == "line-panels"
    texts = ([] if of_values else with_value) + ([] if isinstance(chart, AreaMap) else without)
    seen = [each for each in signs(telling) if each[0] == BREAK or _stands_in(each[0], texts)]
    if seen and not isinstance(chart, AreaMap):
        yield f"{'; '.join(f'{sign} {meaning}' for sign, meaning in seen)}."
    unseen = [meaning for sign, meaning in telling.marks() if of_values and _stands_in(sign, with_value)]
    if unseen:
        gettext = telling.words.gettext
        of_areas, of_numbers = gettext("Of some areas: %(meanings)s."), gettext("Of some numbers: %(meanings)s.")
        yield (of_areas if isinstance(chart, AreaMap) else of_numbers) % {"meanings": "; ".join(unseen)}


def _stands_in(sign: str, texts: Sequence[str]) -> bool:
    return any(sign.split(" ", maxsplit=1)[0] in text for text in texts)


def _drawn(chart: AnyChart) -> Sequence[Point | Area]:
    if isinstance(chart, AreaMap):
        return chart.areas
    if isinstance(chart, Chart):
        return chart.points
    return [point for strand in chart.strands for point in strand.points]
