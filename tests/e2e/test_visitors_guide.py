"""The Vietnamese guide for those who use the data: its addresses answer, and it explains every mark of a cell."""

from __future__ import annotations

import re

from datasets.cell_status import STATUS_MEANINGS
from tests.support.guides import Guide
from tests.support.http import Client

GUIDE = Guide("huong-dan-cho-nguoi-dung.md")
COMMANDS = re.findall(r"^\$ curl .*?'https://CONG(/[^']+)'$", GUIDE.text, re.MULTILINE)


def test_every_command_answers(shipped: Client) -> None:
    assert len(COMMANDS) == GUIDE.text.count("$ curl") == 5
    for path in COMMANDS:
        assert shipped.get(path).status_code == 200, path


def test_the_pinned_package_is_there(shipped: Client) -> None:
    (package,) = re.findall(r"`(/files/[^`]+\.zip)`", GUIDE.text)
    assert shipped.get(package).status_code == 200


def test_what_it_says_of_provinces_and_rates_is_so(shipped: Client) -> None:
    merged = next(path for path in COMMANDS if "geography=2025" in path)
    page = shipped.json(merged.replace("format=csv", "format=json"))
    assert len(page["data"]) == 34
    assert page["selection"]["province"]["parts"]["79"] == ["74", "77", "79"]
    assert shipped.get(merged.replace("month=2009", "month=2007")).status_code == 400
    (rates,) = (path for path in COMMANDS if "select=rate" in path)
    assert shipped.get(rates).status_code == 200
    (together,) = (path for path in COMMANDS if "select=stays,people,rate" in path)
    (row,) = shipped.json(together.replace("format=csv", "format=json"))["data"]
    assert row["rate"] == round(100_000 * row["stays"] / row["people"], 1)
    assert shipped.get(together.replace("select=stays,people,rate", "select=mean_days")).status_code == 400


def test_every_mark_is_explained() -> None:
    marks = set(re.findall(r"`\[(\w)\]`", GUIDE.text))
    assert marks == {meaning.letter for meaning in STATUS_MEANINGS.values() if meaning.letter}
