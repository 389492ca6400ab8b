"""What is wrong with a parameter that the framework refused, in words, and the nearest value that would be right."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from datasets.hints import listed, nearest
from portal.shared.wording import Wording

_SHOWN = 50
_QUOTED = re.compile(r"'([^']*)'")


class Refusal(BaseModel):
    """One parameter that was refused."""

    place: str
    rule: str
    remedy: str


def refusals(errors: Sequence[Mapping[str, Any]], words: Wording) -> tuple[Refusal, ...]:
    """Return what the errors of a validation mean, in the language of ``words``."""
    return tuple(
        Refusal(place=_place(error), rule=_rule(error, words), remedy=_remedy(error, words))
        for error in errors[:_SHOWN]
    )


def _place(error: Mapping[str, Any]) -> str:
    location = error.get("loc", ())
    parts = location[1:] if isinstance(location, tuple) else ()
    return ".".join(_printable(str(part)) for part in parts if not isinstance(part, int)) or "request"


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text[:60])


def _rule(error: Mapping[str, Any], words: Wording) -> str:
    make = _RULES.get(str(error.get("type")))
    context = error.get("ctx") or {}
    return make(context, words) if make else words.gettext("has a value that it cannot have")


def _remedy(error: Mapping[str, Any], words: Wording) -> str:
    names, given = allowed(error), str(error.get("input", ""))
    if not names:
        return ""
    known = words.gettext("Known here: %(names)s.") % {"names": listed(names)}
    near = nearest(given, names)
    if not near:
        return known
    question = words.gettext("Did you mean %(name)s?") % {"name": near}
    return f"{question} {known}"


def allowed(error: Mapping[str, Any]) -> list[str]:
    """Return the values that a parameter could have had, where they are a closed list."""
    context = error.get("ctx") or {}
    return _QUOTED.findall(str(context.get("expected", ""))) if error.get("type") == "literal_error" else []


def _whole(_context: Mapping[str, Any], words: Wording) -> str:
    return words.gettext("must be a whole number")


def _at_least(context: Mapping[str, Any], words: Wording) -> str:
    return words.gettext("must be at least %(number)s") % {"number": words.number(context["ge"])}


def _at_most(context: Mapping[str, Any], words: Wording) -> str:
    return words.gettext("must be at most %(number)s") % {"number": words.number(context["le"])}


def _short(context: Mapping[str, Any], words: Wording) -> str:
    return words.gettext("must have at most %(number)s characters") % {"number": words.number(context["max_length"])}


def _few(context: Mapping[str, Any], words: Wording) -> str:
    return words.gettext("must have at most %(number)s values") % {"number": words.number(context["max_length"])}


def _not_known(_context: Mapping[str, Any], words: Wording) -> str:
    return words.gettext("is not known")


_RULES: Mapping[str, Callable[[Mapping[str, Any], Wording], str]] = {
    "int_parsing": _whole,
    "int_parsing_size": _whole,
    "int_from_float": _whole,
    "greater_than_equal": _at_least,
    "less_than_equal": _at_most,
    "string_too_long": _short,
    "too_long": _few,
    "literal_error": _not_known,
}
