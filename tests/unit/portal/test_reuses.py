"""The list of what others made is read strictly, and again when it changes; a broken one changes nothing."""

from __future__ import annotations

import logging
import os
import re
import textwrap
from pathlib import Path

import pytest

from datasets.errors import SettingInvalid
from portal.public.reuses import Reuse, Showcase, load_reuses

GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "show-what-others-made.md"
ONE = """\
  - id: dengue-map
    title: {vi: Bản đồ, en: Map}
    url: https://example.org/map
    author: Lan
    day: 2026-03-31
    datasets: [dengue-cases]
"""
OTHER = ONE.replace("dengue-map", "study").replace("2026-03-31", "2026-04-01")


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    # Two writings of one moment are told apart by their time alone.
    os.utime(path, ns=(0, path.stat().st_mtime_ns + len(text)))
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path / "reuses.yaml", f"reuses:\n{ONE}")


def test_the_newest_comes_first(file: Path) -> None:
    assert [each.id for each in load_reuses(written(file, f"reuses:\n{ONE}{OTHER}"))] == ["study", "dengue-map"]
    assert load_reuses(written(file, "reuses: []\n")) == ()


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("url: https://example.org/map", "url: javascript:alert(1)", "line 4, key reuses[1].url", "address of the web"),
        ("url: https://example.org/map", "url: example.org", "line 4, key reuses[1].url", "https://example.org/map"),
        ("day: 2026-03-31", "day: 1774915200", "line 6, key reuses[1].day", "2026-03-31"),
        ("day: 2026-03-31", "day: 2026-02-30", "line 6, key reuses[1].day", ""),
        ("author: Lan", "auhtor: Lan", "line 5, key reuses[1].auhtor", "Did you mean author?"),
        ("    author: Lan\n", "", "line 2, key reuses[1]", "author"),
        ("author: Lan", 'author: " \u200b"', "line 5, key reuses[1].author", "must not be empty"),
        ("[dengue-cases]", "[]", "line 7, key reuses[1].datasets", ""),
        ("en: Map", "de: Karte", "line 3, key reuses[1].title", "de is not a key here"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_key(file: Path, old: str, new: str, place: str, said: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        load_reuses(written(file, f"reuses:\n{ONE}".replace(old, new)))
    problem = next(each for each in caught.value.problems if place in each.place)
    assert str(file) in problem.place
    assert said in f"{problem.rule} {problem.remedy}"


def test_the_guide_shows_a_list_that_can_be_used_and_names_every_key(file: Path) -> None:
    shown = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    (reuse,) = load_reuses(written(file, textwrap.dedent(shown[0])))
    assert reuse.model_fields_set == set(Reuse.model_fields)
    assert re.findall(r"^\| `(\w+)` \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE) == list(Reuse.model_fields)


def test_two_cannot_have_one_name(file: Path) -> None:
    with pytest.raises(SettingInvalid, match="is the id of reuse 1 too"):
        load_reuses(written(file, f"reuses:\n{ONE}{ONE}"))


def test_a_file_that_is_not_there_stops_the_portal(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid):
        Showcase(tmp_path / "nothing.yaml")
    assert Showcase(None).current() == ()


def test_a_change_is_seen_and_a_broken_list_is_told_once(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    showcase = Showcase(file)
    assert len(showcase.current()) == 1
    written(file, f"reuses:\n{ONE}{OTHER}")
    assert len(showcase.current()) == 2
    written(file, "reuses: [\n")
    with caplog.at_level(logging.ERROR):
        assert [len(showcase.current()), len(showcase.current())] == [2, 2]
    assert len(caplog.records) == 1
    assert "the reuses read before are shown" in caplog.text
    file.unlink()
    assert len(showcase.current()) == 2
