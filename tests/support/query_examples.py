"""The complete examples of docs/reference/query.md: each is a line to copy that works while `make demo` runs."""

from __future__ import annotations

ADDRESS = "http://127.0.0.1:8000"
_STAYS = "/api/v1/datasets/hospital-discharges/tables/by-age-sex-chapter"
_PLACES = "/api/v1/datasets/hospital-discharges/tables/by-province-chapter-sex"
_DENGUE = "/api/v1/datasets/dengue-cases/tables/by-province-and-month"
_FACILITIES = "/api/v1/datasets/health-facilities/tables/register"

EXAMPLES: tuple[tuple[str, str], ...] = (
    ("Which datasets there are, and what their tables are called:", "/api/v1/datasets"),
    ("", "/api/v1/datasets/hospital-discharges"),
    ("The grand total: every dimension is left out.", f"{_STAYS}/data"),
    ("A row for each age band; the names of codes in English.", f"{_STAYS}/data?group=age_group&lang=en"),
    (
        "Two dimensions, one member of a third, the largest first, as CSV.",
        f"{_STAYS}/data?group=age_group,sex&chapter=IX&order=-stays&format=csv",
    ),
    ("A coarser level of a code list.", f"{_STAYS}/data?group=age_group&age_group__level=group"),
    (
        "Two age bands added up. `patients` counts persons, which cannot be added up, and the days behind the mean"
        " `mean_days` are not published, so `select` names the measures that can.",
        f"{_STAYS}/data?age_group__in=Y0T4,Y5T9&select=stays,deaths",
    ),
    (
        "The rate of two provinces together: their discharges by their people.",
        f"{_PLACES}/data?province__in=01,31&select=stays,people,rate",
    ),
    ("Withheld cells, by their status.", f"{_PLACES}/data?group=province,chapter&select=stays&stays_status=suppressed"),
    (
        "A period, and one release for ever.",
        f"{_DENGUE}/data?group=month&month__level=month&month__gte=2008-06&month__lte=2008-12&release=1994-2009.1",
    ),
    (
        "The first two of many rows; the answer's `next` leads to those that follow.",
        f"{_DENGUE}/data?group=province&limit=2",
    ),
    (
        "A register, filtered. `__prefix` compares letter by letter, accents and capitals included: `Bệnh` finds what"
        " `Benh` does not.",
        f"{_FACILITIES}/data?select=code,name,beds&name__prefix=B%E1%BB%87nh&beds__gte=300&order=-beds&limit=5",
    ),
    ("All rows as they were published, totals included.", f"{_FACILITIES}/rows?format=csv&limit=1000000"),
    (
        "What is wrong with a question is told in Vietnamese where the question asks for it.",
        f"{_STAYS}/data?grup=sex&lang=vi",
    ),
)
"""What each shows, and the path that it asks; one without a text goes with the one before."""


def examples_text() -> str:
    """Return the examples as Markdown."""
    parts = []
    for text, path in EXAMPLES:
        command = f"$ curl -sS '{ADDRESS}{path}'"
        parts.append(f"{text}\n\n```console\n{command}\n```\n" if text else f"```console\n{command}\n```\n")
    return "\n".join(parts)
