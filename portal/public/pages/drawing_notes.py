"""What stands below a drawing that is taken along: what its page says of it, and no mark that it does not have."""

from __future__ import annotations

from collections.abc import Iterator

from portal.public.charts.chart import AnyChart, AreaMap, Chart, Point, StrandsChart
from portal.public.cited import cite
from portal.public.explore.telling import BREAK, Telling
from portal.public.pages.explore import notes_of
from portal.shared.links import Links


def drawing_notes(telling: Telling, chart: AnyChart, links: Links) -> Iterator[str]:
    """Yield the notes; the last is the address at which the drawing stays."""
    release, words = telling.release, telling.words
    if release.description.synthetic:
        yield words.gettext("This data is made up.")
    yield from _marks_told(telling, chart)
    yield from notes_of(telling)
    yield words.gettext("Source: %(source)s.") % {"source": cite(release).credit(words.language)}
    address = links.explore(release.dataset, words.language, telling.exploration.parameters(), release=release.name)
    yield links.absolute(address)


def _marks_told(telling: Telling, chart: AnyChart) -> Iterator[str]:
    """Yield what the marks in a chart mean; the legend of a map says it, but not that a number is not plainly so."""
    if isinstance(chart, AreaMap):
        texts = [area.text for area in chart.areas if area.value is not None]
        meanings = [meaning for mark, meaning in telling.marks() if any(mark in text for text in texts)]
        if meanings:
            yield telling.words.gettext("Of some areas: %(meanings)s.") % {"meanings": "; ".join(meanings)}
        return
    texts = [point.text for point in _points(chart)]
    marks = [each for each in telling.marks() if each[0] == BREAK or any(each[0] in text for text in texts)]
    if marks:
        yield f"{'; '.join(f'{mark} {meaning}' for mark, meaning in marks)}."


def _points(chart: Chart | StrandsChart) -> Iterator[Point]:
    if isinstance(chart, Chart):
        yield from chart.points
    else:
        yield from (point for strand in chart.strands for point in strand.points)
