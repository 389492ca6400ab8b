"""The limits of the API as a document: what one request may ask for, and what this caller has left now."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from datasets.text import LANGUAGES, Bilingual
from portal.public.allowances import Left
from portal.public.limits import Limit
from portal.public.metering import Caller
from portal.public.resources import Resource
from portal.query import model
from portal.query.operators import OPERATORS
from portal.shared.wording import wording


class OperatorNote(Resource):
    """A filter operator."""

    key: str
    meaning: Bilingual
    kinds: tuple[str, ...]


class LimitNote(Resource):
    """One limit, and what happens beyond it."""

    dialect: str = Field(description="`native`, `ckan`, `pxweb`, `sdmx`, `odata`, `mcp`, `downloads`, or `all`.")
    name: str = Field(description="Its name, the only one within its dialect.", examples=["rows-json"])
    value: float = Field(examples=[100_000])
    unit: str = Field(examples=["rows"])
    status: int | None = Field(
        description="How a request beyond it is answered; null: it is answered, with less than was asked for. Tools of"
        " MCP tell their errors with 200."
    )
    meaning: Bilingual = Field(description="What is limited.")
    remedy: Bilingual = Field(description="What to do beyond it.")


class AllowanceNote(Resource):
    """What the caller who asks may use, and what is left of it now. Null: not limited."""

    key: str = Field(description="The name of the API key that the request brings; empty without one.")
    per_minute: int | None = Field(description="Units of work in a minute; they come back evenly.", examples=[1_200])
    left: int | None = Field(description="Units that are left.")
    seconds: int | None = Field(description="Seconds until all of them are there again.")
    per_day: int | None = Field(description="Units of work in a day.")
    left_today: int | None = Field(description="Units that are left of this day in Viet Nam.")
    seconds_of_today: int | None = Field(description="Seconds until the next day.")
    at_once: int | None = Field(description="Requests that are answered at once.", examples=[32])


class LimitsDocument(Resource):
    """What one request may ask for."""

    allowance: AllowanceNote
    default_limit: int
    max_rows: dict[str, int | None] = Field(
        description="Rows of one answer, by format; null: all of them (`limit=all`)."
    )
    max_offset: int
    max_depth: int = Field(description="How deep conditions may be nested.")
    max_terms: int = Field(description="Names and values in one question.")
    max_value_length: int = Field(description="Characters of one value.")
    operators: tuple[OperatorNote, ...]
    limits: tuple[LimitNote, ...] = Field(description="Every limit that a caller can run into, by dialect.")


def limits_document(limits: Sequence[LimitNote], caller: Caller, left: Left) -> LimitsDocument:
    """Return the document for one caller."""
    return LimitsDocument(
        allowance=_allowance(caller, left),
        default_limit=model.DEFAULT_LIMIT,
        max_rows={key: None if most == model.ALL_ROWS else most for key, most in model.MOST_ROWS.items()},
        max_offset=model.MAX_OFFSET,
        max_depth=model.MAX_DEPTH,
        max_terms=model.MAX_TERMS,
        max_value_length=model.MAX_VALUE_LENGTH,
        operators=tuple(
            OperatorNote(key=operator.key, meaning=operator.meaning, kinds=operator.kinds)
            for operator in OPERATORS.values()
        ),
        limits=tuple(limits),
    )


def limit_note(limit: Limit) -> LimitNote:
    """Return a limit as it is told, in both languages."""
    return LimitNote(
        dialect=limit.dialect,
        name=limit.name,
        value=limit.value,
        unit=limit.unit,
        status=limit.status,
        meaning=_bilingual(limit.meaning),
        remedy=_bilingual(limit.remedy),
    )


def _bilingual(message: str) -> Bilingual:
    return Bilingual(**{language: wording(language).gettext(message) for language in LANGUAGES})


def _allowance(caller: Caller, left: Left) -> AllowanceNote:
    allowance = caller.account.allowance
    return AllowanceNote(
        key=caller.name,
        per_minute=allowance.per_minute or None,
        left=left.minute,
        seconds=left.minute_seconds if allowance.per_minute else None,
        per_day=allowance.per_day or None,
        left_today=left.day,
        seconds_of_today=left.day_seconds if allowance.per_day else None,
        at_once=allowance.at_once or None,
    )
