"""The list of subscribers is read strictly: every mistake is told with file, line, key, rule and remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from datasets.errors import DefinitionInvalid
from publishers.webhooks.events import is_asked_for
from publishers.webhooks.subscribers import load_subscribers
from tests.support.webhooks import events, release, subscriber

SOUND = """\
subscribers:
  - id: portal
    url: https://receiver.example.org:8443/hook/T0K3N?key=abc
    secret_file: secrets/portal
    events: [release, withdrawal]
    datasets: [notifiable-diseases]
    themes: [preventive-medicine]
    publishers: [ministry-of-health]
    active: false
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "subscribers.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def told(folder: Path, text: str) -> str:
    with pytest.raises(DefinitionInvalid) as caught:
        load_subscribers(written(folder, text))
    return str(caught.value)


def test_a_sound_list_is_read(tmp_path: Path) -> None:
    (found,) = load_subscribers(written(tmp_path, SOUND))
    assert (found.id, found.events, found.active, found.allow_private) == (
        "portal", ("release", "withdrawal"), False, False,
    )  # fmt: skip
    assert found.origin == "https://receiver.example.org:8443"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("    active", "    activ", "line 9, key subscribers[1].activ: activ is not a key here. Did you mean active?"),
        ("withdrawal]", "withdrawals]", "Did you mean withdrawal?"),
        ("https:", "http:", "without https"),
        ("https:", "ftp:", "must be an address such as https://receiver.example.org/hook"),
        ("https://", "https://user:secret@", "without a user or password"),
        (":8443", ":99999", "must be an address"),
        ("    secret_file: secrets/portal\n", "", "write secret_variable or secret_file"),
        ("secret_file: secrets/portal", "secret_file: x\n    secret_variable: X", "write secret_variable or"),
        ("secret_file: secrets/portal", "secret_variable: YTEMO_HOOK", "does not begin with YTEMO_"),
        ("id: portal", "id: ../portal", "key subscribers[1].id"),
        ("preventive-medicine", "preventive", "Did you mean preventive-medicine?"),
        ("[notifiable-diseases]", "['../x']", "small letters, digits and hyphens"),
        ("[release, withdrawal]", "[]", "must not be empty"),
        ("active: false", "active: perhaps", "must be true or false"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in SOUND
    message = told(tmp_path, SOUND.replace(old, new))
    assert words in message
    assert "subscribers.yaml" in message
    assert "T0K3N" not in message
    assert "abc" not in message
    assert "user:secret" not in message


def test_two_of_one_name_are_told(tmp_path: Path) -> None:
    twice = SOUND + SOUND.replace("subscribers:\n", "")
    assert "is the id of subscriber 1 too" in told(tmp_path, twice)


def test_no_subscribers_are_no_list(tmp_path: Path) -> None:
    assert "must not be empty" in told(tmp_path, "subscribers: []\n")


def test_plain_http_is_for_ones_own_network(tmp_path: Path) -> None:
    text = SOUND.replace("https:", "http:") + "    allow_private: true\n"
    assert load_subscribers(written(tmp_path, text))[0].origin == "http://receiver.example.org:8443"


def test_who_asks_for_what() -> None:
    (event,) = events(release("sexes"))
    assert is_asked_for(event, subscriber())
    cases: tuple[tuple[dict[str, Any], bool], ...] = (
        ({"events": ["release"]}, True),
        ({"events": ["withdrawal", "revision"]}, False),
        ({"datasets": ["ages", "sexes"]}, True),
        ({"datasets": ["ages"]}, False),
        ({"themes": ["administration"]}, True),
        ({"themes": ["pharmacy"]}, False),
        ({"publishers": ["ministry-of-health"]}, True),
        ({"publishers": ["somebody-else"]}, False),
        ({"datasets": ["sexes"], "themes": ["pharmacy"]}, False),
    )
    for given, wanted in cases:
        assert is_asked_for(event, subscriber(**given)) is wanted, given
