"""Keys and values that a definition may not have: the line, the rule and the remedy of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from datasets import definition_problems
from tests.support.definition_texts import REGISTER, Change, broken

BAD: list[tuple[str, tuple[Change, ...], str]] = [
    (
        "a misspelt key",
        (("  threshold: 10", "  treshold: 10"),),
        "dataset.yaml line 80, key disclosure.treshold: treshold is not a key here."
        " Did you mean threshold? Allowed: policy, method, threshold, zeros, guarantee, units, concentration,"
        " denominators, always_shown, always_withheld, cost, weights, reason",
    ),
    (
        "a misspelt key of the whole definition",
        (("measures:\n", "measure:\n"),),
        "dataset.yaml line 46, key measure: measure is not a key here. Did you mean measures? Allowed: id, kind, title,"
        " summary, keywords, publisher, contact, theme, licence, attribution, frequency, coverage, synthetic, rules,"
        " calendar, breaks, source, person, dimensions, measures, tables, disclosure, key, fields, codelists, renamed,"
        " retiring, methods",
    ),
    (
        "a comma in a text without quotation marks",
        (('"per 100,000"', "per 100,000"),),
        "dataset.yaml line 63, key measures.rate.unit.000: 000 is not a key here. Allowed: vi, en."
        ' A text with a comma inside { } needs quotation marks: "a, b"',
    ),
    (
        "an unknown theme",
        (("examination-treatment", "examination-treatmnt"),),
        "dataset.yaml line 11, key theme: 'examination-treatmnt' is not allowed here. Did you mean"
        " examination-treatment? Allowed: examination-treatment, preventive-medicine, vaccination, health-insurance,"
        " health-workforce, medical-equipment, pharmacy, commune-health, registers, administration",
    ),
    (
        "an encoding that cannot be read",
        (("source:\n", "source:\n  encoding: latin1\n"),),
        "dataset.yaml line 17, key source.encoding: 'latin1' is not allowed here."
        " Allowed: auto, utf-8, utf-16, tcvn3, vni, viscii, windows-1258",
    ),
    (
        "a misspelt encoding in capitals",
        (("source:\n", "source:\n  encoding: VICSII\n"),),
        "dataset.yaml line 17, key source.encoding: 'VICSII' is not allowed here. Did you mean viscii?"
        " Allowed: auto, utf-8, utf-16, tcvn3, vni, viscii, windows-1258",
    ),
    (
        "a form of dates as spreadsheets write it",
        (("seen_on: {type: date}", "seen_on: {type: date, formats: [dd/mm/yyyy]}"),),
        'dataset.yaml line 22, key source.columns.seen_on.formats: "dd/mm/yyyy" holds no % directive:'
        ' write formats: ["%d/%m/%Y"]. How dates are written, as strptime formats, tried in order:'
        ' `["%d/%m/%Y"]` reads 31/12/2026.',
    ),
    (
        "a directive that stands for nothing",
        (("seen_on: {type: date}", 'seen_on: {type: date, formats: ["%Q"]}'),),
        'dataset.yaml line 22, key source.columns.seen_on.formats: "%Q" holds %Q, which stands for nothing:'
        ' write formats: ["%d/%m/%Y"] for 31/12/2026, ["%Y-%m-%d"] for 2026-12-31. How dates are written, as'
        ' strptime formats, tried in order: `["%d/%m/%Y"]` reads 31/12/2026.',
    ),
    (
        "a list where a word belongs",
        (("frequency: monthly", "frequency: [monthly]"),),
        "dataset.yaml line 13, key frequency: '' is not allowed here."
        " Allowed: weekly, monthly, quarterly, yearly, irregular, once",
    ),
    (
        "a missing language",
        (("title: {vi: Lượt khám, en: Visits}\nsummary", "title: {vi: Lượt khám}\nsummary"),),
        "dataset.yaml line 3, key title: the key en is missing. write it in both languages: {vi: tiếng Việt, en:"
        " English}",
    ),
    (
        "an empty language",
        (("title: {vi: Lượt khám, en: Visits}\nsummary", "title: {vi: Lượt khám, en: ''}\nsummary"),),
        "dataset.yaml line 3, key title.en: must not be empty. write it in both languages",
    ),
    (
        "a reason in one language",
        (("  threshold: 10\n", "  threshold: 10\n  reason: small districts\n"),),
        "dataset.yaml line 81, key disclosure.reason: must be in both languages: {vi: tiếng Việt, en: English}. Why a"
        " key is overridden, for readers; required with method `none` (such as a source that is public already) and"
        " wherever a key protects less than the policy.",
    ),
    (
        "a missing key",
        (("frequency: monthly\n", ""),),
        "dataset.yaml line 1: the key frequency is missing. How often an edition appears.",
    ),
    (
        "text where keys belong",
        (("coverage:\n  area: {vi: Việt Nam, en: Viet Nam}", "coverage: all of it"),),
        "dataset.yaml line 14, key coverage: must be a mapping: lines of the form key: value, further to the right."
        " What it covers.",
    ),
    (
        "text where a list belongs",
        (("    levels: [district]", "    levels: district"),),
        "dataset.yaml line 32, key dimensions.district.levels: must be a list: [first, second]. The levels of the code"
        " list that are published; only the level of the data when absent. Of time, an edition shows whole periods"
        " only: one of a month cannot have the level `year`.",
    ),
    (
        "keys where text belongs",
        (("    unknown: unknown", "    unknown: {a: b}"),),
        "dataset.yaml line 31, key dimensions.district.unknown: must be text, not a list or a mapping. The member for"
        " missing values; without it a missing value is an error.",
    ),
    (
        "a name with a capital letter",
        (("  month:\n", "  Month:\n"),),
        "dataset.yaml line 40, key dimensions.Month: must be small letters, digits and underscores, starting with a"
        " letter. write month",
    ),
    (
        "a wrong date",
        (("frequency: monthly", "frequency: monthly\ncalendar:\n  - {edition: 2024, due: 2024-02-30}"),),
        "dataset.yaml line 15, key calendar[1].due: must be a date such as 2026-03-31. The day on which it is due.",
    ),
    (
        "an edition with a space",
        (("frequency: monthly", "frequency: monthly\ncalendar:\n  - {edition: May 24, due: 2024-02-01}"),),
        "dataset.yaml line 15, key calendar[1].edition: must be 1 to 32 letters, digits and hyphens, such as 2026,"
        " 2026-Q1 or 2026-03. The edition that is due.",
    ),
    (
        "an edition due twice",
        (
            (
                "frequency: monthly",
                "frequency: monthly\ncalendar:\n"
                "  - {edition: 2024, due: 2025-02-01}\n  - {edition: 2024, due: 2025-03-01}",
            ),
        ),
        "dataset.yaml line 16, key calendar[2].edition: the edition 2024 is due twice. keep one",
    ),
    (
        "a rule that ends before it begins",
        (
            (
                "frequency: monthly",
                "frequency: monthly\nrules:\n  - title: {vi: A, en: A}\n    citation: {vi: A, en: A}\n"
                "    valid_from: 2025-01-02\n    valid_to: 2025-01-01",
            ),
        ),
        "dataset.yaml line 15, key rules[1]: valid_to must not be before valid_from. exchange them",
    ),
    (
        "words for a number",
        (("threshold: 10", "threshold: ten"),),
        "dataset.yaml line 80, key disclosure.threshold: must be a whole number. The smallest number of contributors"
        " (persons, where persons are counted) that may be shown; at least 2, and below the policy's only with a"
        " reason.",
    ),
    (
        "a thousand with a point",
        (("threshold: 10", "threshold: 1.000"),),
        "dataset.yaml line 80, key disclosure.threshold: must be a whole number in digits alone, such as 1000: with a"
        " point it could mean two numbers. The smallest number of contributors (persons, where persons are counted)"
        " that may be shown; at least 2, and below the policy's only with a reason.",
    ),
    (
        "a number too small",
        (("threshold: 10", "threshold: 0"),),
        "dataset.yaml line 80, key disclosure.threshold: must be greater than or equal to 1. The smallest number of"
        " contributors (persons, where persons are counted) that may be shown; at least 2, and below the policy's only"
        " with a reason.",
    ),
    (
        "a word for true or false",
        (("    role: time", "    role: time\n    total: perhaps"),),
        "dataset.yaml line 46, key dimensions.month.total: must be true or false. Whether the total over all members is"
        " published.",
    ),
    (
        "a word for a number with decimals",
        (("age: {type: integer}", "age: {type: integer, minimum: none}"),),
        "dataset.yaml line 21, key source.columns.age.minimum: must be a number. The smallest value allowed.",
    ),
    (
        "a pattern that does not compile",
        (("district: {}", 'district: {pattern: "["}'),),
        "dataset.yaml line 20, key source.columns.district.pattern: is not a regular expression: unterminated character"
        " set. A regular expression that a whole value must match.",
    ),
    (
        "no place to read from",
        (("  path: visits-{edition}.csv\n", ""),),
        "dataset.yaml line 16, key source: needs either path (a file) or database (the name of an environment"
        " variable), not both. name one",
    ),
    (
        "a database without query",
        (("path: visits-{edition}.csv", "database: HIS_URL"),),
        "dataset.yaml line 16, key source: database needs query. write the SELECT statement",
    ),
    (
        "a delimiter of two characters",
        (("  columns:\n", "  delimiter: ;;\n  columns:\n"),),
        "dataset.yaml line 18, key source.delimiter: must have at most 1 character. Between fields of a text file;"
        " found when absent.",
    ),
    (
        "a table without dimensions",
        (("    dimensions: [district, age_group]\ndisclosure", "    dimensions: []\ndisclosure"),),
        "dataset.yaml line 77, key tables.by-district.dimensions: must not be empty. Its dimensions, in the order of"
        " its columns; at most 10.",
    ),
    (
        "a mean that says what no records are",
        (("    type: sum\n", "    type: mean\n    absent: zero\n"),),
        "dataset.yaml line 56, key measures.cost: type mean takes no absent. leave it out, a cell without records has"
        " no mean",
    ),
]


@pytest.mark.parametrize(("changes", "message"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_one_mistake_gives_one_problem(tmp_path: Path, changes: tuple[Change, ...], message: str) -> None:
    assert broken(tmp_path, *changes) == [message]


@pytest.mark.parametrize(
    "mail", ["<data@moh.example>", "a,b@moh.example", "data@moh..example", "d@a_b.vn", "d.@a.vn", "dữ@a.vn"]
)
def test_what_is_no_address_of_mail_is_told_before_all_the_work(tmp_path: Path, mail: str) -> None:
    assert broken(tmp_path, ("data@example.org", f'"{mail}"')) == [
        "dataset.yaml line 10, key contact.email: must be an address of mail."
        " write one address alone, such as data@moh.example"
    ]


@pytest.mark.parametrize("mail", ["so-lieu+mo@moh.gov.vn", "O'Brien_1@x-y.example", "data@bộ.vn", "a@b.xn--p1ai"])
def test_addresses_of_mail_are_taken(tmp_path: Path, mail: str) -> None:
    other = ("{vi: Việt Nam, en: Viet Nam}\nsource", "{vi: Việt Nam, en: Viet Nam}\n  start: long ago\nsource")
    (problem,) = broken(tmp_path, ("data@example.org", f'"{mail}"'), other)
    assert "coverage.start" in problem


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("fields: [code, district]", "fields: [code, district, code]"), "line 25, key fields: names code twice"),
        (("key: [code]", "key: [code, code]"), "line 24, key key: names code twice"),
    ],
)
def test_a_register_names_each_column_once(tmp_path: Path, change: Change, message: str) -> None:
    assert broken(tmp_path, change, text=REGISTER) == [f"dataset.yaml {message}. keep one"]


def test_tables_and_code_list_datasets_name_each_thing_once(tmp_path: Path) -> None:
    text = REGISTER[: REGISTER.index("source:")].replace("kind: register", "kind: codelist")
    twice = ("Viet Nam}\n", "Viet Nam}\ncodelists: [districts, districts]\n")
    assert broken(tmp_path / "lists", twice, text=text) == [
        "dataset.yaml line 16, key codelists: names districts twice. keep one"
    ]
    twice = ("age_group]\ndisclosure", "age_group]\n    measures: [visits, visits]\ndisclosure")
    assert broken(tmp_path / "tables", twice) == [
        "dataset.yaml line 75, key tables.by-district: measures names one measure twice. keep one"
    ]


def test_all_problems_are_reported_together(tmp_path: Path) -> None:
    found = broken(
        tmp_path,
        ("examination-treatment", "treatment"),
        ("data@example.org", "nobody"),
        ("codelist: districts", "codelist: distrits"),
        ("  threshold: 10", "  treshold: 10"),
    )
    assert [problem.split(":")[0] for problem in found] == [
        "dataset.yaml line 10, key contact.email",
        "dataset.yaml line 11, key theme",
        "dataset.yaml line 29, key dimensions.district.codelist",
        "dataset.yaml line 80, key disclosure.treshold",
    ]


def test_a_misspelt_key_hides_no_other_problem(tmp_path: Path) -> None:
    found = broken(tmp_path, ("measures:\n", "measurs:\n"), ("numerator: visits", "numeratr: visit"))
    assert [problem.split(" Allowed")[0] for problem in found] == [
        "dataset.yaml line 46, key measurs: measurs is not a key here. Did you mean measures?",
        "dataset.yaml line 65, key measurs.rate.numeratr: numeratr is not a key here. Did you mean numerator?",
        "dataset.yaml line 65, key measurs.rate.numeratr: names visit, which is not declared. Did you mean visits?",
    ]


def test_a_key_beside_its_misspelling_is_kept(tmp_path: Path) -> None:
    found = broken(tmp_path, ("  threshold: 10", "  threshold: 10\n  treshold: 12"))
    assert [problem.split(".")[0] for problem in found] == ["dataset"]
    assert "line 81, key disclosure.treshold" in found[0]


def test_a_name_that_is_too_short_is_not_told_to_be_itself() -> None:
    assert definition_problems._better_name("t1", joint="-") == "write a longer or shorter one"
    assert definition_problems._better_name("Bảng một", joint="-") == "write bang-mot"
    assert definition_problems._better_name("Bảng một", joint="_") == "write bang_mot"
