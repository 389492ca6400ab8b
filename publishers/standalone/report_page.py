"""The report of a protected table for people, in Vietnamese and English: as Markdown and as a page."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from datasets.text import LANGUAGES, Language

MOST_MEMBERS = 40
"""Members of a dimension that are listed; those from which most was withheld come first."""


@dataclass(frozen=True)
class Block:
    """A heading, a paragraph, or a table with its header first."""

    kind: str
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


Told = Callable[[dict[str, Any], Language], "Iterator[Block]"]
"""Gives a report in one language, block by block."""


def markdown(report: dict[str, Any], told: Told | None = None) -> str:
    """Return the report as Markdown, Vietnamese first; `told` gives it where it is not of withheld cells."""
    parts = []
    for language in LANGUAGES:
        for block in (told or blocks)(report, language):
            if block.kind == "table":
                header, *rows = block.rows
                lines = [header, ("---",) * len(header), *rows]
                parts.append("\n".join(f"| {' | '.join(_plain(cell) for cell in line)} |" for line in lines))
            else:
                parts.append({"title": "# ", "heading": "## "}.get(block.kind, "") + block.text)
    return "\n\n".join(parts) + "\n"


def page(report: dict[str, Any], told: Told | None = None) -> str:
    """Return the report as one HTML page without scripts and without anything from elsewhere; `told` as above."""
    bodies = {language: "".join(_html((told or blocks)(report, language))) for language in LANGUAGES}
    parts = [f'<section lang="{language}">{body}</section>' for language, body in bodies.items()]
    return (
        '<!doctype html>\n<html lang="vi"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>ytemo</title>'
        f"<style>{_STYLE}</style></head><body>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


_STYLE = (
    "body{font:1rem/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}"
    "table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #767676;padding:.25rem .6rem;text-align:left}"
    "section+section{border-top:3px solid #1b1b1b;margin-top:3rem}"
)


def _html(told: Iterator[Block]) -> Iterator[str]:
    for block in told:
        if block.kind == "table":
            header, *rows = block.rows
            head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
            body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
            yield f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        else:
            tag = {"title": "h1", "heading": "h2"}.get(block.kind, "p")
            yield f"<{tag}>{escape(block.text)}</{tag}>"


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


# What it says ---------------------------------------------------------------------------------------------------------


def blocks(report: dict[str, Any], language: Language) -> Iterator[Block]:
    """Give the report in one language, block by block."""
    words = _WORDS[language]
    title = (report.get("title") or {}).get(language) or words["title"]
    yield Block("title", title)
    yield Block("text", words["inside"])
    yield Block("heading", words["promise"])
    yield Block("text", words[report["guarantee"]])
    yield Block("text", words["knower" if report["singletons"] else "ignored"])
    yield from _policy(report, language)
    yield Block("heading", words["risk"])
    yield from _risk(report, language)
    yield Block("heading", words["utility"])
    yield from _utility(report, language)
    for dimension in report["dimensions"]:
        yield _dimension(dimension, words)
    yield Block("heading", words["rules"])
    yield from _rules(report, words)
    for note in report["notes"]:
        yield Block("text", note[language])
    yield Block("heading", words["repeat"])
    yield Block("text", words["seed"].format(seed=report["seed"]))


def _policy(report: dict[str, Any], language: Language) -> Iterator[Block]:
    policy = report["policy"]
    if policy is None:
        return
    yield Block("text", f"{policy['name']}: {policy['text'][language]}")
    if policy["deviation"]:
        yield Block("text", policy["deviation"][language])
    if policy["reason"]:
        yield Block("text", policy["reason"][language])


def _risk(report: dict[str, Any], language: Language) -> Iterator[Block]:
    risk, words = report["risk"], _WORDS[language]
    found = risk["verdicts"]
    lost = found["derivable"] + found["too_narrow"]
    yield Block("text", words["attacked"].format(withheld=report["withheld"], lost=lost))
    if risk["narrowest_range"] is not None:
        widths = {name: decimal(risk[f"{name}_range"], language) for name in ("narrowest", "median")}
        yield Block("text", words["ranges"].format_map(widths))


def decimal(number: float, language: Language) -> str:
    """Write a number with the decimal mark of a language.

    >>> decimal(1.333, "vi"), decimal(1.333, "en"), decimal(2.0, "vi")
    ('1,333', '1.333', '2,0')
    """
    return str(number).replace(".", "," if language == "vi" else ".")


def _utility(report: dict[str, Any], language: Language) -> Iterator[Block]:
    words = _WORDS[language]
    rows = [tuple(words[key] for key in ("measure", "primary", "secondary", "value", "margins"))]
    for one in report["measures"]:
        share = f"{one['value_withheld_percent']} %"
        margins = f"{one['margins_withheld']} / {one['margins']}"
        rows.append((one["name"], str(one["primary"]), str(one["secondary"]), share, margins))
    whole = words["cells"].format(cells=report["cells"], shown=report["cells"] - report["withheld"])
    yield Block("text", whole)
    yield Block("table", rows=tuple(rows))
    yield Block("text", _optimality(report, language))
    for rate in report["rates"]:
        hidden = sum(count for key, count in rate.items() if key not in ("name", "shown"))
        yield Block("text", words["rate"].format(name=rate["name"], shown=rate["shown"], hidden=hidden))


def _optimality(report: dict[str, Any], language: Language) -> str:
    words = _WORDS[language]
    if report["gap"] is None:
        return words["unexamined"]
    if report["gap"] == 0:
        return words["cheapest"]
    # Rounded up: the other choice is cheaper by no more than that.
    most = max(0.1, math.ceil(1000 * report["gap"]) / 10)
    return words["dearer"].format(most=decimal(most, language), parts=report["parts"], proven=report["parts_proven"])


def _dimension(dimension: dict[str, Any], words: dict[str, str]) -> Block:
    ranked = sorted(dimension["members"], key=lambda one: -one["withheld"])[:MOST_MEMBERS]
    rows: Sequence[tuple[str, ...]] = [
        (one["code"], str(one["cells"]), str(one["withheld"])) for one in ranked if one["withheld"]
    ]
    return Block("table", rows=((dimension["name"], words["of"], words["withheld"]), *rows))


def _rules(report: dict[str, Any], words: dict[str, str]) -> Iterator[Block]:
    rows = [(words["measure"], words["rule"], words["found"], words["alone"])]
    for one in report["measures"]:
        rows += [(one["name"], rule["rule"], str(rule["cells"]), str(rule["alone"])) for rule in one["rules"]]
    yield Block("table", rows=tuple(rows))
    for key in ("unsafe_by_decision", "safe_by_decision", "computed_margins"):
        if report[key]:
            yield Block("text", words[key].format(count=report[key]))


_WORDS: dict[Language, dict[str, str]] = {
    "vi": {
        "title": "Báo cáo bảo vệ bảng số liệu",
        "inside": "Báo cáo này chỉ dùng trong cơ quan. Chỉ được công bố tệp safe-table.csv.",
        "promise": "Cam kết",
        "interval": "Từ những số liệu được công bố, không ai suy ra được một ô nhạy cảm sát hơn mức quy tắc cho phép.",
        "exact": "Từ những số liệu được công bố, không ai tính ra được chính xác một ô nhạy cảm. Khoảng giá trị có thể "
        "suy ra của nó có thể hẹp: đây là mức bảo vệ yếu hơn.",
        "knower": "Điều đó cũng đúng với người là người duy nhất trong một ô và lấy một tổng trừ đi số liệu của mình.",
        "ignored": "Không tính đến việc người duy nhất trong một ô biết số liệu của mình: họ có thể suy ra ô khác.",
        "risk": "Rủi ro: người khác có thể biết gì",
        "attacked": "Bảng đã bị thử tấn công với mọi tổng có trong đó: {lost} trong số {withheld} ô không công bố bị "
        "lộ.",
        "ranges": "Khoảng giá trị hẹp nhất mà người đọc suy ra được của một ô nhạy cảm rộng ít nhất gấp {narrowest} "
        "lần mức yêu cầu; trung vị ít nhất là {median} lần.",
        "utility": "Những gì bị mất",
        "cells": "{shown} trong số {cells} ô được công bố.",
        "measure": "chỉ tiêu",
        "primary": "ô nhạy cảm",
        "secondary": "ô không công bố thêm",
        "value": "phần giá trị không công bố (các ô trong cùng)",
        "margins": "ô tổng không công bố",
        "cheapest": "Không thể bảo vệ các ô nhạy cảm bằng những ô không công bố thêm có tổng giá thấp hơn: điều này đã "
        "được chứng minh.",
        "dearer": "Một cách chọn khác cho các ô không công bố thêm chỉ có thể rẻ hơn nhiều nhất {most} %: điều này đã "
        "được chứng minh. Trong số {parts} phần của bảng, {proven} phần chắc chắn đã có cách chọn rẻ nhất.",
        "unexamined": "Chưa xét xem có cách chọn nào rẻ hơn cho các ô không công bố thêm hay không.",
        "rate": "{name}: {shown} tỷ lệ được công bố, {hidden} không.",
        "of": "số ô",
        "withheld": "không công bố",
        "rules": "Từng quy tắc đã làm gì",
        "rule": "quy tắc",
        "found": "ô nhạy cảm",
        "alone": "chỉ theo quy tắc này",
        "unsafe_by_decision": "{count} ô được bảo vệ do quyết định từ trước, không theo quy tắc nào.",
        "safe_by_decision": "{count} ô nhạy cảm theo quy tắc, nhưng đã được quyết định từ trước là an toàn.",
        "computed_margins": "{count} ô tổng được tính ra ở đây, vì bảng đưa vào không có.",
        "repeat": "Làm lại",
        "seed": "Cùng bảng, cùng quy tắc, cùng hạt giống {seed} thì cho cùng kết quả.",
    },
    "en": {
        "title": "Report of a protected table",
        "inside": "This report stays in the office. Only safe-table.csv may be published.",
        "promise": "What is promised",
        "interval": "From what is published, nobody can bound a sensitive cell more tightly than its rule allows.",
        "exact": "From what is published, nobody can work out a sensitive cell exactly. Its bounds may be close: this "
        "is the weaker guarantee.",
        "knower": "Nor can whoever is alone in a cell find another one by subtracting their own figure from a sum.",
        "ignored": "That whoever is alone in a cell knows its figure is left out: they may find another cell.",
        "risk": "Risk: what others can learn",
        "attacked": "The table was attacked with every sum in it: {lost} of {withheld} withheld cells are given away.",
        "ranges": "The narrowest range that readers can find for a sensitive cell is at least {narrowest} times as "
        "wide as its rule demands; the median is at least {median} times.",
        "utility": "What was lost",
        "cells": "{shown} of {cells} cells are published.",
        "measure": "measure",
        "primary": "sensitive cells",
        "secondary": "withheld besides",
        "value": "part of the value withheld (innermost cells)",
        "margins": "margins withheld",
        "cheapest": "No cheaper choice of cells withheld besides would protect the sensitive ones: this was proved.",
        "dearer": "Another choice of cells withheld besides could be cheaper by {most} % at most: this was proved. Of "
        "{parts} parts of the table, {proven} certainly have the cheapest choice.",
        "unexamined": "Whether another choice of cells withheld besides would be cheaper was not examined.",
        "rate": "{name}: {shown} rates are published, {hidden} are not.",
        "of": "cells",
        "withheld": "withheld",
        "rules": "What each rule did",
        "rule": "rule",
        "found": "sensitive cells",
        "alone": "by this rule alone",
        "unsafe_by_decision": "{count} cells are protected by an earlier decision and by no rule.",
        "safe_by_decision": "{count} cells are sensitive by the rules, but an earlier decision declared them safe.",
        "computed_margins": "{count} margins were added up here, because the table did not have them.",
        "repeat": "To repeat it",
        "seed": "The same table, the same rules and the seed {seed} give the same result.",
    },
}
