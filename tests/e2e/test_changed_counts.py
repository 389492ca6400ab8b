"""Datasets whose counts are changed instead of withheld: from the records to what readers see, version after version.

The same records are counted here by plain Python, so that every published number is held against the true one.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from datasets.errors import DisclosureRuleInvalid, YtemoError
from datasets.release import PublicRelease
from tests.support.clinic import definition_text, methods_text, write_visits
from tests.support.html_pages import Document
from tests.support.http import Client
from tests.support.publication import Ministry
from tests.support.shipped_portal import shipped_client

REASON = {"vi": "Bạn đọc cần mọi số của bảng nhỏ này.", "en": "Readers need every number of this small table."}
RANDOM = {"policy": "vn_proposed", "method": "random_rounding", "base": 5, "reason": REASON}
KEY = {
    "policy": "vn_proposed",
    "method": "cell_key",
    "record_key": "visit",
    "variance": 2,
    "largest": 5,
    "reason": REASON,
}
TABLES = {
    "by-sex-age": {"title": {"vi": "Theo giới và tuổi", "en": "By sex and age"}, "dimensions": ["sex", "age_group"]},
    "by-age": {"title": {"vi": "Theo tuổi", "en": "By age"}, "dimensions": ["age_group"]},
}
Cells = dict[tuple[str, ...], int]


@dataclass
class Clinic:
    """The dataset of the tutorial in a folder, with a number for each visit, and a store to publish it in."""

    folder: Path
    ministry: Ministry
    key: dict[str, Any]
    """What the definition says of the column `visit`."""

    @classmethod
    def at(
        cls,
        root: Path,
        disclosure: dict[str, Any],
        *,
        rows: int = 400,
        key: dict[str, Any] | None = None,
        **changes: Any,
    ) -> Clinic:
        clinic = cls(root / "visits", Ministry(root / "store"), key or {"unique": True})
        clinic.folder.mkdir()
        (clinic.folder / "methods.md").write_text(methods_text(), encoding="utf-8")
        write_visits(clinic.source("2026"), rows=rows)
        clinic.define(disclosure, **changes)
        numbered = [f"{line},v{number}" for number, line in enumerate(clinic.lines("2026"))]
        clinic.write("2026", numbered)
        return clinic

    def source(self, edition: str) -> Path:
        return self.folder / f"visits-{edition}.csv"

    def lines(self, edition: str) -> list[str]:
        return self.source(edition).read_text(encoding="utf-8").splitlines()[1:]

    def write(self, edition: str, lines: list[str]) -> None:
        text = "\n".join(["patient,sex,age,visit", *lines]) + "\n"
        self.source(edition).write_text(text, encoding="utf-8")

    def define(self, disclosure: dict[str, Any], **changes: Any) -> None:
        tree = yaml.safe_load(definition_text())
        tree["source"]["columns"]["visit"] = self.key
        tree |= {"tables": TABLES, "disclosure": disclosure, **changes}
        tree = {name: own for name, own in tree.items() if own is not None}
        (self.folder / "dataset.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")

    def publish(self, edition: str = "2026") -> PublicRelease:
        return self.ministry.publish(self.folder, edition, self.folder)

    def file(self, release: PublicRelease, path: str) -> str:
        with zipfile.ZipFile(self.ministry.releases.package_zip(release).path) as package:
            return package.read(path).decode("utf-8")

    def cells(self, release: PublicRelease, table: str, measure: str) -> Cells:
        """Return the published numbers by their codes that are no totals; every one must be marked as changed."""
        rows = list(csv.DictReader(io.StringIO(self.file(release, f"data/{table}.csv"))))
        assert {row[f"{measure}_status"] for row in rows} == {"perturbed"}
        names = TABLES[table]["dimensions"]
        return {tuple(row[name] for name in names if row[name] != "_T"): int(row[measure]) for row in rows}

    def visits(self, edition: str = "2026") -> Cells:
        """Count visits by sex and age group with all margins."""
        found: Counter[tuple[str, ...]] = Counter()
        for _, sex, age, *_ in (line.split(",") for line in self.lines(edition)):
            low = int(age) // 5 * 5
            group = "Y_GE85" if low >= 85 else f"Y{low}T{low + 4}"
            found.update([(), (sex,), (group,), (sex, group)])
        return dict(found)


# What is published ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rounded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clinic, PublicRelease]:
    clinic = Clinic.at(tmp_path_factory.mktemp("rounded"), RANDOM)
    return clinic, clinic.publish()


@pytest.fixture(scope="module")
def served(rounded: tuple[Clinic, PublicRelease]) -> Iterator[Client]:
    with shipped_client(rounded[0].ministry) as client:
        yield client


def test_every_number_is_a_multiple_near_the_true_one(rounded: tuple[Clinic, PublicRelease]) -> None:
    clinic, release = rounded
    shown, true = clinic.cells(release, "by-sex-age", "visits"), clinic.visits()
    assert len(shown) > 40
    assert all(value % 5 == 0 and abs(value - true.get(place, 0)) < 5 for place, value in shown.items())
    assert any(value % 5 for value in true.values())
    assert len({shown[place] - true.get(place, 0) for place in shown}) > 5


def test_a_cell_is_the_same_in_every_table(rounded: tuple[Clinic, PublicRelease]) -> None:
    clinic, release = rounded
    for measure in ("visits", "people"):
        one, other = clinic.cells(release, "by-sex-age", measure), clinic.cells(release, "by-age", measure)
        assert other == {place: one[place] for place in other}


def test_nobody_has_more_people_than_visits(rounded: tuple[Clinic, PublicRelease]) -> None:
    clinic, release = rounded
    people, visits = (clinic.cells(release, "by-sex-age", measure) for measure in ("people", "visits"))
    assert all(people[place] <= visits[place] for place in visits)


def test_the_description_says_how_and_what_is_promised(rounded: tuple[Clinic, PublicRelease]) -> None:
    clinic, release = rounded
    disclosure = release.description.disclosure
    assert disclosure is not None
    assert not disclosure.audited
    assert disclosure.rules.method == "random_rounding"
    assert disclosure.rules.perturbation is not None
    assert disclosure.rules.perturbation.base == 5
    for text, words in (
        (disclosure.summary.en, ("multiple of 5", "Promised:", "What is not promised", "parts add up to totals")),
        (disclosure.summary.vi, ("bội số liền kề của 5", "Bảo đảm:", "Điều chưa được bảo đảm", "đúng bằng tổng")),
    ):
        assert all(word in text for word in words)
    assert not any(measure.additive for measure in release.description.measures)
    assert all(set(table.withheld.values()) == {0} for table in release.description.tables)
    report = json.loads(clinic.file(release, "disclosure-report.json"))
    assert (report["method"], report["base"], report["threshold"]) == ("random_rounding", 5, 5)
    # Of so few small counts, how near a reader comes would tell the counts.
    assert report["averaging"] == {"visits": None, "people": None}


def test_the_package_explains_the_mark(rounded: tuple[Clinic, PublicRelease]) -> None:
    clinic, release = rounded
    readme = clinic.file(release, "README.md")
    assert "| `perturbed` | [a] | Changed a little to protect people | yes |" in readme
    assert "| `perturbed` | [a] | Đã thay đổi chút ít để bảo vệ người bệnh | có |" in readme
    assert REASON["vi"] in readme
    assert REASON["en"] in readme
    assert "are withheld" not in readme.replace("No cell is withheld", "")
    descriptor = json.loads(clinic.file(release, "datapackage.json"))
    fields = {one["name"]: one for one in descriptor["resources"][0]["schema"]["fields"]}
    assert "perturbed" in fields["visits_status"]["constraints"]["enum"]


def test_nothing_secret_leaves_the_ministry(rounded: tuple[Clinic, PublicRelease]) -> None:
    clinic, _ = rounded
    from publishers.perturbed import Secret  # noqa: PLC0415 (to look for what it is)

    secret = Secret.of(clinic.ministry.signer()).key
    for path in clinic.ministry.root.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert secret not in content
            assert secret.hex().encode() not in content


# Pages and the API ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prefix", "told", "never"),
    [
        (
            "",
            ("mang ký hiệu [a]", "bội số liền kề của 5", "Điều chưa được bảo đảm"),
            ("ô không được công bố để bảo vệ",),
        ),
        (
            "/en",
            ("marked [a]", "neighbouring multiple of 5", "What is not promised", "do not add up to them exactly"),
            ("tried to recover", "are withheld to protect people", "sums of parts can be too small"),
        ),
    ],
)
def test_the_page_tells_the_truth(served: Client, prefix: str, told: tuple[str, ...], never: tuple[str, ...]) -> None:
    page = Document(served.get(f"{prefix}/datasets/clinic-visits").text)
    assert page.problems == []
    text = " ".join(page.visible)
    assert all(words in text for words in told)
    assert not any(words in text for words in never)
    assert page.all("table")
    assert not [one for one in page.all("caption") if "Withheld" in one.text or "không được công bố" in one.text]


def test_every_number_of_the_preview_has_its_mark(served: Client) -> None:
    page = Document(served.get("/en/datasets/clinic-visits").text)
    numbers = [one.text for one in page.all("td") if "[a]" in one.text]
    assert len(numbers) > 20
    assert all(one.replace(",", "").strip().split(" ")[0].isdigit() for one in numbers if one.strip() != "[a]")


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("page", ["/", "/about", "/api"])
def test_pages_about_protection_name_both_ways(served: Client, prefix: str, page: str) -> None:
    text = served.get(f"{prefix}{page}".removesuffix("/") or "/").text
    assert "[a]" in text or "perturbed" in text


def test_the_api_gives_the_status_and_adds_nothing_up(served: Client) -> None:
    address = "/api/v1/datasets/clinic-visits/tables/by-sex-age/data"
    found = served.json(address)
    assert [row["visits_status"] for row in found["data"]] == ["perturbed"]
    refused = served.get(f"{address}?age_group__in=Y0T4,Y10T14&select=visits")
    assert refused.status_code == 400
    assert "changed counts cannot be added up" in refused.text
    vietnamese = served.get(f"{address}?age_group__in=Y0T4,Y10T14&select=visits&lang=vi")
    assert "không thể cộng số đếm đã được thay đổi" in vietnamese.text


# Version after version ------------------------------------------------------------------------------------------------


def test_a_later_version_changes_only_what_was_counted_otherwise(tmp_path: Path) -> None:
    clinic = Clinic.at(tmp_path, RANDOM)
    first, before = clinic.publish(), clinic.visits()
    clinic.write("2026", [*clinic.lines("2026"), *(f"late{n},F,{20 + n % 3},l{n}" for n in range(7))])
    second, after = clinic.publish(), clinic.visits()
    assert (first.version, second.version) == (1, 2)
    shown = [clinic.cells(one, "by-sex-age", "visits") for one in (first, second)]
    same = [place for place in shown[0] if before.get(place) == after.get(place)]
    assert len(same) > 30
    assert all(shown[0][place] == shown[1][place] for place in same)
    assert all(shown[0][place] <= shown[1][place] for place in shown[0])
    assert shown[0] != shown[1]


def test_publishing_again_changes_nothing(tmp_path: Path) -> None:
    clinic = Clinic.at(tmp_path, RANDOM, rows=200)
    assert [clinic.publish().version, clinic.publish().version] == [1, 1]


SUPPRESSED = {"policy": "vn_proposed"}
OPEN = {"policy": "already_public", "reason": REASON}


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (SUPPRESSED, RANDOM, "was published with method suppression, and this would be with random_rounding"),
        (RANDOM, SUPPRESSED, "was published with method random_rounding, and this would be with suppression"),
        (OPEN, KEY, "was published with method none, and this would be with cell_key"),
        (RANDOM, OPEN, "was published with method random_rounding, and this would be with none"),
        (RANDOM, RANDOM | {"base": 10}, "was changed with other keys or noise (base)"),
        (KEY, KEY | {"variance": 1.5}, "was changed with other keys or noise (variance, key_check)"),
        (RANDOM, KEY, "was published with method random_rounding, and this would be with cell_key"),
    ],
    ids=["rounded after", "withheld after", "known before", "known after", "base", "noise", "method"],
)
def test_an_edition_is_never_protected_in_two_ways(
    tmp_path: Path, before: dict[str, Any], after: dict[str, Any], says: str
) -> None:
    clinic = Clinic.at(tmp_path, before)
    clinic.publish()
    clinic.define(after)
    clinic.write("2026", clinic.lines("2026")[:-20])
    with pytest.raises(DisclosureRuleInvalid) as caught:
        clinic.publish()
    (problem,) = caught.value.problems
    assert (problem.place, problem.rule) == ("clinic-visits 2026.1", says)
    assert problem.remedy.startswith("keep the method of that release")
    clinic.write("2027", clinic.lines("2026"))
    assert clinic.publish("2027").version == 1


def test_an_edition_that_overlaps_is_looked_at_too(tmp_path: Path) -> None:
    clinic = Clinic.at(tmp_path, RANDOM)
    clinic.publish()
    clinic.define(SUPPRESSED)
    clinic.write("2026-03", clinic.lines("2026")[:150])
    with pytest.raises(DisclosureRuleInvalid, match=r"clinic-visits 2026\.1"):
        clinic.publish("2026-03")


def test_what_is_rounded_as_a_whole_has_one_version(tmp_path: Path) -> None:
    small = RANDOM | {"method": "small_count_rounding"}
    table = {"by-sex-age": TABLES["by-sex-age"]}
    measures = {"visits": yaml.safe_load(definition_text())["measures"]["visits"]}
    clinic = Clinic.at(tmp_path, small, tables=table, measures=measures)
    with pytest.raises(DisclosureRuleInvalid, match="the count of one person would be shown as it is"):
        clinic.publish()
    clinic.define(small, tables=table, measures=measures, person=None)
    release, true = clinic.publish(), clinic.visits()
    shown = clinic.cells(release, "by-sex-age", "visits")
    assert not any(0 < value < 5 for value in shown.values())
    assert all(shown[place] == value for place, value in true.items() if len(place) == 2 and value > 5)
    assert shown[()] == sum(shown[(sex,)] for sex in "FM")
    assert release.description.measure("visits").additive
    clinic.write("2026", clinic.lines("2026")[:-20])
    with pytest.raises(DisclosureRuleInvalid, match="was rounded as a whole"):
        clinic.publish()


# Cell keys ------------------------------------------------------------------------------------------------------------


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
        ({"base": 5}, "base is not a key here"),
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


@pytest.mark.parametrize("page", ["/datasets/clinic-visits", "/api", "/about", "/"])
def test_no_code_and_no_english_stands_on_vietnamese_pages(served: Client, page: str) -> None:
    visible = " ".join(Document(served.get(page).text).visible)
    assert "perturbed" not in visible
    assert "rounding" not in visible
