"""Writes what people read first: ``README.md``, ``methods.md`` and the notes of a workbook."""

from __future__ import annotations

from collections.abc import Iterator

from datasets.breaks import BREAK, broken_series
from datasets.cell_status import STATUS_MEANINGS, status_column
from datasets.citation import Citation
from datasets.release import DimensionDescription, MeasureDescription, ReleaseDescription
from datasets.text import LANGUAGES, Bilingual, Language
from publishers.package.contents import SYNTHETIC
from publishers.package.licences import LICENCES
from publishers.package.phrases import (
    PERIODS,
    SYNTHETIC_COLUMN,
    SYNTHETIC_WARNING,
    day,
    rows_left_out,
    status_title,
)
from publishers.package.protection import protection

_VERIFY = Bilingual(
    vi="Kiểm tra gói bằng khóa công khai của cơ quan công bố: `ytemo verify <gói> --public-key <khóa>`."
    " Phiên bản và chữ ký nằm trong `ytemo-release.json`. Không có ytemo thì `sha256sum --check checksums.txt`"
    " đối chiếu từng tệp với mã kiểm tra, nhưng không kiểm tra chữ ký.",
    en="Check the package with the publisher's public key: `ytemo verify <package> --public-key <key>`."
    " Version and signature are in `ytemo-release.json`. Without ytemo, `sha256sum --check checksums.txt`"
    " compares every file with its checksum, but not with the signature.",
)
_FOR_PROGRAMS = Bilingual(
    vi="`datapackage.json` (Data Package), `csv-metadata.json` (CSV on the Web) và `ro-crate-metadata.json` (RO-Crate)"
    " mô tả các tệp này cho phần mềm.",
    en="`datapackage.json` (Data Package), `csv-metadata.json` (CSV on the Web) and `ro-crate-metadata.json` (RO-Crate)"
    " describe these files to programs.",
)


def readme(description: ReleaseDescription) -> str:
    """Return the text of ``README.md``, Vietnamese first; on made-up data the warning comes before all."""
    return "\n".join("\n".join(_readme_lines(description, language)) for language in LANGUAGES)


def methods(text: Bilingual, *, synthetic: bool = False) -> str:
    """Return the text of ``methods.md``, Vietnamese first; on made-up data each part begins with the warning."""
    vi, en = (f"> **{SYNTHETIC_WARNING.of(language)}**\n\n" if synthetic else "" for language in LANGUAGES)
    return f"# Phương pháp\n\n{vi}{text.vi.strip()}\n\n# Methods\n\n{en}{text.en.strip()}\n"


def workbook_notes(description: ReleaseDescription, title: Bilingual) -> Iterator[tuple[str, Bilingual]]:
    """Yield headings and texts of the notes in a workbook of the table called ``title``."""
    if description.synthetic:
        yield "!", SYNTHETIC_WARNING
    edition = description.edition
    yield "Bảng - Table", title
    yield (
        "Bộ dữ liệu - Dataset",
        Bilingual(vi=f"{description.title.vi}, kỳ {edition}", en=f"{description.title.en}, edition {edition}"),
    )
    yield "Tóm tắt - Summary", description.summary
    yield "Cơ quan công bố - Publisher", description.publisher.name
    if description.attribution:
        yield "Nguồn - Source", description.attribution
    licence = LICENCES[description.licence]
    yield (
        "Giấy phép - Licence",
        Bilingual(
            vi=f"{licence.title} ({licence.url}). {licence.meaning.vi}",
            en=f"{licence.title} ({licence.url}). {licence.meaning.en}",
        ),
    )
    cited = Citation(description)
    yield "Trích dẫn - Citation", Bilingual(vi=cited.text("vi"), en=cited.text("en"))
    if description.rows_left_out:
        yield "Dòng không dùng được - Rows not used", rows_left_out(description)
    for one in description.breaks:
        yield f"{BREAK.vi} - {BREAK.en}", broken_series(one)
    yield from _workbook_legend(description)


def column_table(description: ReleaseDescription, columns: list[str]) -> list[dict[str, str]]:
    """Return one row for each of ``columns``: its name, what it is in both languages, its unit and code list."""
    known = {name: (title, unit, codelist) for name, title, unit, codelist in _all_columns(description)}
    rows = []
    for name in columns:
        title, unit, codelist = known[name]
        rows.append(
            {
                "Cột - Column": name,
                "Tiếng Việt": title.vi,
                "English": title.en,
                "Đơn vị": unit.vi if unit else "",
                "Unit": unit.en if unit else "",
                "Danh mục - Code list": codelist,
            }
        )
    return rows


def _all_columns(description: ReleaseDescription) -> Iterator[tuple[str, Bilingual, Bilingual | None, str]]:
    for dimension in description.dimensions:
        yield dimension.name, dimension.title, None, dimension.codelist
    for measure in description.measures:
        yield measure.name, measure.title, measure.unit, ""
        yield status_column(measure.name), status_title(measure.title), None, ""
    for item in description.register_.fields if description.register_ else ():
        yield item.name, item.title, None, item.codelist or ""
    if description.synthetic:
        yield SYNTHETIC, SYNTHETIC_COLUMN, None, ""


def _workbook_legend(description: ReleaseDescription) -> Iterator[tuple[str, Bilingual]]:
    if description.tables:
        for status, meaning in STATUS_MEANINGS.items():
            yield f"Trạng thái - Status: {status}", meaning.label
    if description.disclosure:
        yield "Bảo vệ người bệnh - Protection", protection(description.disclosure)


# README ---------------------------------------------------------------------------------------------------------------


def _readme_lines(description: ReleaseDescription, language: Language) -> Iterator[str]:
    def say(vi: str, en: str) -> str:
        return vi if language == "vi" else en

    if description.synthetic:
        yield f"> **{SYNTHETIC_WARNING.of(language)}**"
        yield ""
    yield f"# {description.title.of(language)}, {description.edition}"
    yield ""
    yield description.summary.of(language)
    yield ""
    yield from _facts(description, language)
    for lines in (_tables, _register, _codelists, _legend):
        yield from lines(description, language)
    if description.disclosure:
        yield from _section(
            say("Bảo vệ người bệnh", "Protection of people"), protection(description.disclosure).of(language)
        )
    yield from _section(say("Trích dẫn", "How to cite"), Citation(description).text(language))
    licence = LICENCES[description.licence]
    yield from _section(
        say("Giấy phép", "Licence"), f"[{licence.title}]({licence.url}). {licence.meaning.of(language)}"
    )
    yield from _section(say("Cho phần mềm", "For programs"), _FOR_PROGRAMS.of(language))
    yield from _section(say("Kiểm tra", "Verify"), _VERIFY.of(language))


def _facts(description: ReleaseDescription, language: Language) -> Iterator[str]:
    def say(vi: str, en: str) -> str:
        return vi if language == "vi" else en

    if description.period_start:
        first, last = day(description.period_start), day(description.period_end)
        yield f"- {say('Khoảng thời gian', 'Period')}: {first.of(language)} – {last.of(language)}"
    yield f"- {say('Phạm vi', 'Coverage')}: {description.coverage.area.of(language)}"
    yield f"- {say('Tần suất', 'Frequency')}: {PERIODS[description.frequency].of(language)}"
    yield f"- {say('Cơ quan công bố', 'Publisher')}: {description.publisher.name.of(language)}"
    yield f"- {say('Liên hệ', 'Contact')}: {description.contact.name.of(language)}, {description.contact.email}"
    for rule in description.rules:
        yield f"- {say('Quy định', 'Reporting rule')}: {rule.title.of(language)} ({rule.citation.of(language)})"
    for one in description.breaks:
        yield f"- {BREAK.of(language)}: {broken_series(one).of(language)}"
    if description.rows_left_out:
        yield f"- {say('Dòng không dùng được', 'Rows not used')}: {rows_left_out(description).of(language)}"
    yield f"- {say('Phương pháp', 'Methods')}: [methods.md](methods.md)"
    yield f"- {say('Thay đổi', 'Changes')}: [CHANGELOG.md](CHANGELOG.md)"
    yield ""


def _tables(description: ReleaseDescription, language: Language) -> Iterator[str]:
    for table in description.tables:
        heading, cells = ("Bảng", "ô") if language == "vi" else ("Table", "cells")
        yield f"## {heading}: {table.title.of(language)}"
        yield ""
        yield f"`{table.id}`, {table.rows} {cells}: {_links(table.csv, table.parquet, table.xlsx)}"
        yield ""
        yield from _columns_head(language)
        for name in table.dimensions:
            yield _dimension_row(description.dimension(name), language)
        for name in table.measures:
            yield from _measure_rows(description.measure(name), language)
        yield from _synthetic_row(description, language)
        yield ""


def _register(description: ReleaseDescription, language: Language) -> Iterator[str]:
    register = description.register_
    if register is None:
        return
    heading, rows = ("Sổ đăng ký", "dòng") if language == "vi" else ("Register", "rows")
    yield f"## {heading}"
    yield ""
    yield f"{register.rows} {rows}: {_links(register.csv, register.parquet, register.xlsx)}"
    yield ""
    yield from _columns_head(language)
    for item in register.fields:
        yield _row(item.name, item.type, item.title.of(language))
    yield from _synthetic_row(description, language)
    yield ""


def _codelists(description: ReleaseDescription, language: Language) -> Iterator[str]:
    if description.codelists:
        yield "## Danh mục" if language == "vi" else "## Code lists"
        yield ""
        for codelist in description.codelists:
            source = f" ({codelist.source.of(language)})" if codelist.source else ""
            yield f"- [{codelist.path}]({codelist.path}): {codelist.title.of(language)}, {codelist.rows}{source}"
        yield ""


def _legend(description: ReleaseDescription, language: Language) -> Iterator[str]:
    if description.tables:
        vi = ("Trạng thái của ô", "Trạng thái", "Ký hiệu", "Nghĩa", "Có giá trị", "có", "không")
        en = ("Status of cells", "Status", "Letter", "Meaning", "Has a value", "yes", "no")
        heading, *columns, yes, no = vi if language == "vi" else en
        yield f"## {heading}"
        yield ""
        yield _row(*columns)
        yield _row(*("---" for _ in columns))
        for status, meaning in STATUS_MEANINGS.items():
            letter = f"[{meaning.letter}]" if meaning.letter else ""
            yield _row(f"`{status}`", letter, meaning.label.of(language), yes if meaning.has_value else no)
        yield ""


def _columns_head(language: Language) -> Iterator[str]:
    heads = ("Cột", "Kiểu", "Nghĩa") if language == "vi" else ("Column", "Type", "Meaning")
    yield _row(*heads)
    yield _row(*("---" for _ in heads))


def _dimension_row(dimension: DimensionDescription, language: Language) -> str:
    meaning = f"{dimension.title.of(language)} ([{dimension.codelist}](codelists/{dimension.codelist}.csv))"
    return _row(dimension.name, "string", meaning)


def _measure_rows(measure: MeasureDescription, language: Language) -> Iterator[str]:
    yield _row(measure.name, measure.field_type, f"{measure.title.of(language)} ({measure.unit.of(language)})")
    yield _row(status_column(measure.name), "string", status_title(measure.title).of(language))


def _synthetic_row(description: ReleaseDescription, language: Language) -> Iterator[str]:
    if description.synthetic:
        yield _row(SYNTHETIC, "boolean", SYNTHETIC_COLUMN.of(language))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _links(*paths: str) -> str:
    return ", ".join(f"[{path.rpartition('.')[2].upper()}]({path})" for path in paths if path)


def _section(heading: str, text: str) -> Iterator[str]:
    yield f"## {heading}"
    yield ""
    yield text
    yield ""
