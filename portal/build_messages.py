"""Keeps the messages of the portal in step with its code and templates, and compiles them for a release.

Run ``python -m portal.build_messages`` after changing a message: new ones appear in ``ytemo.po`` without a translation,
and ``tests/unit/portal/test_translations.py`` fails until they have one.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_from_file
from babel.messages.pofile import read_po, write_po

import datasets.hints
import datasets.public_releases
from catalog import quality
from datasets.said import LANGUAGE
from portal.shared.problems import OUTCOMES
from portal.shared.translations import compile_messages, messages_file

_KEYWORDS = {**DEFAULT_KEYWORDS, "said": None}
PORTAL = Path(__file__).parent
QUALITY = Path(str(quality.__file__)).parent
_METHODS = [("**.py", "python"), ("shared/templates/**.html", "jinja2.ext:babel_extract")]
_OPTIONS = {"shared/templates/**.html": {"trimmed": "true", "silent": "false", "newstyle_gettext": "true"}}
_UNSTABLE = tuple(
    f'"{name}:'.encode()
    for name in (
        "Project-Id-Version",
        "Report-Msgid-Bugs-To",
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Generated-By",
    )
)


def used_messages() -> Catalog:
    """Return every message of the portal and of what it passes on from below: quality, hints, releases, errors."""
    catalog = Catalog()
    for _, _, message, _, _ in extract_from_dir(str(PORTAL), _METHODS, _OPTIONS, _KEYWORDS):
        catalog.add(message)
    for _, _, message, _, _ in extract_from_dir(str(QUALITY), [("**.py", "python")], keywords=_KEYWORDS):
        catalog.add(message)
    for module in (datasets.hints, datasets.public_releases):
        for _, message, _, _ in extract_from_file("python", str(module.__file__), _KEYWORDS):
            catalog.add(message)
    catalog.add(LANGUAGE)
    for error in OUTCOMES:
        catalog.add(error.title)
    return catalog


def translated_messages(source: Path) -> Catalog:
    """Return the messages of a ``.po`` file."""
    with source.open("rb") as lines:
        return read_po(lines, locale="vi")


def is_translated(message: Message) -> bool:
    """Say whether every form of a message has its translation, beyond doubt."""
    forms = message.string if isinstance(message.string, list | tuple) else [message.string]
    return all(forms) and not message.fuzzy


def update(source: Path) -> Catalog:
    """Add new messages to ``source``, drop those no longer used, and return the result; nothing is guessed."""
    catalog = translated_messages(source) if source.exists() else Catalog(locale="vi")
    catalog.update(used_messages(), no_fuzzy_matching=True)
    write(catalog, source)
    return catalog


def write(catalog: Catalog, source: Path) -> None:
    """Write ``catalog`` so that the same messages always make the same file: sorted, without places and dates."""
    catalog.fuzzy = False
    catalog.header_comment = "# The portal's words in Vietnamese. English is the language that messages are written in."
    written = BytesIO()
    write_po(written, catalog, width=0, sort_output=True, no_location=True, ignore_obsolete=True)
    kept = [line for line in written.getvalue().splitlines(keepends=True) if not line.startswith(_UNSTABLE)]
    source.write_bytes(b"".join(kept))


def main() -> None:
    """Update and compile the Vietnamese messages."""
    source = messages_file("vi")
    catalog = update(source)
    source.with_suffix(".mo").write_bytes(compile_messages(source))
    missing = [message.id for message in catalog if message.id and not is_translated(message)]
    sys.stdout.write(f"{len(catalog)} messages, {len(missing)} without a translation\n")
    sys.stdout.writelines(f"  {message}\n" for message in missing)


if __name__ == "__main__":
    main()
