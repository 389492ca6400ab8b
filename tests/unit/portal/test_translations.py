"""Every message has its Vietnamese, and nothing in the file of translations is doubtful, stale or out of step."""

from __future__ import annotations

import os
import re
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from portal import build_messages
from portal.build_messages import is_translated, translated_messages, update, used_messages
from portal.shared import translations
from portal.shared.translations import compile_messages, messages_file

PO = messages_file("vi")


def messages() -> list[Message]:
    return [message for message in translated_messages(PO) if message.id]


def test_every_message_is_translated() -> None:
    assert [message.id for message in messages() if not is_translated(message)] == []
    assert len(messages()) > 150


def test_the_file_holds_the_messages_in_use_and_no_others() -> None:
    used = {str(message.id) for message in used_messages() if message.id}
    assert {str(message.id) for message in messages()} == used
    assert translated_messages(PO).obsolete == {}


def test_the_file_is_what_the_build_step_writes(tmp_path: Path) -> None:
    copy = tmp_path / "ytemo.po"
    copy.write_bytes(PO.read_bytes())
    update(copy)
    assert copy.read_bytes() == PO.read_bytes(), "run python -m portal.build_messages"


def test_translations_keep_the_places_of_values() -> None:
    def places(text: object) -> set[str]:
        texts = text if isinstance(text, list | tuple) else [text]
        return {place for each in texts for place in re.findall(r"%\((\w+)\)s", str(each))}

    assert [message.id for message in messages() if places(message.id) != places(message.string)] == []


def test_a_new_message_is_left_for_a_person_to_translate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "ytemo.po"
    text = PO.read_text(encoding="utf-8")
    copy.write_text(text.replace('msgid "Download"\nmsgstr "Tải về"\n\n', ""), encoding="utf-8")
    missing = [message.id for message in update(copy) if message.id and not is_translated(message)]
    assert missing == ["Download"]


def test_a_doubtful_translation_is_not_used(tmp_path: Path) -> None:
    source = tmp_path / "ytemo.po"
    source.write_text(
        'msgid ""\nmsgstr ""\n"Language: vi\\n"\n\n#, fuzzy\nmsgid "Home"\nmsgstr "?"\n', encoding="utf-8"
    )
    assert GNUTranslations(BytesIO(compile_messages(source))).gettext("Home") == "Home"


@pytest.mark.parametrize("age", [-10, 10])
def test_the_compiled_file_is_used_unless_it_is_older(
    age: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "vi" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    header = 'msgid ""\nmsgstr ""\n"Language: vi\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
    source, old = folder / "ytemo.po", tmp_path / "old.po"
    old.write_text(header + 'msgid "Home"\nmsgstr "compiled"\n', encoding="utf-8")
    source.write_text(header + 'msgid "Home"\nmsgstr "source"\n', encoding="utf-8")
    compiled = source.with_suffix(".mo")
    compiled.write_bytes(compile_messages(old))
    moment = source.stat().st_mtime + age
    os.utime(compiled, (moment, moment))
    monkeypatch.setattr(translations, "LOCALES", tmp_path)
    loaded = translations.translations.__wrapped__("vi")
    assert loaded.gettext("Home") == ("compiled" if age > 0 else "source")


def test_the_build_step_compiles_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "ytemo.po"
    copy.write_bytes(PO.read_bytes())
    monkeypatch.setattr(build_messages, "messages_file", lambda language: copy)
    build_messages.main()
    assert "0 without a translation" in capsys.readouterr().out
    assert GNUTranslations(BytesIO(copy.with_suffix(".mo").read_bytes())).gettext("Home") == "Trang chủ"
