"""What an address of the explorer asks to see, as it stands there: anything may be left out, or be unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

MEMBERS, LEVEL, FIRST, LAST, HELD = "in.", "level.", "from.", "to.", "at."
"""What stands before the name of a dimension in a parameter; so no dimension can be taken for another parameter."""
MOST_PARAMETERS = 1_000
MOST_CHARACTERS = 500


@dataclass(frozen=True)
class Asked:
    """The parameters of an address."""

    table: str = ""
    show: str = ""
    measure: str = ""
    rows: str = ""
    columns: str = ""
    geography: str = ""
    sort: str = ""
    was: str = ""
    """How the page was shown from which a form was sent: where that stayed, the rows are what was chosen anew."""
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The members of a dimension that are shown, by its name."""
    levels: Mapping[str, str] = field(default_factory=dict)
    first: Mapping[str, str] = field(default_factory=dict)
    last: Mapping[str, str] = field(default_factory=dict)
    held: Mapping[str, str] = field(default_factory=dict)
    """The one member at which a dimension is held that is not shown."""


def read_asked(parameters: Iterable[tuple[str, str]]) -> Asked:
    """Read the parameters of an address; others, such as those of campaigns, say nothing, and the last of two counts.

    Members stand in parameters of their own, as forms send them, or in one with commas between them.
    """
    plain: dict[str, str] = {}
    members: dict[str, list[str]] = {}
    by_dimension: dict[str, dict[str, str]] = {LEVEL: {}, FIRST: {}, LAST: {}, HELD: {}}
    for name, value in list(parameters)[:MOST_PARAMETERS]:
        text = value.strip()[:MOST_CHARACTERS] if not name.startswith(MEMBERS) else value.strip()
        if not text:
            continue
        start, dot, dimension = name.partition(".")
        if f"{start}{dot}" == MEMBERS:
            members.setdefault(dimension, []).extend(each for each in text.split(",") if each)
        elif f"{start}{dot}" in by_dimension:
            by_dimension[f"{start}{dot}"][dimension] = text
        elif name in _PLAIN:
            plain[name] = text
    return Asked(
        **plain,
        members={name: tuple(dict.fromkeys(codes)) for name, codes in members.items()},
        levels=by_dimension[LEVEL],
        first=by_dimension[FIRST],
        last=by_dimension[LAST],
        held=by_dimension[HELD],
    )


def joined(codes: Sequence[str]) -> str:
    """Return several members as one value."""
    return ",".join(codes)


_PLAIN = frozenset({"table", "show", "measure", "rows", "columns", "geography", "sort", "was"})
