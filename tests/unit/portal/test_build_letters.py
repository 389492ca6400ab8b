"""Letters for browsers are small, none is lost, and a first visit never needs those that are rare."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fontTools.subset import Subsetter
from fontTools.ttLib import TTFont

from portal.build_assets import ROOT
from portal.build_letters import build_letters
from portal.public.charts.lettering import lettering
from portal.shared.font_faces import STATIC, font_faces

FACES = font_faces()
EVERYDAY, RARE = FACES[::2], FACES[1::2]
DRAWN = {weight: next(STATIC.glob(f"vendor/be-vietnam-pro-drawn/*_{weight}*.ttf")) for weight in (400, 600)}
MOST_BYTES = 25_000
"""Of the letters of a first visit."""


@pytest.fixture(scope="module")
def static(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("static")
    shutil.copy(STATIC / "fonts.css", folder)
    shutil.copytree(STATIC / "vendor" / "be-vietnam-pro-drawn", folder / "vendor" / "be-vietnam-pro-drawn")
    build_letters(folder)
    return folder


@pytest.mark.parametrize("weight", [400, 600])
def test_no_letter_is_lost_and_none_is_in_two_files(weight: int) -> None:
    everyday, rare = (face.characters for face in FACES if face.weight == weight)
    assert not everyday & rare
    with TTFont(DRAWN[weight]) as font:
        assert everyday | rare == set(font.getBestCmap())


def test_each_file_has_what_the_style_sheet_promises(static: Path) -> None:
    for face in FACES:
        with TTFont(static / face.file) as font:
            features = {record.FeatureTag for record in font["GPOS"].table.FeatureList.FeatureRecord}
            assert set(font.getBestCmap()) == face.characters
            assert font["gasp"].gaspRange == {0xFFFF: 15}, "smooth at all sizes, for there are no hints"
            assert "fpgm" not in font
            assert features == {"kern", "mark", "mkmk"}


def test_digits_of_columns_have_one_width(static: Path) -> None:
    for face in EVERYDAY:
        with TTFont(static / face.file) as font:
            table, digits = font["GSUB"].table, {font.getBestCmap()[ord(digit)] for digit in "0123456789"}
            (record,) = [each for each in table.FeatureList.FeatureRecord if each.FeatureTag == "tnum"]
            (lookup,) = (table.LookupList.Lookup[at] for at in record.Feature.LookupListIndex)
            instead = lookup.SubTable[0].mapping
            assert instead.keys() == digits
            assert len({font["hmtx"][name][0] for name in digits}) > 1
            assert len({font["hmtx"][name][0] for name in instead.values()}) == 1


def test_letters_of_a_first_visit_are_small_and_have_their_licence(static: Path) -> None:
    assert sum((static / face.file).stat().st_size for face in EVERYDAY) < MOST_BYTES
    assert "SIL Open Font License" in (static / EVERYDAY[0].file).with_name("LICENSE_FONT").read_text(encoding="utf-8")


def test_a_build_makes_the_bytes_of_the_one_before(static: Path) -> None:
    before = {face.file: (static / face.file).read_bytes() for face in FACES}
    build_letters(static)
    assert {face.file: (static / face.file).read_bytes() for face in FACES} == before


def test_a_letter_that_the_font_does_not_have_stops_the_build(static: Path, tmp_path: Path) -> None:
    shutil.copytree(static / "vendor", tmp_path / "vendor")
    style = (static / "fonts.css").read_text(encoding="utf-8").replace("U+20AB", "U+20AB, U+4E00")
    (tmp_path / "fonts.css").write_text(style, encoding="utf-8")
    with pytest.raises(Subsetter.MissingUnicodesSubsettingError, match=r"U\+4E00"):
        build_letters(tmp_path)


@pytest.mark.parametrize(
    "pattern",
    [
        "portal/shared/locales/**/*.po",
        "portal/shared/templates/**/*.html",
        "portal/shared/static/*.css",
        "portal/shared/static/*.js",
        "portal/public/**/*.yaml",
        "datasets/codelists/*.csv",
        "datasets/definitions/**/*.*",
    ],
)
def test_our_own_texts_need_no_rare_letter(pattern: str) -> None:
    files = [
        path for path in ROOT.glob(pattern) if path.suffix in {".po", ".html", ".css", ".js", ".yaml", ".csv", ".md"}
    ]
    assert files
    used = {character for path in files for character in path.read_text(encoding="utf-8")}
    assert {character for character in used if ord(character) in RARE[0].characters} == set()


def test_a_drawing_takes_along_the_letters_that_it_has(static: Path, tmp_path: Path) -> None:
    assert lettering("Sốt xuất huyết", static).count("data:font/woff2") == 2
    assert lettering("Köln", static).count("data:font/woff2") == 4
    shutil.copy(static / "fonts.css", tmp_path)
    assert lettering("Köln", tmp_path) == "", "they are not built"
