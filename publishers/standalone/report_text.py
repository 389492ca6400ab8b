"""What the report of a protected table says to people, in Vietnamese and English."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from anonymization.dimension import TOTAL
from datasets.text import Language
from publishers.standalone.report_page import Block
from publishers.standalone.rule_words import rule_words

MOST_MEMBERS = 40
"""Members of a dimension that are listed; those from which most was withheld come first."""


def told_of_table(report: dict[str, Any], language: Language) -> Iterator[Block]:
    """Give the report in one language, block by block."""
    words = _WORDS[language]
    title = (report.get("title") or {}).get(language) or words["title"]
    yield Block("title", title)
    yield Block("text", words["inside"])
    yield Block("heading", words["promise"])
    yield Block("text", words["sensitive"])
    yield Block("text", words[report["guarantee"]] + (words["small"] if _has_small_counts(report) else ""))
    yield Block("text", words["knower" if report["singletons"] else "ignored"])
    yield from _policy(report, language)
    yield Block("heading", words["risk"])
    yield from _risk(report, language)
    yield Block("heading", words["utility"])
    yield from _utility(report, language)
    for dimension in report["dimensions"]:
        yield from _dimension(dimension, language)
    yield Block("heading", words["rules"])
    yield from _rules(report, language)
    for note in report["notes"]:
        yield Block("text", note[language])
    yield Block("heading", words["repeat"])
    yield Block("text", words["same"].format(seed=report["seed"], effort=report["effort"]))


def _has_small_counts(report: dict[str, Any]) -> bool:
    """Whether the rule frequency found a count, of which more is promised than of a sum."""
    return report["guarantee"] == "interval" and any(
        one["counts"] and rule["rule"] == "frequency" and rule["cells"]
        for one in report["measures"]
        for rule in one["rules"]
    )


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
    if not report["withheld"]:
        yield Block("text", words["nothing"])
        return
    yield Block("text", words["attacked"].format(withheld=whole(report["withheld"], language), lost=lost))
    if risk["narrowest_range"] is not None:
        widths = {name: decimal(risk[f"{name}_range"], language) for name in ("narrowest", "median")}
        yield Block("text", words["ranges"].format_map(widths))


def decimal(number: float, language: Language) -> str:
    """Write a number with the decimal mark of a language.

    >>> decimal(1.333, "vi"), decimal(1.333, "en"), decimal(2.0, "vi")
    ('1,333', '1.333', '2,0')
    """
    return str(number).replace(".", "," if language == "vi" else ".")


def whole(number: int, language: Language) -> str:
    """Write a whole number with the mark that a language has between thousands.

    >>> whole(16974, "vi"), whole(16974, "en")
    ('16.974', '16,974')
    """
    return f"{number:,}".replace(",", "." if language == "vi" else ",")


def _utility(report: dict[str, Any], language: Language) -> Iterator[Block]:
    words = _WORDS[language]
    rows = [tuple(words[key] for key in ("measure", "primary", "secondary", "value", "margins"))]
    for one in report["measures"]:
        share = f"{one['value_withheld_percent']} %"
        margins = f"{whole(one['margins_withheld'], language)} / {whole(one['margins'], language)}"
        cells = (whole(one[key], language) for key in ("primary", "secondary"))
        rows.append((one["name"], *cells, share, margins))
    shown = whole(report["cells"] - report["withheld"], language)
    yield Block("text", words["cells"].format(cells=whole(report["cells"], language), shown=shown))
    yield Block("table", words["utility"], rows=tuple(rows))
    if report["withheld"]:
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
    parts = words["parts"].format(parts=report["parts"], proven=report["parts_proven"])
    return words["dearer"].format(most=decimal(most, language)) + (parts if report["parts"] > 1 else "")


def _dimension(dimension: dict[str, Any], language: Language) -> Iterator[Block]:
    words, name = _WORDS[language], dimension["name"]
    ranked = sorted((one for one in dimension["members"] if one["withheld"]), key=lambda one: -one["withheld"])
    others = len(dimension["members"]) - len(ranked)
    if not ranked:
        yield Block("text", words["none_of"].format(name=name))
        return
    rows = [
        (
            f"{one['code']} ({words['all']})" if one["code"] == TOTAL else one["code"],
            whole(one["cells"], language),
            whole(one["withheld"], language),
        )
        for one in ranked[:MOST_MEMBERS]
    ]
    yield Block("table", name, rows=((name, words["of"], words["withheld"]), *rows))
    if len(ranked) > MOST_MEMBERS:
        yield Block("text", words["more"].format(count=whole(len(ranked) - MOST_MEMBERS, language), name=name))
    if others:
        yield Block("text", words["rest"].format(count=whole(others, language), name=name))


def _rules(report: dict[str, Any], language: Language) -> Iterator[Block]:
    words = _WORDS[language]
    rows = [(words["measure"], words["rule"], words["found"], words["alone"])]
    for one in report["measures"]:
        for rule in one["rules"]:
            counts = (whole(rule[key], language) for key in ("cells", "alone"))
            rows.append((one["name"], rule_words(rule["rule"], report["rules"], language), *counts))
    yield Block("table", words["rules"], rows=tuple(rows))
    for key in ("unsafe_by_decision", "safe_by_decision", "computed_margins"):
        if report[key]:
            yield Block("text", words[key].format(count=whole(report[key], language)))


_WORDS: dict[Language, dict[str, str]] = {
    "vi": {
        "title": "Báo cáo bảo vệ bảng số liệu",
        "inside": "Báo cáo này chỉ dùng trong cơ quan. Chỉ được công bố tệp safe-table.csv.",
        "promise": "Cam kết",
        "sensitive": "Ô nhạy cảm là ô mà ít nhất một quy tắc nêu ở phần “Từng quy tắc đã làm gì” không cho công bố. "
        "Một số ô khác cũng không được công bố, để không ai tính ngược ra ô nhạy cảm từ các tổng.",
        "interval": "Từ những số liệu được công bố, không ai suy ra được một ô nhạy cảm sát hơn mức quy tắc cho phép.",
        "small": " Chẳng hạn, với một ô có ít người, người đọc không bao giờ loại trừ được khả năng ô đó đủ lớn để "
        "được công bố.",
        "exact": "Từ những số liệu được công bố, không ai tính ra được chính xác một ô nhạy cảm. Khoảng giá trị có thể "
        "suy ra của nó có thể hẹp: đây là mức bảo vệ yếu hơn.",
        "knower": "Điều đó cũng đúng với người là người duy nhất trong một ô và lấy một tổng trừ đi số liệu của mình.",
        "ignored": "Không tính đến việc người duy nhất trong một ô biết số liệu của mình: họ có thể suy ra ô khác.",
        "risk": "Rủi ro: người khác có thể biết gì",
        "attacked": "Bảng đã bị thử tấn công với mọi tổng có trong đó: {lost} trong số {withheld} ô không công bố bị "
        "lộ.",
        "nothing": "Mọi ô đều được công bố, nên không có gì để tấn công.",
        "ranges": "Khoảng giá trị hẹp nhất mà người đọc suy ra được của một ô nhạy cảm rộng ít nhất gấp {narrowest} "
        "lần mức yêu cầu; trung vị ít nhất là {median} lần.",
        "utility": "Những gì bị mất",
        "cells": "{shown} trong số {cells} ô được công bố.",
        "measure": "chỉ tiêu",
        "primary": "ô nhạy cảm",
        "secondary": "ô không công bố thêm",
        "value": "phần giá trị không công bố (các ô trong cùng)",
        "margins": "ô tổng không công bố",
        "cheapest": "Không có cách chọn ô không công bố thêm nào ít tốn kém hơn mà vẫn bảo vệ được các ô nhạy cảm: "
        "điều này đã được chứng minh.",
        "dearer": "Một cách chọn khác cho các ô không công bố thêm chỉ có thể rẻ hơn nhiều nhất {most} %: điều này đã "
        "được chứng minh.",
        "parts": " Trong số {parts} phần của bảng, {proven} phần chắc chắn đã có cách chọn rẻ nhất.",
        "unexamined": "Chưa xét xem có cách chọn nào rẻ hơn cho các ô không công bố thêm hay không.",
        "rate": "{name}: {shown} tỷ lệ được công bố, {hidden} không.",
        "all": "tất cả",
        "of": "số ô",
        "withheld": "không công bố",
        "none_of": "{name}: mọi ô đều được công bố.",
        "more": "{name}: còn {count} mã khác có ô không công bố, xem report.json.",
        "rest": "{name}: với {count} mã còn lại, mọi ô đều được công bố.",
        "rules": "Từng quy tắc đã làm gì",
        "rule": "quy tắc",
        "found": "ô nhạy cảm",
        "alone": "chỉ theo quy tắc này",
        "unsafe_by_decision": "{count} ô được bảo vệ do quyết định từ trước, không theo quy tắc nào.",
        "safe_by_decision": "{count} ô nhạy cảm theo quy tắc, nhưng đã được quyết định từ trước là an toàn.",
        "computed_margins": "Số ô tổng được tính ra ở đây, vì bảng đưa vào không có: {count}.",
        "repeat": "Làm lại",
        "same": "Cùng phiên bản ytemo, cùng bảng, cùng quy tắc, cùng --seed {seed} và --effort {effort} thì cho cùng "
        "kết quả.",
    },
    "en": {
        "title": "Report of a protected table",
        "inside": "This report stays in the office. Only safe-table.csv may be published.",
        "promise": "What is promised",
        "sensitive": "A sensitive cell is one that a rule below (“What each rule did”) does not let be shown. Others "
        "are withheld besides, so that nobody works it out from the totals.",
        "interval": "From what is published, nobody can bound a sensitive cell more tightly than its rule allows.",
        "small": " Of a cell with few people, for one, readers can never rule out that it is large enough to be shown.",
        "exact": "From what is published, nobody can work out a sensitive cell exactly. Its bounds may be close: this "
        "is the weaker guarantee.",
        "knower": "Nor can whoever is alone in a cell find another one by subtracting their own figure from a sum.",
        "ignored": "That whoever is alone in a cell knows its figure is left out: they may find another cell.",
        "risk": "Risk: what others can learn",
        "attacked": "The table was attacked with every sum in it: {lost} of {withheld} withheld cells are given away.",
        "nothing": "All cells are published, so that there is nothing to attack.",
        "ranges": "The narrowest range that readers can find for a sensitive cell is at least {narrowest} times as "
        "wide as its rule demands; the median is at least {median} times.",
        "utility": "What was lost",
        "cells": "{shown} of {cells} cells are published.",
        "measure": "measure",
        "primary": "sensitive cells",
        "secondary": "withheld besides",
        "value": "part of the value withheld (innermost cells)",
        "margins": "totals withheld",
        "cheapest": "No cheaper choice of cells withheld besides would protect the sensitive ones: this was proved.",
        "dearer": "Another choice of cells withheld besides could be cheaper by {most} % at most: this was proved.",
        "parts": " Of {parts} parts of the table, {proven} certainly have the cheapest choice.",
        "unexamined": "Whether another choice of cells withheld besides would be cheaper was not examined.",
        "rate": "{name}: {shown} rates are published, {hidden} are not.",
        "all": "all",
        "of": "cells",
        "withheld": "withheld",
        "none_of": "{name}: all cells are published.",
        "more": "{name}: {count} more codes have withheld cells; report.json lists them.",
        "rest": "{name}: of {count} other codes, all cells are published.",
        "rules": "What each rule did",
        "rule": "rule",
        "found": "sensitive cells",
        "alone": "by this rule alone",
        "unsafe_by_decision": "Cells protected by an earlier decision and by no rule: {count}.",
        "safe_by_decision": "Cells sensitive by the rules that an earlier decision declared safe: {count}.",
        "computed_margins": "Totals that were added up here, because the table did not have them: {count}.",
        "repeat": "To repeat it",
        "same": "The same version of ytemo, table and rules with --seed {seed} and --effort {effort} give the same "
        "result.",
    },
}
