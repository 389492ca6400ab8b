"""Noise by cell keys in datasets: who is in a cell decides it, and the ministry's key or another office's."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from datasets.errors import YtemoError
from tests.support.changed_clinic import KEY, REASON, Clinic
from tests.support.clinic import definition_text


def test_the_same_people_get_the_same_noise_in_every_table_and_year(tmp_path: Path) -> None:
    clinic = Clinic.at(tmp_path, KEY)
    lines = clinic.lines("2026")
    # The same visits of women, and other visits of men: their cells have other people, and all cells of women the same.
    men = [line for line in lines if ",M," in line]
    clinic.write("2027", [line for line in lines if ",F," in line] + men[: len(men) // 2])
    first, second = clinic.publish(), clinic.publish("2027")
    true = clinic.visits()
    for measure in ("visits", "people"):
        shown = [clinic.cells(one, "by-sex-age", measure) for one in (first, second)]
        women = [place for place in shown[0] if place[:1] == ("F",)]
        assert len(women) > 15
        assert all(shown[0][place] == shown[1][place] for place in women)
        assert shown[0] != shown[1]
        other = clinic.cells(first, "by-age", measure)
        assert other == {place: shown[0][place] for place in other}
    visits = clinic.cells(first, "by-sex-age", "visits")
    assert all(abs(value - true.get(place, 0)) <= 5 for place, value in visits.items())
    assert len({value - true.get(place, 0) for place, value in visits.items()}) > 4


def test_another_key_of_the_ministry_gives_other_noise(tmp_path: Path) -> None:
    shown = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        clinic = Clinic.at(tmp_path / name, KEY, rows=300)
        shown.append(clinic.cells(clinic.publish(), "by-sex-age", "visits"))
    assert shown[0] != shown[1]


def test_keys_and_noise_of_another_office_give_its_numbers(tmp_path: Path) -> None:
    own = {"policy": "vn_proposed", "method": "cell_key", "record_key": "visit", "ready_keys": True, "reason": REASON}
    measures = {"visits": yaml.safe_load(definition_text())["measures"]["visits"]}
    clinic = Clinic.at(tmp_path, own | {"noise_table": "noise.csv"}, measures=measures, key={"type": "integer"})
    # What is added to a count of some key: from -1 to 2, as both of them say.
    noise = [[(count * 7 + key) % 4 - 1 for key in range(256)] for count in range(751)]
    lines = [f"{count},{key},{noise[count][key]}" for count in range(1, 751) for key in range(256)]
    (clinic.folder / "noise.csv").write_text("\n".join(["pcv,ckey,pvalue", *lines]) + "\n", encoding="utf-8")
    rows = [line.rsplit(",", 1)[0] for line in clinic.lines("2026")]
    clinic.write("2026", [f"{row},{number * 37 % 256}" for number, row in enumerate(rows)])
    keys: Counter[tuple[str, ...]] = Counter()
    for number, row in enumerate(rows):
        _, sex, age = row.split(",")
        low = int(age) // 5 * 5
        group = "Y_GE85" if low >= 85 else f"Y{low}T{low + 4}"
        keys.update(dict.fromkeys([(), (sex,), (group,), (sex, group)], number * 37 % 256))
    release, true = clinic.publish(), clinic.visits()
    for place, value in clinic.cells(release, "by-sex-age", "visits").items():
        count = true.get(place, 0)
        assert value == (count + noise[count][keys[place] % 256] if count else 0)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"record_key": "number"}, "names number, which is not declared"),
        ({"record_key": "patient"}, "does not tell records apart"),
        ({"base": 5}, "base is not for method: cell_key"),
        ({"variance": 0}, "must be greater than 0"),
        ({"noise_table": "noise.csv"}, "noise comes from a file or is made"),
        ({"method": "cell_keys"}, "Did you mean cell_key?"),
        ({"reason": None}, "reason"),
    ],
)
def test_what_is_wrong_with_a_choice_is_told_with_key_rule_and_remedy(
    tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    given = {key: value for key, value in (KEY | changes).items() if value is not None}
    clinic = Clinic.at(tmp_path, given)
    with pytest.raises(YtemoError) as caught:
        clinic.publish()
    text = "\n".join(f"{one.place}: {one.rule}. {one.remedy}" for one in caught.value.problems)
    assert "disclosure" in text
    assert says in text
