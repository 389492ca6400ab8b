"""What every message of SDMX begins with, and how it tells errors, in JSON and in XML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from datasets.text import LANGUAGES, Bilingual, Language

SENDER = "ytemo"
_SCHEMAS = {
    "2.0.0": "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master/{content}-message/tools/schemas/2.0.0/"
    "sdmx-json-{content}-schema.json",
    "2.1.0": "https://json.sdmx.org/2.1/sdmx-json-{content}-schema.json",
}
"""The addresses by which the schemas of each version are known."""


@dataclass(frozen=True)
class Preamble:
    """What a message says of itself; ``identifier`` is the same for the same answer."""

    identifier: str
    prepared: datetime
    language: Language
    version: str
    """Of the format."""


def localised(text: Bilingual, language: Language) -> dict[str, object]:
    """Return a name as SDMX-JSON has it: the best match, and in every language."""
    return {"name": text.of(language), "names": {each: text.of(each) for each in LANGUAGES}}


def json_meta(preamble: Preamble, content: str) -> dict[str, object]:
    """Return the ``meta`` of a message."""
    return {
        "schema": _SCHEMAS[preamble.version].format(content=content),
        "id": preamble.identifier,
        "test": False,
        "prepared": moment(preamble.prepared),
        "contentLanguages": [preamble.language, *(each for each in LANGUAGES if each != preamble.language)],
        "sender": {"id": SENDER},
    }


def moment(when: datetime) -> str:
    """Return a moment as messages write it: in UTC, in whole seconds."""
    return when.astimezone(UTC).replace(microsecond=0).strftime("%Y-%m-%dT%H:%M:%SZ")


def json_error(preamble: Preamble, status: int, title: str, details: Sequence[str]) -> dict[str, object]:
    """Return an error in the shape of SDMX-JSON: one entry for each thing that is wrong."""
    errors = [{"code": status, "title": title, "detail": detail} for detail in details]
    return {"meta": json_meta(preamble, "data"), "errors": errors}


def xml_header(preamble: Preamble, inner: str = "") -> str:
    """Return the header of a message; ``inner`` is what data says of its structure."""
    return (
        f"<mes:Header><mes:ID>{preamble.identifier}</mes:ID><mes:Test>false</mes:Test>"
        f'<mes:Prepared>{moment(preamble.prepared)}</mes:Prepared><mes:Sender id="{SENDER}"/>{inner}</mes:Header>'
    )


def xml_text(text: str) -> str:
    """Return text that XML can hold, its marks escaped."""
    return escape("".join(each if _fits(each) else "?" for each in text))


def xml_attributes(values: Mapping[str, str]) -> str:
    """Return attributes with their values escaped; empty ones are left out."""
    return "".join(f" {name}={quoteattr(value)}" for name, value in values.items() if value)


def xml_names(tag: str, text: Bilingual) -> str:
    """Return a text in every language."""
    return "".join(f'<com:{tag} xml:lang="{each}">{xml_text(text.of(each))}</com:{tag}>' for each in LANGUAGES)


def _fits(character: str) -> bool:
    return character in "\t\n\r" or " " <= character < "\ud800" or "\ue000" <= character not in "\ufffe\uffff"
