"""The analyzer: forms of a word that must meet, and forms that must not."""

from __future__ import annotations

import unicodedata

import pytest

from catalog.misspelling import one_edit_away
from catalog.vietnamese import (
    MAX_TERMS,
    compose,
    decode_keystrokes,
    pair,
    place_tone,
    query_words,
    strip_marks,
    words,
)


def folded(text: str) -> list[str]:
    return [word.folded for word in words(text)]


def accented(text: str) -> list[str]:
    return [word.accented for word in words(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tiêm chủng", "tiem chung"),
        ("Đà Nẵng", "da nang"),
        ("điện tử", "dien tu"),
        ("vắc-xin", "vac xin"),
        ("lỵ", "li"),
        ("bác sỹ", "bac si"),
        ("COVID-19", "covid19"),
        ("pharmacies", "pharmacy"),
        ("diseases", "disease"),
        ("classes", "class"),
        ("women", "woman"),
        ("immunisation", "immunization"),
        ("diarrhoea", "diarrhea"),
        ("anaemia", "anemia"),
        ("tumour", "tumor"),
        ("centre", "center"),
        ("programme", "program"),
        ("tiêm\u00ad chủ\u200bng", "tiem chung"),
    ],
)
def test_forms_that_fold_alike(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize("text", ["AIDS", "SARS", "virus", "analysis", "illness", "gas"])
def test_an_ending_that_is_no_plural_stays(text: str) -> None:
    assert folded(text) == [text.lower()]


@pytest.mark.parametrize(
    ("older", "newer"),
    [("hòa", "hoà"), ("khỏe", "khoẻ"), ("thủy", "thuỷ"), ("qúy", "quý"), ("hóa", "hoá"), ("ngòe", "ngoè")],
)
def test_tone_placement_in_open_syllables(older: str, newer: str) -> None:
    assert place_tone(older) == newer
    assert place_tone(newer) == newer
    assert accented(older) == accented(newer)


@pytest.mark.parametrize("word", ["hoàn", "hòan", "toán", "thuế", "của", "mía", "hoa", "bệnh", "quá"])
def test_other_syllables_keep_their_tone_where_it_is(word: str) -> None:
    assert place_tone(word) == word


def test_marks_typed_in_any_order_compose() -> None:
    assert compose("e\u0301\u0302") == "ế"
    assert compose(unicodedata.normalize("NFD", "Tiêm Chủng")) == "tiêm chủng"


def test_i_and_y_meet_with_their_marks() -> None:
    assert accented("lỵ kỹ mỹ tỷ quý") == accented("lị kĩ mĩ tỉ quí")
    assert accented("thuý") != accented("thuí")


def test_a_word_without_marks_has_no_accented_form() -> None:
    assert accented("sot xuất huyet") == ["", "xuất", ""]


def test_strip_marks_folds_the_letter_that_has_no_decomposition() -> None:
    assert strip_marks("Đường") == "duong"


@pytest.mark.parametrize(
    ("keys", "meant"),
    [
        ("tieem", "tiem"),
        ("chungr", "chung"),
        ("dduowngf", "duong"),
        ("chu3ng", "chung"),
        ("beejnh", "benh"),
        ("tinh", "tinh"),
    ],
)
def test_keystrokes_that_were_never_turned_into_letters(keys: str, meant: str) -> None:
    assert decode_keystrokes(keys) == meant


def test_one_edit_away_knows_loss_gain_change_and_swap() -> None:
    assert {"hyet", "huyet", "huyen", "huyte", "huyeta"} & set(one_edit_away("huyet")) >= {
        "hyet",
        "huyen",
        "huyte",
        "huyeta",
    }
    assert "hyt" not in set(one_edit_away("huyet"))


def test_a_query_is_cut_to_a_bounded_number_of_words() -> None:
    assert len(query_words("sốt " * 5_000)) == MAX_TERMS
    assert len(query_words("x" * 10_000)[0].text) <= 1_000


@pytest.mark.parametrize("text", ["", " ", "!?*:\"'()", "\x00\x1f", "😀", "\u0301\u0301"])
def test_texts_without_words(text: str) -> None:
    assert words(text) == ()


def test_a_pair_is_written_as_one_word() -> None:
    assert pair("tiem", "chung") == "tiemchung"


def test_what_is_longer_than_any_word_is_cut() -> None:
    assert [len(word.text) for word in words("a" * 5_000 + " " + "b" * 5_000 + "12")] == [60, 60, 2]
