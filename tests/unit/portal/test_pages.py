"""What pages say is built from releases and search results alone; each part by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from catalog.index import build_index
from catalog.record import THEME_LABELS, CatalogRecord
from catalog.search import Catalog, SearchRequest, open_catalog
from datasets.cell_status import CellStatus
from datasets.codelist import Codelist, Member
from datasets.release import MeasureDescription, PublicRelease
from datasets.text import Bilingual
from portal.public.pages.developers import developers_page, example_release
from portal.public.pages.dictionary import columns, legend
from portal.public.pages.listing import DatasetsPage, datasets_page, filters_of
from portal.public.pages.reuse import citation, snippets
from portal.public.pages.values import cell_view, field_value, member_label
from portal.public.pages.withdrawn import withdrawn_page
from portal.shared.links import Links
from portal.shared.wording import wording
from tests.support.releases import DemoStore, make_demo_store, open_demo_store

VI, EN = wording("vi"), wording("en")
LINKS = Links("https://data.example.vn")
SEX = Codelist("sex", Bilingual(vi="Giới tính", en="Sex"), (Member("M", Bilingual(vi="Nam", en="Male")),))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoStore:
    return make_demo_store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    folder = tmp_path_factory.mktemp("catalog")
    build_index([record(number) for number in range(45)], folder)
    return open_catalog(folder)


def record(number: int) -> CatalogRecord:
    kind = "register" if number % 9 == 0 else "statistics"
    return CatalogRecord(
        id=f"dataset-{number}",
        kind=kind,
        title=Bilingual(vi=f"Số liệu tiêm chủng {number}", en=f"Vaccination figures {number}"),
        summary=Bilingual(vi="Mô tả", en="Summary"),
        publisher_id="moh",
        publisher_name=Bilingual(vi="Bộ Y tế", en="Ministry of Health"),
        theme="vaccination" if number % 2 else "elsewhere-theme",
        theme_label=THEME_LABELS["vaccination"] if number % 2 else Bilingual(vi="Lĩnh vực khác", en="Another theme"),
        licence="CC-BY-4.0",
        frequency="yearly",
        formats=("csv",),
    )


def described(release: PublicRelease, **changes: object) -> PublicRelease:
    description = release.description.model_copy(update=changes)
    return replace(release, manifest=release.manifest.model_copy(update={"description": description}))


# Values ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", list(CellStatus))
def test_a_cell_says_what_it_is(status: CellStatus) -> None:
    marks = {"suppressed": "[c]", "unreliable": "[u]", "missing": "[x]", "not_applicable": "[z]"}
    signs = {"perturbed": " [a]", "estimated": " [e]", "provisional": " [p]", "revised": " [r]"}
    if status in marks:
        view = cell_view(None, status, None, VI)
        assert (view.text, bool(view.meaning)) == (marks[status], True)
    else:
        view = cell_view(1234.5, status, 1, VI)
        assert view.text == "1.234,5" + signs.get(status, "")
        assert bool(view.meaning) == (status in signs)


def test_a_value_of_a_register_is_written_for_people() -> None:
    assert field_value(None, None, EN).meaning == "Not stated"
    assert field_value("", None, EN).text == "–"
    assert field_value(date(2014, 5, 1), None, VI).text == "01/05/2014"
    assert field_value(2024, None, VI).text == "2024", "it may be a year"
    assert field_value(0.5, None, VI).text == "0,5"
    assert field_value("M", SEX, EN).text == "Male"
    assert field_value("Hà Nội", None, EN).text == "Hà Nội"


def test_the_total_has_a_name_even_if_its_list_has_none() -> None:
    assert (member_label("_T", SEX, VI), member_label("_T", SEX, EN)) == ("Tổng số", "Total")
    assert member_label("M", SEX, VI) == "Nam"


# Dictionary -----------------------------------------------------------------------------------------------------------


def test_a_rate_says_what_it_divides(demo: DemoStore) -> None:
    release = demo.releases.latest("notifiable-diseases")
    rate = MeasureDescription(
        name="rate",
        title=Bilingual(vi="Tỷ suất", en="Rate"),
        unit=Bilingual(vi="ca trên 100.000 dân", en="cases per 100,000"),
        type="rate",
        field_type="number",
        additive=False,
        numerator="cases",
        per=100_000,
        denominator_source=Bilingual(vi="Tổng điều tra.", en="Census."),
    )
    found = columns(described(release, measures=(*release.description.measures, rate)), EN)[-1]
    assert found.note == (
        "Cases per 100,000 of the population. Population: Census. Do not add it up: use the published totals."
    )
    assert (found.status, found.holds) == ("rate_status", "Rate")
    alone = columns(described(release, measures=(rate,)), VI)[-1]
    assert alone.note.startswith("Tính trên 100.000 dân. Dân số: ")
    dimensions = {"dimensions": ("province", "sex")}
    people = rate.model_copy(
        update={"name": "people", "type": "population", "numerator": None, "per": None, **dimensions}
    )
    found = columns(described(release, measures=(people,)), EN)[-1]
    assert (found.name, found.holds) == ("people", "Population, from public figures")
    assert found.note == (
        "Population: Census. Differs by province, sex; along everything else these are the same people."
    )


def test_the_dictionary_names_every_column_in_both_languages(demo: DemoStore) -> None:
    found = columns(demo.releases.latest("notifiable-diseases"), EN)
    assert [column.name for column in found] == ["province", "month", "sex", "cases", "mean_stay"]
    assert (found[0].title, found[0].other, found[0].codelist) == ("Province", "Tỉnh, thành phố", "Provinces")
    fields = columns(demo.releases.latest("licensed-facilities"), VI)
    assert [(column.title, column.holds) for column in fields] == [
        ("Số giấy phép", "Chữ"),
        ("Tên cơ sở", "Chữ"),
        ("Số giường", "Số nguyên"),
        ("Ngày cấp", "Ngày"),
    ]


def test_every_status_is_explained() -> None:
    assert {entry.code for entry in legend(VI)} == set(CellStatus)
    assert all(
        "không phải là số 0" in entry.explanation.lower() for entry in legend(VI) if entry.mark in ("[c]", "[x]")
    )


# Use and cite ---------------------------------------------------------------------------------------------------------


def test_citations_name_the_version_and_escape_what_latex_reads(demo: DemoStore) -> None:
    release = demo.releases.get("notifiable-diseases", "2024", 1)
    hostile = described(release, title=Bilingual(vi="50 % & {x}_#$~^\\", en="50 % & {x}_#$~^\\"))
    cited = citation(hostile, LINKS, EN)
    assert (
        r"title = {{50 \% \& \textbraceleft{}x\textbraceright{}\_\#\$"
        r"\textasciitilde{}\textasciicircum{}\textbackslash{}}}" in cited.bibtex
    )
    plain = citation(release, LINKS, EN)
    assert plain.text == (
        "Ministry of Health (2025). Notifiable diseases, edition 2024, version 1 [dataset]."
        " Source: Department of Disease Prevention. Licence CC BY 4.0."
        " https://data.example.vn/en/datasets/notifiable-diseases/releases/2024.1"
    )
    assert "author = {{Ministry of Health}}" in plain.bibtex


@pytest.mark.parametrize("dataset", ["notifiable-diseases", "licensed-facilities", "administrative-units"])
def test_snippets_keep_codes_as_text(demo: DemoStore, dataset: str) -> None:
    release = demo.releases.latest(dataset)
    found = {snippet.anchor: snippet.code for snippet in snippets(release, LINKS)}
    compile(found["use-python"], "snippet", "exec")
    text = {"notifiable-diseases": "province", "licensed-facilities": "licence_number", "administrative-units": "code"}
    assert f'"{text[dataset]}": "string"' in found["use-python"]
    assert f'{text[dataset]} = "c"' in found["use-r"]
    assert "sha256sum --check" in found["use-curl"]
    assert ("use-excel" in found) == (dataset != "administrative-units")


def test_an_empty_store_has_no_example(demo: DemoStore, tmp_path: Path) -> None:
    assert example_release(open_demo_store(tmp_path / "store").releases) is None
    assert developers_page(None, LINKS, VI).calls == ()
    found = example_release(demo.releases)
    assert found is not None
    assert found.description.tables


def test_a_dataset_without_any_standing_release_leads_nowhere(demo: DemoStore) -> None:
    withdrawn = next(release for release in demo.releases.releases("hospital-visits") if release.withdrawal)
    page = withdrawn_page(withdrawn, [withdrawn], LINKS, EN)
    assert (page.newest, page.reason) == ("", "Wrong denominator in quarter 2.")


# The list of datasets -------------------------------------------------------------------------------------------------


def listed(catalog: Catalog, **changes: object) -> DatasetsPage:
    return datasets_page(catalog, SearchRequest(**{"sort": "newest", **changes}), Links(), EN)  # type: ignore[arg-type]


def test_the_list_has_pages(catalog: Catalog) -> None:
    first = listed(catalog)
    assert (first.total, len(first.cards), first.previous, first.place) == ("45 datasets", 20, "", "Page 1 of 3")
    assert first.next == "/en/datasets?page=2"
    last = listed(catalog, page=3)
    assert (last.previous, last.next, len(last.cards)) == ("/en/datasets?page=2", "", 5)
    assert not last.indexed
    assert listed(catalog, page=9).cards == ()


def test_following_a_value_adds_it_and_following_it_again_removes_it(catalog: Catalog) -> None:
    free = listed(catalog, page=2)
    (themes,) = [facet for facet in free.facets if facet.name == "theme"]
    assert [(choice.label, choice.count, choice.chosen) for choice in themes.choices] == [
        ("Another theme", "23", False),
        ("Vaccination", "22", False),
    ]
    assert themes.choices[1].url == "/en/datasets?theme=vaccination"
    narrowed = listed(catalog, filters={"theme": ("vaccination",)})
    assert narrowed.total == "22 datasets"
    assert [(choice.label, choice.url) for choice in narrowed.removable] == [("Theme: Vaccination", "/en/datasets")]
    assert narrowed.hidden == (("theme", "vaccination"),)
    (themes,) = [facet for facet in narrowed.facets if facet.name == "theme"]
    assert [choice.url for choice in themes.choices if choice.chosen] == ["/en/datasets"]
    assert narrowed.in_vietnamese == "/datasets?theme=vaccination"


def test_a_facet_that_cannot_narrow_is_left_out(catalog: Catalog) -> None:
    assert [facet.title for facet in listed(catalog).facets] == ["Theme", "Kind"]


def test_the_order_by_match_is_offered_for_words_only(catalog: Catalog) -> None:
    assert [sort.label for sort in listed(catalog).sorts] == ["Newest first", "Title, A to Z", "Most complete first"]
    found = listed(catalog, text="tiem chung", sort="relevance")
    assert [(sort.label, sort.chosen) for sort in found.sorts] == [
        ("Best match", True),
        ("Newest first", False),
        ("Title, A to Z", False),
        ("Most complete first", False),
    ]
    assert found.sorts[1].url == "/en/datasets?q=tiem+chung&sort=newest"
    assert found.title == "Datasets about “tiem chung”"


def test_a_mended_search_says_what_it_shows(catalog: Catalog) -> None:
    found = listed(catalog, text="tiem chugn", sort="relevance")
    assert found.suggestion is not None
    assert found.suggestion.url.startswith("/en/datasets?q=ti")
    assert listed(catalog, text="tiem chung", sort="relevance").suggestion is None


def test_nothing_found_is_said_in_words(catalog: Catalog) -> None:
    found = listed(catalog, text="qqqq", sort="relevance")
    assert (found.total, found.cards) == ("0 datasets", ())
    assert listed(catalog, filters={"theme": ("nothing",)}).removable[0].label == "Theme: nothing"


def test_one_dataset_is_singular(catalog: Catalog) -> None:
    one = datasets_page(catalog, SearchRequest(text="44", sort="relevance"), Links(), EN)
    assert one.total == "1 dataset"


def test_filters_are_read_once_each() -> None:
    assert filters_of({"theme": ["a", "b", "a"], "kind": [], "q": "x", "other": ["y"]}) == {"theme": ("a", "b")}
