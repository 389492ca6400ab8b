"""Texts that can be said in another language keep what they were made of, and are plain English text otherwise."""

from __future__ import annotations

import pickle

from datasets.hints import SHOWN, hint, listed
from datasets.said import Said, SaidInBoth, joined, said, translated

VIETNAMESE = {
    "Did you mean %(name)s?": "Có phải là %(name)s?",
    "Known here: %(names)s": "Có: %(names)s",
    "%(names)s and %(count)s more": "%(names)s và %(count)s nữa",
    "the grand total": "tổng chung",
    "en": "vi",
}


def vietnamese(message: str) -> str:
    return VIETNAMESE.get(message, message)


def test_it_is_english_until_it_is_translated() -> None:
    text = said("Known here: %(names)s", names="a, b")
    assert text == "Known here: a, b"
    assert translated(text, vietnamese) == "Có: a, b"


def test_what_is_inside_is_translated_too() -> None:
    text = hint("grup", ["group", "limit"])
    assert text == "Did you mean group? Known here: group, limit"
    assert translated(text, vietnamese) == "Có phải là group? Có: group, limit"
    margins = listed([said("the grand total"), "sex"], between="; ")
    assert translated(margins, vietnamese) == "tổng chung; sex"


def test_long_lists_end_in_either_language() -> None:
    text = listed(f"n{number}" for number in range(SHOWN + 2))
    assert text.endswith(f"n{SHOWN - 1} and 2 more")
    assert translated(text, vietnamese).endswith(f"n{SHOWN - 1} và 2 nữa")


def test_signs_of_a_stranger_are_no_placeholders() -> None:
    text = joined("100%", said("Known here: %(names)s", names="%(x)s %d %"))
    assert translated(text, vietnamese) == "100% Có: %(x)s %d %"


def test_other_text_stays_as_it_is() -> None:
    assert translated("50 % of it", vietnamese) == "50 % of it"
    assert joined("", "") == ""
    assert translated(joined("", ""), vietnamese) == ""


def test_an_error_can_leave_its_process() -> None:
    text = pickle.loads(pickle.dumps(said("Known here: %(names)s", names="a")))
    assert translated(text, vietnamese) == "Có: a"


def test_a_name_of_the_data_is_said_in_the_language_of_the_messages() -> None:
    text = Said.of("%(code)s (%(name)s)", {"code": "01", "name": SaidInBoth.named(vi="Hà Nội", en="Ha Noi")})
    assert text == "01 (Ha Noi)"
    assert pickle.loads(pickle.dumps(text)).values["name"].vietnamese == "Hà Nội"
    assert translated(text, vietnamese) == "01 (Hà Nội)"
    assert translated(text, str) == text
