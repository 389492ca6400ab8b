"""The source of a dataset: where unprotected data is read, and what its columns must hold."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from datasets.date_formats import check_format
from datasets.encodings import Encoding, canonical
from datasets.names import Identifier, Name
from datasets.text import Bilingual, Model


class Column(Model):
    """One column of the source, and what its values must be."""

    header: str = Field(default="", description="The column's header in the source, when it is not the name used here.")
    type: Literal["string", "integer", "number", "date"] = Field(
        default="string", description="The type of its values."
    )
    required: bool = Field(default=True, description="Whether a row must have a value.")
    unique: bool = Field(default=False, description="Whether no two rows may share a value.")
    pattern: str = Field(default="", max_length=1000, description="A regular expression that a whole value must match.")
    minimum: float | None = Field(default=None, allow_inf_nan=False, description="The smallest value allowed.")
    maximum: float | None = Field(
        default=None, allow_inf_nan=False, description="The largest value allowed, not below the smallest."
    )
    values: tuple[str, ...] = Field(default=(), description="The only values allowed.")
    formats: tuple[str, ...] = Field(
        default=("%Y-%m-%d",),
        min_length=1,
        description='How dates are written, as strptime formats, tried in order: `["%d/%m/%Y"]` reads 31/12/2026.',
    )
    title: Bilingual | None = Field(
        default=None, description="What people call it; required for what a register publishes."
    )
    codelist: Identifier | None = Field(
        default=None, description="Register: the code list that holds its values; any other value is an error."
    )

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                re.compile(pattern)
        except re.error as error:
            raise ValueError(f"is not a regular expression: {error.msg}") from None
        except (RecursionError, OverflowError, MemoryError):
            raise ValueError("is nested too deeply, or repeats too often, to be matched") from None
        return pattern

    @field_validator("formats")
    @classmethod
    def _are_formats(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(check_format, formats))

    @model_validator(mode="after")
    def _in_order(self) -> Column:
        if self.minimum is not None and self.maximum is not None and self.maximum < self.minimum:
            raise ValueError("maximum must not be below minimum: exchange them")
        return self


class Source(Model):
    """Where the unprotected data of an edition is read, and what its columns must hold."""

    path: str = Field(default="", description="File name, relative to the input folder; may hold `{edition}`.")
    format: Literal["csv", "tsv", "xlsx", "xls", "parquet", "sql", ""] = Field(
        default="", description="The format, when the file's ending does not tell."
    )
    encoding: Annotated[Encoding, BeforeValidator(canonical)] = Field(
        default="auto",
        description="How a text file writes its letters; `auto` finds it. Any case and the usual other names will do:"
        " UTF8, utf-8-sig, UTF-16LE, TCVN, ABC, cp1258.",
    )
    delimiter: str = Field(default="", description="Between fields of a text file; found when absent.", max_length=1)
    quote: str = Field(default='"', description="Around fields that hold a delimiter.", max_length=1)
    decimal: Literal[".", ","] | None = Field(
        default=None,
        description='The decimal mark of numbers, `"."` when absent. It must be said where every number with a mark has'
        " three digits after it, as 1.234 has: that may be a number of thousands.",
    )
    sheet: str = Field(default="", description="The sheet of a workbook; the first when absent.")
    header_row: int = Field(
        default=1, ge=1, le=10_000, description="The row that holds the headers, counted from 1; at most 10,000."
    )
    database: str = Field(
        default="", description="For `sql`: the name of the environment variable that holds the database's URL."
    )
    query: str = Field(default="", description="For `sql`: the SELECT statement; may hold `:edition`.")
    missing: tuple[str, ...] = Field(default=("",), description="The texts that stand for a missing value.")
    columns: dict[Name, Column] = Field(
        description="Every column that is read; at most 2,000.", min_length=1, max_length=2000
    )
    extra_columns: Literal["refuse", "ignore"] = Field(
        default="refuse", description="What to do about columns that are not declared."
    )
    max_bad_rows: int = Field(
        default=0, ge=0, le=10**12, description="How many bad rows may be left out before the job stops."
    )
    where: dict[Name, tuple[str, ...]] = Field(
        default={}, description="Only rows whose columns have one of these values are used."
    )

    @property
    def decimal_mark(self) -> Literal[".", ","]:
        """The mark that numbers are read with, declared or not."""
        return self.decimal or "."

    def conditions_with(self, others: Iterable[tuple[str, Iterable[str]]]) -> dict[str, frozenset[str]]:
        """Return the values that columns have in rows that are used and meet ``others`` too."""
        found = {name: frozenset(values) for name, values in self.where.items()}
        for name, values in others:
            wanted = frozenset(values)
            found[name] = found.get(name, wanted) & wanted
        return found

    @model_validator(mode="after")
    def _one_place(self) -> Source:
        if bool(self.path) == bool(self.database):
            raise ValueError(
                "needs either path (a file) or database (the name of an environment variable), not both: name one"
            )
        if self.database and not self.query:
            raise ValueError("database needs query: write the SELECT statement")
        return self

    @field_validator("delimiter", "quote")
    @classmethod
    def _is_no_line_end(cls, character: str) -> str:
        if character and (not character.isprintable() or character.isspace()) and character not in "\t ":
            raise ValueError("must be a character that can be seen, or a tab or a space")
        return character

    @model_validator(mode="after")
    def _fields_can_be_told_apart(self) -> Source:
        if self.delimiter and self.delimiter == self.quote:
            raise ValueError('delimiter and quote must differ: leave out delimiter, or write quote: ""')
        return self
