"""How names and texts are written in SQL, as DuckDB and Spark SQL read it."""

from __future__ import annotations


def quoted(name: str) -> str:
    """Return ``name`` as an SQL identifier.

    >>> print(quoted('the "other" sex'))
    "the ""other"" sex"
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return ``text`` as an SQL string.

    >>> print(literal("Cư M'gar"))
    'Cư M''gar'
    """
    return "'" + text.replace("'", "''") + "'"
