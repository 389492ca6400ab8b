"""The arguments of each tool: typed, bounded, described for models that read them, and read with errors that teach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, StrictStr, ValidationError

from datasets.definition import Theme
from datasets.errors import Problem, QueryInvalid
from datasets.said import said
from datasets.text import Language
from portal.query.model import MAX_VALUE_LENGTH, Geography, unknown
from portal.shared.validation import refusals
from portal.shared.wording import Wording, wording

MAX_ROWS = 200
"""Rows of one answer: what a model can read; the address of the question gives them all."""
DEFAULT_ROWS = 50
MAX_LISTED = 100
"""How many filters or names one question may hold."""

Scalar = StrictStr | StrictInt | StrictFloat
_LANGUAGE = "Language of labels, notes and errors: `vi` (Vietnamese) or `en`. Titles come in both."
_RELEASE = (
    "`latest`, an edition (`2024`) or a release (`2024.1`), which never changes: use it to ask again for a quote."
)


class Arguments(BaseModel):
    """The parent of every tool's arguments: frozen, and no name that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lang: Language = Field(default="en", description=_LANGUAGE)


class SearchArguments(Arguments):
    """What the tool `search` takes."""

    text: str = Field(
        default="",
        max_length=MAX_VALUE_LENGTH,
        description="Words in Vietnamese (marks may be left out) or English: a disease, a place, a measure. Empty lists"
        " every dataset.",
    )
    theme: Theme | None = Field(default=None, description="Only this field of health.")
    kind: Literal["statistics", "register", "codelist"] | None = Field(
        default=None, description="Only tables of counts, lists of things such as hospitals, or code lists."
    )
    page: int = Field(default=1, ge=1, le=1_000, description="Ten datasets are on each page.")


class DescribeArguments(Arguments):
    """What the tool `describe` takes."""

    dataset: str = Field(max_length=200, description="Its identifier, as `search` gives it.")
    release: str = Field(default="latest", max_length=100, description=_RELEASE)
    codes_of: str = Field(
        default="",
        max_length=200,
        description="The name of a dimension, a field or a code list: lists its codes, a hundred at a time, instead of"
        " describing everything.",
    )
    find: str = Field(
        default="",
        max_length=100,
        description="With `codes_of`: only codes with this text in their code or label, marks and capitals aside.",
    )
    level: str = Field(default="", max_length=100, description="With `codes_of`: only codes of this level.")
    offset: int = Field(default=0, ge=0, le=1_000_000, description="With `codes_of`: how many codes to pass over.")


class QueryArguments(Arguments):
    """What the tool `query` takes: the parameters of the native API, as JSON."""

    dataset: str = Field(max_length=200, description="Its identifier, as `search` gives it.")
    table: str = Field(max_length=200, description="One of its tables, as `describe` lists them.")
    release: str = Field(default="latest", max_length=100, description=_RELEASE)
    filters: dict[str, Scalar | list[Scalar]] = Field(
        default_factory=dict,
        max_length=MAX_LISTED,
        description='Conditions that all hold, such as {"province": "79", "month__gte": "2008-06",'
        ' "age_group": ["Y0T4", "Y5T9"]}. A name alone means equal, a list one of. Suffixes: __in, __ne, __gt, __gte,'
        " __lt, __lte, __prefix, __contains (in code or label), __level (a level of the code list), __null (true or"
        " false). `<measure>_status` can be filtered too. Codes come from `describe`.",
    )
    where: str = Field(
        default="",
        max_length=2_000,
        description="A condition on the rows of the answer, written as in SQL: \"sex = 'F' AND (stays > 100 OR stays IS"
        ' NULL)".',
    )
    group: list[str] = Field(
        default_factory=list,
        max_length=MAX_LISTED,
        description="Dimensions to give a row for each member of. A dimension that is in neither `group` nor `filters`"
        " stands at its published total; nothing has to be added up.",
    )
    select: list[str] = Field(
        default_factory=list, max_length=MAX_LISTED, description="Measures, or fields of a register; empty for all."
    )
    aggregate: list[str] = Field(
        default_factory=list,
        max_length=MAX_LISTED,
        description="Registers only: count, sum(beds), avg(beds), min(beds), max(beds), count_distinct(type).",
    )
    order: list[str] = Field(
        default_factory=list, max_length=MAX_LISTED, description="What to sort by; `-stays` has the largest first."
    )
    geography: Geography | None = Field(
        default=None,
        description="`2025` names provinces of a table of the 63 by the codes of the 34 since 1 July 2025; `legacy`"
        " those of a table of the 34 by old codes.",
    )
    limit: int = Field(default=DEFAULT_ROWS, ge=1, le=MAX_ROWS, description="How many rows at most.")
    after: str = Field(
        default="", max_length=2_000, description="The `after` of the page before, with all else as it was."
    )


Read = TypeVar("Read", bound=Arguments)

_REMEDIES = {"dataset": said("The tool search finds datasets"), "table": said("The tool describe lists tables")}
_KINDS = {
    "string_type": said("must be text"),
    "int_type": said("must be a whole number"),
    "list_type": said("must be a list"),
    "dict_type": said("must be an object of names and values"),
}


def read_arguments(model: type[Read], given: Mapping[str, Any]) -> Read:
    """Read what a caller gave; raise QueryInvalid that names each argument, its rule and the remedy."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        found = error.errors(include_url=False)
    for each in found:
        if each["type"] == "extra_forbidden":
            name = str(each["loc"][-1])
            raise unknown("arguments", name, model.model_fields)
    words = wording(language_of(given))
    problems = list(dict.fromkeys(_problem(each, words) for each in found))
    raise QueryInvalid(said("The arguments are not valid"), problems=problems)


def language_of(given: Mapping[str, Any]) -> Language:
    """Return the language that a caller asks for, also where the rest cannot be read."""
    return "vi" if given.get("lang") == "vi" else "en"


def _problem(error: Any, words: Wording) -> Problem:
    names = [str(part) for part in error["loc"] if not isinstance(part, int)]
    place = _shown(".".join(names[:2]))
    if error["type"] == "missing":
        return Problem(place, said("is missing"), _REMEDIES.get(place, ""))
    if names[0] == "filters" and len(names) > 1:
        return Problem(place, said("must be text, a number, or a list of them"))
    if error["type"] in _KINDS:
        return Problem(place, _KINDS[error["type"]])
    refused = refusals([{**error, "loc": ("arguments", *error["loc"])}], words)[0]
    return Problem(place, refused.rule, refused.remedy)


def _shown(name: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in name[:130])
