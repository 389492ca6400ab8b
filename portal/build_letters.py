"""Makes the letters that browsers fetch from those of drawings: files of the characters that ``fonts.css`` names.

Nothing that a reader sees is lost: outlines, kerning and the places of marks stay; hints for coarse screens go, names
of glyphs, and what the pages never ask for, such as fractions. Digits of one width, for columns, come in addition. A
build makes the same bytes as the one before.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path

from fontTools.otlLib.builder import buildLookup, buildSingleSubstSubtable
from fontTools.subset import Options, Subsetter, load_font, save_font
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables.otTables import Feature, FeatureRecord
from fontTools.ttLib.tables.ttProgram import Program

from portal.shared.font_faces import STATIC, FontFace, font_faces

_DRAWN = "vendor/be-vietnam-pro-drawn"
_SOURCES = {400: "BeVietnamPro_400Regular.ttf", 600: "BeVietnamPro_600SemiBold.ttf"}
_LICENCE = "LICENSE_FONT"
_FEATURES = ("ccmp", "kern", "liga", "mark", "mkmk", "tnum")
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
        _add_tabular_digits(font)
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


def _add_tabular_digits(font: TTFont) -> None:
    """Add digits that are all as wide as the zero: the font has none, and its columns of numbers stood ragged."""
    names = [font.getBestCmap()[ord(digit)] for digit in "0123456789"]
    width, _ = font["hmtx"][names[0]]
    tabular = {name: f"{name}.tnum" for name in names}
    for name, added in tabular.items():
        advance, _ = font["hmtx"][name]
        glyph = deepcopy(font["glyf"][name])
        glyph.coordinates.translate(((width - advance) // 2, 0))
        glyph.recalcBounds(font["glyf"])
        font["glyf"][added], font["hmtx"][added] = glyph, (width, glyph.xMin)
    font.setGlyphOrder(font.getGlyphOrder())  # read anew, with those added
    _add_substitution(font, "tnum", tabular)


def _add_substitution(font: TTFont, tag: str, glyphs: Mapping[str, str]) -> None:
    """Let a feature, which sorts behind those of the font, put glyphs in place of others in every language."""
    table = font["GSUB"].table
    record = FeatureRecord()
    record.FeatureTag, record.Feature = tag, Feature()
    record.Feature.FeatureParams, record.Feature.LookupListIndex = None, [len(table.LookupList.Lookup)]
    table.LookupList.Lookup.append(buildLookup([buildSingleSubstSubtable(glyphs)]))
    for script in (each.Script for each in table.ScriptList.ScriptRecord):
        for language in (script.DefaultLangSys, *(each.LangSys for each in script.LangSysRecord)):
            language.FeatureIndex.append(len(table.FeatureList.FeatureRecord))
    table.FeatureList.FeatureRecord.append(record)
    # The subsetter goes by what the file said of its size.
    table.LookupList.LookupCount = len(table.LookupList.Lookup)
    table.FeatureList.FeatureCount = len(table.FeatureList.FeatureRecord)


def _smooth(font: TTFont) -> None:
    font["gasp"] = newTable("gasp")
    font["gasp"].gaspRange = _SMOOTH_AT_ALL_SIZES
    font["prep"] = newTable("prep")
    font["prep"].program = Program()
    font["prep"].program.fromBytecode(_DROPOUT_CONTROL)
    font["maxp"].maxStackElements = 1
