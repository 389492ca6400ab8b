"""Descriptions in OpenAPI are CommonMark: what others have written stands in them as text, not as HTML or pictures."""

from __future__ import annotations

import re
from typing import Any

_TAG = re.compile("<(?=[A-Za-z/!?])")
_AS_DATA = frozenset({"default", "enum", "example", "examples", "value", "x-codeSamples"})
"""Keys whose values are no text about something, but the thing itself."""


def without_markup(document: Any) -> Any:
    """Return an OpenAPI document whose descriptions begin no HTML and load no pictures.

    >>> without_markup({"description": "a < b <b>![c](d)", "example": {"description": "<b>"}})
    {'description': 'a < b &lt;b>&#33;[c](d)', 'example': {'description': '<b>'}}
    """
    if isinstance(document, dict):
        return {key: _part(key, value) for key, value in document.items()}
    if isinstance(document, list | tuple):
        return [without_markup(each) for each in document]
    return document


def _part(key: str, value: Any) -> Any:
    if key == "properties":
        # Its keys are names of columns, which may be any word.
        return {name: without_markup(schema) for name, schema in value.items()}
    if key in _AS_DATA:
        return value
    if key == "description" and isinstance(value, str):
        return _TAG.sub("&lt;", value).replace("![", "&#33;[")
    return without_markup(value)
