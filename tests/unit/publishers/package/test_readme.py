"""What people read first says what they need, in both languages."""

from __future__ import annotations

from datasets.text import Bilingual
from publishers.package.build import Package
from publishers.package.licences import LICENCES
from publishers.package.readme import methods


def readme(package: Package) -> str:
    return (package.folder / "README.md").read_text(encoding="utf-8")


def test_statistics_are_explained_in_both_languages(diseases: Package) -> None:
    text = readme(diseases)

    for part in (
        "# Bệnh truyền nhiễm phải báo cáo, 2024",
        "# Notifiable diseases, 2024",
        "Cases of dengue by province, month and sex.",
        "- Period: 2024-01-01 – 2024-12-31",
        "- Khoảng thời gian: 01/01/2024 – 31/12/2024",
        "- Reporting rule: Circular 54/2015/TT-BYT (No. 54/2015/TT-BYT)",
        "- Quy định: Thông tư 54/2015/TT-BYT (số 54/2015/TT-BYT)",
        "| cases | integer | Cases (cases) |",
        "| `suppressed` | [c] | Withheld to protect people | no |",
        "| `zero` |  | Số 0 thật | có |",
        "Ministry of Health. Notifiable diseases, edition 2024, version as in ytemo-release.json [dataset]."
        " Source: Department of Disease Prevention. Licence CC BY 4.0.",
        "[Creative Commons Attribution 4.0](https://creativecommons.org/licenses/by/4.0/)",
        "Ô dưới 10 ca không được công bố.",
        "[codelists/sex-demo.csv](codelists/sex-demo.csv): Sex, 3",
    ):
        assert part in text
    assert "SYNTHETIC" not in text


def test_every_link_leads_to_a_file(diseases: Package, register: Package, codelists: Package) -> None:
    for package in (diseases, register, codelists):
        paths = {entry.path for entry in package.files}
        links = {part.partition(")")[0] for part in readme(package).split("](")[1:]}
        assert {link for link in links if not link.startswith("https://")} <= paths


def test_a_register_and_code_lists_have_no_legend(register: Package, codelists: Package) -> None:
    assert "## Register" in readme(register)
    assert "| beds | integer | Beds |" in readme(register)
    for package in (register, codelists):
        assert "suppressed" not in readme(package)
        assert "Protection of people" not in readme(package)


def test_a_bar_in_a_title_does_not_break_the_table(diseases: Package) -> None:
    lines = [line for line in readme(diseases).splitlines() if line.startswith("| ")]

    assert {line.count("|") for line in lines} == {4, 5}


def test_methods_come_first_in_vietnamese() -> None:
    text = methods(Bilingual(vi="Cách làm.", en="How it was done."))

    assert text == "# Phương pháp\n\nCách làm.\n\n# Methods\n\nHow it was done.\n"


def test_every_licence_is_explained() -> None:
    for licence in LICENCES.values():
        assert licence.url.startswith("https://")
        assert licence.meaning.vi
