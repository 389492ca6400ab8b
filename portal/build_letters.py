"""Makes the letters that browsers fetch from those of drawings: files of the characters that ``fonts.css`` names.

Nothing that a reader sees is lost: outlines, kerning and the places of marks stay; hints for coarse screens go, names
of glyphs, and what the pages never ask for, such as fractions. A build makes the same bytes as the one before.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from fontTools.subset import Options, Subsetter, load_font, save_font
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables.ttProgram import Program

from portal.shared.font_faces import STATIC, FontFace, font_faces

_DRAWN = "vendor/be-vietnam-pro-drawn"
_SOURCES = {400: "BeVietnamPro_400Regular.ttf", 600: "BeVietnamPro_600SemiBold.ttf"}
_LICENCE = "LICENSE_FONT"
_FEATURES = ("ccmp", "kern", "liga", "mark", "mkmk")
_SMOOTH_AT_ALL_SIZES = {0xFFFF: 0b1111}
_DROPOUT_CONTROL = bytes.fromhex("b8 01 ff 85 b0 04 8d")
"""PUSHW 511, SCANCTRL, PUSHB 4, SCANTYPE: no thin stroke is lost where Windows draws without hints."""


def build_letters(static: Path = STATIC) -> tuple[Path, ...]:
    """Make the files that ``static/fonts.css`` names, with their licence beside them."""
    made = [_build(face, static) for face in font_faces(static)]
    licences = {shutil.copyfile(static / _DRAWN / _LICENCE, file.parent / _LICENCE) for file in made}
    return (*made, *sorted(licences))


def _build(face: FontFace, static: Path) -> Path:
    target = static / face.file
    target.parent.mkdir(parents=True, exist_ok=True)
    options = _options()
    with load_font(static / _DRAWN / _SOURCES[face.weight], options) as font:
        _remove_ligatures_of_words(font)
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=face.characters)
        subsetter.subset(font)
        _smooth(font)
        save_font(font, target, options)
    return target


def _options() -> Options:
    options = Options()
    options.flavor = "woff2"
    options.hinting = False
    options.layout_features = list(_FEATURES)
    options.ignore_missing_unicodes = False
    options.bidi_closure = False
    options.recalc_timestamp = False
    return options


def _remove_ligatures_of_words(font: TTFont) -> None:
    """Remove the pictures that the font puts in place of ``:be:``, ``:dd:`` and ``:star:``: texts stay as they are."""
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            getattr(table, "ligatures", {}).pop("colon", None)


def _smooth(font: TTFont) -> None:
    font["gasp"] = newTable("gasp")
    font["gasp"].gaspRange = _SMOOTH_AT_ALL_SIZES
    font["prep"] = newTable("prep")
    font["prep"].program = Program()
    font["prep"].program.fromBytecode(_DROPOUT_CONTROL)
    font["maxp"].maxStackElements = 1
