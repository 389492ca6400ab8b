"""Loading definitions: what a good one gives, and the line, rule and remedy for each mistake in a bad one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.definition_files import builtin_definitions, load_definition
from datasets.errors import DefinitionInvalid
from datasets.text import Bilingual
from tests.support.definition_texts import INDEX, METHODS, REGISTER, STATISTICS, problems, write_definition

# Good definitions -----------------------------------------------------------------------------------------------------


def test_a_folder_a_file_and_a_name_lead_to_a_definition(tmp_path: Path) -> None:
    folder = write_definition(tmp_path / "visits")
    loaded = load_definition(folder)
    assert loaded.definition.id == "visits"
    assert loaded.folder == folder
    assert loaded.methods == Bilingual(vi="Đếm.", en="Counting.")
    assert set(loaded.codelists) == {"districts", "age-bands"}
    assert load_definition(folder / "dataset.yaml") == loaded
    assert load_definition(Path("dengue-cases")).definition.id == "dengue-cases"


def test_a_list_beside_the_definition_comes_before_one_of_ytemo(tmp_path: Path) -> None:
    folder = write_definition(
        tmp_path / "visits", STATISTICS.replace("match: range", "map: {x: M}").replace("age-bands", "sex")
    )
    (folder / "codelists" / "index.yaml").write_text(
        f"{INDEX}  sex:\n    title: {{vi: Giới, en: Own list}}\n    source: {{vi: A, en: A}}\n", encoding="utf-8"
    )
    (folder / "codelists" / "sex.csv").write_text("code,label_vi,label_en\nM,Nam,Male\n", encoding="utf-8")
    assert load_definition(folder).codelists["sex"].title.en == "Own list"


def test_the_lists_of_a_register_and_of_a_code_list_dataset_are_loaded(tmp_path: Path) -> None:
    loaded = load_definition(write_definition(tmp_path / "stations", REGISTER))
    assert set(loaded.codelists) == {"districts"}
    assert set(load_definition(Path("administrative-units")).codelists) == {"provinces", "provinces-legacy", "communes"}


def test_selections_and_margins_of_declared_names_are_sound(tmp_path: Path) -> None:
    text = STATISTICS.replace("  columns:\n", "  where: {outcome: [died], district: [x]}\n  columns:\n")
    text = text.replace("age_group]\ndisclosure", "age_group]\n    margins: [[district], []]\ndisclosure")
    definition = load_definition(write_definition(tmp_path / "visits", text)).definition
    assert definition.tables["by-district"].margins == (("district",), ())
    assert definition.source is not None
    assert definition.source.where == {"outcome": ("died",), "district": ("x",)}


def test_words_that_yaml_takes_for_truth_or_numbers_stay_text(tmp_path: Path) -> None:
    text = STATISTICS.replace("map: {Old town: north}", "map: {no: north, 010: south, ~: north}")
    dimension = load_definition(write_definition(tmp_path / "visits", text)).definition.dimensions["district"]
    assert dimension.map == {"no": "north", "010": "south", "~": "north"}


def test_headings_inside_code_do_not_divide_the_methods(tmp_path: Path) -> None:
    methods = METHODS + "\n```\n# Methods\n```\n\n## More\n"
    loaded = load_definition(write_definition(tmp_path / "visits", methods=methods))
    assert loaded.methods.en == "Counting.\n\n```\n# Methods\n```\n\n## More"


# Other files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        ("", "methods.md: the heading '# Phương pháp' must stand there once, with text below it. write both languages"),
        ("# Phương pháp\n\n# Methods\nx\n", "methods.md: the heading '# Phương pháp' must stand there once"),
        (f"{METHODS}# Methods\nx\n", "methods.md: the heading '# Methods' must stand there once"),
        (f"{METHODS}# Notes\nx\n", "methods.md: has text outside the two parts"),
        (f"Welcome.\n{METHODS}", "methods.md: has text outside the two parts. put it below # Phương pháp or # Methods"),
    ],
)
def test_methods_are_in_both_languages(tmp_path: Path, methods: str, message: str) -> None:
    found = problems(write_definition(tmp_path / "visits", methods=methods))
    assert any(problem.startswith(message) for problem in found), found


def test_methods_are_a_text_that_can_be_read(tmp_path: Path) -> None:
    folder = write_definition(tmp_path / "visits")
    (folder / "methods.md").write_bytes(b"# Methods\n\xff")
    assert problems(folder) == ["methods.md line 2: is not UTF-8. save the file as UTF-8"]
    (folder / "methods.md").unlink()
    (problem,) = problems(folder)
    assert problem.startswith("methods.md: cannot be read: No such file or directory")


def test_an_index_lists_exactly_its_files(tmp_path: Path) -> None:
    folder = write_definition(tmp_path / "visits")
    (folder / "codelists" / "other.csv").write_text("code,label_vi,label_en\na,A,A\n", encoding="utf-8")
    entry = "    title: {vi: A, en: A}\n    source: {vi: A, en: A}\n"
    (folder / "codelists" / "index.yaml").write_text(f"{INDEX}  othr:\n{entry}  months:\n{entry}", encoding="utf-8")
    assert problems(folder) == [
        "codelists/index.yaml line 1, key codelists: the file other.csv is not listed. give it a title and a source",
        "codelists/index.yaml line 5, key codelists.othr: there is no file othr.csv. Did you mean other?"
        " Allowed: districts, other",
        "codelists/index.yaml line 8, key codelists.months: there is no file months.csv. Allowed: districts, other",
        "codelists/index.yaml line 8, key codelists.months: is the name of a list of periods. choose another name",
    ]


def test_an_index_that_is_missing_or_misspelt_is_reported(tmp_path: Path) -> None:
    folder = write_definition(tmp_path / "visits")
    (folder / "codelists" / "index.yaml").write_text(INDEX.replace("source:", "sourc:"), encoding="utf-8")
    assert problems(folder) == [
        "codelists/index.yaml line 4, key codelists.districts.sourc: sourc is not a key here. Did you mean source?"
        " Allowed: title, source"
    ]
    (folder / "codelists" / "index.yaml").write_text(
        "codelists:\n  districts: {source: {vi: A, en: A}}\n", encoding="utf-8"
    )
    (problem,) = problems(folder)
    assert problem.startswith("codelists/index.yaml line 2, key codelists.districts: the key title is missing")
    (folder / "codelists" / "index.yaml").unlink()
    assert problems(folder) == [
        "codelists/index.yaml: cannot be read: No such file or directory. check the name of the file"
    ]


def test_a_bad_code_list_is_reported_with_the_rest(tmp_path: Path) -> None:
    folder = write_definition(tmp_path / "visits", STATISTICS.replace("threshold: 10", "threshold: x"))
    (folder / "codelists" / "districts.csv").write_text("code,label_vi,label_en\na,A\n", encoding="utf-8")
    found = problems(folder)
    assert found[0].startswith("dataset.yaml line 80")
    assert found[1] == (
        "codelists/districts.csv line 2: has 2 fields where the header has 3. put texts that hold a comma or a"
        " quotation mark into quotation marks"
    )


def test_a_definition_that_is_nowhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionInvalid, match=r"Did you mean dengue-cases\?"):
        load_definition(Path("dengue-case"))
    with pytest.raises(DefinitionInvalid, match="neither a folder nor"):
        load_definition(Path("qqq"))
    with pytest.raises(DefinitionInvalid, match="No such file"):
        load_definition(tmp_path / "absent" / "deeper")
    with pytest.raises(DefinitionInvalid, match="No such file"):
        load_definition(tmp_path / "absent" / "dataset.yaml")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DefinitionInvalid, match="No such file"):
        load_definition(tmp_path / "empty")


def test_definitions_of_ytemo_are_listed_in_order() -> None:
    names = [path.name for path in builtin_definitions()]
    assert names == sorted(names)
    assert "dengue-cases" in names


# Any text -------------------------------------------------------------------------------------------------------------

TREES = st.recursive(
    st.text(max_size=8)
    | st.sampled_from(["statistics", "register", "all", "yes", "10", "2024-01-01", "months", "a\0b"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "kind", "title", "vi", "en", "columns", "codelist", "x"]) | st.text(max_size=3),
            inner,
        )
    ),
    max_leaves=12,
)
KEYS = ("id", "kind", "title", "source", "person", "dimensions", "measures", "tables", "disclosure", "rules", "methods",
        "coverage", "calendar", "codelists", "key", "fields")  # fmt: skip


def _loads_or_is_refused(folder: Path, text: str) -> None:
    (folder / "dataset.yaml").write_text(text, encoding="utf-8", newline="")
    outcome: object
    try:
        outcome = load_definition(folder).methods.vi
    except DefinitionInvalid as error:
        outcome = error.problems
    assert outcome


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_definition(tmp_path_factory.mktemp("any") / "visits")


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet=st.characters(codec="utf-8")))
def test_any_text_is_loaded_or_refused(folder: Path, text: str) -> None:
    _loads_or_is_refused(folder, text)


@settings(max_examples=60, deadline=None)
@given(
    start=st.integers(0, len(STATISTICS)),
    length=st.integers(0, 30),
    put=st.text(alphabet="ab:{}[],-'\"&*!%#\n \\u\0", max_size=6),
)
def test_a_definition_with_a_scratch_is_loaded_or_refused(folder: Path, start: int, length: int, put: str) -> None:
    _loads_or_is_refused(folder, STATISTICS[:start] + put + STATISTICS[start + length :])


@settings(max_examples=60, deadline=None)
@given(key=st.sampled_from(KEYS), tree=TREES)
def test_a_definition_with_anything_under_a_key_is_loaded_or_refused(folder: Path, key: str, tree: object) -> None:
    lines = STATISTICS.splitlines(keepends=True)
    kept = "".join(line for line in lines if not line.startswith(f"{key}:"))
    _loads_or_is_refused(folder, f"{kept}{key}: {_flow(tree)}\n")


def _flow(tree: object) -> str:
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(value)}" for key, value in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(_flow(item) for item in tree) + "]"
    return '"' + "".join(f"\\U{ord(character):08X}" for character in str(tree)) + '"'
