"""Datasets whose counts are changed instead of withheld: what readers see in files, on pages and from the API."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from datasets.release import PublicRelease
from tests.support.changed_clinic import RANDOM, REASON, Clinic
from tests.support.html_pages import Document
from tests.support.http import Client
from tests.support.shipped_portal import shipped_client

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
    # Measures are called what their definition calls them.
    for name in ("visits", "people"):
        title = release.description.measure(name).title
        assert f"{title.en}: there are few small counts" in disclosure.summary.en
        assert f"{title.vi}: có ít" in disclosure.summary.vi
    assert "visits:" not in disclosure.summary.en


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


def test_readers_are_prepared_for_parts_larger_than_their_whole(served: Client) -> None:
    assert "A part can be shown larger than its whole" in served.get("/en/datasets/clinic-visits").text
    assert "Một phần có thể được công bố lớn hơn tổng chứa nó" in served.get("/datasets/clinic-visits").text


def test_every_number_of_the_preview_has_its_mark(served: Client) -> None:
    page = Document(served.get("/en/datasets/clinic-visits").text)
    numbers = [one.text for one in page.all("td") if "[a]" in one.text]
    assert len(numbers) > 20
    assert "[a]: Changed a little to protect people." in " ".join(page.visible)
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


@pytest.mark.parametrize("page", ["/datasets/clinic-visits", "/api", "/about", "/"])
def test_no_code_and_no_english_stands_on_vietnamese_pages(served: Client, page: str) -> None:
    visible = " ".join(Document(served.get(page).text).visible)
    assert "perturbed" not in visible
    assert "rounding" not in visible
