"""The filter operators: a table of small objects, each with its key, its meaning and its SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from datasets.text import Bilingual

Arity = Literal["one", "many", "flag"]
Kind = Literal["dimension", "measure", "status", "string", "integer", "number", "date"]

_EVERY: tuple[Kind, ...] = ("dimension", "measure", "status", "string", "integer", "number", "date")
_ORDERED: tuple[Kind, ...] = ("dimension", "measure", "string", "integer", "number", "date")
_EMPTY: tuple[Kind, ...] = ("measure", "string", "integer", "number", "date")


@dataclass(frozen=True)
class Operator:
    """One operator. ``sql`` writes its condition for a quoted column and a number of bound values."""

    key: str
    meaning: Bilingual
    kinds: tuple[Kind, ...]
    sql: Callable[[str, int], str]
    arity: Arity = "one"


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _folded(text: str) -> str:
    # The same as catalog.vietnamese.strip_marks, which folds the labels of dimensions.
    return f"replace(strip_accents(lower({text})), 'đ', 'd')"


_ALL = (
    Operator("eq", Bilingual(vi="bằng", en="is"), _EVERY, lambda column, _: f"{column} = ?"),
    Operator(
        "in",
        Bilingual(vi="là một trong các giá trị, cách nhau bằng dấu phẩy", en="is one of, separated by commas"),
        _EVERY,
        lambda column, count: f"{column} IN ({_marks(count)})",
        arity="many",
    ),
    Operator("ne", Bilingual(vi="khác", en="is not"), _EVERY, lambda column, _: f"{column} <> ?"),
    Operator("gt", Bilingual(vi="lớn hơn", en="is more than"), _ORDERED, lambda column, _: f"{column} > ?"),
    Operator("gte", Bilingual(vi="từ", en="is at least"), _ORDERED, lambda column, _: f"{column} >= ?"),
    Operator("lt", Bilingual(vi="nhỏ hơn", en="is less than"), _ORDERED, lambda column, _: f"{column} < ?"),
    Operator("lte", Bilingual(vi="đến hết", en="is at most"), _ORDERED, lambda column, _: f"{column} <= ?"),
    Operator(
        "prefix",
        Bilingual(vi="bắt đầu bằng", en="starts with"),
        ("dimension", "string"),
        lambda column, _: f"starts_with({column}, ?)",
    ),
    Operator(
        "contains",
        Bilingual(
            vi="chứa chữ này trong mã hay tên, không kể dấu và chữ hoa",
            en="has this text in its code or label, marks and capitals aside",
        ),
        ("dimension", "string"),
        lambda column, _: f"contains({_folded(column)}, {_folded('?')})",
    ),
    Operator(
        "level",
        Bilingual(vi="thuộc cấp của danh mục", en="belongs to a level of the code list"),
        ("dimension",),
        # A level is resolved to its members before any SQL is written.
        lambda column, count: f"{column} IN ({_marks(count)})",
    ),
    Operator(
        "null",
        Bilingual(vi="để trống (true) hay có giá trị (false)", en="is empty (true) or has a value (false)"),
        _EMPTY,
        lambda column, _: f"({column} IS NULL) = ?",
        arity="flag",
    ),
)

OPERATORS: dict[str, Operator] = {operator.key: operator for operator in _ALL}
"""Every operator by its key. ``field=value`` is ``eq``; any other is written ``field__key=value``."""


def operators_of(kind: Kind) -> tuple[str, ...]:
    """Return the keys of the operators that a field of this kind takes."""
    return tuple(operator.key for operator in _ALL if kind in operator.kinds)
