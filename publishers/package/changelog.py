"""Tells the changes of a release to people: a sentence for its page, and ``CHANGELOG.md``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from datasets.changes import Aspect, Changes, CodelistChanges, TableChanges
from datasets.periods import in_a_sentence
from datasets.release import ReleaseDescription
from datasets.text import LANGUAGES, Bilingual
from publishers.package.phrases import SYNTHETIC_WARNING

_ASPECTS: Mapping[Aspect, Bilingual] = {
    "title": Bilingual(vi="tên gọi", en="title"),
    "unit": Bilingual(vi="đơn vị", en="unit"),
    "type": Bilingual(vi="kiểu dữ liệu", en="type"),
    "kind": Bilingual(vi="cách tính", en="way of counting"),
    "codelist": Bilingual(vi="danh mục", en="code list"),
    "total": Bilingual(vi="tổng số", en="total"),
    "per": Bilingual(vi="đơn vị dân số của tỷ suất", en="base of the rate"),
    "numerator": Bilingual(vi="tử số", en="numerator"),
    "denominator": Bilingual(vi="mẫu số", en="denominator"),
    "population": Bilingual(vi="nguồn dân số", en="source of the population"),
    "counted": Bilingual(vi="điều kiện đếm", en="conditions of what is counted"),
}
_MOST_CODES = 20
"""Codes that are named in a sentence; ``changelog.json`` names all."""


def sentence(changes: Changes) -> Bilingual:
    """Return what changed, in one sentence."""
    if not changes.previous:
        return Bilingual(vi="Lần công bố đầu tiên của tập dữ liệu.", en="First release of this dataset.")
    if not changes.same_edition:
        return _new_edition(changes)
    before, told = _named_release(changes.previous), [*_counted(changes), *_other_parts(changes)]
    if not told:
        return Bilingual(vi=f"So với {before.vi}: số liệu không đổi.", en=f"Since {before.en}: the data is unchanged.")
    vi, en = (", ".join(part.of(language) for part in told) for language in LANGUAGES)
    return Bilingual(vi=f"So với {before.vi}: {vi}.", en=f"Since {before.en}: {en}.")


def _counted(changes: Changes) -> Iterator[Bilingual]:
    """Yield how many values, statuses and rows differ; of what did not change nothing is said."""
    tables = changes.tables.values()
    for count, vi, one, many in (
        (sum(table.values_changed for table in tables), "giá trị thay đổi", "value changed", "values changed"),
        (sum(table.statuses_changed for table in tables), "trạng thái thay đổi", "status changed", "statuses changed"),
        (sum(table.rows_added for table in tables), "dòng thêm", "row added", "rows added"),
        (sum(table.rows_removed for table in tables), "dòng bớt", "row removed", "rows removed"),
    ):
        if count:
            written = f"{count:,}"
            yield Bilingual(vi=f"{written.replace(',', '.')} {vi}", en=f"{written} {one if count == 1 else many}")


def _other_parts(changes: Changes) -> Iterator[Bilingual]:
    if changes.tables_added or changes.tables_removed or any(map(_columns_changed, changes.tables.values())):
        yield Bilingual(vi="cấu trúc bảng thay đổi", en="the structure of tables changed")
    if changes.codelists_added or changes.codelists_removed or any(map(_codes_changed, changes.codelists.values())):
        yield Bilingual(vi="danh mục thay đổi", en="code lists changed")


def _named_release(name: str) -> Bilingual:
    """Return how people call the release before: its edition and version."""
    edition, _, version = name.rpartition(".")
    called = in_a_sentence(edition)
    return Bilingual(vi=f"kỳ {called.vi}, phiên bản {version}", en=f"edition {called.en}, version {version}")


def _new_edition(changes: Changes) -> Bilingual:
    before = _named_release(changes.previous)
    if changes.nothing:
        return Bilingual(
            vi=f"Kỳ mới; cấu trúc và danh mục giống {before.vi}.",
            en=f"New edition; structure and code lists as in {before.en}.",
        )
    return Bilingual(
        vi=f"Kỳ mới; cấu trúc hoặc danh mục khác với {before.vi}, xem CHANGELOG.md.",
        en=f"New edition; structure or code lists differ from {before.en}, see CHANGELOG.md.",
    )


def _columns_changed(table: TableChanges) -> bool:
    return bool(table.columns_added or table.columns_removed or table.columns_renamed or table.columns_changed)


def _codes_changed(codelist: CodelistChanges) -> bool:
    return codelist != CodelistChanges()


def changelog(changes: Changes, description: ReleaseDescription) -> str:
    """Return the text of ``CHANGELOG.md``, Vietnamese first."""
    summary = sentence(changes)
    heads = Bilingual(vi="Thay đổi", en="Changes")
    parts = []
    for language in LANGUAGES:
        title = f"# {heads.of(language)}: {description.title.of(language)}, {description.edition}"
        warning = ["", f"> **{SYNTHETIC_WARNING.of(language)}**"] if description.synthetic else []
        points = [f"- {point.of(language)}" for point in _points(changes, description)]
        parts.append("\n".join([title, *warning, "", summary.of(language), *(["", *points] if points else []), ""]))
    return "\n".join(parts)


def _points(changes: Changes, description: ReleaseDescription) -> Iterator[Bilingual]:
    yield from _notices(description)
    yield from _named(changes.tables_added, "Thêm bảng", "Tables added")
    yield from _named(changes.tables_removed, "Bỏ bảng", "Tables removed")
    for name, table in changes.tables.items():
        yield from _table_points(name, table)
    yield from _named(changes.codelists_added, "Thêm danh mục", "Code lists added")
    yield from _named(changes.codelists_removed, "Bỏ danh mục", "Code lists removed")
    for name, codelist in changes.codelists.items():
        yield from _codelist_points(name, codelist)


def _notices(description: ReleaseDescription) -> Iterator[Bilingual]:
    """Yield what callers must know in time; of a name that is over nothing more needs to be said."""
    for one in description.renamed:
        yield Bilingual(
            vi=f"Cột `{one.old}` nay tên là `{one.new}`; API còn trả lời theo tên cũ đến hết ngày {one.until}",
            en=f"Column `{one.old}` is called `{one.new}` now; the API answers under the older name until {one.until}",
        )
    for part in description.retiring:
        yield Bilingual(
            vi=f"`{part.place}` chỉ chắc chắn còn đến hết ngày {part.until}. {part.reason.vi}",
            en=f"`{part.place}` is sure to be there until {part.until} only. {part.reason.en}",
        )


def _table_points(name: str, table: TableChanges) -> Iterator[Bilingual]:
    yield from _named(table.columns_added, f"Bảng `{name}`: thêm cột", f"Table `{name}`: columns added")
    yield from _named(table.columns_removed, f"Bảng `{name}`: bỏ cột", f"Table `{name}`: columns removed")
    for old, now in table.columns_renamed.items():
        yield Bilingual(
            vi=f"Bảng `{name}`: cột `{old}` nay tên là `{now}`",
            en=f"Table `{name}`: column `{old}` is called `{now}` now",
        )
    for column, aspects in table.columns_changed.items():
        vi, en = (", ".join(_ASPECTS[aspect].of(language) for aspect in aspects) for language in LANGUAGES)
        yield Bilingual(
            vi=f"Bảng `{name}`, cột `{column}`: đổi {vi}", en=f"Table `{name}`, column `{column}`: other {en}"
        )
    if table.rows_added or table.rows_removed:
        yield Bilingual(
            vi=f"Bảng `{name}`: {table.rows_added} dòng thêm, {table.rows_removed} dòng bớt",
            en=f"Table `{name}`: {table.rows_added} rows added, {table.rows_removed} rows removed",
        )
    for measure, counts in table.by_measure.items():
        yield Bilingual(
            vi=f"Bảng `{name}`, cột `{measure}`: {counts['values']} giá trị, {counts['statuses']} trạng thái thay đổi",
            en=f"Table `{name}`, column `{measure}`: {counts['values']} values, {counts['statuses']} statuses changed",
        )


def _codelist_points(name: str, codelist: CodelistChanges) -> Iterator[Bilingual]:
    yield from _named(codelist.added, f"Danh mục `{name}`: thêm mã", f"Code list `{name}`: codes added")
    yield from _named(codelist.removed, f"Danh mục `{name}`: bỏ mã", f"Code list `{name}`: codes removed")
    yield from _named(codelist.relabelled, f"Danh mục `{name}`: đổi tên mã", f"Code list `{name}`: codes renamed")


def _named(names: Sequence[str], vi: str, en: str) -> Iterator[Bilingual]:
    if names:
        more = f" … ({len(names)}, changelog.json)" if len(names) > _MOST_CODES else ""
        shown = ", ".join(f"`{name}`" for name in names[:_MOST_CODES]) + more
        yield Bilingual(vi=f"{vi}: {shown}", en=f"{en}: {shown}")
