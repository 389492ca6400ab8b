"""Vietnamese encodings: their tables against words written by hand, and how a text's own is found."""

from __future__ import annotations

import unicodedata
from functools import cache

import pytest

from publishers.extract.encodings import convert_cell, decode, guess_bytes, guess_cells
from publishers.extract.syllables import is_syllable, share_of_vietnamese
from tests.unit.publishers.extract.conftest import Intake

PLACES = (
    "Hà Nội",
    "Bắc Giang",
    "Thừa Thiên Huế",
    "Đà Nẵng",
    "Quảng Ngãi",
    "Bà Rịa",
    "Cần Thơ",
    "Kiên Giang",
    "Lạng Sơn",
)
# The same word as bytes of each encoding, from TCVN 5712:1993, RFC 1456, the VNI manual and the windows-1258 code page.
WRITTEN = [
    ("tcvn3", b"T\xd8nh/T.ph\xe8", "Tỉnh/T.phố"),
    ("tcvn3", b"H\xb5 N\xe9i, \xa7\xb5 N\xbdng", "Hà Nội, Đà Nẵng"),
    ("vni", "Vieät Nam, Ñaø Naüng, ñöôøng phoá".encode("cp1252"), "Việt Nam, Đà Nẵng, đường phố"),
    ("vni", "BOÄ Y TEÁ, tænh Kyø Sôn, lyù do nghó".encode("cp1252"), "BỘ Y TẾ, tỉnh Kỳ Sơn, lý do nghĩ"),
    ("viscii", b"Vi\xaet Nam, \xd0\xe0 N\xc7ng", "Việt Nam, Đà Nẵng"),
    ("windows-1258", b"Vi\xea\xf2t Nam, H\xe0 N\xf4\xf2i", "Việt Nam, Hà Nội"),
]


@pytest.mark.parametrize(("encoding", "raw", "text"), WRITTEN)
def test_known_words(encoding: str, raw: bytes, text: str) -> None:
    assert decode(raw, encoding) == text


@pytest.mark.parametrize(("encoding", "raw"), [("tcvn3", b"\xb0"), ("viscii", b"\x01"), ("vni", "bø".encode("cp1252"))])
def test_what_an_encoding_does_not_define_is_refused(encoding: str, raw: bytes) -> None:
    with pytest.raises(UnicodeDecodeError):
        decode(raw, encoding)


def test_decoded_text_is_nfc() -> None:
    text = decode(b"Vi\xea\xf2t", "windows-1258")
    assert unicodedata.is_normalized("NFC", text)


@pytest.mark.parametrize("word", ["nghiêng", "quyển", "Thừa", "PHỐ", "giếng", "ướt", "khuỷu", "yến", "gì"])
def test_vietnamese_syllables(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["café", "TØnh", "hàt", "ngớí", "Müller", "bàch"])
def test_other_words(word: str) -> None:
    assert not is_syllable(word)


def test_without_accented_words_there_is_no_share() -> None:
    assert share_of_vietnamese("abc 123") is None


def _encode(text: str, encoding: str) -> bytes:
    """Encode by looking every letter up in the decoder."""
    if encoding in {"utf-8", "utf-16", "utf-16-le", "utf-16-be"}:
        return text.encode(encoding)
    letters = _letters(encoding)
    return b"".join(letters.get(letter, letter.encode("ascii", "replace")) for letter in text)


@cache
def _letters(encoding: str) -> dict[str, bytes]:
    singles = [bytes([code]) for code in range(1, 256)]
    bases = [bytes([code]) for code in b"aeiouyAEIOUY"] + [
        letter.encode("cp1252") for letter in "öôÖÔâêÂÊăĂ" if ord(letter) < 256
    ]
    pairs = [base + mark for base in bases for mark in singles if encoding in {"vni", "windows-1258"}]
    found: dict[str, bytes] = {}
    for raw in [*singles, *pairs]:
        try:
            letter = decode(raw, encoding)
        except UnicodeDecodeError:
            continue
        if len(letter) == 1 and not letter.isascii():
            found.setdefault(letter, raw)
    if encoding == "windows-1258":
        for base in "âêôăơưÂÊÔĂƠƯ":
            for tone in "\u0300\u0301\u0303\u0309\u0323":
                found[unicodedata.normalize("NFC", base + tone)] = (base + tone).encode("cp1258")
    return found


@pytest.mark.parametrize(
    "encoding", ["tcvn3", "vni", "viscii", "windows-1258", "utf-8", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_files_are_read_in_the_encoding_that_fits(intake: Intake, encoding: str) -> None:
    rows = [(number, place if encoding != "tcvn3" else place.lower()) for number, place in enumerate(PLACES * 5)]
    intake.put("x.csv", _encode("a,b\n" + "".join(f"{number},{place}\n" for number, place in rows), encoding))
    assert intake.rows("x.csv") == rows
    if not encoding.startswith("utf-16-"):
        assert intake.rows("x.csv", encoding=encoding) == rows


def test_text_that_is_not_nfc_becomes_nfc(intake: Intake) -> None:
    intake.put("x.csv", unicodedata.normalize("NFD", "a,b\n1,Hà Nội\n"))
    assert intake.rows("x.csv") == [(1, "Hà Nội")]


def test_a_mark_at_the_start_is_taken_off(intake: Intake) -> None:
    intake.put("x.csv", b"\xef\xbb\xbfa,b\n1,x\n")
    assert intake.rows("x.csv") == [(1, "x")]


def test_what_fits_no_encoding_is_refused_with_what_was_tried(intake: Intake) -> None:
    intake.put("x.csv", "a,b\n1,x\n2,café Müller\n".encode("latin-1"))
    (problem,) = intake.problems("x.csv")
    assert problem.startswith("x.csv line 3: is not UTF-8, and no other encoding fits well enough")
    assert "windows-1258" in problem
    assert "declare `encoding:`" in problem


@pytest.mark.parametrize(
    ("declared", "content", "words"),
    [
        ("utf-8", b"a,b\n1,x\n2,\xe9\n", "x.csv line 3: is not utf-8"),
        ("tcvn3", b"a,b\n1,\xb0\n", "x.csv line 2: is not tcvn3"),
        ("utf-16", b"a,b\n1,x\n", "is not UTF-16"),
        ("utf-8", b"\xff\xfea\x00,\x00", "starts with the mark of utf-16"),
    ],
)
def test_a_declared_encoding_is_strict(intake: Intake, declared: str, content: bytes, words: str) -> None:
    intake.put("x.csv", content)
    assert words in intake.problems("x.csv", encoding=declared)[0]


def test_an_accent_far_down_a_big_file_is_found(intake: Intake) -> None:
    lines = [b"a,b", *(b"%d,x" % number for number in range(200_000)), *(b"7,%s" % _encode("hà nội", "tcvn3"),) * 3]
    lines += [b"8,%s" % _encode(place.lower(), "tcvn3") for place in PLACES]
    intake.put("x.csv", b"\n".join(lines))
    assert intake.rows("x.csv")[200_000:200_002] == [(7, "hà nội"), (7, "hà nội")]


def test_letters_are_not_cut_at_the_ends_of_pieces(intake: Intake) -> None:
    content = "a,b\n" + "".join(f"{number},Thừa Thiên Huế {number}\n" for number in range(120_000))
    for encoding in ("utf-8", "utf-16-be"):
        intake.put("x.csv", unicodedata.normalize("NFD", content).encode(encoding))
        rows = intake.rows("x.csv")
        assert len(rows) == 120_000
        assert all(name == f"Thừa Thiên Huế {number}" for number, name in rows)


def test_cells_that_hide_a_font_encoding() -> None:
    cells = ["TØnh/T.phè", "Th¸ng 1", "Hµ Néi", "B¾c Giang", "S¬n La"]
    assert guess_cells(cells).encoding == "tcvn3"
    assert [convert_cell(cell, "tcvn3") for cell in cells] == ["Tỉnh/T.phố", "Tháng 1", "Hà Nội", "Bắc Giang", "Sơn La"]


@pytest.mark.parametrize("cells", [["Tỉnh", "Hà Nội"], ["abc"], [], ["北京", "Müller"]])
def test_cells_that_are_what_they_seem(cells: list[str]) -> None:
    assert guess_cells(cells).encoding == ""


def test_a_cell_that_is_unicode_stays_among_font_cells() -> None:
    assert convert_cell("Hà Nội ệ", "tcvn3") == "Hà Nội ệ"


def test_bytes_of_which_two_encodings_could_be_meant_are_not_guessed() -> None:
    assert guess_bytes(b"\xe0 \xe8").encoding == ""
