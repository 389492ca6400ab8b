"""How datasets, columns and editions may be named, and the words that have a meaning of their own."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

TOTAL = "_T"
"""The member that stands for all members of a dimension (SDMX convention)."""

SYNTHETIC = "synthetic"
"""The column, true in every row of every file, by which made-up data says so wherever it is copied to."""

DEMONSTRATION = "ytemo-demonstration"
"""The publisher of the datasets that come with ytemo; where one of them is published, a portal is no ministry's."""

RESERVED = frozenset(
    {"after", "aggregate", "as_of", "bom", "download", "format", "geography", "group", "header"}
    | {"lang", "limit", "names", "offset", "order", "release", "select", "where"}
)
"""Parameters of the query API; no dimension or measure may have such a name."""

_IDENTIFIER = re.compile(r"[a-z][a-z0-9-]{1,62}[a-z0-9]")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_EDITION = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,31}")


def _identifier(text: str) -> str:
    if not _IDENTIFIER.fullmatch(text):
        raise ValueError("must be 3 to 64 small letters, digits and hyphens, starting with a letter")
    return text


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("must be small letters, digits and underscores, starting with a letter")
    return text


def check_edition(text: str) -> str:
    """Return ``text`` when it can name an edition: 1 to 32 letters, digits and hyphens, such as ``2026-03``."""
    if not _EDITION.fullmatch(text):
        raise ValueError("must be 1 to 32 letters, digits and hyphens, such as 2026, 2026-Q1 or 2026-03")
    return text


Identifier = Annotated[str, AfterValidator(_identifier)]
"""The name of a dataset, table, code list or publisher in URLs and files."""
Name = Annotated[str, AfterValidator(_name)]
"""The name of a column, dimension or measure."""
Edition = Annotated[str, AfterValidator(check_edition)]
"""The reference period that one edition of a dataset covers."""
