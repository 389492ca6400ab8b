"""How to ask a table, as the API's own documentation tells it; made from the table of operators."""

from __future__ import annotations

from typing import Any

from portal.query.model import (
    ALL_ROWS,
    DEFAULT_LIMIT,
    GEOGRAPHIES,
    MAX_DEPTH,
    MAX_LIMIT_JSON,
    MAX_LIMIT_WORKBOOK,
    MAX_OFFSET,
    MOST_ROWS,
)
from portal.query.operators import OPERATORS, Operator
from portal.query.written import HEADERS


def _operator_row(operator: Operator) -> str:
    suffix = "(none)" if operator.key == "eq" else f"`__{operator.key}`"
    return f"| {suffix} | {operator.meaning.en} | {', '.join(operator.kinds)} |"


_OPERATORS = "\n".join(map(_operator_row, OPERATORS.values()))

GUIDE = f"""\
A table is a cube of published cells. What you leave out means its published total, so a question with no
parameters at all gives the grand total. Nothing is worked out from cells that are withheld.

* `field=value` chooses one member of a dimension; `group=province,sex` gives a row for each member, at the finest
  published level unless a filter says otherwise (`province__level=region`).
* Several members of a dimension that is not grouped (`age_group__in=Y0T4,Y5T9`) are added up. If one of the cells is
  withheld, the sum is null and its status `suppressed`; if one is missing, null and `missing`. A cell that is
  `not_applicable` adds nothing and spoils no sum, as in published totals. Members that together
  are exactly a published member answer with its published value. Distinct persons cannot be added up: such a question
  is an error unless `select` names only measures that can (`select=stays,deaths`).
* A rate or a mean of several members is divided anew, in whole numbers, from what is published above and below its
  line (`numerator` and `denominator` in `fields`), and is as good as the weaker of the two: withheld where one of them
  is. Without both in the table it is an error, and so is a rate over several months or years: it would be a rate of a
  longer time. Populations add up over what they differ by, except over time; along everything else they are the same
  people, counted once.
* In a release whose counts were changed a little to protect people, the status of a count is `perturbed`. Where parts
  were changed apart from their totals, adding them up is an error too: ask for the published total.
* Every measure `m` has a status `m_status`; the value is null wherever the status says that there is none.
  `m__gte=10` finds published values only; `m_status=suppressed` finds withheld cells.
* `select=stays,deaths` chooses measures (fields, in a register).
* `order=-stays,province` sorts; `-` from the largest. Dimensions sort as their code list does, empty values come last.
* `where=(province = '79' or stays >= 10) and not sex = 'F'` adds a condition of any nesting on the rows of the answer,
  written as in SQL: `=`, `<>`, `<`, `<=`, `>`, `>=`, `IN`, `BETWEEN`, `LIKE 'abc%'`, `ILIKE '%abc%'`, `IS NULL`, with
  `AND`, `OR`, `NOT` and brackets ({MAX_DEPTH} deep at most). As in SQL, a comparison with a value that is withheld or
  missing is neither true nor false. A dimension of a table must be in `group` to be named there.
* Rows of a register can be gathered: `group=province&aggregate=count,sum(beds),avg(beds)`; the figures are `count`,
  `count_distinct(…)`, `sum(…)`, `min(…)`, `max(…)` and `avg(…)`.
* `limit` is {DEFAULT_LIMIT} unless you say otherwise, {MAX_LIMIT_JSON} at most for JSON and {MAX_LIMIT_WORKBOOK} for
  XLSX; the other formats are written while they are read, and `limit=all` asks for everything.
  `offset=200` passes over rows; `next` is faster.
  When there is more, `truncated` is true and `next` (header `Link: rel="next"`) is the address of the next page:
  whole where the portal's public address is configured (`YTEMO_BASE_URL`), otherwise a path, to be put behind the
  address that you called.
* `lang=vi` or `lang=en` adds a column with labels beside every coded column, and says in that language what is wrong.
* `__prefix` compares letter by letter: accents and capitals count, as in every filter. The search of datasets, not the
  tables, does without accents.
* `format=` is {", ".join(f"`{key}`" for key in MOST_ROWS)}; without it the header `Accept` decides. Release, total and
  next page are in the headers `Ytemo-Release`, `Ytemo-Total`, `Ytemo-Returned`, `Ytemo-Truncated` and `Link`, in the
  body of JSON, in the notes of a workbook, and in the schema of Parquet and Arrow (key `ytemo`). Made-up data ends each
  row with the column `synthetic`, is marked so in the file name, and every answer says `Ytemo-Synthetic: true` or
  `false`.
* Where series of the table break, so that numbers before cannot be compared with those after, `breaks` says from when
  on, of which members and why: in the body of JSON, in the notes of a workbook and of JSON-stat, and in the schema of
  Parquet and Arrow.
* `format=json-stat` writes JSON-stat 2.0: the whole cross product of cells, each without a value with its status. It
  has no pages, so `limit` is {MAX_LIMIT_JSON} there, and conditions on rows are refused. SDMX-CSV is at `/sdmx/v2`.
* `header=vi`, `en` or `both` writes titles above the columns of CSV and XLSX instead of names; `bom=true` begins CSV
  with the mark by which Excel knows UTF-8.
* `release=latest`, `release=2024` or `release=2024.1` says which release; only the last of these never changes.
  `as_of=2026-03-31` asks the release that was the newest one at the end of that day in Viet Nam.
* A field that was renamed is answered by its older name too, until a day that was announced at least 90 days before. A
  question that says the older name is answered by it; a field that a question names nowhere stands in the answer under
  both names (`names=present` leaves the older ones out; JSON-stat has the present ones alone). While an answer has an
  older name, or rests on a field or table that is about to go, its headers say so: `Deprecation` (since when: RFC 9745)
  and `Sunset` (until when: RFC 8594), with a `Link` to the page that tells more. After the day the older name is an
  error that says the present one. A question that is pinned (`release=2024.1`, `as_of=`) is answered the same for
  ever, by all names that its release knows. `/api/v1/datasets/{{id}}/changes` tells what each release changed and
  announced.
* `geography=2025` lets you name the provinces of a table of the 63 by the codes of the 34 since 1 July 2025, with
  filters and with `group`: each is the sum of its old provinces, withheld where one of them is. What a release still
  has of a province that had ended before (late records of Hà Tây) counts too, in Hà Nội. It is refused for periods
  before 1 August 2008, when some old provinces had other borders. `geography=legacy` asks a table of the 34 by
  old codes; an old province that was merged has a figure only together with all it was merged with. The answer keeps
  the codes of the table: 79 is today's Hồ Chí Minh City in it.

| operator | meaning | for |
|---|---|---|
{_OPERATORS}
"""


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


QUERY_PARAMETERS: list[dict[str, Any]] = [
    _parameter(
        "release", "`latest`, an edition (`2024`) or a release (`2024.1`).", {"type": "string", "default": "latest"}
    ),
    _parameter("select", "Measures (or fields of a register), separated by commas.", {"type": "string"}),
    _parameter("group", "Dimensions with a row for each member, separated by commas.", {"type": "string"}),
    _parameter(
        "order", "Fields to sort by, separated by commas; `-` before a name: largest first.", {"type": "string"}
    ),
    _parameter(
        "limit",
        "How many rows at most.",
        {
            "anyOf": [{"type": "integer", "minimum": 1, "maximum": ALL_ROWS}, {"const": "all"}],
            "default": DEFAULT_LIMIT,
        },
    ),
    _parameter(
        "where", "A condition on the rows of the answer, as in SQL: `sex = 'F' or cases >= 10`.", {"type": "string"}
    ),
    _parameter(
        "aggregate", "Figures of each group of a register, separated by commas: `count,sum(beds)`.", {"type": "string"}
    ),
    _parameter("offset", "How many rows to pass over.", {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET}),
    _parameter("as_of", "Instead of `release`: the newest one at the end of this day.", {"type": "string"}),
    _parameter(
        "geography",
        "The list that codes of provinces are of, where it is not the release's own.",
        {"type": "string", "enum": list(GEOGRAPHIES)},
    ),
    _parameter(
        "names",
        "Which older names of fields stand in the answer beside the present ones: `both` (all, as when it is left out),"
        " `present` (none), or some of them, separated by commas.",
        {"type": "string"},
    ),
    _parameter("header", "What stands above the columns of CSV and XLSX.", {"type": "string", "enum": list(HEADERS)}),
    _parameter("bom", "Whether CSV begins with a byte order mark.", {"type": "string", "enum": ["true", "false"]}),
    _parameter("after", "Where the page before ended; taken from a `next` link.", {"type": "string"}),
    _parameter("lang", "Adds labels in this language.", {"type": "string", "enum": ["vi", "en"]}),
    _parameter("format", "How the answer is written.", {"type": "string", "enum": list(MOST_ROWS), "default": "json"}),
    _parameter("download", "Whether a browser saves the answer.", {"type": "string", "enum": ["true", "false"]}),
    {
        **_parameter(
            "filters",
            "Any field as a parameter of its own: `province=79`, `month__gte=2025-01`.",
            {"type": "object", "additionalProperties": {"type": "string"}},
        ),
        "example": {},
        "style": "form",
        "explode": True,
    },
]
