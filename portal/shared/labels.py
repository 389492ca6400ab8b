"""What people read instead of the codes that definitions and releases use."""

from __future__ import annotations

import re
from collections.abc import Mapping

from catalog.record import THEME_LABELS
from catalog.schedule import State
from datasets.cell_status import STATUS_MEANINGS, CellStatus
from datasets.text import Bilingual
from portal.shared.wording import Wording, wording


def N_(message: str) -> str:  # noqa: N802  the name by which message extraction knows it
    """Mark a message for translation where the language is not known yet."""
    return message


FREQUENCIES = {
    "weekly": N_("Weekly"),
    "monthly": N_("Monthly"),
    "quarterly": N_("Quarterly"),
    "yearly": N_("Yearly"),
    "irregular": N_("Irregularly"),
    "once": N_("Once"),
}
KINDS = {"statistics": N_("Statistics"), "register": N_("Register"), "codelist": N_("Code list")}
LICENCES = {
    "CC-BY-4.0": N_("Creative Commons Attribution 4.0"),
    "CC-BY-SA-4.0": N_("Creative Commons Attribution-ShareAlike 4.0"),
    "CC0-1.0": N_("Creative Commons Zero 1.0: no rights reserved"),
    "ODC-BY-1.0": N_("Open Data Commons Attribution 1.0"),
}
FORMATS = {
    "csv": N_("CSV"),
    "xlsx": N_("Excel (XLSX)"),
    "parquet": N_("Parquet"),
    "json": N_("JSON"),
    "zip": N_("ZIP"),
}
_SAID_IN_TITLES = re.compile(r" \((?:(?:số|dữ) liệu giả lập|(?:synthetic|made-up) data)\)$", re.IGNORECASE)
LICENCE_URLS = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "ODC-BY-1.0": "https://opendatacommons.org/licenses/by/1-0/",
}
QUALITY_LEVELS = {
    "very_good": N_("Very good"),
    "good": N_("Good"),
    "sufficient": N_("Sufficient"),
    "poor": N_("Poor"),
}
STANDINGS: Mapping[State, str] = {
    "current": N_("On schedule"),
    "soon": N_("Due soon"),
    "due": N_("Due now"),
    "overdue": N_("Overdue"),
    "unannounced": N_("No day announced"),
    "unpromised": N_("No fixed schedule"),
    "stopped": N_("Series has stopped"),
}
"""How a dataset stands to its next edition."""
FAIR_AREAS = {"F": N_("Findable"), "A": N_("Accessible"), "I": N_("Interoperable"), "R": N_("Reusable")}
MEASURES = {
    "count": N_("Number of records"),
    "persons": N_("Number of different persons"),
    "sum": N_("Sum"),
    "mean": N_("Mean"),
    "rate": N_("Rate"),
    "population": N_("Population, from public figures"),
}
FIELD_TYPES = {
    "string": N_("Text"),
    "integer": N_("Whole number"),
    "number": N_("Number"),
    "date": N_("Date"),
}
EXPLANATIONS = {
    CellStatus.OBSERVED: N_("The number as it was counted or measured."),
    CellStatus.ZERO: N_("It was counted, and there was none."),
    CellStatus.PERTURBED: N_(
        "The number was rounded or changed by a small chance amount, so that it tells nothing certain about single"
        " people. The true number is near it; a 0 need not be a true zero, parts need not add up to totals, and a part"
        " can be larger than its whole."
    ),
    CellStatus.SUPPRESSED: N_(
        "The number could tell something about single people or facilities, or it would reveal such a number by"
        " subtraction. It is not zero."
    ),
    CellStatus.UNRELIABLE: N_(
        "A rate or a mean of so few cases would be made by chance. What it would be calculated from may be shown beside"
        " it; this hides nobody."
    ),
    CellStatus.MISSING: N_("Nobody reported this number. It is not zero."),
    CellStatus.NOT_APPLICABLE: N_("There can be no number here."),
    CellStatus.ESTIMATED: N_(
        "A part of it was not reported, so only the rest is in this number: the true total is the same or larger. It is"
        " not a statistical estimate."
    ),
    CellStatus.PROVISIONAL: N_("The number may still change in a later version."),
    CellStatus.REVISED: N_("The number was changed since the version before."),
}


FACETS: Mapping[str, Mapping[str, str]] = {
    "kind": KINDS,
    "frequency": FREQUENCIES,
    "licence": LICENCES,
    "format": FORMATS,
}
"""Facets of the search whose values have a name here; themes and publishers are named by the catalog."""


def facet_value(facet: str, value: str, catalogued: Bilingual) -> Bilingual:
    """Return what a value of a facet is called, on pages and in the API; ``catalogued`` is what the catalog says."""
    message = FACETS.get(facet, {}).get(value)
    if message is None:
        return catalogued
    return Bilingual(vi=wording("vi").gettext(message), en=wording("en").gettext(message))


def beside_badge(title: str) -> str:
    """Return the title of made-up data where a badge beside it says that it is: it need not say so once more."""
    return _SAID_IN_TITLES.sub("", title)


def theme(code: str, words: Wording) -> str:
    """Return the name of a theme; an unknown one raises KeyError, as in every function here: no code reaches a page."""
    return words.of(THEME_LABELS[code])


def frequency(code: str, words: Wording) -> str:
    return words.gettext(FREQUENCIES[code])


def kind(code: str, words: Wording) -> str:
    return words.gettext(KINDS[code])


def licence(code: str, words: Wording) -> str:
    return words.gettext(LICENCES[code])


def file_format(code: str, words: Wording) -> str:
    return words.gettext(FORMATS[code])


def measure_type(code: str, words: Wording) -> str:
    return words.gettext(MEASURES[code])


def field_type(code: str, words: Wording) -> str:
    return words.gettext(FIELD_TYPES[code])


def mark(status: CellStatus) -> str:
    """Return how a status is written in a table: ``[c]``; nothing for an ordinary value."""
    letter = STATUS_MEANINGS[status].letter
    return f"[{letter}]" if letter else ""
